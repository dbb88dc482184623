package geo

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // for the database of countries
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"github.com/oschwald/maxminddb-golang/v2"
)

//go:generate go run ../../cmd/internal/gen/geo

// embedded is the database of countries that is used where the user names none, by the
// NRO, under CC BY 4.0.
//
//go:embed geo-whois-asn-country.mmdb
var embedded []byte

// embeddedSum is its SHA-256, since summing it up takes longer than a small capture does.
//
//go:embed geo-whois-asn-country.mmdb.sha256
var embeddedSum string

// Database says which database was looked into, for the account of a run.
type Database struct {
	Path       string `json:"path,omitempty"` // as given; empty for the embedded one
	Type       string `json:"type"`           // as the database calls itself
	BuildEpoch int64  `json:"build_epoch"`    // when it was built, seconds since the epoch
	SHA256     string `json:"sha256"`         // of the whole file
	// Attribution is what has to be said where results of the embedded database are
	// shown; empty for others, whose terms their users know.
	Attribution string `json:"attribution,omitempty"`
}

// attribution names the source and the licence of the embedded database.
const attribution = "Number Resource Organization (nro.net), CC BY 4.0"

// database is an open database.
type database struct {
	path   string // empty for the embedded one
	reader *maxminddb.Reader
}

// openDatabase opens a database of the user's and makes sure that it knows countries.
func openDatabase(path string) (*database, error) {
	err := inspect(path)
	var reader *maxminddb.Reader
	if err == nil {
		reader, err = maxminddb.Open(path)
	}
	if pathErr := new(os.PathError); errors.As(err, &pathErr) {
		err = pathErr.Err // the path is said below
	}
	if err != nil {
		return nil, fmt.Errorf("open geo database %s: %w", path, err)
	}
	d := &database{path, reader}
	if err := d.check(); err != nil {
		_ = reader.Close()
		return nil, fmt.Errorf("open geo database %s: %w", path, err)
	}
	return d, nil
}

// Where the metadata of a MaxMind DB begins, and how much there may be of it: so close to
// its end is the marker (MaxMind DB File Format Specification 2.0).
const (
	metadataMarker = "\xab\xcd\xefMaxMind.com"
	maxMetadata    = 128 << 10
)

// inspect finds out in a moment what is wrong with a file that is no database: maxminddb
// looks for the metadata in all of it, and would wait for the writer of a pipe.
func inspect(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return errors.New("is a directory")
	case !info.Mode().IsRegular():
		return errors.New("is no regular file, which a database must be")
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	last := make([]byte, min(info.Size(), maxMetadata+int64(len(metadataMarker))))
	if _, err := f.ReadAt(last, info.Size()-int64(len(last))); err != nil && err != io.EOF {
		return err
	}
	if !bytes.Contains(last, []byte(metadataMarker)) {
		return errors.New("is no MaxMind DB (.mmdb), or one whose end is missing")
	}
	return nil
}

func openEmbedded() *database {
	reader, err := maxminddb.OpenBytes(embedded)
	if err != nil {
		panic(fmt.Sprintf("geo: embedded database: %v", err)) // a test opens it
	}
	return &database{reader: reader}
}

// probed is how many networks of a database are looked at to see whether it has countries.
const probed = 10_000

// check returns an error if the database is of something else than countries, such as
// autonomous systems, or is damaged where it begins.
func (d *database) check() error {
	n := 0
	for network := range d.reader.Networks() {
		r, err := decode(network)
		if err != nil {
			return err
		}
		if r.Country != "" || r.Known {
			return nil
		}
		if n++; n >= probed {
			break
		}
	}
	return fmt.Errorf("a database of type %q, which has no countries", d.reader.Metadata.DatabaseType)
}

// has reports whether the database could know an address. To look up an IPv6 address where
// there are only IPv4 ones is an error.
func (d *database) has(a netip.Addr) bool { return a.Is4() || d.reader.Metadata.IPVersion != 4 }

// identity returns what tells the database from all others.
func (d *database) identity() (Database, error) {
	m := &d.reader.Metadata
	id := Database{Path: d.path, Type: m.DatabaseType, BuildEpoch: int64(m.BuildEpoch)}
	if d.path == "" {
		id.Attribution, id.SHA256 = attribution, strings.TrimSpace(embeddedSum)
		return id, nil
	}
	f, err := os.Open(d.path)
	if err != nil {
		return id, fmt.Errorf("geo database: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return id, fmt.Errorf("geo database: %w", err)
	}
	id.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return id, nil
}

// decode returns the place in a record, in either of the layouts that are known:
//
//   - MaxMind's (GeoIP2, GeoLite2, DB-IP): country.iso_code, country.names.en,
//     subdivisions.0.names.en, city.names.en, location.latitude, location.longitude;
//   - flat (ip-location-db, IPinfo): country_code, or a country that is text; country_name,
//     state1 or region, city, latitude, longitude.
//
// What is missing or of another type is left empty. An error means damage.
func decode(r maxminddb.Result) (p Place, err error) {
	var fields map[string]any
	if err := r.Decode(&fields); err != nil {
		return p, err
	}
	get := func(path ...string) any {
		var v any = fields
		for _, name := range path {
			switch at := v.(type) {
			case map[string]any:
				v = at[name]
			case []any:
				if len(at) == 0 {
					return nil
				}
				v, _ = at[0].(map[string]any)[name]
			default:
				return nil
			}
		}
		return v
	}
	text := func(paths ...[]string) string {
		for _, path := range paths {
			if s, ok := get(path...).(string); ok && s != "" && s != "-" {
				return strings.ToValidUTF8(s, "\uFFFD")
			}
		}
		return ""
	}
	p.Code = codeOf(text([]string{"country", "iso_code"}, []string{"country_code"}, []string{"country"}))
	p.Country = text([]string{"country", "names", "en"}, []string{"country_name"})
	if c, ok := CountryOf(p.Code); ok {
		p.Country = c.Name
	} else if p.Country == "" {
		p.Country = p.Code
	} else if p.Code == "" {
		p.Code = codes()[p.Country]
	}
	p.Region = text([]string{"subdivisions", "names", "en"}, []string{"state1"}, []string{"region"})
	p.City = text([]string{"city", "names", "en"}, []string{"city"})
	for _, in := range [][]string{{"location"}, {}} {
		latitude, ok1 := number(get(append(in, "latitude")...))
		longitude, ok2 := number(get(append(in, "longitude")...))
		if ok1 && ok2 && !p.Known {
			p.Point = pointOf(latitude, longitude)
		}
	}
	return p, nil
}

// number returns the value of a number of either length: of a short one, the decimal that
// it was made from.
func number(v any) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return n, true
	case float32:
		long, err := strconv.ParseFloat(strconv.FormatFloat(float64(n), 'g', -1, 32), 64)
		return long, err == nil
	}
	return 0, false
}

// codeOf returns a country's code, or "" if the text is none or says that there is none.
func codeOf(text string) string {
	code := strings.ToUpper(text)
	if len(code) != 2 || code == "ZZ" || code == "XX" || code == "--" {
		return ""
	}
	for _, c := range []byte(code) {
		if c < 'A' || c > 'Z' {
			return ""
		}
	}
	return code
}
