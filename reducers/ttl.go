package reducers

import (
	"cmp"
	"iter"
	"math"
	"math/big"

	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/table"
)

// TTLKey is a TTL of packets of an IP version.
type TTLKey struct{ Version, TTL uint8 }

// byTTL yields what was sent with each TTL, in parts.
func byTTL(b flow.Batch) iter.Seq2[TTLKey, *flow.Counts] {
	return func(yield func(TTLKey, *flow.Counts) bool) {
		for i := range b.Flows {
			if f := &b.Flows[i]; !f.Mixed() && !yield(TTLKey{f.Version, f.TTL}, &f.Counts) {
				return
			}
		}
		for i := range b.Mixed {
			if a := &b.Mixed[i]; !yield(TTLKey{a.Version, a.TTL}, &a.Counts) {
				return
			}
		}
	}
}

func ttl(*Env) pipeline.Reducer[flow.Batch] {
	type row = Row[TTLKey, flow.Counts]
	return &Rollup[flow.Batch, TTLKey, flow.Counts]{
		Doc: table.Schema{
			Name: "ttl", Row: "IP version and TTL", Order: "IP version, TTL",
			Doc: "Histogram of the time to live of IPv4 packets and the hop limit of IPv6 packets.",
		},
		Number:  func(k TTLKey) int { return int(k.Version)<<8 | int(k.TTL) },
		Numbers: 7 << 8,
		Fold: func(b flow.Batch, at func(TTLKey) *flow.Counts) {
			var found [256]*flow.Counts // by TTL, of an IP version
			version := uint8(0)
			for k, c := range byTTL(b) {
				if k.Version != version {
					found, version = [256]*flow.Counts{}, k.Version
				}
				if found[k.TTL] == nil {
					found[k.TTL] = at(k)
				}
				found[k.TTL].Add(*c)
			}
		},
		Merge: func(into, from *flow.Counts) { into.Add(*from) },
		Compare: func(a, b *row) int {
			return cmp.Or(cmp.Compare(a.Key.Version, b.Key.Version), cmp.Compare(a.Key.TTL, b.Key.TTL))
		},
		Columns: columns([]table.Column[row]{
			table.Int32s("ip_version", "", "4 or 6", func(r *row) int64 { return int64(r.Key.Version) }),
			table.Int32s("ttl", "1", "TTL or hop limit", func(r *row) int64 { return int64(r.Key.TTL) }),
		}, countsColumns("", "", func(r *row) *flow.Counts { return &r.Value })),
	}
}

// Histogram counts packets by TTL. Its moments are exact.
type Histogram struct{ Packets [256]int64 }

func (h *Histogram) merge(o *Histogram) {
	for ttl, n := range o.Packets {
		h.Packets[ttl] += n
	}
}

// allVersions is the key of the summary over both IP versions.
const allVersions = 0

func ttlSummary(*Env) pipeline.Reducer[flow.Batch] {
	type row struct { // made once, since moments are costly
		version uint8
		*moments
	}
	cols := []table.Column[row]{
		table.Int32s("ip_version", "", "4 or 6; null for both together", func(r *row) int64 { return int64(r.version) }).
			NullIf(func(r *row) bool { return r.version == allVersions }),
		table.Int32s("min", "1", "smallest TTL", func(r *row) int64 { return r.min }),
		table.Int32s("max", "1", "largest TTL", func(r *row) int64 { return r.max }),
		table.Doubles("mean", "1", "mean TTL", func(r *row) float64 { return r.mean }),
		table.Doubles("variance", "1", "population variance", func(r *row) float64 { return r.variance }),
		table.Doubles("stddev", "1", "population standard deviation", func(r *row) float64 { return math.Sqrt(r.variance) }),
		table.Int32s("mode", "1", "most frequent TTL, the smallest of several", func(r *row) int64 { return r.mode }),
		table.Int64s("packets", "packets", "packets",
			func(r *row) int64 { return r.packets }),
		table.Int64s("packets_above_mean", "packets", "packets with a TTL greater than the mean",
			func(r *row) int64 { return r.aboveMean }),
		table.Int64s("packets_within_stddev", "packets", "packets with a TTL at most one standard deviation away from the mean",
			func(r *row) int64 { return r.withinStddev }),
	}
	return &Rollup[flow.Batch, uint8, Histogram]{
		Doc: table.Schema{
			Fields: table.Fields(cols),
			Name:   "ttl_summary", Row: "IP version, and all", Order: "IP version, all last",
			Doc: "Moments of the distribution of TTLs over packets. Variance and standard " +
				"deviation are those of the population.",
		},
		Number:  func(version uint8) int { return int(version) },
		Numbers: 1 << 8,
		Fold: func(b flow.Batch, at func(uint8) *Histogram) {
			var version *Histogram
			last := uint8(allVersions) // whose histogram version is
			for k, c := range byTTL(b) {
				if k.Version != last {
					version, last = at(k.Version), k.Version
				}
				version.Packets[k.TTL] += c.Packets
			}
		},
		Merge:   (*Histogram).merge,
		Compare: func(a, b *Row[uint8, Histogram]) int { return cmp.Compare(a.Key, b.Key) },
		Project: func(doc table.Schema, histograms *table.Rows[Row[uint8, Histogram]]) *table.Table {
			rows := &table.Rows[row]{}
			all := Histogram{}
			for i := range histograms.Len() {
				h := histograms.At(i)
				*rows.Push() = row{h.Key, h.Value.moments()}
				all.merge(&h.Value)
			}
			if histograms.Len() > 0 {
				*rows.Push() = row{allVersions, all.moments()}
			}
			return table.New(doc, cols, rows, table.Options[row]{})
		},
	}
}

// moments are derived from a histogram that is not empty. Integers are exact, and the
// ratios are exact until their last division.
type moments struct {
	packets, min, max, mode int64
	mean, variance          float64
	aboveMean, withinStddev int64
}

func (h *Histogram) moments() *moments {
	m := &moments{min: math.MaxInt64, mode: -1}
	var n, sum, squares big.Int
	most := int64(0)
	for ttl, packets := range h.Packets {
		if packets == 0 {
			continue
		}
		t, p := int64(ttl), big.NewInt(packets)
		m.packets += packets
		m.min, m.max = min(m.min, t), max(m.max, t)
		if packets > most {
			m.mode, most = t, packets
		}
		n.Add(&n, p)
		sum.Add(&sum, new(big.Int).Mul(p, big.NewInt(t)))
		squares.Add(&squares, new(big.Int).Mul(p, big.NewInt(t*t)))
	}
	// variance = (n·Σx² − (Σx)²) / n²
	spread := new(big.Int).Mul(&n, &squares)
	spread.Sub(spread, new(big.Int).Mul(&sum, &sum))
	m.mean = quotient(&sum, &n)
	m.variance = quotient(spread, new(big.Int).Mul(&n, &n))
	for ttl, packets := range h.Packets {
		// (x·n − Σx)² ≤ n²·variance, without a root or a division
		d := new(big.Int).Mul(&n, big.NewInt(int64(ttl)))
		d.Sub(d, &sum)
		if d.Sign() > 0 {
			m.aboveMean += packets
		}
		if d.Mul(d, d).Cmp(spread) <= 0 {
			m.withinStddev += packets
		}
	}
	return m
}

func quotient(a, b *big.Int) float64 {
	f, _ := new(big.Rat).SetFrac(a, b).Float64()
	return f
}
