package packet

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Damage is what was skipped of an input, or of a part of it. The zero Damage is none.
type Damage struct {
	SkippedBytes   int64
	DamagedRegions int64
	// Anomalies are the damaged regions in order of offset: all of them, or, where there
	// are more, the first MaxAnomalies and one. So its length is bounded, whatever the
	// input holds, and does not depend on the order in which parts are merged.
	Anomalies []Anomaly
}

// MaxAnomalies is how many damaged regions of an input are listed one by one. Measured, one
// costs up to a kilobyte of memory until it is written, and an input may have one in every
// 36 bytes.
const MaxAnomalies = 4096

// Anomaly is a damaged region of an input that was skipped.
type Anomaly struct {
	Offset, Length int64  // bytes
	Reason         Reason // what is wrong at Offset
	Detail         string // the values that show it
}

func (a *Anomaly) compare(b *Anomaly) int {
	return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Length, b.Length),
		strings.Compare(string(a.Reason), string(b.Reason)), strings.Compare(a.Detail, b.Detail))
}

// AddRegion adds a damaged region, behind all that were added before. It does not count
// its bytes.
func (d *Damage) AddRegion(a Anomaly) {
	d.DamagedRegions++
	if len(d.Anomalies) <= MaxAnomalies {
		d.Anomalies = append(d.Anomalies, a)
	}
}

// Merge adds the damage of another part of the same input, of which it keeps nothing.
func (d *Damage) Merge(o *Damage) {
	d.SkippedBytes += o.SkippedBytes
	d.DamagedRegions += o.DamagedRegions
	// From behind, since parts mostly come nearly in order.
	i, j := len(d.Anomalies)-1, len(o.Anomalies)-1
	if len(d.Anomalies) > MaxAnomalies {
		for j >= 0 && d.Anomalies[i].compare(&o.Anomalies[j]) <= 0 {
			j--
		}
	}
	d.Anomalies = slices.Grow(d.Anomalies, j+1)[:i+j+2]
	for at := i + j + 1; j >= 0; at-- {
		if i >= 0 && d.Anomalies[i].compare(&o.Anomalies[j]) > 0 {
			d.Anomalies[at] = d.Anomalies[i]
			i--
		} else {
			d.Anomalies[at] = o.Anomalies[j]
			j--
		}
	}
	if len(d.Anomalies) > MaxAnomalies+1 {
		clear(d.Anomalies[MaxAnomalies+1:]) // their texts
		d.Anomalies = d.Anomalies[:MaxAnomalies+1]
	}
}

// Listed returns the damaged regions in order of offset. Where there are more than are
// known one by one, the last one stands for all others. Nobody may change it.
func (d *Damage) Listed() []Anomaly {
	if d.DamagedRegions <= MaxAnomalies+1 {
		return d.Anomalies
	}
	list := slices.Clone(d.Anomalies)
	rest := &list[MaxAnomalies]
	rest.Reason, rest.Length = FurtherRegions, d.SkippedBytes
	for i := range MaxAnomalies {
		rest.Length -= list[i].Length
	}
	rest.Detail = fmt.Sprintf("%d damaged regions from here on, whose lengths are added up", d.DamagedRegions-MaxAnomalies)
	return list
}

// Reason classifies an anomaly. It is text, since it goes into tables as it is.
type Reason string

const (
	// CutRecord means that the input ends inside a record header or a record.
	CutRecord Reason = "record_cut"
	// BadLength means that a record header claims more bytes than a record of its link
	// type can have or than there are, or that other records begin within them.
	BadLength Reason = "record_length_invalid"
	// LengthsDiffer means that a pcapng block ends with another length than it begins with.
	LengthsDiffer Reason = "block_lengths_differ"
	// UnknownInterface means that a packet is of an interface that was not described.
	UnknownInterface Reason = "interface_unknown"
	// BadSection means that a pcapng section header is of no known byte order or version.
	BadSection Reason = "section_header_invalid"
	// ZeroFilled means that there are zeros where a record header should be.
	ZeroFilled Reason = "zero_filled"
	// EmbeddedHeader means that there is the header of a capture file where a record
	// header should be; the records behind it are read as that capture's.
	EmbeddedHeader Reason = "file_header_embedded"
	// CutCompression means that the file ends before its compressed data does. Such an
	// anomaly has no length: nobody knows what would have come.
	CutCompression Reason = "compression_cut"
	// BadCompression means that the rest of a compressed file cannot be decompressed, or
	// is something else. Such an anomaly has no length either.
	BadCompression Reason = "compression_invalid"
	// FurtherRegions means that there are more damaged regions than are listed, from
	// Offset on; Length is the sum of their lengths.
	FurtherRegions Reason = "further_regions"
)

// Reasons are all reasons.
var Reasons = []Reason{
	CutRecord, BadLength, LengthsDiffer, UnknownInterface, BadSection, ZeroFilled, EmbeddedHeader, CutCompression, BadCompression, FurtherRegions,
}
