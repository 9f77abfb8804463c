package httpclient

import (
	"context"
	"sync"

	"github.com/gotornado/tornado/ioloop"
)

// An HTTPClient fetches URLs for goroutines that are not on a loop. It runs a loop of its
// own. Any number of goroutines may use it at the same time. On a loop use AsyncHTTPClient
// instead. Tornado: httpclient.HTTPClient.
type HTTPClient struct {
	loop   *ioloop.IOLoop
	client AsyncHTTPClient
	ended  chan struct{} // closed when the loop has ended
	once   sync.Once
}

// NewHTTPClient returns a client with the given implementation and options. nil means the
// implementation of Configure; its options are used as by New. The error is that of
// ioloop.New.
func NewHTTPClient(implementation Implementation, o Options) (*HTTPClient, error) {
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		return nil, err
	}
	if implementation == nil {
		implementation = New
	}
	c := &HTTPClient{loop: loop, client: implementation(loop, o), ended: make(chan struct{})}
	go func() {
		defer close(c.ended)
		loop.Start() // it returns when Close stops the loop
	}()
	return c, nil
}

// Fetch sends request and returns its response. The errors are those of
// AsyncHTTPClient.Fetch. The fetch ends when ctx does.
func (c *HTTPClient) Fetch(ctx context.Context, request *HTTPRequest) (*HTTPResponse, error) {
	started := make(chan *ioloop.Future[*HTTPResponse], 1)
	c.loop.AddCallback(func() { started <- c.client.FetchContext(ctx, request) })
	select {
	case f := <-started:
		response, err := f.Wait(context.Background())
		if err == ioloop.ErrClosed {
			err = ErrClosed
		}
		return response, err
	case <-c.ended:
		return nil, ErrClosed
	}
}

// FetchURL is Fetch for a GET request of url without further options.
func (c *HTTPClient) FetchURL(ctx context.Context, url string) (*HTTPResponse, error) {
	return c.Fetch(ctx, &HTTPRequest{URL: url})
}

// Close closes the client and its loop. Fetches that are under way fail with ErrClosed. A
// second call does nothing.
func (c *HTTPClient) Close() error {
	var err error
	c.once.Do(func() {
		c.loop.AddCallback(func() {
			c.client.Close()
			c.loop.Stop()
		})
		<-c.ended
		err = c.loop.CloseAll()
	})
	return err
}
