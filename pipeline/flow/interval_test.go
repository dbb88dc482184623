package flow

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestResolutionsNest is what makes a series that was kept finely exact when it is summed
// up: every resolution divides all longer ones and all intervals that are no shorter.
func TestResolutionsNest(t *testing.T) {
	t.Parallel()
	for i, r := range resolutions {
		if i > 0 && r <= resolutions[i-1] {
			t.Errorf("resolution %v is not longer than the one before", time.Duration(r))
		}
		for _, longer := range resolutions[i:] {
			if longer%r != 0 {
				t.Errorf("resolution %v does not divide resolution %v", time.Duration(r), time.Duration(longer))
			}
		}
		for _, interval := range intervals {
			if interval >= r && interval%r != 0 {
				t.Errorf("resolution %v does not divide interval %v", time.Duration(r), time.Duration(interval))
			}
		}
	}
	for i, interval := range intervals {
		if i > 0 && (interval <= intervals[i-1] || 2*interval > 5*intervals[i-1]) {
			t.Errorf("interval %v after %v, want a step of at most 2.5", time.Duration(interval), time.Duration(intervals[i-1]))
		}
		r := resolution(interval)
		if !slices.Contains(resolutions, r) || interval%r != 0 || interval/r > 2 {
			t.Errorf("resolution(%v) = %v, want one of the list that divides it into at most 2", time.Duration(interval), time.Duration(r))
		}
		for _, longer := range intervals[i:] {
			if next := resolution(longer); next < r || next%r != 0 {
				t.Errorf("resolution(%v) = %v is no multiple of resolution(%v) = %v",
					time.Duration(longer), time.Duration(next), time.Duration(interval), time.Duration(r))
			}
		}
	}
}

// TestIntervalSuitsTheSpan tries every span at which the choice changes, and the spans
// around it.
func TestIntervalSuitsTheSpan(t *testing.T) {
	t.Parallel()
	check := func(first, last int64) {
		d := Interval(first, last)
		span := uint64(last) - uint64(first)
		n := span/uint64(d) + 1
		if n > MaxIntervals+1 || n < 120 && d > intervals[0] {
			t.Errorf("Interval(%d, %d) = %v, which makes %d intervals, want 120 to 301", first, last, time.Duration(d), n)
		}
		if i := slices.Index(intervals, d); i < 0 || i > 0 && span/uint64(intervals[i-1]) <= MaxIntervals {
			t.Errorf("Interval(%d, %d) = %v, want the shortest of the list", first, last, time.Duration(d))
		}
	}
	for _, d := range intervals {
		for n := uint64(1); n <= 4*MaxIntervals; n++ {
			if n*uint64(d)/n != uint64(d) { // beyond 64 bits
				break
			}
			for _, span := range []uint64{n*uint64(d) - 1, n * uint64(d), n*uint64(d) + 1} {
				check(math.MinInt64, int64(uint64(1<<63)+span))
				if span <= math.MaxInt64 {
					check(0, int64(span))
					check(-int64(span), 0)
					check(math.MaxInt64-int64(span), math.MaxInt64)
				}
			}
		}
	}
	check(math.MinInt64, math.MaxInt64)
}

func TestIntervalGrowsWithTheSpan(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.SliceOfN(rapid.Int64(), 4, 4).Draw(t, "times")
		slices.Sort(times)
		inner, outer := Interval(times[1], times[2]), Interval(times[0], times[3])
		if inner > outer {
			t.Errorf("Interval(%d, %d) = %d > Interval(%d, %d) = %d", times[1], times[2], inner, times[0], times[3], outer)
		}
		if outer%resolution(inner) != 0 {
			t.Errorf("resolution %d of a part does not divide the whole's interval %d", resolution(inner), outer)
		}
	})
}

func TestIntervalExamples(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ span, want time.Duration }{
		{0, time.Microsecond},
		{time.Nanosecond, time.Microsecond},
		{300 * time.Microsecond, time.Microsecond},
		{301 * time.Microsecond, 2 * time.Microsecond},
		{time.Second, 5 * time.Millisecond},
		{5 * time.Minute, time.Second},
		{10 * time.Minute, 2 * time.Second},
		{time.Hour, 20 * time.Second},
		{24 * time.Hour, 5 * time.Minute},
		{7 * 24 * time.Hour, time.Hour},
		{math.MaxInt64, 500 * 24 * time.Hour},
	} {
		if got := Interval(5, int64(c.span)+5); c.span < math.MaxInt64-5 && got != int64(c.want) {
			t.Errorf("Interval(5, 5 + %v) = %v, want %v", c.span, time.Duration(got), c.want)
		}
		if got := Interval(0, int64(c.span)); got != int64(c.want) {
			t.Errorf("Interval(0, %v) = %v, want %v", c.span, time.Duration(got), c.want)
		}
	}
	if got, want := Interval(math.MinInt64, math.MaxInt64), 1000*day; got != want {
		t.Errorf("Interval(MinInt64, MaxInt64) = %d, want %d", got, want)
	}
}

func TestFloor(t *testing.T) {
	t.Parallel()
	check := func(t tester, at, d int64) {
		if got, want := Floor(at, d), twinFloor(at, d); got != want {
			t.Errorf("Floor(%d, %d) = %d, want %d", at, d, got, want)
		}
	}
	extremes := []int64{math.MinInt64, math.MinInt64 + 1, -1e9, -1, 0, 1, 1e9 - 1, 1e9, math.MaxInt64 - 1, math.MaxInt64}
	for _, at := range extremes {
		for _, d := range extremes {
			if d > 0 {
				check(t, at, d)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		check(t, rapid.Int64().Draw(t, "t"), rapid.Int64Range(1, math.MaxInt64).Draw(t, "d"))
	})
}

// TestLongestSpan compares the spans at which the choice of an interval changes.
func TestLongestSpan(t *testing.T) {
	t.Parallel()
	for i, d := range intervals {
		span := longest(d)
		if span == math.MaxUint64 {
			if i > 0 && longest(intervals[i-1]) == math.MaxUint64 {
				continue // there is no such span
			}
			if got := Interval(math.MinInt64, math.MaxInt64); got != d {
				t.Errorf("Interval(of all time) = %d, want %d", got, d)
			}
			continue
		}
		if got := Interval(math.MinInt64, int64(span-1<<63)); got != d {
			t.Errorf("Interval(of a span of %d) = %d, want %d", span, got, d)
		}
		if got := Interval(math.MinInt64, int64(span-1<<63+1)); got <= d {
			t.Errorf("Interval(of a span of %d) = %d, want more than %d", span+1, got, d)
		}
	}
}
