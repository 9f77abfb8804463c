package websocket

import "sync/atomic"

// maxPosted is how many bytes of messages may be on their way to the loop of one handler.
const maxPosted = 16 << 20

// PostMessage is WriteMessage for any goroutine but the loop's own: the loop sends m in
// its next turn. m.Data must not be changed from now on. Messages that one goroutine
// posts leave in their order. The error is ErrSendQueueFull while 16 MiB of posted
// messages have not reached the loop, and a *WebSocketClosedError before the upgrade;
// what becomes of m later is not told. Use the handler's own methods on its loop.
func (h *WebSocketHandler) PostMessage(m Message) error {
	return h.post(len(m.Data), func() { h.WriteMessage(m) })
}

// PostPrepared is WritePrepared for any goroutine; see PostMessage.
func (h *WebSocketHandler) PostPrepared(p *Prepared) error {
	return h.post(len(p.message.Data), func() { h.WritePrepared(p) })
}

// PostPing is Ping for any goroutine; see PostMessage.
func (h *WebSocketHandler) PostPing(data []byte) error {
	if err := checkControlPayload(data); err != nil {
		return err
	}
	return h.post(len(data), func() { h.Ping(data) })
}

// PostClose is Close for any goroutine, behind what it has posted; see PostMessage.
func (h *WebSocketHandler) PostClose(code int, reason string) error {
	if err := checkClose(code, reason, true); err != nil {
		return err
	}
	return h.post(0, func() { h.Close(code, reason) })
}

// post runs fn, which sends size bytes, on the loop.
func (h *WebSocketHandler) post(size int, fn func()) error {
	switch {
	case h.stream == nil:
		return &WebSocketClosedError{}
	case size == 0:
		h.stream.Loop().AddCallback(fn)
		return nil
	}
	n := int32(min(size, maxPosted))
	if before := atomic.AddInt32(&h.posted, n) - n; before > 0 && before > maxPosted-n {
		atomic.AddInt32(&h.posted, -n)
		return ErrSendQueueFull
	}
	h.stream.Loop().AddCallback(func() {
		atomic.AddInt32(&h.posted, -n)
		fn()
	})
	return nil
}
