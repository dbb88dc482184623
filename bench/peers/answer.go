package main

import (
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
}

// ranking is the top of the addresses or ports by what they sent. A peer that does not
// tell has the zero one.
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

// parseCapfold reads the summary that capfold analyze --json prints.
func parseCapfold(text []byte, by measure) (answer, error) {
	var summary struct {
		Totals struct{ Packets int64 }
		Tables struct {
			Hosts, Ports []map[string]any
		}
	}
	if err := json.Unmarshal(text, &summary); err != nil {
		return answer{}, err
	}
	rows := func(table []map[string]any, key string) []row {
		var rows []row
		for _, r := range table {
			if v, ok := r["sent_"+string(by)].(float64); ok && v > 0 {
				rows = append(rows, row{fmt.Sprint(r[key]), int64(v)})
			}
		}
		return rows
	}
	return answer{
		Packets: summary.Totals.Packets,
		Hosts:   ranking{Measure: by, Rows: rows(summary.Tables.Hosts, "address")},
		Ports:   ranking{Measure: by, Rows: rows(summary.Tables.Ports, "port")},
	}, nil
}
