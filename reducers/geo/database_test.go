package geo_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/capfold/capfold/reducers/geo"
	"github.com/capfold/capfold/reducers/geo/geotest"
)

// write writes a database to a file and returns its path.
func write(t *testing.T, l geotest.Layout, networks ...geotest.Network) string {
	t.Helper()
	data, err := l.Encode(networks...)
	if err != nil {
		t.Fatal(err)
	}
	return writeBytes(t, data)
}

func writeBytes(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.mmdb")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t *testing.T, paths ...string) *geo.Atlas {
	t.Helper()
	a, err := geo.Open(paths...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Err(); err != nil {
			t.Error(err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func place(code, country, region, city string, at ...int32) geo.Place {
	p := geo.Place{Zone: geo.Zone{Code: code, Country: country, Region: region, City: city}}
	if len(at) > 0 {
		p.Point = geo.Point{Latitude: at[0], Longitude: at[1], Known: true}
	}
	return p
}

func find(a *geo.Atlas, address string) geo.Place {
	return *a.Place(a.Finder().Find(netip.MustParseAddr(address)))
}

// TestLayouts looks the same networks up in either layout.
func TestLayouts(t *testing.T) {
	networks := []geotest.Network{
		{Prefix: "8.1.0.0/16", Code: "CZ"},
		{Prefix: "8.2.0.0/16", Code: "CZ", Country: "Bohemia", Region: "Prague", City: "Prague", Latitude: 50.0875, Longitude: 14.4213},
		{Prefix: "8.3.0.0/16", Code: "CZ", Region: "Prague"},
		{Prefix: "8.4.0.0/16", Code: "QZ", Country: "Nowhere"},
		{Prefix: "8.5.0.0/16", Code: "QZ"},
		{Prefix: "8.6.0.0/16", Code: "ZZ", City: "Atlantis", Latitude: 1, Longitude: 2},
		{Prefix: "8.7.0.0/16", Code: "cz", Latitude: 91, Longitude: 14},
		{Prefix: "8.8.0.0/16", Country: "Nameless"},
		{Prefix: "8.9.0.0/16", Code: "C\x00"},
		{Prefix: "8.10.0.0/16", Code: "QZ", Country: "\xff<b>\u202e" + strings.Repeat("x", 10_000)},
		{Prefix: "10.0.0.0/8", Code: "US"},
		{Prefix: "2001:718::/32", Code: "CZ", City: "Brno", Latitude: 49.2, Longitude: 16.6},
	}
	centre := []int32{49_740_000, 15_320_000}
	want := map[string]geo.Place{
		"8.1.2.3":               place("CZ", "Czechia", "", "", centre...),
		"8.2.2.3":               place("CZ", "Czechia", "Prague", "Prague", 50_087_500, 14_421_300),
		"8.3.2.3":               place("CZ", "Czechia", "Prague", "", centre...),
		"8.4.2.3":               place("QZ", "Nowhere", "", ""),
		"8.5.2.3":               place("QZ", "QZ", "", ""),
		"8.6.2.3":               place("", geo.Unknown, "", ""),
		"8.7.2.3":               place("CZ", "Czechia", "", "", centre...),
		"8.8.2.3":               place("", "Nameless", "", ""),
		"8.9.2.3":               place("", geo.Unknown, "", ""),
		"8.10.2.3":              place("QZ", "\uFFFD<b>\u202e"+strings.Repeat("x", 10_000), "", ""),
		"8.11.2.3":              place("", geo.Unknown, "", ""),
		"10.1.2.3":              place("", "Private-use", "", ""),
		"2001:718::1":           place("CZ", "Czechia", "", "Brno", 49_200_000, 16_600_000),
		"2001:719::1":           place("", geo.Unknown, "", ""),
		"2002:1::1":             place("", "6to4", "", ""),
		"64:ff9b::8.2.2.3":      place("CZ", "Czechia", "Prague", "Prague", 50_087_500, 14_421_300),
		"64:ff9b:0:0:0:1:802:3": place("", "Reserved", "", ""),
	}
	for _, l := range []geotest.Layout{geotest.MaxMind, geotest.Flat} {
		t.Run(l.Type(), func(t *testing.T) {
			a := open(t, write(t, l, networks...))
			for address, want := range want {
				if diff := cmp.Diff(want, find(a, address)); diff != "" {
					t.Errorf("Find(%s) (-want +got):\n%s", address, diff)
				}
			}
		})
	}
}

// TestSeveral looks up in a database of countries and two of cities, in every order.
func TestSeveral(t *testing.T) {
	countries := write(t, geotest.Flat,
		geotest.Network{Prefix: "8.0.0.0/8", Code: "CZ"},
		geotest.Network{Prefix: "9.0.0.0/8", Code: "DE"})
	cities := write(t, geotest.MaxMind,
		geotest.Network{Prefix: "8.1.0.0/16", Code: "CZ", Region: "Prague", City: "Prague", Latitude: 50, Longitude: 14},
		geotest.Network{Prefix: "8.2.0.0/16", Code: "SK", City: "Bratislava", Latitude: 48, Longitude: 17},
		geotest.Network{Prefix: "8.3.0.0/16", Code: "CZ", Region: "Moravia", Latitude: 49, Longitude: 17},
		geotest.Network{Prefix: "7.0.0.0/8", Code: "US", City: "Boston"})
	more := write(t, geotest.Flat,
		geotest.Network{Prefix: "8.1.0.0/16", Code: "CZ", Region: "Prague", City: "Kladno", Latitude: 50.1, Longitude: 14.1},
		geotest.Network{Prefix: "8.3.0.0/16", Code: "CZ", Region: "Moravia", City: "Brno"},
		geotest.Network{Prefix: "7.0.0.0/8", Code: "US", City: "Boston", Latitude: 42, Longitude: -71},
		geotest.Network{Prefix: "6.0.0.0/8", City: "Nowhere"})
	centre := []int32{49_740_000, 15_320_000}
	for _, tt := range []struct {
		address string
		paths   []string
		want    geo.Place
	}{
		{"8.9.9.9", []string{countries, cities, more}, place("CZ", "Czechia", "", "", centre...)},
		{"8.1.1.1", []string{countries, cities, more}, place("CZ", "Czechia", "Prague", "Prague", 50_000_000, 14_000_000)},
		{"8.1.1.1", []string{more, cities, countries}, place("CZ", "Czechia", "Prague", "Kladno", 50_100_000, 14_100_000)},
		{"8.2.1.1", []string{countries, cities}, place("CZ", "Czechia", "", "", centre...)}, // they disagree
		{"8.2.1.1", []string{cities, countries}, place("SK", "Slovakia", "", "Bratislava", 48_000_000, 17_000_000)},
		{"8.3.1.1", []string{countries, cities}, place("CZ", "Czechia", "Moravia", "", 49_000_000, 17_000_000)},
		{"8.3.1.1", []string{countries, cities, more}, place("CZ", "Czechia", "Moravia", "Brno", 49_000_000, 17_000_000)},
		{"7.1.1.1", []string{countries, cities, more}, place("US", "United States", "", "Boston", 42_000_000, -71_000_000)},
		{"6.1.1.1", []string{countries, cities, more}, place("", geo.Unknown, "", "")},
		{"9.1.1.1", []string{cities, more, countries}, place("DE", "Germany", "", "", 51_030_000, 10_350_000)},
	} {
		if diff := cmp.Diff(tt.want, find(open(t, tt.paths...), tt.address)); diff != "" {
			t.Errorf("Find(%s) in %d databases, the first of which is %s (-want +got):\n%s", tt.address, len(tt.paths), tt.paths[0], diff)
		}
	}
}

// TestTwoFiles looks up in databases that come in a file for each version of IP.
func TestTwoFiles(t *testing.T) {
	four := write(t, geotest.Flat, geotest.Network{Prefix: "0.0.0.0/1", Code: "US"})
	six := write(t, geotest.Flat, geotest.Network{Prefix: "2001:718::/32", Code: "CZ"})
	for _, paths := range [][]string{{four, six}, {six, four}} {
		a := open(t, paths...)
		for address, want := range map[string]string{"8.1.1.1": "US", "2001:718::1": "CZ", "2001:719::1": "", "9.9.9.9": "US", "200.1.1.1": ""} {
			if got := find(a, address); got.Code != want {
				t.Errorf("Find(%s) = %+v, want %q", address, got, want)
			}
		}
	}
}

// TestConcurrentFinders looks the same up in many goroutines, which share the atlas.
func TestConcurrentFinders(t *testing.T) {
	var networks []geotest.Network
	for i := range 200 {
		networks = append(networks, geotest.Network{Prefix: fmt.Sprintf("8.%d.0.0/16", i), Code: "CZ", City: fmt.Sprint("City ", i)})
	}
	a := open(t, write(t, geotest.Flat, networks...))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			f := a.Finder()
			for i := range 200 {
				got := a.Place(f.Find(netip.AddrFrom4([4]byte{8, byte(i), 1, 1})))
				if want := fmt.Sprint("City ", i); got.City != want {
					t.Errorf("Find(8.%d.1.1) = %+v, want %s", i, *got, want)
				}
			}
		})
	}
	all.Wait()
}

func TestOpenErrors(t *testing.T) {
	good, err := geotest.MaxMind.Encode(geotest.Network{Prefix: "8.0.0.0/8", Code: "CZ"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, path, want string }{
		{"missing", filepath.Join(t.TempDir(), "missing.mmdb"), "no such file"},
		{"directory", t.TempDir(), "is a directory"},
		{"empty", writeBytes(t, nil), "is no MaxMind DB"},
		{"text", writeBytes(t, []byte("country_code,country\n")), "is no MaxMind DB"},
		{"cut", writeBytes(t, good[:len(good)/2]), ""},
		{"cut before its metadata", writeBytes(t, good[:10]), "end is missing"},
		{"metadata too far from the end", writeBytes(t, append(slices.Clip(good), make([]byte, 200<<10)...)), "end is missing"},
		{"no file", os.DevNull, "is no regular file"},
		{"no countries", write(t, geotest.MaxMind, geotest.Network{Prefix: "8.0.0.0/8", Region: "no country"}), `type "Test-City", which has no countries`},
		{"no networks", write(t, geotest.MaxMind), "no countries"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, err := geo.Open(tt.path)
			if a != nil || err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "geo database "+tt.path+": ") || strings.Count(err.Error(), tt.path) != 1 {
				t.Errorf("Open(%s) = %v, %v, want an error with the path, once, and %q", tt.path, a, err, tt.want)
			}
		})
	}
}

// TestDamaged looks up in a database of which a record is damaged that is not looked at
// when it is opened.
func TestDamaged(t *testing.T) {
	data, err := geotest.Flat.Encode(
		geotest.Network{Prefix: "8.0.0.0/16", Code: "CZ", City: "Whole"},
		geotest.Network{Prefix: "8.1.0.0/16", Code: "CZ", City: "Damaged"})
	if err != nil {
		t.Fatal(err)
	}
	const text, pointer = 2 << 5, 1<<5 | 3<<3 // types of fields in the MaxMind DB format
	path := writeBytes(t, bytes.Replace(data, []byte{text | byte(len("Damaged")), 'D'}, []byte{pointer, 'D'}, 1))
	a, err := geo.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if got := find(a, "8.0.1.1"); got.City != "Whole" || a.Err() != nil {
		t.Errorf("Find = %+v, Err = %v, want the city and no error", got, a.Err())
	}
	if got := find(a, "8.1.1.1"); got.Country != geo.Unknown || a.Err() == nil || !strings.Contains(a.Err().Error(), "geo database "+path+": ") {
		t.Errorf("Find in damage = %+v, Err = %v, want an error with the path", got, a.Err())
	}
}

// TestIdentity checks that databases are told apart by what is in them.
func TestIdentity(t *testing.T) {
	network := geotest.Network{Prefix: "8.0.0.0/8", Code: "CZ"}
	one, same := write(t, geotest.Flat, network), write(t, geotest.Flat, network)
	network.Code = "DE"
	other := write(t, geotest.Flat, network)
	ids, err := open(t, one, same, other).Databases()
	if err != nil {
		t.Fatal(err)
	}
	if ids[0].Path != one || ids[0].Type != "test city" || ids[0].BuildEpoch != geotest.Epoch || ids[0].Attribution != "" || len(ids[0].SHA256) != 64 {
		t.Errorf("Databases()[0] = %+v", ids[0])
	}
	if ids[0].SHA256 != ids[1].SHA256 || ids[0].SHA256 == ids[2].SHA256 {
		t.Errorf("checksums of two databases that are the same and another = %s, %s, %s", ids[0].SHA256, ids[1].SHA256, ids[2].SHA256)
	}
	if none, err := new(geo.Atlas).Databases(); none == nil || len(none) > 0 || err != nil {
		t.Errorf("Databases() of the zero Atlas = %#v, %v, want an empty list", none, err)
	}
}

// FuzzDatabase looks addresses up in databases that may be damaged: it must end, in an
// error or in a place with a name.
func FuzzDatabase(f *testing.F) {
	networks := []geotest.Network{
		{Prefix: "8.0.0.0/8", Code: "CZ"},
		{Prefix: "8.1.0.0/16", Code: "CZ", Region: "Prague", City: "Prague", Latitude: 50, Longitude: 14},
		{Prefix: "2001:718::/32", Code: "CZ", City: "Brno"},
	}
	for _, l := range []geotest.Layout{geotest.MaxMind, geotest.Flat} {
		data, err := l.Encode(networks...)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, "8.1.2.3")
		f.Add(data, "2001:718::1")
	}
	f.Fuzz(func(t *testing.T, data []byte, address string) {
		addr, err := netip.ParseAddr(address)
		if err != nil {
			return
		}
		a, err := geo.OpenBytes(data)
		if err != nil {
			return
		}
		if place := a.Place(a.Finder().Find(addr)); place.Country == "" {
			t.Errorf("Find(%s) = %+v, without a name", addr, *place)
		}
	})
}
