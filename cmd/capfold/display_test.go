package main

import (
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/text"
)

// TestColorsInFile checks what decides about colours where there is no terminal.
func TestColorsInFile(t *testing.T) {
	for _, tt := range []struct {
		name, mode string
		env        map[string]string
		want       bool
	}{
		{"nothing", "auto", nil, false},
		{"forced", "auto", map[string]string{"CLICOLOR_FORCE": "1"}, true},
		{"not forced", "auto", map[string]string{"CLICOLOR_FORCE": "0"}, false},
		{"forced, but none wanted", "auto", map[string]string{"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, false},
		{"always", "always", map[string]string{"NO_COLOR": "1", "TERM": "dumb"}, true},
		{"never", "never", map[string]string{"CLICOLOR_FORCE": "1"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, name := range []string{"NO_COLOR", "CLICOLOR_FORCE", "CLICOLOR", "TERM"} {
				t.Setenv(name, tt.env[name])
			}
			if got, want := newDisplay(io.Discard, tt.mode), (display{color: tt.want}); got != want {
				t.Errorf("newDisplay = %+v, want %+v", got, want)
			}
		})
	}
}

func TestIsUTF8(t *testing.T) {
	for _, tt := range []struct {
		all, ctype, lang string
		want             bool
	}{
		{"", "", "en_US.UTF-8", true},
		{"", "", "C.utf8", true},
		{"", "", "cs_CZ.ISO8859-2", false},
		{"", "", "C", false},
		{"", "cs_CZ.UTF-8", "C", true},
		{"POSIX", "cs_CZ.UTF-8", "cs_CZ.UTF-8", false},
	} {
		env := map[string]string{"LC_ALL": tt.all, "LC_CTYPE": tt.ctype, "LANG": tt.lang}
		if got := isUTF8(func(name string) string { return env[name] }); got != tt.want {
			t.Errorf("%v: %t, want %t", env, got, tt.want)
		}
	}
}

func TestBar(t *testing.T) {
	for _, tt := range []struct {
		n, most     int64
		want, ascii string
	}{
		{0, 100, "", ""},
		{0, 0, "", ""},
		{100, 100, "██████████", "##########"},
		{50, 100, "█████", "#####"},
		{33, 100, "███▎", "###"},
		{1, 1000, "▏", "."},
		{1, 1 << 62, "▏", "."},
	} {
		if got := (display{}).bar(tt.n, tt.most, 10); got != tt.want {
			t.Errorf("bar of %d of %d = %q, want %q", tt.n, tt.most, got, tt.want)
		}
		if got := (display{ascii: true}).bar(tt.n, tt.most, 10); got != tt.ascii {
			t.Errorf("bar of %d of %d in ASCII = %q, want %q", tt.n, tt.most, got, tt.ascii)
		}
	}
}

// TestLayoutFits lays out the widest columns there may be, on terminals of any width.
func TestLayoutFits(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		for width := minWidth; width <= 200; width++ {
			d := display{width: width, ascii: ascii, color: true}
			got := d.layout([]column{
				{title: "#", cells: []string{"10000", "1"}},
				{title: "address", left: true, elide: true, cells: []string{"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "::"}},
				{title: "sent", cells: []string{"9,223,372,036,854,775,807", "0"}, brief: []string{"9.2 EB", "0 B"}},
				{title: "received", cells: []string{"9,223,372,036,854,775,807", "0"}, brief: []string{"9.2 EB", "0 B"}, drop: 1},
				{title: "a long title", short: "short", left: true, least: 9, usual: 42, most: 60, draw: func(width int) []string {
					return d.bars([]int64{2, 1}, width)
				}},
			})
			if !utf8.ValidString(got) {
				t.Fatalf("%+v: not UTF-8: %q", d, got)
			}
			for line := range strings.Lines(got) {
				line = strings.TrimSuffix(line, "\n")
				if n := text.StringWidthWithoutEscSequences(line); n > width {
					t.Fatalf("%+v: a line of %d columns: %q", d, n, line)
				}
				if i := strings.IndexFunc(line, func(r rune) bool { return r > 127 }); ascii && i >= 0 {
					t.Fatalf("%+v: a line that is not ASCII: %q", d, line)
				}
				if line != strings.TrimRight(line, " ") {
					t.Fatalf("%+v: spaces at the end of %q", d, line)
				}
			}
			if !strings.Contains(got, accent.EscapeSeq()) {
				t.Fatalf("%+v: no drawing in\n%s", d, got)
			}
		}
	}
}

func TestLine(t *testing.T) {
	for _, tt := range []struct {
		d    display
		want string
	}{
		{display{}, "three words in 5µs"},
		{display{width: 18}, "three words in 5µs"},
		{display{width: 10}, "three\nwords in\n5µs"},
		{display{ascii: true}, "three words in 5us"},
	} {
		if got := tt.d.line("three words in 5µs"); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.d, got, tt.want)
		}
	}
}

func TestElide(t *testing.T) {
	for _, tt := range []struct {
		s     string
		width int
		want  string
	}{
		{"short", 5, "short"},
		{"2001:db8::1", 9, "2001…8::1"},
		{"東京東京東京", 9, "東京…東京"},
		{"東京東京東京", 8, "東京…京"},
		{strings.Repeat("e\u0301", 10), 7, "e\u0301e\u0301e\u0301…e\u0301e\u0301e\u0301"},
	} {
		if got := (display{}).elide([]string{tt.s}, tt.width)[0]; got != tt.want {
			t.Errorf("%q in %d columns = %q, want %q", tt.s, tt.width, got, tt.want)
		}
	}
	if got := (display{ascii: true}).elide([]string{"2001:db8::1"}, 9)[0]; got != "200...::1" {
		t.Errorf("in ASCII: %q", got)
	}
}
