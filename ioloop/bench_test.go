package ioloop

import (
	"testing"
	"time"
)

// inLoop runs fn in a coroutine of a loop that is not in debug mode.
func inLoop(b *testing.B, fn func(l *IOLoop)) {
	b.Helper()
	b.ReportAllocs()
	l, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	if _, err := RunSync(l, 0, func() (int, error) { fn(l); return 0, nil }); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkSwitch measures only suspend and resume: two coroutines wake each other without
// futures or polls.
func BenchmarkSwitch(b *testing.B) {
	l, _ := New(Options{})
	defer l.Close()
	b.ReportAllocs()
	var w *coroutine
	l.SpawnFunc(func() {
		w = l.current
		for {
			w.park()
		}
	})
	for b.Loop() {
		w.parked = false
		l.switchTo(w)
	}
}

// BenchmarkMoment measures a whole turn of the loop with its poll of the kernel.
func BenchmarkMoment(b *testing.B) {
	inLoop(b, func(l *IOLoop) {
		for b.Loop() {
			Moment(l)
		}
	})
}

// BenchmarkAwaitOfMany measures the cost per coroutine when many are woken in one turn.
func BenchmarkAwaitOfMany(b *testing.B) {
	const n = minPooled / 2
	inLoop(b, func(l *IOLoop) {
		fs := make([]*Future[int], n)
		wait := make([]Task, n)
		for i := range wait {
			wait[i] = TaskFunc(func() { fs[i].Await() })
		}
		for b.Loop() {
			for i := range fs {
				fs[i] = NewFuture[int](l)
				l.Spawn(wait[i])
			}
			for _, f := range fs {
				f.SetResult(1)
			}
			Moment(l)
		}
	})
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/await")
}

func BenchmarkGo(b *testing.B) {
	l, _ := New(Options{})
	defer l.Close()
	b.ReportAllocs()
	fn := func() (int, error) { return 1, nil }
	for b.Loop() {
		Go(l, fn).Await()
	}
}

func BenchmarkRunInExecutor(b *testing.B) {
	inLoop(b, func(l *IOLoop) {
		fn := func() (int, error) { return 1, nil }
		for b.Loop() {
			RunInExecutor(l, fn).Await()
		}
	})
}

// A timeout is added to a hundred thousand others, and cancelled.
func BenchmarkTimeoutAddCancelAmongMany(b *testing.B) {
	l, _ := New(Options{})
	defer l.Close()
	b.ReportAllocs()
	fn := func() {}
	for i := range 100_000 {
		l.CallLater(time.Hour+time.Duration(i*7919%100_000), fn)
	}
	for b.Loop() {
		l.RemoveTimeout(l.CallLater(time.Hour, fn))
	}
}

// Each of a hundred thousand connections moves its timeout with each request.
func BenchmarkCoarseTimeoutMove(b *testing.B) {
	const n = 1 << 17
	inLoop(b, func(l *IOLoop) {
		all := make([]CoarseTimeout, n)
		o := &coarseOwner{}
		for i := range all {
			l.SetCoarseTimeout(&all[i], time.Minute, o)
		}
		i := 0
		for b.Loop() {
			l.SetCoarseTimeout(&all[i%n], time.Minute, o)
			i += 7919
		}
	})
}

func BenchmarkCoarseTimeoutAddCancel(b *testing.B) {
	inLoop(b, func(l *IOLoop) {
		var t, other CoarseTimeout
		o := &coarseOwner{}
		l.SetCoarseTimeout(&other, time.Minute, o)
		for b.Loop() {
			l.SetCoarseTimeout(&t, time.Minute, o)
			l.RemoveCoarseTimeout(&t)
		}
	})
}
