package httpclient

import (
	"context"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
)

// A SimpleAsyncHTTPClient is the AsyncHTTPClient that runs on the loop itself. It speaks
// HTTP/1.1 and keeps connections for later requests. A fetch that waits for its response
// takes no goroutine and no buffer. Tornado: simple_httpclient.SimpleAsyncHTTPClient.
type SimpleAsyncHTTPClient struct {
	loop    *ioloop.IOLoop
	options Options
	streams iostream.Options // of the connections
	queue   *fetchQueue
	pool    connectionPool
	tls     tlsSessions
	debug   bool // changes of states are checked
	closed  bool
}

var _ AsyncHTTPClient = (*SimpleAsyncHTTPClient)(nil)

// NewSimpleAsyncHTTPClient returns a client for the loop. Call Close when it is not needed
// any more.
func NewSimpleAsyncHTTPClient(loop *ioloop.IOLoop, o Options) *SimpleAsyncHTTPClient {
	loop.CheckOwner("httpclient.NewSimpleAsyncHTTPClient")
	c := &SimpleAsyncHTTPClient{loop: loop, debug: loop.Options().Debug}
	c.streams.MaxBufferSize = o.MaxBufferSize
	c.streams.ReadBeforeClose = true
	c.streams.HandshakeTimeout = -1 // the deadline of the fetch also limits the handshake
	c.options = o.withDefaults()
	c.queue = newFetchQueue(&c.options)
	c.pool.init(c)
	return c
}

// Loop returns the loop that the client belongs to.
func (c *SimpleAsyncHTTPClient) Loop() *ioloop.IOLoop { return c.loop }

// Fetch implements AsyncHTTPClient.
func (c *SimpleAsyncHTTPClient) Fetch(request *HTTPRequest) *ioloop.Future[*HTTPResponse] {
	return c.FetchContext(context.Background(), request)
}

// FetchURL implements AsyncHTTPClient.
func (c *SimpleAsyncHTTPClient) FetchURL(url string) *ioloop.Future[*HTTPResponse] {
	return c.FetchContext(context.Background(), &HTTPRequest{URL: url})
}

// FetchContext implements AsyncHTTPClient.
func (c *SimpleAsyncHTTPClient) FetchContext(ctx context.Context, request *HTTPRequest) *ioloop.Future[*HTTPResponse] {
	c.loop.CheckOwner("SimpleAsyncHTTPClient.Fetch")
	future := ioloop.NewFuture[*HTTPResponse](c.loop)
	if c.closed {
		future.SetError(ErrClosed)
		return future
	}
	plan, err := newFetchPlan(request, &c.options)
	if err != nil {
		future.SetError(err)
		return future
	}
	f := &fetch{client: c, plan: plan, future: future}
	f.submit(ctx)
	return future
}

// Close implements AsyncHTTPClient.
func (c *SimpleAsyncHTTPClient) Close() {
	c.loop.CheckOwner("SimpleAsyncHTTPClient.Close")
	c.closed = true
	c.pool.closeIdle()
}

// Closed reports whether Close was called.
func (c *SimpleAsyncHTTPClient) Closed() bool { return c.closed }
