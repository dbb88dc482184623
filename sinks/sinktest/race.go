//go:build race

package sinktest

// RaceDetector says whether the race detector is on.
const RaceDetector = true
