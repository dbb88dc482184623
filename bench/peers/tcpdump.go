package main

import (
	"fmt"
)

// tcpdumps are the programs that read a capture with libpcap and do next to nothing.
func tcpdumps() []peer {
	return []peer{
		{
			name:     "tcpdump -w /dev/null",
			programs: []string{"tcpdump"},
			install:  "apt-get install tcpdump",
			version:  []string{"tcpdump", "--version"},
			note:     "copies packets",
			steps:    func(j job) [][]string { return [][]string{{"tcpdump", "-r", j.capture, "-w", "/dev/null"}} },
		},
		{
			name:     "tcpstat",
			programs: []string{"tcpstat"},
			install:  "apt-get install tcpstat",
			version:  []string{"tcpstat", "-h"},
			same:     foldName,
			note:     "counts the packets and bytes of the whole capture",
			steps: func(j job) [][]string {
				return [][]string{{"tcpstat", "-r", j.capture, "-o", `%n %N\n`, "-1"}}
			},
			answer: parseTcpstat,
		},
	}
}

func parseTcpstat(stdout [][]byte) (answer, error) {
	var a answer
	var bytes int64
	_, err := fmt.Sscan(string(stdout[0]), &a.Packets, &bytes)
	return a, err
}
