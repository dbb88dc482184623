package parquet

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/capfold/capfold/pipeline/table"
)

// bounds are the smallest and the largest of some values, of which those fields count
// that belong to the type of the column. The zero bounds are those of no values.
type bounds struct {
	any                 bool // whether there is a value that has a place in the order
	low, high           int64
	lowFloat, highFloat float64
	lowBytes, highBytes []byte
}

func (b *bounds) reset() {
	b.any, b.lowBytes, b.highBytes = false, b.lowBytes[:0], b.highBytes[:0]
}

// setInts makes b the bounds of values. Four at a time, no comparison waits for the last one.
func setInts[T int32 | int64](b *bounds, values []T) {
	if b.any = len(values) > 0; !b.any {
		return
	}
	low := [4]T{values[0], values[0], values[0], values[0]}
	high := low
	for ; len(values) >= 4; values = values[4:] {
		low[0], high[0] = min(low[0], values[0]), max(high[0], values[0])
		low[1], high[1] = min(low[1], values[1]), max(high[1], values[1])
		low[2], high[2] = min(low[2], values[2]), max(high[2], values[2])
		low[3], high[3] = min(low[3], values[3]), max(high[3], values[3])
	}
	for _, x := range values {
		low[0], high[0] = min(low[0], x), max(high[0], x)
	}
	b.low, b.high = int64(slices.Min(low[:])), int64(slices.Max(high[:]))
}

// setFloats makes b the bounds of values. NaN has no place in the order.
func (b *bounds) setFloats(values []float64) {
	b.any = false
	for _, x := range values {
		switch {
		case math.IsNaN(x):
		case !b.any:
			b.any, b.lowFloat, b.highFloat = true, x, x
		default:
			b.lowFloat, b.highFloat = min(b.lowFloat, x), max(b.highFloat, x)
		}
	}
}

// setBytes makes b the bounds of values, each of which ends in data where ends says.
func (b *bounds) setBytes(data []byte, ends []int) {
	b.reset()
	if len(ends) == 0 {
		return
	}
	low := data[:ends[0]]
	high, start := low, ends[0]
	for _, end := range ends[1:] {
		if x := data[start:end]; bytes.Compare(x, high) > 0 {
			high = x
		} else if bytes.Compare(x, low) < 0 {
			low = x
		}
		start = end
	}
	b.any = true
	b.lowBytes, b.highBytes = append(b.lowBytes, low...), append(b.highBytes, high...)
}

// include makes b the bounds of o's values too. It may refer to the memory of o.
func (b *bounds) include(o *bounds) {
	switch {
	case !o.any:
	case !b.any:
		*b = *o
	default:
		b.low, b.high = min(b.low, o.low), max(b.high, o.high)
		b.lowFloat, b.highFloat = min(b.lowFloat, o.lowFloat), max(b.highFloat, o.highFloat)
		if bytes.Compare(o.lowBytes, b.lowBytes) < 0 {
			b.lowBytes = o.lowBytes
		}
		if bytes.Compare(o.highBytes, b.highBytes) > 0 {
			b.highBytes = o.highBytes
		}
	}
}

// compare tells how both bounds of b compare with those of o, which come before: 0 if
// they are equal, 1 or -1 if none is smaller or larger, and ok is false if they disagree.
func (b *bounds) compare(o *bounds, t table.Type) (sign int, ok bool) {
	var low, high int
	switch t {
	case table.Double:
		low, high = cmp.Compare(b.lowFloat, o.lowFloat), cmp.Compare(b.highFloat, o.highFloat)
	case table.String, table.Binary16:
		low, high = bytes.Compare(b.lowBytes, o.lowBytes), bytes.Compare(b.highBytes, o.highBytes)
	default:
		low, high = cmp.Compare(b.low, o.low), cmp.Compare(b.high, o.high)
	}
	if low*high < 0 {
		return 0, false
	}
	return cmp.Or(low, high), true
}

// plain returns the bounds as files have them: copies, nil if there are none. A zero is
// the negative one below and the positive one above, since readers take both for equal.
func (b *bounds) plain(t table.Type) (low, high []byte) {
	if !b.any {
		return nil, nil
	}
	switch t {
	case table.Int32:
		return uint32Bytes(uint32(b.low)), uint32Bytes(uint32(b.high))
	case table.Double:
		l, h := b.lowFloat, b.highFloat
		if l == 0 {
			l = math.Copysign(0, -1)
		}
		return uint64Bytes(math.Float64bits(l)), uint64Bytes(math.Float64bits(h + 0))
	case table.String, table.Binary16:
		return append([]byte{}, b.lowBytes...), append([]byte{}, b.highBytes...)
	default:
		return uint64Bytes(uint64(b.low)), uint64Bytes(uint64(b.high))
	}
}

func uint32Bytes(x uint32) []byte { return binary.LittleEndian.AppendUint32(nil, x) }
func uint64Bytes(x uint64) []byte { return binary.LittleEndian.AppendUint64(nil, x) }

// maxIndexed is the length of strings beyond which an index of pages has shorter ones.
const maxIndexed = 64

// floor returns a string of at most maxIndexed bytes that is not larger than s.
func floor(s []byte) []byte {
	if len(s) <= maxIndexed {
		return s
	}
	end := maxIndexed
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// ceiling returns a string that is not smaller than s, of at most maxIndexed bytes unless
// there is none.
func ceiling(s []byte) []byte {
	if len(s) <= maxIndexed {
		return s
	}
	for cut := floor(s); len(cut) > 0; {
		r, size := utf8.DecodeLastRune(cut)
		cut = cut[:len(cut)-size]
		for r++; r <= utf8.MaxRune; r++ {
			// A character of more bytes may make it longer, by three at most.
			if utf8.ValidRune(r) {
				return utf8.AppendRune(bytes.Clone(cut), r)
			}
		}
	}
	return s
}
