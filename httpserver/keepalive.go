package httpserver

import (
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
func (r *requestLife) goOut() { r.mayPersist, r.askedKeepAlive = false, false }

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
type answerPlan struct {
	bodyless   bool   // no body may follow the head, whatever the head says
	chunked    bool   // add Transfer-Encoding: chunked and send chunks
	connection string // the Connection header to set, "" for none
	close      bool   // close when the answer is out
	switching  bool   // what follows is not HTTP (RFC 9110, section 15.2.2)
}

// plan decides about an answer when its head is written. If the request body has not
// been read to its end when the answer is complete, the connection closes whatever the
// plan says, and no header announces it.
func (r requestLife) plan(code int, hasLength bool) answerPlan {
	interim := code < 200
	p := answerPlan{bodyless: r.head || interim || code == 204 || code == 304, switching: code == 101}
	unframed := !p.bodyless && !hasLength
	p.chunked = unframed && r.version == http11
	endsByClose := unframed && !p.chunked
	p.close = !r.mayPersist || endsByClose
	switch {
	case interim: // 101 has a Connection header of its own
	case r.version == http11 && p.close:
		p.connection = "close"
	case r.version == http10 && r.askedKeepAlive && !endsByClose:
		p.connection = "Keep-Alive"
	}
	return p
}
