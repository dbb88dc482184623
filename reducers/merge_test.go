package reducers

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/capfold/capfold/pipeline/table"
)

// stateful is a part of a partial that the laws can look into. These methods exist in
// tests only; a partial made of something else needs them too.
type stateful interface {
	// mergeFaults says which fields a merge loses.
	mergeFaults() []string
	// orderFaults says where the order of what is held is not total.
	orderFaults() []string
	// measures calls f with every measure held.
	measures(f func(reflect.Value))
}

func (p *rollup[In, K, V]) mergeFaults() []string { return mergeFaults(p.Rollup.Merge) }

func (p *rollup[In, K, V]) orderFaults() []string {
	faults := orderFaults(&p.rows, p.SortKeys, p.Compare)
	if p.Rank != nil {
		faults = append(faults, orderFaults(&p.rows, nil, p.Rank)...)
	}
	return faults
}

func (p *rollup[In, K, V]) measures(f func(reflect.Value)) {
	for i := range p.rows.Len() {
		f(reflect.ValueOf(&p.rows.At(i).Value).Elem())
	}
}

// Hosts of IPv4 are looked into as the rollup has them. That none of their fields is lost,
// TestHosts4 says.

func (p *hostsPartial) mergeFaults() []string { return p.rollup.mergeFaults() }

func (p *hostsPartial) orderFaults() []string {
	p.settle(false)
	return p.rollup.orderFaults()
}

func (p *hostsPartial) measures(f func(reflect.Value)) {
	p.settle(false)
	p.rollup.measures(f)
}

func (p *listing[In, R]) mergeFaults() []string { return nil } // rows are moved whole

func (p *listing[In, R]) orderFaults() []string {
	rows := table.RowsOf(p.rows.All())
	faults := orderFaults(rows, p.Plan.Order.Keys, p.Plan.Order.Compare)
	if p.Rank != nil {
		var keys []func(*R) uint64
		if p.RankKey != nil {
			keys = append(keys, p.RankKey)
		}
		faults = append(faults, orderFaults(rows, keys, p.Rank)...)
	}
	return faults
}

func (p *listing[In, R]) measures(f func(reflect.Value)) {
	for _, r := range p.rows.All() {
		f(reflect.ValueOf(&r).Elem())
	}
}

func (s *portHosts) mergeFaults() []string { return nil } // keys are moved whole

func (s *portHosts) orderFaults() []string {
	return orderFaults(table.RowsOf(s.sorted()), nil, func(a, b *PortHost) int { return a.compare(*b) })
}

func (s *portHosts) measures(f func(reflect.Value)) {
	s.each(func(k PortHost) { f(reflect.ValueOf(&k).Elem()) })
}

// orderFaults names two rows, which have different keys, that are not in a total order by
// compare, or where keys contradict it.
func orderFaults[R any](rows *table.Rows[R], keys []func(*R) uint64, compare func(a, b *R) int) []string {
	for i := range rows.Len() {
		for j := range rows.Len() {
			a, b := rows.At(i), rows.At(j)
			c := compare(a, b)
			switch {
			case (c == 0) != (i == j):
				return []string{fmt.Sprintf("compare(%+v, %+v) = %d", *a, *b, c)}
			case c > 0 && compareBy(keys, a, b) < 0:
				return []string{fmt.Sprintf("sort keys of %+v and %+v are in another order than they", *a, *b)}
			}
		}
	}
	return nil
}

func compareBy[R any](keys []func(*R) uint64, a, b *R) int {
	for _, key := range keys {
		if c := cmp.Compare(key(a), key(b)); c != 0 {
			return c
		}
	}
	return 0
}

// partsOf finds the stateful parts of a partial, by reflection.
func partsOf(partial any) (parts []stateful) {
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		if v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer && !v.IsNil() {
			if s, ok := reflect.TypeAssert[stateful](v); ok {
				parts = append(parts, s)
				return
			}
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct {
			return
		}
		for _, f := range v.Fields() {
			// Reached by its address, since it is not exported.
			f = reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr()))
			if _, ok := reflect.TypeAssert[stateful](f); !ok {
				f = f.Elem()
			}
			if k := f.Kind(); k == reflect.Pointer || k == reflect.Struct || k == reflect.Interface {
				walk(f)
			}
		}
	}
	walk(reflect.ValueOf(partial))
	return parts
}

// TestMergeFields checks that no merge forgets a field, whether or not random inputs
// would show it.
func TestMergeFields(t *testing.T) {
	for _, a := range Registry() {
		t.Run(a.Schema().Name, func(t *testing.T) {
			p := newPartial(a, &Env{})
			parts := partsOf(p)
			if len(parts) == 0 {
				t.Fatalf("%T has no part whose merge this test can look into: give it the methods of stateful", p)
			}
			for _, s := range parts {
				for _, fault := range s.mergeFaults() {
					t.Errorf("%T: %s", s, fault)
				}
			}
		})
	}
}

// newPartial returns an empty partial of an analysis of any kind.
func newPartial(a Analysis, e *Env) any {
	switch {
	case a.Captures != nil:
		return a.Captures(e).New()
	case a.Packets != nil:
		return a.Packets(e).New()
	case a.Conversations != nil:
		return a.Conversations(e).New()
	case a.Hosts != nil:
		return a.Hosts(e).New()
	default:
		return a.Points(e).New()
	}
}

// mergeFaults says how a merge of measures breaks the laws: the zero measure is its
// identity, it is commutative, and every field of either side takes part. Fields are
// the exported ones, since only they are encoded. Text is taken for a property of the
// key, the same on both sides.
func mergeFaults[V any](merge func(into, from *V)) (faults []string) {
	merged := func(a, b V) V {
		a, b = clone(a), clone(b)
		merge(&a, &b)
		return a
	}
	compare := func(what string, got, want V) {
		for _, path := range differing(&got, &want) {
			faults = append(faults, fmt.Sprintf("%s is wrong in %s: %v, want %v", path, what, leaf(&got, path), leaf(&want, path)))
		}
	}
	var zero, a, b V
	fillLeaves(&a, 1)
	fillLeaves(&b, 2)
	compare("merge(zero, a)", merged(zero, a), a)
	compare("merge(a, zero)", merged(a, zero), a)
	compare("merge(a, b), which is not merge(b, a)", merged(a, b), merged(b, a))
	// A field takes part if some change of it alone, in one of two measures that both
	// have something in every field, changes the result.
	plain := merged(a, b)
	for _, path := range leafPaths(&a) {
		into, from := false, false
		for _, n := range []int{-1, 0, 100} {
			x, y := clone(a), clone(b)
			if !change(leaf(&x, path), n) {
				into, from = true, true // text and flags are seen above
				break
			}
			change(leaf(&y, path), n)
			ab, ba := merged(x, b), merged(a, y)
			into = into || len(differing(&ab, &plain)) > 0
			from = from || len(differing(&ba, &plain)) > 0
		}
		if !into {
			faults = append(faults, path+" of a is not looked at in merge(a, b)")
		}
		if !from {
			faults = append(faults, path+" of b is not looked at in merge(a, b)")
		}
	}
	return faults
}

// eachLeaf calls f with the exported leaves of v, which must be addressable, and the paths
// to them: numbers, flags, texts and slices.
func eachLeaf(v reflect.Value, path string, f func(path string, v reflect.Value)) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() {
				eachLeaf(v.Field(i), path+"."+field.Name, f)
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			eachLeaf(v.Index(i), fmt.Sprintf("%s[%d]", path, i), f)
		}
	default:
		f(path, v)
	}
}

func leafPaths(v any) (paths []string) {
	eachLeaf(reflect.ValueOf(v).Elem(), "", func(path string, _ reflect.Value) { paths = append(paths, path) })
	return paths
}

func leaf(v any, want string) (found reflect.Value) {
	eachLeaf(reflect.ValueOf(v).Elem(), "", func(path string, l reflect.Value) {
		if path == want {
			found = l
		}
	})
	return found
}

// differing returns the paths of the leaves in which two values of a type differ.
func differing(a, b any) (paths []string) {
	other := map[string]reflect.Value{}
	eachLeaf(reflect.ValueOf(b).Elem(), "", func(path string, l reflect.Value) { other[path] = l })
	eachLeaf(reflect.ValueOf(a).Elem(), "", func(path string, l reflect.Value) {
		o := other[path]
		if l.Kind() == reflect.Slice && l.Len() == 0 && o.Len() == 0 {
			return
		}
		if !reflect.DeepEqual(l.Interface(), o.Interface()) {
			paths = append(paths, path)
		}
	})
	return paths
}

// fillLeaves sets every leaf of what v points to to a value that is not zero, that depends
// on n, and that differs from its neighbours'.
func fillLeaves(v any, n int) {
	i := 0
	eachLeaf(reflect.ValueOf(v).Elem(), "", func(_ string, l reflect.Value) {
		i++
		switch l.Kind() {
		case reflect.String:
			l.SetString("text")
		case reflect.Bool:
			l.SetBool(true)
		case reflect.Slice:
			one := reflect.MakeSlice(l.Type(), 1, 1)
			fillLeaves(one.Index(0).Addr().Interface(), n)
			l.Set(one)
		default:
			change(l, 10+n+i%50)
		}
	})
}

// change sets a number to n, or the largest there is where n is negative, and gives a
// slice elements that depend on n. It reports false where the leaf is neither.
func change(l reflect.Value, n int) bool {
	switch {
	case l.Kind() == reflect.Slice:
		many := reflect.MakeSlice(l.Type(), 2, 2)
		for i := range 2 {
			fillLeaves(many.Index(i).Addr().Interface(), 20+i+n)
		}
		l.Set(many)
	case l.CanInt():
		x := int64(n)
		if n < 0 {
			x = math.MaxInt32
		}
		l.SetInt(x)
	case l.CanUint():
		x := uint64(n)
		if n < 0 {
			x = 1<<l.Type().Bits() - 1
		}
		l.SetUint(x)
	case l.Kind() == reflect.String || l.Kind() == reflect.Bool:
		return false
	default:
		panic(fmt.Sprintf("a measure with a %v: teach the law of merged fields about it", l.Type()))
	}
	return true
}

// clone returns a copy of v that shares no slice with it.
func clone[V any](v V) V {
	eachLeaf(reflect.ValueOf(&v).Elem(), "", func(_ string, l reflect.Value) {
		if l.Kind() == reflect.Slice {
			c := reflect.MakeSlice(l.Type(), l.Len(), l.Len())
			reflect.Copy(c, l)
			l.Set(c)
		}
	})
	return v
}

// TestMergeFaults checks that mergeFaults finds what it is made to find.
func TestMergeFaults(t *testing.T) {
	type measure struct {
		Sum, Least int64
		Span       Span
		TTLs       TTLs
		Bins       [4]int64
		Seen       []int
	}
	right := func(into, from *measure) {
		into.Sum += from.Sum
		into.Least = max(into.Least, from.Least)
		into.Span.Merge(from.Span)
		into.TTLs.Merge(from.TTLs)
		for i, n := range from.Bins {
			into.Bins[i] += n
		}
		into.Seen = append(into.Seen, from.Seen...)
		slices.Sort(into.Seen)
	}
	for _, tt := range []struct {
		name  string
		merge func(into, from *measure)
		want  string // in one of the faults, or no faults
	}{
		{"right", right, ""},
		{"field dropped", func(into, from *measure) {
			sum := into.Sum
			right(into, from)
			into.Sum = sum
		}, ".Sum of b is not looked at"},
		{"field overwritten", func(into, from *measure) {
			right(into, from)
			into.Sum = from.Sum
		}, ".Sum of a is not looked at"},
		{"element dropped", func(into, from *measure) {
			n := into.Bins[3]
			right(into, from)
			into.Bins[3] = n
		}, ".Bins[3] of b is not looked at"},
		{"dropped only where both have something", func(into, from *measure) {
			before := into.Span
			right(into, from)
			if before.Any {
				into.Span.Last = before.Last
			}
		}, ".Span.Last of b is not looked at"},
		{"flag dropped", func(into, from *measure) {
			before := into.TTLs
			right(into, from)
			into.TTLs.Any = before.Any
		}, ".TTLs.Any is wrong in merge(zero, a)"},
		{"zero is no identity", func(into, from *measure) {
			least := min(into.Least, from.Least)
			right(into, from)
			into.Least = least
		}, ".Least is wrong in merge(zero, a)"},
		{"slice dropped", func(into, from *measure) {
			seen := into.Seen
			right(into, from)
			into.Seen = seen
		}, ".Seen of b is not looked at"},
		{"order of merging shows", func(into, from *measure) {
			seen := append(slices.Clone(into.Seen), from.Seen...)
			right(into, from)
			into.Seen = seen
		}, ".Seen is wrong in merge(a, b), which is not merge(b, a)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			faults := mergeFaults(tt.merge)
			if tt.want == "" && len(faults) > 0 || tt.want != "" && !strings.Contains(strings.Join(faults, "\n"), tt.want) {
				t.Errorf("mergeFaults = %q, want %q", faults, tt.want)
			}
		})
	}
}
