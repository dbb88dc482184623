package report

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks"
)

// hostsRest goes with the addresses that are shown: what kind each is, and what those that
// are not shown add up to.
type hostsRest struct {
	Kinds   []string `json:"kinds"`   // of the addresses shown
	Senders int      `json:"senders"` // of them, those that were chosen for what they sent

	Count           int   `json:"count"`
	SentPackets     int64 `json:"sent_packets"`
	SentBytes       int64 `json:"sent_bytes"`
	ReceivedPackets int64 `json:"received_packets"`
	ReceivedBytes   int64 `json:"received_bytes"`
}

// receiver is an address that is not among those that sent most.
type receiver struct {
	row   int // in the table
	bytes int64
	cells [][]byte // once its part of the table has been read
	kind  string
}

// readHosts reads the addresses that are shown, in the order of the table: the first, which
// sent most, and of the others those that received most.
func (d *data) readHosts(ctx context.Context, t *table.Table) error {
	r := &hostsRest{Kinds: []string{}}
	g := newGrid(t)
	receivers := table.NewFirst(maxReceivers, func(a, b *receiver) int {
		return cmp.Or(cmp.Compare(b.bytes, a.bytes), cmp.Compare(a.row, b.row))
	})
	seen, some, sums := 0, &part{}, r.sums()
	for p, err := range parts(ctx, t, partRows) {
		if err != nil {
			return err
		}
		senders := min(p.Rows, max(0, maxSenders-seen))
		some.set(p, 0, senders)
		g.addAll(some)
		for row := range senders {
			r.Kinds = append(r.Kinds, kind(some, row))
		}
		var one receiver // outside of the loop, as it is on the heap
		for from, block := range p.blocks(senders) {
			block.load(slices.Collect(maps.Keys(sums))...)
			for row, bytes := range block.ints("received_bytes") {
				one.row, one.bytes = seen+from+row, bytes
				receivers.Add(&one)
			}
			for name, sum := range sums {
				for _, n := range block.ints(name) {
					*sum += n
				}
			}
		}
		first := receivers.Rows()
		for i := range first {
			if one := &first[i]; one.cells == nil { // of this part
				some.set(p, one.row-seen, one.row-seen+1)
				one.cells, one.kind = g.cells(some, 0), kind(some, 0)
			}
		}
		seen += p.Rows
	}
	r.Senders = g.Shown
	first := receivers.Rows()
	slices.SortFunc(first, func(a, b receiver) int { return cmp.Compare(a.row, b.row) })
	for _, one := range first {
		g.add(one.cells)
		r.Kinds = append(r.Kinds, one.kind)
		for name, sum := range sums {
			*sum -= g.int(one.cells, name)
		}
	}
	r.Count = t.Rows - g.Shown
	d.Hosts = r
	d.Tables["hosts"] = g.finish()
	return nil
}

// sums are the sums of r by the columns that they are of.
func (r *hostsRest) sums() map[string]*int64 {
	return map[string]*int64{
		"sent_packets": &r.SentPackets, "sent_bytes": &r.SentBytes,
		"received_packets": &r.ReceivedPackets, "received_bytes": &r.ReceivedBytes,
	}
}

// kind says what an address is, where countries are not looked at: public, or of a block of
// special ones.
func kind(p *part, row int) string {
	return cmp.Or(sinks.SpecialBlock(p.text("country_code", row), p.text("country", row)), "public")
}
