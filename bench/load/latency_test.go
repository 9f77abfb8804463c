package load

import (
	"math"
	"testing"
	"time"
)

func TestHistogramPercentile(t *testing.T) {
	for _, tt := range []struct {
		counted []time.Duration
		p       float64
		want    time.Duration
	}{
		{nil, 50, 0},
		{[]time.Duration{7}, 50, 7},
		{[]time.Duration{1, 2, 3, 4}, 50, 2},
		{[]time.Duration{4, 3, 2, 1}, 99, 4},
		{[]time.Duration{1, 2, 3, 4}, 0, 1},
		{[]time.Duration{1, 2, 3, 4}, 100, 4},
		{[]time.Duration{10, 20, 30, 256}, 100, 259},
		{[]time.Duration{-5, -5}, 100, 0},
	} {
		var h histogram
		for _, d := range tt.counted {
			h.addSamples(d, 1)
		}
		if got := h.percentile(tt.p); got != tt.want {
			t.Errorf("%v, %v %%: got %d, want %d", tt.counted, tt.p, got, tt.want)
		}
	}
}

func TestHistogramCountsManyAtOnce(t *testing.T) {
	var h histogram
	h.addSamples(100, 98)
	h.addSamples(50, 2)
	if h.total != 100 || h.percentile(2) != 50 || h.percentile(3) != 100 {
		t.Errorf("total %d, 2 %%: %v, 3 %%: %v", h.total, h.percentile(2), h.percentile(3))
	}
}

func FuzzBucket(f *testing.F) { // a bucket's end is at most 1/64 above the duration; no bucket is skipped
	for _, d := range []int64{0, 1, 127, 128, 129, 255, 256, 1e6, math.MaxInt64 - 1} {
		f.Add(d)
	}
	f.Fuzz(func(t *testing.T, ns int64) {
		d := time.Duration(max(0, ns))
		end := upper(bucket(d))
		if end < d || float64(end-d) > float64(d)/steps {
			t.Errorf("%d is in the bucket that ends at %d", d, end)
		}
		if end < math.MaxInt64 && bucket(end+1) != bucket(d)+1 {
			t.Errorf("after bucket %d comes %d", bucket(d), bucket(end+1))
		}
	})
}
