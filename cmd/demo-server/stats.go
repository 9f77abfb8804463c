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

// askLoops returns the counters of all loops to the loop from. Each loop is asked on its own
// goroutine, because its counters belong to it.
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

// ComputeEtag returns "": hashing a response that always differs is useless.
func (h *statsHandler) ComputeEtag() string { return "" }

// A statsReport is the body of /stats.
type statsReport struct {
	loopReport                  // the sum over all loops
	Loops      []loopReport     `json:"loops"`
	Connected  connectionReport `json:"connections"`
	Memory     memoryReport     `json:"memory"`
}

type loopReport struct {
	Iterations       uint64 `json:"iterations"`
	Callbacks        uint64 `json:"callbacks"`
	Events           uint64 `json:"events"`
	Timeouts         int    `json:"timeouts"`
	Descriptors      int    `json:"descriptors"`       // connections, and one listening socket
	CoroutinesParked int    `json:"coroutines_parked"` // includes this request
	CoroutinesPooled int    `json:"coroutines_pooled"`
}

type connectionReport struct {
	Open      int `json:"open"`
	HTTP      int `json:"http"`
	WebSocket int `json:"websocket"`
}

type memoryReport struct {
	HeapBytes   uint64 `json:"heap_bytes"`   // in use
	StackBytes  uint64 `json:"stack_bytes"`  // in use
	SystemBytes uint64 `json:"system_bytes"` // obtained from the operating system
	Goroutines  int    `json:"goroutines"`
	Collections uint32 `json:"collections"`
}

// report adds up the counters of the loops. http is the number of connections that use HTTP.
// The other descriptors, except the listening socket of each loop, are upgraded connections.
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
	open := max(http, r.Descriptors-len(stats)) // the loops were asked at different times
	r.Connected = connectionReport{open, http, open - http}
	r.Memory = memoryNow()
	return r
}

func memoryNow() memoryReport {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return memoryReport{m.HeapAlloc, m.StackInuse, m.Sys, runtime.NumGoroutine(), m.NumGC}
}
