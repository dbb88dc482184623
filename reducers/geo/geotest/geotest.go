// Package geotest makes small geo databases for tests, in the layouts that package geo
// knows.
package geotest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"github.com/capfold/capfold/reducers/geo"
)

// Layout is how a database lays out the fields of its records.
type Layout int

// The layouts.
const (
	MaxMind Layout = iota // country.iso_code, city.names.en, location.latitude
	Flat                  // country_code, city, latitude
)

// Network is a block of addresses and where it is. Fields that are empty are left out.
type Network struct {
	Prefix                      string
	Code, Country, Region, City string
	Latitude, Longitude         float64 // left out if both are 0
}

// Epoch is when all databases were built, in seconds since the epoch.
const Epoch = 1_700_000_000

// Type returns what databases of the layout call themselves.
func (l Layout) Type() string { return [...]string{"Test-City", "test city"}[l] }

// Encode returns a database of networks, the later of which win. One of IPv4 networks alone
// has no room for others, as databases that come in two files have none.
func (l Layout) Encode(networks ...Network) ([]byte, error) {
	w, err := mmdbwriter.New(mmdbwriter.Options{
		BuildEpoch: Epoch, DatabaseType: l.Type(), IPVersion: version(networks), IncludeReservedNetworks: true, RecordSize: 24,
	})
	if err != nil {
		return nil, err
	}
	for _, n := range networks {
		_, block, err := net.ParseCIDR(n.Prefix)
		if err != nil {
			return nil, err
		}
		if err := w.Insert(block, l.record(n)); err != nil {
			return nil, fmt.Errorf("insert %s: %w", n.Prefix, err)
		}
	}
	var b bytes.Buffer
	_, err = w.WriteTo(&b)
	return b.Bytes(), err
}

// version returns 4 if all networks are of IPv4.
func version(networks []Network) int {
	for _, n := range networks {
		if strings.Contains(n.Prefix, ":") {
			return 6
		}
	}
	return 4
}

// Open returns an atlas of one database.
func (l Layout) Open(networks ...Network) (*geo.Atlas, error) {
	data, err := l.Encode(networks...)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "geotest-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "test.mmdb")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return nil, err
	}
	return geo.Open(path)
}

func (l Layout) record(n Network) mmdbtype.Map {
	if l == MaxMind {
		return maxMindRecord(n)
	}
	m := mmdbtype.Map{}
	for name, value := range map[string]string{"country_code": n.Code, "country_name": n.Country, "state1": n.Region, "city": n.City} {
		if value != "" {
			m[mmdbtype.String(name)] = mmdbtype.String(value)
		}
	}
	if n.located() {
		m["latitude"], m["longitude"] = mmdbtype.Float32(n.Latitude), mmdbtype.Float32(n.Longitude)
	}
	return m
}

func maxMindRecord(n Network) mmdbtype.Map {
	m := mmdbtype.Map{}
	named := func(name string) mmdbtype.Map {
		return mmdbtype.Map{"names": mmdbtype.Map{"de": mmdbtype.String("falsch"), "en": mmdbtype.String(name)}}
	}
	if n.Code != "" || n.Country != "" {
		country := named(n.Country)
		country["iso_code"] = mmdbtype.String(n.Code)
		m["country"] = country
	}
	if n.Region != "" {
		m["subdivisions"] = mmdbtype.Slice{named(n.Region), named("smaller")}
	}
	if n.City != "" {
		m["city"] = named(n.City)
	}
	if n.located() {
		m["location"] = mmdbtype.Map{"latitude": mmdbtype.Float64(n.Latitude), "longitude": mmdbtype.Float64(n.Longitude)}
	}
	return m
}

func (n Network) located() bool { return n.Latitude != 0 || n.Longitude != 0 }
