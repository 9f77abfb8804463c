package ioloop

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"
)

// debugger checks that loop-bound calls come from the loop, and reports callbacks
// that hold the loop for too long. A loop that is not in debug mode has none.
type debugger struct {
	owner atomic.Int64 // the goroutine that is running on the loop's behalf; 0 when the loop is not running
	home  int64        // the goroutine that runs Start

	threshold   time.Duration
	busySince   atomic.Int64 // when dispatching started, unix nanoseconds; 0 while polling
	quit, ended chan struct{}
}

func newDebugger(threshold time.Duration) *debugger {
	return &debugger{threshold: threshold}
}

// start and stop bracket IOLoop.Start.
func (d *debugger) start() {
	d.home = goroutineID()
	d.owner.Store(d.home)
	d.quit, d.ended = make(chan struct{}), make(chan struct{})
	go d.watch()
}

func (d *debugger) stop() {
	d.busySince.Store(0)
	d.owner.Store(0)
	d.home = 0
	close(d.quit)
	<-d.ended
}

// enter notes that w runs now, or the loop's own stack if w is nil. A worker that
// runs for the first time does not know its goroutine yet and enters by itself.
func (d *debugger) enter(w *worker) {
	switch {
	case w == nil:
		if d.owner.Load() != 0 {
			d.owner.Store(d.home)
		}
	case w.goid != 0:
		d.owner.Store(w.goid)
	}
}

func (d *debugger) check(call string) {
	owner := d.owner.Load()
	if owner == 0 {
		return // nothing runs yet: setting up from the main goroutine is fine
	}
	if id := goroutineID(); id != owner {
		panic(fmt.Sprintf("ioloop: %s called from goroutine %d, but its loop is running on goroutine %d; "+
			"from other goroutines use IOLoop.AddCallback", call, id, owner))
	}
}

// watch logs the stack of whatever has held the loop for longer than the threshold.
func (d *debugger) watch() {
	defer close(d.ended)
	tick := time.NewTicker(d.threshold / 4)
	defer tick.Stop()
	var reported int64
	for {
		select {
		case <-d.quit:
			return
		case now := <-tick.C:
			since := d.busySince.Load()
			held := now.Sub(time.Unix(0, since))
			if since == 0 || since == reported || held < d.threshold {
				continue
			}
			reported = since
			logger().Warn(fmt.Sprintf("IOLoop blocked for %.3f seconds", held.Seconds()),
				"stack", string(goroutineStack(d.owner.Load())))
		}
	}
}

// CheckOwner panics, in debug mode, when the calling goroutine is not the one that
// runs the loop now; call names the method that was called. Otherwise it is free.
// A package that owns loop-bound objects calls it first in their methods.
func (l *IOLoop) CheckOwner(call string) {
	if l.debug != nil {
		l.debug.check(call)
	}
}

// goroutineID reads the number out of the first line of a stack trace, which is
// the only place that has it. It costs about a microsecond: for debug mode.
func goroutineID() int64 {
	var buf [64]byte
	return parseGoroutineID(buf[:runtime.Stack(buf[:], false)])
}

func parseGoroutineID(trace []byte) int64 {
	digits, _, _ := bytes.Cut(bytes.TrimPrefix(trace, []byte("goroutine ")), []byte(" "))
	id, _ := strconv.ParseInt(string(digits), 10, 64)
	return id
}

// goroutineStack returns the trace of one goroutine out of a dump of all.
func goroutineStack(id int64) []byte {
	buf := make([]byte, 1<<20)
	for trace := range bytes.SplitSeq(buf[:runtime.Stack(buf, true)], []byte("\n\n")) {
		if parseGoroutineID(trace) == id {
			return trace
		}
	}
	return nil
}

// logger is Tornado's application log.
func logger() *slog.Logger { return slog.Default().With("logger", "tornado.application") }

func logPanic(text string, r any, stack []byte) {
	logger().LogAttrs(context.Background(), slog.LevelError, fmt.Sprintf("%s: %v", text, r),
		slog.String("stack", string(stack)))
}
