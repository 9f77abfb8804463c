package httpclient

import (
	"compress/gzip"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/internal/testcert"
)

// A requestLog records the requests that servers receive.
type requestLog struct {
	mu       sync.Mutex
	requests []string
}

// add records a request: the name of the server, the path, and the headers of interest.
func (l *requestLog) add(name string, r *http.Request, headers ...string) {
	line := name + " " + r.Method + " " + r.URL.Path
	for _, h := range headers {
		if v := r.Header.Get(h); v != "" {
			line += " " + h + "=" + v
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = append(l.requests, line)
}

// take returns the recorded requests and forgets them.
func (l *requestLog) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	requests := l.requests
	l.requests = nil
	return requests
}

// secrets are the headers that must not leave their origin.
var secrets = []string{"Authorization", "Cookie", "Cookie2", "Proxy-Authorization", "X-Secret"}

// redirectServer returns a server that records requests. /to?x redirects to x.
func redirectServer(t *testing.T, name string, l *requestLog, start func(http.Handler) *httptest.Server) *httptest.Server {
	s := start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.add(name, r, secrets...)
		if r.URL.Path == "/to" {
			w.Header().Set("Location", r.URL.RawQuery)
			w.WriteHeader(302)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// eachClient runs test in a coroutine with each implementation.
func eachClient(t *testing.T, o Options, test func(t *testing.T, c AsyncHTTPClient)) {
	for name, implementation := range implementations {
		t.Run(name, func(t *testing.T) {
			l := looptest.New(t)
			looptest.Run(t, l, func() {
				c := implementation(l, o)
				defer c.Close()
				test(t, c)
			})
		})
	}
}

// secretHeaders returns one of each secret.
func secretHeaders() httputil.HTTPHeaders {
	var l []httputil.Field
	for _, name := range secrets {
		l = append(l, httputil.Field{Name: name, Value: "s"})
	}
	return httputil.NewHTTPHeaders(l)
}

// client-9, client-80: the test follows a redirect from A to B, which has another port, and one
// back to A. It checks which requests have credentials.
func TestSecurityCredentialsFromAToBToA(t *testing.T) {
	var l requestLog
	a, b := redirectServer(t, "a", &l, httptest.NewServer), redirectServer(t, "b", &l, httptest.NewServer)
	eachClient(t, Options{}, func(t *testing.T, c AsyncHTTPClient) {
		request := HTTPRequest{URL: a.URL + "/to?" + b.URL + "/to?" + a.URL + "/end", Headers: secretHeaders(), SensitiveHeaders: []string{"X-Secret"}}
		_, err := c.Fetch(&request).Await()
		require.NoError(t, err)
		require.Equal(t, []string{"a GET /to Authorization=s Cookie=s Cookie2=s Proxy-Authorization=s X-Secret=s", "b GET /to", "a GET /end"}, l.take())

		_, err = c.Fetch(&HTTPRequest{URL: a.URL + "/to?" + b.URL, AuthUsername: "u", AuthPassword: "p"}).Await()
		require.NoError(t, err)
		require.Equal(t, []string{"a GET /to Authorization=Basic dTpw", "b GET "}, trimSlash(l.take()))
	})
}

// trimSlash removes the slash of an empty path: a Location without a path has none.
func trimSlash(lines []string) []string {
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], "/")
	}
	return lines
}

// client-9: the user info of a Location is not sent to another origin.
func TestSecurityUserInfoOfLocation(t *testing.T) {
	var l requestLog
	a, b := redirectServer(t, "a", &l, httptest.NewServer), redirectServer(t, "b", &l, httptest.NewServer)
	eachClient(t, Options{}, func(t *testing.T, c AsyncHTTPClient) {
		r, err := c.FetchURL(a.URL + "/to?" + strings.Replace(b.URL, "://", "://u:p@", 1) + "/end").Await()
		require.NoError(t, err)
		require.Equal(t, []string{"a GET /to", "b GET /end"}, l.take())
		require.NotContains(t, r.EffectiveURL, "u:p@")
	})
}

// client-81: a redirect from https to http with credentials is refused, and nothing is sent.
func TestSecurityDowngrade(t *testing.T) {
	var l requestLog
	a, b := redirectServer(t, "a", &l, httptest.NewTLSServer), redirectServer(t, "b", &l, httptest.NewServer)
	roots := pemFile(t, a.Certificate().Raw)
	eachClient(t, Options{Defaults: HTTPRequest{CACerts: roots}}, func(t *testing.T, c AsyncHTTPClient) {
		url := a.URL + "/to?" + b.URL + "/end"
		_, err := c.Fetch(&HTTPRequest{URL: url, AuthUsername: "u", AuthPassword: "secret"}).Await()
		require.ErrorIs(t, err, errDowngrade)
		require.NotContains(t, err.Error(), "secret")
		require.Equal(t, []string{"a GET /to Authorization=Basic dTpzZWNyZXQ="}, l.take())
		_, err = c.Fetch(&HTTPRequest{URL: url, RefuseDowngrade: On}).Await()
		require.ErrorIs(t, err, errDowngrade)
		l.take()
		_, err = c.Fetch(&HTTPRequest{URL: url}).Await()
		require.NoError(t, err)
		require.Equal(t, []string{"a GET /to", "b GET /end"}, l.take())
	})
}

// pemFile returns the name of a file with a certificate.
func pemFile(t *testing.T, certificate []byte) string {
	name := filepath.Join(t.TempDir(), "roots.pem")
	require.NoError(t, os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}), 0o600))
	return name
}

// client-21, client-41: if the method, the URL or a header of a request contains a line end, no
// byte of the request is sent.
func TestSecurityInjection(t *testing.T) {
	var l requestLog
	a := redirectServer(t, "a", &l, httptest.NewServer)
	eachClient(t, Options{}, func(t *testing.T, c AsyncHTTPClient) {
		for _, r := range []HTTPRequest{
			{URL: a.URL + "/\r\nX-Injected: 1"},
			{URL: a.URL, Method: "GET / HTTP/1.1\r\nX-Injected: 1\r\n\r\nGET", AllowNonstandardMethods: On},
			{URL: a.URL, Headers: fields("X: 1\r\nX-Injected: 1")},
			{URL: a.URL, Headers: fields("X: 1\r\n\r\nGET /second HTTP/1.1")},
			{URL: a.URL, Headers: fields("X\r\nX-Injected: 1")},
			{URL: a.URL, Headers: fields("Host: a\r\nX-Injected: 1")},
			{URL: a.URL, UserAgent: "a\r\nX-Injected: 1"},
			{URL: a.URL, AuthUsername: "a\r\nX-Injected: 1", AuthMode: AuthDigest},
		} {
			_, err := c.Fetch(&r).Await()
			var invalid *InvalidRequestError
			require.ErrorAs(t, err, &invalid, "%+v", r)
		}
		require.Empty(t, l.take())
	})
}

// client-81: a redirect to another scheme is an error at once, and the slot of the fetch becomes
// free.
func TestSecurityRedirectToAnotherScheme(t *testing.T) {
	var l requestLog
	a := redirectServer(t, "a", &l, httptest.NewServer)
	eachClient(t, Options{MaxClients: 1}, func(t *testing.T, c AsyncHTTPClient) {
		for _, location := range []string{"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:1/_x", "javascript:alert(1)", "data:,x", "unix:/run/x"} {
			_, err := c.FetchURL(a.URL + "/to?" + location).Await()
			require.ErrorIs(t, err, errURLScheme, location)
			var clientError *HTTPClientError
			require.ErrorAs(t, err, &clientError)
			require.Equal(t, PhaseRedirect, clientError.Phase)
			require.Equal(t, a.URL+"/to?...", clientError.URL)
		}
		_, err := c.FetchURL(a.URL).Await()
		require.NoError(t, err)
	})
}

// client-63: bytes after a response, such as a second response of an attacker, are not the
// response to the next request.
func TestSecurityResponseSplitting(t *testing.T) {
	const evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
	for _, first := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHello" + evil,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHello\r\n0\r\n\r\n" + evil,
		"HTTP/1.1 204 No Content\r\n\r\n" + evil,
		"HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n" + evil,
	} {
		eachClient(t, Options{}, func(t *testing.T, c AsyncHTTPClient) {
			s := listenScripted(t)
			next := []string{"recv", "send:HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext"}
			s.play([][]string{{"recv", "send:" + first, "hold"}, next, next})
			r, err := c.FetchURL("http://" + s.address() + "/").Await()
			require.NoError(t, err)
			require.NotEqual(t, "evil", string(r.Body), first)
			r, err = c.FetchURL("http://" + s.address() + "/next").Await()
			require.NoError(t, err)
			require.Equal(t, "next", string(r.Body), first)
			c.Close()
			s.close()
		})
	}
}

// client-70: the body of a redirect is not inflated. Its size as sent is limited.
func TestSecurityBombInARedirect(t *testing.T) {
	var bomb strings.Builder
	z := gzip.NewWriter(&bomb)
	z.Write(make([]byte, 10<<20))
	z.Close()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Location", "/end")
			w.WriteHeader(302)
			io.WriteString(w, bomb.String())
		case "/large":
			w.Header().Set("Location", "/end")
			w.WriteHeader(302)
			io.WriteString(w, strings.Repeat("x", 100000))
		}
	}))
	defer s.Close()
	eachClient(t, Options{MaxBodySize: 50000}, func(t *testing.T, c AsyncHTTPClient) {
		_, err := c.FetchURL(s.URL + "/bomb").Await()
		require.NoError(t, err)
		_, err = c.FetchURL(s.URL + "/large").Await()
		require.ErrorIs(t, err, ErrBodyTooLarge)
	})
}

// client-92, client-93: the certificate of another host is refused, unless the request says
// otherwise.
func TestSecurityCertificateOfAnotherHost(t *testing.T) {
	var l requestLog
	a := redirectServer(t, "a", &l, httptest.NewTLSServer) // for 127.0.0.1 and example.com
	a.Config.ErrorLog = nil
	_, port, _ := net.SplitHostPort(a.Listener.Addr().String())
	roots := pemFile(t, a.Certificate().Raw)
	eachClient(t, Options{}, func(t *testing.T, c AsyncHTTPClient) {
		for _, r := range []HTTPRequest{
			{URL: "https://localhost:" + port + "/", CACerts: roots},
			{URL: a.URL}, // the certificate is not signed by a root certificate of the system
		} {
			r.AllowIPv6 = Off
			_, err := c.Fetch(&r).Await()
			var failed *tls.CertificateVerificationError
			require.ErrorAs(t, err, &failed, r.URL)
			var clientError *HTTPClientError
			require.ErrorAs(t, err, &clientError)
			require.Equal(t, PhaseTLS, clientError.Phase)
		}
		require.Empty(t, l.take())
		for _, r := range []HTTPRequest{
			{URL: a.URL, CACerts: roots},
			{URL: "https://localhost:" + port + "/", ValidateCert: Off},
		} {
			r.AllowIPv6 = Off
			_, err := c.Fetch(&r).Await()
			require.NoError(t, err)
		}
		l.take()
	})
}

// client-96: a fetch without credentials for the proxy sends none, even after a fetch
// that has them. The server never gets the credentials of the proxy.
func TestSecurityProxyCredentials(t *testing.T) {
	var l requestLog
	server := redirectServer(t, "server", &l, httptest.NewTLSServer)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.add("proxy", r, secrets...)
		if r.Method != "CONNECT" {
			return
		}
		to, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			w.WriteHeader(502)
			return
		}
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			to.Close()
			return
		}
		io.WriteString(conn, "HTTP/1.1 200 Connected\r\n\r\n")
		go func() {
			io.Copy(to, conn)
			to.Close()
		}()
		io.Copy(conn, to)
		conn.Close()
	}))
	defer proxy.Close()
	host, portText, _ := net.SplitHostPort(proxy.Listener.Addr().String())
	var port int
	fmt.Sscan(portText, &port)
	roots := pemFile(t, server.Certificate().Raw)
	eachClient(t, Options{Defaults: HTTPRequest{ProxyHost: host, ProxyPort: port, CACerts: roots}}, func(t *testing.T, c AsyncHTTPClient) {
		fetch := func(r HTTPRequest) []string {
			_, err := c.Fetch(&r).Await()
			require.NoError(t, err)
			return trimSlash(l.take())
		}
		const url = "http://example.invalid/x"
		require.Equal(t, []string{"proxy GET /x Proxy-Authorization=Basic dTpw"}, fetch(HTTPRequest{URL: url, ProxyUsername: "u", ProxyPassword: "p"}))
		require.Equal(t, []string{"proxy GET /x"}, fetch(HTTPRequest{URL: url}))
		require.Equal(t, []string{"proxy CONNECT  Proxy-Authorization=Basic dTpw", "server GET /x Authorization=Basic YTpi"},
			fetch(HTTPRequest{URL: server.URL + "/x", ProxyUsername: "u", ProxyPassword: "p", AuthUsername: "a", AuthPassword: "b"}))
		require.Equal(t, []string{"proxy CONNECT ", "server GET /x"}, fetch(HTTPRequest{URL: server.URL + "/x"}))
	})
}

// client-110: a client certificate is not used by a later fetch that does not name it, nor after
// a redirect to another origin.
func TestSecurityClientCertificate(t *testing.T) {
	var mu sync.Mutex
	var shown []string
	start := func(name string) *httptest.Server {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			shown = append(shown, fmt.Sprint(name, len(r.TLS.PeerCertificates)))
			mu.Unlock()
			if r.URL.Path == "/to" {
				w.Header().Set("Location", r.URL.RawQuery)
				w.WriteHeader(302)
			}
		}))
		s.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
		s.StartTLS()
		t.Cleanup(s.Close)
		return s
	}
	a, b := start("a"), start("b")
	roots, certificate := pemFile(t, a.Certificate().Raw), testcert.SelfSignedFile(t, "client.example")
	eachClient(t, Options{Defaults: HTTPRequest{CACerts: roots}}, func(t *testing.T, c AsyncHTTPClient) {
		mu.Lock()
		shown = nil
		mu.Unlock()
		for _, r := range []HTTPRequest{
			{URL: a.URL, ClientCert: certificate},
			{URL: a.URL},
			{URL: a.URL + "/to?" + b.URL + "/", ClientCert: certificate},
		} {
			_, err := c.Fetch(&r).Await()
			require.NoError(t, err)
		}
		mu.Lock()
		defer mu.Unlock()
		require.Equal(t, []string{"a1", "a0", "a1", "b0"}, shown)
	})
}

// client-111: the text of an error, the response's String and the trace contain no
// credentials.
func TestSecurityNoCredentialsInTexts(t *testing.T) {
	const secret = "hidden"
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(404) }))
	defer s.Close()
	var traced strings.Builder
	o := Options{Defaults: HTTPRequest{RaiseError: Off, Trace: func(e TraceEvent) { fmt.Fprintf(&traced, "%+v\n", e) }}}
	eachClient(t, o, func(t *testing.T, c AsyncHTTPClient) {
		for _, url := range []string{s.URL, "http://127.0.0.1:1", "http://name.invalid"} {
			url = strings.Replace(url, "://", "://"+secret+":"+secret+"@", 1) + "/?token=" + secret + "#" + secret
			r, err := c.Fetch(&HTTPRequest{URL: url, Headers: fields("Authorization: " + secret)}).Await()
			text := fmt.Sprint(r, err)
			if r != nil {
				text += fmt.Sprint(r.Error)
			}
			require.NotContains(t, text, secret)
		}
		require.NotEmpty(t, traced.String())
		require.NotContains(t, traced.String(), secret)
		for _, url := range []string{"http://u:" + secret + "@h:port/", "http://u:" + secret + " x@h\x00/", secret + "://h/"} {
			_, err := c.FetchURL(url).Await()
			require.Error(t, err)
			require.NotContains(t, err.Error(), secret)
		}
	})
}
