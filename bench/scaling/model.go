package main

import "github.com/capfold/capfold/pipeline/flow"

// model is what a run would take on more processors.
type model struct {
	Kind        kind         `json:"kind"`
	Stages      []share      `json:"stages"`
	Predictions []prediction `json:"predictions"`
}

// share is how a stage of a measured run divides.
type share struct {
	Stage    string  `json:"stage"`
	Serial   float64 `json:"serial_s"`
	Parallel float64 `json:"parallel_s"`
}

// prediction is the time of a run on a number of processors, with as many workers.
type prediction struct {
	Cores   int     `json:"cores"`
	Wall    float64 `json:"wall_s"`
	Fold    float64 `json:"fold_s"`    // the part of the fold's stage
	Serial  float64 `json:"serial_s"`  // the part in which one processor works
	SpeedUp float64 `json:"speed_up"`  // over one processor
	Divided float64 `json:"divided_s"` // the part that processors share
	Bound   float64 `json:"bound"`     // the speed-up of what they share alone, which that of longer captures comes near
	Traffic float64 `json:"memory_bytes_per_s"`
}

// tableLines is what the update of an atom moves between memory and caches at most: the
// slot, the atom, which may lie in two, the sender's interval and a sender's slot are loaded,
// the atom and the interval are written back, in lines of 64 bytes.
const tableLines = (5 + 3) * 64

// sortWidth is how many tables are sorted at a time at most: there are no more.
const sortWidth = 16

// model predicts the runs of a measured kind. Its assumptions: what --stats says of a
// stage divides by Amdahl's law; a packet costs a processor the same whatever the others
// do, but for the atoms that are in more tables when there are more; shards, splits and
// tables are handed out whole.
func (c *captureReport) model(w whole, cores []int) model {
	m := model{Kind: w.Kind}
	for _, s := range w.Stages {
		serial, parallel := s.divide(measuredCores)
		m.Stages = append(m.Stages, share{s.Name, serial, parallel})
	}
	base := c.simulation(measuredCores)
	for _, n := range cores {
		m.Predictions = append(m.Predictions, c.predict(w.Kind, m.Stages, base, c.simulation(n)))
	}
	one := c.predict(w.Kind, m.Stages, base, c.simulation(1))
	for i := range m.Predictions {
		p := &m.Predictions[i]
		p.SpeedUp, p.Bound = one.Wall/p.Wall, 1
		if p.Divided > 0 { // which it need not be of captures that take no time
			p.Bound = one.Divided / p.Divided
		}
	}
	return m
}

// simulation returns that of a number of workers.
func (c *captureReport) simulation(workers int) simulated {
	for _, s := range c.Simulated {
		if s.Workers == workers {
			return s
		}
	}
	return simulated{Workers: workers}
}

// predict adds up the stages, which were measured where base was simulated, for the
// workers of s.
func (c *captureReport) predict(k kind, stages []share, base, s simulated) prediction {
	more := s.Close - base.Close
	if k != foldOnly {
		more += s.Senders - base.Senders
	}
	p := prediction{Cores: s.Workers, Serial: max(0, more)}
	for _, st := range stages {
		parallel, width := st.Parallel, float64(s.Workers)
		switch st.Stage {
		case "fold":
			parallel = max(0, parallel+s.Fold-base.Fold)
			width = even(c.Splits, s.Workers)
			p.Fold = st.Serial + parallel/width
		case "reduce":
			if base.Shards > 0 {
				parallel *= s.Shards / base.Shards
			}
			width = even(flow.NumShards, s.Workers)
		case "sort":
			width = float64(min(s.Workers, sortWidth))
		}
		if st.Stage == startStage {
			p.Serial += st.Serial + parallel
			continue
		}
		p.Serial += st.Serial
		p.Divided += parallel / width
	}
	p.Wall = p.Serial + p.Divided
	if p.Fold > 0 {
		p.Traffic = (float64(c.Bytes) + tableLines*float64(c.Packets)) / p.Fold
	}
	return p
}

// even returns by how much faster n workers are with equal parts that are handed out
// whole, when the last ones have to be waited for.
func even(parts int64, n int) float64 {
	if parts == 0 {
		return 1
	}
	turns := (parts + int64(n) - 1) / int64(n)
	return float64(parts) / float64(turns)
}
