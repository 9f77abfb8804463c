package httputil

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func shownRange(header string) string {
	start, end, ok := ParseRequestRange(header)
	if !ok {
		return "ignored"
	}
	text := func(n *int64) string {
		if n == nil {
			return ""
		}
		return fmt.Sprint(*n)
	}
	return "[" + text(start) + ", " + text(end) + ")"
}

func TestParseRequestRange(t *testing.T) { // http-99
	for _, tt := range []struct{ header, want string }{
		{"bytes=1-2", "[1, 3)"},
		{"bytes=0-0", "[0, 1)"},
		{"bytes=6-", "[6, )"},
		{"bytes=-6", "[-6, )"},
		{"bytes=-0", "[, 0)"},
		{"bytes=", "[, )"},
		{"bytes=-", "[, )"},
		{"bytes", "[, )"},
		{"bytes=5-1", "[5, 2)"},
		{" bytes = 1 - 2 ", "[1, 3)"},
		{"bytes=9223372036854775807-9223372036854775807", "[9223372036854775807, 9223372036854775807)"},
		{"bytes=99999999999999999999-99999999999999999999", "[9223372036854775807, 9223372036854775807)"},
		{"bytes=-99999999999999999999", "[-9223372036854775807, )"},
		{"bytes=1-2,3-4", "ignored"},
		{"bytes=1--2", "ignored"},
		{"bytes=+1-2", "ignored"},
		{"bytes=1_0-2", "ignored"},
		{"bytes=0x1-", "ignored"},
		{"bytes=a-b", "ignored"},
		{"items=1-2", "ignored"},
		{"Bytes=1-2", "ignored"},
		{"", "ignored"},
	} {
		if got := shownRange(tt.header); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.header, got, tt.want)
		}
	}
}

func TestContentRange(t *testing.T) {
	at := func(n int64) *int64 { return &n }
	for _, tt := range []struct {
		start, end *int64
		total      int64
		want       string
	}{
		{nil, nil, 10, "bytes 0-9/10"},
		{at(2), nil, 10, "bytes 2-9/10"},
		{nil, at(1), 4, "bytes 0-0/4"},
		{at(2), at(5), 10, "bytes 2-4/10"},
	} {
		if got := ContentRange(tt.start, tt.end, tt.total); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

// FuzzParseRequestRange checks that an accepted range, written again, parses to the same.
func FuzzParseRequestRange(f *testing.F) {
	for _, header := range []string{"bytes=1-2", "bytes=-5", "bytes=-0", "bytes=7-", "bytes=", "bytes=1-2,3-4", "x=1-2"} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		start, end, ok := ParseRequestRange(header)
		if !ok {
			require.Nil(t, start)
			require.Nil(t, end)
			return
		}
		again := "bytes="
		if start != nil {
			again += fmt.Sprint(*start)
		}
		if start == nil || *start >= 0 {
			again += "-"
		}
		switch {
		case end != nil && *end == math.MaxInt64:
			again += fmt.Sprint(*end) // no byte can follow the largest position, which is the end itself
		case end != nil && start != nil:
			again += fmt.Sprint(*end - 1)
		case end != nil:
			again += fmt.Sprint(*end)
		}
		require.Equal(t, shownRange(header), shownRange(again), "%q, %q", header, again)
		require.True(t, strings.HasPrefix(strings.TrimLeft(header, " \t"), "bytes"))
	})
}
