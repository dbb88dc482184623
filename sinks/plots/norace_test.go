//go:build !race

package plots

// raceDetector says whether the race detector is on, under which a PNG takes two seconds.
const raceDetector = false
