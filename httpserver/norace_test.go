//go:build !race

package httpserver

const raceDetector = false
