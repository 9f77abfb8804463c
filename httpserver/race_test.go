//go:build race

package httpserver

// raceDetector reports whether the race detector is on, with which a process needs several times
// its usual memory.
const raceDetector = true
