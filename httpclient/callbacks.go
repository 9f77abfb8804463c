package httpclient

import (
	"fmt"
	"time"

	"github.com/gotornado/tornado/httputil"
)

// maxInterims is the number of interim responses that a request may get.
const maxInterims = 16

var errInterims = fmt.Errorf("more than %d interim responses", maxInterims)

// callHeaderCallback passes the head of the final response to the HeaderCallback, line by
// line.
func (p *fetchPlan) callHeaderCallback(version string, r *HTTPResponse) error {
	call := p.settings.HeaderCallback
	err := call(fmt.Sprintf("%s %d %s\r\n", version, r.Code, r.Reason))
	for name, value := range r.Headers.All() {
		if err == nil {
			err = call(name + ": " + value + "\r\n")
		}
	}
	if err == nil {
		err = call("\r\n")
	}
	if err != nil {
		return p.failure(PhaseRead, "HeaderCallback failed", err)
	}
	return nil
}

// callInterimCallback passes the nth interim response to the InterimCallback. It returns the
// error that the fetch fails with, or nil.
func (p *fetchPlan) callInterimCallback(n, code int, headers httputil.HTTPHeaders) error {
	if n > maxInterims {
		return p.failure(PhaseRead, errInterims.Error(), errInterims)
	}
	if p.settings.InterimCallback == nil {
		return nil
	}
	if err := p.settings.InterimCallback(code, headers); err != nil {
		return p.failure(PhaseRead, "InterimCallback failed", err)
	}
	return nil
}

// connectLimit returns the limit of the time in the queue, and of the time until a
// connection is ready: the smaller one of ConnectTimeout and RequestTimeout. 0 means none.
func (p *fetchPlan) connectLimit() time.Duration {
	connect, request := p.settings.ConnectTimeout, p.settings.RequestTimeout
	switch {
	case connect <= 0:
		return max(request, 0)
	case request <= 0:
		return connect
	}
	return min(connect, request)
}
