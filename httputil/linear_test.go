package httputil

import (
	"math"
	"testing"
	"time"
)

// requireLinear fails if cost(100*n) takes not about 100 but nearer to 10,000 times as
// long as cost(n). Each is measured at its fastest, so that a busy machine does no harm.
func requireLinear(t *testing.T, what string, n int, cost func(n int) time.Duration) {
	t.Helper()
	fastest := func(n int) time.Duration {
		best := time.Duration(math.MaxInt64)
		for range 5 {
			best = min(best, cost(n))
		}
		return best
	}
	if small, large := fastest(n), fastest(100*n); large > 1500*small {
		t.Errorf("%s: 100 times the input took %v, not %v", what, large, small)
	}
}
