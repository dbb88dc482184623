package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
)

// measure is what a ranking adds up.
type measure string

// A peer ranks by what it knows; capfold ranks by any of these.
const (
	ipBytes   measure = "bytes"      // IP total length
	wireBytes measure = "wire_bytes" // original frame length
	packets   measure = "packets"
)

// ranked is how many rows of a ranking are compared.
const ranked = 10

// answer is what a peer found in a capture.
type answer struct {
	Packets int64 // in the whole capture, -1 where it does not say
	Hosts   ranking
	Ports   ranking
	Pairs   ranking // of addresses, by what both sent
}

// ranking is the top of the addresses, ports or pairs of addresses by what they sent. A
// peer that does not tell has the zero one.
type ranking struct {
	Measure measure
	System  bool // of ports, only those up to 1023
	Rows    []row
}

type row struct {
	Key   string
	Value int64
}

// canonical writes an address as capfold does.
func canonical(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	return a.String()
}

// pair names two addresses, in whichever order they come.
func pair(a, b string) string {
	a, b = canonical(a), canonical(b)
	return min(a, b) + " and " + max(a, b)
}

// top returns the sums as a ranking's rows, which is all that answers need of them.
func top(sums map[string]int64) []row {
	rows := make([]row, 0, len(sums))
	for key, value := range sums {
		if value > 0 {
			rows = append(rows, row{key, value})
		}
	}
	order(rows)
	return rows[:min(len(rows), 4*ranked)]
}

func order(rows []row) {
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(b.Value, a.Value), cmp.Compare(a.Key, b.Key))
	})
}

// differs says where two rankings of one measure differ among the first ten rows; it is
// empty where they do not. Which of several equal rows are the last ones does not matter.
func differs(ours, theirs []row) string {
	a, b := slices.Clone(ours), slices.Clone(theirs)
	order(a)
	order(b)
	n := min(ranked, len(a))
	if len(b) < n {
		return fmt.Sprintf("%d rows instead of %d", len(b), n)
	}
	for i := range n {
		if a[i].Value == b[i].Value && (a[i].Key == b[i].Key || a[i].Value == a[n-1].Value || slices.Contains(b, a[i])) {
			continue
		}
		return fmt.Sprintf("#%d is %s with %d instead of %s with %d", i+1, b[i].Key, b[i].Value, a[i].Key, a[i].Value)
	}
	return ""
}

// capfoldTables are the rows of capfold's tables by the tables' names, as far as they were
// asked for.
type capfoldTables map[string][]map[string]any

// answer returns what the tables say.
func (t capfoldTables) answer(by measure) answer {
	rank := func(table string, key func(map[string]any) string, prefixes ...string) ranking {
		rows, asked := t[table]
		if !asked {
			return ranking{}
		}
		r := ranking{Measure: by}
		for _, cells := range rows {
			sum := 0.0
			for _, prefix := range prefixes {
				v, _ := cells[prefix+string(by)].(float64)
				sum += v
			}
			if sum > 0 {
				r.Rows = append(r.Rows, row{key(cells), int64(sum)})
			}
		}
		return r
	}
	return answer{
		Packets: -1,
		Hosts:   rank("hosts", func(r map[string]any) string { return fmt.Sprint(r["address"]) }, "sent_"),
		Ports:   rank("ports", func(r map[string]any) string { return fmt.Sprint(r["port"]) }, "sent_"),
		Pairs: rank("conversations", func(r map[string]any) string {
			return pair(fmt.Sprint(r["a"]), fmt.Sprint(r["b"]))
		}, "ab_", "ba_"),
	}
}

// parseCapfold reads the summary that capfold analyze --json prints.
func parseCapfold(text []byte, by measure) (answer, error) {
	var summary struct {
		Totals struct{ Packets int64 }
		Tables capfoldTables
	}
	if err := json.Unmarshal(text, &summary); err != nil {
		return answer{}, err
	}
	a := summary.Tables.answer(by)
	a.Packets = summary.Totals.Packets
	return a, nil
}

// parseRows reads the first rows of tables that capfold writes as JSON Lines, where the
// largest come first.
func parseRows(names []string, texts [][]byte) (answer, error) {
	tables := capfoldTables{}
	for i, name := range names {
		tables[name] = []map[string]any{}
		for line := range bytes.Lines(texts[i]) {
			var cells map[string]any
			if err := json.Unmarshal(line, &cells); err != nil {
				return answer{}, fmt.Errorf("%s: %w", name, err)
			}
			tables[name] = append(tables[name], cells)
		}
	}
	return tables.answer(ipBytes), nil
}
