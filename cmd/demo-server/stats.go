package main

import (
	"runtime"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
)

// snippet

type statsHandler struct {
	web.RequestHandler
	Demo *demo
}

func (h *statsHandler) Get(args ...string) error {
	stats, err := h.Demo.askLoops(h.Loop())
	if err != nil {
		return err
	}
	h.SetHeader("Cache-Control", "no-store")
	return h.WriteJSON(report(stats, h.Demo.server.Connections()))
}

// askLoops returns the counters of all loops to the loop from. They are each loop's
// own: it is asked on its own goroutine.
func (d *demo) askLoops(from *ioloop.IOLoop) ([]ioloop.Stats, error) {
	var asked []*ioloop.Future[ioloop.Stats]
	for _, loop := range d.server.Loops() {
		asked = append(asked, ioloop.CallOn(from, loop, func() (ioloop.Stats, error) {
			return loop.Stats(), nil
		}))
	}
	return ioloop.Multi(from, asked...).Await()
}

// end snippet

// ComputeEtag saves hashing what is never the same.
func (h *statsHandler) ComputeEtag() string { return "" }

// A statsReport is what /stats shows.
type statsReport struct {
	loopReport              // the sum over all loops
	Loops      []loopReport `json:"loops"`
	Connected  connected    `json:"connections"`
	Memory     memory       `json:"memory"`
}

type loopReport struct {
	Iterations       uint64 `json:"iterations"`
	Callbacks        uint64 `json:"callbacks"`
	Events           uint64 `json:"events"`
	Timeouts         int    `json:"timeouts"`
	Descriptors      int    `json:"descriptors"`       // connections, and one that listens
	CoroutinesParked int    `json:"coroutines_parked"` // this request is one of them
	CoroutinesPooled int    `json:"coroutines_pooled"`
}

type connected struct {
	Open      int `json:"open"`
	HTTP      int `json:"http"`
	WebSocket int `json:"websocket"`
}

type memory struct {
	HeapBytes   uint64 `json:"heap_bytes"`   // in use
	StackBytes  uint64 `json:"stack_bytes"`  // in use
	SystemBytes uint64 `json:"system_bytes"` // got from the system
	Goroutines  int    `json:"goroutines"`
	Collections uint32 `json:"collections"`
}

// report adds up what the loops said; http is the number of connections that speak
// HTTP. The others, all but the one of each loop that listens, were upgraded.
func report(stats []ioloop.Stats, http int) statsReport {
	var r statsReport
	for _, s := range stats {
		l := loopReport{s.Iterations, s.Callbacks, s.Events, s.Timeouts, s.Handlers, s.CoroutinesParked, s.CoroutinesPooled}
		r.Loops = append(r.Loops, l)
		r.Iterations += l.Iterations
		r.Callbacks += l.Callbacks
		r.Events += l.Events
		r.Timeouts += l.Timeouts
		r.Descriptors += l.Descriptors
		r.CoroutinesParked += l.CoroutinesParked
		r.CoroutinesPooled += l.CoroutinesPooled
	}
	open := max(http, r.Descriptors-len(stats)) // the loops were asked one after another
	r.Connected = connected{open, http, open - http}
	r.Memory = memoryNow()
	return r
}

func memoryNow() memory {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return memory{m.HeapAlloc, m.StackInuse, m.Sys, runtime.NumGoroutine(), m.NumGC}
}
