package websocket

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStateChangesAreCheckedInDebugMode(t *testing.T) {
	for from := stateOpen; from <= stateLost; from++ {
		for next := stateOpen; next <= stateLost; next++ {
			allowed := from == next || slices.Contains(transitions[from], next)
			for _, debug := range []bool{true, false} {
				s := &session{state: from, shared: &loopState{debug: debug}}
				if debug && !allowed {
					require.PanicsWithValue(t, "websocket: bug: a connection changed from "+from.String()+" to "+next.String(), func() { s.to(next) })
					require.Equal(t, from, s.state)
					continue
				}
				s.to(next)
				require.Equal(t, next, s.state)
			}
		}
	}
}

func TestEachStateHasANameAndTransitions(t *testing.T) {
	require.Len(t, stateNames, len(transitions))
	for state := stateOpen; state <= stateLost; state++ {
		require.Contains(t, transitions, state)
	}
}
