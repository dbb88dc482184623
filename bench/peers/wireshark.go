package main

import (
	"bufio"
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// slowLimit is the number of packets for programs that dissect each one at length.
const slowLimit = 300_000

// wireshark are the programs of Wireshark.
func wireshark() []peer {
	return []peer{
		{
			name:     capinfosName,
			programs: []string{"capinfos"},
			install:  "apt-get install wireshark-common",
			version:  []string{"capinfos", "--version"},
			same:     foldName,
			note:     "counts packets, nothing else; -M prints the number whole",
			steps:    func(j job) [][]string { return [][]string{{"capinfos", "-c", "-M", j.capture}} },
			answer:   parseCapinfos,
		},
		{
			name:     tsharkName,
			programs: []string{"tshark"},
			install:  "apt-get install tshark",
			version:  []string{"tshark", "--version"},
			limit:    slowLimit,
			same:     pairsName,
			steps: func(j job) [][]string {
				return [][]string{{
					"tshark", "-n", "-q", "-r", j.capture, "-z", "endpoints,ip", "-z", "endpoints,ipv6",
					"-z", "conv,ip", "-z", "conv,ipv6",
				}}
			},
			answer:      parseEndpoints,
			note:        "every endpoint and conversation, no ports",
			definitions: "tshark counts every IP header of a packet, tunnelled ones too",
		},
		{
			name:     tsharkFieldsName,
			programs: []string{"tshark"},
			install:  "apt-get install tshark",
			version:  []string{"tshark", "--version"},
			limit:    slowLimit,
			same:     writeName,
			note:     "the fields that the tables need, without any adding up",
			steps: func(j job) [][]string {
				args := []string{"tshark", "-n", "-r", j.capture, "-T", "fields", "-E", "occurrence=f"}
				for _, o := range []string{
					"ip.defragment", "ipv6.defragment", "tcp.desegment_tcp_streams", "tcp.analyze_sequence_numbers", "sctp.reassembly",
				} {
					args = append(args, "-o", o+":FALSE")
				}
				for _, f := range fields {
					args = append(args, "-e", f)
				}
				return [][]string{args}
			},
			answer:      parseFields,
			definitions: "tshark names the first header of each kind, that of a tunnel or an ICMP error too, and its length as it stands",
		},
	}
}

// What these rows are called; targets are about them.
const (
	capinfosName     = "capinfos -c"
	tsharkName       = "tshark, endpoints and conversations"
	tsharkFieldsName = "tshark, fields"
)

func parseCapinfos(stdout [][]byte) (answer, error) {
	_, text, _ := bytes.Cut(stdout[0], []byte("Number of packets:"))
	line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	n, err := strconv.ParseInt(line, 10, 64)
	return answer{Packets: n}, err
}

// endpoint is a row of tshark's tables of endpoints: address, packets, bytes, sent packets,
// sent bytes.
var endpoint = regexp.MustCompile(`^([0-9a-f.:]+)\s+\d+\s+\d+\s+\d+\s+(\d+)\s`)

// conversation is a row of tshark's tables of conversations: two addresses, frames and
// bytes each way, frames and bytes in all. Bytes are rounded.
var conversation = regexp.MustCompile(`^([0-9a-f.:]+)\s+<->\s+([0-9a-f.:]+)\s+\d+ \d+ \S+\s+\d+ \d+ \S+\s+(\d+) \d+ `)

func parseEndpoints(stdout [][]byte) (answer, error) {
	hosts, pairs := map[string]int64{}, map[string]int64{}
	for line := range strings.Lines(string(stdout[0])) {
		sums, key, value := hosts, "", ""
		if m := conversation.FindStringSubmatch(line); m != nil {
			sums, key, value = pairs, pair(m[1], m[2]), m[3]
		} else if m := endpoint.FindStringSubmatch(line); m != nil {
			key, value = canonical(m[1]), m[2]
		} else {
			continue
		}
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return answer{}, err
		}
		sums[key] += n
	}
	return answer{
		Packets: -1,
		Hosts:   ranking{Measure: wireBytes, Rows: top(hosts)},
		Pairs:   ranking{Measure: packets, Rows: top(pairs)},
	}, nil
}

// fields are what the analysis needs of every packet.
var fields = []string{
	"frame.time_epoch", "frame.len", "ip.src", "ip.dst", "ip.proto", "ip.len", "ip.ttl",
	"ipv6.src", "ipv6.dst", "ipv6.nxt", "ipv6.plen", "ipv6.hlim",
	"tcp.srcport", "tcp.dstport", "tcp.flags", "udp.srcport", "udp.dstport", "sctp.srcport", "sctp.dstport",
}

func parseFields(stdout [][]byte) (answer, error) {
	column := map[string]int{}
	for i, f := range fields {
		column[f] = i
	}
	a := answer{}
	hosts, ports := map[string]int64{}, map[string]int64{}
	lines := bufio.NewScanner(bytes.NewReader(stdout[0]))
	for lines.Scan() {
		a.Packets++
		values := strings.Split(lines.Text(), "\t")
		if len(values) != len(fields) {
			return a, fmt.Errorf("%d fields instead of %d in %q", len(values), len(fields), lines.Text())
		}
		of := func(name string) string { return values[column[name]] }
		source, length := of("ip.src"), of("ip.len")
		more := int64(0)
		if source == "" {
			source, length, more = of("ipv6.src"), of("ipv6.plen"), 40
		}
		if source == "" || length == "" {
			continue
		}
		n, err := strconv.ParseInt(length, 10, 64)
		if err != nil {
			return a, err
		}
		hosts[canonical(source)] += n + more
		protocol := of("ip.proto")
		if protocol == "" {
			protocol = of("ipv6.nxt")
		}
		// Ports of an inner header count for nothing. Behind extension headers they are the
		// only ones.
		if of("ip.src") == "" && slices.Contains([]string{"0", "43", "44", "60"}, protocol) {
			protocol = ""
		}
		for _, port := range []struct{ protocol, value string }{
			{"6", of("tcp.srcport")}, {"17", of("udp.srcport")}, {"132", of("sctp.srcport")},
		} {
			if port.value != "" && (protocol == "" || protocol == port.protocol) {
				ports[port.value] += n + more
				break
			}
		}
	}
	a.Hosts = ranking{Measure: ipBytes, Rows: top(hosts)}
	a.Ports = ranking{Measure: ipBytes, Rows: top(ports)}
	return a, lines.Err()
}
