package process

import (
	"os"
	"strconv"
	"strings"
	"time"
)

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
