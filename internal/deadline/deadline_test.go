package deadline

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// passed reports whether a channel that Passed returned is closed.
func passed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestDeadline(t *testing.T) {
	for _, tt := range []struct {
		name   string
		set    []time.Duration // from now on; 0 removes the deadline
		passes time.Duration   // below 0: never
	}{
		{"never set", nil, -1},
		{"in the past", []time.Duration{-time.Second}, 0},
		{"in the future", []time.Duration{time.Second}, time.Second},
		{"moved to later", []time.Duration{time.Second, time.Minute}, time.Minute},
		{"moved to earlier", []time.Duration{time.Minute, time.Second}, time.Second},
		{"removed", []time.Duration{time.Second, 0}, -1},
		{"set again after it passed", []time.Duration{-time.Second, time.Second}, time.Second},
		{"removed after it passed", []time.Duration{-time.Second, 0}, -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var d Movable
				for _, after := range tt.set {
					if after == 0 {
						d.Set(time.Time{})
					} else {
						d.Set(time.Now().Add(after))
					}
				}
				switch {
				case tt.passes < 0:
					time.Sleep(time.Hour)
				case tt.passes > 0:
					time.Sleep(tt.passes - time.Nanosecond)
					require.False(t, passed(d.Passed()), "just before")
					time.Sleep(time.Nanosecond)
					synctest.Wait()
				}
				require.Equal(t, tt.passes >= 0, passed(d.Passed()))
			})
		})
	}
}

func TestSetEndsAWaitThatBeganBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d Movable
		waiting := d.Passed()
		d.Set(time.Now().Add(time.Second))
		d.Set(time.Now().Add(time.Minute))
		time.Sleep(30 * time.Second)
		require.False(t, passed(waiting))
		time.Sleep(time.Minute)
		require.True(t, passed(waiting))
	})
}

// When Set is called, the timer may have fired although its function has not run yet. Set waits
// for the function.
func TestSetWhileTheTimerFires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range 1000 {
			var d Movable
			d.Set(time.Now().Add(time.Second))
			time.Sleep(time.Second)
			d.Set(time.Time{})
			require.False(t, passed(d.Passed()))
		}
	})
}
