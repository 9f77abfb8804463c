package web

import (
	"io"
	"net/http"
	"os"
	"sync"

	"github.com/gotornado/tornado/internal/deadline"
	"github.com/gotornado/tornado/ioloop"
)

// A fallbackBody is the body that a Handler reads while the loop gives it.
type fallbackBody struct {
	loop     *ioloop.IOLoop
	mu       sync.Mutex
	readable chan struct{} // something else may be said to a reader
	deadline deadline.Movable
	buffered []byte
	err      error                    // behind what is held
	drained  *ioloop.Future[struct{}] // the loop waits until less is held
}

// give adds a chunk, and waits while the Handler has enough; it runs on the loop.
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

// end says that nothing more comes, and why. The first reason counts.
func (b *fallbackBody) endBody(err error) {
	b.mu.Lock()
	complete := b.err == io.EOF
	if b.err == nil {
		b.err = err
	}
	if err != io.EOF && !(complete && err == ErrClientGone) {
		b.buffered = nil // a client that leaves takes nothing from a body that has come completely
	}
	b.resumeLoop()
	b.mu.Unlock()
	b.wakeReader()
}

// letGo ends the wait of give.
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

// take returns what there is.
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
