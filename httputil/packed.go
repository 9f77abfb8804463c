package httputil

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// A PackedRequest is a request as one text, for a connection that is open for long and
// seldom asks for it: an unpacked one takes about four times the memory.
type PackedRequest string

// packedEnd ends each piece of a PackedRequest: it stands in no request.
const packedEnd = "\x00"

// Pack returns r as one text, without Connection, and whether that says all of it: a
// request that has a body, or of which a part was changed so that it does not follow
// from the others any more, cannot be packed.
func (r *HTTPServerRequest) Pack() (p PackedRequest, ok bool) {
	path, query, _ := strings.Cut(r.URI, "?")
	name, _ := splitHost(r.Host)
	if r.Method == "" || r.Version == "" || r.Protocol == "" || len(r.Body) > 0 || r.BodyStreamed || r.BodyConfig != nil || r.parsed != nil && r.parsed.form != nil ||
		path != r.Path || query != r.Query || strings.ToLower(name) != r.HostName {
		return "", false
	}
	pieces := []string{unless(usualMethod, r.Method), r.URI, unless(usualVersion, r.Version), r.RemoteIP,
		unless(usualProtocol, r.Protocol), unless(r.Headers.Get("Host"), r.Host), strconv.FormatInt(r.StartTime.UnixNano(), 36)}
	for _, f := range r.Headers.fields {
		if f.Name == "" || f.Name[0] < ' ' { // no name; it might be taken for a short one
			return "", false
		}
		pieces = append(pieces, shortName(f.Name), f.Value)
	}
	for _, piece := range pieces {
		if strings.Contains(piece, packedEnd) {
			return "", false
		}
	}
	return PackedRequest(strings.Join(pieces, packedEnd)), true
}

// frequentNames are those of headers that most upgrades have. In a packed request the
// first is the byte 1, and so on: bytes that no name begins with. What is kept for long
// was packed by the same program, so that the order may change.
var frequentNames = [...]string{"Host", "Connection", "Upgrade", "Sec-Websocket-Key", "Sec-Websocket-Version",
	"Sec-Websocket-Extensions", "Sec-Websocket-Protocol", "Origin", "User-Agent", "Cookie", "Accept", "Accept-Encoding",
	"Accept-Language", "Cache-Control", "Pragma", "Authorization", "X-Real-Ip", "X-Forwarded-For", "X-Forwarded-Proto"}

func shortName(name string) string {
	for i, frequent := range frequentNames {
		if name == frequent {
			return string(rune(i + 1))
		}
	}
	return name
}

func longName(short string) string {
	if len(short) == 1 && short[0] >= 1 && int(short[0]) <= len(frequentNames) {
		return frequentNames[short[0]-1]
	}
	return short
}

// What most upgrades have is not written down.
const usualMethod, usualVersion, usualProtocol = "GET", "HTTP/1.1", "http"

// unless returns s, or "" if that is the usual.
func unless(usual, s string) string {
	if s == usual {
		return ""
	}
	return s
}

// Unpack returns the request that was packed; its Connection is nil.
func (p PackedRequest) Unpack() *HTTPServerRequest {
	rest := string(p)
	next := func() (piece string) {
		piece, rest, _ = strings.Cut(rest, packedEnd)
		return piece
	}
	r := &HTTPServerRequest{Method: cmp.Or(next(), usualMethod), URI: next(), Version: cmp.Or(next(), usualVersion),
		RemoteIP: next(), Protocol: cmp.Or(next(), usualProtocol), Host: next()}
	nanoseconds, _ := strconv.ParseInt(next(), 36, 64)
	r.StartTime = time.Unix(0, nanoseconds)
	if n := strings.Count(rest, packedEnd) + 1; rest != "" {
		r.Headers.fields = make([]Field, 0, n/2)
	}
	for rest != "" {
		r.Headers.fields = append(r.Headers.fields, Field{longName(next()), next()})
	}
	r.Path, r.Query, _ = strings.Cut(r.URI, "?")
	r.Host = cmp.Or(r.Host, r.Headers.Get("Host"))
	name, _ := splitHost(r.Host)
	r.HostName = strings.ToLower(name)
	return r
}
