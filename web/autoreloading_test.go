package web

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/internal/looptest"
)

func TestAutoreloadSettings(t *testing.T) { // autoreload-8, web-176
	for _, tt := range []struct {
		settings Settings
		want     bool
	}{
		{Settings{}, false}, {Settings{Debug: true}, true}, {Settings{Autoreload: true}, true},
		{Settings{Debug: true, NoAutoreload: true}, false}, {Settings{ServeTraceback: true}, false},
	} {
		require.Equal(t, tt.want, NewApplication(nil, tt.settings).Settings().Autoreload)
	}
}

// The event stream ends when the server shuts down, so that the browser connects to the next
// version.
func TestAutoreloadHandler(t *testing.T) { // autoreload-b5
	loop := looptest.New(t)
	app := NewApplication([]URLSpec{URL("/_autoreload", AutoreloadHandler{})}, Settings{})
	server := httpserver.New(app, httpserver.Options{Loop: loop})
	addr, err := server.Listen(0, "127.0.0.1")
	require.NoError(t, err)
	looptest.Start(t, loop)
	url := "http://" + addr.String() + "/_autoreload"

	answer, err := http.Get(url + "?script")
	require.NoError(t, err)
	script, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	answer.Body.Close()
	require.Equal(t, "text/javascript; charset=UTF-8", answer.Header.Get("Content-Type"))
	require.Contains(t, string(script), "location.reload()")

	answer, err = http.Get(url)
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, "text/event-stream", answer.Header.Get("Content-Type"))
	lines := bufio.NewReader(answer.Body)
	for _, want := range []string{"retry: 250\n", "data: " + processStart + "\n", "\n"} {
		line, err := lines.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, want, line)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	require.NoError(t, server.Shutdown(ctx), "the stream holds the shutdown up")
	rest, err := io.ReadAll(lines)
	require.NoError(t, err)
	require.Empty(t, strings.TrimSpace(string(rest)))
}
