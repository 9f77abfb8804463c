package httpserver

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStateChangesAreCheckedInDebugMode(t *testing.T) {
	for from := readingHead; from <= detached; from++ {
		for next := readingHead; next <= detached; next++ {
			allowed := from == next || slices.Contains(transitions[from], next)
			for _, debug := range []bool{true, false} {
				c := &connection{state: from, table: &connectionTable{debug: debug}}
				if debug && !allowed {
					require.PanicsWithValue(t, "httpserver: bug: a connection changed from "+from.String()+" to "+next.String(), func() { c.to(next) })
					require.Equal(t, from, c.state)
					continue
				}
				c.to(next)
				require.Equal(t, next, c.state)
			}
		}
	}
}

func TestEachStateHasANameAndTransitions(t *testing.T) {
	require.Len(t, stateNames, len(transitions))
	for state := readingHead; state <= detached; state++ {
		require.Contains(t, transitions, state)
	}
}
