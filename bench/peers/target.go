package main

import (
	"encoding/json"
	"fmt"
	"math"
)

// figure is a number that may be missing: NaN, in JSON null.
type figure float64

func (f figure) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}

// target is a figure that capfold is to reach.
type target struct {
	Row     string `json:"row"` // the peer beside which it is printed
	What    string `json:"what"`
	AtLeast bool   `json:"at_least,omitempty"` // otherwise at most
	Limit   figure `json:"limit"`
	Unit    string `json:"unit"`
	Got     figure `json:"got"`
	// Fold is the same for the fold alone, where Got is for everything written and the
	// target does not say which is meant.
	Fold *figure `json:"got_by_the_fold_alone,omitempty"`
	Met  string  `json:"met"` // yes, no, by the fold alone, not measured
	// Disturbed says that other processes took part of the machine from the runs, so that
	// a figure of time is about them too.
	Disturbed bool `json:"disturbed,omitempty"`
}

// from notes the runs that a figure of time is made of.
func (t target) from(runs ...series) target {
	for _, s := range runs {
		t.Disturbed = t.Disturbed || s.others() > disturbance
	}
	return t
}

// judge fills in whether it is met.
func (t target) judge() target {
	reached := func(f figure) bool {
		if t.AtLeast {
			return f >= t.Limit
		}
		return f <= t.Limit
	}
	switch {
	case math.IsNaN(float64(t.Got)):
		t.Met = "not measured"
	case reached(t.Got):
		t.Met = "yes"
	case t.Fold != nil && reached(*t.Fold):
		t.Met = "by the fold alone"
	default:
		t.Met = "no"
	}
	return t
}

func (t target) String() string {
	sign := "≤"
	if t.AtLeast {
		sign = "≥"
	}
	got := short(float64(t.Got))
	if t.Fold != nil {
		got += " (the fold alone " + short(float64(*t.Fold)) + ")"
	}
	unit := t.Unit
	if unit != "" {
		unit = " " + unit
	}
	if t.Met == "not measured" {
		return fmt.Sprintf("%s %s %s%s: not measured", t.What, sign, short(float64(t.Limit)), unit)
	}
	met := t.Met
	if t.Disturbed {
		met += ", disturbed"
	}
	return fmt.Sprintf("%s %s %s%s: %s, **%s**", t.What, sign, short(float64(t.Limit)), unit, got, met)
}

// againstCapinfos are the limits of capfold's time over that of capinfos -c.
var againstCapinfos = map[string]struct{ fold, write figure }{
	"mixed":   {0.7, 1.2},
	"headers": {0.7, 1.2},
	realName:  {0.8, 1.5},
}

// targets are those of one capture.
func (c *captureReport) targets() []target {
	fold, write := c.series(foldName), c.series(writeName)
	var all []target
	add := func(t target) { all = append(all, t.judge()) }
	if limits, ok := againstCapinfos[c.Name]; ok {
		base := c.series(capinfosName)
		add(target{Row: foldName, What: "time / " + capinfosName, Limit: limits.fold, Unit: "×", Got: figure(fold.ratio(base))}.from(fold, base))
		add(target{Row: writeName, What: "time / " + capinfosName, Limit: limits.write, Unit: "×", Got: figure(write.ratio(base))}.from(write, base))
	}
	if c.Name == "mixed" || c.Name == "headers" {
		add(target{
			Row: twoWorkers, What: "speed / 1 worker", AtLeast: true, Limit: 1.85, Unit: "×",
			Got: figure(c.series(oneWorker).ratio(c.series(twoWorkers))),
		}.from(c.series(oneWorker), c.series(twoWorkers)))
	}
	if c.Name == "scan" {
		add(target{
			Row: foldName, What: "packets/s", AtLeast: true, Limit: 4, Unit: "million",
			Got: figure(float64(fold.Packets) / fold.wall() / 1e6),
		}.from(fold))
		bounded := c.series(boundedName)
		add(target{
			Row: boundedName, What: "peak memory", Limit: 600, Unit: "MiB", Got: figure(bounded.memory() / (1 << 20)),
		})
		add(target{
			Row: boundedName, What: "time / without a bound", Limit: 4, Unit: "×", Got: figure(bounded.ratio(write)),
		}.from(bounded, write))
		same := figure(math.NaN())
		if c.Identical != nil {
			same = 0
			if *c.Identical {
				same = 1
			}
		}
		add(target{Row: boundedName, What: "identical output", AtLeast: true, Limit: 1, Got: same})
	}
	if c.Flows > 0 {
		limit := figure(64 + float64(c.Flows)*110/1e6)
		for _, s := range []struct {
			name string
			of   series
		}{{foldName, fold}, {writeName, write}} {
			add(target{
				Row: s.name, What: "peak memory, 64 MB + 110 B for each atom", Limit: limit, Unit: "MB",
				Got: figure(s.of.memory() / 1e6),
			})
		}
	}
	for _, faster := range []struct {
		of    []string
		limit figure
	}{
		{[]string{nfdumpName}, 10},
		{[]string{tsharkName, tsharkFieldsName}, 100},
		{[]string{scapyListName, scapyFilterName}, 1000},
		{[]string{gopacketName}, 5},
	} {
		row, got := "", math.Inf(1)
		for _, name := range faster.of { // the better of several ways counts
			if ratio := c.series(name).ratio(write); ratio < got {
				row, got = name, ratio
			}
		}
		if row != "" {
			alone := figure(c.series(row).ratio(fold))
			add(target{Row: row, What: "capfold is faster", AtLeast: true, Limit: faster.limit, Unit: "×", Got: figure(got), Fold: &alone}.
				from(c.series(row), write, fold))
		}
	}
	return all
}
