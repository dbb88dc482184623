//go:build !race

package report

// raceDetector says whether the race detector is on, which a browser has nothing for.
const raceDetector = false
