package ioloop

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFailFast(t *testing.T) { // gen-b1
	written := captureLog(t)
	l := newLoop(t)
	first, second := errors.New("first"), errors.New("second")
	run(t, l, func() {
		a, b, c := NewFuture[int](l), NewFuture[int](l), NewFuture[int](l)
		all := FailFast(l, a, b, c, b)
		c.SetResult(3)
		a.SetResult(1)
		b.SetResult(2)
		got, err := all.Await()
		require.NoError(t, err)
		require.Equal(t, []int{1, 2, 3, 2}, got)

		a, b = NewFuture[int](l), NewFuture[int](l)
		all = FailFast(l, a, b)
		b.SetError(first)
		_, err = all.Await()
		require.Equal(t, first, err)
		_, err = a.Result()
		require.Equal(t, ErrCancelled, err, "the other is cancelled")

		// A coroutine that is cancelled may still fail in another way: that is logged.
		clean := Go(l, func() (int, error) {
			NewFuture[int](l).Await()
			return 0, second
		})
		_, err = FailFast(l, clean, future(l, 0, first)).Await()
		require.Equal(t, first, err)
		Moment(l)
		require.True(t, clean.Done())
		Moment(l)

		done := FailFast[int](l)
		require.True(t, done.Done(), "without futures")
	})
	require.Equal(t, 1, strings.Count(written.String(), "Multiple exceptions in yield list"))
	require.Contains(t, written.String(), "error=second")
}

func TestFailFastMap(t *testing.T) { // gen-b1
	l := newLoop(t)
	run(t, l, func() {
		a, b := NewFuture[int](l), NewFuture[int](l)
		all := FailFastMap(l, map[string]*Future[int]{"a": a, "b": b})
		a.SetResult(1)
		b.SetResult(2)
		got, err := all.Await()
		require.NoError(t, err)
		require.Equal(t, map[string]int{"a": 1, "b": 2}, got)
	})
}

// Cancelling the future cancels those that it waits for, also through a coroutine.
func TestCancelFailFast(t *testing.T) { // gen-b1
	l := newLoop(t)
	run(t, l, func() {
		a, b := NewFuture[int](l), future(l, 2, nil)
		all := FailFast(l, a, b)
		require.True(t, all.Cancel())
		_, err := all.Await()
		require.Equal(t, ErrCancelled, err)
		_, err = a.Result()
		require.Equal(t, ErrCancelled, err)
		v, err := b.Result()
		require.NoError(t, err)
		require.Equal(t, 2, v)
	})
}
