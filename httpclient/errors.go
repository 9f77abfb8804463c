package httpclient

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gotornado/tornado/httputil"
)

// ErrClosed is the error of a fetch on a closed client.
var ErrClosed = errors.New("httpclient: fetch on a closed client; use Instance or New for another one")

// ErrBodyTooLarge is wrapped by the error of a fetch whose response has a body that is larger
// than Options.MaxBodySize, as sent or inflated, or that exceeds Options.MaxInflateRatio.
var ErrBodyTooLarge = errors.New("body is larger than MaxBodySize")

// ErrQueueFull is wrapped by the error of a fetch that would exceed Options.MaxQueue.
var ErrQueueFull = errors.New("more than MaxQueue requests are queued")

// codeNoResponse is the code of an HTTPClientError without a response.
const codeNoResponse = 599

// An HTTPClientError reports a fetch that failed: a response whose code is not 2xx, or no
// response at all. In the second case Code is 599, and Phase and Err say what happened.
// errors.As also finds it in an *HTTPTimeoutError and an *HTTPStreamClosedError. Its text
// contains no credentials. Tornado: httpclient.HTTPClientError, HTTPError, CurlError.
type HTTPClientError struct {
	Code     int           // of the response, or 599
	Message  string        // the reason of the response, or what failed
	Response *HTTPResponse // nil if there is none

	Method string // of the request that failed; after a redirect, of the last one
	URL    string // its URL, without user info, query and fragment
	Phase  Phase  // phase in which the fetch failed; PhaseDone if there is a response
	Err    error  // the cause; nil if there is no other error
}

// Error returns the method, the URL, and either the code with its reason or the phase with
// the cause.
func (e *HTTPClientError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "httpclient: %s %s: ", e.Method, e.URL)
	if e.Phase == PhaseDone {
		fmt.Fprintf(&b, "HTTP %d: %s", e.Code, e.Message)
		return b.String()
	}
	fmt.Fprintf(&b, "%v: %s", e.Phase, e.Message)
	if e.Err != nil && e.Err.Error() != e.Message {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Unwrap returns Err.
func (e *HTTPClientError) Unwrap() error { return e.Err }

// An HTTPTimeoutError reports a fetch that took longer than ConnectTimeout or RequestTimeout.
// Its Message is Tornado's, for example "Timeout while connecting".
// Tornado: simple_httpclient.HTTPTimeoutError.
type HTTPTimeoutError struct{ HTTPClientError }

// Unwrap returns the HTTPClientError, so that errors.As finds it.
func (e *HTTPTimeoutError) Unwrap() error { return &e.HTTPClientError }

// Timeout returns true, as for a net.Error that is a timeout.
func (e *HTTPTimeoutError) Timeout() bool { return true }

// An HTTPStreamClosedError reports a connection that the server closed too early. Its Message
// is Tornado's: "Stream closed" before the head of the response is complete, and "Connection
// closed" later. Err is the error of the system, if there is one.
// Tornado: simple_httpclient.HTTPStreamClosedError.
type HTTPStreamClosedError struct{ HTTPClientError }

// Unwrap returns the HTTPClientError, so that errors.As finds it.
func (e *HTTPStreamClosedError) Unwrap() error { return &e.HTTPClientError }

// An InvalidRequestError reports a request that cannot be sent as it is. Nothing has been
// sent. Its text contains no credentials. Tornado: ValueError, KeyError.
type InvalidRequestError struct {
	Field  string // name of the field of HTTPRequest, for example "Method"
	Reason string // why the field is invalid, and how to correct it
}

// Error returns the field and the reason.
func (e *InvalidRequestError) Error() string {
	return "httpclient: invalid HTTPRequest." + e.Field + ": " + e.Reason
}

// invalid returns an *InvalidRequestError whose reason is formatted.
func invalid(field, format string, args ...any) error {
	return &InvalidRequestError{field, fmt.Sprintf(format, args...)}
}

// newResponseError returns the error of a response whose code is not 2xx.
func newResponseError(method string, r *HTTPResponse) *HTTPClientError {
	return &HTTPClientError{Code: r.Code, Message: r.Reason, Response: r,
		Method: method, URL: redactURL(r.EffectiveURL), Phase: PhaseDone}
}

// reasonOf returns the reason of a response as it was received. If that is empty, it returns the
// usual phrase of the code.
func reasonOf(code int, received string) string {
	if received != "" {
		return received
	}
	if text := httputil.StatusText(code); text != "" {
		return text
	}
	return "Unknown"
}
