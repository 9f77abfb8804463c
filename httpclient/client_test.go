package httpclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/stretchr/testify/require"
)

// implementations are the clients that the tests of this file run with.
var implementations = map[string]Implementation{
	"net":    NetHTTP(nil),
	"simple": func(l *ioloop.IOLoop, o Options) AsyncHTTPClient { return NewSimpleAsyncHTTPClient(l, o) },
}

// withClients runs test in a coroutine, with each implementation and with a server.
func withClients(t *testing.T, handler http.HandlerFunc, o Options, test func(t *testing.T, c AsyncHTTPClient, url string)) {
	for name, implementation := range implementations {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(handler)
			defer s.Close()
			l := looptest.New(t)
			looptest.Run(t, l, func() {
				c := implementation(l, o)
				defer c.Close()
				test(t, c, s.URL)
			})
		})
	}
}

func hello(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "Hello") }

// client-1, client-25: a loop has one client until the client is closed. New always makes another
// one, and its options replace those of Configure.
func TestInstance(t *testing.T) { // client-24
	defer Configure(nil, Options{})
	made := 0
	Configure(func(l *ioloop.IOLoop, o Options) AsyncHTTPClient {
		made++
		return NewNetHTTPClient(l, nil, o)
	}, Options{MaxClients: 7, MaxQueue: 3, Defaults: HTTPRequest{UserAgent: "configured"}})
	a, b := looptest.New(t), looptest.New(t)
	looptest.Run(t, a, func() {
		c := Instance(a)
		require.Same(t, c, Instance(a))
		require.NotSame(t, c, New(a, Options{}))
		require.Equal(t, 2, made)
		c.Close()
		c.Close()
		require.NotSame(t, c, Instance(a), "after Close")
		own := New(a, Options{MaxClients: 8}).(*NetHTTPClient)
		require.Equal(t, 8, own.options.MaxClients)
		require.Equal(t, 3, own.options.MaxQueue)
		require.Equal(t, "configured", own.options.Defaults.UserAgent)
	})
	looptest.Run(t, b, func() { require.NotSame(t, Instance(b), Instance(a)) })
}

// client-30, client-31: fetches that run at the time of Close are completed. Later fetches fail.
func TestClose(t *testing.T) {
	release := make(chan struct{})
	handler := func(w http.ResponseWriter, r *http.Request) { <-release }
	withClients(t, handler, Options{MaxClients: 1}, func(t *testing.T, c AsyncHTTPClient, url string) {
		running, queued := c.FetchURL(url), c.FetchURL(url)
		c.Close()
		c.Close()
		_, err := c.FetchURL(url).Await()
		require.ErrorIs(t, err, ErrClosed)
		for range 2 {
			go func() { release <- struct{}{} }()
		}
		_, err = running.Await()
		require.NoError(t, err)
		_, err = queued.Await()
		require.NoError(t, err)
	})
}

// client-5, client-72: a code outside 2xx is an error, unless RaiseError is Off.
func TestRaiseError(t *testing.T) {
	handler := func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(404)
		io.WriteString(w, "gone")
	}
	withClients(t, handler, Options{}, func(t *testing.T, c AsyncHTTPClient, url string) {
		_, err := c.FetchURL(url).Await()
		var clientError *HTTPClientError
		require.ErrorAs(t, err, &clientError)
		require.Equal(t, 404, clientError.Code)
		require.Equal(t, "gone", string(clientError.Response.Body))
		request := &HTTPRequest{URL: url, RaiseError: Off}
		response, err := c.Fetch(request).Await()
		require.NoError(t, err)
		require.Same(t, request, response.Request)
		require.Equal(t, response.Error, response.Rethrow())
		require.ErrorAs(t, response.Error, &clientError)
		_, err = c.Fetch(&HTTPRequest{URL: "http://127.0.0.1:1/", RaiseError: Off}).Await()
		require.ErrorAs(t, err, &clientError)
		require.Equal(t, 599, clientError.Code)
		require.Equal(t, PhaseConnect, clientError.Phase)
	})
}

// client-2: at most MaxClients fetches run. The others wait in order, for at most the smaller one
// of their timeouts.
func TestQueue(t *testing.T) { // client-86, client-b2
	release := make(chan struct{})
	served := make(chan string, 4)
	handler := func(w http.ResponseWriter, r *http.Request) {
		served <- r.URL.Path
		<-release
	}
	withClients(t, handler, Options{MaxClients: 1, MaxQueue: 3}, func(t *testing.T, c AsyncHTTPClient, url string) {
		var waiting []*ioloop.Future[*HTTPResponse]
		for i := range 4 {
			waiting = append(waiting, c.FetchURL(fmt.Sprint(url, "/", i)))
		}
		_, err := c.FetchURL(url).Await()
		require.ErrorIs(t, err, ErrQueueFull)
		require.True(t, waiting[1].Cancel())
		_, err = waiting[1].Await()
		require.ErrorIs(t, err, ioloop.ErrCancelled)
		_, err = c.Fetch(&HTTPRequest{URL: url + "/late", ConnectTimeout: time.Millisecond}).Await()
		var timeout *HTTPTimeoutError
		require.ErrorAs(t, err, &timeout)
		require.Equal(t, "Timeout in request queue", timeout.Message)
		require.Equal(t, PhaseQueue, timeout.Phase)
		for _, i := range []int{0, 2, 3} {
			go func() { release <- struct{}{} }()
			_, err := waiting[i].Await()
			require.NoError(t, err)
		}
		for _, path := range []string{"/0", "/2", "/3"} {
			require.Equal(t, path, <-served)
		}
	})
}

// client-b10: cancelling a fetch, by its future or its context, closes the connection.
func TestCancel(t *testing.T) {
	arrived, left := make(chan struct{}), make(chan struct{})
	handler := func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-r.Context().Done()
		left <- struct{}{}
	}
	withClients(t, handler, Options{MaxClients: 1}, func(t *testing.T, c AsyncHTTPClient, url string) {
		l := looptestLoop(c)
		wait := func(c chan struct{}) {
			_, err := ioloop.RunInExecutor(l, func() (struct{}, error) { return <-c, nil }).Await()
			require.NoError(t, err)
		}
		fetch := c.FetchURL(url)
		wait(arrived)
		require.True(t, fetch.Cancel())
		wait(left)
		_, err := fetch.Await()
		require.ErrorIs(t, err, ioloop.ErrCancelled)

		ctx, cancel := context.WithCancelCause(context.Background())
		fetch = c.FetchContext(ctx, &HTTPRequest{URL: url})
		wait(arrived)
		cause := errors.New("no longer needed")
		cancel(cause)
		_, err = fetch.Await()
		require.ErrorIs(t, err, cause)
		var clientError *HTTPClientError
		require.ErrorAs(t, err, &clientError)
		wait(left)
	})
}

func looptestLoop(c AsyncHTTPClient) *ioloop.IOLoop {
	if net, ok := c.(*NetHTTPClient); ok {
		return net.loop
	}
	return c.(*SimpleAsyncHTTPClient).loop
}

// client-17, client-84: the callbacks get the head and the pieces of the last response only.
// client-b9: the client waits for a callback that waits.
func TestCallbacks(t *testing.T) { // client-90
	handler := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/target", http.StatusFound)
			return
		}
		w.Header().Set("X-A", "1")
		io.WriteString(w, strings.Repeat("x", 200000))
	}
	withClients(t, handler, Options{}, func(t *testing.T, c AsyncHTTPClient, url string) {
		var lines []string
		var size, running int
		request := HTTPRequest{URL: url,
			HeaderCallback: func(line string) error { lines = append(lines, line); return nil },
			StreamingCallback: func(chunk []byte) error {
				running++
				require.Equal(t, 1, running)
				size += len(chunk)
				_, err := ioloop.Sleep(looptestLoop(c), 0).Await()
				running--
				return err
			}}
		response, err := c.Fetch(&request).Await()
		require.NoError(t, err)
		require.Empty(t, response.Body)
		require.Equal(t, 200000, size)
		require.Equal(t, "HTTP/1.1 200 OK\r\n", lines[0])
		require.Contains(t, lines, "X-A: 1\r\n")
		require.Equal(t, "\r\n", lines[len(lines)-1])
		require.Equal(t, url+"/target", response.EffectiveURL)

		// client-89, client-b7: the error of the fetch wraps the error of a callback
		broken := errors.New("broken")
		for _, r := range []HTTPRequest{
			{URL: url, HeaderCallback: func(string) error { return broken }},
			{URL: url, StreamingCallback: func([]byte) error { return broken }},
			{URL: url, Method: "POST", BodyProducer: func(io.Writer) error { return broken }},
		} {
			_, err = c.Fetch(&r).Await()
			require.ErrorIs(t, err, broken)
			var clientError *HTTPClientError
			require.ErrorAs(t, err, &clientError)
		}
	})
}

// client-13, client-55: a BodyProducer writes a body in chunks, or with the length that a header
// declares.
func TestBodyProducer(t *testing.T) {
	handler := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		fmt.Fprint(w, r.TransferEncoding, r.ContentLength, " ", string(body), err == nil)
	}
	withClients(t, handler, Options{}, func(t *testing.T, c AsyncHTTPClient, url string) {
		produce := func(w io.Writer) error {
			for _, word := range []string{"Hello", ", ", "world"} {
				if _, err := io.WriteString(w, word); err != nil {
					return err
				}
				if _, err := ioloop.Sleep(looptestLoop(c), 0).Await(); err != nil {
					return err
				}
			}
			return nil
		}
		response, err := c.Fetch(&HTTPRequest{URL: url, Method: "POST", BodyProducer: produce}).Await()
		require.NoError(t, err)
		require.Equal(t, "[chunked] -1 Hello, worldtrue", string(response.Body))
		response, err = c.Fetch(&HTTPRequest{URL: url, Method: "PUT", BodyProducer: produce, Headers: fields("Content-Length: 12")}).Await()
		require.NoError(t, err)
		require.Equal(t, "[] 12 Hello, worldtrue", string(response.Body))
		for length, reason := range map[string]string{"11": "the body is longer than its Content-Length", "20": "the body is 8 bytes shorter than its Content-Length"} {
			_, err = c.Fetch(&HTTPRequest{URL: url, Method: "PUT", BodyProducer: produce, Headers: fields("Content-Length: " + length)}).Await()
			var output *httputil.HTTPOutputError
			require.ErrorAs(t, err, &output)
			require.Equal(t, reason, output.Reason)
		}
	})
}

// client-3: each row is a timeout with its text and its phase.
func TestTimeouts(t *testing.T) {
	done := make(chan struct{})
	handler := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			io.WriteString(w, "part")
			w.(http.Flusher).Flush()
		}
		select {
		case <-done:
		case <-r.Context().Done():
		}
	}
	defer close(done)
	withClients(t, handler, Options{}, func(t *testing.T, c AsyncHTTPClient, url string) {
		for path, phase := range map[string]Phase{"/": PhaseWait, "/body": PhaseRead} {
			_, err := c.Fetch(&HTTPRequest{URL: url + path, RequestTimeout: 100 * time.Millisecond, ConnectTimeout: -1}).Await()
			var timeout *HTTPTimeoutError
			require.ErrorAs(t, err, &timeout)
			require.Equal(t, "Timeout during request", timeout.Message)
			require.LessOrEqual(t, timeout.Phase, phase)
			require.Equal(t, 599, timeout.Code)
		}
	})
}

// client-102: the blocking client.
func TestHTTPClient(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(hello))
	defer s.Close()
	for _, implementation := range implementations {
		c, err := NewHTTPClient(implementation, Options{})
		require.NoError(t, err)
		response, err := c.FetchURL(t.Context(), s.URL)
		require.NoError(t, err)
		require.Equal(t, "Hello", string(response.Body))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = c.FetchURL(ctx, s.URL)
		require.ErrorIs(t, err, context.Canceled)
		require.NoError(t, c.Close())
		require.NoError(t, c.Close())
		_, err = c.FetchURL(t.Context(), s.URL)
		require.ErrorIs(t, err, ErrClosed)
	}
}
