package reducers

import (
	"math"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
)

// around draws numbers that can be packed into so many bits, often the largest one, and now
// and then such as cannot.
func around(bits int) *rapid.Generator[int64] {
	limit := int64(1) << bits
	return rapid.Custom(func(t *rapid.T) int64 {
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0:
			others := rapid.SampledFrom([]int64{limit, limit + 1, -1, math.MaxUint32, math.MaxInt64, math.MinInt64})
			return rapid.OneOf(others, rapid.Int64()).Draw(t, "other")
		case 1:
			return limit - 1
		default:
			return rapid.Int64Range(0, limit-1).Draw(t, "number")
		}
	})
}

func drawCounts(t *rapid.T, brief bool) flow.Counts {
	packetsBits, bytesBits, overheadBits := packetsBits, bytesBits, overheadBits
	if brief {
		packetsBits, bytesBits, overheadBits = briefPacketsBits, briefBytesBits, briefOverheadBits
	}
	bytes := around(bytesBits).Draw(t, "bytes")
	return flow.Counts{
		Packets: around(packetsBits).Draw(t, "packets"), Bytes: bytes,
		WireBytes: bytes + around(overheadBits).Draw(t, "overhead"), // which may overflow
	}
}

func drawTimes(t *rapid.T, brief bool) (first, last int64) {
	if brief { // microseconds, with or without a rest now and then
		first = around(microsBits).Draw(t, "first")*1000 + around(0).Draw(t, "rest")
		return first, first + around(briefBits).Draw(t, "duration")*1000 + around(0).Draw(t, "rest of the duration")
	}
	first = rapid.OneOf(rapid.SampledFrom([]int64{0, -1, aSecond, math.MinInt64, math.MaxInt64}), rapid.Int64()).Draw(t, "first")
	return first, first + around(durationBits).Draw(t, "duration")
}

// drawPair draws two addresses of an IP version.
func drawPair(t *rapid.T, version uint8) (a, b packet.Addr) {
	addr := rapid.Map(rapid.Uint32(), packet.Addr4)
	if version == 6 {
		addr = rapid.Custom(func(t *rapid.T) packet.Addr {
			return packet.Addr{Hi: rapid.Uint64().Draw(t, "hi"), Lo: rapid.Uint64().Draw(t, "lo")}
		})
	}
	return addr.Draw(t, "a"), addr.Draw(t, "b")
}

// TestPackings packs rows with numbers that just fit and that do not, and compares what is
// unpacked, and the keys of what is packed, with the rows and theirs.
func TestPackings(t *testing.T) {
	for _, rank := range []RankBy{ByBytes, ByWireBytes, ByPackets} {
		env := &Env{Options: Options{RankBy: rank}}
		t.Run("flows by "+rank.String(), testPackings(flows(env), func(t *rapid.T) *flow.Flow {
			brief := rapid.Bool().Draw(t, "brief")
			f := &flow.Flow{TTLMax: rapid.Uint8().Draw(t, "largest TTL")}
			f.Version = rapid.SampledFrom([]uint8{4, 6}).Draw(t, "version")
			f.Src, f.Dst = drawPair(t, f.Version)
			f.SrcPort, f.DstPort = rapid.Uint16().Draw(t, "source port"), rapid.Uint16().Draw(t, "destination port")
			f.Proto, f.TTL = rapid.Uint8().Draw(t, "protocol"), rapid.Uint8().Draw(t, "TTL")
			f.Ports = packet.Ports(rapid.IntRange(0, 3).Draw(t, "ports"))
			if brief {
				f.TTLMax = f.TTL + uint8(around(0).Draw(t, "other TTL"))
			}
			f.Counts, f.TCPFlags = drawCounts(t, brief), rapid.Uint8().Draw(t, "flags")
			f.First, f.Last = drawTimes(t, brief)
			return f
		}))
		t.Run("conversations by "+rank.String(), testPackings(conversations(env), func(t *rapid.T) *Conversation {
			brief := rapid.Bool().Draw(t, "brief")
			c := &Conversation{Version: rapid.SampledFrom([]uint8{4, 6}).Draw(t, "version")}
			c.AB, c.BA = drawCounts(t, brief), drawCounts(t, brief)
			c.A, c.B = drawPair(t, c.Version)
			c.Flows = around(rapid.SampledFrom([]int{8, besideBits}).Draw(t, "bits of flows")).Draw(t, "flows")
			c.First, c.Last = drawTimes(t, brief)
			return c
		}))
	}
}

func testPackings[R any](reducer pipeline.Reducer[flow.Batch], draw func(*rapid.T) *R) func(*testing.T) {
	return func(t *testing.T) {
		listing := reducer.(*Listing[flow.Batch, R])
		plan := &listing.Plan
		packed := make([]int, len(plan.Packings))
		rapid.Check(t, func(t *rapid.T) {
			for range 10 { // so that none of the packings is left out by chance
				r := draw(t)
				for i, p := range plan.Packings {
					words := make([]uint64, p.Words)
					if !p.Pack(words, r) {
						continue
					}
					packed[i]++
					got := draw(t) // of which nothing may be left
					p.Unpack(words, got)
					if diff := gocmp.Diff(r, got, cmpopts.EquateComparable()); diff != "" {
						t.Errorf("packing %d: Unpack(Pack) (-want +got):\n%s", i, diff)
					}
					for k, key := range plan.Order.Keys {
						if got, want := p.Keys[k](words), key(r); got != want {
							t.Errorf("packing %d: key %d of %+v = %#x, want %#x", i, k, r, got, want)
						}
					}
					if listing.RankKey != nil {
						if got, want := p.RankKey(words), listing.RankKey(r); got != want {
							t.Errorf("packing %d: rank key of %+v = %#x, want %#x", i, r, got, want)
						}
					}
				}
			}
		})
		for i, n := range packed {
			if n == 0 {
				t.Errorf("packing %d packs none of the rows that were drawn", i)
			}
		}
	}
}

// brief is which of two packings is that of brief rows; there are two for each IP version.
const brief = 0

// TestPackedLimits checks that what is as large as it may be is packed and that one more is
// not.
func TestPackedLimits(t *testing.T) {
	const packets, bytes, overhead, duration = 1<<packetsBits - 1, 1<<bytesBits - 1, 1<<overheadBits - 1, 1<<durationBits - 1
	flowOf := func(c flow.Counts, first, last int64) flow.Flow {
		return flow.Flow{Value: flow.Value{Counts: c, First: first, Last: last}}
	}
	most := flow.Counts{Packets: packets, Bytes: bytes, WireBytes: bytes + overhead}
	for _, tt := range []struct {
		flow flow.Flow
		want bool
	}{
		{flowOf(flow.Counts{}, 0, 0), true},
		{flowOf(most, aSecond, aSecond+duration), true},
		{flowOf(most, -duration, 0), true},
		{flowOf(most, math.MinInt64, math.MinInt64+duration), true},
		{flowOf(most, math.MaxInt64, math.MaxInt64), true},
		{flowOf(flow.Counts{Packets: packets + 1}, 0, 0), false},
		{flowOf(flow.Counts{Bytes: bytes + 1, WireBytes: bytes + 1}, 0, 0), false},
		{flowOf(flow.Counts{Bytes: 5, WireBytes: 5 + overhead + 1}, 0, 0), false},
		{flowOf(flow.Counts{Bytes: 5, WireBytes: 4}, 0, 0), false},
		{flowOf(flow.Counts{Bytes: math.MaxInt64, WireBytes: math.MinInt64}, 0, 0), false},
		{flowOf(flow.Counts{}, aSecond, aSecond+duration+1), false},
		{flowOf(flow.Counts{}, math.MinInt64, math.MaxInt64), false},
		{flowOf(flow.Counts{}, 1, 0), false},
	} {
		for i, p := range flowPackings(ByBytes) {
			if i%2 == brief {
				continue
			}
			tt.flow.Version = uint8(4 + i/2*2)
			if got := p.Pack(make([]uint64, p.Words), &tt.flow); got != tt.want {
				t.Errorf("packing %d: Pack(%+v) = %t, want %t", i, tt.flow.Value, got, tt.want)
			}
		}
		c := Conversation{AB: tt.flow.Counts, First: tt.flow.First, Last: tt.flow.Last, Flows: 255}
		back := Conversation{BA: tt.flow.Counts, First: tt.flow.First, Last: tt.flow.Last, Flows: 255}
		many := Conversation{Flows: 256}
		for i, p := range conversationPackings(ByBytes) {
			if i%2 == brief {
				continue
			}
			for _, c := range []Conversation{c, back, many} {
				c.Version = uint8(4 + i/2*2)
				if got, want := p.Pack(make([]uint64, p.Words), &c), tt.want && c.Flows < 256; got != want {
					t.Errorf("packing %d: Pack(%+v) = %t, want %t", i, c, got, want)
				}
			}
		}
	}
}

// TestBriefLimits is TestPackedLimits for what is brief.
func TestBriefLimits(t *testing.T) {
	const packets, bytes, overhead = 1<<briefPacketsBits - 1, 1<<briefBytesBits - 1, 1<<briefOverheadBits - 1
	const duration, latest = (1<<briefBits - 1) * 1000, (1<<microsBits - 1) * 1000
	flowOf := func(c flow.Counts, first, last int64) flow.Flow {
		return flow.Flow{Value: flow.Value{Counts: c, First: first, Last: last}}
	}
	most := flow.Counts{Packets: packets, Bytes: bytes, WireBytes: bytes + overhead}
	mixed := flowOf(most, 0, 0)
	mixed.TTLMax = 1
	for _, tt := range []struct {
		flow flow.Flow
		want bool
	}{
		{flowOf(flow.Counts{}, 0, 0), true},
		{flowOf(most, aSecond, aSecond+duration), true},
		{flowOf(most, latest, latest+duration), true},
		{flowOf(most, latest+1000, latest+1000), false},
		{flowOf(most, aSecond, aSecond+duration+1000), false},
		{flowOf(most, aSecond+1, aSecond+1000), false},
		{flowOf(most, aSecond, aSecond+999), false},
		{flowOf(most, aSecond, aSecond-1000), false},
		{flowOf(most, -1000, 0), false},
		{flowOf(most, math.MinInt64/1000*1000, math.MinInt64/1000*1000), false},
		{flowOf(most, math.MaxInt64/1000*1000, math.MaxInt64/1000*1000), false},
		{flowOf(flow.Counts{Packets: packets + 1}, 0, 0), false},
		{flowOf(flow.Counts{Bytes: bytes + 1, WireBytes: bytes + 1}, 0, 0), false},
		{flowOf(flow.Counts{Bytes: 5, WireBytes: 5 + overhead + 1}, 0, 0), false},
		{flowOf(flow.Counts{Bytes: 5, WireBytes: 4}, 0, 0), false},
		{mixed, false},
	} {
		for i, p := range flowPackings(ByBytes) {
			if i%2 != brief {
				continue
			}
			tt.flow.Version = uint8(4 + i/2*2)
			if got := p.Pack(make([]uint64, p.Words), &tt.flow); got != tt.want {
				t.Errorf("packing %d: Pack(%+v) = %t, want %t", i, tt.flow.Value, got, tt.want)
			}
		}
		const flows = 1<<besideBits - 1
		c := Conversation{AB: tt.flow.Counts, First: tt.flow.First, Last: tt.flow.Last, Flows: flows}
		back := Conversation{BA: tt.flow.Counts, First: tt.flow.First, Last: tt.flow.Last, Flows: flows}
		many := Conversation{Flows: flows + 1}
		for i, p := range conversationPackings(ByBytes) {
			if i%2 != brief {
				continue
			}
			for _, c := range []Conversation{c, back, many} {
				c.Version = uint8(4 + i/2*2)
				want := (tt.want || tt.flow.TTLMax > 0) && c.Flows <= flows
				if got := p.Pack(make([]uint64, p.Words), &c); got != want {
					t.Errorf("packing %d: Pack(%+v) = %t, want %t", i, c, got, want)
				}
			}
		}
	}
}
