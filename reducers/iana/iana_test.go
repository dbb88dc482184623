package iana

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestService(t *testing.T) {
	tests := []struct {
		name string
		port uint16
		want string
	}{
		{"reserved", 0, ""},
		{"first", 1, "tcpmux"},
		{"reserved since", 2, ""},
		{"tcp, udp and sctp", 22, "ssh"},
		{"domain", 53, "domain"},
		{"first of several names", 80, "http"},
		{"ntp", 123, "ntp"},
		{"https", 443, "https"},
		{"renamed", 465, "submissions"},
		{"tcp before udp", 514, "shell"},
		{"ncp", 524, "ncp"},
		{"rtsp", 554, "rtsp"},
		{"beside ipps", 631, "ipp"},
		{"tcp only", 993, "imaps"},
		{"end of the system ports", 1023, ""},
		{"listed after another name", 2049, "nfs"},
		{"udp only", 4789, "vxlan"},
		{"start of a range", 6000, "x11"},
		{"inside a range", 6031, "x11"},
		{"end of a range", 6063, "x11"},
		{"after a range", 6064, "ndl-ahp-svc"},
		{"sctp only", 29169, "iuhsctpassoc"},
		{"last registered port", 49151, ""},
		{"dynamic", 49152, ""},
		{"last", 65535, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Service(tt.port); got != tt.want {
				t.Errorf("Service(%d) = %q, want %q", tt.port, got, tt.want)
			}
		})
	}
}

func TestProtocol(t *testing.T) {
	tests := []struct {
		name   string
		number uint8
		want   string
	}{
		{"first", 0, "hopopt"},
		{"icmp", 1, "icmp"},
		{"igmp", 2, "igmp"},
		{"ipv4 in ip", 4, "ipv4"},
		{"tcp", 6, "tcp"},
		{"udp", 17, "udp"},
		{"ipv6 in ip", 41, "ipv6"},
		{"gre", 47, "gre"},
		{"esp", 50, "esp"},
		{"hyphen", 58, "ipv6-icmp"},
		{"without a keyword", 61, ""},
		{"sctp", 132, "sctp"},
		{"space", 135, "mobility-header"},
		{"mixed case", 136, "udplite"},
		{"last assigned", 147, "bit-emu"},
		{"unassigned", 148, ""},
		{"experiments", 253, ""},
		{"reserved", 255, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Protocol(tt.number); got != tt.want {
				t.Errorf("Protocol(%d) = %q, want %q", tt.number, got, tt.want)
			}
		})
	}
}

// TestServiceRows proves what parseServices relies on and that every row can be
// asked for.
func TestServiceRows(t *testing.T) {
	transports := []string{"tcp", "udp", "sctp", "dccp"}
	rank := func(row string) int { return slices.Index(transports, strings.Split(row, ",")[0]) }
	name := regexp.MustCompile(`^[[:graph:]]+$`)
	last, lastCarriers := -1, ""
	for i, row := range rows(t, servicesTSV) {
		port, err := strconv.Atoi(row[0])
		if err != nil || port < 0 || port > 49151 || !name.MatchString(row[2]) {
			t.Fatalf("services.tsv:%d: %q, want a registered port and a name", i+1, row)
		}
		for carrier := range strings.SplitSeq(row[1], ",") {
			if !slices.Contains(transports, carrier) {
				t.Errorf("services.tsv:%d: transport %q, want one of %q", i+1, carrier, transports)
			}
		}
		switch {
		case port < last, port == last && rank(row[1]) <= rank(lastCarriers):
			t.Errorf("services.tsv:%d: %q is out of order", i+1, row)
		case port > last:
			if got := Service(uint16(port)); got != row[2] {
				t.Errorf("Service(%d) = %q, want %q", port, got, row[2])
			}
		}
		last, lastCarriers = port, row[1]
	}
}

func TestProtocolRows(t *testing.T) {
	last := -1
	for i, row := range rows(t, protocolsTSV) {
		number, err := strconv.Atoi(row[0])
		if err != nil || number <= last || number > 255 || row[2] == "" {
			t.Fatalf("protocols.tsv:%d: %q, want a number above %d and a description", i+1, row, last)
		}
		want := strings.ReplaceAll(strings.ToLower(row[1]), " ", "-")
		if got := Protocol(uint8(number)); got != want {
			t.Errorf("Protocol(%d) = %q, want %q", number, got, want)
		}
		last = number
	}
}

// rows splits a registry into its rows of three fields.
func rows(t *testing.T, text string) [][]string {
	t.Helper()
	lines := strings.Split(text, "\n")
	if n := len(lines) - 1; n < 100 || lines[n] != "" {
		t.Fatalf("registry has %d lines and ends in %q, want many and a newline", n, lines[n])
	}
	var split [][]string
	for i, line := range lines[:len(lines)-1] {
		fields := strings.Split(line, "\t")
		if len(fields) != 3 {
			t.Fatalf("line %d: %q has %d fields, want 3", i+1, line, len(fields))
		}
		split = append(split, fields)
	}
	return split
}

func TestNoAllocations(t *testing.T) {
	port := uint16(0)
	allocs := testing.AllocsPerRun(1000, func() {
		_, _ = Service(port), Protocol(uint8(port))
		port += 67
	})
	if allocs != 0 {
		t.Errorf("Service and Protocol: %v allocations per call, want 0", allocs)
	}
}

func BenchmarkService(b *testing.B) {
	for port := uint16(0); b.Loop(); port++ {
		Service(port)
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		parseServices()
		parseProtocols()
	}
}
