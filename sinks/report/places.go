package report

import (
	"cmp"
	"context"
	"slices"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks"
)

// places are the zones of a result by country. Zones without a country, such as private
// addresses, stand beside the countries under their own names.
type places struct {
	Countries []*place `json:"countries"`
	Zones     int      `json:"zones"` // of which the countries are made
}

// place is a country.
type place struct {
	Code            string   `json:"code"` // ISO 3166-1; empty for what is no country
	Name            string   `json:"name"`
	Hosts           int64    `json:"hosts"`
	SentBytes       int64    `json:"sent"`
	ReceivedBytes   int64    `json:"received"`
	Packets         int64    `json:"packets"`
	Latitude        *float64 `json:"latitude"` // of its heaviest zone
	Longitude       *float64 `json:"longitude"`
	heaviest, order int64
}

func (d *data) readPlaces(ctx context.Context, t *table.Table) error {
	type key struct{ code, name string }
	byKey := map[key]*place{}
	for p, err := range parts(ctx, t, partRows) {
		if err != nil {
			return err
		}
		hosts, sent, received, packets := p.ints("hosts"), p.ints("sent_bytes"), p.ints("received_bytes"), p.ints("packets")
		for row := range p.Rows {
			k := key{code: p.text("country_code", row)}
			if k.code == "" {
				k.name = p.text("country", row)
			}
			c := byKey[k]
			if c == nil {
				c = &place{Code: k.code, Name: cmp.Or(p.text("country", row), k.code, sinks.Unknown), heaviest: -1, order: int64(len(byKey))}
				byKey[k] = c
			}
			c.Hosts += hosts[row]
			c.SentBytes += sent[row]
			c.ReceivedBytes += received[row]
			c.Packets += packets[row]
			latitude, longitude := p.column("latitude"), p.column("longitude")
			if weight := sent[row] + received[row]; weight > c.heaviest && !p.null("latitude", row) && !p.null("longitude", row) {
				c.heaviest = weight
				c.Latitude, c.Longitude = new(float64), new(float64)
				*c.Latitude, *c.Longitude = latitude.Floats[row], longitude.Floats[row]
			}
		}
	}
	d.Places = &places{Countries: []*place{}, Zones: t.Rows}
	for _, c := range byKey {
		d.Places.Countries = append(d.Places.Countries, c)
	}
	slices.SortFunc(d.Places.Countries, func(a, b *place) int {
		return cmp.Or(cmp.Compare(b.SentBytes, a.SentBytes), cmp.Compare(a.order, b.order))
	})
	return nil
}
