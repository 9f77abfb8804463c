package main

import (
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
			r, err := attackOnce(cores{server: 0, load: 1}, a, conns, time.Second)
			if err != nil {
				t.Fatal(err)
			}
			if grown, budget := r.PerConn*conns, int64(a.Budget)*conns+slack; grown > budget {
				t.Errorf("the server grew by %d KiB, more than %d", grown>>10, budget>>10)
			}
			if r.Wait > wait || r.Requests < 3 {
				t.Errorf("another client waited for %v, and was served %d times", r.Wait, r.Requests)
			}
			if r.Left > honest {
				t.Errorf("%d connections are left", r.Left-honest)
			}
		})
	}
}
