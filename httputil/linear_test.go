package httputil

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// requireLinear fails if the function from prepare(100*n) takes closer to 10,000 times than
// to 100 times as long as the one from prepare(n), in every attempt. It measures processor
// time, so that a busy machine does not matter.
func requireLinear(t *testing.T, what string, n int, prepare func(n int) (run func())) {
	t.Helper()
	cost := func(n int) time.Duration {
		run := prepare(n)
		start := cpuTime(t)
		run()
		return max(cpuTime(t)-start, time.Microsecond)
	}
	small, large := cost(n), time.Duration(0)
	for range 5 {
		small = min(small, cost(n))
	}
	for range 3 {
		if large = cost(100 * n); large <= 1500*small {
			return
		}
	}
	t.Errorf("%s: 100 times the input took %v, not %v", what, large, small)
}

// cpuTime returns the processor time that the process has used.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var used unix.Rusage
	require.NoError(t, unix.Getrusage(unix.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
