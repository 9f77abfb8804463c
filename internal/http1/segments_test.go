package http1

import (
	"bytes"
	"testing"
)

func TestGatheredSegments(t *testing.T) {
	for _, sizes := range [][]int{{}, {1}, {5, 5}, {100_000, 1, 100_000}, {1, 3 << 20, 7}} {
		var s Segments
		var want []byte
		for i, n := range sizes {
			piece := bytes.Repeat([]byte{byte('a' + i)}, n)
			s.AppendBytes(piece)
			want = append(want, piece...)
		}
		if got := s.TakeBytes(); !bytes.Equal(got, want) {
			t.Errorf("%v: %d bytes, want %d", sizes, len(got), len(want))
		}
	}
}
