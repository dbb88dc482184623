package plots

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// TestTexts checks what pictures say.
func TestTexts(t *testing.T) {
	for _, test := range []struct {
		picture string
		in      Input
		want    []string
	}{
		{"ports", usual(), []string{"Standardised ports by generated traffic", "0–1023", ">80<", ">http<", ">351 MB<", ">2.02 MB<", ">UDP<", ">SCTP<", "bytes sent"}},
		{"ports", input(portsTable(portRow{8080, "", 5, 0, 0})), []string{">Ports by generated traffic<", ">8080<", ">5 B<"}},
		{"ports", edges()["all equal"], []string{"Not drawn: 4,985 further ports that sent 15.0 MB, &gt;99 % of all."}},
		{"top-hosts", usual(), []string{"Top 3 addresses", ">2001:db8:1234:5678:9abc:def0:1234:5678<", ">TCP<", ">65535<", ">115 MB<", ">–<", ">50 %<"}},
		{"top-hosts", edges()["by packets"], []string{"Ranked by packets."}},
		{"hosts-over-time", usual(), []string{"first two addresses", "in each 10 s", "147.32.80.13, 4.20 MB", "bytes sent per 10 s", ">09:50<", "Time in UTC, 2011-08-10."}},
		{"hosts-over-time", edges()["far apart in seconds"], []string{"first address", "Time in UTC, 1970-01-01 to 2262-04-11."}},
		{"ttl", usual(), []string{"mean 77.3, standard deviation 26.0", ">64<", ">128<", ">255<", "minimum 57, maximum 255", ">IPv6<"}},
		{"addresses", usual(), []string{"bytes sent (log)", "bytes received (log)", ">147.32.80.13<", ">0<", "public address", "private or other", "5 addresses."}},
		{"addresses", edges()["all equal"], []string{"3,000 of 5,000 addresses; not drawn are the 2,000 with least traffic, which sent and received 4.00 MB, 40 % of all."}},
		{"zones", usual(), []string{"Prague, Czechia", ">Private use<", ">48 %<", "(log)", "Not on the map: 2 zones without a place that sent 50.0 MB, 11 % of all."}},
		{"zones", edges()["places that are none"], []string{"Not on the map: 2 zones without a place that sent 18 B", ">unnamed<", ">Paris, FR<"}},
	} {
		got := string(render(t, test.picture, "svg", test.in))
		for _, want := range test.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s does not say %q", test.picture, want)
			}
		}
	}
	for _, name := range Names() {
		if got := string(render(t, name, "svg", edges()["nothing"])); !strings.Contains(got, ">no IP packets<") && !strings.Contains(got, ">no packets from these ports<") {
			t.Errorf("%s of nothing does not say so", name)
		}
	}
}

// TestBarsStartAtZero checks that the lengths of bars are in proportion.
func TestBarsStartAtZero(t *testing.T) {
	in := input(portsTable(portRow{1, "", 1000, 0, 0}, portRow{2, "", 500, 0, 0}, portRow{3, "", 250, 0, 0}))
	s := newScene()
	if err := drawPorts(s, &in); err != nil {
		t.Fatal(err)
	}
	var got []float64
	var left []float64
	for _, shape := range s.shapes {
		if r, ok := shape.(rectangle); ok && r.fill == blue && r.h > 7 {
			got = append(got, math.Round(r.w*100)/100)
			left = append(left, r.x)
		}
	}
	if len(got) != 3 || got[0] != math.Round(got[1]*2*100)/100 || math.Abs(got[0]-4*got[2]) > 0.05 || left[0] != left[2] {
		t.Errorf("bars of 1000, 500 and 250 bytes are %v long and start at %v", got, left)
	}
}

func TestMany(t *testing.T) {
	rows := make([]hostRow, 1_000_000)
	for i := range rows {
		rows[i] = hostRow{fmt.Sprintf("2001:db8::%x:%x", i>>16, i&0xffff), int64(1e9 / (i + 1)), int64(i % 1000)}
	}
	b := render(t, "addresses", "svg", input(hostsTable(rows...)))
	if !strings.Contains(string(b), "3,000 of 1,000,000 addresses") {
		t.Error("a million addresses: the picture does not say how many it shows")
	}
	if len(b) > 1<<20 {
		t.Errorf("a million addresses take %d bytes, want at most 1 MiB", len(b))
	}
}
