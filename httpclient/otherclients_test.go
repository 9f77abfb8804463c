package httpclient

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
)

// The tests of this file are about things that Tornado's curl client or release 2.2 do
// otherwise. Here, both clients do as Tornado 6.5's simple client.

// countingClient is a client of a program's own: it wraps another one.
type countingClient struct {
	AsyncHTTPClient
	fetches int
}

func (c *countingClient) Fetch(r *HTTPRequest) *ioloop.Future[*HTTPResponse] {
	c.fetches++
	return c.AsyncHTTPClient.Fetch(r)
}

// A program's own type is an AsyncHTTPClient like the others.
func TestAClientOfAProgramsOwn(t *testing.T) { // client-33
	defer Configure(nil, Options{})
	server := httptest.NewServer(http.HandlerFunc(hello))
	defer server.Close()
	Configure(func(l *ioloop.IOLoop, o Options) AsyncHTTPClient {
		return &countingClient{AsyncHTTPClient: NewSimpleAsyncHTTPClient(l, o)}
	}, Options{})
	l := looptest.New(t)
	looptest.Run(t, l, func() {
		r, err := Instance(l).Fetch(&HTTPRequest{URL: server.URL}).Await()
		require.Equal(t, "200 Hello", shownFetch(r, err))
		require.Equal(t, 1, Instance(l).(*countingClient).fetches)
	})
}

// NetHTTPClient takes any RoundTripper.
func TestARoundTripperOfAProgramsOwn(t *testing.T) { // client-33
	server := httptest.NewServer(http.HandlerFunc(hello))
	defer server.Close()
	hosts := []string{}
	l := looptest.New(t)
	looptest.Run(t, l, func() {
		c := NewNetHTTPClient(l, roundTripFunc(func(r *http.Request) (*http.Response, error) {
			hosts = append(hosts, r.URL.Host)
			r = r.Clone(r.Context())
			r.URL.Host = server.Listener.Addr().String()
			return http.DefaultTransport.RoundTrip(r)
		}), Options{})
		r, err := c.FetchURL("http://service.example/").Await()
		require.Equal(t, "200 Hello", shownFetch(r, err))
		require.Equal(t, []string{"service.example"}, hosts)
	})
}

type roundTripFunc func(r *http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A request needs no Headers, and its body is sent as it is.
func TestZeroHeadersAndATextAsBody(t *testing.T) { // client-46
	s := serveRaw(t, func(c *rawConn) {
		head, body := c.readRequest()
		c.respond(strings.ReplaceAll(head, "|", "\n") + body)
	})
	eachClient(t, Options{NoKeepAlive: true, Defaults: HTTPRequest{UserAgent: "test"}}, func(t *testing.T, c AsyncHTTPClient) {
		r, err := c.Fetch(&HTTPRequest{URL: s.url(), Method: "PUT", Body: []byte("é")}).Await()
		require.NoError(t, err)
		lines := strings.Split(string(r.Body), "\n")
		require.ElementsMatch(t, []string{"PUT / HTTP/1.1", "Connection: close", "Host: " + s.listener.Addr().String(),
			"User-Agent: test", "Content-Length: 2", "Accept-Encoding: gzip", "é"}, lines)
	})
}

// Both clients send the same headers: no Accept, and gzip alone.
func TestBothClientsSendTheSameHeaders(t *testing.T) { // client-101, client-105
	s := serveRaw(t, func(c *rawConn) {
		head, _ := c.readRequest()
		c.respond(strings.ReplaceAll(head, "|", "\n"))
	})
	url := strings.Replace(s.url(), "://", "://u:p@", 1)
	eachClient(t, Options{NoKeepAlive: true}, func(t *testing.T, c AsyncHTTPClient) {
		for _, tt := range []struct {
			request HTTPRequest
			want    []string
		}{
			{HTTPRequest{URL: url}, []string{"GET / HTTP/1.1"}},
			{HTTPRequest{URL: url, Method: "GET", Body: []byte("x"), AllowNonstandardMethods: On}, []string{"GET / HTTP/1.1", "Content-Length: 1"}},
			{HTTPRequest{URL: url + "/é"}, []string{"GET /%C3%A9 HTTP/1.1"}},
		} {
			r, err := c.Fetch(&tt.request).Await()
			require.NoError(t, err)
			require.ElementsMatch(t, append(tt.want, "Connection: close", "Host: "+s.listener.Addr().String(),
				"Authorization: Basic dTpw", "User-Agent: "+defaultUserAgent, "Accept-Encoding: gzip", ""), strings.Split(string(r.Body), "\n"))
		}
	})
}

// Both clients have one set of rules for redirects.
func TestBothClientsFollowTheSameRedirects(t *testing.T) { // client-99, client-106
	var l requestLog
	a, b := redirectCodes(t, "a", &l), redirectCodes(t, "b", &l)
	body := []byte("x")
	eachClient(t, Options{Defaults: HTTPRequest{RaiseError: Off}}, func(t *testing.T, c AsyncHTTPClient) {
		for _, tt := range []struct {
			request HTTPRequest
			code    int
			want    []string
		}{
			{HTTPRequest{Method: "PUT", Body: body, URL: "/303?/end"}, 200, []string{"a PUT /303", "a GET /end"}},
			{HTTPRequest{Method: "DELETE", URL: "/303?/end"}, 200, []string{"a DELETE /303", "a GET /end"}},
			{HTTPRequest{Method: "POST", Body: body, URL: "/301?/end"}, 200, []string{"a POST /301", "a GET /end"}},
			{HTTPRequest{Method: "POST", Body: body, URL: "/302?/end"}, 200, []string{"a POST /302", "a GET /end"}},
			{HTTPRequest{Method: "PATCH", Body: body, URL: "/308?/end"}, 200, []string{"a PATCH /308", "a PATCH /end"}},
			{HTTPRequest{Method: "OPTIONS", URL: "/307?/end"}, 200, []string{"a OPTIONS /307", "a OPTIONS /end"}},
			{HTTPRequest{URL: "/302"}, 302, []string{"a GET /302"}},
			{HTTPRequest{URL: "/300?/end"}, 300, []string{"a GET /300"}},
			{HTTPRequest{URL: "/302?/302?/302?/end", MaxRedirects: 2}, 302, []string{"a GET /302", "a GET /302", "a GET /302"}},
			{HTTPRequest{URL: "/302?" + b.URL + "/end", AuthUsername: "u", AuthPassword: "p", Headers: fields("Cookie: c")}, 200,
				[]string{"a GET /302 Authorization=Basic dTpw Cookie=c", "b GET /end"}},
		} {
			tt.request.URL = a.URL + tt.request.URL
			r, err := c.Fetch(&tt.request).Await()
			require.NoError(t, err)
			require.Equal(t, tt.code, r.Code, tt.request.URL)
			require.Equal(t, tt.want, l.take())
		}
	})
}

// redirectCodes returns a server whose path is the code of a redirect to the query.
func redirectCodes(t *testing.T, name string, l *requestLog) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.add(name, r, secrets...)
		code := 200
		fmt.Sscanf(r.URL.Path, "/%d", &code)
		if r.URL.RawQuery != "" {
			w.Header().Set("Location", r.URL.RawQuery)
		}
		w.WriteHeader(code)
	}))
	t.Cleanup(s.Close)
	return s
}

// A fetch without a response is an error, not a response of code 599. The texts of errors are
// those of release 6.5.
func TestErrorsOfRelease65(t *testing.T) { // client-104, client-107
	s := serveRaw(t, func(c *rawConn) {
		switch head := c.readHead(); {
		case strings.HasPrefix(head, "GET /reason"):
			c.send("HTTP/1.1 404 Nope|Content-Length: 0||")
		case strings.HasPrefix(head, "GET /interim"):
			c.send("HTTP/1.1 100 Continue||HTTP/1.1 200 OK|Content-Length: 5||Hello")
		case strings.HasPrefix(head, "GET /unchanged"):
			c.send("HTTP/1.1 304 Not Modified|Content-Length: 5||")
		}
	})
	eachClient(t, Options{NoKeepAlive: true, Defaults: HTTPRequest{RaiseError: Off}}, func(t *testing.T, c AsyncHTTPClient) {
		for path, want := range map[string]string{"/reason": "HTTP 404: Nope", "/unchanged": "HTTP 304: Not Modified"} {
			r, err := c.FetchURL(s.url() + path).Await()
			require.NoError(t, err)
			require.Contains(t, r.Error.Error(), want)
		}
		r, err := c.FetchURL(s.url() + "/interim").Await()
		require.Equal(t, "200 Hello", shownFetch(r, err))
		for _, url := range []string{s.url() + "/closed", "http://127.0.0.1:1/"} {
			r, err = c.FetchURL(url).Await()
			require.Nil(t, r)
			var failed *HTTPClientError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, 599, failed.Code)
			require.Nil(t, failed.Response)
		}
	})
}

// The callbacks get the status line, each header and the end of the head, and the pieces of a body
// with a Content-Length as they arrive.
func TestCallbacksOfRelease65(t *testing.T) { // client-108
	more := make(chan bool, 10)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"], w.Header()["Content-Type"] = nil, nil
		w.Header().Set("Content-Length", "10")
		for _, piece := range []string{"Hello", "World"} {
			fmt.Fprint(w, piece)
			w.(http.Flusher).Flush()
			<-more
		}
	}))
	defer s.Close()
	eachClient(t, Options{}, func(t *testing.T, c AsyncHTTPClient) {
		var got []string
		r, err := c.Fetch(&HTTPRequest{URL: s.URL,
			HeaderCallback: func(line string) error { got = append(got, line); return nil },
			StreamingCallback: func(chunk []byte) error {
				got = append(got, string(chunk))
				more <- true
				return nil
			}}).Await()
		require.Equal(t, "200 ", shownFetch(r, err))
		require.Equal(t, []string{"HTTP/1.1 200 OK\r\n", "Content-Length: 10\r\n", "\r\n", "Hello", "World"}, got)
	})
}

// A slowResolver blocks until the loop has done something else.
type slowResolver struct {
	address netip.AddrPort
	other   chan bool
}

func (r *slowResolver) Resolve(context.Context, string, string, int) ([]netip.AddrPort, error) {
	select {
	case <-r.other:
		return []netip.AddrPort{r.address}, nil
	case <-time.After(20 * time.Second):
		return nil, fmt.Errorf("the loop does nothing while a name is resolved")
	}
}

// Names are resolved while the loop does other things.
func TestNamesAreResolvedOffTheLoop(t *testing.T) { // client-109
	server := httptest.NewServer(http.HandlerFunc(hello))
	defer server.Close()
	r := &slowResolver{netip.MustParseAddrPort(server.Listener.Addr().String()), make(chan bool, 1)}
	eachClient(t, Options{Resolver: r}, func(t *testing.T, c AsyncHTTPClient) {
		f := c.FetchURL("http://service.example/")
		looptestLoop(c).CallLater(time.Millisecond, func() { r.other <- true })
		response, err := f.Await()
		require.Equal(t, "200 Hello", shownFetch(response, err))
	})
}
