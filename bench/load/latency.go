package load

import (
	"math/bits"
	"time"
)

// steps is how many buckets an octave has: a reading is off by less than 1 in 64.
const steps = 64

// A histogram counts durations in buckets that widen with what they hold. It never
// allocates, so that counting does not disturb what is measured.
type histogram struct {
	counts [58 * steps]int
	total  int
}

// add counts n durations of d.
func (h *histogram) add(d time.Duration, n int) {
	h.counts[bucket(d)] += n
	h.total += n
}

// percentile returns a duration that p percent of those counted do not exceed.
func (h *histogram) percentile(p float64) time.Duration {
	rank := max(1, int(p/100*float64(h.total)+0.5))
	for i, n := range h.counts {
		if rank -= n; rank <= 0 {
			return upper(i)
		}
	}
	return 0
}

// bucket numbers durations below 2*steps ns one by one, and then steps of them to
// each power of two.
func bucket(d time.Duration) int {
	v := uint64(max(0, d))
	shift := max(0, bits.Len64(v)-bits.Len64(steps))
	return shift*steps + int(v>>shift)
}

// upper is the longest duration that bucket i holds.
func upper(i int) time.Duration {
	if i < 2*steps {
		return time.Duration(i)
	}
	shift := i/steps - 1
	return time.Duration((i%steps+steps+1)<<shift - 1)
}
