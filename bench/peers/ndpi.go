package main

import (
	"errors"
	"regexp"
	"strconv"
)

// ndpi names the application of every flow.
func ndpi() []peer {
	return []peer{{
		name:     "ndpiReader",
		programs: []string{"ndpiReader"},
		install:  "apt-get install libndpi-bin",
		version:  []string{"ndpiReader", "-h"},
		limit:    1_000_000,
		same:     topName,
		note:     "names the application of each flow; -v 3 lists ports",
		steps: func(j job) [][]string {
			return [][]string{{"ndpiReader", "-q", "-v", "3", "-i", j.capture}}
		},
		answer:      parseNdpi,
		definitions: "ndpiReader lists the ten busiest ports of each side of flows, and takes sides by its own rules",
	}}
}

var (
	ndpiTotal = regexp.MustCompile(`IP packets:\s+\d+\s+of (\d+) packets total`)
	ndpiPort  = regexp.MustCompile(`(?m)^\s*\d+\s+Port\s+(\d+)\s+\[.*?/(\d+) pkts/`)
)

// parseNdpi reads ndpiReader's statistics of ports. Its source ports are those of clients
// with what clients sent, its destination ports those of servers with what servers sent.
func parseNdpi(stdout [][]byte) (answer, error) {
	a := answer{Packets: -1}
	if m := ndpiTotal.FindSubmatch(stdout[0]); m != nil {
		n, err := strconv.ParseInt(string(m[1]), 10, 64)
		if err != nil {
			return a, err
		}
		a.Packets = n
	}
	ports := map[string]int64{}
	for _, m := range ndpiPort.FindAllSubmatch(stdout[0], -1) {
		n, err := strconv.ParseInt(string(m[2]), 10, 64)
		if err != nil {
			return a, err
		}
		if port := string(m[1]); port != "0" { // protocols without ports
			ports[port] += n
		}
	}
	if len(ports) == 0 {
		return a, errors.New("no statistics of ports in what ndpiReader printed")
	}
	a.Ports = ranking{Measure: packets, Rows: top(ports)}
	return a, nil
}
