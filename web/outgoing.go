package web

import "github.com/gotornado/tornado/httpclient"

// HTTPClient returns the HTTP client of the handler's loop. If the request has a Traceparent
// header (W3C Trace Context), the client passes it on with Tracestate. Tornado:
// httpclient.AsyncHTTPClient().
//
//	response, err := h.HTTPClient().FetchURL("http://example.com/").Await()
func (h *RequestHandler) HTTPClient() httpclient.AsyncHTTPClient {
	return httpclient.WithTraceContext(httpclient.Instance(h.Loop()), &h.peekRequest().Headers)
}
