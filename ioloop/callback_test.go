package ioloop_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
)

func TestCallbackTurnsACallbackIntoAFuture(t *testing.T) { // gen-15, gen-16
	looptest.RunNew(t, func(l *ioloop.IOLoop) {
		done, result := ioloop.Callback[string](l)
		go done("text")
		got, err := result.Await()
		require.NoError(t, err)
		require.Equal(t, "text", got)

		first, second := make([]func(int), 3), make([]*ioloop.Future[int], 3)
		for i := range first {
			first[i], second[i] = ioloop.Callback[int](l)
		}
		first[2](2)
		first[1](1)
		first[0](0)
		first[0](7)
		all, err := ioloop.MultiSlice(l, second).Await()
		require.NoError(t, err)
		require.Equal(t, []int{0, 1, 2}, all)
	})
}
