package ioloop

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The test checks nextPeriod alone. All times are in seconds, and the period is 10.
func TestNextPeriod(t *testing.T) {
	for _, tt := range []struct {
		name         string
		planned, now float64
		jitter, rand float64
		want         float64
	}{
		{"ioloop-28 one period after the start", 1000, 1000, 0, 0, 1010},
		{"ioloop-30 on time", 1010, 1010, 0, 0, 1020},
		{"ioloop-30 a little late", 1010, 1019, 0, 0, 1020},
		{"ioloop-30 just before the next", 1010, 1019.999, 0, 0, 1020},
		{"ioloop-30 as late as a period: one is skipped", 1010, 1020, 0, 0, 1030},
		{"ioloop-30 phase is kept", 1010, 1063, 0, 0, 1070},
		{"ioloop-30 years late", 0, 1e9 + 3, 0, 0, 1e9 + 10},
		{"ioloop-31 a little early", 1010, 1009.9, 0, 0, 1020},
		{"ioloop-31 the clock went back", 1010, 900, 0, 0, 1020},
		{"ioloop-32 no jitter in the middle", 1000, 1000, 0.5, 0.5, 1010},
		{"ioloop-32 longest", 1010, 1010, 0.5, 1, 1022.5},
		{"ioloop-32 shortest", 1022.5, 1022.5, 0.5, 0, 1030},
		{"ioloop-32 between", 1030, 1030, 0.5, 0.75, 1041.25},
		{"ioloop-32 a period of nothing is still a step forward", 10, 10, 2, 0, 10.000000001},
	} {
		got := nextPeriod(seconds(tt.planned), seconds(tt.now), 10*time.Second, tt.jitter, tt.rand)
		if got != seconds(tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got.Seconds(), tt.want)
		}
	}
}

// With the longest periods the next call never comes. The sum of the times does not overflow.
func TestNextPeriodOfAVeryLongPeriod(t *testing.T) {
	const never = math.MaxInt64
	for _, tt := range []struct {
		period       time.Duration
		jitter, rand float64
	}{{never, 0, 0}, {never - 1, 0, 0}, {never, 0.5, 0.5}, {never, 0.5, 1}, {never / 2, 2, 1}} {
		for _, now := range []time.Duration{0, 1, time.Hour} {
			if got := nextPeriod(1, now, tt.period, tt.jitter, tt.rand); got < never/2 {
				t.Errorf("%v at %v: %v", tt, now, got)
			}
		}
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// The test checks the calls of a PeriodicCallback from 1000 s on, with a period of 10 s. Each
// number is the duration of one call; a negative one sets the clock back.
func TestPeriodicCallbackOnTheLoop(t *testing.T) {
	for _, tt := range []struct {
		name  string
		takes []float64
		want  string
	}{
		{"ioloop-30 missed slots are skipped", []float64{9, 9, 10, 11, 20, 20, 35, 35, 0, 0, 0},
			"1010 1020 1030 1050 1070 1100 1130 1170 1210 1220 1230"},
		{"ioloop-31 one period further", []float64{-2, -1, -3, -100, 0}, "1010 1020 1030 1040 1050"},
	} {
		l, p := newScripted(t)
		var got []string
		var pc *PeriodicCallback
		pc = NewPeriodicCallback(l, 10*time.Second, func() {
			got = append(got, fmt.Sprint(l.Time().Unix()))
			p.now = p.now.Add(seconds(tt.takes[len(got)-1]))
			if len(got) == len(tt.takes) {
				pc.Stop()
			}
		})
		pc.Start()
		pc.Start()
		require.ErrorIs(t, l.Start(), errNothingToWaitFor, "stopped: nothing is planned")
		if got := strings.Join(got, " "); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// ioloop-32: jitter takes one random number for each period; the default source is random.
func TestPeriodicCallbackJitter(t *testing.T) {
	l, p := newScripted(t)
	random := []float64{0.5, 1, 0, 0.75, 0}
	var got []float64
	var pc *PeriodicCallback
	pc = NewPeriodicCallback(l, 10*time.Second, func() {
		if got = append(got, float64(p.now.UnixMilli())/1000); len(got) == 4 {
			pc.Stop()
		}
	})
	pc.Jitter = 0.5
	pc.random = func() float64 {
		next := random[0]
		random = random[1:]
		return next
	}
	pc.Start()
	require.ErrorIs(t, l.Start(), errNothingToWaitFor)
	require.Equal(t, []float64{1010, 1022.5, 1030, 1041.25}, got)
	if r := NewPeriodicCallback(l, 1, nil).random(); r < 0 || r >= 1 {
		t.Errorf("random is %v", r)
	}
}

// ioloop-29: a call that waits delays the next, also across Stop and Start.
func TestPeriodicCallbackNeverOverlaps(t *testing.T) {
	l, p := newScripted(t)
	var got []string
	inside := 0
	pc := NewPeriodicCallback(l, 10*time.Second, func() {
		inside++
		require.Equal(t, 1, inside)
		got = append(got, fmt.Sprint("in ", p.now.Unix()))
		Sleep(l, 25*time.Second).Await()
		got = append(got, fmt.Sprint("out ", p.now.Unix()))
		inside--
	})
	pc.Start()
	l.CallLater(15*time.Second, func() { pc.Stop(); pc.Start() }) // phase is now that of 1015
	l.CallLater(70*time.Second, pc.Stop)
	require.ErrorIs(t, l.Start(), errNothingToWaitFor)
	require.Equal(t, "in 1010, out 1035, in 1045, out 1070", strings.Join(got, ", "))
	require.False(t, pc.IsRunning())
}

// ioloop-33: a panic is logged and the next call comes.
func TestPeriodicCallbackGoesOnAfterAPanic(t *testing.T) {
	log := captureLog(t)
	l, _ := newScripted(t)
	calls := 0
	var pc *PeriodicCallback
	pc = NewPeriodicCallback(l, time.Second, func() {
		if calls++; calls == 3 {
			pc.Stop()
		}
		panic("boom")
	})
	pc.Start()
	require.ErrorIs(t, l.Start(), errNothingToWaitFor)
	require.Equal(t, 3, calls)
	require.Equal(t, 3, strings.Count(log.String(), "Exception in callback"))
}

// ioloop-34: Stop cancels the planned call, from outside and from within a call.
func TestPeriodicCallbackStop(t *testing.T) {
	l, _ := newScripted(t)
	calls := 0
	pc := NewPeriodicCallback(l, time.Second, func() { calls++ })
	pc.Start()
	require.True(t, pc.IsRunning())
	pc.Stop()
	pc.Stop()
	require.False(t, pc.IsRunning())
	require.Zero(t, l.Stats().Timeouts)
	require.ErrorIs(t, l.Start(), errNothingToWaitFor)
	require.Zero(t, calls)
}

// ioloop-28.
func TestPeriodicCallbackNeedsAPeriod(t *testing.T) {
	l := newLoop(t)
	for _, period := range []time.Duration{0, -time.Second} {
		require.PanicsWithValue(t, "ioloop: periodic callback must have a positive period",
			func() { NewPeriodicCallback(l, period, func() {}) })
	}
}

// A call that waits when the loop closes is unwound and plans nothing.
func TestPeriodicCallbackEndsWithItsLoop(t *testing.T) {
	l := newLoop(t)
	pc := NewPeriodicCallback(l, time.Millisecond, func() {
		l.Stop()
		NewFuture[int](l).Await()
	})
	pc.Start()
	require.NoError(t, l.Start())
	require.NoError(t, l.Close())
	require.Empty(t, l.timeouts.heap)
}
