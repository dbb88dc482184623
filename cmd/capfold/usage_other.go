//go:build !unix

package main

import "time"

// cpuTime and peakResident are not known here.
func cpuTime() time.Duration { return 0 }
func peakResident() int64    { return 0 }
