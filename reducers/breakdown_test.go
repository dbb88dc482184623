package reducers

import (
	"testing"

	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/flow"
)

// TestFoldOnce says which reducers are folded where some of them are parts of others.
func TestFoldOnce(t *testing.T) {
	e := &Env{}
	transport, protocols, ports, hosts := hostTransport(e), hostProtocols(e), hostPorts(e), hosts(e)
	type reducers = []pipeline.Reducer[flow.Batch]
	for _, tt := range []struct {
		name      string
		all, once reducers
	}{
		{"none", nil, nil},
		{"no breakdown", reducers{hosts}, reducers{hosts}},
		{"all", reducers{protocols, hosts, transport, ports}, reducers{hosts, transport}},
		{"a part", reducers{ports, hosts}, reducers{ports, hosts}},
		{"parts of which none covers another", reducers{protocols, ports}, reducers{protocols, ports}},
		{"another one with the same facets", reducers{transport, hostTransport(e)}, reducers{transport}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			once, expand := foldOnce(tt.all)
			if got, want := tablesOf(once), tablesOf(tt.once); got != want {
				t.Errorf("%s are folded, want %s", got, want)
			}
			var partials []pipeline.Partial[flow.Batch]
			for _, r := range once {
				partials = append(partials, r.New())
			}
			for i, p := range expand(partials) {
				if got, want := p.Table().Schema.Name, tt.all[i].Schema().Name; got != want {
					t.Errorf("partial %d is one of %s, want %s", i, got, want)
				}
			}
		})
	}
}

// tablesOf returns the names of the tables of reducers.
func tablesOf(reducers []pipeline.Reducer[flow.Batch]) (all string) {
	for _, r := range reducers {
		all += r.Schema().Name + " "
	}
	return all
}
