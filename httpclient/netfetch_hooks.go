package httpclient

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"syscall"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

// onLoop calls fn on the loop, with the time of this call, if h is still the current request.
// Any goroutine may call it.
func (f *netFetch) onLoop(h *hop, fn func(now time.Time)) {
	now := f.client.loop.Now()
	f.client.loop.AddCallback(func() {
		if f.progress.hop == h {
			fn(now)
		}
	})
}

// traceContext returns ctx with hooks that follow the phases of h. A Transport calls them in
// its goroutines.
func (f *netFetch) traceContext(ctx context.Context, h *hop) context.Context {
	enter := func(p Phase) {
		f.onLoop(h, func(now time.Time) { f.progress.enterPhase(p, now) })
	}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart:          func(httptrace.DNSStartInfo) { enter(PhaseResolve) },
		ConnectStart:      func(string, string) { enter(PhaseConnect) },
		TLSHandshakeStart: func() { enter(PhaseTLS) },
		TLSHandshakeDone: func(tls.ConnectionState, error) {
			f.onLoop(h, func(now time.Time) { f.progress.endTLS(now) })
		},
		GotConn: func(info httptrace.GotConnInfo) {
			f.onLoop(h, func(now time.Time) {
				f.progress.info.Reused = info.Reused
				f.progress.enterPhase(PhaseSend, now)
			})
		},
		WroteRequest:         func(httptrace.WroteRequestInfo) { enter(PhaseWait) },
		GotFirstResponseByte: func() { enter(PhaseRead) },
		Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
			return f.receiveInterim(h, code, http.Header(header))
		},
	})
}

// receiveInterim passes an interim response to the InterimCallback, and waits for it. It is
// called in a goroutine of the Transport.
func (f *netFetch) receiveInterim(h *hop, code int, header http.Header) error {
	called := make(chan error, 1)
	f.client.loop.AddCallback(func() {
		if f.progress.hop != h {
			return
		}
		f.interims++
		called <- f.plan.callInterimCallback(f.interims, code, headersOf(header))
	})
	select {
	case err := <-called:
		return err
	case <-f.ctx.Done():
		return context.Cause(f.ctx)
	}
}

// sendError returns the error of a fetch whose RoundTrip has failed with err.
func (f *netFetch) sendError(err error) error {
	phase := f.progress.phase
	var dns *net.DNSError
	var op *net.OpError
	var own *HTTPClientError
	var refused *tunnelRefusedError
	switch {
	case err == ioloop.ErrCancelled:
		return err
	case f.producer != nil:
		return f.plan.failure(PhaseSend, "BodyProducer failed", f.producer)
	case f.ctx.Err() != nil:
		return f.cancelled()
	case errors.As(err, &own):
		return own // of an interim response
	case errors.As(err, &refused):
		return f.plan.failure(PhaseProxy, refused.message(), refused)
	case errors.As(err, &dns):
		phase = PhaseResolve
	case errors.As(err, &op) && op.Op == "dial":
		phase = PhaseConnect
	case errors.As(err, &op) && (op.Op == "proxyconnect" || op.Op == "socks connect"):
		phase = PhaseProxy
	case strings.Contains(err.Error(), "server response headers exceeded"):
		return f.plan.failure(PhaseRead, errHeadTooLong.Error(), errHeadTooLong)
	case phase >= PhaseSend && isLostConnection(err):
		return f.plan.closedError(phase, err)
	}
	return f.plan.failure(phase, err.Error(), err)
}

// readError returns the error of a fetch whose body could not be read.
func (f *netFetch) readError(body *inflatingReader, err error) error {
	switch {
	case err == ioloop.ErrCancelled:
		return err
	case f.ctx.Err() != nil:
		return f.cancelled()
	case errors.Is(err, ErrBodyTooLarge):
		return f.plan.failure(PhaseRead, err.Error(), err)
	case body.raw.err != nil && body.raw.err != io.EOF && isLostConnection(body.raw.err):
		return f.plan.closedError(PhaseRead, err)
	}
	return f.plan.failure(PhaseRead, "malformed body", err)
}

// isLostConnection reports whether err says that the server has closed the connection.
func isLostConnection(err error) bool {
	for _, lost := range []error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, lost) {
			return true
		}
	}
	// net/http does not export its error of an idle connection, nor that of an incomplete trailer.
	return strings.Contains(err.Error(), "server closed idle connection") || strings.Contains(err.Error(), "unexpected EOF")
}

// A producerBody is the body of a request whose BodyProducer runs on the loop, while a
// goroutine of the Transport reads it.
type producerBody struct {
	fetch   *netFetch
	hop     *hop
	reader  *io.PipeReader
	writer  *io.PipeWriter
	started bool
	counter producedBody
}

func newProducerBody(f *netFetch, h *hop) *producerBody {
	b := &producerBody{fetch: f, hop: h, counter: producedBody{declared: h.length}}
	b.reader, b.writer = io.Pipe()
	return b
}

// Read starts the BodyProducer on its first call: with Expect100Continue, that is after the
// 100 response. The Transport calls it.
func (b *producerBody) Read(p []byte) (int, error) {
	if !b.started {
		b.started = true
		b.fetch.client.loop.AddCallback(b.run)
	}
	return b.reader.Read(p)
}

// Close ends the BodyProducer: its next Write fails. The Transport calls it.
func (b *producerBody) Close() error { return b.reader.Close() }

// run runs the BodyProducer in a coroutine of the loop.
func (b *producerBody) run() {
	if b.fetch.progress.hop != b.hop {
		return
	}
	err := b.hop.produce(producerWriter{b})
	if err == nil {
		err = b.counter.finishBody()
	}
	if err != nil && b.fetch.progress.hop == b.hop && b.fetch.progress.phase < PhaseRead {
		b.fetch.producer = err
	}
	b.writer.CloseWithError(err)
}

// A producerWriter is the writer that a BodyProducer gets.
type producerWriter struct{ body *producerBody }

// Write waits until the Transport has read p.
func (w producerWriter) Write(p []byte) (int, error) {
	if err := w.body.counter.addBytes(len(p)); err != nil {
		return 0, err
	}
	return ioloop.RunOnExecutor(w.body.fetch.client.loop, goroutines, func() (int, error) { return w.body.writer.Write(p) }).Await()
}
