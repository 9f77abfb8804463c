package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/bench/hostile"
)

// Each kind of hostile peer has a budget of memory for a connection, another client is
// served meanwhile, and no connection is left when the peers have gone.
func TestHostilePeers(t *testing.T) {
	if testing.Short() {
		t.Skip("short: the attacks take two minutes")
	}
	const (
		conns  = 100
		slack  = 32 << 20        // of the whole process: garbage that is not collected yet
		wait   = 2 * time.Second // a machine that is busy with other tests adds to it
		honest = 2               // connections of the client and of the one that counts
	)
	attacks := hostile.Attacks()
	if len(attacks) < 72 {
		t.Errorf("only %d attacks", len(attacks))
	}
	for _, a := range attacks {
		t.Run(a.Name, func(t *testing.T) {
			var faults []string
			for range 3 { // a busy machine may fail once; a fault of the server fails every time
				cost, err := attackOnce(cores{server: 0, load: 1}, a, conns, time.Second)
				if err != nil {
					faults = []string{err.Error()}
					continue
				}
				faults = nil
				if grown, budget := cost.PerConn*conns, int64(a.Budget)*conns+slack; grown > budget {
					faults = append(faults, fmt.Sprintf("the server grew by %d KiB, more than %d", grown>>10, budget>>10))
				}
				if cost.Wait > wait {
					faults = append(faults, fmt.Sprintf("another client waited for %v", cost.Wait))
				}
				if cost.Left > honest {
					faults = append(faults, fmt.Sprintf("%d connections are left", cost.Left-honest))
				}
				if faults == nil {
					return
				}
			}
			t.Error(strings.Join(faults, "; "))
		})
	}
}
