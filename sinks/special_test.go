package sinks

import (
	"net/netip"
	"testing"

	"github.com/capfold/capfold/reducers/geo"
)

// TestSpecialBlock takes places as they get into tables.
func TestSpecialBlock(t *testing.T) {
	registries := &geo.Atlas{}
	find := registries.Finder()
	for address, want := range map[string]string{
		"8.8.8.8": "", "147.32.80.13": "", "2a00:1450::1": "", "100.63.255.255": "",
		"10.1.2.3": "Private-use", "fd00::1": "Unique-local", "100.64.0.1": "Shared address space", "192.0.2.1": "Documentation",
		"198.51.100.7": "Documentation", "203.0.113.1": "Documentation", "2001:db8::1": "Documentation", "3fff::1": "Documentation",
		"198.18.0.1": "Benchmarking", "2001:2::1": "Benchmarking", "127.0.0.1": "Loopback", "::1": "Loopback", "0.0.0.0": "This network",
		"169.254.1.1": "Link-local", "fe80::1": "Link-local", "224.0.0.251": "Multicast", "ff02::fb": "Multicast",
		"255.255.255.255": "Limited broadcast", "240.0.0.1": "Reserved", "fec0::1": "Reserved", "::ffff:10.0.0.1": "IPv4-mapped",
	} {
		p := registries.Place(find.Find(netip.MustParseAddr(address)))
		if got := SpecialBlock(p.Code, p.Country); got != want {
			t.Errorf("SpecialBlock(%q, %q), the place of %s, = %q, want %q", p.Code, p.Country, address, got, want)
		}
	}
	if got := SpecialBlock("CZ", "Czechia"); got != "" {
		t.Errorf("SpecialBlock of a country = %q", got)
	}
}

func TestUnknown(t *testing.T) {
	if Unknown != geo.Unknown {
		t.Errorf("Unknown is %q, tables have %q", Unknown, geo.Unknown)
	}
}
