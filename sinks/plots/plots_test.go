package plots

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// edges are inputs at the edge of what can be drawn.
func edges() map[string]Input {
	byRank := func(rank string) Input {
		in := usual()
		in.RankBy = rank
		return in
	}
	largest := int64(math.MaxInt64)
	list := map[string]Input{
		"usual":           usual(),
		"by packets":      byRank("packets"),
		"by wire bytes":   byRank("wire_bytes"),
		"by what we lack": byRank("<luck>"),
		"nothing":         input(portsTable(), transportTable(), timelineTable(), ttlTable(), hostsTable(), zonesTable()),
		"one of each": input(portsTable(portRow{80, "http", 1, 0, 0}), transportTable(transportRow{"::1", "tcp", 1, 0}),
			timelineTable(timelineRow{epoch, 1, "::1", 1}), ttlTable(ttlRow{6, 64, 1}), hostsTable(hostRow{"::1", 1, 1}),
			zonesTable(zoneRow{"CZ", "Czechia", "", 50, 14, 1})),
		"zeros": input(portsTable(portRow{80, "http", 0, 0, 0}), transportTable(transportRow{"::1", "", 0, -1}),
			timelineTable(timelineRow{epoch, 1, "::1", 0}, timelineRow{epoch, 2, "::2", 0}), ttlTable(ttlRow{4, 0, 1}, ttlRow{4, 300, 1}, ttlRow{4, 5, 0}),
			hostsTable(hostRow{"0.0.0.0", 0, 0}), zonesTable(zoneRow{"", "Unknown", "", 0, 0, 0})),
		"the largest": input(portsTable(portRow{65535, "", largest, 0, 0}), transportTable(transportRow{"::1", "tcp", largest, 65535}),
			timelineTable(timelineRow{epoch, 1, "::1", largest}), ttlTable(ttlRow{4, 255, largest}),
			hostsTable(hostRow{"::1", largest, largest}), zonesTable(zoneRow{"ZZ", "Nowhere", "", 90, 180, largest})),
		"far apart": input(timelineTable(timelineRow{time.Unix(0, 0), 1, "::1", 5}, timelineRow{time.Unix(0, math.MaxInt64), 1, "::1", 7})),
		"far apart in seconds": {
			Tables:   input(timelineTable(timelineRow{time.Unix(0, 0), 1, "::1", 5}, timelineRow{time.Unix(0, math.MaxInt64), 1, "::1", 7})).Tables,
			Interval: int64(time.Second),
		},
		"places that are none": input(zonesTable(zoneRow{"CZ", "a", "", math.NaN(), 14, 5}, zoneRow{"DE", "b", "", math.Inf(1), math.Inf(-1), 5},
			zoneRow{"AQ", "Antarctica", "", -85, 0, 9}, zoneRow{"", "", "", 0, 0, 9}, zoneRow{"FR", "", "Paris", 48, 2, 9})),
	}
	var equal []hostRow
	var ports []portRow
	var zones []zoneRow
	for i := range 5000 {
		equal = append(equal, hostRow{fmt.Sprintf("10.0.%d.%d", i/256, i%256), 1000, 1000})
		ports = append(ports, portRow{int64(i), "", 1000, 1000, 1000})
		zones = append(zones, zoneRow{"CZ", "Czechia", "Prague", 50, 14, 1000})
	}
	list["all equal"] = input(portsTable(ports...), hostsTable(equal...), zonesTable(zones...))
	for name, text := range hostileTexts {
		list["hostile, "+name] = hostile(text)
	}
	return list
}

// render draws a picture, or returns nil if a table is missing.
func render(t *testing.T, name, format string, in Input) []byte {
	t.Helper()
	var b bytes.Buffer
	err := Draw(&b, name, format, in)
	if missing := (*MissingError)(nil); errors.As(err, &missing) {
		return nil
	}
	if err != nil {
		t.Fatalf("Draw(%s, %s) = %v", name, format, err)
	}
	return b.Bytes()
}

func TestScenes(t *testing.T) {
	page := rectangle{w: sceneWidth, h: sceneHeight}
	for edge, in := range edges() {
		for _, p := range pictures() {
			s := newScene()
			if err := p.draw(s, &in); err != nil {
				if missing := (*MissingError)(nil); !errors.As(err, &missing) {
					t.Errorf("%s, %s: %v", p.name, edge, err)
				}
				continue
			}
			var labels []label
			for _, shape := range s.shapes {
				l, ok := shape.(label)
				if !ok {
					for _, v := range numbers(shape) {
						if math.IsNaN(v) || math.Abs(v) > 2*sceneWidth {
							t.Errorf("%s, %s: %T is far from the page: %v", p.name, edge, shape, v)
							break
						}
					}
					continue
				}
				if !page.contains(l.box()) {
					t.Errorf("%s, %s: text %q is not on the page: %+v", p.name, edge, l.text, l.box())
				}
				for _, o := range labels {
					if l.box().overlaps(o.box()) {
						t.Errorf("%s, %s: texts %q and %q overlap", p.name, edge, o.text, l.text)
					}
				}
				labels = append(labels, l)
			}
			if len(labels) < 3 {
				t.Errorf("%s, %s: %d texts, want title, definition and more", p.name, edge, len(labels))
			}
		}
	}
}

// numbers returns the coordinates of a shape.
func numbers(shape any) (list []float64) {
	switch v := shape.(type) {
	case rectangle:
		return []float64{v.x, v.y, v.x + v.w, v.y + v.h}
	case circle:
		return []float64{v.center.x, v.center.y, v.radius}
	case polyline:
		for _, p := range v.points {
			list = append(list, p.x, p.y)
		}
	case polygon:
		for _, ring := range v.rings {
			for _, p := range ring {
				list = append(list, p.x, p.y)
			}
		}
	}
	return list
}

func TestSVG(t *testing.T) {
	elements := []string{"svg", "title", "desc", "rect", "circle", "path", "text"}
	attributes := []string{
		"xmlns", "width", "height", "viewBox", "role", "font-family", "fill", "fill-opacity", "x", "y", "cx", "cy", "r", "d", "stroke",
		"stroke-opacity", "stroke-width", "stroke-linejoin", "stroke-dasharray", "font-size", "font-weight", "text-anchor",
	}
	for edge, in := range edges() {
		for _, name := range Names() {
			d := xml.NewDecoder(bytes.NewReader(render(t, name, "svg", in)))
			for {
				token, err := d.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatalf("%s, %s: %v", name, edge, err)
				}
				e, ok := token.(xml.StartElement)
				if !ok {
					continue
				}
				if !slices.Contains(elements, e.Name.Local) {
					t.Errorf("%s, %s: element %s", name, edge, e.Name.Local)
				}
				for _, a := range e.Attr {
					if !slices.Contains(attributes, a.Name.Local) {
						t.Errorf("%s, %s: attribute %s of %s", name, edge, a.Name.Local, e.Name.Local)
					}
				}
			}
		}
	}
}

func TestPNG(t *testing.T) {
	for edge, in := range edges() {
		if !slices.Contains([]string{"usual", "nothing", "one of each", "hostile, unknown glyphs", "hostile, right to left"}, edge) {
			continue // encoding takes time, and what is encoded is tested by TestScenes
		}
		for _, name := range Names() {
			b := render(t, name, "png", in)
			if b == nil {
				continue
			}
			img, err := png.Decode(bytes.NewReader(b))
			if err != nil {
				t.Fatalf("%s, %s: %v", name, edge, err)
			}
			if got, want := img.Bounds().Size().String(), "(1920,1080)"; got != want {
				t.Errorf("%s, %s: size is %s, want %s", name, edge, got, want)
			}
			colors := map[uint32]int{}
			for y := 0; y < 1080; y += 3 {
				for x := 0; x < 1920; x += 3 {
					r, g, b, a := img.At(x, y).RGBA()
					if a != 0xffff {
						t.Fatalf("%s, %s: pixel %d, %d is transparent", name, edge, x, y)
					}
					colors[r>>8<<16|g>>8<<8|b>>8]++
				}
			}
			if len(colors) < 10 || colors[0xffffff] < 640*360/10 {
				t.Errorf("%s, %s: %d colours, %d white pixels of %d: that is no picture", name, edge, len(colors), colors[0xffffff], 640*360)
			}
		}
	}
}

// TestFarAway draws shapes whose places come of figures that make no sense, as tables that
// somebody has changed may hold.
func TestFarAway(t *testing.T) {
	black := color.NRGBA{A: 255}
	for _, x := range []float64{-1e19, 1e19, math.Inf(-1), math.Inf(1), math.NaN()} {
		s := newScene()
		s.shapes = []any{
			rectangle{10, 10, x, 20, black},
			circle{center: point{x, 20}, radius: 5, fill: black},
			circle{center: point{20, 20}, radius: x, fill: black},
			polyline{points: []point{{0, 0}, {x, x}, {10, 0}}, width: 1, color: black},
		}
		if err := writePNG(io.Discard, s); err != nil {
			t.Errorf("writePNG of %v = %v", x, err)
		}
	}
}

// TestResolution checks that the PNG says how large it is on paper.
func TestResolution(t *testing.T) {
	b := render(t, "ttl", "png", usual())
	i := bytes.Index(b, []byte("pHYs"))
	if i < 0 {
		t.Fatal("no pHYs chunk")
	}
	if perMetre := binary.BigEndian.Uint32(b[i+4:]); perMetre != 11339 || b[i+12] != 1 {
		t.Errorf("resolution is %d by unit %d, want 11339 to the metre, 288 to the inch", perMetre, b[i+12])
	}
}

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

// TestGolden compares pictures with those of before: SVG by its bytes, PNG by its pixels,
// since how they are compressed is a matter of Go's version.
func TestGolden(t *testing.T) {
	const path = "testdata/digests.txt"
	var b strings.Builder
	for _, edge := range []string{"usual", "nothing", "hostile, markup"} {
		for _, name := range Names() {
			for _, format := range Formats() {
				if format == "png" && edge != "usual" {
					continue // encoding takes time
				}
				one, two := render(t, name, format, edges()[edge]), render(t, name, format, edges()[edge])
				if !bytes.Equal(one, two) {
					t.Errorf("%s.%s, %s: two drawings of the same differ", name, format, edge)
				}
				if format == "png" {
					img, err := png.Decode(bytes.NewReader(one))
					if err != nil {
						t.Fatal(err)
					}
					one = img.(*image.RGBA).Pix
				}
				sum := sha256.Sum256(one)
				fmt.Fprintf(&b, "%x  %s.%s, %s\n", sum, name, format, edge)
			}
		}
	}
	if runtime.GOARCH != "amd64" {
		t.Skip("other processors may round the last digit differently") // they fuse multiplications and additions
	}
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("pictures changed; look at them, then run go test ./sinks/plots -run Golden -update (-want +got):\n%s", diff)
	}
}

func TestWrite(t *testing.T) {
	dir, err := sinks.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dir.Abort() }()
	in := usual()
	delete(in.Tables, "zones")
	in.Tables["ttl"] = table.New(table.Schema{Name: "ttl"}, []table.Column[ttlRow]{
		table.Int32s("ttl", "1", "", func(r *ttlRow) int64 { return r.ttl }),
		text("ip_version", func(*ttlRow) string { return "4" }),
	}, table.RowsOf([]ttlRow{{4, 64, 1}}), table.Options[ttlRow]{})
	omitted, err := Write(context.Background(), dir, in, []string{"svg", "png", "svg"})
	if err != nil {
		t.Fatal(err)
	}
	want := []Omission{{"ttl", &MissingError{Table: "ttl", Column: "ip_version"}}, {"zones", &MissingError{Table: "zones"}}}
	if diff := cmp.Diff(want, omitted); diff != "" {
		t.Errorf("Write left out (-want +got):\n%s", diff)
	}
	var files []string
	for _, f := range dir.Files() {
		files = append(files, f.Path)
	}
	wantFiles := []string{
		"plots/addresses.png", "plots/addresses.svg", "plots/hosts-over-time.png", "plots/hosts-over-time.svg",
		"plots/ports.png", "plots/ports.svg", "plots/top-hosts.png", "plots/top-hosts.svg",
	}
	for _, path := range wantFiles {
		if !slices.Contains(Paths([]string{"svg", "png"}), path) {
			t.Errorf("Paths lacks %s", path)
		}
	}
	if diff := cmp.Diff(wantFiles, files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	got, err := os.ReadFile(filepath.Join(dir.Path(), "plots", "ports.svg"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, render(t, "ports", "svg", in)) {
		t.Error("Write and Draw make different files")
	}
}

func TestErrors(t *testing.T) {
	dir, err := sinks.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dir.Abort() }()
	if _, err := Write(context.Background(), dir, usual(), []string{"gif"}); err == nil || !strings.Contains(err.Error(), `"gif" is none of png, svg`) {
		t.Errorf("Write(gif) = %v", err)
	}
	if err := Draw(io.Discard, "ports", "gif", usual()); err == nil || !strings.Contains(err.Error(), `"gif" is none of png, svg`) {
		t.Errorf("Draw(ports, gif) = %v", err)
	}
	if err := Draw(io.Discard, "flowers", "svg", usual()); err == nil || !strings.Contains(err.Error(), "flowers") {
		t.Errorf("Draw(flowers, svg) = %v", err)
	}
	if omitted, err := Write(context.Background(), dir, Input{}, []string{"svg"}); err != nil || len(omitted) != len(Names()) {
		t.Errorf("Write(no tables) = %v, %v, want an omission for each picture", omitted, err)
	}
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(stop)
	if _, err := Write(ctx, dir, usual(), []string{"svg"}); !errors.Is(err, stop) {
		t.Errorf("Write(cancelled) = %v, want %v", err, stop)
	}
	for _, format := range Formats() {
		if err := Draw(broken{}, "zones", format, usual()); !errors.Is(err, errBroken) {
			t.Errorf("Draw(zones, %s) to a broken writer = %v, want %v", format, err, errBroken)
		}
	}
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

// TestFormats checks that each format that is named can be written.
func TestFormats(t *testing.T) {
	if diff := cmp.Diff(slices.Sorted(maps.Keys(encoders)), Formats()); diff != "" {
		t.Errorf("Formats() (-want +got):\n%s", diff)
	}
}
