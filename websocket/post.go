package websocket

import "sync/atomic"

// The field posted of a handler counts the bytes of messages that its loop has not received
// yet. One bit of it says that the handler has a stream.
const (
	maxPosted = 16 << 20
	mayPost   = 1 << 30
)

// PostMessage is WriteMessage for any goroutine except that of the loop. The loop sends m in
// its next turn. m.Data must not be changed after the call. Messages that one goroutine posts
// are sent in order.
//
// The error is ErrSendQueueFull while 16 MiB of posted messages have not reached the loop, and
// a *WebSocketClosedError before the upgrade. Later errors are not reported. On the loop, use
// WriteMessage.
func (h *WebSocketHandler) PostMessage(m Message) error {
	return h.post(len(m.Data), func() { h.WriteMessage(m) })
}

// PostPrepared is WritePrepared for any goroutine except that of the loop. The loop sends p in
// its next turn. The errors are those of PostMessage.
func (h *WebSocketHandler) PostPrepared(p *Prepared) error {
	return h.post(len(p.message.Data), func() { h.WritePrepared(p) })
}

// PostPing is Ping for any goroutine except that of the loop. The loop sends the ping in its
// next turn. The errors are those of PostMessage, and one for more than 125 bytes.
func (h *WebSocketHandler) PostPing(data []byte) error {
	if err := checkControlPayload(data); err != nil {
		return err
	}
	return h.post(len(data), func() { h.Ping(data) })
}

// PostClose is Close for any goroutine except that of the loop. The loop closes the connection
// in its next turn, after the messages that the goroutine has posted before. The errors are
// those of PostMessage, and one for a code or a reason that must not be sent.
func (h *WebSocketHandler) PostClose(code int, reason string) error {
	if err := checkClose(code, reason, true); err != nil {
		return err
	}
	return h.post(0, func() { h.Close(code, reason) })
}

// post runs fn, which sends size bytes, on the loop. It reads h.stream on another goroutine
// than the loop's: mayPost is set when that is allowed.
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
