package main

// gopackets is the loop that one writes with gopacket, a program of its own.
func gopackets() []peer {
	return []peer{{
		name:        gopacketName,
		programs:    []string{"gopacket-loop"},
		version:     []string{"gopacket-loop"},
		same:        topName,
		note:        "DecodingLayerParser and a Go map of flows, one goroutine",
		steps:       func(j job) [][]string { return [][]string{{"gopacket-loop", j.capture}} },
		answer:      parsePython(false),
		definitions: "gopacket's parser ends up with the innermost IP header, gives fragments no ports, and gives up on headers that are cut",
	}}
}

const gopacketName = "gopacket loop"
