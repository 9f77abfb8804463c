package httpclient

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/peers"
	"github.com/gotornado/tornado/internal/testcert"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/tcpclient"
)

// haproxyConfig needs the port, options of the bind line, and more lines.
const haproxyConfig = `
global
	log stderr local0 err
defaults
	mode http
	timeout connect 20s
	timeout client 20s
	timeout server 20s
listen main
	bind 127.0.0.1:%d %s
%s
`

// startHAProxy starts HAProxy with haproxyConfig, and returns its port.
func startHAProxy(t *testing.T, bind, lines string) (port int) {
	path, file := peers.Program(t, "haproxy"), filepath.Join(t.TempDir(), "haproxy.cfg")
	return startProgram(t, func(port int) *exec.Cmd {
		require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, haproxyConfig, port, bind, lines), 0o600))
		return peers.Command(path, "-db", "-f", file)
	})
}

// haproxyBefore starts HAProxy before a server.
func haproxyBefore(t *testing.T, server, lines string) (url string) {
	return fmt.Sprint("http://127.0.0.1:", startHAProxy(t, "", lines+"\n\tserver one "+server))
}

// startHAProxyServer starts HAProxy before a net/http server for TestRealServers. HAProxy
// compresses the responses.
func startHAProxyServer(t *testing.T, dir string) int {
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir(dir)))
	mux.Handle("/old", http.RedirectHandler("/small.txt", http.StatusMovedPermanently))
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return startHAProxy(t, "", "\tcompression algo gzip\n\tcompression type text/plain\n\tserver one "+server.Listener.Addr().String())
}

// HAProxy closes idle connections after its http-keep-alive timeout.
func TestHAProxyClosesIdleConnections(t *testing.T) { // client-b1
	checkIdleConnections(t, func(t *testing.T, server string) string {
		return haproxyBefore(t, server, "\ttimeout http-keep-alive 50ms")
	})
}

// nginx closes idle connections after its keepalive_timeout.
func TestNginxClosesIdleConnections(t *testing.T) { // client-b1
	checkIdleConnections(t, func(t *testing.T, server string) string {
		return fmt.Sprint("http://127.0.0.1:", startNginxWith(t, t.TempDir(), "keepalive_timeout 50ms; location / { proxy_pass http://"+server+"; }"))
	})
}

// checkIdleConnections fetches through a proxy of start that soon closes idle connections. A POST
// gets a new connection when the old one is closed, and requests that can be repeated are never
// lost, whenever the proxy closes.
func checkIdleConnections(t *testing.T, start func(t *testing.T, server string) (url string)) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) }))
	defer server.Close()
	url := start(t, server.Listener.Addr().String())
	eachClient(t, Options{}, func(t *testing.T, c AsyncHTTPClient) {
		for i := range 20 {
			r, err := c.Fetch(&HTTPRequest{URL: url, Method: "PUT", Body: []byte("put")}).Await()
			require.Equal(t, "200 put", shownFetch(r, err), i)
			ioloop.Sleep(looptestLoop(c), time.Duration(40+i)*time.Millisecond).Await()
		}
	})
	withClient(t, Options{}, func(c *SimpleAsyncHTTPClient) {
		for range 3 {
			r, err := c.Fetch(&HTTPRequest{URL: url, Method: "POST", Body: []byte("post")}).Await()
			require.Equal(t, "200 post", shownFetch(r, err))
			require.False(t, r.TimeInfo.Reused)
			settle(t, c.loop, func() bool { return c.pool.idle == 0 })
		}
	})
}

// HAProxy relays chunked bodies and those of a server that speaks HTTP/1.0. If its server fails, it
// sends a response of its own.
func TestHAProxyRelays(t *testing.T) {
	responses := map[string]string{
		"/old":        "HTTP/1.0 200 OK\r\n\r\nuntil close",
		"/old/length": "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nHello",
		"/chunked":    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHello\r\n7\r\n, world\r\n0\r\n\r\n",
		"/cut":        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHello\r\n7\r\n, wo",
		"/malformed":  "220 SMTP ready\r\n\r\n",
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if response, ok := responses[r.URL.Path]; ok {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				io.WriteString(conn, response)
				conn.Close()
			}
			return
		}
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path == "/silent" {
			<-r.Context().Done()
		}
		fmt.Fprint(w, r.TransferEncoding, " ", string(body))
	}))
	defer server.Close()
	url := haproxyBefore(t, server.Listener.Addr().String(), "\thttp-request deny deny_status 429 if { path /denied }\n"+
		"\thttp-request set-timeout server 100ms if { path /silent }\n\toption http-server-close")
	produce := func(w io.Writer) error {
		_, err := io.WriteString(w, "Hello")
		if err == nil {
			_, err = io.WriteString(w, ", world")
		}
		return err
	}
	eachClient(t, Options{}, func(t *testing.T, c AsyncHTTPClient) {
		reused := 0
		for _, tt := range []struct {
			request HTTPRequest
			want    string // the beginning of the outcome
		}{
			{HTTPRequest{URL: "/old"}, "200 until close"},
			{HTTPRequest{URL: "/old/length"}, "200 Hello"},
			{HTTPRequest{URL: "/chunked"}, "200 Hello, world"},
			{HTTPRequest{URL: "/post", Method: "POST", Body: []byte("Hello")}, "200 [] Hello"},
			{HTTPRequest{URL: "/post", Method: "POST", BodyProducer: produce}, "200 [chunked] Hello, world"},
			{HTTPRequest{URL: "/denied"}, "429"},
			{HTTPRequest{URL: "/malformed"}, "502"},
			{HTTPRequest{URL: "/silent"}, "504"},
			{HTTPRequest{URL: "/cut"}, "reading the response: Connection closed"},
		} {
			tt.request.URL, tt.request.RaiseError = url+tt.request.URL, Off
			r, err := c.Fetch(&tt.request).Await()
			got := shownFetch(r, err)
			require.True(t, strings.HasPrefix(got, tt.want), "%s: got %q, want %q", tt.request.URL, got, tt.want)
			if err == nil && r.TimeInfo.Reused {
				reused++
			}
		}
		require.GreaterOrEqual(t, reused, 4, "HAProxy keeps connections")
	})
}

// chainCertificates is a list of certificates for HAProxy, which chooses one by the name that the
// client asks for.
func chainCertificates(t *testing.T, root *testcert.Authority) string {
	between, stranger := root.Intermediate(t, "intermediate"), testcert.NewAuthority(t, "stranger")
	withoutChain := between.Issue(t, "incomplete.example", nil)
	withoutChain.Certificate = withoutChain.Certificate[:1]
	var list strings.Builder
	add := func(c tls.Certificate, options, name string) {
		fmt.Fprintf(&list, "%s [%s] %s\n", testcert.File(t, c), options, name)
	}
	add(between.Issue(t, "good.example", nil), "alpn http/1.1", "good.example")
	add(between.Issue(t, "good.example", nil), "", "other.example")
	add(between.Issue(t, "expired.example", func(c *x509.Certificate) { c.NotAfter = c.NotBefore.Add(time.Minute) }), "", "expired.example")
	add(between.Issue(t, "future.example", func(c *x509.Certificate) { c.NotBefore = c.NotAfter.Add(-time.Minute) }), "", "future.example")
	add(withoutChain, "", "incomplete.example")
	add(testcert.SelfSigned(t, "selfsigned.example"), "", "selfsigned.example")
	add(stranger.Issue(t, "stranger.example", nil), "", "stranger.example")
	for _, version := range []string{"1.2", "1.3"} {
		name := "client" + version + ".example"
		add(root.Issue(t, name, nil), "verify required ca-file "+root.File(t)+" ssl-min-ver TLSv"+version+" ssl-max-ver TLSv"+version, name)
	}
	file := filepath.Join(t.TempDir(), "certificates")
	require.NoError(t, os.WriteFile(file, []byte(list.String()), 0o600))
	return file
}

// Certificate chains that HAProxy shows, and those that it requires.
func TestHAProxyCertificates(t *testing.T) { // client-92, client-93, client-b1
	root := testcert.NewAuthority(t, "root")
	port := startHAProxy(t, "ssl crt-list "+chainCertificates(t, root),
		"\thttp-request return status 200 content-type text/plain lf-string \"by %[ssl_c_s_dn(cn)]\"")
	own := testcert.File(t, root.Intermediate(t, "between").Issue(t, "own", nil))
	foreign := testcert.File(t, testcert.NewAuthority(t, "foreign").Issue(t, "foreign", nil))
	mapping := map[tcpclient.Target]tcpclient.HostPort{}
	tests := []struct{ host, certificate, want string }{
		{"good.example", "", "200 by "},
		{"other.example", "", "x509: certificate is valid for good.example, not other.example"},
		{"expired.example", "", "certificate has expired"},
		{"future.example", "", "is not yet valid"},
		{"incomplete.example", "", "signed by unknown authority"},
		{"selfsigned.example", "", "signed by unknown authority"},
		{"stranger.example", "", "signed by unknown authority"},
		{"client1.2.example", "", "handshake failure"},
		{"client1.2.example", own, "200 by own"},
		{"client1.2.example", foreign, "handshake failure"},
		{"client1.3.example", "", "certificate required"},
		{"client1.3.example", own, "200 by own"},
		{"client1.3.example", foreign, "certificate required"},
	}
	for _, tt := range tests {
		mapping[tcpclient.Target{Host: tt.host}] = tcpclient.HostPort{Host: "127.0.0.1"}
	}
	eachClient(t, Options{HostnameMapping: mapping, Defaults: HTTPRequest{CACerts: root.File(t)}}, func(t *testing.T, c AsyncHTTPClient) {
		for _, tt := range tests {
			for range 2 { // the second time, over a kept connection
				r, err := c.Fetch(&HTTPRequest{URL: fmt.Sprintf("https://%s:%d/", tt.host, port), ClientCert: tt.certificate}).Await()
				require.Contains(t, shownFetch(r, err), tt.want, tt.host)
				var failed *HTTPClientError
				if errors.As(err, &failed) {
					require.Equal(t, 599, failed.Code)
				}
			}
		}
	})
}
