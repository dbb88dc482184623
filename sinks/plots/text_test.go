package plots

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestClean(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{"Côte d’Ivoire 東京", "Côte d’Ivoire 東京"},
		{"<b>&amp;</b>", "<b>&amp;</b>"}, // formats escape
		{"a\x00\n\x1b[31m", "a���[31m"},
		{"\u202egpj.exe", "�gpj.exe"},
		{"\u200f\u2066\ufeff", "���"},
		{"\xff\xc3", "��"},
		{"e\u0301\u0301\u0301\u0301", "e\u0301\u0301"},
		{"\u0301e", "e"},
		{"\uffff", "�"},
	} {
		if got := clean(test.text); got != test.want {
			t.Errorf("clean(%q) = %q, want %q", test.text, got, test.want)
		}
	}
	for name, text := range hostileTexts {
		got := clean(text)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > maxName+1 {
			t.Errorf("clean(%s) has %d characters, valid: %t", name, utf8.RuneCountInString(got), utf8.ValidString(got))
		}
	}
}

func TestFit(t *testing.T) {
	for name, text := range hostileTexts {
		for _, most := range []float64{20, 100, 300} {
			got := fit(text, nameStyle, most)
			if w := textWidth(got, nameStyle); w > most {
				t.Errorf("fit(%s, %v) is %v wide", name, most, w)
			}
			if whole := clean(text); got != whole && !strings.HasSuffix(got, "…") {
				t.Errorf("fit(%s, %v) = %q, which is neither whole nor marked as cut", name, most, got)
			}
		}
	}
	if got := fit("short", nameStyle, 100); got != "short" {
		t.Errorf("fit(short) = %q", got)
	}
}

func TestWrap(t *testing.T) {
	text := "one two three four five six seven eight nine ten"
	lines := wrap(text, nameStyle, 60)
	if diff := cmp.Diff(text, strings.Join(lines, " ")); diff != "" {
		t.Errorf("wrap lost something (-want +got):\n%s", diff)
	}
	for _, l := range lines {
		if textWidth(l, nameStyle) > 60 {
			t.Errorf("line %q is too long", l)
		}
	}
	if len(lines) < 3 {
		t.Errorf("%d lines, want at least 3", len(lines))
	}
}
