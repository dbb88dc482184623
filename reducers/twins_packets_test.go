package reducers

import (
	"bytes"
	"maps"
	"math"
	"math/big"
	"slices"

	"github.com/capfold/capfold/pipeline/packet"
)

func twinTTL(t *traffic) (rows [][]any) {
	ttls := map[[2]uint8]*sum{}
	t.ip(func(p *packet.Summary) { at(ttls, [2]uint8{p.Version, p.TTL}).add(p) })
	for _, k := range slices.SortedFunc(maps.Keys(ttls), func(a, b [2]uint8) int { return bytes.Compare(a[:], b[:]) }) {
		rows = append(rows, row([]any{int64(k[0]), int64(k[1])}, ttls[k].columns()))
	}
	return rows
}

// twinTTLSummary computes the moments by their definitions, in rational numbers.
func twinTTLSummary(t *traffic) (rows [][]any) {
	for _, version := range []uint8{4, 6, 0} {
		var ttls []uint8
		t.ip(func(p *packet.Summary) {
			if version == 0 || p.Version == version {
				ttls = append(ttls, p.TTL)
			}
		})
		if len(ttls) == 0 {
			continue
		}
		// Of equal TTLs one is worked on, and counts as many times.
		times, n := map[uint8]int64{}, big.NewRat(int64(len(ttls)), 1)
		for _, x := range ttls {
			times[x]++
		}
		mean, variance := new(big.Rat), new(big.Rat)
		square := func(x uint8) *big.Rat {
			d := new(big.Rat).Sub(big.NewRat(int64(x), 1), mean)
			return d.Mul(d, d)
		}
		for x, m := range times {
			mean.Add(mean, big.NewRat(int64(x)*m, 1))
		}
		mean.Quo(mean, n)
		for x, m := range times {
			variance.Add(variance, new(big.Rat).Mul(square(x), big.NewRat(m, 1)))
		}
		variance.Quo(variance, n)
		var above, within int64
		mode := ttls[0]
		for x, m := range times {
			if big.NewRat(int64(x), 1).Cmp(mean) > 0 {
				above += m
			}
			if square(x).Cmp(variance) <= 0 {
				within += m
			}
			if m > times[mode] || m == times[mode] && x < mode {
				mode = x
			}
		}
		of := any(int64(version))
		if version == 0 {
			of = nil
		}
		m, _ := mean.Float64()
		v, _ := variance.Float64()
		rows = append(rows, []any{
			of, int64(slices.Min(ttls)), int64(slices.Max(ttls)), m, v, math.Sqrt(v),
			int64(mode), int64(len(ttls)), above, within,
		})
	}
	return rows
}

// start returns the beginning of the interval that an instant is in.
func (t *traffic) start(time int64) int64 { return time - (time%t.interval+t.interval)%t.interval }

func twinTimeline(t *traffic) (rows [][]any) {
	intervals := map[int64]*sum{}
	for i := range t.packets {
		at(intervals, t.start(t.packets[i].Time)).add(&t.packets[i])
	}
	for _, start := range slices.Sorted(maps.Keys(intervals)) {
		rows = append(rows, row([]any{micros(start)}, intervals[start].columns()))
	}
	return rows
}

func twinHostTimeline(t *traffic) (rows [][]any) {
	top := t.top()
	intervals := map[[2]int64]*sum{}
	t.ip(func(p *packet.Summary) {
		if i := slices.Index(top, source(p)); i >= 0 {
			at(intervals, [2]int64{t.start(p.Time), int64(i)}).add(p)
		}
	})
	for _, k := range slices.SortedFunc(maps.Keys(intervals), func(a, b [2]int64) int { return slices.Compare(a[:], b[:]) }) {
		rows = append(rows, row([]any{micros(k[0]), k[1] + 1, top[k[1]].String()}, intervals[k].columns()))
	}
	return rows
}

func twinProtocols(t *traffic) (rows [][]any) {
	paths := map[string]*sum{}
	for i := range t.packets {
		p := &t.packets[i]
		path := p.Path.String()
		if p.Version != 0 {
			path += "/" + plainProtocolName(int(p.Proto))
		}
		at(paths, path).add(p)
	}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		rows = append(rows, row([]any{path}, paths[path].columns()))
	}
	return rows
}

func twinPacketSizes(t *traffic) (rows [][]any) {
	bins := []int64{0, 64, 128, 256, 512, 1024, 1515, 1519, 2048, 4096, 9217, 65536}
	for i, least := range bins {
		most, largest := int64(math.MaxInt64), any(nil)
		if i+1 < len(bins) {
			most = bins[i+1] - 1
			largest = most
		}
		var s sum
		for j := range t.packets {
			if n := int64(t.packets[j].WireLen); n >= least && n <= most {
				s.add(&t.packets[j])
			}
		}
		if s[0] > 0 {
			rows = append(rows, row([]any{least, largest}, s.columns()))
		}
	}
	return rows
}
