package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestExtremes shows traffic that is not as most is.
func TestExtremes(t *testing.T) {
	ctx := browser(t)
	// A scan: the addresses that talk most never talk to one another.
	in := sample(300)
	var scan [][]any
	for i := range 2000 {
		scan = append(scan, []any{fmt.Sprintf("10.0.0.%d", i%20), fmt.Sprintf("20.0.%d.%d", i/250, i%250), 1, 40, 60, 0, 0, 0, 1, start, start})
	}
	in.Tables["conversations"] = makeTable("conversations", []string{
		"a string", "b string", "ab_packets int64", "ab_bytes int64", "ab_wire_bytes int64", "ba_packets int64", "ba_bytes int64", "ba_wire_bytes int64",
		"flows int64", "first_time timestamp", "last_time timestamp",
	}, scan...)
	// Ports from 1 byte to 10 TB.
	var ports [][]any
	for i, sent := 0, int64(10_000_000_000_000); sent > 0; i, sent = i+1, sent/10 {
		ports = append(ports, []any{i, "", 1, sent, 1, sent, sent, 0, 0, 2})
	}
	in.Tables["ports"] = makeTable("ports", []string{
		"port int32", "service string", "sent_packets int64", "sent_bytes int64", "received_packets int64", "received_bytes int64",
		"tcp_bytes int64", "udp_bytes int64", "sctp_bytes int64", "hosts int64",
	}, ports...)
	// One packet under twenty headers among millions under three.
	in.Tables["protocols"] = makeTable("protocols", []string{"path string", "packets int64", "bytes int64", "wire_bytes int64"},
		[]any{"ether/arp", 10, 0, 420}, []any{"ether/ipv4" + strings.Repeat("/gre/ipv4", 9), 1, 900, 1000}, []any{"ether/ipv4/tcp", 2_000_000, 900_000_000, 1_000_000_000})
	in.Options["rank_by"] = "wire_bytes"
	in.Options["plots"] = []string{}
	p := open(ctx, t, write(t, in), desktop)

	if got := eval[string](p, `document.querySelector("#conversations .notice").innerText`); !strings.HasPrefix(got, "No matrix: ") {
		t.Errorf("the matrix of a scan says %q, want that there is none", got)
	}
	p.click("#ports .choice button:last-child")
	const ticks = `document.getElementById("chart-ports").instance.getModel().getComponent("xAxis").axis.scale.getTicks().length`
	if n := eval[int](p, ticks); n < 5 || n > 10 {
		t.Errorf("the logarithmic axis over 13 decades has %d ticks, want 5 to 10", n)
	}
	if got := eval[string](p, `document.querySelector("#ports .note").innerText`); !strings.Contains(got, "order is that of wire bytes") {
		t.Errorf("over the ports: %q, want what they are ordered by", got)
	}
	const depth = `(function depth(nodes) { return nodes.reduce((a, n) => Math.max(a, 1 + depth(n.children)), 0); })(document.getElementById("chart-protocols").instance.getOption().series[0].data)`
	if n := eval[int](p, depth); n != 3 {
		t.Errorf("the protocols have %d rings, want the 3 that have traffic to speak of", n)
	}
	if got := cells(p, "protocols", 1); got[0] != "ether/ipv4/tcp" {
		t.Errorf("paths = %q, want the heaviest first", got)
	}
	if got := eval[string](p, `[...document.querySelectorAll("#made dt")].find((e) => e.innerText === "plots").nextSibling.innerText`); got != "none" {
		t.Errorf("plots: %q, want none", got)
	}
}

// TestMapKeys moves the map by the keyboard.
func TestMapKeys(t *testing.T) {
	p := open(browser(t), t, write(t, sample(100)), desktop)
	view := func(keys ...string) []float64 {
		t.Helper()
		if err := chromedp.Do(p.ctx, chromedp.Focus("#chart-map")); err != nil {
			t.Fatal(err)
		}
		for _, key := range keys {
			if err := chromedp.Do(p.ctx, chromedp.KeyEvent(key)); err != nil {
				t.Fatal(err)
			}
		}
		return eval[[]float64](p, `(({ zoom, center }) => [zoom, ...(center || [])])(document.getElementById("chart-map").instance.getOption().geo[0])`)
	}
	near := view("+", "+")
	if len(near) != 3 || near[0] < 2 {
		t.Fatalf("after + +: zoom and centre = %v, want a zoom above 2", near)
	}
	east := view(kb.ArrowRight)
	if east[1] <= near[1] || east[2]-near[2] > 0.1 {
		t.Errorf("after the right arrow: %v, was %v, want it further east", east, near)
	}
	if north := view(kb.ArrowUp); north[2] <= east[2] {
		t.Errorf("after the up arrow: %v, was %v, want it further north", north, east)
	}
	if all := view("0"); len(all) != 1 || all[0] != 1 {
		t.Errorf("after 0: %v, want all of the map", all)
	}
}
