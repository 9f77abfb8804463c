package httpclient

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
)

// goroutines is an executor that starts a goroutine for each function. The client limits their
// number.
var goroutines ioloop.ExecutorFunc = func(fn func()) { go fn() }

// maxPiece is the size of the pieces that a StreamingCallback gets.
const maxPiece = 64 << 10

// A netFetch is a fetch of a NetHTTPClient. Its methods run in the coroutine of the fetch,
// unless they say otherwise. The blocking calls run in goroutines.
type netFetch struct {
	client *NetHTTPClient
	plan   *fetchPlan
	ctx    context.Context
	cancel context.CancelCauseFunc
	queued queuedFetch
	timer  *ioloop.Timeout // of RequestTimeout

	start    time.Time // when the fetch left the queue
	progress fetchProgress
	interims int   // interim responses to the current request
	producer error // the error of the BodyProducer
}

func newNetFetch(ctx context.Context, c *NetHTTPClient, plan *fetchPlan) *netFetch {
	f := &netFetch{client: c, plan: plan, queued: queuedFetch{origin: plan.current.origin}}
	f.ctx, f.cancel = context.WithCancelCause(ctx)
	f.progress = newFetchProgress(plan, c.loop.Time())
	return f
}

// end releases the slot and closes the connection if it is still in use.
func (f *netFetch) end() {
	f.client.queue.leave(&f.queued)
	f.client.loop.RemoveTimeout(f.timer)
	f.cancel(nil)
}

// run returns the results of the fetch.
func (f *netFetch) run() (*HTTPResponse, error) {
	if err := f.awaitSlot(); err != nil {
		f.progress.endFetch(f.client.loop.Time(), 0, err)
		return nil, err
	}
	f.start = f.client.loop.Time()
	f.progress.info.Queue = f.start.Sub(f.progress.start)
	if d := f.plan.settings.RequestTimeout; d > 0 {
		f.timer = f.client.loop.CallLater(d, func() { f.cancel(f.plan.timeoutError(f.progress.phase)) })
	}
	response, err := f.follow()
	if err != nil {
		f.progress.endFetch(f.client.loop.Time(), 0, err)
		return nil, err
	}
	now := f.client.loop.Time()
	response.StartTime, response.RequestTime = f.start, now.Sub(f.start)
	response.TimeInfo = f.progress.timeInfo(now)
	response, err = f.plan.finish(response)
	f.progress.endFetch(now, f.progress.code, err)
	return response, err
}

// awaitSlot waits in the queue.
func (f *netFetch) awaitSlot() error {
	loop, granted := f.client.loop, ioloop.NewFuture[struct{}](f.client.loop)
	f.queued.start = func() { granted.SetResult(struct{}{}) }
	if err := f.client.queue.enter(&f.queued); err != nil {
		return f.plan.failure(PhaseQueue, err.Error(), err)
	}
	if !granted.Done() {
		f.client.queue.logQueued()
		f.progress.enterPhase(PhaseQueue, loop.Time())
		if d := f.plan.connectLimit(); d > 0 {
			timer := loop.CallLater(d, func() { granted.SetError(f.plan.timeoutError(PhaseQueue)) })
			defer loop.RemoveTimeout(timer)
		}
		stop := context.AfterFunc(f.ctx, func() {
			loop.AddCallback(func() { granted.SetError(f.cancelled()) })
		})
		defer stop()
	}
	_, err := granted.Await()
	return err
}

// cancelled returns the error of a fetch whose context has ended.
func (f *netFetch) cancelled() error {
	switch cause := context.Cause(f.ctx).(type) {
	case *HTTPTimeoutError, *HTTPClientError:
		return cause
	default:
		return f.plan.failure(f.progress.phase, "the context of the fetch has ended", cause)
	}
}

// follow sends the requests of the fetch, and returns the last response.
func (f *netFetch) follow() (*HTTPResponse, error) {
	h := f.plan.nextHop()
	for {
		f.progress.beginHop(h, f.client.loop.Time())
		received, err := f.send(h)
		if err != nil {
			return nil, err
		}
		_, reason, _ := strings.Cut(received.Status, " ")
		response := &HTTPResponse{Code: received.StatusCode, Reason: reason, Headers: headersOf(received.Header)}
		f.progress.code = response.Code
		if response.Code == 101 {
			received.Body.Close()
			return nil, f.plan.failure(PhaseRead, errSwitched.Error(), errSwitched)
		}
		next, err := f.plan.advance(response.Code, &response.Headers)
		if err != nil {
			received.Body.Close()
			return nil, f.plan.failure(PhaseRedirect, err.Error(), err)
		}
		coding := "" // the body of a redirect is not inflated
		if next == nil {
			coding = f.plan.consumeCoding(&response.Headers)
		}
		response.Body, err = f.read(received, response, coding, next != nil)
		received.Body.Close()
		if err != nil {
			return nil, err
		}
		if next == nil {
			return response, nil
		}
		f.progress.enterPhase(PhaseRedirect, f.client.loop.Time())
		h = next
	}
}

// headersOf returns the headers that a Transport has received, in the order of their names.
func headersOf(header http.Header) httputil.HTTPHeaders {
	var l []httputil.Field
	for name, values := range header {
		for _, value := range values {
			l = append(l, httputil.Field{Name: httputil.NormalizeName(name), Value: value})
		}
	}
	slices.SortStableFunc(l, func(a, b httputil.Field) int { return strings.Compare(a.Name, b.Name) })
	return httputil.NewHTTPHeaders(l)
}

// send sends one request and waits for the head of its response. If the server closes a kept
// connection instead of responding, send sends an idempotent request again: a Transport
// repeats neither PUT nor DELETE.
func (f *netFetch) send(h *hop) (*http.Response, error) {
	transport, err := f.client.transportFor(&f.plan.settings, h)
	if err != nil {
		return nil, err
	}
	for {
		received, err := f.roundTrip(transport, h)
		if err == nil {
			f.progress.enterPhase(PhaseRead, f.client.loop.Time())
			return received, nil
		}
		if !f.mayResend(h, err) {
			return nil, f.sendError(err)
		}
		f.progress.beginHop(h, f.client.loop.Time())
	}
}

// mayResend reports whether h can be sent again after RoundTrip has failed with err. Each
// failure removes a kept connection from the Transport, until it opens a new one.
func (f *netFetch) mayResend(h *hop, err error) bool {
	awaited := f.progress.phase >= PhaseSend && f.progress.phase < PhaseRead
	return awaited && f.progress.info.Reused && h.isIdempotent() && f.ctx.Err() == nil && isLostConnection(err)
}

// roundTrip sends h once and waits for the head of its response.
func (f *netFetch) roundTrip(transport http.RoundTripper, h *hop) (*http.Response, error) {
	loop := f.client.loop
	if d := f.plan.connectLimit(); d > 0 && tracesPhases(transport) {
		timer := loop.CallLater(d, func() {
			if f.progress.phase < PhaseSend {
				f.cancel(f.plan.timeoutError(f.progress.phase))
			}
		})
		defer loop.RemoveTimeout(timer)
	}
	request := f.newRequest(h)
	return ioloop.RunOnExecutor(loop, goroutines, func() (*http.Response, error) {
		return transport.RoundTrip(request)
	}).Await()
}

// newRequest returns h in the form that a Transport sends.
func (f *netFetch) newRequest(h *hop) *http.Request {
	u := h.target.url
	u.ForceQuery = false // Tornado omits an empty query
	r := &http.Request{Method: h.method, URL: &u, Header: make(http.Header, len(h.headers)),
		ProtoMajor: 1, ProtoMinor: 1} // with another version, the Transport does not wait for a 100
	for _, field := range h.headers {
		switch field.Name {
		case "Host":
			r.Host = field.Value
		case "Connection":
			r.Close = r.Close || httputil.EqualFold(field.Value, "close")
		case "Content-Length", "Transfer-Encoding": // set by the Transport
		default:
			r.Header[field.Name] = append(r.Header[field.Name], field.Value)
		}
	}
	switch {
	case h.body != nil:
		r.ContentLength = int64(len(h.body))
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(h.body)), nil }
		if r.Body, _ = r.GetBody(); len(h.body) == 0 {
			r.Body = http.NoBody
		}
	case h.produce != nil:
		r.ContentLength = h.length
		r.Body = newProducerBody(f, h)
	}
	f.interims = 0
	ctx := context.WithValue(f.ctx, proxyKey{}, h.proxyURL())
	return r.WithContext(f.traceContext(ctx, h))
}

// read reads the body of a response within the limits. The body of a redirect is discarded.
func (f *netFetch) read(received *http.Response, response *HTTPResponse, coding string, discard bool) ([]byte, error) {
	s, o := &f.plan.settings, &f.client.options
	streaming := s.StreamingCallback != nil || discard
	if !discard && s.HeaderCallback != nil {
		if err := f.plan.callHeaderCallback(received.Proto, response); err != nil {
			return nil, err
		}
	}
	if received.ContentLength > o.MaxBodySize && received.Request.Method != "HEAD" {
		return nil, f.plan.failure(PhaseRead, ErrBodyTooLarge.Error(), ErrBodyTooLarge)
	}
	body := newInflatingReader(received.Body, coding, o)
	if !streaming {
		whole, err := ioloop.RunOnExecutor(f.client.loop, goroutines, func() ([]byte, error) { return io.ReadAll(body) }).Await()
		if err != nil {
			return nil, f.readError(body, err)
		}
		return whole, nil
	}
	return nil, f.stream(body, discard)
}

// stream passes the body to the StreamingCallback, or discards it.
func (f *netFetch) stream(body *inflatingReader, discard bool) error {
	buffer := make([]byte, maxPiece)
	for {
		n, err := ioloop.RunOnExecutor(f.client.loop, goroutines, func() (int, error) { return body.Read(buffer) }).Await()
		if n > 0 && !discard {
			if err := f.plan.settings.StreamingCallback(bytes.Clone(buffer[:n])); err != nil {
				return f.plan.failure(PhaseRead, "StreamingCallback failed", err)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return f.readError(body, err)
		}
	}
}
