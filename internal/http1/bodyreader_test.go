package http1

import (
	"bytes"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzBodyReader checks that a body is gathered completely, however it is split, whether its
// pieces are passed in or read directly.
func FuzzBodyReader(f *testing.F) {
	f.Add([]byte("hello world"), int64(5), 3)
	f.Add(bytes.Repeat([]byte("x"), 100), int64(100), 64)
	f.Fuzz(func(t *testing.T, data []byte, length int64, step int) {
		if length < 1 || length > int64(len(data)) || step < 1 {
			return
		}
		b := &BodyReader{Framing: Framing{Kind: LengthBody, Length: length}, Max: length, Gather: true}
		for at, direct := 0, false; !b.IsComplete(); direct = !direct {
			if target := b.DirectBuffer(); direct && target != nil {
				n := copy(target, data[at:min(len(data), at+step)])
				at += n
				b.DirectFilled(n)
				continue
			}
			_, n, _, err := b.NextPiece(data[at:min(len(data), at+step)], 1<<20)
			if err != nil || n == 0 {
				t.Fatal(n, err)
			}
			at += n
		}
		if !bytes.Equal(b.whole, data[:length]) {
			t.Fatalf("got %q, want %q", b.whole, data[:length])
		}
	})
}

// A chunked body is gathered without repeated copies.
func TestChunkedBodiesAreGatheredWithoutCopies(t *testing.T) {
	const size = 16 << 20
	b := &BodyReader{Framing: Framing{Kind: ChunkedBody}, Max: size, Gather: true}
	chunk := AppendChunk(nil, bytes.Repeat([]byte("x"), 32<<10))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range size / (32 << 10) {
		for rest := chunk; len(rest) > 0; {
			_, n, _, err := b.NextPiece(rest, len(rest))
			require.NoError(t, err)
			rest = rest[n:]
		}
	}
	_, _, done, err := b.NextPiece([]byte("0\r\n\r\n"), 5)
	require.NoError(t, err)
	require.True(t, done)
	require.Len(t, b.TakeWhole(), size)
	runtime.ReadMemStats(&after)
	require.LessOrEqual(t, after.TotalAlloc-before.TotalAlloc, uint64(2*size+size/4))
}
