package cluster

import "time"

// Leases knows which other processes are alive: those whose last beat is younger than a
// lease. The caller passes the time. The zero value knows no process.
type Leases struct {
	heard map[uint64]time.Time
}

// Renew records that a process is alive. It reports whether the process was unknown.
func (l *Leases) Renew(process uint64, now time.Time) (added bool) {
	if l.heard == nil {
		l.heard = map[uint64]time.Time{}
	}
	_, known := l.heard[process]
	l.heard[process] = now
	return !known
}

// End records that a process has said goodbye. It reports whether the process was known.
func (l *Leases) End(process uint64) bool {
	_, known := l.heard[process]
	delete(l.heard, process)
	return known
}

// Expire forgets the processes that were last heard before deadline, and returns them.
func (l *Leases) Expire(deadline time.Time) []uint64 {
	var gone []uint64
	for process, heard := range l.heard {
		if heard.Before(deadline) {
			gone = append(gone, process)
			delete(l.heard, process)
		}
	}
	return gone
}

// Len returns the number of processes that are alive, without the caller's own.
func (l *Leases) Len() int { return len(l.heard) }

// All returns the processes that are alive, in no order.
func (l *Leases) All() []uint64 {
	all := make([]uint64, 0, len(l.heard))
	for process := range l.heard {
		all = append(all, process)
	}
	return all
}
