package httpclient

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A body that inflates to more than MaxInflateRatio times its size is an error before it reaches
// MaxBodySize, gathered or streamed, and that of an error too.
func TestMaxInflateRatio(t *testing.T) { // client-b5
	var lines strings.Builder // a usual text, which gzip makes 30 times smaller
	for n := range 3 << 10 {
		fmt.Fprintf(&lines, "%016x%01008d", rand.New(rand.NewPCG(uint64(n), 1)).Uint64(), 0)
	}
	bodies := map[string]string{
		"/bomb":  compressed("gzip", string(make([]byte, 8<<20))),
		"/small": compressed("gzip", string(make([]byte, 1<<20))),
		"/plain": string(make([]byte, 2<<20)),
		"/zlib":  compressed("zlib", string(make([]byte, 8<<20))),
		"/text":  compressed("gzip", lines.String()),
	}
	handler := func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/zlib":
			w.Header().Set("Content-Encoding", "deflate")
		case "/plain":
		default:
			w.Header().Set("Content-Encoding", "gzip")
		}
		if r.URL.RawQuery != "" {
			w.WriteHeader(404)
		}
		io.WriteString(w, bodies[r.URL.Path])
	}
	for _, tt := range []struct {
		path  string
		ratio int
		size  int // 0 for an error
	}{
		{"/bomb", 0, 0},
		{"/bomb?error", 0, 0},
		{"/zlib", 0, 0},
		{"/bomb", -1, 8 << 20},
		{"/bomb", 2000, 8 << 20}, // gzip inflates by 1032 at most
		{"/small", 0, 1 << 20},
		{"/small", 1, 1 << 20},
		{"/plain", 1, 2 << 20},
		{"/text", 0, 3 << 20},
		{"/text", 2, 0},
	} {
		withClients(t, handler, Options{MaxInflateRatio: tt.ratio}, func(t *testing.T, c AsyncHTTPClient, url string) {
			for _, streamed := range []bool{false, true} {
				size := 0
				request := &HTTPRequest{URL: url + tt.path, RaiseError: Off}
				if streamed {
					request.StreamingCallback = func(chunk []byte) error { size += len(chunk); return nil }
				}
				r, err := c.Fetch(request).Await()
				if tt.size == 0 {
					require.ErrorIs(t, err, ErrBodyTooLarge, tt.path)
					require.ErrorContains(t, err, "MaxInflateRatio")
					require.Less(t, size, 4<<20, "the guard ends it early")
					continue
				}
				require.NoError(t, err, "%s, %d", tt.path, tt.ratio)
				require.Equal(t, tt.size, size+len(r.Body))
			}
		})
	}
}
