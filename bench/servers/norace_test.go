//go:build !race

package servers

const raceDetector = false
