package main

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func TestTargetJudge(t *testing.T) {
	five, none := figure(5), figure(math.NaN())
	for _, c := range []struct {
		name string
		of   target
		want string
	}{
		{"at most, below", target{Limit: 2, Got: 1}, "yes"},
		{"at most, exactly", target{Limit: 2, Got: 2}, "yes"},
		{"at most, above", target{Limit: 2, Got: 3}, "no"},
		{"at least, below", target{AtLeast: true, Limit: 2, Got: 1}, "no"},
		{"at least, both questions", target{AtLeast: true, Limit: 3, Got: 3, Same: &five}, "yes"},
		{"at least, the same question", target{AtLeast: true, Limit: 4, Got: 3, Same: &five}, sameOnly},
		{"at least, neither", target{AtLeast: true, Limit: 6, Got: 3, Same: &five}, "no"},
		{"at least, the same question not asked", target{AtLeast: true, Limit: 6, Got: 3, Same: &none}, "no"},
		{"nothing", target{Limit: 2, Got: figure(math.NaN())}, "not measured"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.of.judge().Met; got != c.want {
				t.Errorf("judge of %+v = %q, want %q", c.of, got, c.want)
			}
		})
	}
}

func TestTargetsOfCapture(t *testing.T) {
	c := captureReport{Name: "mixed", Packets: 1000, Flows: 1_000_000, Results: []result{
		{Peer: foldName, series: runs(1000, 1)},
		{Peer: writeName, series: runs(1000, 2)},
		{Peer: oneWorker, series: runs(1000, 1.9)},
		{Peer: twoWorkers, series: runs(1000, 1)},
		{Peer: topName, series: runs(1000, 1.25)},
		{Peer: pairsName, series: runs(1000, 1.5)},
		{Peer: courseName, series: runs(1000, 1)},
		{Peer: capinfosName, series: runs(1000, 2)},
		{Peer: tsharkName, Same: pairsName, series: runs(100, 12)},
		{Peer: tsharkFieldsName, Same: writeName, series: runs(100, 10)},
		{Peer: scapyListName, Same: courseName, series: runs(10, 10)},
		{Peer: gopacketName, Same: topName, series: runs(1000, 5)},
	}}
	c.finish(true)
	var got []string
	for _, t := range c.Targets {
		got = append(got, t.Row+": "+t.String())
	}
	want := []string{
		"capfold, fold only: time / capinfos -c ≤ 0.7 ×: 0.5, **yes**",
		"capfold, everything written: time / capinfos -c ≤ 1.20 ×: 1, **yes**",
		"capfold, fold only, 2 workers: speed / 1 worker ≥ 1.85 ×: 1.90, **yes**",
		"capfold, fold only: peak memory, 64 MB + 110 B for each atom ≤ 174 MB: 0, **yes**",
		"capfold, everything written: peak memory, 64 MB + 110 B for each atom ≤ 174 MB: 0, **yes**",
		"tshark, fields: capfold is faster ≥ 100 ×: everything written 50, the same question 50, **no**",
		"scapy, one list filtered: capfold is faster ≥ 1,000 ×: everything written 500, the same question 1,000, **for the same question only**",
		"gopacket loop: capfold is faster ≥ 5 ×: everything written 2.50, the same question 4, **no**",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("targets:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if _, err := json.Marshal(c); err != nil { // figures of no number must not spoil it
		t.Error(err)
	}
}

func TestTargetDisturbed(t *testing.T) {
	quiet, busy := runs(10, 1, 1), runs(10, 1, 1)
	quiet.Runs[0].Others, busy.Runs[0].Others = 1e8, 5e8
	at := target{What: "time", Limit: 2, Got: 3}
	for _, c := range []struct {
		name string
		of   []series
		want string
	}{
		{"quiet", []series{quiet, quiet}, "time ≤ 2: 3, **no**"},
		{"one of two disturbed", []series{quiet, busy}, "time ≤ 2: 3, **no, disturbed**"},
		{"not run", []series{{}}, "time ≤ 2: 3, **no**"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := at.from(c.of...).judge().String(); got != c.want {
				t.Errorf("target %q, want %q", got, c.want)
			}
		})
	}
}

func TestShort(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0", 0.01234: "0.0123", 1: "1", 1.2: "1.20", 12.34: "12.3", 20: "20", 1234567: "1,234,567", math.NaN(): "—",
	} {
		if got := short(f); got != want {
			t.Errorf("short(%v) = %q, want %q", f, got, want)
		}
	}
}
