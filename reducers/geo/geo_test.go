package geo

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// country returns what the zero Atlas says of an address.
func country(t *testing.T, address string) string {
	t.Helper()
	a := &Atlas{}
	place := a.Place(a.Finder().Find(netip.MustParseAddr(address)))
	if place.Code != "" || place.Region != "" || place.City != "" || place.Known {
		t.Errorf("Find(%s) = %+v, want no more than a name", address, *place)
	}
	return place.Country
}

// TestSpecial walks along the borders of the registries' blocks.
func TestSpecial(t *testing.T) {
	for _, tt := range []struct{ address, want string }{
		{"0.0.0.0", "This network"},
		{"0.255.255.255", "This network"},
		{"1.0.0.0", Unknown},
		{"9.255.255.255", Unknown},
		{"10.0.0.0", "Private-use"},
		{"10.255.255.255", "Private-use"},
		{"11.0.0.0", Unknown},
		{"100.63.255.255", Unknown},
		{"100.64.0.0", "Shared address space"},
		{"100.127.255.255", "Shared address space"},
		{"100.128.0.0", Unknown},
		{"127.0.0.1", "Loopback"},
		{"169.253.255.255", Unknown},
		{"169.254.0.0", "Link-local"},
		{"172.15.255.255", Unknown},
		{"172.16.0.0", "Private-use"},
		{"172.31.255.255", "Private-use"},
		{"172.32.0.0", Unknown},
		{"192.0.0.0", "IETF protocol assignments"},
		{"192.0.0.8", "IETF protocol assignments"},
		{"192.0.0.9", Unknown},  // globally reachable
		{"192.0.0.10", Unknown}, // globally reachable
		{"192.0.0.171", "IETF protocol assignments"},
		{"192.0.1.0", Unknown},
		{"192.0.2.255", "Documentation"},
		{"192.31.196.1", Unknown},   // globally reachable
		{"192.175.48.1", Unknown},   // globally reachable
		{"192.52.193.255", Unknown}, // globally reachable
		{"192.88.99.1", "6to4"},
		{"192.167.255.255", Unknown},
		{"192.168.0.0", "Private-use"},
		{"192.169.0.0", Unknown},
		{"198.17.255.255", Unknown},
		{"198.18.0.0", "Benchmarking"},
		{"198.19.255.255", "Benchmarking"},
		{"198.51.100.7", "Documentation"},
		{"203.0.113.7", "Documentation"},
		{"223.255.255.255", Unknown},
		{"224.0.0.0", "Multicast"},
		{"239.255.255.255", "Multicast"},
		{"240.0.0.0", "Reserved"},
		{"255.255.255.254", "Reserved"},
		{"255.255.255.255", "Limited broadcast"},

		{"::", "Unspecified"},
		{"::1", "Loopback"},
		{"::2", "Reserved"},
		{"::10.0.0.1", "Reserved"}, // IPv4-compatible, deprecated
		{"::ffff:10.0.0.1", "IPv4-mapped"},
		{"::ffff:8.8.8.8", "IPv4-mapped"},
		{"64:ff9b::8.8.8.8", Unknown}, // of the IPv4 address
		{"64:ff9b::10.0.0.1", "Private-use"},
		{"64:ff9b::224.0.0.1", "Multicast"},
		{"64:ff9b:1::8.8.8.8", "IPv4-IPv6 translation"},
		{"64:ff9b:2::1", "Reserved"},
		{"100::1", "Discard-only"},
		{"100:0:0:1::1", "Dummy prefix"},
		{"100:0:0:2::1", "Reserved"},
		{"1fff:ffff::", "Reserved"},
		{"2000::", Unknown},
		{"2001::1", "Teredo"},
		{"2001:1::", "IETF protocol assignments"},
		{"2001:1::1", Unknown}, // globally reachable
		{"2001:1::3", Unknown}, // globally reachable
		{"2001:1::4", "IETF protocol assignments"},
		{"2001:2::1", "Benchmarking"},
		{"2001:2:1::1", "IETF protocol assignments"},
		{"2001:3::1", Unknown},       // globally reachable
		{"2001:4:112::1", Unknown},   // globally reachable
		{"2001:1f:ffff::", "ORCHID"}, // the first ORCHIDs, deprecated
		{"2001:20::1", Unknown},      // globally reachable
		{"2001:3f::1", Unknown},      // globally reachable
		{"2001:1ff::1", "IETF protocol assignments"},
		{"2001:200::1", Unknown},
		{"2001:db8::1", "Documentation"},
		{"2001:db9::1", Unknown},
		{"2002:808:808::1", "6to4"},
		{"2620:4f:8000::1", Unknown}, // globally reachable
		{"3fff:fff::1", "Documentation"},
		{"3fff:1000::1", Unknown},
		{"4000::1", "Reserved"},
		{"5f00::1", "Segment routing (SRv6) SIDs"},
		{"fbff::1", "Reserved"},
		{"fc00::1", "Unique-local"},
		{"fdff::1", "Unique-local"},
		{"fe00::1", "Reserved"},
		{"fe80::1", "Link-local"},
		{"febf::1", "Link-local"},
		{"fec0::1", "Reserved"}, // site-local, deprecated
		{"ff02::1", "Multicast"},
	} {
		if got := country(t, tt.address); got != tt.want {
			t.Errorf("Find(%s) = %q, want %q", tt.address, got, tt.want)
		}
	}
}

// TestSpecialBlocks compares the fast form of the blocks with the list that it is made of.
func TestSpecialBlocks(t *testing.T) {
	plain := func(a netip.Addr) string {
		for _, b := range specialBlocks {
			if netip.MustParsePrefix(b.prefix).Contains(a) {
				return b.zone
			}
		}
		return ""
	}
	addresses := someAddresses(20_000, 50)
	for _, b := range specialBlocks {
		p := netip.MustParsePrefix(b.prefix)
		if p != p.Masked() {
			t.Errorf("block %s is not %s", b.prefix, p.Masked())
		}
		last := p.Addr().AsSlice()
		for i := p.Bits(); i < 8*len(last); i++ {
			last[i/8] |= 0x80 >> (i % 8)
		}
		end, _ := netip.AddrFromSlice(last)
		for _, a := range []netip.Addr{p.Addr(), p.Addr().Prev(), end, end.Next()} {
			if a.IsValid() {
				addresses = append(addresses, a)
			}
		}
	}
	blocks := makeBlocks()
	for _, a := range addresses {
		want := plain(a)
		if want == "" {
			want = Unknown
		}
		if got := blocks.places[blocks.find(a)].Country; got != want {
			t.Errorf("find(%s) = %q, want %q", a, got, want)
		}
	}
}

func TestCountries(t *testing.T) {
	for code, c := range countries() {
		if len(code) != 2 || c.Code != code || c.Name == "" || !c.Centre.Known || c.Centre.Latitude == 0 && c.Centre.Longitude == 0 {
			t.Errorf("country %s is %+v, which is not whole", code, c)
		}
	}
	if n := len(countries()); n != 250 {
		t.Errorf("there are %d countries, want 249 of ISO 3166-1 and Kosovo", n)
	}
	want := Country{"CZ", "Czechia", Point{49_740_000, 15_320_000, true}}
	if got, ok := CountryOf("CZ"); !ok || got != want {
		t.Errorf("CountryOf(CZ) = %+v, %t, want %+v", got, ok, want)
	}
	if got, ok := CountryOf("QZ"); ok {
		t.Errorf("CountryOf(QZ) = %+v, want none", got)
	}
}

// TestEmbedded looks known addresses up in the embedded database, and checks that it knows
// only countries whose names are known.
func TestEmbedded(t *testing.T) {
	a := Default()
	f := a.Finder()
	for _, tt := range []struct{ address, want string }{
		{"147.32.1.1", "Czechia"},
		{"8.8.8.8", "United States"},
		{"64:ff9b::147.32.1.1", "Czechia"},
		{"2001:718::1", "Czechia"},
		{"10.0.0.1", "Private-use"},
		{"2002:9320:101::1", "6to4"},
	} {
		place := a.Place(f.Find(netip.MustParseAddr(tt.address)))
		if place.Country != tt.want {
			t.Errorf("Find(%s) = %+v, want %s", tt.address, *place, tt.want)
		}
		if c, ok := CountryOf(place.Code); ok && place.Point != c.Centre {
			t.Errorf("Find(%s) is at %+v, want the centre of %+v", tt.address, place.Point, c)
		}
	}
	retired := []string{"AN"} // the Netherlands Antilles, until 2010
	var unknown []string
	// This walks the whole tree too.
	for network := range a.databases[0].reader.Networks() {
		code := ""
		if err := network.DecodePath(&code, "country_code"); err != nil {
			t.Fatal(err)
		}
		if _, ok := CountryOf(code); !ok && !slices.Contains(unknown, code) {
			unknown = append(unknown, code)
		}
	}
	if diff := cmp.Diff(retired, unknown); diff != "" {
		t.Errorf("countries of the embedded database without a name (-want +got):\n%s", diff)
	}
	if err := a.Err(); err != nil {
		t.Error(err)
	}
}

func TestEmbeddedIdentity(t *testing.T) {
	ids, err := Default().Databases()
	if err != nil || len(ids) != 1 || ids[0].Path != "" || len(ids[0].SHA256) != 64 || !strings.Contains(ids[0].Attribution, "CC BY 4.0") || ids[0].BuildEpoch < 1_700_000_000 || !bytes.Contains(embedded, []byte(ids[0].Type)) {
		t.Errorf("Databases() = %+v, %v", ids, err)
	}
	if want := fmt.Sprintf("%x", sha256.Sum256(embedded)); len(ids) == 1 && ids[0].SHA256 != want {
		t.Errorf("Databases() has the checksum %s of the embedded database, want %s: run go generate", ids[0].SHA256, want)
	}
}

// TestFindAllocates checks that a look-up in a database allocates nothing.
func TestFindAllocates(t *testing.T) {
	addresses := someAddresses(1000, 20)
	f := Default().Finder()
	all := func() {
		for _, a := range addresses {
			f.Find(a)
		}
	}
	all()
	if n := testing.AllocsPerRun(10, all); n > 0 {
		t.Errorf("%v allocations in %d look-ups, want none", n, len(addresses))
	}
}

func TestPointOf(t *testing.T) {
	for _, tt := range []struct {
		latitude, longitude float64
		want                Point
	}{
		{0, 0, Point{0, 0, true}},
		{90, 180, Point{90_000_000, 180_000_000, true}},
		{-90, -180, Point{-90_000_000, -180_000_000, true}},
		{50.0875004, -14.4214006, Point{50_087_500, -14_421_401, true}},
		{90.1, 0, Point{}},
		{0, -180.1, Point{}},
		{math.NaN(), 0, Point{}},
		{0, math.Inf(1), Point{}},
	} {
		if got := pointOf(tt.latitude, tt.longitude); got != tt.want {
			t.Errorf("pointOf(%v, %v) = %+v, want %+v", tt.latitude, tt.longitude, got, tt.want)
		}
	}
}
