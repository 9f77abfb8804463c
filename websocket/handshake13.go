package websocket

import (
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"github.com/gotornado/tornado/httputil"
)

// A refusal answers an opening handshake that cannot be accepted. It is an ordinary
// response: the connection stays usable.
type refusal struct {
	status      int
	name, value string // one more header, if name is not empty
	body        string // empty with status 405: the handler's usual error page
}

// A handshake13 is an acceptable opening handshake of the RFC 6455 family.
type handshake13 struct {
	version int      // 7, 8 or 13; they differ in nothing after the handshake
	accept  string   // the answer's Sec-WebSocket-Accept
	offered []string // subprotocols, in the client's order of preference

	extensions string           // Sec-WebSocket-Extensions, to be read if the handler wants compression
	deflate    deflateAgreement // made by answer
}

// The functions below read headers through a getter that returns "" for an absent one
// and joins repeated ones by commas, as httputil.HTTPHeaders.Get does.

// checkUpgrade makes the checks that come before the choice of a version (RFC 6455,
// section 4.2.1): nil if the request is an upgrade whose origin checkOrigin allows.
// A request without origin is no browser's, and is allowed.
func checkUpgrade(method string, header func(string) string, checkOrigin func(origin string) bool) *refusal {
	switch {
	case method != http.MethodGet:
		return &refusal{status: http.StatusMethodNotAllowed}
	case !equalFold(header("Upgrade"), "websocket"):
		return &refusal{status: http.StatusBadRequest, body: `Can "Upgrade" only to "WebSocket".`}
	case !listContains(header("Connection"), "upgrade"):
		return &refusal{status: http.StatusBadRequest, body: `"Connection" must be "Upgrade".`}
	}
	if origin := requestOrigin(header); origin != "" && !checkOrigin(origin) {
		return &refusal{status: http.StatusForbidden, body: "Cross origin websockets not allowed"}
	}
	return nil
}

// withoutUpgrade is header without the Upgrade field, which a server ignores in an HTTP/1.0
// request (RFC 9110, section 7.8).
func withoutUpgrade(header func(string) string) func(string) string {
	return func(name string) string {
		if name == "Upgrade" {
			return ""
		}
		return header(name)
	}
}

// requestOrigin returns the origin of the page that asks, under the name that version
// 13 gives the header or that of versions before it.
func requestOrigin(header func(string) string) string {
	if origin := header("Origin"); origin != "" {
		return origin
	}
	return header("Sec-Websocket-Origin")
}

// sameOrigin is the default of CheckOrigin: the page was served by the host and port
// that it asks now. The scheme is not compared, since a proxy may have ended TLS; upper
// and lower case are the same, as everywhere in a host name.
func sameOrigin(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.User == nil && u.Host != "" && equalFold(u.Host, host)
}

// checkHandshake13 makes the checks of versions 7, 8 and 13. The form of the key is not
// one of them: what it proves, that this server knows the protocol, holds for any text.
func checkHandshake13(header func(string) string) (handshake13, *refusal) {
	version := parseVersion(header("Sec-Websocket-Version"))
	if version == 0 {
		return handshake13{}, &refusal{
			status: http.StatusUpgradeRequired, name: "Sec-Websocket-Version", value: "7, 8, 13"}
	}
	key := header("Sec-Websocket-Key")
	if key == "" || header("Host") == "" {
		return handshake13{}, &refusal{status: http.StatusBadRequest, body: "Missing/Invalid WebSocket headers"}
	}
	return handshake13{version: version, accept: acceptKey(key),
		offered: parseSubprotocols(header("Sec-Websocket-Protocol")), extensions: header("Sec-Websocket-Extensions")}, nil
}

// answer returns the headers that accept h (RFC 6455, section 4.2.2), in Tornado's order.
func (h *handshake13) answer(hooks Handler) (reason string, headers []httputil.Field) {
	headers = make([]httputil.Field, 0, 5)
	if name := hooks.socket().subprotocol; name != "" {
		headers = append(headers, httputil.Field{Name: "Sec-Websocket-Protocol", Value: name})
	}
	if answer := h.negotiate(hooks.GetCompressionOptions()); answer != "" {
		headers = append(headers, httputil.Field{Name: "Sec-Websocket-Extensions", Value: answer})
	}
	return "Switching Protocols", append(headers,
		httputil.Field{Name: "Upgrade", Value: "websocket"},
		httputil.Field{Name: "Connection", Value: "Upgrade"},
		httputil.Field{Name: "Sec-Websocket-Accept", Value: h.key()})
}

// negotiate agrees on compression as o wishes, if it is not nil, and returns the answer
// to the client's offer, "" for none.
func (h *handshake13) negotiate(o *CompressionOptions) (answer string) {
	if o == nil {
		return ""
	}
	options := o.withDefaults()
	if err := options.check(); err != nil {
		panic(err)
	}
	h.deflate, answer = agreeOnDeflate(h.extensions, options)
	return answer
}

// parseVersion returns a version of this family, or 0.
func parseVersion(s string) int {
	switch s {
	case "7":
		return 7
	case "8":
		return 8
	case "13":
		return 13
	}
	return 0
}

// acceptKey answers a Sec-WebSocket-Key (section 4.2.2, item 5.4). SHA-1 is the RFC's
// choice; nothing secret rests on it.
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// parseSubprotocols returns the names in a Sec-WebSocket-Protocol header; nil if none.
func parseSubprotocols(value string) []string {
	var names []string
	for name := range strings.SplitSeq(value, ",") {
		if name = strings.Trim(name, " \t"); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// listContains reports whether token, in any case, is in a comma-separated list.
func listContains(list, token string) bool {
	for item := range strings.SplitSeq(list, ",") {
		if equalFold(strings.Trim(item, " \t"), token) {
			return true
		}
	}
	return false
}

// equalFold compares ASCII in any case. The lengths keep out the two characters beyond
// ASCII that fold to a letter of it.
func equalFold(s, t string) bool { return len(s) == len(t) && strings.EqualFold(s, t) }
