package process

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// Machine is where figures are from.
type Machine struct {
	System     string `json:"system"`
	Kernel     string `json:"kernel"`
	Processor  string `json:"processor"`
	Processors int    `json:"processors"`
	Memory     int64  `json:"memory_bytes"`
	Load       string `json:"load_average"` // when the program started
	Go         string `json:"go"`
}

// ThisMachine reads what Linux tells; elsewhere most stays empty.
func ThisMachine() Machine {
	value := func(file, key, separator string) string {
		text, err := os.ReadFile(file)
		if err != nil {
			return ""
		}
		for line := range strings.Lines(string(text)) {
			if k, v, ok := strings.Cut(line, separator); ok && strings.TrimSpace(k) == key {
				return strings.Trim(strings.TrimSpace(v), `"`)
			}
		}
		return ""
	}
	line := func(file string) string {
		text, _ := os.ReadFile(file)
		return strings.TrimSpace(string(text))
	}
	kib, _ := strconv.ParseInt(strings.TrimSuffix(value("/proc/meminfo", "MemTotal", ":"), " kB"), 10, 64)
	return Machine{
		System:     value("/etc/os-release", "PRETTY_NAME", "="),
		Kernel:     line("/proc/sys/kernel/osrelease"),
		Processor:  value("/proc/cpuinfo", "model name", ":"),
		Processors: runtime.NumCPU(),
		Memory:     kib << 10,
		Load:       line("/proc/loadavg"),
		Go:         runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH,
	}
}

func (m Machine) String() string {
	return fmt.Sprintf("%d processors (%s), %.1f GiB, %s, Linux %s, %s; load average at the start %s",
		m.Processors, m.Processor, float64(m.Memory)/(1<<30), m.System, m.Kernel, m.Go, m.Load)
}
