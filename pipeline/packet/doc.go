// Package packet turns captured frames into summaries: from the bytes of a frame and its
// link type to the addresses, ports, protocol, TTL and length of its outermost IP
// header, or of the innermost where [Tunnels] says so, or to a [Verdict] that says why
// there are none.
package packet
