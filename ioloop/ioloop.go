package ioloop

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotornado/tornado/log"
)

// Options configure a loop. The zero value suits production.
type Options struct {
	Debug        bool          // check every loop-bound call; TORNADO_DEBUG=1 sets this too
	SlowCallback time.Duration // debug mode logs callbacks that run for longer than this; 0 means 100 ms, a negative value disables this
	CoarseTick   time.Duration // resolution of coarse timeouts that are longer; 0 means 1 s
	Executor     Executor      // where RunInExecutor runs; nil means NewExecutor(DefaultExecutorLimit)

	// Clock is the clock of timeouts; nil means the system's. A test passes one that it moves
	// itself, such as webtest.FakeClock.
	Clock Clock

	// HandleCallbackException is called with the panic value and the stack of a callback,
	// timeout or coroutine that panicked. Nil means that the panic is logged.
	// Tornado 2.2: handle_callback_exception.
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

// An IOLoop is a level-triggered event loop. New makes one; Instance returns the
// process-wide one. Only the loop's own callbacks and coroutines may call its methods,
// unless a method says that any goroutine may. Tornado: ioloop.IOLoop.
type IOLoop struct {
	poller   poller
	handlers fdTable
	ready    []fdEvent // the batch of events that is being dispatched
	next     int       // index in ready of the next event to dispatch
	parked   bool      // the last poll had to park before it got events

	queue, running []work // queued by the loop itself; being run in this turn
	timeouts       timeouts
	coarse         *coarseTimeouts // nil until the first coarse timeout is set
	short          map[*CoarseTimeout]*Timeout
	flushes        []Flusher
	clock          func() time.Time
	epoch, now     time.Time

	current    *coroutine
	coroutines map[*coroutine]struct{}
	pool       []*coroutine // idle coroutines
	minIdle    int          // lowest length of pool since the current trim was planned
	trimming   bool

	options  Options
	executor Executor
	debug    *debugger
	stats    Stats
	local    map[any]any

	incoming []work // queued by AddCallback, under mu
	mu       sync.Mutex
	queued   atomic.Bool // foreign is not empty
	asleep   atomic.Bool // the loop waits for events or is about to; a goroutine that adds work must wake it
	stopping atomic.Bool

	started, closing, closingFDs, closed bool // under mu

	ctx            context.Context // done when the loop is closed
	cancelContext  context.CancelCauseFunc
	startGoroutine int64 // id of the goroutine that called Start
}

// work is one entry of the callback queue. One field is set: callback runs in a coroutine,
// plain runs on the loop's own stack, and coroutine is resumed.
type work struct {
	callback  func()
	plain     func()
	coroutine *coroutine
}

// A Flusher has output to send at the end of the loop's turn.
type Flusher interface{ Flush() }

// Stats holds counters since the loop was made, and numbers of what exists now.
type Stats struct {
	Iterations       uint64 // turns
	Callbacks        uint64 // callbacks and timeouts run, coroutines resumed
	Events           uint64 // descriptor events dispatched
	Timeouts         int    // planned now, not counting the loop's own
	CoarseTimeouts   int    // set now
	Handlers         int    // descriptors registered now
	CoroutinesParked int    // waiting now
	CoroutinesPooled int    // idle, kept for reuse
}

// New returns a loop that is not running yet. The error is the operating system's, for
// example when the process has no descriptors left.
func New(o Options) (*IOLoop, error) {
	p, err := newPoller()
	if err != nil {
		return nil, err
	}
	o = o.withDefaults()
	clock := time.Now
	if o.Clock != nil {
		clock = o.Clock.Now
	}
	now := clock()
	l := &IOLoop{
		poller: p, options: o, executor: o.Executor, clock: clock, epoch: now, now: now,
		coroutines: map[*coroutine]struct{}{},
	}
	if o.Clock != nil {
		o.Clock.OnChange(l.wakeIfAsleep)
	}
	l.ctx, l.cancelContext = context.WithCancelCause(context.Background())
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

// Instance returns the process-wide default loop and makes it on the first call. Any
// goroutine may call it.
// Tornado: IOLoop.instance, IOLoop.current.
func Instance() *IOLoop { return instance() }

// Start runs the loop on the calling goroutine until Stop, then returns nil. It may be
// called again afterwards. It returns an error if the loop is already running, and
// ErrClosed if the loop has been closed. After the first Start, a write to a stderr or
// stdout without a reader fails and does not end the process. Tornado: IOLoop.start.
func (l *IOLoop) Start() error {
	if err := l.enter(); err != nil {
		return err
	}
	log.IgnoreSIGPIPE()
	defer log.Flush()
	return l.runTurns()
}

// runTurns runs turns until the loop is stopped or the poller fails. The caller has called
// enter.
func (l *IOLoop) runTurns() error {
	returned := false
	defer func() {
		if !returned {
			reportExit()
		}
		l.leave()
	}()
	err := l.runUntilStopped()
	returned = true
	return err
}

func (l *IOLoop) runUntilStopped() error {
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

// reportExit logs that the loop's goroutine ends because a function on its own stack, such
// as an I/O handler, called runtime.Goexit.
func reportExit() {
	log.Error(log.App(), "The loop ended before Stop: a function on its own stack exited", log.NewPanicError(log.Goexit))
}

// AddCallback runs fn in a loop coroutine in the next turn, after the callbacks
// added before it. Any goroutine may call it; on a closed loop it does nothing.
// Tornado: IOLoop.add_callback.
func (l *IOLoop) AddCallback(fn func()) { l.enqueue(work{callback: fn}) }

// addPlain is AddCallback for the framework's functions: fn runs on the loop's stack.
func (l *IOLoop) addPlain(fn func()) { l.enqueue(work{plain: fn}) }

func (l *IOLoop) enqueue(w work) {
	l.mu.Lock()
	if l.closing {
		l.mu.Unlock()
		return
	}
	l.incoming = append(l.incoming, w)
	l.queued.Store(true)
	l.mu.Unlock()
	l.wakeIfAsleep()
}

// wakeIfAsleep ends the loop's wait. A busy loop needs no wake: it checks the queue every turn.
func (l *IOLoop) wakeIfAsleep() {
	if l.asleep.Load() && l.asleep.Swap(false) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if !l.closed { // after the loop is closed, the descriptor numbers may belong to other files
			l.poller.wake()
		}
	}
}

// callSoon runs fn on the loop's own stack in the next turn. Only the loop may call it.
func (l *IOLoop) callSoon(fn func()) { l.queue = append(l.queue, work{plain: fn}) }

// CallSoon is AddCallback for framework code that runs on the loop: fn runs on the
// loop's own stack in the next turn and must not block. CallSoon takes no lock.
func (l *IOLoop) CallSoon(fn func()) {
	l.CheckOwner("IOLoop.CallSoon")
	l.callSoon(fn)
}

// settleTurns is the number of turns that CallSettled waits. In the first turn, the futures
// of written output are completed. In the second, the coroutines that await them run. In
// the third, coroutines run that await results of the second.
const settleTurns = 3

// CallSettled is CallSoon for functions that must not overtake available results. It runs
// fn after the coroutines and callbacks that wait for these results, and after those that
// wait for their results in turn.
func (l *IOLoop) CallSettled(fn func()) {
	l.CheckOwner("IOLoop.CallSettled")
	l.callAfter(settleTurns, fn)
}

// callAfter runs fn on the loop's own stack after the given number of turns.
func (l *IOLoop) callAfter(turns int, fn func()) {
	if turns == 1 {
		l.callSoon(fn)
		return
	}
	l.callSoon(func() { l.callAfter(turns-1, fn) })
}

// FlushLater calls f.Flush at the end of this turn, once for each call of FlushLater.
func (l *IOLoop) FlushLater(f Flusher) {
	l.CheckOwner("IOLoop.FlushLater")
	l.flushes = append(l.flushes, f)
}

// Local returns this loop's value for key. The first call makes it by calling create. With
// it, a package keeps state per loop without locks or globals.
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

// Options returns the loop's options with the defaults filled in. Any goroutine may
// call it.
func (l *IOLoop) Options() Options { return l.options }

// Time returns the time of the last poll, or of the last look for timeouts that are due. It is
// cheap, and at most one turn old.
// Tornado: IOLoop.time.
func (l *IOLoop) Time() time.Time { return l.now }

// Now returns the time that the loop's clock shows at the call. Any goroutine may call it.
// Tornado: time.time() beside IOLoop.time.
func (l *IOLoop) Now() time.Time { return l.clock() }

// Stats returns the loop's counters.
func (l *IOLoop) Stats() Stats {
	l.CheckOwner("IOLoop.Stats")
	s := l.stats
	s.Timeouts = len(l.timeouts.heap)
	if l.trimming {
		s.Timeouts--
	}
	s.CoroutinesPooled = len(l.pool)
	s.CoarseTimeouts = len(l.short)
	s.Timeouts -= len(l.short)
	if l.coarse != nil {
		s.CoarseTimeouts += l.coarse.count
		if l.coarse.planned {
			s.Timeouts--
		}
	}
	return s
}
