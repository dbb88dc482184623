package main

import (
	"embed"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
)

//go:embed *.py
var scripts embed.FS

// pythons are Python programs as an analyst writes them.
func pythons() []peer {
	script := func(name string) func(job) [][]string {
		return func(j job) [][]string {
			return [][]string{{pythonWord, filepath.Join(j.scripts, name), j.capture}}
		}
	}
	version := func(module string) []string {
		return []string{pythonWord, "-c", "import sys, " + module +
			"; print('" + module + "', " + module + ".__version__ + ', Python', sys.version.split()[0], 'at', sys.executable)"}
	}
	return []peer{
		{
			name: scapyListName, module: "scapy.all", install: "apt-get install python3-scapy",
			version: version("scapy"), same: courseName, limit: 1_000,
			note: "one sniff over the file, then the list is filtered for each address, port and protocol; " +
				"the time grows with the square of the packets, so that a short prefix flatters it",
			steps: script("scapy_list.py"), answer: parsePython(true),
			definitions: "scapy finds an IPv4 header anywhere in a packet before an IPv6 one, and ports in tunnels and ICMP errors",
		},
		{
			name: scapyFilterName, programs: []string{"tcpdump"}, module: "scapy.all", install: "apt-get install python3-scapy tcpdump",
			version: version("scapy"), same: courseName, limit: 500,
			note:  "one sniff with a filter for each address and each value, of those that occur",
			steps: script("scapy_filter.py"), answer: parsePython(true),
			definitions: "scapy finds an IPv4 header anywhere in a packet before an IPv6 one; the filters look behind one VLAN tag, and no further",
		},
		{
			name: "dpkt", module: "dpkt", install: "apt-get install python3-dpkt",
			version: version("dpkt"), same: topName, limit: 200_000,
			note:  "one loop, one dictionary of flows",
			steps: script("dpkt_loop.py"), answer: parsePython(false),
			definitions: "dpkt gives up on headers that are cut or odd",
		},
	}
}

const (
	scapyListName   = "scapy, one list filtered"
	scapyFilterName = "scapy, one sniff for each value"
)

// writeScripts puts the Python programs into a directory.
func writeScripts(dir string) error {
	return os.CopyFS(dir, scripts)
}

// parsePython reads the JSON that the scripts print.
func parsePython(system bool) func([][]byte) (answer, error) {
	return func(stdout [][]byte) (answer, error) {
		var text struct {
			Packets int64
			Hosts   map[string]int64
			Ports   map[string]int64
		}
		if err := json.Unmarshal(stdout[0], &text); err != nil {
			return answer{}, err
		}
		hosts, ports := map[string]int64{}, map[string]int64{}
		for k, v := range text.Hosts {
			hosts[canonical(k)] += v
		}
		for k, v := range text.Ports {
			if n, err := strconv.Atoi(k); err == nil && (!system || n < 1024) {
				ports[k] += v
			}
		}
		return answer{
			Packets: text.Packets,
			Hosts:   ranking{Measure: ipBytes, Rows: top(hosts)},
			Ports:   ranking{Measure: ipBytes, System: system, Rows: top(ports)},
		}, nil
	}
}
