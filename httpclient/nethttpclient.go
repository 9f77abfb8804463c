package httpclient

import (
	"context"
	"net/http"

	"github.com/gotornado/tornado/ioloop"
)

// A NetHTTPClient is an AsyncHTTPClient around an http.RoundTripper of the standard library.
// It speaks HTTP/2 and whatever else the RoundTripper does. Redirects, limits, timeouts,
// credentials and errors are those of this package. Each fetch uses a goroutine. Headers
// have no order. Tornado: curl_httpclient.CurlAsyncHTTPClient.
type NetHTTPClient struct {
	loop    *ioloop.IOLoop
	options Options
	custom  http.RoundTripper // nil means transports
	own     map[transportKey]*http.Transport
	queue   *fetchQueue
	closed  bool
}

// NewNetHTTPClient returns a client around transport. nil means an *http.Transport that
// obeys all options and all fields of a request. With another transport, the fields about
// TLS, the proxy, NetworkInterface and AllowIPv6 make a request invalid, because they are
// the business of that transport; so are the options about idle connections, the resolver
// and MaxHeaderSize. The transport must neither inflate bodies nor follow redirects: set
// DisableCompression.
func NewNetHTTPClient(loop *ioloop.IOLoop, transport http.RoundTripper, o Options) *NetHTTPClient {
	o = o.withDefaults()
	return &NetHTTPClient{loop: loop, options: o, custom: transport,
		own: map[transportKey]*http.Transport{}, queue: newFetchQueue(&o)}
}

// NetHTTP returns an Implementation of clients around transport, for Configure.
func NetHTTP(transport http.RoundTripper) Implementation {
	return func(loop *ioloop.IOLoop, o Options) AsyncHTTPClient { return NewNetHTTPClient(loop, transport, o) }
}

var _ AsyncHTTPClient = (*NetHTTPClient)(nil)

// FetchURL implements AsyncHTTPClient.
func (c *NetHTTPClient) FetchURL(url string) *ioloop.Future[*HTTPResponse] {
	return c.Fetch(&HTTPRequest{URL: url})
}

// Fetch implements AsyncHTTPClient.
func (c *NetHTTPClient) Fetch(request *HTTPRequest) *ioloop.Future[*HTTPResponse] {
	return c.FetchContext(context.Background(), request)
}

// FetchContext implements AsyncHTTPClient.
func (c *NetHTTPClient) FetchContext(ctx context.Context, request *HTTPRequest) *ioloop.Future[*HTTPResponse] {
	c.loop.CheckOwner("NetHTTPClient.FetchContext")
	if c.closed {
		return failedFetch(c.loop, ErrClosed)
	}
	plan, err := newFetchPlan(request, &c.options)
	if err != nil {
		return failedFetch(c.loop, err)
	}
	return ioloop.Go(c.loop, func() (*HTTPResponse, error) {
		f := newNetFetch(ctx, c, plan)
		defer f.end()
		return f.run()
	})
}

// failedFetch returns a future that has failed.
func failedFetch(loop *ioloop.IOLoop, err error) *ioloop.Future[*HTTPResponse] {
	f := ioloop.NewFuture[*HTTPResponse](loop)
	f.SetError(err)
	return f
}

// Close implements AsyncHTTPClient. It leaves the RoundTripper that was passed to
// NewNetHTTPClient alone.
func (c *NetHTTPClient) Close() {
	c.loop.CheckOwner("NetHTTPClient.Close")
	c.closed = true
	for _, t := range c.own {
		t.CloseIdleConnections()
	}
}

// Closed reports whether Close was called.
func (c *NetHTTPClient) Closed() bool { return c.closed }
