package reducers

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/capfold/capfold/pipeline"
)

// TestLaws checks the laws of pipeline/doc.go for every analysis of the registry, with
// random environments and inputs. A new analysis needs no line here.
func TestLaws(t *testing.T) {
	for _, a := range Registry() {
		t.Run(a.Schema().Name, func(t *testing.T) {
			switch {
			case a.Captures != nil:
				testLaws(t, a.Captures, captureForm)
			case a.Packets != nil:
				testLaws(t, a.Packets, batchForm)
			case a.Conversations != nil:
				testLaws(t, a.Conversations, conversationForm)
			case a.Hosts != nil:
				testLaws(t, a.Hosts, hostForm)
			default:
				testLaws(t, a.Points, pointForm)
			}
		})
	}
}

func testLaws[In any](t *testing.T, analysis func(*Env) pipeline.Reducer[In], f form[In]) {
	never := map[string]bool{} // leaves of measures that were always zero
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, 40)
		e := w.env
		l := lawsOf(analysis(&e), f, f.inputs(w), w.rand)
		if err := l.check(); err != nil {
			t.Fatal(err)
		}
		for _, part := range partsOf(l.fold(l.inputs)) {
			part.measures(func(v reflect.Value) {
				eachLeaf(v, v.Type().String(), func(path string, leaf reflect.Value) {
					if i := strings.IndexByte(path, '['); v.Kind() == reflect.Struct && i >= 0 {
						path = path[:i] // an array counts as one leaf
					}
					always, seen := never[path]
					never[path] = leaf.IsZero() && (always || !seen)
				})
			})
		}
	})
	for path, zero := range never {
		if zero {
			t.Errorf("no random input ever set %s, so that the laws were not tested on it: world_test.go should draw some that do", path)
		}
	}
}

// laws are the laws of one reducer on given inputs.
type laws[In any] struct {
	reducer pipeline.Reducer[In]
	form    form[In]
	inputs  []In
	rand    *rand.Rand
	want    result // of all inputs added to one partial in their order
}

// result is what a partial comes to.
type result struct{ state, table string }

func lawsOf[In any](r pipeline.Reducer[In], f form[In], inputs []In, rnd *rand.Rand) *laws[In] {
	l := &laws[In]{reducer: r, form: f, inputs: inputs, rand: rnd}
	l.want = l.result(l.fold(inputs))
	return l
}

// check returns an error that names the first law that is broken.
func (l *laws[In]) check() error {
	for _, law := range []struct {
		name  string
		check func() error
	}{
		{"identity", l.identity},
		{"commutative", l.commutative},
		{"associative", l.associative},
		{"split", l.split},
		{"codec", l.codec},
		{"garbage", l.garbage},
		{"retention", l.retention},
		{"order", l.order},
		{"table", l.table},
	} {
		if err := law.check(); err != nil {
			return fmt.Errorf("%s, law of %s: %w", l.reducer.Schema().Name, law.name, err)
		}
	}
	return nil
}

func (l *laws[In]) fold(inputs []In) pipeline.Partial[In] {
	p := l.reducer.New()
	for _, in := range inputs {
		p.Add(in)
	}
	return p
}

func merge[In any](into, from pipeline.Partial[In]) pipeline.Partial[In] {
	into.Merge(from)
	return into
}

// result returns the state and the table of p, which must not be used afterwards.
func (l *laws[In]) result(p pipeline.Partial[In]) result {
	state, err := p.AppendBinary(nil)
	if err != nil {
		return result{state: "error: " + err.Error()}
	}
	return result{string(state), dump(p.Table())}
}

// same returns an error unless p comes to what is wanted.
func (l *laws[In]) same(how string, p pipeline.Partial[In], want result) error {
	switch got := l.result(p); {
	case got.table != want.table:
		return fmt.Errorf("%s: table\n%s\nwant\n%s", how, got.table, want.table)
	case got.state != want.state:
		return fmt.Errorf("%s: state %q, want %q", how, got.state, want.state)
	}
	return nil
}

func (l *laws[In]) identity() error {
	return errors.Join(
		l.same("New().Merge(p)", merge(l.reducer.New(), l.fold(l.inputs)), l.want),
		l.same("p.Merge(New())", merge(l.fold(l.inputs), l.reducer.New()), l.want))
}

// thirds divides the inputs into three parts, some of which may be empty.
func (l *laws[In]) thirds() (a, b, c []In) {
	i, j := l.rand.IntN(len(l.inputs)+1), l.rand.IntN(len(l.inputs)+1)
	i, j = min(i, j), max(i, j)
	return l.inputs[:i], l.inputs[i:j], l.inputs[j:]
}

func (l *laws[In]) commutative() error {
	a, _, _ := l.thirds()
	b := l.inputs[len(a):]
	return errors.Join(
		l.same("a.Merge(b)", merge(l.fold(a), l.fold(b)), l.want),
		l.same("b.Merge(a)", merge(l.fold(b), l.fold(a)), l.want))
}

func (l *laws[In]) associative() error {
	a, b, c := l.thirds()
	return errors.Join(
		l.same("(a.Merge(b)).Merge(c)", merge(merge(l.fold(a), l.fold(b)), l.fold(c)), l.want),
		l.same("a.Merge(b.Merge(c))", merge(l.fold(a), merge(l.fold(b), l.fold(c))), l.want))
}

// split adds the inputs to any of several partials in any order, and merges these in any.
func (l *laws[In]) split() error {
	partials := make([]pipeline.Partial[In], 1+l.rand.IntN(5))
	for i := range partials {
		partials[i] = l.reducer.New()
	}
	for _, i := range l.rand.Perm(len(l.inputs)) {
		partials[l.rand.IntN(len(partials))].Add(l.inputs[i])
	}
	n := len(partials)
	for len(partials) > 1 {
		l.rand.Shuffle(len(partials), func(i, j int) { partials[i], partials[j] = partials[j], partials[i] })
		partials[0].Merge(partials[len(partials)-1])
		partials = partials[:len(partials)-1]
	}
	return l.same(fmt.Sprintf("%d partials merged", n), partials[0], l.want)
}

func (l *laws[In]) codec() error {
	prefix := []byte("prefix")
	encoded, err := l.fold(l.inputs).AppendBinary(slices.Clone(prefix))
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(encoded, prefix) || string(encoded[len(prefix):]) != l.want.state {
		return fmt.Errorf("AppendBinary(%q) = %q, want that and %q", prefix, encoded, l.want.state)
	}
	decode := func(state []byte) (pipeline.Partial[In], error) {
		p := l.reducer.New()
		err := p.UnmarshalBinary(state)
		clear(state) // it may not be kept
		return p, err
	}
	p, err := decode(encoded[len(prefix):])
	if err != nil {
		return err
	}
	if err := l.same("decoded", p, l.want); err != nil {
		return err
	}
	// What was decoded goes on as what was encoded would have.
	a, b, c := l.thirds()
	encoded, err = l.fold(a).AppendBinary(nil)
	if err != nil {
		return err
	}
	if p, err = decode(encoded); err != nil {
		return err
	}
	for _, in := range b {
		p.Add(in)
	}
	return l.same("decoded, added to and merged", merge(p, l.fold(c)), l.want)
}

// garbage decodes what is no state: there must be an error where something is missing,
// and never a panic.
func (l *laws[In]) garbage() error {
	state := []byte(l.want.state)
	for range 5 {
		cut := state[:l.rand.IntN(len(state))]
		if err := l.reducer.New().UnmarshalBinary(cut); err == nil {
			return fmt.Errorf("UnmarshalBinary of the first %d bytes of %q = nil, want an error", len(cut), state)
		}
		flipped := slices.Clone(state)
		flipped[l.rand.IntN(len(state))] ^= 1 << l.rand.IntN(8)
		_ = l.reducer.New().UnmarshalBinary(flipped) // may be another state
	}
	noise := make([]byte, l.rand.IntN(100))
	for i := range noise {
		noise[i] = byte(l.rand.Uint32())
	}
	if err := l.reducer.New().UnmarshalBinary(noise); err == nil {
		return fmt.Errorf("UnmarshalBinary(%q) = nil, want an error", noise)
	}
	return nil
}

// retention overwrites every input as soon as it has been added.
func (l *laws[In]) retention() error {
	p := l.reducer.New()
	for _, in := range l.inputs {
		in = l.form.clone(in)
		p.Add(in)
		l.form.scribble(in)
	}
	return l.same("inputs overwritten after Add", p, l.want)
}

func (l *laws[In]) order() error {
	p := l.fold(l.inputs)
	for _, part := range partsOf(p) {
		if faults := part.orderFaults(); len(faults) > 0 {
			return errors.New(strings.Join(faults, "\n"))
		}
	}
	return nil
}

func (l *laws[In]) table() error {
	s := l.reducer.Schema()
	t := l.fold(l.inputs).Table()
	if !reflect.DeepEqual(t.Schema, s) {
		return fmt.Errorf("Table().Schema = %+v, want Schema(), %+v", t.Schema, s)
	}
	return tableFaults(t)
}
