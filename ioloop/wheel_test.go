package ioloop

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Each row is a script for a wheel of one-second ticks that starts at 1000 s: "a+5" sets timeout
// a for 5 s from now, "-a" removes it, "@1010" turns the wheel to that time. In the result, the
// fired timeouts follow the time of the turn.
func TestWheel(t *testing.T) {
	for _, tt := range []struct{ name, script, want string }{
		{"not early", "a+5 @1004.9 @1005", "@1004.9 @1005:a"},
		{"at the next tick", "a+5.1 @1005.9 @1006", "@1005.9 @1006:a"},
		{"one that is due at once fires at the next tick", "a+0 b-1 @1000.5 @1001", "@1000.5 @1001:ab"},
		{"in order of their ticks", "a+3 b+1 c+2 @1005", "@1005:bca"},
		{"removed", "a+3 b+3 -a -a @1005", "@1005:b"},
		{"moved away", "a+3 @1002 a+3 @1004 @1005", "@1002 @1004 @1005:a"},
		{"moved near", "a+300 a+3 @1003", "@1003:a"},
		{"moved away, then near again", "a+3 a+300 a+5 @1004 @1005", "@1004 @1005:a"},
		{"moved away and removed", "a+3 a+300 -a @2000", "@2000"},
		{"further than the wheel spans", "a+600 b+1536 @1100 @1599 @1600 @2535 @2536",
			"@1100 @1599 @1600:a @2535 @2536:b"},
		{"one round exactly", "a+512 @1511 @1512", "@1511 @1512:a"},
		{"from far to near", "a+100000 @1001 a+2 @1002 @1003", "@1001 @1002 @1003:a"},
		{"set again after a late turn", "a+3 @1900 a+3 @1902 @1903", "@1900:a @1902 @1903:a"},
		{"a jump over many rounds", "a+3 b+600 c+100000 @50000 @101000", "@50000:ab @101000:c"},
		{"empty for long, then set", "@900000 a+2 @900001 @900002", "@900000 @900001 @900002:a"},
		{"forever is a century", "a+9e9 @1001 @2000000000 @4154600000", "@1001 @2000000000 @4154600000:a"},
	} {
		if got := replayWheel(t, tt.script); got != tt.want {
			t.Errorf("%s: %s\n got %s\nwant %s", tt.name, tt.script, got, tt.want)
		}
	}
}

func replayWheel(t *testing.T, script string) string {
	now := seconds(1000)
	w := newWheel(time.Second, now)
	names := map[*CoarseTimeout]string{}
	timeouts := map[string]*CoarseTimeout{}
	named := func(s string) *CoarseTimeout {
		if timeouts[s] == nil {
			timeouts[s] = &CoarseTimeout{}
			names[timeouts[s]] = s
		}
		return timeouts[s]
	}
	var out []string
	for _, step := range strings.Fields(script) {
		var v float64
		switch {
		case step[0] == '@':
			fmt.Sscan(step[1:], &v)
			now = seconds(v)
			fired := ""
			for limit := 1000; ; {
				x := w.expire(now, &limit)
				if x == nil {
					break
				}
				fired += names[x]
			}
			if fired != "" {
				step += ":" + fired
			}
			out = append(out, step)
		case step[0] == '-':
			w.cancelCoarse(named(step[1:]))
		default:
			fmt.Sscan(step[1:], &v)
			d := seconds(v)
			if v >= 9e9 {
				d = math.MaxInt64
			}
			w.setCoarse(named(step[:1]), now, d, nil)
		}
		linked := 0
		for _, x := range timeouts {
			if x.Pending() {
				linked++
			}
		}
		require.Equal(t, linked, w.count, step)
	}
	return strings.Join(out, " ")
}

// FuzzWheel compares the wheel with a map that is searched. Timeouts are set, moved and
// removed, and the wheel turns in steps of any size and with any limit. The same timeouts
// fire, never early and at most a tick late.
func FuzzWheel(f *testing.F) {
	f.Add([]byte{0, 5, 1, 9, 130, 4, 0, 200, 255, 255, 129, 130, 131})
	f.Add([]byte{7, 255, 7, 3, 140, 64, 7, 255, 255, 200, 130})
	f.Fuzz(func(t *testing.T, script []byte) {
		const tick = time.Second
		now := 1000*tick + tick/3
		w := newWheel(tick, now)
		var timeouts [32]CoarseTimeout
		due := map[*CoarseTimeout]time.Duration{}
		fire := func(limit int) (complete bool) {
			for x := w.expire(now, &limit); x != nil; x = w.expire(now, &limit) {
				when, ok := due[x]
				if !ok || when > now {
					t.Fatalf("fired at %v, planned for %v (%v)", now, when, ok)
				}
				delete(due, x)
			}
			return limit > 0
		}
		for len(script) >= 2 {
			op, arg := script[0], time.Duration(script[1])
			script = script[2:]
			x := &timeouts[op%32]
			switch op / 32 {
			case 0, 1: // near, or anywhere
				w.setCoarse(x, now, arg*tick/8, nil)
				due[x] = now + arg*tick/8
			case 2:
				w.setCoarse(x, now, arg*arg*tick/7, nil)
				due[x] = now + arg*arg*tick/7
			case 3:
				w.cancelCoarse(x)
				delete(due, x)
			case 4: // a turn that is cut short
				now += arg * tick / 16
				fire(int(op % 4))
			default:
				now += arg * tick / 16
				if op/32 == 7 {
					now += arg * arg * tick
				}
				for !fire(1 + int(op%32)) {
				}
				for x, when := range due {
					if when+tick <= now {
						t.Fatalf("at %v one of %v has not fired (%+v)", now, when, x)
					}
				}
			}
			if w.count != len(due) {
				t.Fatalf("count is %d, want %d", w.count, len(due))
			}
		}
	})
}

type coarseOwner struct {
	CoarseTimeout
	fired func(t *CoarseTimeout)
}

func (o *coarseOwner) HandleCoarseTimeout(t *CoarseTimeout) { o.fired(t) }

func TestCoarseTimeoutsOnTheLoop(t *testing.T) {
	l, p := newScripted(t)
	l.options.CoarseTick = 2 * time.Second
	var got []string
	note := func(name string) *coarseOwner {
		return &coarseOwner{fired: func(*CoarseTimeout) { got = append(got, fmt.Sprint(name, p.now.Unix())) }}
	}
	a, b, c := note("a"), note("b"), note("c")
	again := 0
	d := &coarseOwner{}
	d.fired = func(x *CoarseTimeout) {
		require.Same(t, &d.CoarseTimeout, x)
		require.False(t, x.Pending(), "it may be set again")
		require.Empty(t, l.timeouts.heap, "still one timer, which has just fired")
		if again++; again < 3 {
			l.SetCoarseTimeout(x, 0, d)
		}
		got = append(got, fmt.Sprint("d", p.now.Unix()))
		panic("logged")
	}
	l.SetCoarseTimeout(&a.CoarseTimeout, 3*time.Second, a)
	l.SetCoarseTimeout(&b.CoarseTimeout, 4*time.Second, b)
	l.SetCoarseTimeout(&c.CoarseTimeout, 4*time.Second, c)
	l.SetCoarseTimeout(&d.CoarseTimeout, 10*time.Second, d)
	require.Equal(t, 4, l.Stats().CoarseTimeouts)
	require.Len(t, l.timeouts.heap, 1, "one timer drives them all")
	l.RemoveCoarseTimeout(&b.CoarseTimeout)
	l.RemoveCoarseTimeout(&b.CoarseTimeout)
	require.ErrorIs(t, l.Start(), errNothingToWaitFor, "an empty wheel does not turn")
	require.Equal(t, "a1004 c1004 d1010 d1012 d1014", strings.Join(got, " "))
	require.Zero(t, l.Stats().CoarseTimeouts)
}

// A callback that blocks the loop does not shorten a timeout that a later timeout of the same
// turn sets: a ping that is sent late has the whole time for its pong.
func TestCoarseTimeoutsAreNotEarlyInABlockedTurn(t *testing.T) {
	l, p := newScripted(t)
	var at []int64
	o := &coarseOwner{}
	o.fired = func(x *CoarseTimeout) {
		if at = append(at, p.now.Unix()); len(at) < 2 {
			l.SetCoarseTimeout(x, 10*time.Second, o)
		}
	}
	l.CallSoon(func() {
		l.SetCoarseTimeout(&o.CoarseTimeout, 10*time.Second, o)
		p.now = p.now.Add(time.Minute)
	})
	require.ErrorIs(t, l.Start(), errNothingToWaitFor)
	require.Equal(t, []int64{1060, 1070}, at)
}

// Many timeouts that are due at once are spread over turns, so that other work can run.
func TestManyCoarseTimeoutsLetOthersRun(t *testing.T) {
	l, _ := newScripted(t)
	fired, most, now := 0, 0, 0
	o := &coarseOwner{fired: func(*CoarseTimeout) { fired++; now++; most = max(most, now) }}
	all := make([]CoarseTimeout, 3*maxCoarse)
	for i := range all {
		l.SetCoarseTimeout(&all[i], time.Second, o)
	}
	var tick func()
	tick = func() {
		now = 0
		if fired < len(all) {
			l.AddCallback(tick)
		}
	}
	l.CallLater(time.Second, tick)
	require.ErrorIs(t, l.Start(), errNothingToWaitFor)
	require.Equal(t, len(all), fired)
	require.Equal(t, maxCoarse, most)
}

// A million timeouts allocate no memory in the loop when they are set, moved or fired.
func TestAMillionCoarseTimeouts(t *testing.T) {
	const n = 1_000_000
	w := newWheel(time.Second, 0)
	all := make([]CoarseTimeout, n)
	allocated := testing.AllocsPerRun(1, func() {
		for i := range all {
			w.setCoarse(&all[i], 0, time.Duration(i%7200)*time.Second, nil)
		}
		for i := range all {
			w.setCoarse(&all[i], time.Second, time.Hour, nil)
		}
		fired, limit := 0, math.MaxInt
		for w.expire(2*time.Hour, &limit) != nil {
			fired++
		}
		if fired != n || w.count != 0 {
			t.Errorf("%d fired, %d left", fired, w.count)
		}
		w.now = 0
	})
	require.Zero(t, allocated)
}

// Before Start there is no turn: a delay counts from the time of the call.
func TestCoarseTimeoutBeforeStart(t *testing.T) {
	l, p := newScripted(t)
	p.now = p.now.Add(time.Minute) // the time of the setup
	var got int64
	o := &coarseOwner{fired: func(*CoarseTimeout) { got = p.now.Unix() }}
	l.SetCoarseTimeout(&o.CoarseTimeout, 5*time.Second, o)
	require.ErrorIs(t, l.Start(), errNothingToWaitFor)
	require.Equal(t, int64(1065), got)
}

// A timeout that is shorter than a tick is exact, and may become a longer one and back.
func TestShortCoarseTimeoutsAreExact(t *testing.T) {
	l, p := newScripted(t)
	var got []string
	note := func(name string) *coarseOwner {
		return &coarseOwner{fired: func(x *CoarseTimeout) {
			require.False(t, x.Pending())
			got = append(got, fmt.Sprint(name, p.now.UnixMilli()-1_000_000))
		}}
	}
	a, b, c, d, e := note("a"), note("b"), note("c"), note("d"), note("e")
	l.SetCoarseTimeout(&a.CoarseTimeout, 200*time.Millisecond, a)
	l.SetCoarseTimeout(&b.CoarseTimeout, 100*time.Millisecond, b)
	l.SetCoarseTimeout(&b.CoarseTimeout, 300*time.Millisecond, b)
	l.SetCoarseTimeout(&c.CoarseTimeout, 100*time.Millisecond, c)
	l.SetCoarseTimeout(&c.CoarseTimeout, 3*time.Second, c)
	l.SetCoarseTimeout(&d.CoarseTimeout, 3*time.Second, d)
	l.SetCoarseTimeout(&d.CoarseTimeout, 999*time.Millisecond, d)
	l.SetCoarseTimeout(&e.CoarseTimeout, 100*time.Millisecond, e)
	require.True(t, e.CoarseTimeout.Pending())
	require.Equal(t, 5, l.Stats().CoarseTimeouts)
	require.Zero(t, l.Stats().Timeouts)
	l.RemoveCoarseTimeout(&e.CoarseTimeout)
	l.RemoveCoarseTimeout(&e.CoarseTimeout)
	require.False(t, e.CoarseTimeout.Pending())
	require.ErrorIs(t, l.Start(), errNothingToWaitFor)
	require.Equal(t, "a200 b300 d999 c3000", strings.Join(got, " "))
	require.Empty(t, l.short)
}
