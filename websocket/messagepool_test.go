package websocket

import (
	"bytes"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

func same(a, b []byte) bool { return unsafe.SliceData(a) == unsafe.SliceData(b) }

func TestMemory(t *testing.T) {
	m := new(messagePool)
	old, other := bytes.Repeat([]byte("x"), 40<<10), make([]byte, 20<<10)
	m.releaseBuffer(old)
	m.releaseBuffer(other)
	m.releaseBuffer(make([]byte, minRecycled-1)) // too small to care
	m.releaseBuffer(make([]byte, maxRecycled+1)) // too large to keep
	require.Equal(t, 60<<10, m.bytes)
	for _, tt := range []struct {
		n    int
		want []byte // nil if it must be new
	}{
		{minRecycled - 1, nil},
		{41 << 10, nil},
		{16 << 10, other},
		{20 << 10, old}, // twice as large will do
		{20 << 10, nil}, // they are taken
	} {
		got := m.newBuffer(tt.n)
		require.Empty(t, got)
		require.GreaterOrEqual(t, cap(got), tt.n)
		require.Equal(t, tt.want != nil, same(got, old) || same(got, other), "%d", tt.n)
		require.True(t, tt.want == nil || same(got, tt.want), "%d", tt.n)
	}
	require.Zero(t, m.bytes)
	m.releaseBuffer(old)
	require.Nil(t, m.findBuffer(20<<10-1), "it would be a waste")

	kept := m.copyOf(bytes.Repeat([]byte("y"), 30<<10))
	require.True(t, same(kept, old))
	require.Equal(t, bytes.Repeat([]byte("y"), 30<<10), kept)
	m.releaseBuffer(kept)
	require.Panics(t, func() { m.releaseBuffer(old[:1]) }, "twice")
}

func TestMemoryIsBounded(t *testing.T) {
	m := new(messagePool)
	for i := range 100 {
		m.releaseBuffer(make([]byte, 1<<20-i))
		require.LessOrEqual(t, m.bytes, maxRecycled)
	}
	require.Len(t, m.free, 4)
	require.Equal(t, 1<<20-99, cap(m.free[3]), "the oldest go first")
}

func TestNoMemory(t *testing.T) { // of a reader that has none
	var m *messagePool
	require.Equal(t, 20<<10, cap(m.newBuffer(20<<10)))
	require.Equal(t, []byte("abc"), m.copyOf([]byte("abc")))
	m.releaseBuffer(make([]byte, 20<<10))
}

// A message that grows while it arrives moves to larger buffers. The pool gets the smaller ones
// for other messages.
func TestAGrowingMessageLeavesItsMemory(t *testing.T) {
	m := new(messagePool)
	r := frameReader{max: 1 << 20, masked: true, buffers: m}
	text := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	in := appendTestFrame(nil, true, 0, opText, text, true)
	for _, chunk := range cut(in, 50<<10) {
		if ev, n, ok, err := r.readFrame(chunk); ok {
			require.NoError(t, err)
			require.Equal(t, len(chunk), n)
			require.Equal(t, text, ev.payload)
			for _, b := range m.free {
				require.False(t, same(b, ev.payload))
			}
			require.NotEmpty(t, m.free)
			return
		}
	}
	t.Error("no message")
}
