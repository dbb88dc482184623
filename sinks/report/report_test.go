package report

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/capfold/capfold/pipeline/table"
)

// write returns the report of in.
func write(t testing.TB, in Input) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(t.Context(), &b, in); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// dataOf returns what the page's script gets.
func dataOf(t *testing.T, page string) map[string]any {
	t.Helper()
	_, text, ok := strings.Cut(page, `<script type="application/json" id="data">`)
	text, _, ok2 := strings.Cut(text, "</script>")
	if !ok || !ok2 {
		t.Fatal("the page has no data")
	}
	var d map[string]any
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSameBytes(t *testing.T) {
	first := write(t, sample(3500, hostileNames...))
	if again := write(t, sample(3500, hostileNames...)); again != first {
		t.Error("the same tables gave two different pages")
	}
	// As they are when they are read back from a manifest.
	in := sample(3500, hostileNames...)
	for _, values := range []*map[string]any{&in.Options, &in.Totals} {
		text, err := json.Marshal(*values)
		if err != nil {
			t.Fatal(err)
		}
		*values = nil
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(values); err != nil {
			t.Fatal(err)
		}
	}
	if stored := write(t, in); stored != first {
		t.Error("options and totals of a manifest gave another page than those of a run")
	}
}

// TestSelfContained looks for what could make a browser ask for anything.
func TestSelfContained(t *testing.T) {
	page := write(t, sample(50))
	policy := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="([^"]*)">`).FindStringSubmatch(page)
	if policy == nil {
		t.Fatal("no Content Security Policy")
	}
	want := map[string]bool{"default-src": true, "script-src": true, "style-src": true, "img-src": true, "base-uri": true, "form-action": true}
	for directive := range strings.SplitSeq(policy[1], "; ") {
		name, sources, _ := strings.Cut(directive, " ")
		if !want[name] || strings.Contains(sources, "unsafe") || strings.Contains(sources, "http") || strings.Contains(sources, "*") {
			t.Errorf("the policy has %q", directive)
		}
	}
	element := regexp.MustCompile(`(?s)<(script|style)([^>]*)>(.*?)</(?:script|style)>`)
	for _, m := range element.FindAllStringSubmatch(page, -1) {
		if strings.Contains(m[2], "src=") || strings.Contains(m[3], "sourceMappingURL") || strings.Contains(m[3], "@import") {
			t.Errorf("<%s%s> refers to another file", m[1], m[2])
		}
		if strings.Contains(m[2], "type=") {
			continue // data
		}
		sum := sha256.Sum256([]byte(m[3]))
		if hash := base64.StdEncoding.EncodeToString(sum[:]); !strings.Contains(policy[1], hash) {
			t.Errorf("the policy does not allow <%s> of %d bytes", m[1], len(m[3]))
		}
	}
	markup := element.ReplaceAllString(page, "")
	if m := regexp.MustCompile(`(?i)(src|href|srcset|action|background|poster)="([^#"][^"]*)"`).FindStringSubmatch(markup); len(m) == 3 && m[2] != "data:," {
		t.Errorf("the page refers to %q", m[2])
	}
	if m := regexp.MustCompile(`(?i)\son[a-z]+=|\sstyle=`).FindString(markup); m != "" {
		t.Errorf("the page has an inline attribute %q, which its policy forbids", m)
	}
}

// TestHostileNames puts them in the place of every text.
func TestHostileNames(t *testing.T) {
	page := write(t, sample(300, hostileNames...))
	harmless := write(t, sample(300))
	for _, what := range []string{"<script", "</script", "<style", "<!--", "<img", "onerror"} {
		// Data have none, so that both pages have as many.
		if got, want := strings.Count(strings.ToLower(page), what), strings.Count(strings.ToLower(harmless), what); got != want && what != "onerror" {
			t.Errorf("the page has %q %d times, want %d", what, got, want)
		}
	}
	if !utf8.ValidString(page) {
		t.Error("the page is not UTF-8")
	}
	for _, r := range page {
		if r < ' ' && r != '\n' || strings.ContainsRune("\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\x7f", r) {
			t.Fatalf("the page has the character %U", r)
		}
	}
	if longest := longestText(dataOf(t, page)); longest > maxRunes+20 {
		t.Errorf("the longest text has %d characters, want at most %d and a note", longest, maxRunes)
	}
	title := regexp.MustCompile(`<title>(.*?)</title>`).FindStringSubmatch(page)
	if len(title) != 2 || strings.Contains(title[1], "<") {
		t.Errorf("title = %q", title)
	}
}

// longestText returns the length of the longest text in a value, documentation excepted.
func longestText(value any) int {
	longest := 0
	switch v := value.(type) {
	case string:
		return utf8.RuneCountInString(v)
	case []any:
		for _, e := range v {
			longest = max(longest, longestText(e))
		}
	case map[string]any:
		for key, e := range v {
			if key != "doc" {
				longest = max(longest, longestText(e), utf8.RuneCountInString(key))
			}
		}
	}
	return longest
}

func TestVisible(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", ""},
		{"office.pcap", "office.pcap"},
		{"Žďár", "Žďár"},
		{"a\u202eb", `a\u202eb`},
		{"a\x00\n\u2028", `a\x00\n\u2028`},
		{"\xffz", `\xffz`},
		{strings.Repeat("ž", maxRunes), strings.Repeat("ž", maxRunes)},
		{strings.Repeat("x", maxRunes+1), strings.Repeat("x", maxRunes) + "… (161 bytes)"},
	} {
		if got := visible([]byte(tt.text)); got != tt.want {
			t.Errorf("visible(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

// TestLargeResult has a million addresses, with long names.
func TestLargeResult(t *testing.T) {
	if testing.Short() {
		t.Skip("a million rows")
	}
	in := sample(1_000_000, hostileNames...)
	page := write(t, in)
	const limit = 3_000_000
	if len(page) > limit {
		t.Errorf("the page has %d bytes, want at most %d", len(page), limit)
	}
	// What is not shown is summed up: with what is shown, it is the whole table.
	var want int64
	var v table.Vector
	for p, err := range in.Tables["hosts"].Parts(partRows) {
		if err != nil {
			t.Fatal(err)
		}
		p.Read(4, 0, p.Rows, &v)
		for _, n := range v.Ints {
			want += n
		}
	}
	d := dataOf(t, page)
	rest := d["hosts"].(map[string]any)
	got := int64(rest["received_bytes"].(float64))
	shown := 0
	for _, c := range d["tables"].(map[string]any)["hosts"].(map[string]any)["columns"].([]any) {
		if c := c.(map[string]any); c["name"] == "received_bytes" {
			for _, n := range c["values"].([]any) {
				got += int64(n.(float64))
				shown++
			}
		}
	}
	if got != want || shown+int(rest["count"].(float64)) != 1_000_000 {
		t.Errorf("%d shown and %v others received %d bytes, want %d", shown, rest["count"], got, want)
	}
}

// TestReceivers has more addresses than are shown, most of which only receive: shown are
// those that receive most, wherever they are in the table.
func TestReceivers(t *testing.T) {
	const hosts, heavy = partRows + 5000, 1000 // more than one part
	r := rand.New(rand.NewPCG(5, 6))
	received := make([]int, hosts)
	for i := range received {
		received[i] = 1 + r.IntN(50)
	}
	received[maxSenders+maxReceivers-1] = heavy // the last that fits at first
	for i := range maxReceivers / 2 {
		received[maxSenders+maxReceivers+i] = heavy / 2
	}
	received[hosts-1] = heavy
	var rows [][]any
	for i, n := range received {
		rows = append(rows, []any{fmt.Sprint(i), max(0, maxSenders-i), n})
	}
	fields := []string{"address string", "sent_bytes int64", "received_bytes int64"}
	in := Input{Tables: map[string]*table.Table{"hosts": makeTable("hosts", fields, rows...)}}

	shown := dataOf(t, write(t, in))["tables"].(map[string]any)["hosts"].(map[string]any)["columns"].([]any)
	var got []string
	for _, address := range shown[0].(map[string]any)["values"].([]any) {
		got = append(got, address.(string))
	}
	order := make([]int, 0, hosts)
	for i := maxSenders; i < hosts; i++ {
		order = append(order, i)
	}
	slices.SortStableFunc(order, func(a, b int) int { return received[b] - received[a] })
	order = order[:maxReceivers]
	slices.Sort(order)
	var want []string
	for i := range maxSenders {
		want = append(want, fmt.Sprint(i))
	}
	for _, i := range order {
		want = append(want, fmt.Sprint(i))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("addresses shown (-want +got):\n%s", diff)
	}
}

// TestAbsentTables leaves out one table at a time, and all.
func TestAbsentTables(t *testing.T) {
	for name := range sample(5).Tables {
		in := sample(5)
		delete(in.Tables, name)
		if page := write(t, in); dataOf(t, page)["rows"].(map[string]any)[name] != nil {
			t.Errorf("without %s, the page has it", name)
		}
	}
	write(t, Input{})
}

// TestNoRows has all tables without any row.
func TestNoRows(t *testing.T) {
	write(t, emptied(sample(5)))
}

// emptied returns in with tables that have no rows, as those of a capture without packets.
func emptied(in Input) Input {
	for name, t := range in.Tables {
		if name != "captures" {
			in.Tables[name] = t.Top(0)
		}
	}
	in.Totals = map[string]any{"captures": 1, "packets": 0, "wire_bytes": 0, "ip_packets": 0, "interval_ns": 0, "verdicts": map[string]int64{}, "first_time": nil, "last_time": nil}
	return in
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("enough")
	cancel(reason)
	if err := Write(ctx, &bytes.Buffer{}, sample(5)); !errors.Is(err, reason) {
		t.Errorf("Write = %v, want %v", err, reason)
	}
}

// TestAssetsAreNamed makes sure that each part of the page's own is in it.
func TestAssetsAreNamed(t *testing.T) {
	files, err := os.ReadDir(filepath.Join("assets", "page"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ".js") && !strings.Contains(strings.Join(scripts, " "), f.Name()) {
			t.Errorf("%s is in no page", f.Name())
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	in := sample(100_000)
	for b.Loop() {
		var w bytes.Buffer
		if err := Write(b.Context(), &w, in); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(w.Len()))
	}
}

func TestKinds(t *testing.T) {
	fields := []string{"address string", "sent_bytes int64", "received_bytes int64", "country_code string", "country string"}
	rows := [][]any{
		{"147.32.80.13", 9, 1, "CZ", "Czechia"},
		{"100.64.0.1", 8, 1, nil, "Shared address space"},
		{"192.0.2.1", 7, 1, nil, "Documentation"},
		{"8.8.8.8", 6, 1, nil, "Unknown"},
	}
	in := Input{Tables: map[string]*table.Table{"hosts": makeTable("hosts", fields, rows...)}}
	want := []any{"public", "Shared address space", "Documentation", "public"}
	if diff := cmp.Diff(want, dataOf(t, write(t, in))["hosts"].(map[string]any)["kinds"]); diff != "" {
		t.Errorf("kinds of addresses (-want +got):\n%s", diff)
	}
}
