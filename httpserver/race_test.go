//go:build race

package httpserver

// raceDetector reports that the race detector is on: a process takes several times its usual
// memory.
const raceDetector = true
