//go:build race

package httpserver

// raceDetector says that a process has several times its usual size.
const raceDetector = true
