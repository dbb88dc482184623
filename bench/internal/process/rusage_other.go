//go:build !unix

package process

import "os"

// maxResident returns 0: not known here.
func maxResident(*os.ProcessState) int64 { return 0 }
