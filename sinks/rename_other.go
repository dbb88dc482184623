//go:build !linux

package sinks

// exchange reports false: only Linux swaps two names in one step.
func exchange(_, _ string) (bool, error) { return false, nil }

// isMountPoint reports false: a rename of a mount point fails when it is tried.
func isMountPoint(string) bool { return false }
