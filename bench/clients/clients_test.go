package clients

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// serve runs the server in this process and returns its URL.
func serve(t *testing.T, size int) string {
	t.Helper()
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := probe.Addr().(*net.TCPAddr).Port
	probe.Close()
	ready := make(chan struct{})
	go Serve(port, size, func() { close(ready) })
	<-ready
	return fmt.Sprintf("http://127.0.0.1:%d/", port)
}

func TestEveryClientFetches(t *testing.T) {
	url := serve(t, 70_000)
	for _, name := range Names() {
		if name == Python {
			continue
		}
		c, err := Find(name)
		require.NoError(t, err)
		var fetches atomic.Int64
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx, url, 4, &fetches) }()
		require.Eventually(t, func() bool { return fetches.Load() > 20 }, 20*time.Second, time.Millisecond, name)
		cancel()
		require.NoError(t, <-ended, name)
	}
	_, err := Find("unknown")
	require.EqualError(t, err, `no client is called "unknown"`)
}

func TestErrorsEndTheRun(t *testing.T) {
	for _, name := range []string{"tornado", "nethttp", "fasthttp"} {
		c, err := Find(name)
		require.NoError(t, err)
		var fetches atomic.Int64
		require.Error(t, c.Run(context.Background(), "http://127.0.0.1:1/", 2, &fetches), name)
		require.Error(t, c.Waiting().Run(context.Background(), "http://127.0.0.1:1/", 2, &fetches), name)
	}
}
