package reducers

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"sync"

	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/reducers/geo"
	"github.com/capfold/capfold/reducers/geo/geotest"
)

// someNetworks are what the database of all worlds has, the last that fits an address
// counting. It says where private addresses are too, which is to be ignored.
var someNetworks = []geotest.Network{
	{Prefix: "0.0.0.0/0", Code: "DE"},
	{Prefix: "9.0.0.0/8", Code: "CZ", Region: "Prague", City: "Prague", Latitude: 50.0875, Longitude: 14.4214},
	{Prefix: "9.2.3.4/32", Code: "CZ", Region: "Prague", City: "Prague", Latitude: 50.1, Longitude: 14.5},
	{Prefix: "9.2.3.5/32", Code: "QZ", Country: "Nowhere <b>", City: "\u202eytic", Latitude: -0.000001, Longitude: -179.9},
	{Prefix: "10.0.0.1/32", Code: "US"},
	{Prefix: "2001:4860::/32", Code: "US"},
	{Prefix: "fe80::/10", Code: "FR"},
}

var someAtlas = sync.OnceValue(func() *geo.Atlas {
	a, err := geotest.MaxMind.Open(someNetworks...)
	if err != nil {
		panic(err)
	}
	return a
})

// nowhere are the special addresses of all worlds.
var nowhere = map[string]string{
	"0.0.0.0/8": "This network", "10.0.0.0/8": "Private-use", "255.255.255.255/32": "Limited broadcast",
	"::/128": "Unspecified", "fe80::/10": "Link-local", "ff00::/8": "Multicast", "fd00::/8": "Unique-local",
}

// plainPlace is where an address is, coordinates in degrees.
type plainPlace struct {
	code, country, region, city string
	at                          []float64 // nil for none
}

// twinPlace looks an address up without a database.
func twinPlace(a address) plainPlace {
	addr := netip.AddrFrom16([16]byte(a[1:]))
	if a[0] == 4 {
		addr = addr.Unmap()
	} else if addr.Is4In6() {
		return plainPlace{country: "IPv4-mapped"}
	}
	for prefix, name := range nowhere {
		if netip.MustParsePrefix(prefix).Contains(addr) {
			return plainPlace{country: name}
		}
	}
	p := plainPlace{country: "Unknown"}
	for _, n := range someNetworks {
		if !netip.MustParsePrefix(n.Prefix).Contains(addr) {
			continue
		}
		p = plainPlace{n.Code, n.Country, n.Region, n.City, []float64{n.Latitude, n.Longitude}}
		if c, ok := geo.CountryOf(n.Code); ok {
			p.country = c.Name
			if n.Latitude == 0 {
				p.at = []float64{float64(c.Centre.Latitude) / 1e6, float64(c.Centre.Longitude) / 1e6}
			}
		}
	}
	return p
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// columns returns the columns that place a host.
func (p plainPlace) columns() []any {
	row := []any{orNil(p.code), p.country, orNil(p.region), orNil(p.city), nil, nil}
	if p.at != nil {
		row[4], row[5] = p.at[0], p.at[1]
	}
	return row
}

func twinZones(t *traffic) (rows [][]any) {
	type zone struct {
		hosts          map[address]bool
		sent, received sum
		places         []plainPlace // of the hosts
	}
	type key [4]string
	zones, sent := map[key]*zone{}, map[key]*sum{}
	of := func(a address) *zone {
		p := twinPlace(a)
		k := key{p.code, p.country, p.region, p.city}
		z := at(zones, k)
		if z.hosts == nil {
			z.hosts = map[address]bool{}
			sent[k] = &z.sent
		}
		if !z.hosts[a] {
			z.hosts[a] = true
			z.places = append(z.places, p)
		}
		return z
	}
	t.ip(func(p *packet.Summary) {
		of(source(p)).sent.add(p)
		of(destination(p)).received.add(p)
	})
	compare := func(a, b key) int { return slices.Compare(a[:], b[:]) }
	for _, k := range heaviest(t, sent, compare) {
		z := zones[k]
		r := []any{orNil(k[0]), k[1], orNil(k[2]), orNil(k[3]), nil, nil}
		// The mean in whole millionths, to which the places are rounded too.
		for axis := range 2 {
			var total, n int64
			for _, p := range z.places {
				if p.at != nil {
					total, n = total+micro(p.at[axis]), n+1
				}
			}
			if n > 0 {
				r[4+axis] = float64(total/n) / 1e6
			}
		}
		rows = append(rows, row(r, []any{int64(len(z.hosts))}, z.sent.columns(), z.received.columns(),
			[]any{z.sent[0] + z.received[0]}))
	}
	return rows
}

// micro returns a number of degrees in millionths.
func micro(degrees float64) int64 {
	if degrees < 0 {
		return -micro(-degrees)
	}
	return int64(degrees*1e6 + 0.5)
}

// zonesOf groups the rows of hosts by zone and adds up what both tables have.
func zonesOf(hosts [][]any, names []string) [][]any {
	column := func(r []any, name string) any { return r[slices.Index(names, name)] }
	type totals [7]int64
	all := map[[4]any]*totals{}
	for _, r := range hosts {
		k := [4]any{column(r, "country_code"), column(r, "country"), column(r, "region"), column(r, "city")}
		sums := at(all, k)
		sums[0]++
		for i, name := range []string{"sent_packets", "sent_bytes", "sent_wire_bytes", "received_packets", "received_bytes", "received_wire_bytes"} {
			sums[i+1] += column(r, name).(int64)
		}
	}
	var rows [][]any
	for _, k := range slices.SortedFunc(maps.Keys(all), func(a, b [4]any) int {
		return cmp.Compare(lines([][]any{a[:]}), lines([][]any{b[:]}))
	}) {
		r := k[:]
		for _, n := range all[k] {
			r = append(r, n)
		}
		rows = append(rows, r)
	}
	return rows
}
