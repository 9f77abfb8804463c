package cluster

import "time"

// Settling decides how long a process that has connected again holds its publications: until
// every process that was alive before has beaten, because a process that has not connected
// yet would miss them. The zero value holds nothing.
type Settling struct {
	awaited map[uint64]bool
	until   time.Time
}

// Begin starts to hold, for the processes given, until deadline at the latest.
func (s *Settling) Begin(processes []uint64, deadline time.Time) {
	s.awaited, s.until = map[uint64]bool{}, deadline
	for _, process := range processes {
		s.awaited[process] = true
	}
}

// Heard records a beat, or the end, of a process. It reports whether nothing is held now.
func (s *Settling) Heard(process uint64) (settled bool) {
	delete(s.awaited, process)
	return len(s.awaited) == 0
}

// Settled reports whether nothing is held at the time now.
func (s *Settling) Settled(now time.Time) bool {
	if !now.Before(s.until) {
		s.awaited = nil
	}
	return len(s.awaited) == 0
}
