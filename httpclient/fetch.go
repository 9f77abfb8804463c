package httpclient

import (
	"context"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/log"
)

// A fetch is one call of Fetch of a SimpleAsyncHTTPClient, from the queue to the last
// response.
type fetch struct {
	client   *SimpleAsyncHTTPClient
	plan     *fetchPlan
	future   *ioloop.Future[*HTTPResponse]
	slot     queuedFetch
	timer    fetchTimer
	started  time.Time // when the fetch left the queue
	progress fetchProgress

	stopContext func() bool // stops watching the context; nil without one

	conn     *serverConnection
	dialing  *ioloop.Future[struct{}] // nil unless a connection is being opened
	resent   bool                     // the current request was repeated after a reused connection was lost
	transfer transfer
}

// submit queues the fetch, or starts it.
func (f *fetch) submit(ctx context.Context) {
	loop := f.client.loop
	f.progress = newFetchProgress(f.plan, loop.Time())
	f.slot = queuedFetch{origin: f.plan.current.origin, start: f.startFetch}
	f.timer.fetch = f
	f.future.OnCancel(func() { f.endFetch(nil, ioloop.ErrCancelled) })
	const ended = "the context of the fetch has ended"
	if ctx.Err() != nil { // the fetch could be faster than AfterFunc
		f.failFetch(ended, context.Cause(ctx))
		return
	}
	if ctx.Done() != nil {
		f.stopContext = context.AfterFunc(ctx, func() {
			loop.AddCallback(func() { f.failFetch(ended, context.Cause(ctx)) })
		})
	}
	f.enterQueue()
}

// enterQueue waits for a slot, or starts at once.
func (f *fetch) enterQueue() {
	if err := f.client.queue.enter(&f.slot); err != nil {
		f.endFetch(nil, f.plan.failure(PhaseQueue, err.Error(), err))
		return
	}
	if !f.slot.started {
		f.client.queue.logQueued()
		f.enterPhase(PhaseQueue)
		if f.started.IsZero() {
			f.timer.limitQueue()
		}
	}
}

// startFetch begins the first request. A slot is free.
func (f *fetch) startFetch() {
	f.started = f.client.loop.Time()
	f.progress.info.Queue = f.started.Sub(f.progress.start)
	f.timer.startRequest()
	f.startHop(f.plan.nextHop())
}

// startHop sends h on an idle connection, or opens a new one.
func (f *fetch) startHop(h *hop) {
	f.resent = false
	f.progress.beginHop(h, f.client.loop.Time())
	key := poolKeyOf(h, &f.plan.settings)
	if !h.needsOwnConnection() {
		if c := f.client.pool.takeIdle(&key); c != nil {
			f.sendRequest(c)
			return
		}
	}
	f.open(&key)
}

// followWith sends the next request, after the response to the one before it.
func (f *fetch) followWith(h *hop) {
	f.enterPhase(PhaseRedirect)
	if f.client.options.MaxClientsPerHost <= 0 || h.target.origin == f.slot.origin {
		f.startHop(h)
		return
	}
	f.client.queue.leave(&f.slot) // the origin of the next request has a limit of its own
	f.slot = queuedFetch{origin: h.target.origin, start: func() { f.startHop(h) }}
	f.enterQueue()
}

// mayResend reports whether the request can be sent again after the server has closed an idle
// connection without a byte of a response.
func (f *fetch) mayResend() bool { return !f.resent && f.progress.hop.isIdempotent() }

// resend sends the current request on a new connection.
func (f *fetch) resend() {
	f.conn, f.resent = nil, true
	f.transfer.stopTransfer()
	f.progress.beginHop(f.progress.hop, f.client.loop.Time())
	key := poolKeyOf(f.progress.hop, &f.plan.settings)
	f.open(&key)
}

// enterPhase begins a phase.
func (f *fetch) enterPhase(phase Phase) { f.progress.enterPhase(phase, f.client.loop.Time()) }

// ended reports whether the future is complete.
func (f *fetch) ended() bool { return f.progress.phase == PhaseDone }

// responseComplete handles a response that has arrived completely. Its connection has been
// released before.
func (f *fetch) responseComplete() {
	t := &f.transfer
	f.conn = nil
	if t.next != nil {
		next := t.next
		t.stopTransfer()
		f.followWith(next)
		return
	}
	r := f.response()
	now := f.client.loop.Time()
	r.StartTime, r.RequestTime, r.TimeInfo = f.started, now.Sub(f.started), f.progress.timeInfo(now)
	if t.inflater != nil {
		r.Body = t.inflater.whole.TakeBytes()
	} else {
		r.Body = t.body.TakeWhole()
	}
	f.endFetch(f.plan.finish(r))
}

// response returns the response without its body.
func (f *fetch) response() *HTTPResponse {
	head := &f.transfer.head
	return &HTTPResponse{Code: head.Start.Code, Reason: head.Start.Reason, Headers: head.Headers}
}

// failFetch ends the fetch in its current phase without a response. message is Tornado's if
// Tornado has one.
func (f *fetch) failFetch(message string, cause error) {
	f.endFetch(nil, f.plan.failure(f.progress.phase, message, cause))
}

// loseConnection ends the fetch because its connection was lost, or because the response is
// malformed and the connection must not be used any more.
func (f *fetch) loseConnection(cause error) {
	f.endFetch(nil, f.plan.closedError(f.progress.phase, cause))
}

// failCallback ends the fetch with the error of a callback, or with the error of the body that
// the callback gets.
func (f *fetch) failCallback(err error) {
	switch err := err.(type) {
	case bodyError:
		f.loseConnection(err.error)
	case *log.PanicError:
		f.failFetch("a callback of the request has panicked", err)
	default:
		f.endFetch(nil, err)
	}
}

// timedOut ends the fetch at its deadline.
func (f *fetch) timedOut() { f.endFetch(nil, f.plan.timeoutError(f.progress.phase)) }

// endFetch completes the future and releases everything that the fetch has. A second call
// does nothing.
func (f *fetch) endFetch(r *HTTPResponse, err error) {
	if f.ended() {
		return
	}
	f.progress.endFetch(f.client.loop.Time(), f.transfer.head.Start.Code, err)
	f.timer.clearTimer()
	if f.stopContext != nil {
		f.stopContext()
	}
	f.transfer.stopTransfer()
	if c := f.conn; c != nil {
		f.conn, c.fetch = nil, nil
		c.closeConnection()
	}
	if f.dialing != nil {
		f.dialing.Cancel()
	}
	if err != nil {
		f.future.SetError(err)
	} else {
		f.future.SetResult(r)
	}
	f.client.queue.leave(&f.slot)
}
