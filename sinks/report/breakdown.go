package report

import (
	"context"

	"github.com/capfold/capfold/pipeline/table"
)

// breakdown is what the top addresses sent, by IP protocol and by port. A list of an
// address that is longer than maxParts ends with what the others add up to.
type breakdown struct {
	Protocols   map[int64]*partsOf `json:"protocols"` // by rank of the address
	Source      map[int64]*partsOf `json:"source"`
	Destination map[int64]*partsOf `json:"destination"`
}

// partsOf are the parts of what an address sent.
type partsOf struct {
	Number  []int64  `json:"number"`
	Name    []string `json:"name"`
	Packets []int64  `json:"packets"`
	Bytes   []int64  `json:"bytes"`

	Others       int   `json:"others"`
	OtherPackets int64 `json:"otherPackets"`
	OtherBytes   int64 `json:"otherBytes"`
}

// readBreakdown reads both tables, of which either may be nil.
func (d *data) readBreakdown(ctx context.Context, protocols, ports *table.Table) error {
	b := &breakdown{Protocols: map[int64]*partsOf{}, Source: map[int64]*partsOf{}, Destination: map[int64]*partsOf{}}
	if protocols != nil {
		err := readParts(ctx, protocols, "protocol", "protocol_name", func(*part, int) map[int64]*partsOf { return b.Protocols })
		if err != nil {
			return err
		}
	}
	if ports != nil {
		err := readParts(ctx, ports, "port", "service", func(p *part, row int) map[int64]*partsOf {
			if string(p.bytes("direction", row)) == "source" {
				return b.Source
			}
			return b.Destination
		})
		if err != nil {
			return err
		}
	}
	d.Breakdown = b
	return nil
}

// readParts adds the rows of t to the lists that pick returns. Rows are ordered by rank.
func readParts(ctx context.Context, t *table.Table, number, name string, pick func(p *part, row int) map[int64]*partsOf) error {
	some := &part{}
	for p, err := range parts(ctx, t, partRows) {
		if err != nil {
			return err
		}
		for from, block := range p.blocks(0) {
			block.load("rank", number, "packets", "bytes", "direction")
			ranks, numbers, packets, bytes := block.ints("rank"), block.ints(number), block.ints("packets"), block.ints("bytes")
			for row, rank := range ranks {
				if rank > maxTransport {
					return nil
				}
				lists := pick(block, row)
				l := lists[rank]
				if l == nil {
					l = &partsOf{}
					lists[rank] = l
				}
				if len(l.Number) == maxParts {
					l.Others++
					l.OtherPackets += packets[row]
					l.OtherBytes += bytes[row]
					continue
				}
				some.set(p, from+row, from+row+1)
				l.Number = append(l.Number, numbers[row])
				l.Name = append(l.Name, some.text(name, 0))
				l.Packets = append(l.Packets, packets[row])
				l.Bytes = append(l.Bytes, bytes[row])
			}
		}
	}
	return nil
}
