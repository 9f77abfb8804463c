// Package httputil holds the parts of HTTP that clients and servers share: headers, start
// lines, requests, and the grammars of URLs, cookies, forms and ranges. All functions are
// pure: they take bytes and return values or errors.
//
// Text keeps the bytes of the wire. Tornado decodes the head of a message as Latin-1; a
// string here holds the same bytes undecoded.
//
//	headers, err := httputil.ParseHeaders("Content-Type: text/plain\r\nX-Id: 7\r\n")
//	kind := headers.Get("content-type")
//	start, end, ok := httputil.ParseRequestRange("bytes=0-499")
//	next, err := httputil.URLConcat("/login?a=1", []httputil.Pair{{Name: "next", Value: "/"}})
package httputil
