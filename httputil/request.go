package httputil

import (
	"crypto/tls"
	"strings"
	"time"
)

// An HTTPServerRequest is one request. The handler may keep it: nothing in it is reused. It
// may be used only on the loop of its connection.
// Tornado: httputil.HTTPServerRequest.
type HTTPServerRequest struct {
	Method  string
	URI     string // the request target as it was sent
	Path    string // the URI up to the first "?", still percent-encoded
	Query   string // URI after the first "?"
	Version string // such as "HTTP/1.1"
	Headers HTTPHeaders
	Body    []byte // the whole body; empty if there is none

	// BodyStreamed says that a handler reads the body as it arrives. Body is then empty,
	// and there is no form to parse.
	BodyStreamed bool

	RemoteIP string // numeric; "0.0.0.0" for a unix socket
	Protocol string // "http" or "https"
	Host     string // value of the Host header; "127.0.0.1" if an HTTP/1.0 request has none
	HostName string // Host in lower case, without its port

	Connection HTTPConnection // the connection that sends the response; nil if there is none
	StartTime  time.Time      // the time when the server began to serve the request; the server sets it

	// BodyConfig limits forms in the body; nil means the defaults.
	BodyConfig *ParseBodyConfig

	parsed *parsed // the parsed parts of the request; nil until one of them is needed
}

// parsed holds the parsed parts of a request. Each is nil until it is needed, because most
// requests need few of them.
type parsed struct {
	queryArguments Arguments
	cookies        map[string]string
	form           *form
}

func (r *HTTPServerRequest) parsedParts() *parsed {
	if r.parsed == nil {
		r.parsed = &parsed{}
	}
	return r.parsed
}

// A form holds the contents of a body, and its arguments merged with those of the query.
type form struct {
	body   Arguments
	files  map[string][]HTTPFile
	merged Arguments
	err    error
}

// NewRequest returns the request with start and headers, and owns them from then on. RemoteIP
// and Protocol come from conn unless it is nil. It returns an *HTTPInputError if the Host
// header is missing, repeated or invalid (RFC 9112, section 3.2).
func NewRequest(conn HTTPConnection, start RequestStartLine, headers HTTPHeaders) (*HTTPServerRequest, error) {
	host, name, err := requestHost(start.Version, &headers)
	if err != nil {
		return nil, err
	}
	target := start.Path
	if authority, origin, ok := splitAbsolute(start); ok {
		if name, ok = splitHost(authority); !ok || name == "" {
			return nil, inputError("invalid host in the request target")
		}
		host, target = authority, origin
		headers.Set("Host", authority)
	}
	r := &HTTPServerRequest{
		Method: start.Method, URI: target, Version: start.Version, Headers: headers,
		Protocol: "http", Host: host, HostName: strings.ToLower(name), Connection: conn,
	}
	r.Path, r.Query, _ = strings.Cut(target, "?")
	if conn != nil {
		info := conn.Info()
		r.RemoteIP, r.Protocol = info.RemoteIP, info.Protocol
	}
	return r, nil
}

// splitAbsolute splits a request target that is an http or https URL into its host and its
// path with the query. That host replaces the one in the Host header (RFC 9112, section
// 3.2.2). ok is false for other targets.
func splitAbsolute(start RequestStartLine) (authority, origin string, ok bool) {
	if start.Path == "" || start.Path[0] == '/' || start.Method == "CONNECT" {
		return "", "", false
	}
	scheme, rest, found := strings.Cut(start.Path, "://")
	if !found || !EqualFold(scheme, "http") && !EqualFold(scheme, "https") {
		return "", "", false
	}
	end := strings.IndexAny(rest, "/?")
	switch {
	case end < 0 && start.Method == "OPTIONS":
		return rest, "*", true
	case end < 0:
		return rest, "/", true
	case rest[end] == '?':
		return rest[:end], "/" + rest[end:], true
	}
	return rest[:end], rest[end:], true
}

// requestHost returns the Host header and the host name in it.
func requestHost(version string, headers *HTTPHeaders) (host, name string, err error) {
	found := 0
	for i := range headers.fields {
		if headers.fields[i].Name == "Host" {
			host = headers.fields[i].Value
			found++
		}
	}
	switch {
	case found > 1:
		return "", "", inputError("multiple Host headers")
	case found == 0 && version == "HTTP/1.0":
		host = "127.0.0.1"
	case found == 0:
		return "", "", inputError("missing Host header")
	}
	name, ok := splitHost(host)
	if !ok {
		return "", "", inputError("invalid Host header")
	}
	return host, name, nil
}

// TLS returns the results of the TLS handshake with the client: its certificates, the server
// name that it asked for, the protocol. It returns nil without TLS, and for a request whose
// connection is gone. Behind a proxy it is the handshake with the proxy; a proxy in the
// server's TrustedDownstream can pass the certificates of its client on, in the header
// X-Forwarded-Client-Cert. The server's tls.Config decides whether clients need a certificate. Tornado: get_ssl_certificate.
func (r *HTTPServerRequest) TLS() *tls.ConnectionState {
	if c, ok := r.Connection.(TLSReporter); ok {
		return c.TLSState()
	}
	return nil
}

// FullURL returns the URL of the request, built from Protocol, Host and URI.
// Tornado: full_url.
func (r *HTTPServerRequest) FullURL() string { return r.Protocol + "://" + r.Host + r.URI }

// RequestTime returns the time from StartTime to now, which is usually time.Now().
// Tornado: request_time.
func (r *HTTPServerRequest) RequestTime(now time.Time) time.Duration { return now.Sub(r.StartTime) }

// QueryArguments returns the arguments of the query string; see [ParseQSBytes]. The first
// call parses them. Do not change the map. Tornado: query_arguments.
func (r *HTTPServerRequest) QueryArguments() Arguments {
	p := r.parsedParts()
	if p.queryArguments == nil {
		p.queryArguments = ParseQSBytes(r.Query)
	}
	return p.queryArguments
}

// BodyArguments returns the form fields of the body that are not files. It returns an
// *HTTPInputError if the body is not the form that its Content-Type names, or exceeds the
// limits of BodyConfig; every call returns the same error. See [ParseBodyArguments].
// Tornado: body_arguments.
func (r *HTTPServerRequest) BodyArguments() (Arguments, error) {
	f := r.parseForm()
	return f.body, f.err
}

// Arguments returns QueryArguments and BodyArguments together. For a name in both, the values
// of the query come first. The error is that of BodyArguments. Tornado: arguments.
func (r *HTTPServerRequest) Arguments() (Arguments, error) {
	f := r.parseForm()
	if f.merged == nil && f.err == nil {
		f.merged = r.QueryArguments().mergedWith(f.body)
	}
	return f.merged, f.err
}

// Files returns the files of a multipart form by field name. They share memory with Body. The
// error is that of BodyArguments. Tornado: files.
func (r *HTTPServerRequest) Files() (map[string][]HTTPFile, error) {
	f := r.parseForm()
	return f.files, f.err
}

func (r *HTTPServerRequest) parseForm() *form {
	p := r.parsedParts()
	if p.form == nil {
		f := &form{body: Arguments{}, files: map[string][]HTTPFile{}}
		if p.form = f; r.BodyStreamed {
			return f
		}
		f.err = r.BodyConfig.ParseBodyArguments(r.Headers.Get("Content-Type"), r.Body, f.body, f.files, &r.Headers)
		if f.err != nil {
			f.body, f.files = nil, nil
		}
	}
	return p.form
}

// Cookies returns the cookies by name; cookies with an invalid name are left out. If a name is
// repeated, its last value is returned. Tornado: cookies.
func (r *HTTPServerRequest) Cookies() map[string]string {
	p := r.parsedParts()
	if p.cookies == nil {
		p.cookies = map[string]string{}
		for i := range r.Headers.fields {
			if r.Headers.fields[i].Name == "Cookie" {
				parseCookie(r.Headers.fields[i].Value, isCookieName, p.cookies)
			}
		}
	}
	return p.cookies
}

// Cookie returns the value of the cookie name, and whether the request has it.
func (r *HTTPServerRequest) Cookie(name string) (value string, ok bool) {
	value, ok = r.Cookies()[name]
	return value, ok
}
