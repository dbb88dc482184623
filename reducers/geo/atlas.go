package geo

import (
	"cmp"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/oschwald/maxminddb-golang/v2"
)

// ID stands for a place in one [Atlas]; 0 is the one that is unknown. Which place has
// which other ID is chance, so that an ID must reach no output.
type ID uint32

// Atlas knows places. The zero Atlas knows the IANA registries only. All methods may be
// called concurrently.
type Atlas struct {
	databases []*database // the more trusted ones first

	places atomic.Pointer[[]Place] // by ID, behind the special ones; only ever appended to

	mu  sync.Mutex
	ids map[Place]ID
	err error // the first
}

// Open returns an Atlas of the databases in files. Of several that know the country of an
// address, the first counts; the later ones add region, city and coordinates where they
// agree with it.
func Open(paths ...string) (*Atlas, error) {
	a := &Atlas{}
	for _, path := range paths {
		d, err := openDatabase(path)
		if err != nil {
			_ = a.Close()
			return nil, err
		}
		a.databases = append(a.databases, d)
	}
	return a, nil
}

// Default returns an Atlas of the embedded database.
func Default() *Atlas { return &Atlas{databases: []*database{openEmbedded()}} }

// Close closes the databases. Places that were found stay valid.
func (a *Atlas) Close() error {
	var err error
	for _, d := range a.databases {
		if e := d.reader.Close(); err == nil {
			err = e
		}
	}
	a.databases = nil
	return err
}

// Release gives back the memory that look-ups in the embedded database have taken, which is
// 5 MB where addresses are from all over the world. It goes on to find places.
func (a *Atlas) Release() {
	if a == nil {
		return
	}
	for _, d := range a.databases {
		if d.path == "" {
			unmap(embedded)
		}
	}
}

// Databases says which databases are looked into, the first first.
func (a *Atlas) Databases() ([]Database, error) {
	all := []Database{}
	for _, d := range a.databases {
		id, err := d.identity()
		if err != nil {
			return nil, err
		}
		all = append(all, id)
	}
	return all, nil
}

// Err returns the first error of a look-up, which means that a database is damaged.
func (a *Atlas) Err() error {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.err
}

func (a *Atlas) fail(d *database, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.err == nil {
		a.err = fmt.Errorf("geo database %s: %w", cmp.Or(d.path, "(embedded)"), err)
	}
}

// Place returns the place of an ID. A nil Atlas knows what the zero Atlas knows.
func (a *Atlas) Place(id ID) *Place {
	here := special().places
	if n := ID(len(here)); id >= n {
		return &(*a.places.Load())[id-n]
	}
	return &here[id]
}

// intern returns the ID of a place that is not special.
func (a *Atlas) intern(p Place) ID {
	a.mu.Lock()
	defer a.mu.Unlock()
	if id, ok := a.ids[p]; ok {
		return id
	}
	if a.ids == nil {
		a.ids = map[Place]ID{}
	}
	var places []Place
	if old := a.places.Load(); old != nil {
		places = *old
	}
	id := ID(len(special().places) + len(places))
	places = append(places, p)
	a.ids[p] = id
	a.places.Store(&places)
	return id
}

// Finder finds the places of addresses. One goroutine at a time may use it; each has its
// own, since it remembers what it found.
//
// Note: databases have few different records for their many networks. Each is decoded
// once, known by its offset from then on, so that a look-up is a walk down the tree and an
// access to a map (BenchmarkFind).
type Finder struct {
	atlas    *Atlas
	special  *blocks
	records  []map[uintptr]record // of each database, by offset
	partials []Place              // what databases say, the first one unknown
	known    map[Place]record     // places in partials
	joined   map[[2]record]record // what two partials say together
	ids      []ID                 // of the places of partials, 0 where not yet known
}

// record is an index into Finder.partials.
type record uint32

// Finder returns a Finder. A nil Atlas knows what the zero Atlas knows.
func (a *Atlas) Finder() *Finder {
	if a == nil {
		a = &Atlas{}
	}
	f := &Finder{
		atlas: a, special: special(), partials: []Place{{}}, known: map[Place]record{{}: 0},
		joined: map[[2]record]record{}, ids: []ID{0},
	}
	for range a.databases {
		f.records = append(f.records, map[uintptr]record{})
	}
	return f
}

// Find returns the place of an address. An IPv4-mapped IPv6 address is not taken for the
// IPv4 address in it, since no packet should carry it.
func (f *Finder) Find(addr netip.Addr) ID {
	if !addr.Is4() && translated.Contains(addr) {
		b := addr.As16()
		addr = netip.AddrFrom4([4]byte(b[12:]))
	}
	if id := f.special.find(addr); id != 0 {
		return id
	}
	sum := record(0)
	for i, d := range f.atlas.databases {
		if !d.has(addr) {
			continue
		}
		found := d.reader.Lookup(addr)
		if found.Found() {
			sum = f.join(sum, f.record(i, found))
		} else if err := found.Err(); err != nil {
			f.atlas.fail(d, err)
		}
	}
	return f.id(sum)
}

// record returns what a database says in a result.
func (f *Finder) record(database int, found maxminddb.Result) record {
	offset := found.Offset()
	r, ok := f.records[database][offset]
	if !ok {
		p, err := decode(found)
		if err != nil {
			f.atlas.fail(f.atlas.databases[database], err)
		}
		r = f.partial(p)
		f.records[database][offset] = r
	}
	return r
}

func (f *Finder) partial(p Place) record {
	r, ok := f.known[p]
	if !ok {
		r = record(len(f.partials))
		f.known[p] = r
		f.partials, f.ids = append(f.partials, p), append(f.ids, 0)
	}
	return r
}

// join returns what a database and a less trusted one say together.
func (f *Finder) join(a, b record) record {
	if a == b || b == 0 {
		return a
	}
	if a == 0 {
		return b
	}
	sum, ok := f.joined[[2]record{a, b}]
	if !ok {
		sum = f.partial(joinPlaces(f.partials[a], f.partials[b]))
		f.joined[[2]record{a, b}] = sum
	}
	return sum
}

// joinPlaces adds to a place what another adds that is in the same country.
func joinPlaces(a, b Place) Place {
	if a.Country == "" {
		return b
	}
	if a.Code != b.Code || a.Country != b.Country {
		return a
	}
	// A city is taken from one database with its region, and a point with its city.
	same := a.Region == b.Region && a.City == b.City
	if a.City == "" && (a.Region == "" || a.Region == b.Region) && !same {
		a, b = b, a // it says more, and nothing else
		same = !a.Known
	}
	if same && !a.Known {
		a.Point = b.Point
	}
	return a
}

// id returns the ID of the place that databases found.
func (f *Finder) id(r record) ID {
	if f.ids[r] == 0 && r != 0 {
		f.ids[r] = f.atlas.intern(f.partials[r].complete())
	}
	return f.ids[r]
}

// complete returns the place with what the table of countries knows.
func (p Place) complete() Place {
	if p.Country == "" {
		p.Country = Unknown
		p.Region, p.City, p.Point = "", "", Point{}
	}
	if c, ok := CountryOf(p.Code); ok && !p.Known {
		p.Point = c.Centre
	}
	return p
}
