package report

import (
	"cmp"
	"context"

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

// talker is an address and what it sent and received in the conversations of a matrix.
type talker struct {
	address string
	traffic int64
}

// fill finds addresses and cells.
func (m *matrix) fill(p *part, measure string) {
	p.load("a", "b", "ab_bytes", "ba_bytes", "ab_packets", "ba_packets", "ab_"+measure, "ba_"+measure)
	ab, ba := p.ints("ab_"+measure), p.ints("ba_"+measure)
	var talkers []talker
	numbers := map[string]int{} // in talkers
	number := func(name string, row int) int {
		text := p.bytes(name, row)
		if plain(text) { // as nearly always; then a string is made once
			if n, ok := numbers[string(text)]; ok {
				return n
			}
		}
		address := visible(text)
		n, ok := numbers[address]
		if !ok {
			n = len(talkers)
			talkers = append(talkers, talker{address: address})
			numbers[address] = n
		}
		return n
	}
	pairs := make([][2]int, p.Rows)
	for row := range pairs {
		pairs[row] = [2]int{number("a", row), number("b", row)}
		for _, n := range pairs[row] {
			talkers[n].traffic += ab[row] + ba[row]
		}
	}
	first := table.NewFirst(matrixSize, func(a, b *talker) int {
		return cmp.Or(cmp.Compare(b.traffic, a.traffic), cmp.Compare(a.address, b.address))
	})
	for i := range talkers {
		first.Add(&talkers[i])
	}
	place := make([]int, len(talkers)) // in m.Addresses, plus 1
	for i, t := range first.Rows() {
		m.Addresses = append(m.Addresses, t.address)
		place[numbers[t.address]] = i + 1
	}
	abBytes, baBytes, abPackets, baPackets := p.ints("ab_bytes"), p.ints("ba_bytes"), p.ints("ab_packets"), p.ints("ba_packets")
	for row, pair := range pairs {
		a, b := place[pair[0]]-1, place[pair[1]]-1
		if a < 0 || b < 0 {
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
