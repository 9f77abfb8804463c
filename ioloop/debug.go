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

// debugger knows which goroutine runs on the loop's behalf. With checks, it makes
// loop-bound calls prove that they come from that one; with a threshold, it reports
// what holds the loop for longer. A loop that wants neither has none.
type debugger struct {
	checks bool
	owner  atomic.Int64 // the running goroutine; 0 when the loop is not running, or before it is known

	threshold   time.Duration // 0 for no reports
	busySince   atomic.Int64  // when dispatching started, unix nanoseconds; 0 while polling
	quit, ended chan struct{} // of watch; nil when it does not run
}

// start and stop bracket IOLoop.Start; home is the goroutine of that.
func (d *debugger) start(home int64) {
	d.owner.Store(home)
	d.busySince.Store(time.Now().UnixNano())
	d.startWatch()
}

func (d *debugger) stop() {
	d.busySince.Store(0)
	d.owner.Store(0)
	d.stopWatch()
}

// enter notes that control is back with w, or with the loop's own stack if w is nil.
func (d *debugger) enter(l *IOLoop, w *worker) {
	switch {
	case w != nil:
		d.owner.Store(w.goid)
	case l.started:
		d.owner.Store(l.home)
	default:
		d.owner.Store(0)
	}
}

func (d *debugger) check(call string) {
	owner := d.owner.Load()
	if !d.checks || owner == 0 {
		return // nothing runs yet: setting up from the main goroutine is fine
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

// watch logs the stack of whatever has held the loop for longer than the threshold,
// once a turn.
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

// SetBlockingLogThreshold has the stack of whatever holds the loop for longer than d
// logged, once for each turn, whether in debug mode or not; 0 turns that off. It costs
// a few atomic stores a turn. Tornado 2.2: IOLoop.set_blocking_log_threshold.
func (l *IOLoop) SetBlockingLogThreshold(d time.Duration) {
	l.CheckOwner("IOLoop.SetBlockingLogThreshold")
	if l.debug == nil {
		l.debug = &debugger{}
		if l.current != nil {
			l.current.arrive()
		} else {
			l.debug.enter(l, nil)
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

// reportPanic hands what was panicked to the loop's hook, or logs it. That somebody
// was cancelled is no news.
func (l *IOLoop) reportPanic(text string, r any, stack []byte) {
	switch err, ok := r.(error); {
	case ok && errors.Is(err, context.Canceled):
	case l.options.HandleCallbackException != nil:
		l.options.HandleCallbackException(r, stack)
	default:
		log.Error(log.App(), text, &log.PanicError{Value: r, Stack: stack})
	}
}
