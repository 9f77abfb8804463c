package http1

import (
	"strings"

	"github.com/gotornado/tornado/httputil"
)

// ConnectionOptions reports which of the options close and keep-alive the Connection header
// contains (RFC 9110, section 7.6.1).
func ConnectionOptions(headers *httputil.HTTPHeaders) (closes, keepAlive bool) {
	for _, f := range headers.Fields() {
		if f.Name == "Connection" {
			closes = closes || HasOption(f.Value, "close")
			keepAlive = keepAlive || HasOption(f.Value, "keep-alive")
		}
	}
	return closes, keepAlive
}

// HasOption reports whether the list of a Connection header contains option, in any case.
func HasOption(list, option string) bool {
	for element := range strings.SplitSeq(list, ",") {
		if httputil.EqualFold(strings.Trim(element, " \t"), option) {
			return true
		}
	}
	return false
}

// ResponsePersists reports whether the server keeps the connection open after a response
// with the given framing (RFC 9112, section 9.3).
func ResponsePersists(start httputil.ResponseStartLine, headers *httputil.HTTPHeaders, body Framing) bool {
	closes, keepAlive := ConnectionOptions(headers)
	switch {
	case closes || body.Faulty || body.Kind == UntilCloseBody:
		return false
	case start.Version == "HTTP/1.0":
		return keepAlive
	}
	return true
}
