package httpclient

import (
	"bytes"
	"fmt"
	"time"

	"github.com/gotornado/tornado/httputil"
)

// An HTTPResponse is the final response to a request, after redirects. It belongs to the
// caller. Tornado: httpclient.HTTPResponse.
type HTTPResponse struct {
	Request *HTTPRequest         // the request as the caller passed it
	Code    int                  // for example 200
	Reason  string               // reason phrase as received; if that is empty, the usual phrase of the code, or "Unknown"
	Headers httputil.HTTPHeaders // as received, but see HTTPRequest.DecompressResponse
	Body    []byte               // the inflated body; empty if the request has a StreamingCallback

	// EffectiveURL is the URL of the last request. It is Request.URL without redirects.
	EffectiveURL string
	// Error is an *HTTPClientError if Code is not 2xx, and nil otherwise.
	Error error

	// RequestTime is the time from the start of the fetch to its end, with all redirects and
	// without the time in the queue.
	RequestTime time.Duration
	StartTime   time.Time // when the fetch left the queue
	TimeInfo    TimeInfo  // the times at which each phase of the last request ended
}

// Rethrow returns Error. Tornado: rethrow.
func (r *HTTPResponse) Rethrow() error { return r.Error }

// Buffer returns a reader of Body, which starts at its beginning. Tornado: buffer.
func (r *HTTPResponse) Buffer() *bytes.Reader { return bytes.NewReader(r.Body) }

// String returns a summary for logs: the code, the reason, the URL without credentials and
// the length of the body.
func (r *HTTPResponse) String() string {
	return fmt.Sprintf("HTTPResponse(code=%d, reason=%q, url=%s, body=%d bytes, request_time=%v)",
		r.Code, r.Reason, redactURL(r.EffectiveURL), len(r.Body), r.RequestTime)
}

// TimeInfo says when the phases of a request ended. All times but Queue and Redirect are
// counted from the start of the last request, so each includes those before it. A reused
// connection has the values 0 for NameLookup, Connect and AppConnect.
// Tornado: time_info of curl_httpclient, with curl's names.
type TimeInfo struct {
	Queue         time.Duration // waited for a free slot
	Redirect      time.Duration // time from the start of the first request to that of the last one
	NameLookup    time.Duration // the name was resolved
	Connect       time.Duration // the connection was open
	AppConnect    time.Duration // time until the TLS handshake was complete; 0 without TLS
	PreTransfer   time.Duration // the client began to send the request
	StartTransfer time.Duration // the first byte of the response came
	Total         time.Duration // the response was complete
	Reused        bool          // the connection had served another request before
}
