package httpserver

import (
	"fmt"
	"strings"

	"github.com/gotornado/tornado/httputil"
)

// A requestLife holds what of a request decides how it is answered and whether its
// connection goes on (RFC 9112, section 9.3).
type requestLife struct {
	version        httpVersion
	head           bool // the method is HEAD: the answer has no body
	askedKeepAlive bool // the Connection header has keep-alive
	mayPersist     bool // as far as the request goes, another one may follow
}

type httpVersion uint8

const (
	httpOther httpVersion = iota // HTTP/1.2 and up: kept open only if that is asked for
	http10
	http11
)

// newRequestLife reads the facts off a request. noKeepAlive is the server's option.
func newRequestLife(start httputil.RequestStartLine, headers *httputil.HTTPHeaders, body framing, noKeepAlive bool) requestLife {
	r := requestLife{version: versionOf(start.Version), head: start.Method == "HEAD"}
	askedClose := false
	for _, f := range headers.Fields() {
		if f.Name == "Connection" {
			askedClose = askedClose || hasOption(f.Value, "close")
			r.askedKeepAlive = r.askedKeepAlive || hasOption(f.Value, "keep-alive")
		}
	}
	switch {
	case noKeepAlive || askedClose || body.faulty:
	case r.version == http11:
		r.mayPersist = true
	default:
		framed := body.kind != framingNone || r.head || start.Method == "GET"
		r.mayPersist = r.askedKeepAlive && framed
	}
	return r
}

// goOut makes this the last request of its connection.
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

// hasOption reports whether the list in a Connection header holds option.
func hasOption(list, option string) bool {
	for element := range strings.SplitSeq(list, ",") {
		if httputil.EqualFold(strings.Trim(element, " \t"), option) {
			return true
		}
	}
	return false
}

// An answerPlan says how an answer is framed and what becomes of its connection.
type responsePlan struct {
	bodyless   bool   // no body may follow the head, whatever the head says
	chunked    bool   // add Transfer-Encoding: chunked and send chunks
	connection string // the Connection header to set, "" for none
	close      bool   // close when the answer is out
	switching  bool   // another protocol follows the response (RFC 9110, section 15.2.2)
}

// plan decides about a response when its head is written, as far as code, the length
// and the request say. A 101 never closes the connection: what its request says of the
// connection is about HTTP. Another interim status, and a 101 for an HTTP/1.0 client (RFC
// 9110, section 15.2), is an *httputil.HTTPOutputError.
func (r requestLife) planResponse(code int, hasLength bool) (responsePlan, error) {
	switch {
	case code == 101 && r.version != http10:
		return responsePlan{bodyless: true, switching: true}, nil
	case code < 200:
		return responsePlan{}, outputError(fmt.Sprintf("status %d does not end a request: answer with 200 or more", code))
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

// follow makes the plan agree with own, the options that the handler put into the
// Connection header, and returns the value to send in their place, "" for none. The
// handler may end the connection, but cannot keep it open (RFC 9112, section 9.6): only if
// persists is set does its keep-alive stay. As in Tornado, a value of the server's own
// replaces the handler's.
func (p *responsePlan) mergeConnectionHeader(own string, persists bool) string {
	if hasOption(own, "close") && !p.switching {
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
