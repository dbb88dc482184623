package main

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
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
	// Same is the figure for the same question, where the target is about a program that
	// answers less than capfold does in Got, with everything written.
	Same *figure `json:"got_for_the_same_question,omitempty"`
	Met  string  `json:"met"` // yes, no, for the same question only, not measured
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

// notMeasured is what a target is whose programs did not run.
const notMeasured = "not measured"

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
		t.Met = notMeasured
	case reached(t.Got):
		t.Met = "yes"
	case t.Same != nil && reached(*t.Same):
		t.Met = sameOnly
	default:
		t.Met = "no"
	}
	return t
}

// sameOnly is met where everything written is too slow.
const sameOnly = "for the same question only"

// wanted says what is to be reached.
func (t target) wanted() string {
	sign := "≤"
	if t.AtLeast {
		sign = "≥"
	}
	return strings.TrimSuffix(fmt.Sprintf("%s %s %s %s", t.What, sign, short(float64(t.Limit)), t.Unit), " ")
}

// got says what was reached.
func (t target) got() string {
	if t.Same == nil {
		return short(float64(t.Got))
	}
	return fmt.Sprintf("everything written %s, the same question %s", short(float64(t.Got)), short(float64(*t.Same)))
}

// verdict says whether that is enough.
func (t target) verdict() string {
	if t.Disturbed && t.Met != notMeasured {
		return t.Met + ", disturbed"
	}
	return t.Met
}

func (t target) String() string {
	if t.Met == notMeasured {
		return t.wanted() + ": " + t.Met
	}
	return fmt.Sprintf("%s: %s, **%s**", t.wanted(), t.got(), t.verdict())
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
		row, got, least := "", math.Inf(1), math.Inf(1)
		runs := []series{write}
		for _, name := range faster.of { // the better of several ways counts, for either question
			r := c.result(name)
			if ratio := r.ratio(write); ratio < got {
				row, got = name, ratio
			}
			if ratio := r.ratio(c.series(r.Same)); ratio < least {
				least = ratio
			}
			runs = append(runs, r.series, c.series(r.Same))
		}
		if math.IsInf(least, 1) {
			least = math.NaN()
		}
		if same := figure(least); row != "" {
			add(target{Row: row, What: "capfold is faster", AtLeast: true, Limit: faster.limit, Unit: "×", Got: figure(got), Same: &same}.from(runs...))
		}
	}
	return all
}
