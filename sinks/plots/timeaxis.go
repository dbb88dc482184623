package plots

import (
	"math"
	"time"
)

const day = 24 * time.Hour

// timeSteps are the distances of ticks below a month.
var timeSteps = func() []time.Duration {
	var list []time.Duration
	for unit := time.Microsecond; unit < time.Second; unit *= 10 {
		list = append(list, unit, 2*unit, 5*unit)
	}
	for _, s := range []time.Duration{1, 2, 5, 10, 15, 30, 60, 2 * 60, 5 * 60, 10 * 60, 15 * 60, 30 * 60} {
		list = append(list, s*time.Second)
	}
	for _, h := range []time.Duration{1, 2, 3, 6, 12, 24, 48, 5 * 24, 10 * 24} {
		list = append(list, h*time.Hour)
	}
	return list
}()

// timeTick is an instant, in microseconds since the epoch, and what is written there.
type timeTick struct {
	micros int64
	text   string
}

// timeTicks returns round instants, in UTC, from first to last, which are microseconds
// since the epoch: at most about n.
func timeTicks(first, last int64, n int) []timeTick {
	span := float64(uint64(last - first))
	for _, step := range timeSteps {
		if span/float64(step.Microseconds()) <= float64(n) {
			return evenTicks(first, last, step)
		}
	}
	months := math.Ceil(span / float64(n) / float64((30 * day).Microseconds()))
	each := 12 * int(niceStep(math.Ceil(months/12)))
	for _, m := range []int{1, 2, 3, 6} {
		if float64(m) >= months {
			each = m
			break
		}
	}
	return monthTicks(first, last, each)
}

func evenTicks(first, last int64, step time.Duration) []timeTick {
	layout := "15:04"
	switch {
	case step < time.Millisecond:
		layout = "15:04:05.000000"
	case step < time.Second:
		layout = "15:04:05.000"
	case step < time.Minute:
		layout = "15:04:05"
	case step >= day:
		layout = "2 Jan"
	}
	each := step.Microseconds()
	at := first - first%each
	if at < first {
		at += each
	}
	var ticks []timeTick
	for ; at <= last; at += each {
		t := time.UnixMicro(at).UTC()
		text := t.Format(layout)
		if step >= time.Minute && step < day && at%day.Microseconds() == 0 {
			text = t.Format("2 Jan")
		}
		ticks = append(ticks, timeTick{at, text})
	}
	return ticks
}

func monthTicks(first, last int64, each int) []timeTick {
	layout := "Jan 2006"
	if each%12 == 0 {
		layout = "2006"
	}
	begin := time.UnixMicro(first).UTC()
	months := begin.Year()*12 + int(begin.Month()) - 1
	months -= months % each
	var ticks []timeTick
	for ; ; months += each {
		t := time.Date(months/12, time.Month(months%12+1), 1, 0, 0, 0, 0, time.UTC)
		if t.UnixMicro() > last {
			return ticks
		}
		if t.UnixMicro() >= first {
			ticks = append(ticks, timeTick{t.UnixMicro(), t.Format(layout)})
		}
	}
}

// durationText returns the length of an interval in a unit that suits it.
func durationText(d time.Duration) string {
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{day, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}, {time.Millisecond, "ms"}, {time.Microsecond, "µs"}} {
		if d >= u.unit && d%u.unit == 0 {
			return grouped(int64(d/u.unit)) + " " + u.name
		}
	}
	return d.String()
}

// datesText returns the date or dates of a span.
func datesText(first, last int64) string {
	const layout = "2006-01-02"
	a, b := time.UnixMicro(first).UTC().Format(layout), time.UnixMicro(last).UTC().Format(layout)
	if a == b {
		return a
	}
	return a + " to " + b
}
