package websocket

import "sync/atomic"

// What a handler's posted counts: the bytes of messages that are on their way to its loop,
// and beside them, as one bit, that the handler has a stream.
const (
	maxPosted = 16 << 20
	mayPost   = 1 << 30
)

// PostMessage is WriteMessage for any goroutine but the loop's own: the loop sends m in
// its next turn. m.Data must not be changed from now on. Messages that one goroutine
// posts leave in their order. The error is ErrSendQueueFull while 16 MiB of posted
// messages have not reached the loop, and a *WebSocketClosedError before the upgrade;
// what becomes of m later is not told. Use the handler's own methods on its loop.
func (h *WebSocketHandler) PostMessage(m Message) error {
	return h.post(len(m.Data), func() { h.WriteMessage(m) })
}

// PostPrepared is WritePrepared for any goroutine but the loop's own: the loop sends p
// in its next turn. The errors are those of PostMessage.
func (h *WebSocketHandler) PostPrepared(p *Prepared) error {
	return h.post(len(p.message.Data), func() { h.WritePrepared(p) })
}

// PostPing is Ping for any goroutine but the loop's own: the loop sends it in its next
// turn. The errors are those of PostMessage, and one for more than 125 bytes.
func (h *WebSocketHandler) PostPing(data []byte) error {
	if err := checkControlPayload(data); err != nil {
		return err
	}
	return h.post(len(data), func() { h.Ping(data) })
}

// PostClose is Close for any goroutine but the loop's own: the loop closes the
// connection in its next turn, behind what that goroutine has posted. The errors are
// those of PostMessage, and one for a code or a reason that may not be sent.
func (h *WebSocketHandler) PostClose(code int, reason string) error {
	if err := checkClose(code, reason, true); err != nil {
		return err
	}
	return h.post(0, func() { h.Close(code, reason) })
}

// post runs fn, which sends size bytes, on the loop. It is the only place that reads the
// stream off the loop: mayPost, which is set when that is, says that it may.
func (h *WebSocketHandler) post(size int, fn func()) error {
	n := int32(min(size, maxPosted))
	for reserved := false; !reserved; {
		before := atomic.LoadInt32(&h.posted)
		switch waiting := before &^ mayPost; {
		case before == waiting:
			return &WebSocketClosedError{}
		case waiting > 0 && waiting > maxPosted-n:
			return ErrSendQueueFull
		}
		reserved = atomic.CompareAndSwapInt32(&h.posted, before, before+n)
	}
	h.stream.Loop().AddCallback(func() {
		atomic.AddInt32(&h.posted, -n)
		fn()
	})
	return nil
}
