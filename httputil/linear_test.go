package httputil

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// requireLinear fails if what prepare returns for 100*n takes not about 100 but nearer to
// 10,000 times as long as for n. Each is measured at its fastest, and in the processor's
// time, so that a busy machine does no harm.
func requireLinear(t *testing.T, what string, n int, prepare func(n int) (run func())) {
	t.Helper()
	fastest := func(n int) time.Duration {
		best := time.Duration(math.MaxInt64)
		for range 5 {
			run := prepare(n)
			start := cpuTime(t)
			run()
			best = min(best, cpuTime(t)-start)
		}
		return max(best, time.Microsecond)
	}
	if small, large := fastest(n), fastest(100*n); large > 1500*small {
		t.Errorf("%s: 100 times the input took %v, not %v", what, large, small)
	}
}

// cpuTime is what the process has used.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var used unix.Rusage
	require.NoError(t, unix.Getrusage(unix.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
