//go:build !linux || race

package slab

// givesBack tells whether giveBack does anything.
const givesBack = false

// adviseHugePages does nothing: only Linux is known to need advice.
func adviseHugePages([]byte) {}

// giveBack does nothing: elsewhere, what is no more than advice need not be taken at once, and
// part of what is in use in the heap cannot be given back.
func giveBack(*Slab, int) bool { return false }
