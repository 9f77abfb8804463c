package httpclient

import "time"

// A fetchProgress records the phases of a fetch, for its errors, its TimeInfo and its Trace. The
// caller passes the time.
type fetchProgress struct {
	plan  *fetchPlan
	hop   *hop // the current request; nil before the first one and after the end
	phase Phase
	code  int // of the last response

	start    time.Time // of the fetch
	firstHop time.Time
	hopStart time.Time
	info     TimeInfo
}

func newFetchProgress(plan *fetchPlan, now time.Time) fetchProgress {
	return fetchProgress{plan: plan, start: now}
}

// beginHop says that a request begins.
func (p *fetchProgress) beginHop(h *hop, now time.Time) {
	p.hop, p.phase, p.hopStart = h, PhasePrepare, now
	p.plan.beginHop(h)
	if p.firstHop.IsZero() {
		p.firstHop = now
	}
	p.info = TimeInfo{Queue: p.info.Queue, Redirect: now.Sub(p.firstHop)}
}

// enterPhase records that a phase begins. It ignores phases that have passed.
func (p *fetchProgress) enterPhase(phase Phase, now time.Time) {
	if phase <= p.phase {
		return
	}
	p.phase = phase
	since := now.Sub(p.hopStart)
	switch phase {
	case PhaseConnect:
		p.info.NameLookup = since
	case PhaseProxy, PhaseTLS:
		p.info.Connect = since
	case PhaseSend:
		p.enterSend(since)
	case PhaseRead:
		p.info.StartTransfer = since
	}
	p.trace(TraceEvent{Phase: phase, Time: now})
}

// enterSend sets the times of the phases that end when a connection is ready.
func (p *fetchProgress) enterSend(since time.Duration) {
	p.info.PreTransfer = since
	if p.info.Reused {
		p.info.NameLookup, p.info.Connect, p.info.AppConnect = 0, 0, 0
	} else if p.info.Connect == 0 {
		p.info.Connect = since
	}
}

// endTLS records that the TLS handshake is complete.
func (p *fetchProgress) endTLS(now time.Time) { p.info.AppConnect = now.Sub(p.hopStart) }

// timeInfo returns the times of a response that is complete.
func (p *fetchProgress) timeInfo(now time.Time) TimeInfo {
	info := p.info
	info.Total = now.Sub(p.hopStart)
	return info
}

// endFetch says that the fetch has ended.
func (p *fetchProgress) endFetch(now time.Time, code int, err error) {
	p.recordFetch(now, p.phase, code, err)
	p.phase = PhaseDone
	p.trace(TraceEvent{Phase: PhaseDone, Time: now, Code: code, Err: err})
	p.hop = nil
}

// trace calls the Trace of the request with e, completed.
func (p *fetchProgress) trace(e TraceEvent) {
	call := p.plan.settings.Trace
	if call == nil {
		return
	}
	current := p.plan.current
	if p.hop != nil {
		current, e.Hop = p.hop.target, p.hop.number
	}
	e.URL, e.Reused = redactURL(current.url.String()), p.info.Reused
	if e.Phase == PhaseRedirect {
		e.Code = p.code
	}
	call(e)
}
