package geo

import (
	_ "embed" // for the table of countries
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// A row of countriesTSV is an alpha-2 code, name, latitude and longitude.
//
//go:embed countries.tsv
var countriesTSV string

// Country is a country or territory of ISO 3166-1, or Kosovo under the code that is
// commonly used for it, XK.
type Country struct {
	Code string // alpha-2
	Name string // the common one in English
	// Centre is a point in the largest part of the country, the centroid where that is
	// inside.
	Centre Point
}

// countries are all countries by code.
var countries = sync.OnceValue(parseCountries)

// CountryOf returns the country with an alpha-2 code, which is in upper case.
func CountryOf(code string) (Country, bool) {
	c, ok := countries()[code]
	return c, ok
}

// codes are the codes of countries by their names.
var codes = sync.OnceValue(func() map[string]string {
	byName := make(map[string]string, len(countries()))
	for code, c := range countries() {
		byName[c.Name] = code
	}
	return byName
})

func parseCountries() map[string]Country {
	all := map[string]Country{}
	for line := range strings.Lines(countriesTSV) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		latitude, err1 := strconv.ParseFloat(f[2], 64)
		longitude, err2 := strconv.ParseFloat(f[3], 64)
		for _, err := range []error{err1, err2} {
			if err != nil {
				panic(fmt.Sprintf("geo: countries.tsv: row %q: %v", line, err))
			}
		}
		all[f[0]] = Country{f[0], f[1], pointOf(latitude, longitude)}
	}
	return all
}
