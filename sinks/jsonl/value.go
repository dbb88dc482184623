package jsonl

import (
	"encoding/hex"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/capfold/capfold/pipeline/table"
)

// appendValue appends value i of a column.
func appendValue(dst []byte, t table.Type, v *table.Vector, i int) []byte {
	if v.Null(i) {
		return append(dst, "null"...)
	}
	switch t {
	case table.Int32, table.Int64:
		return strconv.AppendInt(dst, v.Ints[i], 10)
	case table.Double:
		return appendDouble(dst, v.Floats[i])
	case table.Timestamp:
		return appendTime(dst, v.Ints[i])
	case table.String:
		return appendString(dst, v.Text(i))
	case table.Binary16:
		dst = append(dst, '"')
		dst = hex.AppendEncode(dst, v.Text(i))
		return append(dst, '"')
	default:
		panic("jsonl: unknown column type " + t.String())
	}
}

// appendDouble appends the shortest form of x that reads back as x, with an exponent
// where ECMAScript has one.
func appendDouble(dst []byte, x float64) []byte {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return append(dst, "null"...)
	}
	if abs := math.Abs(x); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		return strconv.AppendFloat(dst, x, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, x, 'f', -1, 64)
}

// appendTime appends an instant in microseconds since the epoch, as
// "2011-08-10T09:46:53.047277Z" with its quotes. Instants of tables come from
// nanoseconds in 64 bits, so that their years have four digits.
func appendTime(dst []byte, micros int64) []byte {
	const perDay = int64(24 * time.Hour / time.Microsecond)
	days, rest := micros/perDay, micros%perDay
	if rest < 0 {
		days, rest = days-1, rest+perDay
	}
	year, month, day := civil(days)
	seconds, fraction := rest/1e6, rest%1e6
	dst = append(dst, '"')
	dst = appendDigits(dst, year, 4)
	dst = append(dst, '-')
	dst = appendDigits(dst, month, 2)
	dst = append(dst, '-')
	dst = appendDigits(dst, day, 2)
	dst = append(dst, 'T')
	dst = appendDigits(dst, seconds/3600, 2)
	dst = append(dst, ':')
	dst = appendDigits(dst, seconds/60%60, 2)
	dst = append(dst, ':')
	dst = appendDigits(dst, seconds%60, 2)
	dst = append(dst, '.')
	dst = appendDigits(dst, fraction, 6)
	return append(dst, 'Z', '"')
}

// civil returns the date of the proleptic Gregorian calendar that is days after
// 1970-01-01, for years from 0 on. Years begin in March, so that the leap day is their
// last, and are counted in eras of 400 years, which all have the same length (see
// H. Hinnant, "chrono-compatible low-level date algorithms").
func civil(days int64) (year, month, day int64) {
	const perEra, toMarchOfYear0 = 146097, 719468
	days += toMarchOfYear0
	era, dayOfEra := days/perEra, days%perEra
	yearOfEra := (dayOfEra - dayOfEra/1460 + dayOfEra/36524 - dayOfEra/146096) / 365
	dayOfYear := dayOfEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	fromMarch := (5*dayOfYear + 2) / 153
	day = dayOfYear - (153*fromMarch+2)/5 + 1
	year = era*400 + yearOfEra
	if fromMarch < 10 {
		return year, fromMarch + 3, day
	}
	return year + 1, fromMarch - 9, day
}

// appendDigits appends the last n decimal digits of x, which is not negative.
func appendDigits(dst []byte, x int64, n int) []byte {
	const zeros = "000000"
	dst = append(dst, zeros[:n]...)
	for i := len(dst) - 1; x > 0 && n > 0; i, n = i-1, n-1 {
		dst[i] += byte(x % 10)
		x /= 10
	}
	return dst
}

// plain tells the bytes that stand for themselves in a JSON string.
var plain = func() (p [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		p[c] = c != '"' && c != '\\'
	}
	return p
}()

// appendString appends text as a JSON string (RFC 8259, section 7). U+2028 and U+2029
// are escaped because they end lines in JavaScript and for some line readers.
func appendString(dst, text []byte) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	done := 0 // text[:done] has been appended
	for i := 0; i < len(text); {
		c := text[i]
		if plain[c] {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			dst = append(dst, text[done:i]...)
			switch c {
			case '"', '\\':
				dst = append(dst, '\\', c)
			case '\n':
				dst = append(dst, '\\', 'n')
			case '\r':
				dst = append(dst, '\\', 'r')
			case '\t':
				dst = append(dst, '\\', 't')
			default:
				dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
			}
			i++
			done = i
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(dst, text[done:i]...)
			dst = utf8.AppendRune(dst, utf8.RuneError)
			done = i + size
		case r == '\u2028' || r == '\u2029':
			dst = append(dst, text[done:i]...)
			dst = append(dst, '\\', 'u', '2', '0', '2', digits[r&15])
			done = i + size
		}
		i += size
	}
	dst = append(dst, text[done:]...)
	return append(dst, '"')
}
