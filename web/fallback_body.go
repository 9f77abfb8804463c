package web

import (
	"io"
	"net/http"
	"os"
	"sync"

	"github.com/gotornado/tornado/internal/deadline"
	"github.com/gotornado/tornado/ioloop"
)

// A fallbackBody is the body of a request that the loop receives and a Handler reads. At
// most about fallbackBuffer bytes are buffered.
type fallbackBody struct {
	loop     *ioloop.IOLoop
	mu       sync.Mutex
	readable chan struct{} // buffered or err has changed
	deadline deadline.Movable
	buffered []byte
	err      error                    // returned after the buffered bytes
	drained  *ioloop.Future[struct{}] // completed when fewer bytes are buffered; nil unless addChunk waits
}

// addChunk buffers a chunk and waits while too much is buffered. It runs on the loop.
func (b *fallbackBody) addChunk(chunk []byte) error {
	b.mu.Lock()
	var wanted *ioloop.Future[struct{}]
	if b.err == nil {
		b.buffered = append(b.buffered, chunk...)
		if len(b.buffered) > fallbackBuffer {
			wanted = ioloop.NewFuture[struct{}](b.loop)
			b.drained = wanted
		}
	}
	b.mu.Unlock()
	b.wakeReader()
	if wanted != nil {
		wanted.Await()
	}
	return nil
}

// endBody ends the body: reads return err after the buffered bytes. Only the first call has
// an effect on err.
func (b *fallbackBody) endBody(err error) {
	b.mu.Lock()
	complete := b.err == io.EOF
	if b.err == nil {
		b.err = err
	}
	if err != io.EOF && !(complete && err == ErrClientGone) {
		b.buffered = nil // a complete body stays readable after the client has left
	}
	b.resumeLoop()
	b.mu.Unlock()
	b.wakeReader()
}

// resumeLoop ends the wait of addChunk.
func (b *fallbackBody) resumeLoop() {
	if wanted := b.drained; wanted != nil {
		b.drained = nil
		b.loop.AddCallback(func() { wanted.SetResult(struct{}{}) })
	}
}

func (b *fallbackBody) wakeReader() {
	select {
	case b.readable <- struct{}{}:
	default:
	}
}

func (b *fallbackBody) Read(p []byte) (int, error) {
	for {
		if n, err := b.takeBytes(p); n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
		select {
		case <-b.readable:
		case <-b.deadline.Passed():
			return 0, os.ErrDeadlineExceeded
		case <-b.loop.Context().Done():
			return 0, ioloop.ErrClosed
		}
	}
}

// takeBytes copies buffered bytes to p, or returns the error at the end of the body. It
// returns 0 and nil if it has neither.
func (b *fallbackBody) takeBytes(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.buffered) == 0 {
		return 0, b.err
	}
	n := copy(p, b.buffered)
	if b.buffered = b.buffered[n:]; len(b.buffered) <= fallbackBuffer {
		b.resumeLoop()
	}
	return n, nil
}

func (b *fallbackBody) Close() error {
	b.endBody(http.ErrBodyReadAfterClose)
	return nil
}
