// Package iana turns port and protocol numbers into the names registered for
// them with the Internet Assigned Numbers Authority.
//
// The names come from two registries, embedded as services.tsv and
// protocols.tsv:
//
//   - Service Name and Transport Protocol Port Number Registry (RFC 6335),
//   - Protocol Numbers (RFC 5237).
//
// A program that never asks for a name pays nothing for them: each file is
// parsed at the first call. All functions may be called concurrently and do not
// allocate after that.
package iana

import (
	"cmp"
	_ "embed" // for the two registries
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:generate go run ../../cmd/internal/gen/iana

// A row of servicesTSV is a port, the transports that carry the service there
// ("tcp,udp") and its name. Rows are ordered by port and, at the same port, by
// tcp, udp, sctp, dccp.
//
//go:embed services.tsv
var servicesTSV string

// A row of protocolsTSV is a number, its keyword as registered, which may be
// empty, and a description. Rows are ordered by number.
//
//go:embed protocols.tsv
var protocolsTSV string

// service is the name of a port; its text lies in servicesTSV.
type service struct {
	port uint16
	name string
}

var (
	services  = sync.OnceValue(parseServices)
	protocols = sync.OnceValue(parseProtocols)
)

// Service returns the name of the service registered for port: the name it has
// with TCP or, where TCP has none, with UDP, SCTP or DCCP, in this order. It
// returns "" where no name is registered, which includes the dynamic ports from
// 49152 up. Of several names registered for the same port and transport it is
// the primary one: 80 is "http", not "www".
func Service(port uint16) string {
	table := services()
	i, ok := slices.BinarySearchFunc(table, port, func(s service, port uint16) int {
		return cmp.Compare(s.port, port)
	})
	if !ok {
		return ""
	}
	return table[i].name
}

// Protocol returns the keyword registered for an IP protocol number, in lower
// case and with hyphens for spaces: "tcp", "ipv6-icmp", "mobility-header". It
// returns "" for numbers that are unassigned, reserved, or assigned to a use
// without a keyword, such as 253 and 254 (experiments).
func Protocol(number uint8) string {
	return protocols()[number]
}

// parseServices keeps the first row of each port, the most preferred one.
func parseServices() []service {
	table := make([]service, 0, strings.Count(servicesTSV, "\n"))
	for line := range strings.Lines(servicesTSV) {
		port, _, name := fields(line)
		number, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			panic(fmt.Sprintf("iana: services.tsv: row %q: %v", line, err))
		}
		if n := len(table); n == 0 || table[n-1].port != uint16(number) {
			table = append(table, service{uint16(number), name})
		}
	}
	return table
}

func parseProtocols() *[256]string {
	var table [256]string
	for line := range strings.Lines(protocolsTSV) {
		number, keyword, _ := fields(line)
		n, err := strconv.ParseUint(number, 10, 8)
		if err != nil {
			panic(fmt.Sprintf("iana: protocols.tsv: row %q: %v", line, err))
		}
		table[n] = strings.ReplaceAll(strings.ToLower(keyword), " ", "-")
	}
	return &table
}

// fields splits a row at its tabs. Rows are well formed: a test says so.
func fields(line string) (first, second, third string) {
	first, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
	second, third, _ = strings.Cut(rest, "\t")
	return first, second, third
}
