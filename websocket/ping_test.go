package websocket

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Each row is the life of a connection with times in seconds: when pongs arrive, in which
// intervals they cannot be read, and the steps of the schedule within a minute.
func TestPingSchedule(t *testing.T) { // ws-57 ... ws-60
	const off = -1 * time.Second
	for _, tt := range []struct {
		name              string
		interval, timeout time.Duration
		random            float64
		pongs             string
		deaf              [2]int
		want              string
	}{
		{"ws-57 answered", 20 * time.Second, 5 * time.Second, 0, "21 44 65", [2]int{}, "ping20 ping40 ping60"},
		{"ws-57 first not answered", 20 * time.Second, 5 * time.Second, 0, "", [2]int{}, "ping20 gone25"},
		{"ws-57 second not answered", 20 * time.Second, 5 * time.Second, 0, "21", [2]int{}, "ping20 ping40 gone45"},
		{"ws-57 answered in the last moment", 20 * time.Second, 5 * time.Second, 0, "25", [2]int{}, "ping20 ping40 gone45"},
		{"ws-57 answered too late", 20 * time.Second, 5 * time.Second, 0, "26", [2]int{}, "ping20 gone25"},
		{"ws-57 a pong before the ping", 20 * time.Second, 5 * time.Second, 0, "19", [2]int{}, "ping20 gone25"},
		{"ws-57 a pong between", 20 * time.Second, 5 * time.Second, 0, "21 39", [2]int{}, "ping20 ping40 gone45"},
		{"ws-58 by default the interval", 20 * time.Second, 0, 0, "39 41", [2]int{}, "ping20 ping40 ping60"},
		{"ws-58 by default the interval, silent", 20 * time.Second, 0, 0, "", [2]int{}, "ping20 gone40"},
		{"ws-58 more than the interval", 20 * time.Second, time.Minute, 0, "", [2]int{}, "ping20 gone40"},
		{"ws-58 none", 20 * time.Second, off, 0, "", [2]int{}, "ping20 ping40 ping60"},
		{"could not be heard", 20 * time.Second, 5 * time.Second, 0, "", [2]int{24, 26}, "ping20 ping40 gone45"},
		{"could not be heard for long", 20 * time.Second, 5 * time.Second, 0, "", [2]int{0, 100}, "ping20 ping40 ping60"},
		{"first a little early", 20 * time.Second, 5 * time.Second, 0.8, "17 37 57", [2]int{}, "ping16 ping36 ping56"},
	} {
		s := newPingSchedule(tt.interval, tt.timeout)
		start := time.Unix(1e9, 0)
		pongs := " " + tt.pongs + " "
		now, got := s.firstWait(tt.random), []string(nil)
		told := 0
		for now <= time.Minute {
			for second := told; second <= int(now/time.Second); second++ {
				if strings.Contains(pongs, fmt.Sprintf(" %d ", second)) {
					s.ponged = true
				}
			}
			told = int(now/time.Second) + 1
			second := int(now / time.Second)
			do, wait := s.nextStep(start.Add(now), tt.deaf[0] <= second && second <= tt.deaf[1] && tt.deaf[1] > 0)
			switch do {
			case pingSend:
				got = append(got, fmt.Sprintf("ping%d", second))
			case pingGiveUp:
				got = append(got, fmt.Sprintf("gone%d", second))
				now = time.Hour
			}
			if do != pingGiveUp && wait <= 0 {
				t.Fatalf("%s: at %v it waits %v", tt.name, now, wait)
			}
			now += wait
		}
		if got := strings.Join(got, " "); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

// ws-59: the next ping is due after max(0, last ping + interval - now), even if the check runs
// late.
func TestPingSleepTime(t *testing.T) {
	for _, tt := range []struct {
		late time.Duration // delay of the check, which is due 5 s before the ping
		do   pingStep
		wait time.Duration
	}{
		{0, pingWait, 15 * time.Second},
		{time.Second, pingWait, 14 * time.Second},
		{14 * time.Second, pingWait, time.Second},
		{15 * time.Second, pingSend, 5 * time.Second},
		{time.Minute, pingSend, 5 * time.Second},
	} {
		s, now := newPingSchedule(20*time.Second, 5*time.Second), time.Unix(1e9, 0)
		s.nextStep(now, false)
		s.ponged = true
		do, wait := s.nextStep(now.Add(5*time.Second+tt.late), false)
		if do != tt.do || wait != tt.wait {
			t.Errorf("%v late: got %d, %v; want %d, %v", tt.late, do, wait, tt.do, tt.wait)
		}
	}
}

// A pong that would not have been read does not count as missing. That is so while the peer's
// close frame waits for OnMessage, and while reading is paused and the peer reads its output.
func TestWhoIsExcused(t *testing.T) {
	for _, tt := range []struct {
		name string
		deaf bool
		held pauseReason
		sent uint64 // since the ping
		want bool
	}{
		{"nothing is in its way", false, 0, 1, false},
		{"its close frame waits", true, 0, 0, true},
		{"its messages wait", false, pausedByInbox, 0, true},
		{"a message waits for ReadMessage", false, pausedByReader, 0, true},
		{"reading is paused, and the peer reads", false, pausedByOutput, 1, true},
		{"reading is paused, and the peer does not read", false, pausedByOutput, 0, false},
	} {
		p := &protocol13{session: session{ignoresInput: tt.deaf, pausedFor: tt.held}}
		if got := (&keepAlive{p: p, sent: 100}).excused(100 + tt.sent); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
