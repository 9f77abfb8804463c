package httpclient

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
)

// The times of a fetch over TLS are in order, and each one includes those before it. A reused
// connection has no times of its own.
func TestTimesOfAFetch(t *testing.T) { // client-73, client-100
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/redirect" {
			http.Redirect(w, r, "/target", http.StatusFound)
		}
	}))
	defer server.Close()
	o := Options{Defaults: HTTPRequest{SSLOptions: &tls.Config{InsecureSkipVerify: true}}}
	eachClient(t, o, func(t *testing.T, c AsyncHTTPClient) {
		response, err := c.FetchURL(server.URL).Await()
		require.NoError(t, err)
		i := response.TimeInfo
		require.False(t, i.Reused)
		require.IsNonDecreasing(t, []time.Duration{0, i.NameLookup, i.Connect, i.AppConnect, i.PreTransfer, i.StartTransfer, i.Total}, "%+v", i)
		require.Positive(t, i.AppConnect)
		require.LessOrEqual(t, i.Redirect+i.Total, response.RequestTime)
		require.Zero(t, i.Redirect)

		response, err = c.FetchURL(server.URL + "/redirect").Await()
		require.NoError(t, err)
		i = response.TimeInfo
		require.True(t, i.Reused)
		require.Equal(t, []time.Duration{0, 0, 0}, []time.Duration{i.NameLookup, i.Connect, i.AppConnect})
		require.IsNonDecreasing(t, []time.Duration{0, i.PreTransfer, i.StartTransfer, i.Total}, "%+v", i)
		require.Positive(t, i.Redirect)
		require.LessOrEqual(t, i.Redirect+i.Total, response.RequestTime)
	})
}

// startOnManualClock starts a loop with a manual clock, and calls start on it with a client.
func startOnManualClock(t *testing.T, implementation Implementation, o Options, start func(c AsyncHTTPClient)) *looptest.ManualClock {
	clock := looptest.NewManualClock()
	loop, err := ioloop.New(ioloop.Options{Clock: clock})
	require.NoError(t, err)
	looptest.Start(t, loop)
	loop.AddCallback(func() { start(implementation(loop, o)) })
	return clock
}

// A fetch waits 4 s in the queue, is redirected after 1 s, gets the head of the response after 2
// s more, and its body after 3 s more. RequestTime and StartTime do not include the time in the
// queue.
func TestPhasesOfAFetch(t *testing.T) { // client-73, client-74
	for name, implementation := range implementations {
		t.Run(name, func(t *testing.T) {
			arrived, release := make(chan string), make(chan bool)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				arrived <- r.URL.Path
				<-release
				switch r.URL.Path {
				case "/redirect":
					http.Redirect(w, r, "/target", http.StatusFound)
				case "/target":
					w.(http.Flusher).Flush()
					<-release
				}
			}))
			defer server.Close()
			headed, ended := make(chan bool), make(chan *HTTPResponse, 1)
			var events []TraceEvent
			request := HTTPRequest{URL: server.URL + "/redirect", RequestTimeout: -1, ConnectTimeout: -1,
				HeaderCallback: func(line string) error {
					if line == "\r\n" {
						headed <- true
					}
					return nil
				},
				Trace: func(e TraceEvent) { events = append(events, e) }}
			clock := startOnManualClock(t, implementation, Options{MaxClients: 1}, func(c AsyncHTTPClient) {
				c.Fetch(&HTTPRequest{URL: server.URL + "/held", RequestTimeout: -1})
				c.Fetch(&request).AddDoneCallback(func(f *ioloop.Future[*HTTPResponse]) {
					r, err := f.Result()
					if err != nil {
						t.Error(err)
					}
					ended <- r
				})
			})
			begun := clock.Now()
			require.Equal(t, "/held", <-arrived)
			clock.Advance(4 * time.Second)
			release <- true
			require.Equal(t, "/redirect", <-arrived)
			clock.Advance(time.Second)
			release <- true
			require.Equal(t, "/target", <-arrived)
			clock.Advance(2 * time.Second)
			release <- true
			<-headed
			clock.Advance(3 * time.Second)
			release <- true
			r := <-ended
			require.NotNil(t, r)
			require.Equal(t, TimeInfo{Queue: 4 * time.Second, Redirect: time.Second, StartTransfer: 2 * time.Second,
				Total: 5 * time.Second, Reused: true}, r.TimeInfo)
			require.Equal(t, 6*time.Second, r.RequestTime)
			require.Equal(t, 4*time.Second, r.StartTime.Sub(begun))
			var phases []string
			for _, e := range events {
				if name == "simple" || e.Phase != PhaseWait { // a Transport begins this phase at any time
					phases = append(phases, fmt.Sprint(e.Phase, " ", e.Hop, " ", e.Time.Sub(begun)))
				}
			}
			want := []string{"in request queue 0 0s", "sending the request 0 4s", "waiting for the response 0 4s",
				"reading the response 0 5s", "following a redirect 0 5s", "sending the request 1 5s",
				"waiting for the response 1 5s", "reading the response 1 7s", "done 1 10s"}
			if name == "net" {
				want = slices.DeleteFunc(want, func(s string) bool { return strings.HasPrefix(s, "waiting") })
			}
			require.Equal(t, want, phases)
		})
	}
}

// The record of a fetch that ends in the queue has the time that it has waited.
func TestTimeoutInTheQueue(t *testing.T) { // client-74
	for name, implementation := range implementations {
		t.Run(name, func(t *testing.T) {
			server := serveRaw(t, func(c *rawConn) { c.awaitClose() })
			records := make(chan FetchRecord, 1)
			queued, ended := make(chan bool, 1), make(chan error, 1)
			o := Options{MaxClients: 1, Observe: func(r FetchRecord) { records <- r }}
			clock := startOnManualClock(t, implementation, o, func(c AsyncHTTPClient) {
				c.Fetch(&HTTPRequest{URL: server.url(), ConnectTimeout: -1, RequestTimeout: -1})
				c.Fetch(&HTTPRequest{URL: server.url(), ConnectTimeout: 2 * time.Second}).AddDoneCallback(func(f *ioloop.Future[*HTTPResponse]) {
					_, err := f.Result()
					ended <- err
				})
				queued <- true
			})
			<-queued
			clock.Advance(3 * time.Second)
			r := <-records
			require.Equal(t, PhaseQueue, r.Phase)
			require.Equal(t, 3*time.Second, r.Queue)
			require.Equal(t, 3*time.Second, r.Duration)
			require.ErrorContains(t, <-ended, "Timeout in request queue")
		})
	}
}

// The time in the queue does not count against RequestTimeout once the fetch runs.
func TestTimeInTheQueue(t *testing.T) { // client-85
	arrived, release := make(chan string), make(chan bool)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived <- r.URL.Path
		<-release
	}))
	defer server.Close()
	results := make(chan error, 3)
	fetches := make(chan *ioloop.Future[*HTTPResponse], 3)
	o := Options{MaxClients: 1, Defaults: HTTPRequest{ConnectTimeout: -1, RequestTimeout: 10 * time.Second}}
	clock := startOnManualClock(t, implementations["simple"], o, func(c AsyncHTTPClient) {
		for i := range cap(fetches) {
			fetches <- c.FetchURL(fmt.Sprint(server.URL, "/", i))
		}
		for range cap(fetches) {
			f := <-fetches
			f.AddDoneCallback(func(f *ioloop.Future[*HTTPResponse]) {
				_, err := f.Result()
				results <- err
			})
		}
	})
	for i := range 2 {
		require.Equal(t, fmt.Sprint("/", i), <-arrived)
		clock.Advance(4 * time.Second)
		release <- true
		require.NoError(t, <-results)
	}
	require.Equal(t, "/2", <-arrived) // after 8 s in the queue
	clock.Advance(9 * time.Second)
	release <- true
	require.NoError(t, <-results)
}
