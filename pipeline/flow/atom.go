// Package flow turns packet summaries into flow atoms: the smallest groups of packets
// that every later result is an exact projection of, the time series aside. A [Table]
// is one worker's share; [Merge] joins the workers' tables shard by shard, and
// [Merged.Shard] hands them on in batches of whole conversations.
package flow

import (
	"cmp"

	"github.com/capfold/capfold/pipeline/packet"
)

// Key is what the packets of an atom have in common. It is directed. Ports that are
// not known are 0, and Ports says so: a port may truly be 0.
type Key struct {
	Src, Dst         packet.Addr
	SrcPort, DstPort uint16
	Proto            uint8 // IANA protocol number
	TTL              uint8
	Version          uint8 // IP version, 4 or 6
	Ports            packet.Ports
}

// SrcHost returns the sender.
func (k *Key) SrcHost() packet.Host { return packet.Host{Addr: k.Src, Version: k.Version} }

// DstHost returns the receiver.
func (k *Key) DstHost() packet.Host { return packet.Host{Addr: k.Dst, Version: k.Version} }

// SameFlow reports whether the keys differ at most in their TTL.
func (k *Key) SameFlow(o *Key) bool {
	return k.tail()>>ttlBits == o.tail()>>ttlBits && k.Src == o.Src && k.Dst == o.Dst && k.Version == o.Version
}

// Compare orders keys by version, source, destination, protocol, ports and TTL.
func (k *Key) Compare(o *Key) int {
	if c := cmp.Compare(k.Version, o.Version); c != 0 {
		return c
	}
	if c := k.Src.Compare(o.Src); c != 0 {
		return c
	}
	if c := k.Dst.Compare(o.Dst); c != 0 {
		return c
	}
	return cmp.Compare(k.tail(), o.tail())
}

// ttlBits is the width of the last part of tail.
const ttlBits = 8

// tail packs everything but the addresses into a number, in order of significance.
func (k *Key) tail() uint64 {
	return uint64(k.Proto)<<48 | uint64(k.SrcPort)<<32 | uint64(k.DstPort)<<16 |
		uint64(k.Ports)<<8 | uint64(k.TTL)
}

// Counts are what is summed of packets. The zero Counts is the identity of Add. No sum
// overflows as long as the totals over all packets, which bound every part of them, fit:
// whoever accounts for the whole input checks that.
type Counts struct {
	Packets   int64
	Bytes     int64 // IP total length
	WireBytes int64 // original frame length
}

// Add adds o to c.
func (c *Counts) Add(o Counts) {
	c.Packets += o.Packets
	c.Bytes += o.Bytes
	c.WireBytes += o.WireBytes
}

// Value is what an atom knows of its packets. All parts are commutative: sum, min, max
// or union. An atom has at least one packet.
type Value struct {
	Counts
	First, Last int64 // nanoseconds since the epoch
	TCPFlags    uint8 // union of the flags CWR … FIN
}

// Merge adds the packets of o, which must not be empty, to v.
func (v *Value) Merge(o *Value) {
	v.Counts.Add(o.Counts)
	v.First = min(v.First, o.First)
	v.Last = max(v.Last, o.Last)
	v.TCPFlags |= o.TCPFlags
}

// Atom is a key with its value.
type Atom struct {
	Key
	Value
}
