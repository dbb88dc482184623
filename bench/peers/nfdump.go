package main

import (
	"encoding/csv"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// nfdump makes flow records of a capture and ranks hosts and ports by them.
func nfdump() []peer {
	return []peer{{
		name:     nfdumpName,
		programs: []string{"nfpcapd", "nfdump"},
		install:  "apt-get install nfdump",
		version:  []string{"nfdump", "-V"},
		limit:    3_000_000,
		same:     topName,
		note:     "flow records on disk, top hosts and ports from them",
		steps: func(j job) [][]string {
			return [][]string{
				{"nfpcapd", "-r", j.capture, "-w", j.work},
				{
					"nfdump", "-6", "-q", "-o", "csv", "-n", strconv.Itoa(4 * ranked), "-R", filepath.Join(j.work, "."),
					"-s", "srcip/bytes", "-s", "srcport/bytes",
				},
			}
		},
		answer:      parseNfdump,
		definitions: "nfpcapd looks into some tunnels and leaves out what it cannot decode",
	}}
}

const nfdumpName = "nfpcapd + nfdump"

// parseNfdump reads nfdump's statistics as CSV: a header and rows for each of them. An
// element that holds no address is a port; port 0 stands for protocols that have none.
func parseNfdump(stdout [][]byte) (answer, error) {
	hosts, ports := map[string]int64{}, map[string]int64{}
	r := csv.NewReader(strings.NewReader(string(stdout[1])))
	r.FieldsPerRecord = -1
	records, err := r.ReadAll()
	if err != nil {
		return answer{}, err
	}
	for _, record := range records {
		if len(record) < 10 || record[0] == "ts" {
			continue
		}
		value, err := strconv.ParseInt(record[9], 10, 64)
		if err != nil {
			return answer{}, fmt.Errorf("bytes of %q: %w", record, err)
		}
		if key := record[4]; strings.ContainsAny(key, ".:") {
			hosts[canonical(key)] += value
		} else if key != "0" {
			ports[key] += value
		}
	}
	return answer{
		Packets: -1,
		Hosts:   ranking{Measure: ipBytes, Rows: top(hosts)},
		Ports:   ranking{Measure: ipBytes, Rows: top(ports)},
	}, nil
}
