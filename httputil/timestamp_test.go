package httputil

import (
	"net/http"
	"testing"
	"time"
)

func TestFormatTimestamp(t *testing.T) { // http-98
	east := time.FixedZone("EST", -5*3600)
	for _, tt := range []struct {
		t    time.Time
		want string
	}{
		{time.Unix(1359312200, 0), "Sun, 27 Jan 2013 18:43:20 GMT"},
		{time.Unix(1359312200, 503_611_000), "Sun, 27 Jan 2013 18:43:20 GMT"},
		{time.Date(2013, 1, 27, 13, 43, 20, 0, east), "Sun, 27 Jan 2013 18:43:20 GMT"},
		{time.Date(2024, 2, 29, 23, 59, 59, 999_999_999, time.UTC), "Thu, 29 Feb 2024 23:59:59 GMT"},
		{time.Date(999, 12, 1, 0, 0, 0, 0, time.UTC), "Sun, 01 Dec 0999 00:00:00 GMT"},
	} {
		if got := FormatTimestamp(tt.t); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

func TestAppendTimestampDoesNotAllocate(t *testing.T) {
	buf, at := make([]byte, 0, 64), time.Unix(1359312200, 0)
	if got := testing.AllocsPerRun(10, func() { AppendTimestamp(buf, at) }); got != 0 {
		t.Errorf("%v allocations", got)
	}
}

// FuzzFormatTimestamp compares with the standard library.
func FuzzFormatTimestamp(f *testing.F) {
	for _, seconds := range []int64{0, 1359312200, -62135596800, 253402300799} {
		f.Add(seconds)
	}
	f.Fuzz(func(t *testing.T, seconds int64) {
		at := time.Unix(seconds, 0).UTC()
		if at.Year() < 0 || at.Year() > 9999 {
			return
		}
		if got, want := FormatTimestamp(at), at.Format(http.TimeFormat); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}
