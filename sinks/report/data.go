package report

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/capfold/capfold/pipeline/table"
)

// Limits of what the page has of tables that grow with the traffic: it says what it has
// not. They are guesses at what a person looks at, and keep the page below 3 MB.
const (
	maxInputs        = 200
	maxPorts         = 1024
	maxSenders       = 2000 // addresses that sent most, in the scatter plot and the table
	maxReceivers     = 1000 // other addresses that received most
	maxTransport     = 100  // addresses whose transport is broken down
	maxParts         = 20   // protocols or ports of each
	maxPaths         = 500
	maxConversations = 1000
	maxAnomalies     = 500
	maxTimes         = 600 // points of a time series
	maxSeries        = 20  // addresses with one
	maxZones         = 2000
)

// data is what the page's script gets.
type data struct {
	head
	Tables map[string]*grid // rows that are shown
	rest
}

// head is what is before the tables.
type head struct {
	Version    string         `json:"version"`
	Options    any            `json:"options"`
	Totals     any            `json:"totals"`
	Inputs     []input        `json:"inputs"`
	MoreInputs int            `json:"moreInputs"`
	RankBy     string         `json:"rankBy"`
	Rows       map[string]int `json:"rows"` // of all tables
}

// rest is what is behind the tables.
type rest struct {
	Hosts     *hostsRest `json:"hosts"`
	Times     *times     `json:"times"`
	Breakdown *breakdown `json:"breakdown"`
	Places    *places    `json:"places"`
	Matrix    *matrix    `json:"matrix"`
}

// input is a capture that was analysed.
type input struct {
	Path    string `json:"path"`
	Format  string `json:"format"`
	Bytes   int64  `json:"bytes"`
	Packets int64  `json:"packets"`
	SHA256  string `json:"sha256"`
}

// heads are the tables whose first rows are shown as they are.
var heads = map[string]int{
	"captures": maxInputs, "ports": maxPorts, "host_transport": maxTransport,
	"ttl": 2 * 256, "ttl_summary": 3, "protocols": maxPaths, "packet_sizes": 100,
	"conversations": maxConversations, "anomalies": maxAnomalies, "zones": maxZones,
}

// collect reads what the page shows of in.
func collect(ctx context.Context, in *Input) (*data, error) {
	options, err := plainJSON(in.Options)
	if err != nil {
		return nil, fmt.Errorf("options: %w", err)
	}
	totals, err := plainJSON(in.Totals)
	if err != nil {
		return nil, fmt.Errorf("totals: %w", err)
	}
	d := &data{
		head: head{
			Version: visible([]byte(in.Version)), Options: options, Totals: totals, Inputs: []input{},
			MoreInputs: max(0, len(in.Inputs)-maxInputs), RankBy: rankBy(options), Rows: map[string]int{},
		},
		Tables: map[string]*grid{},
	}
	for _, i := range in.Inputs[:min(maxInputs, len(in.Inputs))] {
		d.Inputs = append(d.Inputs, input{visible([]byte(i.Path)), visible([]byte(i.Format)), i.Bytes, i.Packets, visible([]byte(i.SHA256))})
	}
	for name, t := range in.Tables {
		d.Rows[name] = t.Rows
		if limit := heads[name]; limit > 0 {
			if d.Tables[name], err = firstRows(ctx, t, limit); err != nil {
				return nil, fmt.Errorf("table %s: %w", name, err)
			}
		}
	}
	for name, read := range map[string]func(context.Context, *table.Table) error{
		"hosts":         d.readHosts,
		"conversations": d.readMatrix,
		"zones":         d.readPlaces,
	} {
		if t := in.Tables[name]; t != nil {
			if err := read(ctx, t); err != nil {
				return nil, fmt.Errorf("table %s: %w", name, err)
			}
		}
	}
	if err := d.readBreakdown(ctx, in.Tables["host_protocols"], in.Tables["host_ports"]); err != nil {
		return nil, fmt.Errorf("breakdown of the top addresses: %w", err)
	}
	if err := d.readTimes(ctx, in.Tables["timeline"], in.Tables["host_timeline"]); err != nil {
		return nil, fmt.Errorf("time series: %w", err)
	}
	return d, nil
}

// plainJSON returns a value as package encoding/json would read it back, with numbers as they
// are written and text made visible.
func plainJSON(values map[string]any) (map[string]any, error) {
	text, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var read map[string]any
	if err := decoder.Decode(&read); err != nil {
		return nil, err
	}
	if read == nil {
		return map[string]any{}, nil
	}
	return visibleAll(read).(map[string]any), nil
}

// rankBy returns the measure by which the result is ranked.
func rankBy(options map[string]any) string {
	measures := []string{"bytes", "wire_bytes", "packets"}
	if name, ok := options["rank_by"].(string); ok && slices.Contains(measures, name) {
		return name
	}
	return measures[0]
}
