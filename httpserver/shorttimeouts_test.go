package httpserver_test

import (
	"bufio"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/web/webtest"
)

type okHandler struct{ web.RequestHandler }

func (h *okHandler) Get(args ...string) error { return h.WriteString("ok") }

// Timeouts below a second need no finer CoarseTick of the loop.
func TestTimeoutsBelowASecond(t *testing.T) {
	t.Setenv("ASYNC_TEST_TIMEOUT", "30")
	for _, tt := range []struct {
		name    string
		options httpserver.Options
		send    string
		want    string // beginning of the response; "" is a close without a response
	}{
		{"idle", httpserver.Options{IdleConnectionTimeout: 200 * time.Millisecond}, "", ""},
		{"head", httpserver.Options{HeaderTimeout: 200 * time.Millisecond}, "GET / HT", "408 Request Timeout"},
		{"body", httpserver.Options{BodyTimeout: 200 * time.Millisecond}, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clock := webtest.NewFakeClock()
			loop, err := ioloop.New(ioloop.Options{Debug: true, Clock: clock})
			require.NoError(t, err)
			tt.options.Loop = loop
			server := webtest.Serve(t, func(*ioloop.IOLoop) *web.Application {
				return web.NewApplication([]web.URLSpec{web.URL("/", okHandler{})}, web.Settings{})
			}, tt.options)
			conn := server.Dial()
			reader := bufio.NewReader(conn)
			io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
			res, err := http.ReadResponse(reader, nil)
			require.NoError(t, err)
			io.Copy(io.Discard, res.Body)
			_, err = io.WriteString(conn, tt.send)
			require.NoError(t, err)
			closed := make(chan string, 1)
			go func() {
				res, err := http.ReadResponse(reader, nil)
				if err != nil {
					closed <- ""
					return
				}
				closed <- res.Status
			}()
			// The loop may read the bytes only after an advance. In all, less than a second passes.
			for range 4 {
				_, err := webtest.Await(server, func() (int, error) { return 0, ioloop.Moment(loop) })
				require.NoError(t, err)
				clock.Advance(240 * time.Millisecond)
				select {
				case got := <-closed:
					require.Equal(t, tt.want, got)
					return
				case <-time.After(100 * time.Millisecond):
				}
			}
			select {
			case got := <-closed:
				require.Equal(t, tt.want, got)
			case <-time.After(looptest.Patience):
				t.Fatal("the timeout has not ended the connection")
			}
		})
	}
}

func TestShortIdleTimeoutIsNotEarly(t *testing.T) {
	t.Setenv("ASYNC_TEST_TIMEOUT", "30")
	clock := webtest.NewFakeClock()
	loop, err := ioloop.New(ioloop.Options{Debug: true, Clock: clock})
	require.NoError(t, err)
	server := webtest.Serve(t, func(*ioloop.IOLoop) *web.Application {
		return web.NewApplication([]web.URLSpec{web.URL("/", okHandler{})}, web.Settings{})
	}, httpserver.Options{Loop: loop, IdleConnectionTimeout: 200 * time.Millisecond})
	conn := server.Dial()
	reader := bufio.NewReader(conn)
	for range 5 { // each request restarts the timeout
		_, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		require.NoError(t, err)
		res, err := http.ReadResponse(reader, nil)
		require.NoError(t, err)
		io.Copy(io.Discard, res.Body)
		clock.Advance(190 * time.Millisecond)
		_, err = webtest.Await(server, func() (int, error) { return 0, ioloop.Moment(loop) })
		require.NoError(t, err)
	}
}
