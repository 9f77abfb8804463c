package websocket

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gotornado/tornado/httputil"
)

// A HandshakeError reports that the server did not open a WebSocket. Its response has another
// status than 101, or is a 101 with a fault (RFC 6455, section 4.1). Tornado: HTTPError,
// WebSocketError.
type HandshakeError struct {
	StatusCode int
	Reason     string // the phrase after the status
	Headers    httputil.HTTPHeaders
	Body       []byte // the first 4 KiB of the body, without chunked coding
	Err        error  // the fault in a response with status 101; nil for another status
}

func (e *HandshakeError) Error() string {
	text := "websocket: the server responded " + strings.TrimSpace(strconv.Itoa(e.StatusCode)+" "+e.Reason)
	switch {
	case e.Err != nil:
		return text + ": " + e.Err.Error()
	case e.StatusCode >= 200 && e.StatusCode < 300:
		return text + ": non-websocket response"
	}
	return text
}

// Unwrap returns Err.
func (e *HandshakeError) Unwrap() error { return e.Err }

// The faults of a 101.
var (
	errNoUpgrade       = errors.New(`no "Upgrade: websocket" (RFC 6455, section 4.1)`)
	errNoConnection    = errors.New(`no "Connection: Upgrade" (RFC 6455, section 4.1)`)
	errAccept          = errors.New("wrong Sec-WebSocket-Accept (RFC 6455, section 4.1)")
	errSubprotocol     = errors.New("a subprotocol that was not offered (RFC 6455, section 4.1)")
	errExtension       = errors.New("an extension that was not offered (RFC 6455, section 4.1)")
	errExtensionParams = errors.New("parameters of permessage-deflate that were not offered (RFC 7692, section 7.1)")
)

// A clientHandshake is the request of a client. It determines which responses are valid.
type clientHandshake struct {
	target       string // of the request line
	host         string // of the Host header
	key          string
	subprotocols []string
	compression  *CompressionOptions
	headers      httputil.HTTPHeaders // additional headers
}

// newClientHandshake returns the handshake of Connect. An error is a mistake of the caller.
func newClientHandshake(u *url.URL, o *ConnectOptions) (*clientHandshake, error) {
	var random [16]byte
	rand.Read(random[:]) // never fails
	h := &clientHandshake{target: u.RequestURI(), host: u.Host, subprotocols: o.Subprotocols,
		key: base64.StdEncoding.EncodeToString(random[:]), headers: o.Headers.Copy()}
	for i, name := range o.Subprotocols {
		switch {
		case !httputil.IsToken(name):
			return nil, fmt.Errorf("websocket: subprotocol %q is not a token (RFC 6455, section 4.1)", name)
		case slices.Contains(o.Subprotocols[:i], name):
			return nil, fmt.Errorf("websocket: subprotocol %q is offered twice: offer each name once (RFC 6455, section 4.1)", name)
		}
	}
	for _, f := range h.headers.Fields() {
		var check httputil.HTTPHeaders
		if err := check.Add(f.Name, f.Value); err != nil {
			return nil, fmt.Errorf("websocket: header %q: %w", f.Name, err)
		}
		if reservedHeader(f.Name) {
			return nil, fmt.Errorf("websocket: header %q is set by the handshake: leave it out", f.Name)
		}
	}
	if u.User != nil && !h.headers.Has("Authorization") {
		password, _ := u.User.Password()
		h.headers.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password)))
	}
	if o.Compression != nil {
		options := o.Compression.withDefaults()
		if err := options.validate(); err != nil {
			return nil, err
		}
		h.compression = &options
	}
	return h, nil
}

// reservedHeader reports whether the handshake itself sets the header.
func reservedHeader(name string) bool {
	switch httputil.NormalizeName(name) {
	case "Upgrade", "Connection", "Sec-Websocket-Key", "Sec-Websocket-Version",
		"Sec-Websocket-Protocol", "Sec-Websocket-Extensions", "Content-Length", "Transfer-Encoding":
		return true
	}
	return false
}

// request returns the bytes of the request (RFC 6455, section 4.1). Like Tornado's, it has no
// Origin.
func (h *clientHandshake) request() []byte {
	var b strings.Builder
	line := func(name, value string) { b.WriteString(name + ": " + value + "\r\n") }
	b.WriteString("GET " + h.target + " HTTP/1.1\r\n")
	if !h.headers.Has("Host") {
		line("Host", h.host)
	}
	line("Upgrade", "websocket")
	line("Connection", "Upgrade")
	line("Sec-WebSocket-Key", h.key)
	line("Sec-WebSocket-Version", "13")
	if len(h.subprotocols) > 0 {
		line("Sec-WebSocket-Protocol", strings.Join(h.subprotocols, ","))
	}
	if h.compression != nil {
		line("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")
	}
	for _, f := range h.headers.Fields() {
		line(f.Name, f.Value)
	}
	b.WriteString("\r\n")
	return []byte(b.String())
}

// checkResponse checks the headers of a 101 and returns what was agreed on.
func (h *clientHandshake) checkResponse(headers *httputil.HTTPHeaders) (subprotocol string, deflate deflateAgreement, err error) {
	switch {
	case !equalFold(headers.Get("Upgrade"), "websocket"):
		return "", deflate, errNoUpgrade
	case !listContains(headers.Get("Connection"), "upgrade"):
		return "", deflate, errNoConnection
	case headers.Get("Sec-Websocket-Accept") != acceptKey(h.key):
		return "", deflate, errAccept
	}
	if subprotocol = headers.Get("Sec-Websocket-Protocol"); subprotocol != "" && !slices.Contains(h.subprotocols, subprotocol) {
		return "", deflate, errSubprotocol
	}
	if headers.Has("Sec-Websocket-Extensions") {
		deflate, err = h.checkExtensions(headers.Get("Sec-Websocket-Extensions"))
	}
	return subprotocol, deflate, err
}

// checkExtensions checks the extensions that the server chose: permessage-deflate once, if it
// was offered (RFC 7692, section 7.1).
func (h *clientHandshake) checkExtensions(header string) (a deflateAgreement, err error) {
	chosen := parseExtensions(header)
	switch {
	case len(chosen) == 0 && strings.Trim(header, " \t,") == "":
		return a, nil
	case len(chosen) != 1 || chosen[0].name != "permessage-deflate" || h.compression == nil:
		return a, errExtension
	}
	params, ok := readDeflateOffer(chosen[0].params)
	if !ok || valueless(chosen[0].params, "client_max_window_bits") {
		return a, errExtensionParams
	}
	a = deflateAgreement{serverFresh: params.serverFresh, clientFresh: params.clientFresh,
		serverBits: maxWindowBits, clientBits: maxWindowBits, level: uint8(h.compression.Level)}
	if params.serverBits != 0 {
		a.serverBits = uint8(params.serverBits)
	}
	if params.clientBits != 0 {
		a.clientBits = uint8(params.clientBits)
	}
	return a, nil
}

// valueless reports whether the parameter exists and has no value.
func valueless(params []extensionParam, name string) bool {
	for _, p := range params {
		if p.name == name {
			return !p.valued
		}
	}
	return false
}

// swapped returns the agreement with both sides exchanged, for the client's deflateState.
func (a deflateAgreement) swapped() deflateAgreement {
	return deflateAgreement{serverFresh: a.clientFresh, clientFresh: a.serverFresh,
		serverBits: a.clientBits, clientBits: a.serverBits, level: a.level}
}
