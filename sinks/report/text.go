package report

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxRunes bounds how much of a text is shown: a longer one was made to be in the way.
const maxRunes = 160

// visible returns text as it is shown to people. Control characters, those that change the
// direction of writing or take no room, and bytes that are not UTF-8 become escapes, since
// names may have been made to look like others. What is longer than maxRunes is cut, and
// says so.
func visible(text []byte) string {
	if plain(text) {
		return string(text)
	}
	var b strings.Builder
	rest := text
	for n := 0; len(rest) > 0; n++ {
		if n == maxRunes {
			b.WriteString("… (" + strconv.Itoa(len(text)) + " bytes)")
			break
		}
		r, size := utf8.DecodeRune(rest)
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteString(`\x` + strconv.FormatUint(uint64(rest[0])|0x100, 16)[1:])
		case strconv.IsPrint(r):
			b.Write(rest[:size])
		default:
			q := strconv.QuoteRune(r)
			b.WriteString(q[1 : len(q)-1])
		}
		rest = rest[size:]
	}
	return b.String()
}

// plain reports whether text is shown as it is.
func plain(text []byte) bool {
	for _, c := range text {
		if c < ' ' || '~' < c {
			return false
		}
	}
	return len(text) <= maxRunes
}

// visibleAll returns a value of package encoding/json's own types with every text in it,
// also keys, made visible.
func visibleAll(value any) any {
	switch v := value.(type) {
	case string:
		return visible([]byte(v))
	case []any:
		for i := range v {
			v[i] = visibleAll(v[i])
		}
	case map[string]any:
		shown := make(map[string]any, len(v))
		for key, element := range v {
			shown[visible([]byte(key))] = visibleAll(element)
		}
		return shown
	}
	return value
}
