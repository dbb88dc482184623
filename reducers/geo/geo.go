// Package geo turns IP addresses into places: the country, region and city that databases
// have for an address, with coordinates, or the block of the IANA special-purpose
// registries that it is in.
//
// Three sources say where an address is, in this order:
//
//   - the IANA registries of special-purpose addresses, which are built in: a private or
//     multicast address is nowhere, whatever a database says;
//   - databases in the MaxMind DB format, those that the user names or the embedded one,
//     which knows countries;
//   - the embedded table of countries, which gives a country one name whichever database
//     found it, and coordinates where the database has none.
//
// A program that looks no address up pays next to nothing: records are decoded and the
// embedded table is parsed when an address is found.
package geo

import (
	"cmp"
	"math"
	"strings"
)

// Zone is a geographical zone: a city, a region or a country, as far as is known, or a
// block of addresses that are in no country.
type Zone struct {
	// Code is the ISO 3166-1 alpha-2 code of the country, or one that databases use as
	// such; it is empty outside of countries.
	Code string
	// Country is the name of the country or of the block of addresses; it is never empty.
	Country string
	Region  string // first-level subdivision of the country; empty where unknown
	City    string // empty where unknown
}

// Compare orders zones by their fields, in their order.
func (z Zone) Compare(o Zone) int {
	return cmp.Or(
		strings.Compare(z.Code, o.Code), strings.Compare(z.Country, o.Country),
		strings.Compare(z.Region, o.Region), strings.Compare(z.City, o.City))
}

// Place is where an address is.
type Place struct {
	Zone
	Point
}

// Point is a pair of coordinates. The zero Point is no point.
type Point struct {
	Latitude, Longitude int32 // in millionths of a degree, WGS 84; north and east are positive
	Known               bool
}

// Degree is one degree in the unit of a [Point].
const Degree = 1_000_000

// pointOf returns the point at coordinates in degrees, or none if they are not on Earth.
func pointOf(latitude, longitude float64) Point {
	if !(math.Abs(latitude) <= 90 && math.Abs(longitude) <= 180) { // NaN is neither
		return Point{}
	}
	return Point{int32(math.Round(latitude * Degree)), int32(math.Round(longitude * Degree)), true}
}

// Unknown is the name of the zone of addresses that no database knows.
const Unknown = "Unknown"
