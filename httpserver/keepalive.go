package httpserver

import (
	"fmt"
	"strings"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/http1"
)

// A requestLife has the facts of a request that decide how the response is framed and
// whether the connection stays open (RFC 9112, section 9.3).
type requestLife struct {
	version        httpVersion
	head           bool // the method is HEAD, so the response has no body
	askedKeepAlive bool // the Connection header has keep-alive
	mayPersist     bool // the request allows the connection to stay open
}

type httpVersion uint8

const (
	httpOther httpVersion = iota // HTTP/1.2 and later, whose connections stay open only with keep-alive
	http10
	http11
)

// newRequestLife returns the facts of a request. noKeepAlive is the option of the server.
func newRequestLife(head *http1.RequestHead, body http1.Framing, noKeepAlive bool) requestLife {
	r := requestLife{version: versionOf(head.Start.Version), head: head.Start.Method == "HEAD"}
	askedClose, askedKeepAlive := http1.ConnectionOptions(&head.Headers)
	r.askedKeepAlive = askedKeepAlive
	switch {
	case noKeepAlive || askedClose || body.Faulty:
	case r.version == http11:
		r.mayPersist = true
	default:
		framed := body.Kind != http1.NoBody || r.head || head.Start.Method == "GET"
		r.mayPersist = r.askedKeepAlive && framed
	}
	return r
}

// forbidNextRequest makes this the last request of its connection.
func (r *requestLife) forbidNextRequest() { r.mayPersist = false }

func versionOf(version string) httpVersion {
	switch version {
	case "HTTP/1.1":
		return http11
	case "HTTP/1.0":
		return http10
	}
	return httpOther
}

// A responsePlan says how a response is framed and whether the connection stays open.
type responsePlan struct {
	bodyless   bool   // no body may follow the head, even with a Content-Length
	chunked    bool   // add Transfer-Encoding: chunked and send chunks
	connection string // the Connection header to set; "" means none
	close      bool   // close the connection after the response
	switching  bool   // the status is 101: another protocol follows the response (RFC 9110, section 15.2.2)
}

// planResponse returns the plan for a response with the given status code. A 101 never
// closes the connection, because the request's Connection header is about HTTP. The error
// is an *httputil.HTTPOutputError: for another interim status, and for a 101 to an HTTP/1.0
// client (RFC 9110, section 15.2).
func (r requestLife) planResponse(code int, hasLength bool) (responsePlan, error) {
	switch {
	case code == 101 && r.version != http10:
		return responsePlan{bodyless: true, switching: true}, nil
	case code < 200:
		return responsePlan{}, outputError(fmt.Sprintf("status %d does not end a request: respond with 200 or more", code))
	}
	p := responsePlan{bodyless: r.head || code == 204 || code == 304}
	unframed := !p.bodyless && !hasLength
	p.chunked = unframed && r.version == http11
	p.close = !r.mayPersist || unframed && !p.chunked
	switch {
	case p.close && (r.version == http11 || r.askedKeepAlive):
		p.connection = "close"
	case !p.close && r.version == http10:
		p.connection = "Keep-Alive"
	}
	return p, nil
}

// mergeConnectionHeader combines the plan with own, the handler's Connection header. It
// returns the value to send in its place, or "" for none. The handler can close the
// connection but cannot keep it open (RFC 9112, section 9.6): its keep-alive stays only if
// persists is set. As in Tornado, a value of the server replaces the handler's.
func (p *responsePlan) mergeConnectionHeader(own string, persists bool) string {
	if http1.HasOption(own, "close") && !p.switching {
		p.close, p.connection = true, "close"
	}
	if p.connection != "" {
		return p.connection
	}
	if persists {
		return own
	}
	var options []string
	for option := range strings.SplitSeq(own, ",") {
		option = strings.Trim(option, " \t")
		if option != "" && !httputil.EqualFold(option, "close") && !httputil.EqualFold(option, "keep-alive") {
			options = append(options, option)
		}
	}
	return strings.Join(options, ", ")
}
