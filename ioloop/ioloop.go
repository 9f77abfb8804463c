package ioloop

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// Options tune a loop. The zero value is fit for production.
type Options struct {
	Debug        bool          // check every loop-bound call; also set by TORNADO_DEBUG=1
	SlowCallback time.Duration // debug mode logs what holds the loop longer; 0 means 100 ms, below 0 nothing
	CoarseTick   time.Duration // resolution of coarse timeouts; 0 means 1 s
	Executor     Executor      // where RunInExecutor runs; nil means NewExecutor(DefaultExecutorLimit)

	// HandleCallbackException gets what a callback, timeout or coroutine panicked, and
	// the stack; nil means that it is logged. Tornado 2.2: handle_callback_exception.
	HandleCallbackException func(panicked any, stack []byte)
}

func (o Options) withDefaults() Options {
	o.Debug = o.Debug || os.Getenv("TORNADO_DEBUG") == "1"
	o.SlowCallback = cmp.Or(o.SlowCallback, 100*time.Millisecond)
	o.CoarseTick = cmp.Or(o.CoarseTick, time.Second)
	if o.Executor == nil {
		o.Executor = NewExecutor(DefaultExecutorLimit)
	}
	return o
}

// An IOLoop is a level-triggered event loop: make it with New, or use Instance. Its
// methods are for the loop's own callbacks and coroutines, except where they say that
// any goroutine may call them. Tornado: ioloop.IOLoop.
type IOLoop struct {
	poller   poller
	handlers fdTable
	ready    []event // the batch that is being dispatched
	next     int     // of ready
	parked   bool    // the last events were waited for

	soon, running []work // queued by the loop itself; being run
	timeouts      timeouts
	coarse        *coarseTimeouts // nil until the first
	flushes       []Flusher
	clock         func() time.Time
	epoch, now    time.Time

	current     *worker
	workers     map[*worker]struct{}
	pool        []*worker // the idle ones
	leastPooled int       // of pool, since a trim of it was planned
	trimming    bool

	options  Options
	executor Executor
	debug    *debugger
	stats    Stats
	local    map[any]any

	foreign  []work // queued by AddCallback, under mu
	mu       sync.Mutex
	queued   atomic.Bool // foreign is not empty
	asleep   atomic.Bool // the loop waits, or is about to: who adds must wake it
	stopping atomic.Bool

	started, closing, closingFDs, closed bool // under mu

	ctx  context.Context // done when the loop is closed
	gone context.CancelCauseFunc
	home int64 // the goroutine of Start
}

// work is one entry of the callback queue: a callback for a coroutine, a function
// of the framework's for the loop's own stack, or a coroutine to go on with.
type work struct {
	callback func()
	plain    func()
	worker   *worker
}

// An EventHandler reacts to a descriptor that is ready. It runs on the loop's own
// stack and must not wait; what wants to, calls [IOLoop.Spawn].
type EventHandler interface {
	HandleEvents(fd int, events Events)
}

// HandlerFunc makes an EventHandler of a function.
type HandlerFunc func(fd int, events Events)

// HandleEvents calls f.
func (f HandlerFunc) HandleEvents(fd int, events Events) { f(fd, events) }

// A Flusher has output that leaves at the end of the loop's turn.
type Flusher interface{ Flush() }

// Stats counts what a loop has done since it was made, and what it holds now.
type Stats struct {
	Iterations       uint64 // turns
	Callbacks        uint64 // callbacks and timeouts run, coroutines resumed
	Events           uint64 // descriptor events dispatched
	Timeouts         int    // planned now, without the loop's own
	CoarseTimeouts   int    // set now
	Handlers         int    // descriptors registered now
	CoroutinesParked int    // waiting now
	CoroutinesPooled int    // idle, kept for reuse
}

// New returns a loop that is not running yet. The error is the system's: it has no
// descriptors left, say.
func New(o Options) (*IOLoop, error) {
	p, err := newPoller()
	if err != nil {
		return nil, err
	}
	o = o.withDefaults()
	now := time.Now()
	l := &IOLoop{
		poller: p, options: o, executor: o.Executor, clock: time.Now, epoch: now, now: now,
		workers: map[*worker]struct{}{},
	}
	l.ctx, l.gone = context.WithCancelCause(context.Background())
	if o.Debug {
		l.debug = &debugger{checks: true, threshold: o.SlowCallback}
	}
	return l, nil
}

var instance = sync.OnceValue(func() *IOLoop {
	l, err := New(Options{})
	if err != nil {
		panic(fmt.Sprintf("ioloop: no default loop: %v", err))
	}
	return l
})

// Instance returns the loop that is used where none is named, the same for the whole
// process; it is made at the first call. Any goroutine may call it.
// Tornado: IOLoop.instance, IOLoop.current.
func Instance() *IOLoop { return instance() }

// Start runs the loop on the calling goroutine until Stop, then returns nil; it may be
// started again. A loop that runs already is an error, one that has been closed is
// ErrClosed. Tornado: IOLoop.start.
func (l *IOLoop) Start() error {
	if err := l.enter(); err != nil {
		return err
	}
	return l.run()
}

// run is the loop, between enter and leave.
func (l *IOLoop) run() error {
	defer l.leave()
	for {
		l.stats.Iterations++
		l.runCallbacks()
		l.runTimeouts()
		l.runFlushes()
		if l.stopping.Load() {
			return nil
		}
		if err := l.poll(); err != nil {
			return err
		}
		l.dispatch()
	}
}

// AddCallback runs fn in a loop coroutine in the next turn, after the callbacks
// added before it. Any goroutine may call it; on a closed loop it does nothing.
// Tornado: IOLoop.add_callback.
func (l *IOLoop) AddCallback(fn func()) { l.enqueue(work{callback: fn}) }

// addPlain is AddCallback for the framework's own: fn runs on the loop's stack.
func (l *IOLoop) addPlain(fn func()) { l.enqueue(work{plain: fn}) }

func (l *IOLoop) enqueue(w work) {
	l.mu.Lock()
	if l.closing {
		l.mu.Unlock()
		return
	}
	l.foreign = append(l.foreign, w)
	l.queued.Store(true)
	l.mu.Unlock()
	l.wake()
}

// wake ends the loop's wait. A loop that is busy looks at the queue by itself.
func (l *IOLoop) wake() {
	if l.asleep.Load() && l.asleep.Swap(false) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if !l.closed { // the poller's descriptors may be somebody else's by then
			l.poller.wake()
		}
	}
}

// callSoon runs fn on the loop's own stack in the next turn. Loop only.
func (l *IOLoop) callSoon(fn func()) { l.soon = append(l.soon, work{plain: fn}) }

// CallSoon is AddCallback for code that is on the loop and belongs to the
// framework: fn runs on the loop's own stack and must not wait. It takes no lock.
func (l *IOLoop) CallSoon(fn func()) {
	l.CheckOwner("IOLoop.CallSoon")
	l.callSoon(fn)
}

// FlushLater has f flushed at the end of the loop's turn, once for each call.
func (l *IOLoop) FlushLater(f Flusher) {
	l.CheckOwner("IOLoop.FlushLater")
	l.flushes = append(l.flushes, f)
}

// Local returns the value that belongs to key on this loop, made by create at the
// first call: state for each loop without locks or globals.
func (l *IOLoop) Local(key any, create func() any) any {
	l.CheckOwner("IOLoop.Local")
	v, ok := l.local[key]
	if !ok {
		if l.local == nil {
			l.local = map[any]any{}
		}
		v = create()
		l.local[key] = v
	}
	return v
}

// Options returns the options of the loop, with their defaults. Any goroutine may call
// it.
func (l *IOLoop) Options() Options { return l.options }

// Time returns the time at which this turn's events were got: cheap, and a turn old at
// most. It is for the loop's own. Tornado: IOLoop.time.
func (l *IOLoop) Time() time.Time { return l.now }

// Stats returns the loop's counters.
func (l *IOLoop) Stats() Stats {
	l.CheckOwner("IOLoop.Stats")
	s := l.stats
	s.Timeouts = len(l.timeouts.heap)
	if l.trimming {
		s.Timeouts--
	}
	s.CoroutinesPooled = len(l.pool)
	if l.coarse != nil {
		s.CoarseTimeouts = l.coarse.count
		if l.coarse.planned {
			s.Timeouts--
		}
	}
	return s
}

// AddHandler registers h for the events of fd, a non-blocking descriptor. A second
// handler for it is an error; on a closed loop it is ErrClosed. Tornado:
// IOLoop.add_handler.
func (l *IOLoop) AddHandler(fd int, h EventHandler, events Events) error {
	l.CheckOwner("IOLoop.AddHandler")
	if l.closed { // the poller's descriptor may be another loop's by then
		return ErrClosed
	}
	if l.handlers.find(fd) != nil {
		return fmt.Errorf("ioloop: fd %d added twice", fd)
	}
	if err := l.poller.add(fd, events); err != nil {
		return err
	}
	l.handlers.put(fd, fdHandler{h, events})
	l.stats.Handlers++
	return nil
}

// UpdateHandler changes the events that the handler of fd is called for. A descriptor
// that has no handler is an error; on a closed loop it is ErrClosed.
// Tornado: IOLoop.update_handler.
func (l *IOLoop) UpdateHandler(fd int, events Events) error {
	l.CheckOwner("IOLoop.UpdateHandler")
	h := l.handlers.find(fd)
	if h == nil {
		return fmt.Errorf("ioloop: fd %d has no handler", fd)
	}
	switch {
	case l.closed:
		return ErrClosed
	case h.events == events:
		return nil
	}
	if err := l.poller.modify(fd, events); err != nil {
		return err
	}
	h.events = events
	return nil
}

// RemoveHandler unregisters fd; events of it that are already there are dropped.
// An unknown fd is no error. Call it before closing the descriptor.
// Tornado: IOLoop.remove_handler.
func (l *IOLoop) RemoveHandler(fd int) error {
	l.CheckOwner("IOLoop.RemoveHandler")
	h := l.handlers.find(fd)
	if h == nil {
		return nil
	}
	*h = fdHandler{}
	l.stats.Handlers--
	for i := l.next; i < len(l.ready); i++ {
		if l.ready[i].fd == fd {
			l.ready[i].events = None // the number may be reused within this batch
		}
	}
	if l.closed {
		return nil
	}
	return l.poller.remove(fd)
}

// runCallbacks runs what was queued when it was called.
func (l *IOLoop) runCallbacks() {
	if l.queued.Load() {
		l.mu.Lock()
		l.soon = append(l.soon, l.foreign...)
		clear(l.foreign)
		l.foreign = l.foreign[:0]
		l.queued.Store(false)
		l.mu.Unlock()
	}
	if len(l.soon) == 0 {
		return
	}
	l.running, l.soon = l.soon, l.running[:0]
	for i := 0; i < len(l.running); {
		i = l.runSome(i)
	}
	clear(l.running)
}

// runSome runs the queue from i on and returns where it stopped: at its end, or
// behind an entry that panicked.
func (l *IOLoop) runSome(i int) (next int) {
	defer l.recoverPanic("Exception in callback")
	for next = i; next < len(l.running); {
		w := &l.running[next]
		next++
		l.stats.Callbacks++
		switch {
		case w.worker != nil:
			l.switchTo(w.worker)
		case w.plain != nil:
			w.plain()
		default:
			l.SpawnFunc(w.callback)
		}
	}
	return next
}

// runTimeouts runs the timeouts that are due, but none that they add.
func (l *IOLoop) runTimeouts() {
	if len(l.timeouts.heap) == 0 {
		return
	}
	now, limit := l.clock().Sub(l.epoch), l.timeouts.seq
	for {
		t := l.timeouts.due(now, limit)
		if t == nil {
			return
		}
		l.stats.Callbacks++
		fn := t.fn
		t.fn = nil // the handle may be kept for long
		if t.plain {
			l.runPlain(fn)
		} else {
			l.SpawnFunc(fn)
		}
	}
}

func (l *IOLoop) runPlain(fn func()) {
	defer l.recoverPanic("Exception in callback")
	fn()
}

// runFlushes sends what was written in this turn; a flush may cause another.
func (l *IOLoop) runFlushes() {
	for i := 0; i < len(l.flushes); {
		i = l.flushSome(i)
	}
	clear(l.flushes)
	l.flushes = l.flushes[:0]
}

func (l *IOLoop) flushSome(i int) (next int) {
	defer l.recoverPanic("Exception in flush")
	for next = i; next < len(l.flushes); {
		f := l.flushes[next]
		next++
		f.Flush()
	}
	return next
}

// poll gets the next batch of events, waiting only if nothing else is to be done.
// A wait that looks for events first costs little, so one that had to park is
// followed by another; under load the plain poll is cheaper.
func (l *IOLoop) poll() (err error) {
	if l.debug != nil {
		l.debug.busySince.Store(0)
	}
	l.ready, l.next = l.ready[:0], 0
	busy := len(l.soon) > 0 || l.queued.Load()
	if busy || !l.parked {
		l.ready, err = l.poller.poll(l.ready)
	}
	parked := false
	if err == nil && !busy && len(l.ready) == 0 {
		parked, err = l.sleep()
	}
	if !parked {
		runtime.Gosched() // executors and other goroutines get their share of this thread
	}
	// A wait that timed out may not have looked for events: the next turn does.
	l.parked = parked && len(l.ready) > 0
	l.now = l.clock()
	if l.debug != nil {
		l.debug.busySince.Store(time.Now().UnixNano())
	}
	return err
}

func (l *IOLoop) sleep() (parked bool, err error) {
	var deadline time.Time
	if when, ok := l.timeouts.next(); ok {
		deadline = l.epoch.Add(when)
	}
	l.asleep.Store(true)
	// Who queues after this load sees asleep and wakes us.
	if !l.queued.Load() && !l.stopping.Load() {
		l.ready, parked, err = l.poller.wait(l.ready, deadline)
	}
	l.asleep.Store(false)
	return parked, err
}

// dispatch calls the handlers of the descriptors that are ready.
func (l *IOLoop) dispatch() {
	for l.next < len(l.ready) {
		l.dispatchSome()
	}
}

func (l *IOLoop) dispatchSome() {
	var e event
	defer func() {
		if r := recover(); r != nil {
			l.reportPanic(fmt.Sprintf("Exception in I/O handler for fd %d", e.fd), r, debug.Stack())
		}
	}()
	for l.next < len(l.ready) {
		e = l.ready[l.next]
		l.next++
		h := l.handlers.find(e.fd)
		if e.events == None || h == nil {
			continue
		}
		l.stats.Events++
		h.handler.HandleEvents(e.fd, e.events)
	}
}

func (l *IOLoop) recoverPanic(text string) {
	if r := recover(); r != nil {
		l.reportPanic(text, r, debug.Stack())
	}
}
