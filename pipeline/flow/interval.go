package flow

import (
	"math"
	"time"
)

// MaxIntervals is how many intervals an automatically chosen interval length divides a
// capture's span into at most, not counting that the first may start before it. Steps
// of the choice are at most 2.5-fold, so that there are at least 120, unless the span is
// less than as many microseconds.
const MaxIntervals = 300

const (
	second = int64(time.Second)
	minute = int64(time.Minute)
	hour   = int64(time.Hour)
	day    = 24 * hour
)

// intervals are the lengths to choose from, and resolutions those at which series are
// kept while the span is still growing. Every resolution divides all longer resolutions
// and all intervals that are no shorter than it: so points kept at a resolution that was
// right for a part of the span can be summed up exactly to the interval of the whole.
var intervals, resolutions = ladders()

func ladders() (iv, res []int64) {
	for unit := int64(time.Microsecond); unit < second; unit *= 10 {
		iv = append(iv, unit, 2*unit, 5*unit)
		res = append(res, unit, 5*unit)
	}
	for _, unit := range []int64{second, minute} {
		iv = append(iv, unit, 2*unit, 5*unit, 10*unit, 20*unit, 30*unit)
		res = append(res, unit, 5*unit, 10*unit, 30*unit)
	}
	iv = append(iv, hour, 2*hour, 3*hour, 6*hour, 12*hour)
	res = append(res, hour, 3*hour, 6*hour, 12*hour)
	for unit := day; unit <= 10000*day; unit *= 10 {
		iv = append(iv, unit, 2*unit, 5*unit)
		res = append(res, unit, 5*unit)
	}
	return iv, res
}

// Interval returns the length in nanoseconds of the intervals into which a capture from
// first to last (nanoseconds since the epoch) is divided when the user does not say: the
// shortest of a fixed list (1, 2, 5, 10, 20, 30 seconds and the like) that makes at most
// [MaxIntervals].
func Interval(first, last int64) int64 {
	// In unsigned arithmetic the span is right even where the subtraction wraps.
	span := uint64(last) - uint64(first)
	for _, d := range intervals {
		if span/uint64(d) <= MaxIntervals {
			return d
		}
	}
	return intervals[len(intervals)-1]
}

// longest returns the longest span for which [Interval] returns d.
func longest(d int64) uint64 {
	if uint64(d) > math.MaxUint64/(MaxIntervals+1) {
		return math.MaxUint64
	}
	return uint64(d)*(MaxIntervals+1) - 1
}

// resolution returns the longest resolution that divides the interval.
func resolution(interval int64) int64 {
	r := resolutions[0]
	for _, d := range resolutions {
		if d > interval {
			break
		}
		if interval%d == 0 {
			r = d
		}
	}
	return r
}

// Floor returns the start of the interval of length d > 0 that contains t, counted from
// the epoch. An interval that starts before the smallest time starts at it.
func Floor(t, d int64) int64 {
	m := t % d
	if m < 0 {
		m += d
	}
	if t < math.MinInt64+m {
		return math.MinInt64
	}
	return t - m
}
