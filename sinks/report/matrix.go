package report

import (
	"cmp"
	"context"
	"slices"

	"github.com/capfold/capfold/pipeline/table"
)

const (
	// matrixSize is how many addresses the matrix of conversations has.
	matrixSize = 16
	// matrixRows is how many conversations are looked through for it.
	matrixRows = 5000
)

// matrix says who sends how much to whom among the addresses that talk most.
type matrix struct {
	Addresses []string `json:"addresses"` // the heaviest first
	Cells     []cell   `json:"cells"`
	Read      int      `json:"read"` // conversations that were looked through, the heaviest
	// Least is what the last of them amounts to, if there are more: a pair without a cell
	// has no more. It is -1 if all were looked through.
	Least int64 `json:"least"`
}

// cell is one direction of a conversation. From and To are indices of Addresses.
type cell struct {
	From    int   `json:"from"`
	To      int   `json:"to"`
	Bytes   int64 `json:"bytes"`
	Packets int64 `json:"packets"`
}

func (d *data) readMatrix(ctx context.Context, t *table.Table) error {
	m := &matrix{Addresses: []string{}, Cells: []cell{}, Least: -1}
	d.Matrix = m
	for p, err := range parts(ctx, t, matrixRows) {
		if err != nil {
			return err
		}
		m.fill(p, d.RankBy)
		if m.Read = p.Rows; t.Rows > p.Rows {
			m.Least = p.ints("ab_" + d.RankBy)[p.Rows-1] + p.ints("ba_" + d.RankBy)[p.Rows-1]
		}
		break
	}
	return nil
}

// fill finds addresses and cells.
func (m *matrix) fill(p *part, measure string) {
	ab, ba := p.ints("ab_"+measure), p.ints("ba_"+measure)
	traffic := map[string]int64{}
	for row := range p.Rows {
		traffic[p.text("a", row)] += ab[row] + ba[row]
		traffic[p.text("b", row)] += ab[row] + ba[row]
	}
	for a := range traffic {
		m.Addresses = append(m.Addresses, a)
	}
	slices.SortFunc(m.Addresses, func(a, b string) int {
		return cmp.Or(cmp.Compare(traffic[b], traffic[a]), cmp.Compare(a, b))
	})
	m.Addresses = m.Addresses[:min(matrixSize, len(m.Addresses))]
	place := map[string]int{}
	for i, a := range m.Addresses {
		place[a] = i
	}
	abBytes, baBytes, abPackets, baPackets := p.ints("ab_bytes"), p.ints("ba_bytes"), p.ints("ab_packets"), p.ints("ba_packets")
	for row := range p.Rows {
		a, ok := place[p.text("a", row)]
		b, ok2 := place[p.text("b", row)]
		if !ok || !ok2 {
			continue
		}
		if abPackets[row] > 0 {
			m.Cells = append(m.Cells, cell{a, b, abBytes[row], abPackets[row]})
		}
		if baPackets[row] > 0 {
			m.Cells = append(m.Cells, cell{b, a, baBytes[row], baPackets[row]})
		}
	}
}
