//go:build !unix

package process

import (
	"os"
	"time"
)

// maxResident returns 0: not known here.
func maxResident(*os.ProcessState) int64 { return 0 }

// CPU returns the time that this process has been at work, since its processor time is not
// known here.
func CPU() time.Duration { return time.Since(start) }

var start = time.Now()
