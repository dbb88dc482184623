package plots

import (
	"math"
	"strconv"
	"strings"
)

// bytesText returns a number of bytes with three digits and an SI prefix.
func bytesText(n float64) string { return prefixed(n, "B", false) }

// bytesTick returns a number of bytes without zeros that say nothing.
func bytesTick(n float64) string {
	if n == 0 {
		return "0"
	}
	return prefixed(n, "B", true)
}

// countText returns a number with its digits grouped by threes, or with three digits and
// an SI prefix from a million on.
func countText(n float64) string {
	if n >= 1e6 {
		return strings.TrimSpace(prefixed(n, "", true))
	}
	return grouped(int64(math.Round(n)))
}

// grouped returns a number with commas between groups of three digits.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	from := 0
	if n < 0 {
		from = 1
	}
	for i := len(s) - 3; i > from; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plural returns "1 port", "2,000 ports".
func plural(n int64, one string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(one, "s"):
		one += "es"
	default:
		one += "s"
	}
	return grouped(n) + " " + one
}

func prefixed(n float64, unit string, short bool) string {
	prefixes := []string{"", "k", "M", "G", "T", "P", "E"}
	i := 0
	for i < len(prefixes)-1 && n >= 999.5 {
		n /= 1000
		i++
	}
	digits := 0
	if i > 0 {
		switch {
		case n < 9.995:
			digits = 2
		case n < 99.95:
			digits = 1
		}
	}
	s := strconv.FormatFloat(n, 'f', digits, 64)
	if digits > 0 && short {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s + " " + prefixes[i] + unit
}

// share returns a part of a whole in per cent.
func share(part, whole float64) string {
	if whole <= 0 {
		return "–"
	}
	p := 100 * part / whole
	switch {
	case part <= 0:
		return "0 %"
	case p < 0.1:
		return "<0.1 %"
	case p < 9.95:
		return strconv.FormatFloat(p, 'f', 1, 64) + " %"
	case part < whole && p >= 99.5:
		return ">99 %"
	}
	return strconv.FormatFloat(p, 'f', 0, 64) + " %"
}

// niceStep returns the smallest of 1, 2, 5, 10, 20, 50 … that is at least v.
func niceStep(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= v*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// linearTicks returns ticks of whole numbers from 0 on of which the last is at most the
// given number, at most about n of them, but at least two.
func linearTicks(most float64, n int) []float64 {
	step := max(1, niceStep(max(most, 1)/float64(n)))
	var ticks []float64
	for i := 0; float64(i)*step <= most*(1+1e-9) || i < 2; i++ {
		ticks = append(ticks, float64(i)*step)
	}
	return ticks
}

// coveringTicks returns linearTicks and one more, if need be, so that the last is at least
// most.
func coveringTicks(most float64, n int) []float64 {
	ticks := linearTicks(most, n)
	if last := ticks[len(ticks)-1]; last < most {
		ticks = append(ticks, last+ticks[1])
	}
	return ticks
}

// logScale maps amounts of 1 and more to 0 to 1, over whole powers of ten.
type logScale struct{ low, high float64 } // exponents

// newLogScale returns a scale that holds amounts from least to most, of which the most, and
// where they are close together the least too, do not lie at its end.
func newLogScale(least, most float64) logScale {
	const room = 0.15
	low, high := math.Log10(max(1, least)), math.Log10(max(1, most))
	s := logScale{math.Floor(low + 1e-9), math.Ceil(high + room)}
	if high-low < 1 && low >= 1 {
		s.low = math.Floor(low - room)
	}
	if s.high-s.low < 1 {
		s.high = s.low + 1
	}
	return s
}

func (s logScale) at(v float64) float64 { return (math.Log10(v) - s.low) / (s.high - s.low) }

// ticks returns powers of ten, at most about n of them.
func (s logScale) ticks(n int) []float64 {
	step := math.Ceil((s.high - s.low) / float64(n))
	var ticks []float64
	for e := s.low; e <= s.high; e += step {
		ticks = append(ticks, math.Pow(10, e))
	}
	return ticks
}
