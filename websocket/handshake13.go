package websocket

import (
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"github.com/gotornado/tornado/httputil"
)

// A refusal is the response to an opening handshake that cannot be accepted. It is an ordinary
// response, so the connection stays open.
type refusal struct {
	status      int
	name, value string // an additional header, if name is not empty
	body        string // empty for status 405, which has the handler's usual error page
}

// A handshake13 is an acceptable opening handshake of versions 7, 8 and 13.
type handshake13 struct {
	version int      // 7, 8 or 13, which are equal after the handshake
	accept  string   // the Sec-WebSocket-Accept of the response
	offered []string // subprotocols, in the client's order of preference

	extensions string           // the value of Sec-WebSocket-Extensions; it is parsed if the handler wants compression
	deflate    deflateAgreement // made by responseHead
}

// The functions below read headers with a getter. It returns "" for an absent header,
// and joins repeated headers with commas, as httputil.HTTPHeaders.Get does.

// checkUpgrade makes the checks before the choice of a version (RFC 6455, section 4.2.1). It
// returns nil if the request is an upgrade whose origin checkOrigin accepts. A request without
// an origin is not from a browser and is accepted.
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

// withoutUpgrade returns header without the Upgrade field, which a server ignores in an
// HTTP/1.0 request (RFC 9110, section 7.8).
func withoutUpgrade(header func(string) string) func(string) string {
	return func(name string) string {
		if name == "Upgrade" {
			return ""
		}
		return header(name)
	}
}

// requestOrigin returns the origin of the page that connects. Its header has one name in
// version 13 and another one in earlier versions.
func requestOrigin(header func(string) string) string {
	if origin := header("Origin"); origin != "" {
		return origin
	}
	return header("Sec-Websocket-Origin")
}

// sameOrigin reports whether a page of origin was served by host. It is the default of
// CheckOrigin. It does not compare the scheme, because a proxy may terminate TLS. Host names
// are compared without regard to case.
func sameOrigin(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.User == nil && u.Host != "" && equalFold(u.Host, host)
}

// checkHandshake13 makes the checks of versions 7, 8 and 13. It does not check the form of the
// key, because any text serves to prove that this server knows the protocol.
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

// responseHead returns the headers that accept h (RFC 6455, section 4.2.2), in Tornado's order.
func (h *handshake13) responseHead(hooks Handler) (reason string, headers []httputil.Field) {
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

// negotiate agrees on compression if o is not nil. It returns the response to the client's
// offer, "" for none.
func (h *handshake13) negotiate(o *CompressionOptions) (answer string) {
	if o == nil {
		return ""
	}
	options := o.withDefaults()
	if err := options.validate(); err != nil {
		panic(err)
	}
	h.deflate, answer = agreeOnDeflate(h.extensions, options)
	return answer
}

// parseVersion returns 7, 8 or 13, or 0 for any other version.
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

// acceptKey returns the Sec-WebSocket-Accept for a Sec-WebSocket-Key (section 4.2.2, item 5.4).
// The RFC demands SHA-1; no secret depends on it.
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// parseSubprotocols returns the names in a Sec-WebSocket-Protocol header, nil if there are
// none.
func parseSubprotocols(value string) []string {
	var names []string
	for name := range strings.SplitSeq(value, ",") {
		if name = strings.Trim(name, " \t"); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// listContains reports whether token is in a comma-separated list, in any case of letters.
func listContains(list, token string) bool {
	for item := range strings.SplitSeq(list, ",") {
		if equalFold(strings.Trim(item, " \t"), token) {
			return true
		}
	}
	return false
}

// equalFold reports whether s and t are equal in any case of ASCII letters. The comparison of
// lengths excludes the two other characters that fold to ASCII letters.
func equalFold(s, t string) bool { return len(s) == len(t) && strings.EqualFold(s, t) }
