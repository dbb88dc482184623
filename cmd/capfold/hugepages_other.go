//go:build !linux

package main

// adviseHugePages does nothing: only Linux is known to need advice.
func adviseHugePages(int64) {}
