package ioloop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gotornado/tornado/log"
)

// debugger records which goroutine runs the loop or its coroutines. With checks, it makes
// loop-bound calls panic on any other goroutine. With a threshold, it reports callbacks
// that run longer. A loop that needs neither has no debugger.
type debugger struct {
	checks bool
	owner  atomic.Int64 // id of the running goroutine; 0 while the loop does not run or the id is unknown

	threshold   time.Duration // 0 for no reports
	busySince   atomic.Int64  // when dispatching started, in Unix nanoseconds; 0 while polling
	quit, ended chan struct{} // channels of the goroutine that runs watch; nil when it does not run
}

// startRun prepares for one IOLoop.Start, which goroutine home has called.
func (d *debugger) startRun(home int64) {
	d.owner.Store(home)
	d.busySince.Store(time.Now().UnixNano())
	d.startWatch()
}

func (d *debugger) stopRun() {
	d.busySince.Store(0)
	d.owner.Store(0)
	d.stopWatch()
}

// setOwner records that w runs again, or the loop's own stack if w is nil.
func (d *debugger) setOwner(l *IOLoop, w *coroutine) {
	switch {
	case w != nil:
		d.owner.Store(w.goid)
	case l.started:
		d.owner.Store(l.startGoroutine)
	default:
		d.owner.Store(0)
	}
}

func (d *debugger) checkOwner(call string) {
	owner := d.owner.Load()
	if !d.checks || owner == 0 {
		return // the loop does not run yet, so any goroutine may set it up
	}
	if id := goroutineID(); id != owner {
		panic(fmt.Sprintf("ioloop: %s called from goroutine %d, but its loop is running on goroutine %d; "+
			"from other goroutines use IOLoop.AddCallback", call, id, owner))
	}
}

func (d *debugger) startWatch() {
	if d.threshold > 0 {
		d.quit, d.ended = make(chan struct{}), make(chan struct{})
		go d.watch(d.threshold, d.quit, d.ended)
	}
}

func (d *debugger) stopWatch() {
	if d.quit != nil {
		close(d.quit)
		<-d.ended
		d.quit = nil
	}
}

// watch logs the stack of the goroutine that blocks the loop for longer than the threshold. It
// logs at most once a turn.
func (d *debugger) watch(threshold time.Duration, quit, ended chan struct{}) {
	defer close(ended)
	tick := time.NewTicker(max(threshold/4, time.Millisecond))
	defer tick.Stop()
	var reported int64
	for {
		select {
		case <-quit:
			return
		case now := <-tick.C:
			since := d.busySince.Load()
			held := now.Sub(time.Unix(0, since))
			if since == 0 || since == reported || held < threshold {
				continue
			}
			reported = since
			log.App().Warn(fmt.Sprintf("IOLoop blocked for %.3f seconds", held.Seconds()),
				"stack", string(goroutineStack(d.owner.Load())))
		}
	}
}

// SetBlockingLogThreshold logs the stack of any callback or coroutine that blocks the loop
// for longer than d, once a turn, in debug mode or not. 0 disables it. It costs a few
// atomic stores a turn. Tornado 2.2: IOLoop.set_blocking_log_threshold.
func (l *IOLoop) SetBlockingLogThreshold(d time.Duration) {
	l.CheckOwner("IOLoop.SetBlockingLogThreshold")
	if l.debug == nil {
		l.debug = &debugger{}
		if l.current != nil {
			l.current.recordOwner()
		} else {
			l.debug.setOwner(l, nil)
		}
	}
	l.debug.stopWatch()
	l.debug.threshold = max(d, 0)
	l.mu.Lock()
	started := l.started
	l.mu.Unlock()
	if started {
		l.debug.busySince.Store(time.Now().UnixNano())
		l.debug.startWatch()
	}
}

// CheckOwner panics, in debug mode, if the calling goroutine is not the one that runs the
// loop now. call is the name of the called method, for the text. Outside debug mode it
// costs almost nothing. Packages with loop-bound objects call it first in their methods.
func (l *IOLoop) CheckOwner(call string) {
	if l.debug != nil {
		l.debug.checkOwner(call)
	}
}

// goroutineID returns the number of the calling goroutine. It reads the number from the first
// line of a stack trace, because Go offers no other way. This takes about a microsecond, so only
// debug mode uses it.
func goroutineID() int64 {
	var buf [64]byte
	return parseGoroutineID(buf[:runtime.Stack(buf[:], false)])
}

func parseGoroutineID(trace []byte) int64 {
	digits, _, _ := bytes.Cut(bytes.TrimPrefix(trace, []byte("goroutine ")), []byte(" "))
	id, _ := strconv.ParseInt(string(digits), 10, 64)
	return id
}

// goroutineStack returns the trace of one goroutine, cut out of a dump of all.
func goroutineStack(id int64) []byte {
	buf := make([]byte, 1<<20)
	for trace := range bytes.SplitSeq(buf[:runtime.Stack(buf, true)], []byte("\n\n")) {
		if parseGoroutineID(trace) == id {
			return trace
		}
	}
	return nil
}

// reportPanic passes a panic value and its stack to the loop's hook, or logs them.
// A cancellation is ignored.
func (l *IOLoop) reportPanic(text string, r any, stack []byte) {
	switch err, ok := r.(error); {
	case ok && errors.Is(err, context.Canceled):
	case l.options.HandleCallbackException != nil:
		l.options.HandleCallbackException(r, stack)
	default:
		log.Error(log.App(), text, &log.PanicError{Value: r, Stack: stack})
	}
}
