package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
)

const maxSleep = 60 // maximum, in seconds

// snippet

type sleepHandler struct{ page }

func (h *sleepHandler) Get(args ...string) error {
	seconds, err := sleepSeconds(args[0])
	if err != nil {
		return err
	}
	pause := time.Duration(seconds * float64(time.Second))
	ioloop.Sleep(h.Loop(), pause).Await() // only this request waits
	h.SetHeader("Content-Type", "text/plain; charset=UTF-8")
	return h.WriteString(fmt.Sprintf("Slept %g s.\n", seconds))
}

// end snippet

// sleepSeconds parses an argument of digits and dots. The error has status 400.
func sleepSeconds(text string) (float64, error) {
	seconds, err := strconv.ParseFloat(text, 64)
	switch {
	case err == nil && seconds <= maxSleep:
		return seconds, nil
	case seconds > maxSleep: // also for a number that was too large to be parsed
		return 0, &web.HTTPError{StatusCode: 400, Reason: fmt.Sprintf("Sleep for %d seconds at most", maxSleep)}
	default:
		return 0, &web.HTTPError{StatusCode: 400, Reason: "Seconds are a number such as 1.5", Err: err}
	}
}
