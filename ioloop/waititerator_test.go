package ioloop

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sync-6: Next returns futures in the order in which they are done, by index or by name.
func TestWaitIterator(t *testing.T) { // gen-3, gen-b3
	l := newLoop(t)
	run(t, l, func() {
		a, b, c := NewFuture[int](l), NewFuture[int](l), future(l, 3, nil)
		l.CallLater(0, func() { b.SetError(io.EOF) })
		l.CallLater(time.Millisecond, func() { a.SetResult(1) })
		w := NewWaitIterator(l, a, b, c, c)
		var got []string
		for !w.Done() {
			next := w.Next()
			if !next.Done() {
				require.Same(t, next, w.Next())
			}
			v, err := next.Await()
			got = append(got, fmt.Sprint(w.CurrentIndex(), ":", v, " ", err))
			require.Same(t, []*Future[int]{a, b, c, c}[w.CurrentIndex()], w.CurrentFuture())
		}
		require.Equal(t, "2:3 <nil>, 3:3 <nil>, 1:0 EOF, 0:1 <nil>", strings.Join(got, ", "))
		require.Panics(t, func() { w.Next() })

		x, y := NewFuture[int](l), NewFuture[int](l)
		y.SetResult(1)
		x.SetResult(2)
		names := map[string]bool{}
		for name, f := range NewWaitIteratorMap(l, map[string]*Future[int]{"x": x, "y": y}).All() {
			require.True(t, f.Done())
			names[name] = true
		}
		require.Equal(t, map[string]bool{"x": true, "y": true}, names)
		require.True(t, NewWaitIterator[int](l).Done())
	})
}

// sync-6: results that arrive before Next is called are kept in order.
func TestWaitIteratorAll(t *testing.T) { // gen-3
	l := newLoop(t)
	run(t, l, func() {
		var fs []*Future[int]
		for range 4 {
			fs = append(fs, NewFuture[int](l))
		}
		for _, i := range []int{2, 0, 3} {
			fs[i].SetResult(i * 10)
		}
		l.CallLater(time.Millisecond, func() { fs[1].SetResult(10) })
		w := NewWaitIterator(l, fs...)
		var got []string
		for i, f := range w.All() {
			v, _ := f.Await()
			got = append(got, fmt.Sprint(i, ":", v))
			if len(got) == 2 {
				break
			}
		}
		for i, f := range w.All() { // goes on where the first left off
			v, _ := f.Result()
			got = append(got, fmt.Sprint(i, ":", v))
		}
		require.Equal(t, "0:0 2:20 3:30 1:10", strings.Join(got, " "), "those done before come first, as given")
	})
}

func TestWaitIteratorInACancelledCoroutine(t *testing.T) {
	l := newLoop(t)
	run(t, l, func() {
		f := NewFuture[int](l)
		w := NewWaitIterator(l, f)
		loops := 0
		all := Go(l, func() (int, error) {
			for _, f := range w.All() {
				loops++
				if _, err := f.Await(); err != nil {
					return 0, err
				}
			}
			return 0, errors.New("not told")
		})
		all.Cancel()
		_, err := all.Await()
		require.ErrorIs(t, err, ErrCancelled)
		require.Equal(t, 1, loops)
		f.SetResult(4)
		v, err := w.Next().Await()
		require.NoError(t, err, "the iterator can be used further")
		require.Equal(t, 4, v)
	})
}
