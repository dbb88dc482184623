package main

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
)

// argus makes bidirectional flow records, racluster adds them up.
func argus() []peer {
	cluster := func(j job, key, protocol string) []string {
		return []string{
			"racluster", "-X", "-r", filepath.Join(j.work, "argus"), "-n", "-u", "-c", ",", "-M", "rmon",
			"-m", protocol, key, "-s", protocol, key, "spkts", "sbytes", "-", "ip or ipv6", // which leaves out ARP
		}
	}
	return []peer{{
		name:     "argus + racluster",
		programs: []string{"argus", "racluster"},
		install:  "apt-get install argus-server argus-client",
		version:  []string{"argus", "-h"},
		limit:    1_000_000,
		same:     rowsName,
		note:     "flow records on disk, hosts and ports from them",
		steps: func(j job) [][]string {
			return [][]string{
				{"argus", "-X", "-r", j.capture, "-w", filepath.Join(j.work, "argus")},
				cluster(j, "saddr", "srcid"),
				cluster(j, "sport", "proto"),
			}
		},
		answer:      parseArgus,
		definitions: "argus decodes other headers than capfold; racluster's rmon mode does not turn the ports of IPv6 flows round",
	}}
}

// parseArgus reads racluster's tables of addresses, with frame bytes, and of ports, with
// packets, since capfold has no frame bytes of ports.
func parseArgus(stdout [][]byte) (answer, error) {
	sum := func(text []byte, column int, is func(protocol, key string) bool) (map[string]int64, error) {
		sums := map[string]int64{}
		for line := range strings.Lines(string(text)) {
			values := strings.Split(strings.TrimSpace(line), ",")
			if len(values) != 4 || !is(values[0], values[1]) {
				continue
			}
			n, err := strconv.ParseInt(values[column], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("argus: %q: %w", line, err)
			}
			sums[canonical(values[1])] += n
		}
		return sums, nil
	}
	hosts, err := sum(stdout[1], 3, func(_, key string) bool {
		_, err := netip.ParseAddr(key)
		return err == nil
	})
	if err != nil {
		return answer{}, err
	}
	ports, err := sum(stdout[2], 2, func(protocol, _ string) bool {
		return protocol == "tcp" || protocol == "udp" || protocol == "sctp"
	})
	return answer{
		Packets: -1,
		Hosts:   ranking{Measure: wireBytes, Rows: top(hosts)},
		Ports:   ranking{Measure: packets, Rows: top(ports)},
	}, err
}
