package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// allCharts are the charts of a result with everything in it.
var allCharts = []string{"addresses", "conversations", "map", "ports", "protocols", "scatter", "sizes", "time", "time-all", "ttl"}

// allSections are the sections of every page.
var allSections = []string{
	"overview", "quality", "ports", "addresses", "time", "transport", "ttl", "scatter", "map", "conversations", "protocols", "sizes", "anomalies", "made",
}

// wantCharts fails the test unless exactly these charts are there and none is blank.
func wantCharts(t *testing.T, p *openPage, names ...string) {
	t.Helper()
	drawn := p.drawn()
	for _, name := range names {
		if colours, ok := drawn["chart-"+name]; !ok || colours < 3 {
			t.Errorf("chart %s has %d colours, want at least 3 (there: %v)", name, colours, ok)
		}
	}
	if len(drawn) != len(names) {
		t.Errorf("charts = %v, want %v", drawn, names)
	}
}

// wantSections fails the test unless every section says something under a heading.
func wantSections(t *testing.T, p *openPage) {
	t.Helper()
	for _, id := range allSections {
		if got := eval[string](p, fmt.Sprintf(`document.querySelector("#%s > .body").innerText.trim()`, id)); got == "" {
			t.Errorf("section %s is empty", id)
		}
		if got := eval[string](p, fmt.Sprintf(`document.querySelector("#%s > h1, #%[1]s > h2").innerText.trim()`, id)); got == "" {
			t.Errorf("section %s has no heading", id)
		}
		if got := eval[string](p, fmt.Sprintf(`document.querySelector("#%s > .lead").innerText.trim()`, id)); !strings.HasSuffix(got, ".") {
			t.Errorf("section %s is explained by %q, which is no sentence", id, got)
		}
	}
}

// TestWindows opens a report of everything in windows of all kinds.
func TestWindows(t *testing.T) {
	ctx := browser(t)
	html := write(t, sample(4000))
	for name, w := range map[string]window{
		"desktop": desktop, "desktop, dark": {width: 1280, height: 900, dark: true},
		"tablet": {width: 820, height: 1180, mobile: true},
		"phone":  phone, "phone, dark": {width: 390, height: 844, mobile: true, dark: true}, "small phone": {width: 320, height: 568, mobile: true},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(ctx, t, html, w)
			wantSections(t, p)
			wantCharts(t, p, allCharts...)
			if out := p.overflow(); len(out) > 0 {
				t.Errorf("out of the window: %q", out)
			}
			want := map[bool]string{false: "light", true: "dark"}[w.dark]
			if got := eval[string](p, `document.documentElement.dataset.theme`); got != want {
				t.Errorf("theme = %s, want %s", got, want)
			}
		})
	}
}

// TestHostilePage has hostile names everywhere.
func TestHostilePage(t *testing.T) {
	ctx := browser(t)
	html := write(t, sample(3000, hostileNames...))
	for _, w := range []window{desktop, phone} {
		p := open(ctx, t, html, w)
		wantSections(t, p)
		wantCharts(t, p, allCharts...)
		if out := p.overflow(); len(out) > 0 {
			t.Errorf("out of the window: %q", out)
		}
		if title := eval[string](p, `document.title`); title == "owned" {
			t.Error("a name was run as a script")
		}
		if n := eval[int](p, `document.querySelectorAll("main img, main script, main b b, main iframe").length`); n != 0 {
			t.Errorf("%d elements were made out of names", n)
		}
		p.click("#chart-map")
		p.click(".toggle button")
	}
}

func TestHover(t *testing.T) {
	p := open(browser(t), t, write(t, sample(4000)), desktop)
	for _, tt := range []struct{ chart, at, want string }{
		{"ports", `instance.convertToPixel({ seriesIndex: 0 }, [100, 0])`, "20 service"},
		{"addresses", `instance.convertToPixel({ seriesIndex: 0 }, [100, 1])`, "70.0.0.1"},
		{"time", `instance.convertToPixel({ seriesIndex: 0 }, [instance.getOption().series[0].data[60][0], 0])`, "10.0.0.0"},
		{"ttl", `instance.convertToPixel({ seriesIndex: 0 }, [64, 50000])`, "100,000"},
		{"scatter", `instance.convertToPixel({ seriesIndex: 0 }, instance.getOption().series[0].data[0].value.slice(0, 2))`, "Czechia, Prague"},
		{"map", `instance.convertToPixel({ geoIndex: 0 }, [15.4, 49.8])`, "Czechia"},
		{"conversations", `instance.convertToPixel({ seriesIndex: 0 }, instance.getOption().series[0].data[0].slice(0, 2))`, "→"},
		{"sizes", `instance.convertToPixel({ seriesIndex: 0 }, [0, 10])`, "0–63 B"},
		{"protocols", `[instance.getWidth() / 2, instance.getHeight() / 2 + instance.getHeight() * 0.42]`, "ether/ipv4/tcp"},
	} {
		p.center("#chart-" + tt.chart)
		at := eval[[]float64](p, fmt.Sprintf(`(() => {
			const chart = document.getElementById("chart-%s"), instance = chart.instance, r = chart.getBoundingClientRect();
			const [x, y] = %s;
			return [r.x + x, r.y + y];
		})()`, tt.chart, tt.at))
		for _, nudge := range []float64{3, 0} {
			if err := chromedp.Do(p.ctx, chromedp.MouseEvent(chromedp.MouseMoved, at[0]+nudge, at[1])); err != nil {
				t.Fatal(err)
			}
		}
		shown := fmt.Sprintf(`[...document.querySelectorAll("#chart-%s .tip")].filter((e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true })).map((e) => e.innerText).join()`, tt.chart)
		got := ""
		for range 40 {
			if got = eval[string](p, shown); got != "" {
				break
			}
			time.Sleep(25 * time.Millisecond) // a tooltip comes up a little later
		}
		if !strings.Contains(got, tt.want) {
			t.Errorf("over %s: %q, want %q in it", tt.chart, got, tt.want)
		}
	}
}

// cells are the texts of a column of a table, from 1.
func cells(p *openPage, table string, column int) []string {
	p.t.Helper()
	return eval[[]string](p, fmt.Sprintf(`[...document.querySelectorAll("[data-table=%s] tbody td:nth-child(%d)")].map((e) => e.textContent)`, table, column))
}

func TestTables(t *testing.T) {
	p := open(browser(t), t, write(t, sample(4000)), desktop)
	must := func(what string, ok bool) {
		t.Helper()
		if !ok {
			t.Error(what)
		}
	}
	hosts := `[data-table="hosts"] `
	sentBefore := cells(p, "hosts", 2)
	must("rows are not in the order of the table", len(sentBefore) == 12 && sentBefore[0] == "900,000,000")

	// Sort, by mouse and by keyboard.
	p.click(hosts + "thead th:nth-child(3) button")
	received := cells(p, "hosts", 3)
	must(fmt.Sprintf("sorted by received: %q, not descending", received), received[0] > received[11] || len(received[0]) > len(received[11]))
	must("aria-sort", eval[string](p, `document.querySelector('`+hosts+`th[aria-sort]').getAttribute("aria-sort")`) == "descending")
	eval[bool](p, `(document.querySelector('`+hosts+`thead th:nth-child(3) button').focus(), true)`)
	if err := chromedp.Do(p.ctx, chromedp.KeyEvent("\r")); err != nil {
		t.Fatal(err)
	}
	must(fmt.Sprintf("sorted by Enter: %q", cells(p, "hosts", 3)), cells(p, "hosts", 3)[0] == "0")

	// Filter.
	p.click(hosts + `input[type="search"]`)
	if err := chromedp.Do(p.ctx, chromedp.KeyEvent("sao")); err != nil {
		t.Fatal(err)
	}
	must("a filter that matches nothing shows rows", strings.Contains(strings.Join(cells(p, "hosts", 1), ""), "No row matches"))
	eval[bool](p, `(() => { const i = document.querySelector('`+hosts+`input'); i.value = "são p"; i.dispatchEvent(new Event("input")); return true; })()`)
	cities := cells(p, "hosts", 9)
	must(fmt.Sprintf("filtered cities = %q", cities), len(cities) == 12 && cities[0] == "São Paulo" && cities[11] == "São Paulo")
	must("status", strings.Contains(eval[string](p, `document.querySelector('`+hosts+`.more').innerText`), "that match"))

	// Copy: what the browser's clipboard gets, all rows that match and not only those shown.
	eval[bool](p, `(() => { const write = navigator.clipboard.writeText.bind(navigator.clipboard);
		navigator.clipboard.writeText = (text) => { window.copied = text; return write(text); }; return true; })()`)
	p.click(hosts + ".push button:first-child")
	p.wait(`document.querySelector('` + hosts + `.push button').textContent === "Copied"`)
	csv := strings.Split(eval[string](p, `window.copied`), "\r\n")
	must(fmt.Sprintf("CSV has the header %q", csv[0]), strings.HasPrefix(csv[0], "address,sent_bytes,received_bytes,"))
	must(fmt.Sprintf("CSV has %d lines", len(csv)), len(csv) > 200)
	must(fmt.Sprintf("CSV has the line %q", csv[1]), strings.Contains(csv[1], ",São Paulo,2023-11-14T22:13:20."))

	// Where places of addresses come from.
	for _, want := range []string{"country ipvAll of 2026-06-17, part of capfold", "Number Resource Organization (nro.net), CC BY 4.0"} {
		must(want, strings.Contains(eval[string](p, `document.getElementById("made").innerText`), want))
	}

	// More rows, and the breakdown of one.
	p.click(`[data-table="ports"] .more button`)
	must("more ports", len(cells(p, "ports", 1)) == 40)
	p.click(`[data-table="host_transport"] .toggle button`)
	inner := eval[string](p, `document.querySelector("#transport .inner").innerText`)
	for _, want := range []string{"Protocols", "Source ports", "Destination ports", "10 others"} {
		must(fmt.Sprintf("breakdown = %q, want %q in it", inner, want), strings.Contains(inner, want))
	}
	must("aria-expanded", eval[string](p, `document.querySelector("#transport .toggle button").getAttribute("aria-expanded")`) == "true")
}

func TestControls(t *testing.T) {
	p := open(browser(t), t, write(t, sample(4000)), desktop)
	picture := func(chart string) string {
		return eval[string](p, `[...document.querySelectorAll("#chart-`+chart+` canvas")].map((c) => c.toDataURL()).join()`)
	}
	// Every button of every chart that changes it.
	for _, chart := range allCharts {
		eval[bool](p, fmt.Sprintf(`(document.querySelectorAll("#chart-%s").forEach((e) => e.closest("figure").setAttribute("data-test", %[1]q)), true)`, chart))
		n := eval[int](p, fmt.Sprintf(`document.querySelectorAll('[data-test=%q] .choice').length`, chart))
		for i := range n {
			before := picture(chart)
			pressed := eval[string](p, fmt.Sprintf(`(() => {
				const buttons = [...document.querySelectorAll('[data-test=%q] .choice')[%d].children];
				const next = buttons.find((b) => b.getAttribute("aria-pressed") === "false");
				next.click();
				return next.textContent;
			})()`, chart, i))
			if picture(chart) == before {
				t.Errorf("%s: %q changes nothing", chart, pressed)
			}
		}
	}
	// The first two addresses are on at first, others by their chips.
	chips := func() int { return eval[int](p, `document.querySelectorAll('.chips [aria-pressed="true"]').length`) }
	if n := chips(); n != 2 {
		t.Errorf("%d addresses are on at first, want 2", n)
	}
	before := picture("time")
	p.click(".chips button:nth-child(3)")
	if n := chips(); n != 3 || picture("time") == before {
		t.Errorf("after a click on the third, %d addresses are on, want 3, and another picture", n)
	}
	// Colours.
	before = picture("ports")
	p.click("#theme") // light
	p.click("#theme") // dark
	if got := eval[string](p, `document.documentElement.dataset.theme`); got != "dark" || picture("ports") == before {
		t.Errorf("theme = %s, want dark and another picture", got)
	}
	// Pictures.
	eval[bool](p, `(() => {
		window.saved = [];
		URL.createObjectURL = (blob) => { window.blob = blob; return "blob:null/test"; };
		HTMLAnchorElement.prototype.click = function () { window.saved.push([this.download, window.blob.type, window.blob.size]); };
		return true;
	})()`)
	for _, chart := range allCharts {
		svg := eval[string](p, fmt.Sprintf(`document.getElementById("chart-%s").svg()`, chart))
		if !strings.HasPrefix(svg, "<svg") || strings.Contains(svg, "<script") || strings.Count(svg, "<path")+strings.Count(svg, "<rect") < 3 {
			t.Errorf("%s as SVG begins with %.100q", chart, svg)
		}
		eval[bool](p, fmt.Sprintf(`(document.querySelectorAll('[data-test=%q] .push button').forEach((b) => b.click()), true)`, chart))
	}
	p.wait(fmt.Sprintf(`window.saved.length === %d`, 2*len(allCharts)))
	for _, saved := range eval[[][]any](p, `window.saved`) {
		if saved[2].(float64) < 1000 {
			t.Errorf("saved %v, want a picture", saved)
		}
	}
}

// TestKeyboard goes through the page without a mouse.
func TestKeyboard(t *testing.T) {
	p := open(browser(t), t, write(t, sample(100)), desktop)
	if err := chromedp.Do(p.ctx, chromedp.KeyEvent("\t")); err != nil {
		t.Fatal(err)
	}
	if got := eval[string](p, `document.activeElement.className`); got != "skip" {
		t.Errorf("the first stop is %q, want the link over the navigation", got)
	}
	for what, expression := range map[string]string{
		"buttons without a name":           `[...document.querySelectorAll("button")].filter((b) => !(b.getAttribute("aria-label") || b.textContent.trim())).length`,
		"fields without a name":            `[...document.querySelectorAll("input")].filter((i) => !i.labels.length || !i.labels[0].textContent.trim()).length`,
		"charts without a description":     `[...document.querySelectorAll(".chart")].filter((c) => c.getAttribute("role") !== "img" || c.getAttribute("aria-label").length < 40).length`,
		"tables without a caption":         `[...document.querySelectorAll("table")].filter((t) => !t.caption || !t.caption.textContent).length`,
		"sections without a label":         `[...document.querySelectorAll("section")].filter((s) => !document.getElementById(s.getAttribute("aria-labelledby"))).length`,
		"ids that are there twice":         `[...document.querySelectorAll("[id]")].filter((e) => document.querySelectorAll("#" + CSS.escape(e.id)).length > 1).length`,
		"links to nowhere":                 `[...document.querySelectorAll("a[href^='#']")].filter((a) => !document.querySelector(a.hash)).length`,
		"headings that skip a level":       `[...document.querySelectorAll("h1, h2, h3, h4")].filter((h, i, all) => i > 0 && Number(h.tagName[1]) > Number(all[i - 1].tagName[1]) + 1).length`,
		"charts without a table beside it": `[...document.querySelectorAll(".chart")].filter((c) => !c.closest("section").querySelector("table") && c.id !== "chart-scatter").length`,
	} {
		if n := eval[int](p, expression); n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
}

// TestPrint prints a dark page: paper is light, and has all charts.
func TestPrint(t *testing.T) {
	p := open(browser(t), t, write(t, sample(500)), window{width: 1280, height: 900, dark: true})
	yes := true
	r, err := chromedp.Call(p.ctx, page.PrintToPDF, page.PrintToPDFParams{PrintBackground: &yes})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Data) < 50_000 {
		t.Errorf("the printed page has %d bytes, want charts in it", len(r.Data))
	}
	// On paper, what is drawn on several canvases is blank but for the last one.
	if n := eval[int](p, `[...document.querySelectorAll(".chart")].filter((c) => c.querySelectorAll("canvas").length !== 1).length`); n != 0 {
		t.Errorf("%d charts have more than one canvas, or none", n)
	}
	if got := eval[string](p, `document.documentElement.dataset.theme`); got != "dark" {
		t.Errorf("after printing, theme = %s, want dark", got)
	}
}

// TestSparse leaves out tables, and rows.
func TestSparse(t *testing.T) {
	ctx := browser(t)
	t.Run("no packets", func(t *testing.T) {
		p := open(ctx, t, write(t, emptied(sample(5))), phone)
		wantSections(t, p)
		wantCharts(t, p)
	})
	t.Run("no tables", func(t *testing.T) {
		p := open(ctx, t, write(t, Input{Version: "1"}), phone)
		wantSections(t, p)
		wantCharts(t, p)
		if got := eval[string](p, `document.querySelector("#map .notice").innerText`); !strings.Contains(got, "zones was not made") {
			t.Errorf("the map says %q", got)
		}
	})
	t.Run("one host", func(t *testing.T) {
		p := open(ctx, t, write(t, sample(1)), phone)
		wantSections(t, p)
		if out := p.overflow(); len(out) > 0 {
			t.Errorf("out of the window: %q", out)
		}
	})
	for name := range sample(5).Tables {
		t.Run("without "+name, func(t *testing.T) {
			in := sample(20)
			delete(in.Tables, name)
			wantSections(t, open(ctx, t, write(t, in), phone))
		})
	}
}

// TestInteractive measures how soon one can work with the report of 100,000 hosts.
func TestInteractive(t *testing.T) {
	p := open(browser(t), t, write(t, sample(100_000)), desktop)
	ms := eval[float64](p, `performance.getEntriesByType("navigation")[0].domComplete`)
	t.Logf("interactive after %.0f ms", ms)
	// A second is what it has on a machine with nothing else to do.
	if ms > 5000 {
		t.Errorf("interactive after %.0f ms, want 1000 at most", ms)
	}
}
