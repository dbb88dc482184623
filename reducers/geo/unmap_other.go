//go:build !linux

package geo

// unmap does nothing: of other systems it is not known how a page of a program is given back
// unharmed.
func unmap([]byte) {}
