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

// rowsHandler sends any number of rows, and keeps only a few of them in memory. It waits
// for Flush, which is done when the client has taken the written bytes.
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
		some = some[:0] // Write has copied it
	}
	return nil
}

// end snippet

// countdownHandler sends one line immediately and then one every second.
type countdownHandler struct{ streamHandler }

func (h *countdownHandler) Get(args ...string) error {
	for n := h.count(args[0], maxCountdown); n > 0; n-- {
		fmt.Fprintf(h, "%d\n", n)
		if _, err := h.Flush().Await(); err != nil {
			return gone(err) // the client has gone
		}
		ioloop.Sleep(h.Loop(), h.Pause).Await()
	}
	return h.WriteString("Lift-off\n")
}

// A streamHandler sends its response while it is made.
type streamHandler struct {
	page
	Pause time.Duration // between two numbers of the countdown
}

// SetDefaultHeaders asks proxies not to buffer the response.
func (h *streamHandler) SetDefaultHeaders() {
	h.page.SetDefaultHeaders()
	h.SetHeader("Cache-Control", "no-store")
	h.SetHeader("X-Accel-Buffering", "no")
	h.SetHeader("Content-Type", "text/plain; charset=UTF-8")
}

// Head makes no rows, because the body is not sent.
func (h *streamHandler) Head(args ...string) error { return nil }

// count returns the number in the path; if it is too large, the request ends with 400.
func (h *streamHandler) count(text string, most int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n > most {
		panic(&web.HTTPError{StatusCode: 400, Reason: fmt.Sprintf("That is more than %d", most)})
	}
	return n
}

// gone returns the error for a failed Flush. It returns nil if the client has gone, which should
// not be logged.
func gone(err error) error {
	if _, closed := errors.AsType[*iostream.StreamClosedError](err); closed {
		return web.Finish{}
	}
	return err
}

// streamPage serves the page that reads both streams.
type streamPage struct{ page }

func (h *streamPage) Get(args ...string) error { return h.render("stream.html", nil) }
