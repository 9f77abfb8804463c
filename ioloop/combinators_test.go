package ioloop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func future[T any](l *IOLoop, v T, err error) *Future[T] {
	f := NewFuture[T](l)
	f.complete(v, err)
	return f
}

// sync-2: the first error in order is returned; the others are logged unless quiet.
func TestMultiLogsFurtherErrors(t *testing.T) { // gen-1
	l := newLoop(t)
	first, second := errors.New("first"), fmt.Errorf("second: %w", io.EOF)
	for _, tt := range []struct {
		name   string
		errs   []error
		quiet  []error
		want   error
		logged int
	}{
		{"all well", []error{nil, nil}, nil, nil, 0},
		{"one", []error{nil, second}, nil, second, 0},
		{"two", []error{first, nil, second}, nil, first, 1},
		{"three", []error{second, first, first}, nil, second, 2},
		{"quiet", []error{first, second, second}, []error{os.ErrExist, io.EOF}, first, 0},
		{"another is quiet", []error{first, second}, []error{os.ErrExist}, first, 1},
		{"a cancellation is not logged", []error{first, ErrCancelled, context.Canceled}, nil, first, 0},
	} {
		log := captureLog(t)
		var fs []*Future[int]
		for _, err := range tt.errs {
			fs = append(fs, future(l, 0, err))
		}
		all := MultiSlice(l, fs, tt.quiet...)
		require.True(t, all.Done(), tt.name)
		if _, err := all.Result(); err != tt.want {
			t.Errorf("%s: error %v, want %v", tt.name, err, tt.want)
		}
		if got := strings.Count(log.String(), "Multiple exceptions in yield list"); got != tt.logged {
			t.Errorf("%s: logged %d, want %d", tt.name, got, tt.logged)
		}
	}
}

// sync-2, sync-3: MultiMap behaves as Multi does. The error of a future that occurs twice is
// logged at most once.
func TestMultiMap(t *testing.T) { // gen-1
	log := captureLog(t)
	l := newLoop(t)
	run(t, l, func() {
		a, b := NewFuture[int](l), NewFuture[int](l)
		l.CallLater(0, func() { b.SetResult(2) })
		l.CallLater(time.Millisecond, func() { a.SetResult(1) })
		got, err := MultiMap(l, map[string]*Future[int]{"a": a, "b": b, "again": b}).Await()
		require.NoError(t, err)
		require.Equal(t, map[string]int{"a": 1, "b": 2, "again": 2}, got)

		empty := MultiMap(l, map[string]*Future[int]{})
		require.True(t, empty.Done())
		require.True(t, Multi[int](l).Done())

		late, early := NewFuture[int](l), NewFuture[int](l)
		both := MultiMap(l, map[string]*Future[int]{"late": late, "early": early, "again": early})
		early.SetError(errors.New("early"))
		Sleep(l, 0).Await()
		require.False(t, both.Done(), "it waits for all")
		late.SetError(errors.New("late"))
		got, err = both.Await()
		require.EqualError(t, err, "early")
		require.Nil(t, got)
	})
	require.Equal(t, 1, strings.Count(log.String(), "Multiple exceptions"))
	require.Contains(t, log.String(), `"Multiple exceptions in yield list" logger=tornado.application error=late`)
}

// sync-5: after the limit the awaited future goes on. If it fails later, its error is logged
// once, unless it is quiet.
func TestWithTimeoutLogsLateErrors(t *testing.T) { // gen-2
	l := newLoop(t)
	for _, tt := range []struct {
		name   string
		err    error
		quiet  error
		logged int
	}{
		{"logged", io.EOF, nil, 1},
		{"another is quiet", io.EOF, os.ErrExist, 1},
		{"quiet", fmt.Errorf("wrapped: %w", io.EOF), io.EOF, 0},
		{"no error", nil, nil, 0},
		{"cancelled", ErrCancelled, nil, 0},
	} {
		log := captureLog(t)
		run(t, l, func() {
			f := NewFuture[int](l)
			var quiet []error
			if tt.quiet != nil {
				quiet = append(quiet, tt.quiet)
			}
			for range 3 {
				_, err := WithTimeout(f, 0, quiet...).Await()
				require.EqualError(t, err, "ioloop: timeout", tt.name)
				require.False(t, f.Done())
			}
			require.Same(t, f.others.last, f.others.last.next, "one entry is left after many timeouts")
			f.complete(0, tt.err)
			Sleep(l, 0).Await()
		})
		if got := strings.Count(log.String(), "Exception in Future after timeout"); got != tt.logged {
			t.Errorf("%s: logged %d, want %d: %s", tt.name, got, tt.logged, log)
		}
	}
}

// sync-5: a result that arrives in the same turn as the limit, and before it, is not lost.
func TestWithTimeoutPrefersTheResult(t *testing.T) { // gen-2
	l, p := newScripted(t)
	f := NewFuture[int](l)
	bounded := WithTimeout(f, 2*time.Second)
	l.AddCallback(func() {
		p.now = p.now.Add(time.Hour)
		f.SetResult(8)
	})
	require.ErrorIs(t, l.Start(), errNothingToWaitFor)
	v, err := bounded.Result()
	require.NoError(t, err)
	require.Equal(t, 8, v)
}

// Sleep counts its time from the call of Sleep, not from the call of Await.
func TestSleepBeginsAtTheCall(t *testing.T) { // gen-5
	l, p := newScripted(t)
	var waited time.Duration
	l.AddCallback(func() {
		second, two := Sleep(l, time.Second), Sleep(l, 2*time.Second)
		begun := p.now
		second.Await()
		two.Await()
		waited = p.now.Sub(begun)
	})
	require.ErrorIs(t, l.Start(), errNothingToWaitFor)
	require.Equal(t, 2*time.Second, waited)
}

func TestWithContext(t *testing.T) {
	l := newLoop(t)
	run(t, l, func() {
		f := NewFuture[int](l)
		over, cancel := context.WithCancel(context.Background())
		l.CallLater(0, cancel)
		_, err := WithContext(over, f).Await()
		require.ErrorIs(t, err, context.Canceled)
		require.False(t, f.Done(), "the future goes on")
		_, err = WithContext(over, f).Await()
		require.ErrorIs(t, err, context.Canceled, "over already")
		ctx, cancel := context.WithCancel(context.Background())
		got := WithContext(ctx, f)
		f.SetResult(6)
		v, err := got.Await()
		require.NoError(t, err)
		require.Equal(t, 6, v)
		cancel()
		v, err = WithContext(over, f).Await()
		require.NoError(t, err, "an available result wins over the limit")
		require.Equal(t, 6, v)
	})
}

func TestChainFuture(t *testing.T) { // gen-11
	l, other := newLoop(t), newLoop(t)
	a, b, c := NewFuture[int](l), NewFuture[int](l), NewFuture[int](other)
	done := future(l, 5, nil)
	ChainFuture(a, b)
	ChainFuture(a, c)
	ChainFuture(a, done)
	a.SetError(io.EOF)
	run(t, l, func() {
		_, err := b.Await()
		require.ErrorIs(t, err, io.EOF)
	})
	run(t, other, func() {
		_, err := c.Await()
		require.ErrorIs(t, err, io.EOF)
	})
	v, _ := done.Result()
	require.Equal(t, 5, v)
}
