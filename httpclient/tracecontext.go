package httpclient

import (
	"context"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
)

// WithTraceContext returns client, or a client that adds the headers Traceparent and
// Tracestate (W3C Trace Context) to requests that have no Traceparent. headers are those of
// the request that the caller serves. Without a valid Traceparent in them, it returns client
// itself. Tornado has no such function.
func WithTraceContext(client AsyncHTTPClient, headers *httputil.HTTPHeaders) AsyncHTTPClient {
	parent := headers.GetList("Traceparent")
	if len(parent) != 1 || !isTraceparent(parent[0]) {
		return client
	}
	return &tracingClient{client, parent[0], headers.Get("Tracestate")}
}

// isTraceparent reports whether s is a traceparent: a version, a trace, a parent and flags, in
// lower-case hexadecimal. Neither trace nor parent is zero.
func isTraceparent(s string) bool {
	const version, trace, parent, end = 0, 3, 36, 55
	if len(s) < end || len(s) > end && (s[end] != '-' || s[:2] == "00") || s[:2] == "ff" {
		return false
	}
	for i := range end {
		dash := i == trace-1 || i == parent-1 || i == end-3
		if dash != (s[i] == '-') || !dash && !(isHex(s[i]) && !('A' <= s[i] && s[i] <= 'F')) {
			return false
		}
	}
	return !isZeros(s[trace:parent-1]) && !isZeros(s[parent:end-3])
}

func isZeros(s string) bool {
	for i := range len(s) {
		if s[i] != '0' {
			return false
		}
	}
	return true
}

// A tracingClient adds trace headers to the requests of another client.
type tracingClient struct {
	AsyncHTTPClient
	parent, state string
}

// Fetch implements AsyncHTTPClient.
func (c *tracingClient) Fetch(request *HTTPRequest) *ioloop.Future[*HTTPResponse] {
	return c.AsyncHTTPClient.Fetch(c.traced(request))
}

// FetchContext implements AsyncHTTPClient.
func (c *tracingClient) FetchContext(ctx context.Context, request *HTTPRequest) *ioloop.Future[*HTTPResponse] {
	return c.AsyncHTTPClient.FetchContext(ctx, c.traced(request))
}

// FetchURL implements AsyncHTTPClient.
func (c *tracingClient) FetchURL(url string) *ioloop.Future[*HTTPResponse] {
	return c.Fetch(&HTTPRequest{URL: url})
}

// traced returns request, or a copy of it with the trace headers.
func (c *tracingClient) traced(request *HTTPRequest) *HTTPRequest {
	if request.Headers.Has("Traceparent") {
		return request
	}
	traced := *request
	traced.Headers = request.Headers.Copy()
	traced.Headers.Set("Traceparent", c.parent)
	if c.state != "" {
		traced.Headers.Set("Tracestate", c.state)
	}
	return &traced
}
