package httpclient

import (
	"errors"
	"time"
)

// A FetchRecord describes a fetch that has ended, for metrics. See Options.Observe.
type FetchRecord struct {
	Method   string        // of the first request
	Host     string        // host of the first request, as in its URL, with the port if the URL has one
	Code     int           // code of the response; 599 if there is none
	Phase    Phase         // PhaseDone, or the phase in which the fetch failed
	Queue    time.Duration // in the queue
	Duration time.Duration // time from the call of Fetch to the end, with the queue and all redirects
	Err      error         // the error of the fetch, or nil
}

// recordFetch calls Options.Observe for a fetch that ends in phase.
func (p *fetchProgress) recordFetch(now time.Time, phase Phase, code int, err error) {
	observe := p.plan.options.Observe
	if observe == nil {
		return
	}
	var response *HTTPClientError
	if err == nil || errors.As(err, &response) && response.Phase == PhaseDone {
		phase = PhaseDone
	} else {
		code = codeNoResponse
	}
	queue := p.info.Queue
	if phase == PhaseQueue { // the fetch never left the queue
		queue = now.Sub(p.start)
	}
	observe(FetchRecord{Method: p.plan.settings.Method, Host: p.plan.first.url.Host, Code: code, Phase: phase,
		Queue: queue, Duration: now.Sub(p.start), Err: err})
}
