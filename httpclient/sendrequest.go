package httpclient

import (
	"errors"

	"github.com/gotornado/tornado/internal/http1"
	"github.com/gotornado/tornado/ioloop"
)

const (
	copiedBody = 16 << 10 // largest size of a body that is sent in one write with the head
	// maxUnsentBody is the number of unsent bytes above which a BodyProducer waits.
	maxUnsentBody = 64 << 10
)

// A bodyUpload is the progress of a request's body.
type bodyUpload struct {
	fetch  *fetch
	stream serverStream
	state  uploadProgress
	body   producedBody
	room   *ioloop.Future[struct{}] // BodyProducer waits for it
}

type uploadProgress uint8

const (
	uploadComplete  uploadProgress = iota // all bytes are in the stream
	uploadWaiting                         // the body waits for a response 100
	uploadProducing                       // BodyProducer runs
	uploadStopped                         // the rest of the body is not sent: the response came early, or the fetch has ended
)

// errUploadStopped is the error of the writer of a BodyProducer after the end of the upload.
var errUploadStopped = errors.New("httpclient: the body is not needed any more: the server has sent its response, or the fetch has ended")

// sendRequest writes the current hop to c.
func (f *fetch) sendRequest(c *serverConnection) {
	f.conn = c
	h := f.progress.hop
	f.transfer = transfer{upload: bodyUpload{fetch: f, stream: c.stream, body: producedBody{declared: h.length}}}
	f.progress.info.Reused = c.reused
	f.enterPhase(PhaseSend)
	c.startResponse(f)
	out := h.appendHead(c.stream.BeginWrite())
	if h.expectContinue {
		f.transfer.upload.state = uploadWaiting
		c.stream.EndWrite(out)
		f.enterPhase(PhaseWait)
		return
	}
	if len(h.body) > 0 && len(h.body) <= copiedBody && !h.chunked {
		c.stream.EndWrite(append(out, h.body...))
		f.enterPhase(PhaseWait)
		return
	}
	c.stream.EndWrite(out)
	f.transfer.upload.sendBody()
}

// sendBody sends the body, or starts its producer.
func (u *bodyUpload) sendBody() {
	h := u.fetch.progress.hop
	switch {
	case h.produce != nil:
		u.state = uploadProducing
		u.startProducer()
		return
	case h.chunked:
		u.stream.EndWrite(http1.AppendLastChunk(http1.AppendChunk(u.stream.BeginWrite(), h.body)))
	case len(h.body) > 0:
		u.stream.SendRef(h.body)
	}
	u.bodyWritten()
}

// bodyWritten records that all bytes are in the stream.
func (u *bodyUpload) bodyWritten() {
	u.state = uploadComplete
	if u.stream.Buffered() <= copiedBody {
		u.fetch.sent(u.fetch.progress.hop)
		return
	}
	f, h := u.fetch, u.fetch.progress.hop
	u.stream.Flushed(func(err error) {
		if err == nil {
			f.sent(h)
		}
	})
}

// sent records that h was sent, so that the fetch waits for the response, unless the response has
// begun.
func (f *fetch) sent(h *hop) {
	if f.progress.hop == h {
		f.enterPhase(PhaseWait)
	}
}

// startProducer runs the BodyProducer in a coroutine.
func (u *bodyUpload) startProducer() {
	f, h := u.fetch, u.fetch.progress.hop
	f.client.loop.SpawnFunc(func() {
		err := callSafely(func() error { return h.produce(bodyWriter{f, h}) })
		if f.progress.hop != h || u.state != uploadProducing {
			return
		}
		if err == nil {
			err = u.body.finishBody()
		}
		if err != nil {
			f.endFetch(nil, f.plan.failure(PhaseSend, "BodyProducer failed", err))
			return
		}
		if h.chunked {
			u.stream.EndWrite(http1.AppendLastChunk(u.stream.BeginWrite()))
		}
		u.bodyWritten()
	})
}

// A bodyWriter is the argument of a BodyProducer. The producer may use it after the request
// has ended, so it does not refer to the upload, which belongs to the current request.
type bodyWriter struct {
	fetch *fetch
	hop   *hop
}

// Write sends a part of the body. It waits while much of the body is unsent. It fails when
// the upload has ended.
func (w bodyWriter) Write(p []byte) (n int, err error) {
	w.fetch.client.loop.CheckOwner("Write of a BodyProducer")
	u, h := &w.fetch.transfer.upload, w.hop
	if w.fetch.progress.hop != h || u.state != uploadProducing {
		return 0, errUploadStopped
	}
	if err := u.body.addBytes(len(p)); err != nil {
		return 0, err
	}
	for n < len(p) {
		if w.fetch.progress.hop != h || u.state != uploadProducing {
			return n, errUploadStopped
		}
		piece := p[n:min(len(p), n+maxUnsentBody)]
		u.writePiece(piece)
		n += len(piece)
		if err := u.awaitRoom(); err != nil {
			return n, err
		}
	}
	return n, nil
}

// writePiece copies a piece into the stream.
func (u *bodyUpload) writePiece(piece []byte) {
	if u.fetch.progress.hop.chunked {
		u.stream.EndWrite(http1.AppendChunk(u.stream.BeginWrite(), piece))
	} else {
		u.stream.EndWrite(append(u.stream.BeginWrite(), piece...))
	}
}

// awaitRoom waits until the stream has room, or the upload ends.
func (u *bodyUpload) awaitRoom() error {
	if u.stream.Buffered() <= maxUnsentBody {
		return nil
	}
	room := ioloop.NewFuture[struct{}](u.fetch.client.loop)
	u.room = room
	u.stream.Flushed(func(err error) {
		if err != nil {
			room.SetError(errUploadStopped)
		} else {
			room.SetResult(struct{}{})
		}
	})
	_, err := room.Await()
	if u.room == room {
		u.room = nil
	}
	return err
}

// proceed sends the body after a 100 response.
func (u *bodyUpload) proceed() {
	if u.state == uploadWaiting {
		u.sendBody()
	}
}

// finalReceived stops an upload after a refusal, or if the body has not been started. After a
// response of success the server may still read the body.
func (u *bodyUpload) finalReceived(code int) {
	if u.state == uploadWaiting || code >= 300 {
		u.stopUpload()
	}
}

// stopUpload ends the upload. The connection cannot serve another request if bytes are missing.
func (u *bodyUpload) stopUpload() {
	if u.state == uploadComplete {
		return
	}
	u.state = uploadStopped
	if u.room != nil {
		u.room.SetError(errUploadStopped)
	}
}

// isComplete reports whether the whole request is in the stream.
func (u *bodyUpload) isComplete() bool { return u.state == uploadComplete }
