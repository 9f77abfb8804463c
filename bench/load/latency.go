package load

import (
	"math/bits"
	"time"
)

// steps is the number of buckets in an octave, so that a value is off by less than 1 in 64.
const steps = 64

// A histogram counts durations in buckets of growing width. It never allocates, so that it does
// not disturb the measurement.
type histogram struct {
	counts [58 * steps]int
	total  int
}

// addSamples counts n durations of d.
func (h *histogram) addSamples(d time.Duration, n int) {
	h.counts[bucket(d)] += n
	h.total += n
}

// percentile returns a duration that p percent of the counted durations do not exceed.
func (h *histogram) percentile(p float64) time.Duration {
	rank := max(1, int(p/100*float64(h.total)+0.5))
	for i, n := range h.counts {
		if rank -= n; rank <= 0 {
			return upper(i)
		}
	}
	return 0
}

// bucket returns the bucket of a duration. Durations below 2*steps ns have one each; above, each
// power of two has steps buckets.
func bucket(d time.Duration) int {
	v := uint64(max(0, d))
	shift := max(0, bits.Len64(v)-bits.Len64(steps))
	return shift*steps + int(v>>shift)
}

// upper returns the longest duration in bucket i.
func upper(i int) time.Duration {
	if i < 2*steps {
		return time.Duration(i)
	}
	shift := i/steps - 1
	return time.Duration((i%steps+steps+1)<<shift - 1)
}
