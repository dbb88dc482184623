// Package process runs programs as whole processes and says what they cost. A program
// that uses it calls [Main] first, see [Mode].
package process

import "time"

// Cost is what one run of a program took.
type Cost struct {
	Wall   time.Duration `json:"wall_ns"`
	CPU    time.Duration `json:"cpu_ns"`       // user and system, of children too
	Memory int64         `json:"memory_bytes"` // largest resident size of any process
	Others time.Duration `json:"other_cpu_ns"` // of everybody else meanwhile
}

// Plus is the cost of one run after the other.
func (c Cost) Plus(d Cost) Cost {
	return Cost{c.Wall + d.Wall, c.CPU + d.CPU, max(c.Memory, d.Memory), c.Others + d.Others}
}
