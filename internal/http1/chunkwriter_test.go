package http1

import (
	"io"
	chunkjudge "net/http/httputil"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAppendChunk(t *testing.T) { // http-54
	for _, tt := range []struct{ data, want string }{
		{"hello", "5\r\nhello\r\n"},
		{strings.Repeat("x", 0xabc), "abc\r\n" + strings.Repeat("x", 0xabc) + "\r\n"},
		{"", ""},
	} {
		if got := string(AppendChunk([]byte("before "), []byte(tt.data))); got != "before "+tt.want {
			t.Errorf("%.20q: got %.20q", tt.data, got)
		}
	}
	require.Equal(t, "1f\r\n", string(AppendChunkSize(nil, 31)))
	require.Equal(t, "0\r\n\r\n", string(AppendLastChunk(nil)))
}

// FuzzAppendChunk checks that ChunkedReader and net/http decode the chunks to the same bytes.
func FuzzAppendChunk(f *testing.F) {
	f.Add([]byte("hello"), []byte(" world"))
	f.Add([]byte{}, []byte("\r\n0\r\n\r\n"))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		wire := string(AppendLastChunk(AppendChunk(AppendChunk(nil, first), second)))
		want := string(first) + string(second)
		require.Equal(t, want+" +", readChunked(wire, len(wire)))
		judged, err := io.ReadAll(chunkjudge.NewChunkedReader(strings.NewReader(wire)))
		require.NoError(t, err)
		require.Equal(t, want, string(judged))
	})
}
