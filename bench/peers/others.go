package main

import "time"

// disturbance is how many processors other processes may use before a time says little.
const disturbance = 0.1

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
