package httpclient

import (
	"errors"

	"github.com/gotornado/tornado/internal/http1"
)

// pieceSize is the largest number of bytes of a body that one call of a StreamingCallback gets.
const pieceSize = 64 << 10

var (
	errNotHTTP     = errors.New("the server does not speak HTTP/1: check the scheme and the port of the URL")
	errSwitched    = errors.New("the server has switched to another protocol, which the request did not ask for")
	errHeadTooLong = errors.New("the head of the response is larger than MaxHeaderSize")
)

// A transfer is the progress of one request and of its response.
type transfer struct {
	head     http1.ResponseHead
	body     http1.BodyReader
	inflater *inflatedBody // nil if the body is not inflated
	next     *hop          // the request that follows the response, whose body is then ignored
	interims int
	persists bool // the connection may serve another request
	upload   bodyUpload
}

// stopTransfer releases the resources of a transfer that ends.
func (t *transfer) stopTransfer() {
	t.upload.stopUpload()
	if t.inflater != nil {
		t.inflater.stopInflating()
	}
}

// readHead reads the head at the start of data and returns its length, or 0 if it is not
// complete.
func (c *serverConnection) readHead(data []byte) int {
	f := c.fetch
	if !c.received {
		c.received = true
		f.enterPhase(PhaseRead)
	}
	n, err := c.finder.FindHead(data, c.client.options.MaxHeaderSize)
	switch {
	case err != nil:
		err = errHeadTooLong
	case n == 0 && !http1.BeginsResponse(data):
		err = errNotHTTP
	case n == 0:
		return 0
	default:
		err = c.parseHead(data[:n])
	}
	if err != nil {
		f.loseConnection(err)
		return len(data)
	}
	return n
}

// parseHead takes a complete head.
func (c *serverConnection) parseHead(data []byte) error {
	var head http1.ResponseHead
	if err := head.Parse(data); err != nil {
		return err
	}
	framing, err := head.Framing(c.fetch.progress.hop.method)
	if err != nil {
		return err
	}
	if http1.IsInterim(head.Start.Code) {
		return c.interimReceived(&head)
	}
	c.finalReceived(head, framing)
	return nil
}

// interimReceived handles a response 1xx. Another response follows.
func (c *serverConnection) interimReceived(head *http1.ResponseHead) error {
	f := c.fetch
	f.transfer.interims++
	n, code, headers := f.transfer.interims, head.Start.Code, head.Headers
	if code == 101 {
		return errSwitched
	}
	if code == 100 {
		f.transfer.upload.proceed()
	}
	if n > maxInterims || f.plan.settings.InterimCallback != nil {
		c.runCallback(func() error { return f.plan.callInterimCallback(n, code, headers) }, func() {})
	}
	return nil
}

// finalReceived handles the head of the final response.
func (c *serverConnection) finalReceived(head http1.ResponseHead, framing http1.Framing) {
	f := c.fetch
	t := &f.transfer
	t.head = head
	t.body = http1.BodyReader{Framing: framing, Max: c.client.options.MaxBodySize}
	t.persists = http1.ResponsePersists(head.Start, &t.head.Headers, framing) && !http1.HasOption(f.progress.hop.header("Connection"), "close")
	t.upload.finalReceived(head.Start.Code)
	next, err := f.plan.advance(head.Start.Code, &t.head.Headers)
	if err != nil {
		f.endFetch(nil, f.plan.failure(PhaseRedirect, err.Error(), err))
		return
	}
	if err := t.body.CheckLength(); err != nil {
		f.loseBody(err)
		return
	}
	t.next = next
	if next != nil { // the body is read and ignored, so that the connection can be used again
		c.startBody()
		return
	}
	t.inflater = newInflatedBody(f.plan.consumeCoding(&t.head.Headers), &c.client.options)
	t.body.Gather = t.inflater == nil && f.plan.settings.StreamingCallback == nil
	if f.plan.settings.HeaderCallback != nil {
		r := f.response()
		c.runCallback(func() error { return f.plan.callHeaderCallback(head.Start.Version, r) }, c.startBody)
		return
	}
	c.startBody()
}

// callStreamingCallback gives a piece of the body to the StreamingCallback.
func (f *fetch) callStreamingCallback(piece []byte) error {
	if err := f.plan.settings.StreamingCallback(piece); err != nil {
		return f.plan.failure(PhaseRead, "StreamingCallback failed", err)
	}
	return nil
}

// startBody begins to read the body, or completes a response without one.
func (c *serverConnection) startBody() {
	if c.fetch.transfer.body.Framing.IsEmpty() {
		c.bodyComplete()
		return
	}
	c.to(connReadingBody)
}

// readBody reads the body from data and returns the number of bytes read.
func (c *serverConnection) readBody(data []byte) int {
	f := c.fetch
	piece, n, done, err := f.transfer.body.NextPiece(data, pieceSize)
	if err != nil {
		f.loseBody(err)
		return len(data)
	}
	if len(piece) > 0 && f.transfer.next == nil {
		c.deliverPiece(piece)
	}
	if done && !c.paused && c.fetch == f && c.state == connReadingBody {
		c.bodyComplete()
	}
	return n
}

// deliverPiece inflates a piece of the body if necessary, and gives it to the
// StreamingCallback.
func (c *serverConnection) deliverPiece(piece []byte) {
	f := c.fetch
	owned := append([]byte(nil), piece...)
	fn := func() error { return f.callStreamingCallback(owned) }
	if f.transfer.inflater != nil {
		fn = func() error { return f.transfer.inflater.inflateInput(f, owned) }
	}
	c.runCallback(fn, func() {
		if c.state == connReadingBody && f.transfer.body.IsComplete() {
			c.bodyComplete()
		}
	})
}

// bodyComplete ends the response. deliverResponse tells the fetch.
func (c *serverConnection) bodyComplete() {
	f := c.fetch
	if f.transfer.inflater != nil {
		if err := f.transfer.inflater.finishInflating(); err != nil {
			f.loseBody(err)
			return
		}
	}
	c.complete = true
	c.to(connIdle)
}

// loseBody ends a fetch whose response has a bad body. A body above a limit becomes
// ErrBodyTooLarge.
func (f *fetch) loseBody(err error) {
	if http1.IsTooLarge(err) {
		err = ErrBodyTooLarge
	}
	f.loseConnection(err)
}
