//go:build race

package parquet

// raceDetector says whether the race detector is on, under which pools forget some of what
// they are given.
const raceDetector = true
