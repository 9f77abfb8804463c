package httpclient

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/tcpclient"
)

// The options of Configure apply to New, and not to the constructors of the clients.
func TestConfiguredOptionsAreForNew(t *testing.T) { // client-26, client-29
	defer Configure(nil, Options{})
	Configure(nil, Options{MaxClients: 7})
	l := looptest.New(t)
	looptest.Run(t, l, func() {
		require.Equal(t, 7, New(l, Options{}).(*SimpleAsyncHTTPClient).options.MaxClients)
		own := NewSimpleAsyncHTTPClient(l, Options{}).options
		require.Equal(t, 1000, own.MaxClients)
		require.Equal(t, 100<<20, own.MaxBufferSize)
		require.EqualValues(t, own.MaxBufferSize, own.MaxBodySize)
		require.Equal(t, 64<<10, own.MaxHeaderSize)
	})
}

// An IPv6 address in a URL stands in brackets. With AllowIPv6 Off such a fetch fails.
func TestIPv6(t *testing.T) { // client-48
	listener, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skipf("no IPv6: %v", err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.Host)
	})}}
	server.Start()
	defer server.Close()
	eachClient(t, Options{}, func(t *testing.T, c AsyncHTTPClient) {
		response, err := c.FetchURL(server.URL).Await()
		require.NoError(t, err)
		require.Equal(t, listener.Addr().String(), string(response.Body))
		_, err = c.Fetch(&HTTPRequest{URL: server.URL, AllowIPv6: Off}).Await()
		var clientError *HTTPClientError
		require.ErrorAs(t, err, &clientError)
		require.Equal(t, 599, clientError.Code)
	})
}

// HostnameMapping changes the address of a host name. It changes nothing about the request.
func TestHostnameMapping(t *testing.T) { // client-50
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Host) }))
	defer server.Close()
	to := tcpclient.HostPort{Host: "127.0.0.1", Port: server.Listener.Addr().(*net.TCPAddr).Port}
	for _, tt := range []struct {
		name   string
		target tcpclient.Target
		url    string
		host   string
	}{
		{"host", tcpclient.Target{Host: "www.example.com"}, "http://www.example.com/", "www.example.com"},
		{"host and port", tcpclient.Target{Host: "foo.example.com", Port: 8000}, "http://foo.example.com:8000/", "foo.example.com:8000"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			mapping := map[tcpclient.Target]tcpclient.HostPort{tt.target: to}
			eachClient(t, Options{HostnameMapping: mapping}, func(t *testing.T, c AsyncHTTPClient) {
				response, err := c.FetchURL(tt.url).Await()
				require.NoError(t, err)
				require.Equal(t, tt.host, string(response.Body))
			})
		})
	}
}

// MaxBodySize is MaxBufferSize by default. With a larger MaxBodySize, large bodies pass through a
// small buffer.
func TestBodiesAndBuffers(t *testing.T) { // client-67
	handler := func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, strings.Repeat("a", 100_000)) }
	for _, tt := range []struct {
		options Options
		fits    bool
	}{
		{Options{MaxBufferSize: 64_000}, false},
		{Options{MaxBufferSize: 64_000, MaxBodySize: 100_000}, true},
		{Options{MaxBodySize: 99_999}, false},
	} {
		withClients(t, handler, tt.options, func(t *testing.T, c AsyncHTTPClient, url string) {
			response, err := c.FetchURL(url).Await()
			if !tt.fits {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			require.Len(t, response.Body, 100_000)
		})
	}
}

// RequestTimeout limits all redirects of a fetch together, so that a server that always redirects
// cannot keep the fetch alive.
func TestRequestTimeoutLimitsAllRedirects(t *testing.T) { // client-82, client-b3
	handler := func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(20 * time.Millisecond)
		http.Redirect(w, r, "/", http.StatusFound)
	}
	withClients(t, handler, Options{}, func(t *testing.T, c AsyncHTTPClient, url string) {
		_, err := c.Fetch(&HTTPRequest{URL: url, RequestTimeout: 300 * time.Millisecond, MaxRedirects: 1_000_000}).Await()
		var timeout *HTTPTimeoutError
		require.ErrorAs(t, err, &timeout)
	})
}

// If a later request of a fetch gets no response, the fetch fails.
func TestALaterHopFails(t *testing.T) { // client-78, client-b3
	handler := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
	}
	withClients(t, handler, Options{}, func(t *testing.T, c AsyncHTTPClient, url string) {
		_, err := c.FetchURL(url).Await()
		var clientError *HTTPClientError
		require.ErrorAs(t, err, &clientError)
		require.Equal(t, PhaseConnect, clientError.Phase)
	})
}

// A server that never begins its TLS handshake cannot keep a fetch alive.
func TestTLSWithASilentServer(t *testing.T) { // client-94
	server := serveRaw(t, func(c *rawConn) { c.awaitClose() })
	eachClient(t, Options{}, func(t *testing.T, c AsyncHTTPClient) {
		_, err := c.Fetch(&HTTPRequest{
			URL:            strings.Replace(server.url(), "http:", "https:", 1),
			ConnectTimeout: 100 * time.Millisecond, RequestTimeout: -1, SSLOptions: &tls.Config{InsecureSkipVerify: true},
		}).Await()
		var timeout *HTTPTimeoutError
		require.ErrorAs(t, err, &timeout)
		require.Equal(t, "Timeout while connecting", timeout.Message)
	})
}

// A fetch whose context has ended already is never sent.
func TestAContextThatHasEnded(t *testing.T) {
	requests := make(chan bool, 100)
	handler := func(w http.ResponseWriter, r *http.Request) { requests <- true }
	cause := errors.New("over")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(cause)
	withClients(t, handler, Options{MaxClients: 1}, func(t *testing.T, c AsyncHTTPClient, url string) {
		for range 20 {
			_, err := c.FetchContext(ctx, &HTTPRequest{URL: url}).Await()
			require.ErrorIs(t, err, cause)
		}
		require.Empty(t, requests)
		_, err := c.FetchURL(url).Await()
		require.NoError(t, err, "no place is taken")
		<-requests
	})
}

// One origin cannot take all places: at most two fetches to it are under way, however many wait.
func TestMaxClientsPerHost(t *testing.T) { // client-b2
	arrived, release := make(chan int64, 10), make(chan bool) // arrived gets the number of requests that the server holds, at each request
	var held atomic.Int64
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived <- held.Add(1)
		<-release
		held.Add(-1)
	}))
	defer slow.Close()
	defer close(release)
	quick := httptest.NewServer(http.HandlerFunc(hello))
	defer quick.Close()
	eachClient(t, Options{MaxClientsPerHost: 2}, func(t *testing.T, c AsyncHTTPClient) {
		await := func() { // the loop runs meanwhile
			n, err := ioloop.RunInExecutor(looptestLoop(c), func() (int64, error) { return <-arrived, nil }).Await()
			require.NoError(t, err)
			require.LessOrEqual(t, n, int64(2))
		}
		var all []*ioloop.Future[*HTTPResponse]
		for i := range 6 {
			all = append(all, c.FetchURL(fmt.Sprint(slow.URL, "/", i)))
		}
		await()
		await()
		for range 20 { // by the end of these fetches, a third fetch to the slow server would have arrived
			_, err := c.FetchURL(quick.URL).Await()
			require.NoError(t, err)
		}
		require.Equal(t, int64(2), held.Load())
		for range len(all) - 2 {
			release <- true
			await()
		}
		release <- true
		release <- true
		for _, f := range all {
			_, err := f.Await()
			require.NoError(t, err)
		}
	})
}

// A queued fetch that is cancelled is never sent.
func TestACancelledFetchLeavesTheQueue(t *testing.T) { // client-88
	release := make(chan bool)
	paths := make(chan string, 10)
	handler := func(w http.ResponseWriter, r *http.Request) {
		paths <- r.URL.Path
		if r.URL.Path == "/held" {
			<-release
		}
	}
	withClients(t, handler, Options{MaxClients: 1}, func(t *testing.T, c AsyncHTTPClient, url string) {
		held, queued := c.FetchURL(url+"/held"), c.FetchURL(url+"/queued")
		require.True(t, queued.Cancel())
		go func() { release <- true }()
		_, err := held.Await()
		require.NoError(t, err)
		_, err = queued.Await()
		require.True(t, errors.Is(err, ioloop.ErrCancelled))
		_, err = c.FetchURL(url + "/last").Await()
		require.NoError(t, err)
		require.Equal(t, "/held", <-paths)
		require.Equal(t, "/last", <-paths)
	})
}
