package main

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// disturbance is how many processors other processes may use before a time says little.
const disturbance = 0.1

// busy returns the processor time that this machine has spent on anything, that taken
// from a virtual machine by its host included. It is 0 where Linux does not tell.
func busy() time.Duration {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return parseBusy(line)
}

// parseBusy reads the first line of /proc/stat, see proc_stat(5): hundredths of a second
// in user, nice, system, idle, iowait, irq, softirq, steal.
func parseBusy(line string) time.Duration {
	values := strings.Fields(line)
	if len(values) < 9 || values[0] != "cpu" {
		return 0
	}
	var sum int64
	for i, value := range values[1:9] {
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return 0
		}
		if i != 3 && i != 4 { // idle, waiting
			sum += n
		}
	}
	return time.Duration(sum) * 10 * time.Millisecond
}

// others is how many processors other processes used during the runs. Runs are added up
// before, since the kernel counts in steps that are long for one.
func (s series) others() float64 {
	var spent, wall time.Duration
	for _, c := range s.Runs {
		spent += c.Others
		wall += c.Wall
	}
	return max(0, spent.Seconds()/wall.Seconds())
}
