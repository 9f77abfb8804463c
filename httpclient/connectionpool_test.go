package httpclient

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/stretchr/testify/require"
)

// settle lets the loop work until done reports true, for at most 20 s.
func settle(t testing.TB, l *ioloop.IOLoop, done func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); ioloop.Sleep(l, time.Millisecond).Await() {
		if time.Now().After(end) {
			t.Fatal("the condition is not met after 20 s")
		}
	}
}

// client-b1: each row is a response, and whether its connection serves another request.
func TestReuse(t *testing.T) {
	for _, tt := range []struct {
		request, response string
		reused            bool
	}{
		{"", "HTTP/1.1 200 OK|Content-Length: 2||hi", true},
		{"", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||2|hi|0||", true},
		{"", "HTTP/1.1 204 No Content||", true},
		{"", "HTTP/1.1 304 Not Modified|Content-Length: 5||", true},
		{"", "HTTP/1.1 404 Not Found|Content-Length: 2||no", true},
		{"", "HTTP/1.1 200 OK|Connection: close|Content-Length: 2||hi", false},
		{"close", "HTTP/1.1 200 OK|Content-Length: 2||hi", false},
		{"", "HTTP/1.0 200 OK|Content-Length: 2||hi", false},
		{"", "HTTP/1.0 200 OK|Connection: keep-alive|Content-Length: 2||hi", true},
		{"", "HTTP/1.0 200 OK|Connection: keep-alive|Transfer-Encoding: chunked||2|hi|0||", false},
		{"", "HTTP/1.1 200 OK|Content-Length: 2||hi!", false},
		{"", "HTTP/1.1 200 OK|Content-Length: 2||hiHTTP/1.1 200 OK|Content-Length: 4||evil", false},
		{"", "HTTP/1.1 204 No Content||HTTP/1.1 200 OK|Content-Length: 4||evil", false},
	} {
		s := serveRaw(t, func(c *rawConn) {
			for c.readHead() != "" {
				if c.number == 0 {
					c.send(tt.response)
				} else {
					c.respond("second connection")
				}
			}
		})
		for _, streamed := range []bool{false, true} {
			withClient(t, Options{}, func(c *SimpleAsyncHTTPClient) {
				s.accepted.Store(0)
				request := &HTTPRequest{URL: s.url(), RaiseError: Off}
				if tt.request != "" {
					request.Headers.Set("Connection", tt.request)
				}
				if streamed { // the connection returns to the pool after a callback has waited
					request.StreamingCallback = func([]byte) error { return ioloop.Moment(c.loop) }
				}
				_, err := c.Fetch(request).Await()
				require.NoError(t, err)
				r, err := c.Fetch(&HTTPRequest{URL: s.url(), RaiseError: Off}).Await()
				require.NoError(t, err)
				require.Equal(t, tt.reused, r.TimeInfo.Reused, "%q, streamed %t", tt.response, streamed)
				require.NotEqual(t, "evil", string(r.Body))
			})
		}
	}
}

// client-b1: if a server closes an idle connection, a request that can be repeated is sent again.
// Other requests are not, nor is a request on a new connection, nor one with a part of a
// response.
func TestResend(t *testing.T) {
	request := func(method, body string) *HTTPRequest {
		r := &HTTPRequest{Method: method, AllowNonstandardMethods: On}
		if body != "" {
			r.Body = []byte(body)
		}
		return r
	}
	produced := request("PUT", "")
	produced.BodyProducer = func(w io.Writer) error { _, err := io.WriteString(w, "hi"); return err }
	for _, tt := range []struct {
		name    string
		request *HTTPRequest
		partial string // of a response, before the server closes
		want    string
	}{
		{"GET", request("GET", ""), "", "200 new"},
		{"HEAD", request("HEAD", ""), "", "200 "},
		{"PUT", request("PUT", "body"), "", "200 new"},
		{"DELETE", request("DELETE", ""), "", "200 new"},
		{"OPTIONS", request("OPTIONS", ""), "", "200 new"},
		{"POST", request("POST", "body"), "", "waiting for the response: Stream closed"},
		{"PATCH", request("PATCH", "body"), "", "waiting for the response: Stream closed"},
		{"PUT with a producer", produced, "", "waiting for the response: Stream closed"},
		{"GET, a byte of the response", request("GET", ""), "H", "reading the response: "},
	} {
		eachClient(t, Options{}, func(t *testing.T, c AsyncHTTPClient) {
			s := serveRaw(t, func(c *rawConn) {
				c.readRequest()
				c.respond("new")
				if c.number == 0 { // reads the second request, and closes
					if head, _ := c.readRequest(); strings.Contains(head, "chunked") {
						io.CopyN(io.Discard, c.in, int64(len("2\r\nhi\r\n0\r\n\r\n")))
					}
					c.send(tt.partial)
				}
			})
			_, err := c.FetchURL(s.url()).Await()
			require.NoError(t, err)
			tt.request.URL = s.url()
			r, err := c.Fetch(tt.request).Await()
			if got := shownFetch(r, err); !strings.HasPrefix(got, tt.want) { // net/http's errors add a cause
				t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
			}
			want := int64(1)
			if err == nil {
				want = 2
				require.False(t, r.TimeInfo.Reused)
			}
			require.Equal(t, want, s.accepted.Load(), tt.name)
		})
	}
}

// client-b1: a request is repeated only once, even if the server closes the second connection
// too.
func TestResendOnce(t *testing.T) {
	s := serveRaw(t, func(c *rawConn) {
		if c.number == 0 {
			c.readHead()
			c.respond("")
		}
		c.readHead()
	})
	withClient(t, Options{}, func(c *SimpleAsyncHTTPClient) {
		_, err := c.FetchURL(s.url()).Await()
		require.NoError(t, err)
		r, err := c.FetchURL(s.url()).Await()
		require.Equal(t, "waiting for the response: Stream closed", shownFetch(r, err))
		require.Equal(t, int64(2), s.accepted.Load())
	})
}

// client-b1: idle connections are limited, in all and to one origin. Above a limit, the oldest
// one is closed.
func TestIdleLimits(t *testing.T) {
	for _, tt := range []struct {
		options Options
		idle    int
	}{
		{Options{}, 6},
		{Options{MaxIdle: 4}, 4},
		{Options{MaxIdlePerHost: 2}, 4},
		{Options{MaxIdle: -1}, 0},
		{Options{MaxIdlePerHost: -1}, 0},
		{Options{NoKeepAlive: true}, 0},
	} {
		together := &sync.WaitGroup{} // all requests are under way at once
		together.Add(6)
		script := func(c *rawConn) {
			for c.readHead() != "" {
				together.Done()
				together.Wait()
				c.respond("")
			}
		}
		a, b := serveRaw(t, script), serveRaw(t, script)
		withClient(t, tt.options, func(c *SimpleAsyncHTTPClient) {
			var all []*ioloop.Future[*HTTPResponse]
			for range 3 {
				all = append(all, c.FetchURL(a.url()), c.FetchURL(b.url()))
			}
			for _, f := range all {
				_, err := f.Await()
				require.NoError(t, err)
			}
			require.Equal(t, tt.idle, c.pool.idle, "%+v", tt.options)
			settle(t, c.loop, func() bool { return a.open.Load()+b.open.Load() == int64(tt.idle) })
			c.Close()
			require.Zero(t, c.pool.idle)
			require.Empty(t, c.pool.hosts)
			settle(t, c.loop, func() bool { return a.open.Load()+b.open.Load() == 0 })
		})
	}
}

// client-b1: an idle connection closes after IdleTimeout.
func TestIdleTimeout(t *testing.T) {
	s := serveRaw(t, func(c *rawConn) {
		c.readHead()
		c.respond("")
		c.awaitClose()
	})
	withClient(t, Options{IdleTimeout: time.Millisecond}, func(c *SimpleAsyncHTTPClient) {
		_, err := c.FetchURL(s.url()).Await()
		require.NoError(t, err)
		require.Equal(t, 1, c.pool.idle)
		settle(t, c.loop, func() bool { return c.pool.idle == 0 && s.open.Load() == 0 })
	})
}

// client-b1: requests with different settings do not share connections.
func TestPoolKeys(t *testing.T) {
	base := HTTPRequest{URL: "https://example.com/", Method: "GET"}
	base = base.withDefaults(&HTTPRequest{})
	with := func(change func(r *HTTPRequest)) *HTTPRequest {
		r := base
		change(&r)
		return &r
	}
	requests := []*HTTPRequest{
		&base,
		with(func(r *HTTPRequest) { r.URL = "http://example.com/" }),
		with(func(r *HTTPRequest) { r.URL = "https://example.com:444/" }),
		with(func(r *HTTPRequest) { r.URL = "https://other.example.com/" }),
		with(func(r *HTTPRequest) { r.NetworkInterface = "127.0.0.1" }),
		with(func(r *HTTPRequest) { r.AllowIPv6 = Off }),
		with(func(r *HTTPRequest) { r.ValidateCert = Off }),
		with(func(r *HTTPRequest) { r.CACerts = "ca.pem" }),
		with(func(r *HTTPRequest) { r.ClientCert = "client.pem" }), // client-110
		with(func(r *HTTPRequest) { r.ClientCert, r.ClientKey = "client.pem", "key.pem" }),
		with(func(r *HTTPRequest) { r.ProxyHost, r.ProxyPort = "proxy", 3128 }),
		with(func(r *HTTPRequest) { r.ProxyHost, r.ProxyPort = "socks5://proxy", 3128 }),
		with(func(r *HTTPRequest) { r.ProxyHost, r.ProxyPort, r.ProxyUsername = "proxy", 3128, "user" }), // client-96
	}
	var keys []poolKey
	for _, r := range requests {
		for _, again := range []string{"", "again?query"} {
			copied := *r
			copied.URL += again
			plan, err := newFetchPlan(&copied, &Options{})
			require.NoError(t, err)
			key := poolKeyOf(plan.nextHop(), &plan.settings)
			if again == "" {
				require.NotContains(t, keys, key, "%+v", r)
				keys = append(keys, key)
			} else {
				require.Equal(t, key, keys[len(keys)-1])
			}
		}
	}
}

// client-2, client-83: 1,000 fetches, half of them redirected, use at most MaxClients connections.
func TestThousandFetches(t *testing.T) {
	const clients = 7
	s := serveRaw(t, func(c *rawConn) {
		for {
			head, _ := c.readRequest()
			switch {
			case head == "":
				return
			case strings.HasPrefix(head, "GET /redirect"):
				c.send("HTTP/1.1 302 Found|Location: /target|Content-Length: 0||")
			default:
				c.respond("ok")
			}
		}
	})
	withClient(t, Options{MaxClients: clients}, func(c *SimpleAsyncHTTPClient) {
		var all []*ioloop.Future[*HTTPResponse]
		for i := range 1000 {
			all = append(all, c.FetchURL(s.url()+[]string{"/redirect", "/direct"}[i%2]))
		}
		for _, f := range all {
			r, err := f.Await()
			require.Equal(t, "200 ok", shownFetch(r, err))
		}
		require.LessOrEqual(t, s.accepted.Load(), int64(clients))
	})
}

// descriptors returns the number of open descriptors of the process, or 0 if that is unknown.
func descriptors() int {
	entries, _ := os.ReadDir("/proc/self/fd")
	return len(entries)
}

// countGoroutines returns the number of goroutines, without the coroutines that a loop keeps for reuse.
func countGoroutines() int {
	stacks := make([]byte, 16<<20)
	all := string(stacks[:runtime.Stack(stacks, true)])
	return strings.Count(all, "\ngoroutine ") - strings.Count(all, "created by iter.Pull")
}

// client-b10: after a storm of resets, truncated responses and cancellations, no slot, no
// connection, no descriptor and no goroutine is left.
func TestStorm(t *testing.T) {
	s := serveRaw(t, func(c *rawConn) {
		for n := 0; ; n++ {
			head, _ := c.readRequest()
			if head == "" {
				return
			}
			switch (c.number + n) % 7 {
			case 0:
				c.reset()
				return
			case 1:
				c.send("HTTP/1.1 200 OK|Content-Length: 100||part")
				return
			case 2:
				c.send("HTTP/1.1 200 OK|Transfer-Encoding: chunked||5|hel")
				c.reset()
				return
			case 3:
				c.awaitClose()
				return
			case 4:
				c.send("HTTP/1.1 302 Found|Location: /again|Content-Length: 0||")
			default:
				c.respond("ok")
			}
		}
	})
	withClient(t, Options{MaxClients: 20}, func(c *SimpleAsyncHTTPClient) {
		_, _ = c.FetchURL(s.url()).Await()
		settle(t, c.loop, func() bool { return s.open.Load() == int64(c.pool.idle) })
		before, open := countGoroutines(), descriptors()
		outcomes := map[string]int{}
		for limit := 200 * time.Millisecond; len(outcomes) < 4 && limit < 4*time.Second; limit *= 4 { // a slow machine needs more
			storm(t, c, s, limit, outcomes)
		}
		require.Len(t, outcomes, 4, "%v", outcomes)
		require.Zero(t, c.queue.active)
		require.Zero(t, c.queue.waiting)
		settle(t, c.loop, func() bool { return s.open.Load() == int64(c.pool.idle) })
		total := 0
		for _, h := range c.pool.hosts {
			total += h.open
		}
		require.Equal(t, c.pool.idle, total)
		c.Close()
		settle(t, c.loop, func() bool { return s.open.Load() == 0 })
		settle(t, c.loop, func() bool { return countGoroutines() <= before && descriptors() <= open })
	})
}

// storm makes 600 fetches, whose RequestTimeout is limit, and counts the types of their errors.
func storm(t *testing.T, c *SimpleAsyncHTTPClient, s *rawServer, limit time.Duration, outcomes map[string]int) {
	t.Helper()
	var all []*ioloop.Future[*HTTPResponse]
	for i := range 600 {
		r := &HTTPRequest{URL: s.url(), RequestTimeout: limit, ConnectTimeout: -1}
		if i%3 == 0 {
			r.Method, r.BodyProducer = "POST", func(w io.Writer) error {
				for range 50 {
					if _, err := w.Write(make([]byte, 5000)); err != nil {
						return err
					}
				}
				return nil
			}
		}
		f := c.Fetch(r)
		all = append(all, f)
		if i%5 == 0 {
			c.loop.CallLater(time.Duration(i%50)*time.Millisecond, func() { f.Cancel() })
		}
	}
	for _, f := range all {
		r, err := f.Await()
		if err == nil {
			require.Equal(t, "ok", string(r.Body))
		}
		outcomes[fmt.Sprintf("%T", err)]++
	}
}
