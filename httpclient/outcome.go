package httpclient

// finish completes the final response, of which the client has set Code, Reason, Headers,
// Body and the times. It returns the response, and its Error if the request raises errors.
func (p *fetchPlan) finish(r *HTTPResponse) (*HTTPResponse, error) {
	r.Request = p.request
	r.Reason = reasonOf(r.Code, r.Reason)
	r.EffectiveURL = p.settings.URL
	if p.redirects > 0 {
		r.EffectiveURL = p.current.url.String()
	}
	if r.Code < 200 || r.Code > 299 {
		r.Error = newResponseError(p.method, r)
		if p.settings.RaiseError.enabled() {
			return nil, r.Error
		}
	}
	return r, nil
}

// failure returns the error of a fetch that ended without a response. message is Tornado's
// if Tornado has one; cause may be nil.
func (p *fetchPlan) failure(phase Phase, message string, cause error) *HTTPClientError {
	e := p.clientError(phase, message, cause)
	return &e
}

func (p *fetchPlan) clientError(phase Phase, message string, cause error) HTTPClientError {
	method, current := p.method, p.current
	if p.underway != nil { // the plan may be one request ahead
		method, current = p.underway.method, p.underway.target
	}
	return HTTPClientError{Code: codeNoResponse, Message: message, Method: method,
		URL: redactURL(current.url.String()), Phase: phase, Err: cause}
}

// timeoutError returns the error of a fetch that was still in phase at its deadline.
func (p *fetchPlan) timeoutError(phase Phase) error {
	message := "Timeout during request"
	switch {
	case phase <= PhaseQueue:
		message = "Timeout in request queue"
	case phase < PhaseSend:
		message = "Timeout while connecting"
	}
	return &HTTPTimeoutError{p.clientError(phase, message, nil)}
}

// closedError returns the error of a fetch whose connection was lost in phase. The message
// depends on whether the head of the response was complete. cause is the
// error of the system, or nil.
func (p *fetchPlan) closedError(phase Phase, cause error) error {
	message := "Stream closed"
	if p.headReceived {
		message = "Connection closed"
	}
	return &HTTPStreamClosedError{p.clientError(phase, message, cause)}
}
