package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/web"
)

const (
	maxCountdown = 60
	maxRows      = 10_000_000
)

// snippet

// rowsHandler sends as many rows as are asked for, and never has more than some of
// them in memory: Flush is done when the client has taken what was written before.
type rowsHandler struct{ streamHandler }

func (h *rowsHandler) Get(args ...string) error {
	h.SetHeader("Content-Type", "text/csv; charset=UTF-8")
	h.WriteString("n,square\n")
	var some []byte
	for n, last := 1, h.count(args[0], maxRows); n <= last; n++ {
		some = fmt.Appendf(some, "%d,%d\n", n, n*n)
		if len(some) < 64<<10 && n < last {
			continue
		}
		h.Write(some)
		if _, err := h.Flush().Await(); err != nil {
			return gone(err)
		}
		some = some[:0] // Write made a copy
	}
	return nil
}

// end snippet

// countdownHandler sends a line now, the next a second later.
type countdownHandler struct{ streamHandler }

func (h *countdownHandler) Get(args ...string) error {
	for n := h.count(args[0], maxCountdown); n > 0; n-- {
		fmt.Fprintf(h, "%d\n", n)
		if _, err := h.Flush().Await(); err != nil {
			return gone(err) // the client left
		}
		ioloop.Sleep(h.Loop(), h.Pause).Await()
	}
	return h.WriteString("Lift-off\n")
}

// A streamHandler sends its answer as it is made.
type streamHandler struct {
	page
	Pause time.Duration // between the numbers of the countdown
}

// SetDefaultHeaders asks proxies not to gather what is meant to flow.
func (h *streamHandler) SetDefaultHeaders() {
	h.page.SetDefaultHeaders()
	h.SetHeader("Cache-Control", "no-store")
	h.SetHeader("X-Accel-Buffering", "no")
	h.SetHeader("Content-Type", "text/plain; charset=UTF-8")
}

// Head sends no body, so it makes none.
func (h *streamHandler) Head(args ...string) error { return nil }

// count reads how many are asked for, or ends the request with 400.
func (h *streamHandler) count(text string, most int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n > most {
		panic(&web.HTTPError{StatusCode: 400, Reason: fmt.Sprintf("That is more than %d", most)})
	}
	return n
}

// gone ends a request whose client left: that is no error to be logged.
func gone(err error) error {
	if _, closed := errors.AsType[*iostream.StreamClosedError](err); closed {
		return web.Finish{}
	}
	return err
}

// streamPage is a page that reads both as they come.
type streamPage struct{ page }

func (h *streamPage) Get(args ...string) error { return h.render("stream.html", nil) }
