package main

import (
	"strings"
	"time"

	"github.com/gotornado/tornado/httpclient"
	"github.com/gotornado/tornado/ioloop"
)

// gathered are the paths of this server that /gather calls.
var gathered = []string{"sleep/0.3", "sleep/0.1", "api/notes", "stats", "api/nothing"}

// snippet

// gatherPage calls several pages of this server at the same time, and shows how long each
// phase of each call took.
type gatherPage struct {
	page
	Demo *demo
}

func (h *gatherPage) Get(args ...string) error {
	client, start := h.HTTPClient(), time.Now()
	calls := make([]call, len(gathered))
	fetches := make([]*ioloop.Future[*httpclient.HTTPResponse], len(gathered))
	for i, path := range gathered {
		calls[i].Path = "/" + path
		fetches[i] = client.Fetch(&httpclient.HTTPRequest{
			URL: browserURL(h.Demo.bound) + path, RaiseError: httpclient.Off, Trace: calls[i].addEvent})
	}
	responses, err := ioloop.MultiSlice(h.Loop(), fetches).Await()
	if err != nil {
		return err
	}
	for i, r := range responses {
		calls[i].Code, calls[i].Size = r.Code, len(r.Body)
	}
	return h.render("gather.html", newTimeline(calls, start))
}

// end snippet

// A call is one fetch of the page.
type call struct {
	Path       string
	Code, Size int
	Bars       []phaseBar
	events     []httpclient.TraceEvent
}

func (c *call) addEvent(e httpclient.TraceEvent) { c.events = append(c.events, e) }

// A phaseBar is a phase of a call, as it is drawn. The whole timeline is timelineWidth wide.
type phaseBar struct {
	Phase, Class string
	X, Width     float64
	Took         time.Duration
}

const timelineWidth = 1000

// A timeline is the data of the page.
type timeline struct {
	Calls []call
	Took  time.Duration // of all calls together
	Sum   time.Duration // of the calls one after the other
	Width int
}

// newTimeline computes the bars from the events of the calls.
func newTimeline(calls []call, start time.Time) timeline {
	t := timeline{Calls: calls, Width: timelineWidth}
	for _, c := range calls {
		took := c.events[len(c.events)-1].Time.Sub(start)
		t.Took, t.Sum = max(t.Took, took), t.Sum+took
	}
	t.Took, t.Sum = t.Took.Round(time.Millisecond), t.Sum.Round(time.Millisecond)
	for i := range calls {
		calls[i].Bars = barsOf(calls[i].events, start, t.Took)
	}
	return t
}

// barsOf returns a bar for each phase between two events.
func barsOf(events []httpclient.TraceEvent, start time.Time, whole time.Duration) []phaseBar {
	var bars []phaseBar
	scale := timelineWidth / float64(max(whole, 1))
	for i, e := range events[:len(events)-1] {
		took := events[i+1].Time.Sub(e.Time)
		if took <= 0 { // within one turn of the loop
			continue
		}
		bars = append(bars, phaseBar{Phase: e.Phase.String(), Class: strings.ReplaceAll(e.Phase.String(), " ", "-"), Took: took.Round(time.Microsecond),
			X: float64(e.Time.Sub(start)) * scale, Width: max(float64(took)*scale, 1)})
	}
	return bars
}
