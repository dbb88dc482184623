package reducers

import (
	"cmp"
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/flow"
	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/spill"
	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/reducers/geo"
)

// Run is how a run is done.
type Run struct {
	Options
	// Interval is the length in nanoseconds of the intervals of time series, 0 for one
	// that suits the captures.
	Interval int64
	// Workers is the number of goroutines that fold, at least one. No result depends on it.
	Workers int
	// Analyses are those to make tables of.
	Analyses []Analysis
	// Geo says where hosts are; nil knows special addresses only.
	Geo *geo.Atlas
	// Memory is what the run keeps to, nil for no limit. No result depends on it.
	Memory *spill.Memory
	// Stage is called when a stage begins, with its name; it may be nil.
	Stage func(string)
}

// Result is what a run found.
type Result struct {
	Tables   []*table.Table // in the order of Run.Analyses
	Captures []packet.Capture
	Hosts    []packet.Host // the top hosts, the first first; none if no analysis asks for them
	Interval int64         // length of the intervals of time series, ns; 0 without packets
	Atoms    int64         // flow atoms that conversations were made of
}

// Analyze folds all packets of src and reduces them to tables. accounts is called when
// src has been read and returns the accounts of its inputs.
func (r *Run) Analyze(ctx context.Context, src pipeline.Source, accounts func() ([]packet.Capture, error)) (*Result, error) {
	env := &Env{Options: r.Options, Geo: r.Geo, Slabs: r.Memory.Slabs()}
	if env.Top == 0 {
		env.Top = DefaultTop
	}
	// Every kind of analysis has its reducers in the order of the registry; tables
	// finds a result's place by kind and position in it.
	var packets []pipeline.Reducer[packet.Batch]
	for _, a := range r.Analyses {
		if a.Packets != nil {
			packets = append(packets, a.Packets(env))
		}
	}
	stage := r.Stage
	if stage == nil {
		stage = func(string) {}
	}
	stage("fold")
	folded, err := pipeline.Fold(ctx, src, packets, r.Interval, r.Workers, r.Memory)
	if err != nil {
		return nil, err
	}
	stage("merge")
	result := &Result{Interval: folded.Interval(), Tables: make([]*table.Table, len(r.Analyses))}
	if result.Captures, err = accounts(); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(r.Analyses, needsHosts) {
		env.Hosts = topSenders(folded.Merged, env)
		result.Hosts = env.Hosts
	}

	var (
		byCapture      []pipeline.Reducer[packet.Capture]
		byConversation []pipeline.Reducer[flow.Batch]
		byPoint        []pipeline.Reducer[flow.Point]
		hostRows       *hostsRollup // of the table of hosts, if it is made
		byHost         = &hostFold{geo: r.Geo}
	)
	for _, a := range r.Analyses {
		switch {
		case a.Captures != nil:
			byCapture = append(byCapture, a.Captures(env))
		case a.Conversations != nil:
			reducer := a.Conversations(env)
			if h, ok := reducer.(hostsReducer); ok {
				hostRows = h.hostsRollup
			}
			byConversation = append(byConversation, reducer)
		case a.Hosts != nil:
			byHost.reducers = append(byHost.reducers, a.Hosts(env))
		case a.Points != nil:
			byPoint = append(byPoint, a.Points(env))
		}
	}
	hostsOnly := hostRows == nil && len(byHost.reducers) > 0 // no table of them is asked for
	if hostsOnly {
		reducer := hosts(env).(hostsReducer)
		hostRows = reducer.hostsRollup
		byConversation = append(byConversation, reducer)
	}
	if hostRows != nil {
		hostRows.Complete = byHost.complete
	}
	points := addAll(byPoint, folded.Points(env.Hosts))
	folded.DropSeries()
	if err := folded.Err(); err != nil {
		return nil, err
	}
	stage("reduce")
	once, expand := foldOnce(byConversation)
	conversations, err := pipeline.Reduce(ctx, folded.Merged, once, r.Workers, r.Memory)
	if err != nil {
		return nil, err
	}
	conversations = expand(conversations)
	result.Atoms = folded.Atoms()
	stage("sort")
	captures := addAll(byCapture, slices.Values(result.Captures))

	var g errgroup.Group
	g.SetLimit(r.Workers)
	for i, a := range r.Analyses {
		var makeTable func() *table.Table
		switch {
		case a.Captures != nil:
			makeTable = shift(&captures).Table
		case a.Packets != nil:
			makeTable = shift(&folded.Packets).Table
		case a.Conversations != nil:
			makeTable = shift(&conversations).Table
		case a.Points != nil:
			makeTable = shift(&points).Table
		default:
			continue // when all hosts are complete
		}
		g.Go(func() error {
			result.Tables[i] = makeTable()
			return ctx.Err()
		})
	}
	if hostsOnly {
		rows := shift(&conversations)
		g.Go(func() error {
			rows.Table()
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	if spills, _ := r.Memory.Spilled(); spills > 0 {
		r.Memory.Slabs().Drop() // what is left needs little
	}
	if err := r.Geo.Err(); err != nil {
		return nil, err
	}
	if result.Atoms >= manyAtoms {
		r.Geo.Release()
	}
	byZone := byHost.merged()
	for i, a := range r.Analyses {
		if a.Hosts != nil {
			result.Tables[i] = shift(&byZone).Table()
		}
	}
	return result, r.Memory.Err()
}

// manyAtoms is how many there are at least where giving back what looking their addresses up
// took is worth its time, most of a millisecond.
const manyAtoms = 1 << 14

// needsHosts reports whether an analysis may ask which hosts sent most.
func needsHosts(a Analysis) bool { return a.Captures == nil && a.Packets == nil }

// shift takes the first element off s.
func shift[T any](s *[]T) T {
	first := (*s)[0]
	*s = (*s)[1:]
	return first
}

// addAll returns a partial of each reducer, to which every input was added.
func addAll[In any](reducers []pipeline.Reducer[In], inputs func(func(In) bool)) []pipeline.Partial[In] {
	partials := make([]pipeline.Partial[In], len(reducers))
	for i, r := range reducers {
		partials[i] = r.New()
	}
	if len(partials) == 0 {
		return nil
	}
	for in := range inputs {
		for _, p := range partials {
			p.Add(in)
		}
	}
	return partials
}

// sender is a host and what it sent.
type sender struct {
	host packet.Host
	sent int64
}

// topSenders returns the hosts that sent most.
func topSenders(m *flow.Merged, e *Env) []packet.Host {
	top := table.NewFirst(e.Top, func(a, b *sender) int {
		return cmp.Or(cmp.Compare(b.sent, a.sent), a.host.Compare(b.host))
	})
	for h, c := range m.Senders(e.Top, e.RankBy.of) {
		top.Add(&sender{h, e.RankBy.of(&c)})
	}
	var hosts []packet.Host
	for _, s := range top.Rows() {
		hosts = append(hosts, s.host)
	}
	return hosts
}
