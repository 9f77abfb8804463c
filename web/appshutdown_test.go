package web

import (
	"context"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/log"
)

// A poller waits until there is news, or until the server shuts down.
type poller struct {
	RequestHandler
	News *ioloop.Future[string]
	Came chan struct{}
	// Fault ends OnShutdown.
	Fault func()
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
	p.Fault()
}

// OnShutdown runs for each handler that waits. If it panics or calls runtime.Goexit, that
// is logged, and it still runs for the other handlers.
func TestOnShutdownRunsWhileAHandlerWaits(t *testing.T) {
	for want, fault := range map[string]func(){
		"panic: it is logged": func() { panic("it is logged") },
		log.Goexit:            runtime.Goexit,
	} {
		logged := keepLog(t)
		loop := looptest.New(t)
		came := make(chan struct{})
		app := NewApplication([]URLSpec{
			URL("/1", poller{News: ioloop.NewFuture[string](loop), Came: came, Fault: fault}),
			URL("/2", poller{News: ioloop.NewFuture[string](loop), Came: came, Fault: fault}),
		}, Settings{})
		server := httpserver.New(app, httpserver.Options{Loop: loop})
		addr, err := server.Listen(0, "127.0.0.1")
		require.NoError(t, err)
		ended := make(chan struct{})
		go func() { loop.Start(); close(ended) }()
		t.Cleanup(func() { loop.Stop(); <-ended })

		var clients []net.Conn
		for _, path := range []string{"/1", "/2"} {
			c, err := net.Dial("tcp", addr.String())
			require.NoError(t, err)
			defer c.Close()
			io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n")
			<-came
			clients = append(clients, c)
		}
		ctx, cancel := context.WithTimeout(context.Background(), looptest.Patience)
		defer cancel()
		require.NoError(t, server.Shutdown(ctx), want)
		for _, c := range clients {
			got, err := io.ReadAll(c)
			if !strings.HasSuffix(string(got), "none") || !strings.Contains(string(got), "Connection: close\r\n") || err != nil {
				t.Errorf("%s: got %q, %v", want, got, err)
			}
		}
		require.Contains(t, strings.Join(logged.records, "\n"), want)
	}
}

func TestRetainConnectionNeedsNoServer(t *testing.T) {
	looptest.RunNew(t, func(loop *ioloop.IOLoop) {
		app := serving(probe{do: func(h *probe) error {
			h.RetainConnection()
			h.ReleaseConnection()
			return h.WriteString("fine")
		}})
		conn := &fakeConn{loop: loop}
		delegate := request(t, app, conn, "GET /")
		delegate.(interface{ OnShutdown() }).OnShutdown() // the handler does not exist yet
		delegate.Finish()
		if conn.String() != "200 OK / fine" {
			t.Errorf("got %s", conn)
		}
	})
}

// A retainer detaches the stream of its connection and retains the connection.
type retainer struct {
	RequestHandler
	stream *iostream.IOStream
}

func (r *retainer) Get(args ...string) error {
	r.RetainConnection() // does nothing before Detach
	r.stream = r.Detach()
	r.stream.SetCloseCallback(r.ReleaseConnection)
	r.RetainConnection()
	r.RetainConnection() // does nothing twice
	r.stream.Send([]byte("raw"))
	r.stream.ReadUntilClose() // notices the close
	return nil
}

func (r *retainer) OnShutdown() { r.stream.Send([]byte("bye")) }

func TestAShutdownWaitsForRetainedConnections(t *testing.T) {
	for _, tt := range []struct {
		name      string
		clientEnd bool
		want      error
	}{
		{"the client closes", true, nil},
		{"the context ends", false, context.Canceled},
	} {
		loop := looptest.New(t)
		server := httpserver.New(serving(retainer{}), httpserver.Options{Loop: loop, MaxConnections: 5})
		addr, err := server.Listen(0, "127.0.0.1")
		require.NoError(t, err)
		stop := looptest.Start(t, loop)
		c, err := net.Dial("tcp", addr.String())
		require.NoError(t, err)
		io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		greeting := make([]byte, 6)
		_, err = io.ReadFull(c, greeting[:3])
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		outcome := make(chan error, 1)
		go func() { outcome <- server.Shutdown(ctx) }()
		_, err = io.ReadFull(c, greeting[3:])
		require.NoError(t, err)
		require.Equal(t, "rawbye", string(greeting), tt.name)
		if tt.clientEnd {
			require.Empty(t, outcome, tt.name)
			c.Close()
		} else {
			cancel()
		}
		require.ErrorIs(t, <-outcome, tt.want, tt.name)
		cancel()
		c.Close()
		stop()
	}
}
