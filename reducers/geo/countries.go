package geo

import (
	_ "embed" // for the table of countries
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A row of countriesTSV is an alpha-2 code, alpha-3 code, number, name, latitude and
// longitude. Rows are ordered by alpha-2 code.
//
//go:embed countries.tsv
var countriesTSV string

// Country is a country or territory of ISO 3166-1, or Kosovo under the code that is
// commonly used for it, XK.
type Country struct {
	Alpha2, Alpha3 string
	// Number is the numeric code, by which maps know countries; 0 for Kosovo.
	Number int
	Name   string // the common one in English
	// Centre is a point in the largest part of the country, the centroid where that is
	// inside.
	Centre Point
}

// countries has every country and their places by alpha-2 code.
type countries struct {
	all    []Country
	byCode map[string]int
}

var allCountries = sync.OnceValue(parseCountries)

// Countries returns all countries, ordered by alpha-2 code.
func Countries() iter.Seq[Country] { return slices.Values(allCountries().all) }

// CountryOf returns the country with an alpha-2 code, which is in upper case.
func CountryOf(alpha2 string) (Country, bool) {
	c := allCountries()
	i, ok := c.byCode[alpha2]
	if !ok {
		return Country{}, false
	}
	return c.all[i], true
}

func parseCountries() *countries {
	c := &countries{byCode: map[string]int{}}
	for line := range strings.Lines(countriesTSV) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		number, err1 := strconv.Atoi(f[2])
		latitude, err2 := strconv.ParseFloat(f[4], 64)
		longitude, err3 := strconv.ParseFloat(f[5], 64)
		for _, err := range []error{err1, err2, err3} {
			if err != nil {
				panic(fmt.Sprintf("geo: countries.tsv: row %q: %v", line, err))
			}
		}
		c.byCode[f[0]] = len(c.all)
		c.all = append(c.all, Country{f[0], f[1], number, f[3], pointOf(latitude, longitude)})
	}
	return c
}
