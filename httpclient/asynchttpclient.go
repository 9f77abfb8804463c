package httpclient

import (
	"context"

	"github.com/gotornado/tornado/ioloop"
)

// An AsyncHTTPClient fetches URLs. It belongs to one loop, and only that loop may call it.
// Tornado: httpclient.AsyncHTTPClient.
type AsyncHTTPClient interface {
	// Fetch sends request and returns the future of its response. The client copies the
	// request at once and never writes to it. A request may be fetched many times, also at
	// the same time.
	//
	// The future fails if no response arrives: with an *InvalidRequestError if the request
	// cannot be sent, with an *HTTPClientError of code 599 otherwise. It also fails with an
	// *HTTPClientError if the code of the response is not 2xx, unless RaiseError of the
	// request is Off. On a closed client it fails with ErrClosed.
	//
	// Cancelling the future ends the fetch: the client closes the connection, or removes
	// the request from the queue, and the error is ioloop.ErrCancelled.
	Fetch(request *HTTPRequest) *ioloop.Future[*HTTPResponse]

	// FetchContext is Fetch for a request that also ends when ctx does. The future then
	// fails with an *HTTPClientError that wraps the cause of ctx.
	FetchContext(ctx context.Context, request *HTTPRequest) *ioloop.Future[*HTTPResponse]

	// FetchURL is Fetch for a GET request of url without further options.
	FetchURL(url string) *ioloop.Future[*HTTPResponse]

	// Close closes idle connections and refuses new fetches. Fetches that are under way or
	// queued run to their end. A second call does nothing.
	Close()
}
