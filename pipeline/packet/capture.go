package packet

import (
	"math"
	"slices"
	"strings"
)

// Capture is the account of one input, or of a part of it: what was read and what was
// not. Accounts of parts of the same input add up.
type Capture struct {
	Path   string
	Format string     // "pcap", "pcap-ns", "pcapng", "snoop" …, and how it is compressed: "pcap.gz"
	Links  []LinkType // in order of number
	// FileBytes are the bytes of the input that this account covers, as they are without
	// compression; StoredBytes are those as they are stored.
	FileBytes   int64
	StoredBytes int64
	// RecordBytes are the bytes that file and record headers and records fill. With
	// SkippedBytes they make FileBytes.
	RecordBytes int64
	Damage
	Packets       int64
	CapturedBytes int64 // bytes of frames present in the file
	WireBytes     int64 // original length of frames
	IPPackets     int64
	IPBytes       int64 // sum of IP total lengths
	Truncated     int64 // packets that were captured shorter than they were
	Dropped       int64 // packets that the capture says it dropped; at most 2^63 - 1
	UnknownBlocks int64 // blocks of a pcapng capture that are custom or of an unknown type
	First, Last   int64 // nanoseconds since the epoch, where Packets is not 0
	Verdicts      [NumVerdicts]int64
	SHA256        string // of the whole input, lower-case hexadecimal; "" unless asked for
}

// AddLink notes a link type.
func (c *Capture) AddLink(l LinkType) {
	if i, ok := slices.BinarySearch(c.Links, l); !ok {
		c.Links = slices.Insert(c.Links, i, l)
	}
}

// AddDropped adds n ≥ 0 to Dropped, which ends at its greatest value.
func (c *Capture) AddDropped(n int64) {
	c.Dropped += min(n, math.MaxInt64-c.Dropped)
}

// LinkNames returns the names of the link types with a separator between.
func (c *Capture) LinkNames(separator string) string {
	names := make([]string, len(c.Links))
	for i, l := range c.Links {
		names[i] = l.String()
	}
	return strings.Join(names, separator)
}

// Count adds packets to the account.
func (c *Capture) Count(batch Batch) {
	if len(batch) == 0 {
		return
	}
	first, last := batch[0].Time, batch[0].Time
	if c.Packets != 0 {
		first, last = c.First, c.Last
	}
	// Sums in registers: the compiler does not know that none of them is in the batch.
	var captured, wire, bytes, decoded, ip, truncated int64
	for i := range batch {
		s := &batch[i]
		captured += int64(s.CapLen)
		wire += int64(s.WireLen)
		bytes += int64(s.Bytes)
		first, last = min(first, s.Time), max(last, s.Time)
		if s.Verdict == Decoded {
			decoded++
		} else {
			c.Verdicts[s.Verdict%NumVerdicts]++
		}
		if s.Version != 0 {
			ip++
		}
		if s.CapLen < s.WireLen {
			truncated++
		}
	}
	c.First, c.Last = first, last
	c.Packets += int64(len(batch))
	c.CapturedBytes += captured
	c.WireBytes += wire
	c.IPBytes += bytes
	c.IPPackets += ip
	c.Truncated += truncated
	c.Verdicts[Decoded] += decoded
}

// Merge adds the account of another part of the same input, which it owns from now on.
// It reports false if a sum overflows. Since every sum of lengths that any analysis
// makes is bounded by WireBytes or IPBytes, no other sum needs to be checked.
func (c *Capture) Merge(o *Capture) bool {
	if o.Packets != 0 {
		if c.Packets == 0 {
			c.First, c.Last = o.First, o.Last
		}
		c.First, c.Last = min(c.First, o.First), max(c.Last, o.Last)
	}
	c.FileBytes += o.FileBytes
	c.StoredBytes += o.StoredBytes
	c.RecordBytes += o.RecordBytes
	c.Damage.Merge(&o.Damage)
	c.Packets += o.Packets
	c.CapturedBytes += o.CapturedBytes
	c.WireBytes += o.WireBytes
	c.IPPackets += o.IPPackets
	c.IPBytes += o.IPBytes
	c.Truncated += o.Truncated
	c.AddDropped(o.Dropped)
	c.UnknownBlocks += o.UnknownBlocks
	for i, n := range o.Verdicts {
		c.Verdicts[i] += n
	}
	for _, l := range o.Links {
		c.AddLink(l)
	}
	return c.WireBytes >= 0 && c.IPBytes >= 0
}
