package cluster

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDeliveryQueue(t *testing.T) { // cluster-14
	size := func(n *int) int { return *n }
	b := NewDeliveryQueue[int](100)
	add := func(n int) [2]bool { accepted, schedule := b.Add(n, n); return [2]bool{accepted, schedule} }
	require.Equal(t, [2]bool{true, true}, add(60))
	require.Equal(t, [2]bool{true, false}, add(40), "a call of Take is due already")
	require.Equal(t, [2]bool{false, false}, add(1), "the queue is full")
	items, schedule := b.Take(size)
	require.Equal(t, []int{60, 40}, items)
	require.False(t, schedule)
	require.Equal(t, [2]bool{true, true}, add(200), "an empty queue takes an item of any size")
	b.Take(size)

	b = NewDeliveryQueue[int](10000)
	for range maxDelivery + 1 {
		add(1)
	}
	items, schedule = b.Take(size)
	require.Len(t, items, maxDelivery)
	require.True(t, schedule)
	require.Equal(t, [2]bool{true, false}, add(1), "the next call of Take is due already")
	items, schedule = b.Take(size)
	require.Len(t, items, 2)
	require.False(t, schedule)
	require.Zero(t, b.bytes)
}
