package httpclient

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/stretchr/testify/require"
)

// withClient runs fn in a coroutine with a client, and closes the client.
func withClient(t testing.TB, o Options, fn func(c *SimpleAsyncHTTPClient)) {
	t.Helper()
	looptest.RunNew(t, func(l *ioloop.IOLoop) {
		c := NewSimpleAsyncHTTPClient(l, o)
		defer c.Close()
		fn(c)
	})
}

// client-98, client-b1: a connection serves one request after another.
func TestConnectionsAreReused(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %q", r.Method, r.URL, body)
	}))
	defer s.Close()
	withClient(t, Options{}, func(c *SimpleAsyncHTTPClient) {
		for i := range 3 {
			r, err := c.FetchURL(s.URL + "/a?b").Await()
			require.NoError(t, err)
			require.Equal(t, `GET /a?b ""`, string(r.Body))
			require.Equal(t, i > 0, r.TimeInfo.Reused)
		}
	})
	withClient(t, Options{NoKeepAlive: true}, func(c *SimpleAsyncHTTPClient) {
		for range 3 {
			r, err := c.FetchURL(s.URL).Await()
			require.NoError(t, err)
			require.False(t, r.TimeInfo.Reused)
		}
	})
}
