package web

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/ioloop"
)

// A poller waits until there is news, or the server shuts down.
type poller struct {
	RequestHandler
	News *ioloop.Future[string]
	Came chan struct{}
}

func (p *poller) Get(args ...string) error {
	p.Came <- struct{}{}
	news, err := p.News.Await()
	if err != nil {
		return err
	}
	return p.WriteString(news)
}

func (p *poller) OnShutdown() {
	p.News.SetResult("none")
	panic("it is logged")
}

func TestOnShutdownRunsWhileAHandlerWaits(t *testing.T) {
	logged := keepLog(t)
	loop := newLoop(t)
	came := make(chan struct{})
	app := serving(poller{News: ioloop.NewFuture[string](loop), Came: came})
	server := httpserver.New(app, httpserver.Options{Loop: loop})
	addr, err := server.Listen(0, "127.0.0.1")
	require.NoError(t, err)
	ended := make(chan struct{})
	go func() { loop.Start(); close(ended) }()
	t.Cleanup(func() { loop.Stop(); <-ended })

	c, err := net.Dial("tcp", addr.String())
	require.NoError(t, err)
	defer c.Close()
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	<-came
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	require.NoError(t, server.Shutdown(ctx))
	got, err := io.ReadAll(c)
	if !strings.HasSuffix(string(got), "none") || !strings.Contains(string(got), "Connection: close\r\n") || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if !strings.Contains(strings.Join(logged.records, "\n"), "it is logged") {
		t.Errorf("logged %q", strings.Join(logged.records, "\n"))
	}
}

func TestRetainConnectionNeedsNoServer(t *testing.T) {
	onLoop(t, func(loop *ioloop.IOLoop) {
		app := serving(probe{do: func(h *probe) error {
			h.RetainConnection()
			h.ReleaseConnection()
			return h.WriteString("fine")
		}})
		conn := &fakeConn{loop: loop}
		delegate := request(t, app, conn, "GET /")
		delegate.(interface{ OnShutdown() }).OnShutdown() // nobody executes yet
		delegate.Finish()
		if conn.String() != "200 OK / fine" {
			t.Errorf("got %s", conn)
		}
	})
}
