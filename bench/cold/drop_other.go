//go:build !linux

package main

import (
	"errors"
	"os"
)

// drop fails: there is no way that is known here.
func drop(*os.File) error { return errors.ErrUnsupported }
