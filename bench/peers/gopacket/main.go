// Command gopacket is the loop that one writes with gopacket to rank the addresses and ports
// of a capture: DecodingLayerParser and a Go map of flows, in one goroutine.
//
//	gopacket CAPTURE
//
// It prints what the Python programs of the benchmark print. Without a capture it prints
// the version of gopacket.
package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"os"
	"runtime/debug"
	"slices"

	"github.com/capfold/capfold/bench/peers/frames"
	"github.com/google/gopacket"        //nolint:depguard // the peer is gopacket itself
	"github.com/google/gopacket/layers" //nolint:depguard // the same
)

func main() {
	if len(os.Args) != 2 {
		fmt.Println(version())
		return
	}
	if err := loop(os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "gopacket:", err)
		os.Exit(1)
	}
}

// version returns the version of gopacket that this program was built with.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if dep.Path == "github.com/google/gopacket" {
				return "gopacket " + dep.Version
			}
		}
	}
	return "gopacket"
}

// flowKey tells flows apart as capfold's atoms do.
type flowKey struct {
	src, dst         [16]byte
	srcPort, dstPort uint16
	ports            bool
	proto, ttl       uint8
}

type flowSums struct{ packets, bytes int64 }

// loop folds a capture into flows and prints what the Python programs print.
func loop(path string, w io.Writer) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := frames.NewReader(f)
	if err != nil {
		return err
	}
	flows, count, err := fold(r)
	if err != nil {
		return err
	}
	hosts, ports := map[netip.Addr]int64{}, map[uint16]int64{}
	for key, sums := range flows {
		hosts[netip.AddrFrom16(key.src).Unmap()] += sums.bytes
		if key.ports {
			ports[key.srcPort] += sums.bytes
		}
	}
	return json.NewEncoder(w).Encode(map[string]any{"packets": count, "hosts": heaviest(hosts), "ports": heaviest(ports)})
}

// heaviest returns the keys with the largest sums.
func heaviest[K comparable](sums map[K]int64) map[K]int64 {
	keys := slices.SortedFunc(maps.Keys(sums), func(a, b K) int { return cmp.Compare(sums[b], sums[a]) })
	top := map[K]int64{}
	for _, key := range keys[:min(len(keys), 40)] {
		top[key] = sums[key]
	}
	return top
}

// fold is the loop.
//
// Note: records are read by package frames and not by pcapgo, whose support of live captures
// would add a module to capfold's. This reader allocates nothing for a frame either.
func fold(r frames.Reader) (map[flowKey]*flowSums, int64, error) {
	var (
		ether   layers.Ethernet
		vlan    layers.Dot1Q
		ip4     layers.IPv4
		ip6     layers.IPv6
		skip    layers.IPv6ExtensionSkipper
		tcp     layers.TCP
		udp     layers.UDP
		sctp    layers.SCTP
		payload gopacket.Payload
		decoded []gopacket.LayerType
		count   int64
	)
	parser := gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet, &ether, &vlan, &ip4, &ip6, &skip, &tcp, &udp, &sctp, &payload)
	parser.IgnoreUnsupported = true
	flows := map[flowKey]*flowSums{}
	for {
		f, err := r.Next()
		if errors.Is(err, io.EOF) {
			return flows, count, nil
		} else if err != nil {
			return flows, count, err
		}
		count++
		_ = parser.DecodeLayers(f.Data, &decoded) // what was decoded before an error counts
		var key flowKey
		length := int64(-1)
	layers:
		for _, layer := range decoded {
			switch layer {
			case layers.LayerTypeIPv4:
				copy(key.src[:], ip4.SrcIP.To16())
				copy(key.dst[:], ip4.DstIP.To16())
				key.proto, key.ttl = uint8(ip4.Protocol), ip4.TTL
				length = int64(ip4.Length)
			case layers.LayerTypeIPv6:
				copy(key.src[:], ip6.SrcIP)
				copy(key.dst[:], ip6.DstIP)
				key.proto, key.ttl = uint8(ip6.NextHeader), ip6.HopLimit
				length = 40 + int64(ip6.Length)
			case layers.LayerTypeTCP:
				key.srcPort, key.dstPort, key.ports = uint16(tcp.SrcPort), uint16(tcp.DstPort), true
				break layers
			case layers.LayerTypeUDP:
				key.srcPort, key.dstPort, key.ports = uint16(udp.SrcPort), uint16(udp.DstPort), true
				break layers
			case layers.LayerTypeSCTP:
				key.srcPort, key.dstPort, key.ports = uint16(sctp.SrcPort), uint16(sctp.DstPort), true
				break layers
			}
		}
		if length < 0 {
			continue
		}
		sums := flows[key]
		if sums == nil {
			sums = &flowSums{}
			flows[key] = sums
		}
		sums.packets++
		sums.bytes += length
	}
}
