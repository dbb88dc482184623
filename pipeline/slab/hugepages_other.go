//go:build unix && !linux && !race

package slab

// adviseHugePages does nothing: only Linux is known to need advice.
func adviseHugePages([]byte) {}
