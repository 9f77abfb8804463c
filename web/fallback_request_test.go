package web

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gotornado/tornado/httpserver"
	"github.com/stretchr/testify/require"
)

// The request of a Handler has what the environ of a WSGI application has.
func TestRequestOfAFallback(t *testing.T) {
	for _, tt := range []struct{ number, head, want string }{
		{"wsgi-4 path", "GET /a%2Fb%C3%A9+c?x=1&y=%20 HTTP/1.1\r\nHost: a", "/a/b\u00e9+c x=1&y=%20"},
		{"wsgi-4 raw path", "GET /a%2Fb HTTP/1.1\r\nHost: a", "RequestURI=/a%2Fb"},
		{"wsgi-4 method", "REPORT / HTTP/1.1\r\nHost: a", "REPORT"},
		{"wsgi-4 protocol", "GET / HTTP/1.0\r\nHost: a", "HTTP/1.0"},
		{"wsgi-4 address", "GET / HTTP/1.1\r\nHost: a", "127.0.0.1"},
		{"wsgi-4 host", "GET / HTTP/1.1\r\nHost: a.example:81", "host=a.example:81"},
		{"wsgi-4 repeated", "GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nx-a: 2", "X-A=[1 2]"},
		{"wsgi-5 kept", "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/x\r\nContent-Length: 0", "Content-Type=[text/x]"},
		{"wsgi-5 kept", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0", "Content-Length=[0]"},
		{"wsgi-7 IPv6", "GET / HTTP/1.1\r\nHost: [::1]:80", "host=[::1]:80"},
	} {
		book := keepLog(t)
		addr := listen(t, fallbackTo(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "%s %s %s %s %s host=%s RequestURI=%s", r.Method, r.URL.Path, r.URL.RawQuery, r.Proto, r.RemoteAddr, r.Host, r.RequestURI)
			for name, values := range r.Header {
				fmt.Fprintf(w, " %s=%v", name, values)
			}
		}))
		conn := dial(t, addr)
		io.WriteString(conn, tt.head+"\r\nConnection: close\r\n\r\n")
		raw, err := io.ReadAll(conn)
		require.NoError(t, err)
		got := string(raw)
		if !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q does not contain %q", tt.number, got, tt.want)
		}
		book.eventually(t, 1)
		require.Contains(t, book.without(""), "access: 200 ", "wsgi-8")
	}
}

// A request without TLS has no TLS state, even if the server is told that its clients use https.
// The name that the client sent in Host must not pass for one of a verified handshake.
func TestFallbackInventsNoTLSState(t *testing.T) {
	app := fallbackTo(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "TLS=%v proto=%s", r.TLS, r.Header.Get("X-Forwarded-Proto"))
	})
	conn := dial(t, listenWith(t, app, httpserver.Options{Protocol: "https"}))
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: admin.example\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n")
	raw, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Contains(t, string(raw), "TLS=<nil> proto=https")
}
