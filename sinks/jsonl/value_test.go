package jsonl

import (
	"encoding/json"
	"math"
	"strconv"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestAppendTime(t *testing.T) {
	for _, tt := range []struct {
		micros int64
		want   string
	}{
		{0, `"1970-01-01T00:00:00.000000Z"`},
		{-1, `"1969-12-31T23:59:59.999999Z"`},
		{1312969613047277, `"2011-08-10T09:46:53.047277Z"`},
		{951782399999999, `"2000-02-28T23:59:59.999999Z"`},
		{951868799999999, `"2000-02-29T23:59:59.999999Z"`},
		{-2203891200000000, `"1900-03-01T00:00:00.000000Z"`},
		{math.MinInt64 / 1000, `"1677-09-21T00:12:43.145225Z"`},
		{math.MaxInt64 / 1000, `"2262-04-11T23:47:16.854775Z"`},
	} {
		if got := string(appendTime(nil, tt.micros)); got != tt.want {
			t.Errorf("appendTime(%d) = %s, want %s", tt.micros, got, tt.want)
		}
	}
}

func TestAppendTimeLikeTime(t *testing.T) {
	first, last := time.Date(1600, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2400, 12, 31, 23, 59, 59, 999_999_999, time.UTC)
	for day := first; day.Before(last); day = day.AddDate(0, 0, 1) {
		if got, want := string(appendTime(nil, day.UnixMicro())), day.Format(`"2006-01-02T15:04:05.000000Z"`); got != want {
			t.Fatalf("appendTime(%d) = %s, want %s", day.UnixMicro(), got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		micros := rapid.Int64Range(first.UnixMicro(), last.UnixMicro()).Draw(t, "micros")
		want := time.UnixMicro(micros).UTC().Format(`"2006-01-02T15:04:05.000000Z"`)
		if got := string(appendTime(nil, micros)); got != want {
			t.Errorf("appendTime(%d) = %s, want %s", micros, got, want)
		}
	})
}

func TestAppendDouble(t *testing.T) {
	for _, tt := range []struct {
		value float64
		want  string
	}{
		{0, "0"},
		{math.Copysign(0, -1), "-0"},
		{1e6, "1000000"},
		{0.1, "0.1"},
		{1e20, "100000000000000000000"},
		{1e21, "1e+21"},
		{1e-6, "0.000001"},
		{1e-7, "1e-07"},
		{math.NaN(), "null"},
		{math.Inf(1), "null"},
		{math.Inf(-1), "null"},
	} {
		if got := string(appendDouble(nil, tt.value)); got != tt.want {
			t.Errorf("appendDouble(%g) = %s, want %s", tt.value, got, tt.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Float64().Draw(t, "value")
		text := appendDouble(nil, value)
		if !json.Valid(text) {
			t.Fatalf("appendDouble(%g) = %s, not JSON", value, text)
		}
		if got, err := strconv.ParseFloat(string(text), 64); err != nil || got != value {
			t.Errorf("appendDouble(%g) = %s, which reads as %g, %v", value, text, got, err)
		}
	})
}

func TestAppendString(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", `""`},
		{"plain", `"plain"`},
		{`a"b\c/d`, `"a\"b\\c/d"`},
		{"\n\r\t\b\x00\x1f\x7f", "\"\\n\\r\\t\\u0008\\u0000\\u001f\x7f\""},
		{"<script>&", `"<script>&"`},
		{"\u2027\u2028\u2029\u202a", "\"\u2027\\u2028\\u2029\u202a\""},
		{"Žižkov 東京 🙂", `"Žižkov 東京 🙂"`},
		{"a\xffb\xfe", "\"a\ufffdb\ufffd\""},
		{"cut \xe6\x9d", "\"cut \ufffd\ufffd\""},
		{"\ufffd", "\"\ufffd\""},
	} {
		if got := string(appendString(nil, []byte(tt.text))); got != tt.want {
			t.Errorf("appendString(%q) = %s, want %s", tt.text, got, tt.want)
		}
	}
}

// FuzzAppendString compares the escapes with what encoding/json reads.
func FuzzAppendString(f *testing.F) {
	for _, seed := range []string{"", "plain", "\"\\\n\x00", "\u2028", "\xff", "\xed\xa0\x80", "🙂"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		quoted := appendString(nil, text)
		if !utf8.Valid(quoted) {
			t.Fatalf("appendString(%q) = %q, not UTF-8", text, quoted)
		}
		var got string
		if err := json.Unmarshal(quoted, &got); err != nil {
			t.Fatalf("appendString(%q) = %s: %v", text, quoted, err)
		}
		if want := string([]rune(string(text))); got != want {
			t.Errorf("appendString(%q) reads as %q, want %q", text, got, want)
		}
	})
}
