package reducers

import (
	"cmp"

	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/reducers/geo"
)

// ZoneMeasure is what is known of a geographical zone.
type ZoneMeasure struct {
	Hosts               int64
	Sent, Received      flow.Counts
	Located             int64 // hosts with coordinates
	Latitude, Longitude int64 // sums over these, in millionths of a degree
}

func (m *ZoneMeasure) merge(o *ZoneMeasure) {
	m.Hosts += o.Hosts
	m.Sent.Add(o.Sent)
	m.Received.Add(o.Received)
	m.Located += o.Located
	m.Latitude += o.Latitude
	m.Longitude += o.Longitude
}

func zones(e *Env) pipeline.Reducer[HostRow] {
	type row = Row[geo.Zone, ZoneMeasure]
	noPoint := func(r *row) bool { return r.Value.Located == 0 }
	mean := func(r *row, sum int64) float64 {
		// Rounded to the unit, since the places of addresses are no better known.
		return float64(sum/max(r.Value.Located, 1)) / geo.Degree
	}
	return &Rollup[HostRow, geo.Zone, ZoneMeasure]{
		Doc: table.Schema{
			Name: "zones", Row: "geographical zone",
			Order: "measure of --rank-by sent, descending; country_code, country, region, city",
			Doc: "Traffic by the zones that addresses are in: cities, regions or countries, as far as the geo " +
				"database knows. Private, reserved, multicast and other special addresses make zones of their own, " +
				"which have no country_code and are named as in the IANA registries; so do addresses that the " +
				"database does not know, under the name Unknown.",
		},
		Fold: func(h HostRow, at func(geo.Zone) *ZoneMeasure) {
			place := e.Geo.Place(h.Value.place)
			m := ZoneMeasure{Hosts: 1, Sent: h.Value.Sent, Received: h.Value.Received}
			if place.Known {
				m.Located, m.Latitude, m.Longitude = 1, int64(place.Latitude), int64(place.Longitude)
			}
			at(place.Zone).merge(&m)
		},
		Merge: (*ZoneMeasure).merge,
		SortKeys: []func(*row) uint64{
			func(r *row) uint64 { return e.RankBy.key(&r.Value.Sent) },
		},
		Compare: func(a, b *row) int {
			return cmp.Or(e.RankBy.descending(&a.Value.Sent, &b.Value.Sent), a.Key.Compare(b.Key))
		},
		Columns: columns(
			zoneColumns(func(r *row) *geo.Zone { return &r.Key }),
			[]table.Column[row]{
				table.Doubles("latitude", "degrees", "mean latitude of its addresses, WGS 84; null if the database has none", func(r *row) float64 { return mean(r, r.Value.Latitude) }).NullIf(noPoint),
				table.Doubles("longitude", "degrees", "mean longitude of its addresses, WGS 84; null if the database has none", func(r *row) float64 { return mean(r, r.Value.Longitude) }).NullIf(noPoint),
				table.Int64s("hosts", "addresses", "distinct addresses in the zone that sent or received a packet", func(r *row) int64 { return r.Value.Hosts }),
			},
			countsColumns("sent_", " sent by its addresses", func(r *row) *flow.Counts { return &r.Value.Sent }),
			countsColumns("received_", " received by its addresses", func(r *row) *flow.Counts { return &r.Value.Received }),
			[]table.Column[row]{
				packetsColumn("packets", "packets sent and packets received; one between two addresses of the zone is both",
					func(r *row) int64 { return r.Value.Sent.Packets + r.Value.Received.Packets }),
			},
		),
	}
}

// zoneColumns returns the columns that name a zone.
func zoneColumns[R any](zone func(*R) *geo.Zone) []table.Column[R] {
	name := func(name, doc string, value func(*geo.Zone) string) table.Column[R] {
		return text(name, doc, func(r *R) string { return value(zone(r)) })
	}
	orNull := func(name, doc string, value func(*geo.Zone) string) table.Column[R] {
		return text(name, doc, func(r *R) string { return value(zone(r)) }).NullIf(func(r *R) bool { return value(zone(r)) == "" })
	}
	return []table.Column[R]{
		orNull("country_code", "ISO 3166-1 alpha-2 code of the country; null if it is in none or unknown", func(z *geo.Zone) string { return z.Code }),
		name("country", `name of the country, or of the block of special addresses, or "Unknown"`, func(z *geo.Zone) string { return z.Country }),
		orNull("region", "first-level subdivision of the country; null if the database has none", func(z *geo.Zone) string { return z.Region }),
		orNull("city", "city; null if the database has none", func(z *geo.Zone) string { return z.City }),
	}
}

// placeColumns returns the columns that say where something is.
func placeColumns[R any](place func(*R) *geo.Place) []table.Column[R] {
	noPoint := func(r *R) bool { return !place(r).Known }
	return append(zoneColumns(func(r *R) *geo.Zone { return &place(r).Zone }),
		table.Doubles("latitude", "degrees", "latitude, WGS 84, of a point in the country where no other is known; null if none is",
			func(r *R) float64 { return float64(place(r).Latitude) / geo.Degree }).NullIf(noPoint),
		table.Doubles("longitude", "degrees", "longitude, WGS 84, of a point in the country where no other is known; null if none is",
			func(r *R) float64 { return float64(place(r).Longitude) / geo.Degree }).NullIf(noPoint))
}
