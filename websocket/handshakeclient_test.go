package websocket

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
)

func clientHandshakeFor(t *testing.T, rawURL string, o ConnectOptions) (*clientHandshake, error) {
	t.Helper()
	u, err := url.Parse(rawURL)
	require.NoError(t, err)
	return newClientHandshake(u, &o)
}

func TestClientRequest(t *testing.T) { // ws-61, ws-62
	headers := httputil.NewHTTPHeaders([]httputil.Field{{Name: "X-Test", Value: "hello"}})
	host := httputil.NewHTTPHeaders([]httputil.Field{{Name: "Host", Value: "other.example"}})
	const start, middle = "GET /p?q=1 HTTP/1.1\r\nHost: example.com:81\r\n",
		"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: KEY\r\nSec-WebSocket-Version: 13\r\n"
	for _, tt := range []struct {
		name, url string
		o         ConnectOptions
		want      string
	}{
		{"plain, without Origin", "ws://example.com:81/p?q=1", ConnectOptions{}, start + middle + "\r\n"},
		{"no path", "ws://example.com", ConnectOptions{}, "GET / HTTP/1.1\r\nHost: example.com\r\n" + middle + "\r\n"},
		{"query alone", "ws://example.com?a", ConnectOptions{}, "GET /?a HTTP/1.1\r\nHost: example.com\r\n" + middle + "\r\n"},
		{"subprotocols", "ws://example.com:81/p?q=1", ConnectOptions{Subprotocols: []string{"a", "b"}},
			start + middle + "Sec-WebSocket-Protocol: a,b\r\n\r\n"},
		{"compression", "ws://example.com:81/p?q=1", ConnectOptions{Compression: &CompressionOptions{}},
			start + middle + "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"},
		{"ws-69 headers", "ws://example.com:81/p?q=1", ConnectOptions{Headers: headers}, start + middle + "X-Test: hello\r\n\r\n"},
		{"another host", "ws://example.com:81/p?q=1", ConnectOptions{Headers: host},
			"GET /p?q=1 HTTP/1.1\r\n" + middle + "Host: other.example\r\n\r\n"},
		{"ws-69 authentication", "ws://Aladdin:open%20sesame@example.com:81/p?q=1", ConnectOptions{},
			start + middle + "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n"},
	} {
		h, err := clientHandshakeFor(t, tt.url, tt.o)
		require.NoError(t, err)
		if got := strings.Replace(string(h.request()), h.key, "KEY", 1); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestClientKeysAreFresh(t *testing.T) { // ws-61: 16 bytes in base64
	a, err := clientHandshakeFor(t, "ws://example.com", ConnectOptions{})
	require.NoError(t, err)
	b, _ := clientHandshakeFor(t, "ws://example.com", ConnectOptions{})
	if len(a.key) != 24 || a.key == b.key {
		t.Errorf("keys %q and %q", a.key, b.key)
	}
}

func TestClientMistakes(t *testing.T) {
	header := func(name, value string) ConnectOptions {
		return ConnectOptions{Headers: httputil.NewHTTPHeaders([]httputil.Field{{Name: name, Value: value}})}
	}
	for _, tt := range []struct {
		o    ConnectOptions
		want string
	}{
		{header("X-A", "b\r\nX-C: d"), "invalid header value"},
		{header("X A", "b"), "invalid header name"},
		{header("upgrade", "h2c"), "is set by the handshake"},
		{header("Sec-Websocket-Key", "x"), "is set by the handshake"},
		{ConnectOptions{Subprotocols: []string{"a,b"}}, "is not a token"},
		{ConnectOptions{Compression: &CompressionOptions{Level: 10}}, "Level"},
	} {
		if _, err := clientHandshakeFor(t, "ws://example.com", tt.o); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: got %v", tt.want, err)
		}
	}
}

// Each row is a change of a good response, and the resulting agreement or error.
func TestClientChecksTheAnswer(t *testing.T) { // ws-64
	compress := &CompressionOptions{}
	good := func(server, client uint8) deflateAgreement {
		return deflateAgreement{serverBits: server, clientBits: client, level: 6}
	}
	fresh := deflateAgreement{serverFresh: true, clientFresh: true, serverBits: 15, clientBits: 15, level: 6}
	for _, tt := range []struct {
		name, value string
		o           ConnectOptions
		agreed      deflateAgreement
		err         error
	}{
		{"Upgrade", "WebSocket", ConnectOptions{}, deflateAgreement{}, nil},
		{"Upgrade", "h2c", ConnectOptions{}, deflateAgreement{}, errNoUpgrade},
		{"Connection", "keep-alive, upgrade", ConnectOptions{}, deflateAgreement{}, nil},
		{"Connection", "close", ConnectOptions{}, deflateAgreement{}, errNoConnection},
		{"Sec-Websocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", ConnectOptions{}, deflateAgreement{}, errAccept},
		{"Sec-Websocket-Protocol", "b", ConnectOptions{Subprotocols: []string{"a", "b"}}, deflateAgreement{}, nil},
		{"Sec-Websocket-Protocol", "c", ConnectOptions{Subprotocols: []string{"a", "b"}}, deflateAgreement{}, errSubprotocol},
		{"Sec-Websocket-Protocol", "a", ConnectOptions{}, deflateAgreement{}, errSubprotocol},
		{"Sec-Websocket-Extensions", "", ConnectOptions{}, deflateAgreement{}, nil},
		{"Sec-Websocket-Extensions", "permessage-deflate", ConnectOptions{Compression: compress}, good(15, 15), nil},
		{"Sec-Websocket-Extensions", "permessage-deflate", ConnectOptions{}, deflateAgreement{}, errExtension},
		{"Sec-Websocket-Extensions", "x-other", ConnectOptions{Compression: compress}, deflateAgreement{}, errExtension},
		{"Sec-Websocket-Extensions", "permessage-deflate, permessage-deflate", ConnectOptions{Compression: compress}, deflateAgreement{}, errExtension},
		{"Sec-Websocket-Extensions", "permessage-deflate; server_max_window_bits=9; client_max_window_bits=10",
			ConnectOptions{Compression: compress}, good(9, 10), nil},
		{"Sec-Websocket-Extensions", "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
			ConnectOptions{Compression: compress}, fresh, nil},
		{"Sec-Websocket-Extensions", "permessage-deflate; client_max_window_bits", ConnectOptions{Compression: compress},
			deflateAgreement{}, errExtensionParams},
		{"Sec-Websocket-Extensions", "permessage-deflate; server_max_window_bits=16", ConnectOptions{Compression: compress},
			deflateAgreement{}, errExtensionParams},
		{"Sec-Websocket-Extensions", "permessage-deflate; x=1", ConnectOptions{Compression: compress}, deflateAgreement{}, errExtensionParams},
	} {
		h, err := clientHandshakeFor(t, "ws://example.com", tt.o)
		require.NoError(t, err)
		headers := httputil.NewHTTPHeaders([]httputil.Field{{Name: "Upgrade", Value: "websocket"},
			{Name: "Connection", Value: "Upgrade"}, {Name: "Sec-Websocket-Accept", Value: acceptKey(h.key)}})
		headers.Set(tt.name, tt.value)
		_, agreed, err := h.checkResponse(&headers)
		if !errors.Is(err, tt.err) || tt.err == nil && (err != nil || agreed != tt.agreed) {
			t.Errorf("%s: %s: got %+v, %v; want %+v, %v", tt.name, tt.value, agreed, err, tt.agreed, tt.err)
		}
	}
}

func TestMistypedURLs(t *testing.T) {
	for _, tt := range []struct{ url, want string }{
		{"http://example.com/", "scheme"},
		{"ws:///path", "no host"},
		{"ws://example.com/#top", "fragment"},
		{"ws://example.com:0/", "port"},
		{"ws://example.com:99999/", "port"},
		{"ws://exa mple.com/", "invalid"},
	} {
		if _, _, _, err := parseURL(tt.url); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v", tt.url, err)
		}
	}
}

// FuzzRefusal checks that the error of a refused handshake does not depend on how the response is
// split, and that it keeps at most maxErrorBody bytes of the body.
func FuzzRefusal(f *testing.F) {
	f.Add("HTTP/1.1 403 No\r\nContent-Length: 3\r\n\r\nabc", uint8(3))
	f.Add("HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", uint8(1))
	f.Add("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 No\r\n\r\nabc", uint8(7))
	f.Add("HTTP/1.1 403 No\nContent-Length: 3\n\nabc", uint8(5))
	f.Add("HTTP/1.1 101 Switching Protocols\r\n\r\n", uint8(5))
	l, err := ioloop.New(ioloop.Options{})
	require.NoError(f, err)
	f.Cleanup(func() { l.Close() })
	f.Fuzz(func(t *testing.T, response string, step uint8) {
		whole := refusalOf(t, l, response, len(response)+1)
		require.Equal(t, whole, refusalOf(t, l, response, 1+int(step)))
	})
}

// refusalOf passes response to a clientOpening, step bytes at a time, and returns the error as
// text with the kept body.
func refusalOf(t *testing.T, l *ioloop.IOLoop, response string, step int) string {
	t.Helper()
	c := &clientOpening{handshake: &clientHandshake{key: "x"}, result: ioloop.NewFuture[*ClientConnection](l)}
	for at, end := 0, 0; end < len(response); {
		end = min(end+step, len(response))
		at += c.Consume([]byte(response[at:end]))
	}
	c.ConnectionLost(nil)
	_, err := c.result.Result()
	refusal, ok := errors.AsType[*HandshakeError](err)
	if !ok {
		return err.Error()
	}
	require.LessOrEqual(t, len(refusal.Body), maxErrorBody)
	return err.Error() + " " + string(refusal.Body)
}
