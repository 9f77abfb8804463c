package httputil

import (
	"bytes"
	"cmp"
	"strconv"
	"strings"
	"time"
)

// A PackedRequest is a request in compact text form, for a connection that stays open for
// long and rarely needs its request. An unpacked request takes about four times the memory.
type PackedRequest string

// packedEnd ends each piece of a PackedRequest. No valid request contains it.
const packedEnd = "\x00"

// Pack returns r in compact form, without Connection. ok is false if r cannot be restored
// from that form. That is so if it has a body, or if a part was changed so that it does not
// follow from the others.
func (r *HTTPServerRequest) Pack() (p PackedRequest, ok bool) {
	path, query, _ := strings.Cut(r.URI, "?")
	name, _ := splitHost(r.Host)
	if r.Method == "" || r.Version == "" || r.Protocol == "" || len(r.Body) > 0 || r.BodyStreamed || r.BodyConfig != nil || r.parsed != nil && r.parsed.form != nil ||
		path != r.Path || query != r.Query || strings.ToLower(name) != r.HostName {
		return "", false
	}
	var short [512]byte // large enough for most upgrade requests
	text := appendPiece(short[:0], omitUsual(usualMethod, r.Method))
	text = appendPiece(text, r.URI)
	text = appendPiece(text, omitUsual(usualVersion, r.Version))
	text = appendPiece(text, r.RemoteIP)
	text = appendPiece(text, omitUsual(usualProtocol, r.Protocol))
	text = appendPiece(text, omitUsual(r.Headers.Get("Host"), r.Host))
	text = append(strconv.AppendInt(text, r.StartTime.UnixNano(), 36), packedEnd...)
	for _, f := range r.Headers.fields {
		if f.Name == "" || f.Name[0] < ' ' { // a field without a name, or with a name that would look like a short name
			return "", false
		}
		f = shortField(f)
		text = appendPiece(appendPiece(text, f.Name), f.Value)
	}
	if bytes.Count(text, []byte(packedEnd)) != 7+2*len(r.Headers.fields) { // some piece contains packedEnd
		return "", false
	}
	return PackedRequest(text[:len(text)-len(packedEnd)]), true
}

func appendPiece(text []byte, piece string) []byte {
	return append(append(text, piece...), packedEnd...)
}

// frequentFields are the fields of most upgrade requests. An entry with a value stands for
// exactly that value, an entry without one for any value. In a packed request the first
// entry has the one-byte name 1, the second 2, and so on; field names never begin with such
// bytes. The order may change between versions, because a program only unpacks requests that
// it packed itself. The first matching entry is used.
var frequentFields = [...]Field{
	{"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Connection", "keep-alive, Upgrade"}, {"Sec-Websocket-Version", "13"},
	{"Sec-Websocket-Extensions", "permessage-deflate; client_max_window_bits"}, {"Sec-Websocket-Extensions", "permessage-deflate"},
	{"Sec-Websocket-Extensions", "permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
	{"Pragma", "no-cache"}, {"Cache-Control", "no-cache"}, {"Accept", "*/*"}, {"Accept-Encoding", "gzip, deflate, br, zstd"},
	{"Upgrade", ""}, {"Connection", ""}, {"Sec-Websocket-Version", ""}, {"Sec-Websocket-Extensions", ""}, {"Sec-Websocket-Key", ""},
	{"Sec-Websocket-Protocol", ""}, {"Host", ""}, {"Origin", ""}, {"User-Agent", ""}, {"Cookie", ""}, {"Accept", ""}, {"Accept-Encoding", ""},
	{"Accept-Language", ""}, {"Cache-Control", ""}, {"Pragma", ""}, {"Authorization", ""}, {"X-Real-Ip", ""}, {"X-Forwarded-For", ""},
	{"X-Forwarded-Proto", ""},
}

// shortNames are the bytes 1 to 31, the one-byte names of frequentFields.
const shortNames = "\x01\x02\x03\x04\x05\x06\a\b\t\n\v\f\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f"

func shortField(f Field) Field {
	for i, frequent := range frequentFields {
		if f.Name == frequent.Name && (frequent.Value == "" || frequent.Value == f.Value) {
			return Field{shortNames[i : i+1], omitUsual(frequent.Value, f.Value)}
		}
	}
	return f
}

func longField(short Field) Field {
	if len(short.Name) != 1 || int(short.Name[0]) > len(frequentFields) {
		return short
	}
	frequent := frequentFields[short.Name[0]-1]
	return Field{frequent.Name, cmp.Or(short.Value, frequent.Value)}
}

// These are the values of most upgrade requests. A packed request omits them.
const usualMethod, usualVersion, usualProtocol = "GET", "HTTP/1.1", "http"

// omitUsual returns s, or "" if s is the usual value.
func omitUsual(usual, s string) string {
	if s == usual {
		return ""
	}
	return s
}

// Unpack returns the request that Pack packed. Its Connection is nil.
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
		r.Headers.fields = append(r.Headers.fields, longField(Field{next(), next()}))
	}
	r.Path, r.Query, _ = strings.Cut(r.URI, "?")
	r.Host = cmp.Or(r.Host, r.Headers.Get("Host"))
	name, _ := splitHost(r.Host)
	r.HostName = strings.ToLower(name)
	return r
}
