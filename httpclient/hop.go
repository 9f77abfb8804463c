package httpclient

import (
	"io"
	"strconv"

	"github.com/gotornado/tornado/httputil"
)

// A hop is one request of a fetch, checked and complete. It never changes.
type hop struct {
	number  int // number of requests of the fetch that precede this one
	method  string
	target  *requestURL
	headers []httputil.Field // the headers in the order in which they are sent, with Host and the framing of the body

	// body and produce are the body; both are nil without one.
	body    []byte
	produce func(w io.Writer) error
	chunked bool  // the body is sent in chunks
	length  int64 // number of bytes that produce must write; -1 for a chunked body

	// expectContinue says that the body waits for a 100 response.
	expectContinue bool
	// proxy is nil for a direct connection.
	proxy *proxyRoute
	// withClientCert is false after a redirect to another origin: the certificate of the
	// client is not shown there.
	withClientCert bool
}

// absoluteForm reports whether the request line names the whole URL, because a proxy
// forwards the request. Requests to https, and those through SOCKS, use a tunnel instead.
func (h *hop) absoluteForm() bool {
	return h.proxy != nil && !h.proxy.isSOCKS() && h.target.scheme == "http"
}

// requestTarget returns the second word of the request line.
func (h *hop) requestTarget() string {
	if h.absoluteForm() {
		return h.target.absoluteTarget()
	}
	return h.target.requestTarget()
}

// appendHead appends the request line and the headers, with the empty line after them.
func (h *hop) appendHead(b []byte) []byte {
	b = append(append(b, h.method...), ' ')
	b = append(append(b, h.requestTarget()...), " HTTP/1.1\r\n"...)
	for _, f := range h.headers {
		b = append(append(b, f.Name...), ": "...)
		b = append(append(b, f.Value...), "\r\n"...)
	}
	return append(b, "\r\n"...)
}

// header returns the value of the first header of this name, which is in Http-Header-Case,
// or "".
func (h *hop) header(name string) string {
	for _, f := range h.headers {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// isIdempotent reports whether a server that gets the request twice does the same as for
// one (RFC 9110, section 9.2.2), and whether the body can be sent again.
func (h *hop) isIdempotent() bool {
	switch h.method {
	case "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE":
		return h.produce == nil
	}
	return false
}

// A headerList gathers the headers of a hop.
type headerList []httputil.Field

func (l headerList) index(name string) int {
	for i := range l {
		if l[i].Name == name {
			return i
		}
	}
	return -1
}

// setDefault adds a header unless the caller has set it.
func (l *headerList) setDefault(name, value string) {
	if l.index(name) < 0 {
		*l = append(*l, httputil.Field{Name: name, Value: value})
	}
}

// replace removes the headers of this name except the first, and sets that one.
func (l *headerList) replace(name, value string) {
	first := l.index(name)
	if first < 0 {
		*l = append(*l, httputil.Field{Name: name, Value: value})
		return
	}
	(*l)[first].Value = value
	kept := (*l)[:first+1]
	for _, f := range (*l)[first+1:] {
		if f.Name != name {
			kept = append(kept, f)
		}
	}
	*l = kept
}

// remove removes all headers of the given names.
func (l *headerList) remove(names ...string) {
	kept := (*l)[:0]
	for _, f := range *l {
		if !contains(names, f.Name) {
			kept = append(kept, f)
		}
	}
	*l = kept
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if httputil.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// parseLength parses the value of a Content-Length header.
func parseLength(value string) (int64, bool) {
	n, err := strconv.ParseUint(value, 10, 63)
	return int64(n), err == nil && value[0] != '+'
}

// needsOwnConnection reports whether the request must not use an idle connection. Proxies that
// forward requests, such as tinyproxy, close connections without announcing it, and the
// request cannot be sent again.
func (h *hop) needsOwnConnection() bool { return h.absoluteForm() && !h.isIdempotent() }
