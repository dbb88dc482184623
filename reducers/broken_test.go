package reducers

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"

	"github.com/capfold/capfold/pipeline"
	"github.com/capfold/capfold/pipeline/table"
)

// numbers is the input of reducers that are broken on purpose.
type numbers []int64

var numbersForm = form[numbers]{clone: slices.Clone[numbers], scribble: scribble[numbers]}

// digitSum is what they measure of the numbers that end in the same digit.
type digitSum struct {
	Sum, Count int64
	hidden     int64 // is not encoded
}

type digitRow = Row[int64, digitSum]

// digits returns a reducer that keeps the laws.
func digits() *Rollup[numbers, int64, digitSum] {
	return &Rollup[numbers, int64, digitSum]{
		Doc: table.Schema{Name: "digits", Row: "last digit", Order: "count, descending; digit", Doc: "Numbers by their last digit."},
		Fold: func(in numbers, at func(int64) *digitSum) {
			for _, n := range in {
				m := at(n % 10)
				m.Sum += n
				m.Count++
			}
		},
		Merge: func(into, from *digitSum) {
			into.Sum += from.Sum
			into.Count += from.Count
		},
		SortKeys: []func(*digitRow) uint64{func(r *digitRow) uint64 { return ^uint64(r.Value.Count) }},
		Compare: func(a, b *digitRow) int {
			return cmp.Or(cmp.Compare(b.Value.Count, a.Value.Count), cmp.Compare(a.Key, b.Key))
		},
		Columns: []table.Column[digitRow]{
			table.Int32s("digit", "", "last digit", func(r *digitRow) int64 { return r.Key }),
			table.Int64s("count", "packets", "how many", func(r *digitRow) int64 { return r.Value.Count }),
			table.Int64s("sum", "B", "their sum", func(r *digitRow) int64 { return r.Value.Sum + r.Value.hidden }),
		},
	}
}

// wrapped is a reducer whose partials do something instead of one of their methods.
type wrapped struct {
	pipeline.Reducer[numbers]
	add       func(p pipeline.Partial[numbers], in numbers)
	append    func(p pipeline.Partial[numbers], b []byte) ([]byte, error)
	unmarshal func(p pipeline.Partial[numbers], b []byte) error
}

type wrappedPartial struct {
	pipeline.Partial[numbers]
	w wrapped
}

func (w wrapped) New() pipeline.Partial[numbers] { return &wrappedPartial{w.Reducer.New(), w} }

func (p *wrappedPartial) Merge(o pipeline.Partial[numbers]) {
	p.Partial.Merge(o.(*wrappedPartial).Partial)
}

func (p *wrappedPartial) Add(in numbers) {
	if p.w.add != nil {
		p.w.add(p.Partial, in)
		return
	}
	p.Partial.Add(in)
}

func (p *wrappedPartial) AppendBinary(b []byte) ([]byte, error) {
	if p.w.append != nil {
		return p.w.append(p.Partial, b)
	}
	return p.Partial.AppendBinary(b)
}

func (p *wrappedPartial) UnmarshalBinary(b []byte) error {
	if p.w.unmarshal != nil {
		return p.w.unmarshal(p.Partial, b)
	}
	return p.Partial.UnmarshalBinary(b)
}

// TestLawsCatch checks that each law catches reducers that break it.
func TestLawsCatch(t *testing.T) {
	type kept struct{ Numbers []int64 }
	with := func(change func(*Rollup[numbers, int64, digitSum])) pipeline.Reducer[numbers] {
		r := digits()
		change(r)
		return r
	}
	for _, tt := range []struct {
		name, want string // the laws of which one is found broken, or none
		reducer    pipeline.Reducer[numbers]
	}{
		{"right", "", digits()},
		{"right, wrapped", "", wrapped{Reducer: digits()}},
		{"merge drops a field", "identity", with(func(r *Rollup[numbers, int64, digitSum]) {
			r.Merge = func(into, from *digitSum) { into.Sum += from.Sum }
		})},
		{"a new partial is not empty", "identity", with(func(r *Rollup[numbers, int64, digitSum]) {
			merge := r.Merge
			r.Merge = func(into, from *digitSum) { merge(into, from); into.Sum++ }
		})},
		{"first seen", "commutative|associative|split", with(func(r *Rollup[numbers, int64, digitSum]) {
			r.Merge = func(into, from *digitSum) {
				if into.Count == 0 {
					*into = *from
				}
				into.Count = max(into.Count, from.Count)
			}
		})},
		{"order of arrival", "commutative|associative|split|order", with(func(r *Rollup[numbers, int64, digitSum]) {
			r.SortKeys, r.Compare = nil, func(_, _ *digitRow) int { return 0 }
		})},
		{"sort key against the order", "order", with(func(r *Rollup[numbers, int64, digitSum]) {
			r.SortKeys = []func(*digitRow) uint64{func(r *digitRow) uint64 { return uint64(r.Value.Count) }}
		})},
		{"rank not total", "order", with(func(r *Rollup[numbers, int64, digitSum]) {
			r.Rank = func(a, b *digitRow) int { return cmp.Compare(a.Value.Count, b.Value.Count) }
		})},
		{"field not encoded", "codec", with(func(r *Rollup[numbers, int64, digitSum]) {
			fold, merge := r.Fold, r.Merge
			r.Fold = func(in numbers, at func(int64) *digitSum) {
				fold(in, at)
				for _, n := range in {
					at(n%10).hidden++
				}
			}
			r.Merge = func(into, from *digitSum) { merge(into, from); into.hidden += from.hidden }
		})},
		{"prefix overwritten", "codec", wrapped{Reducer: digits(), append: func(p pipeline.Partial[numbers], _ []byte) ([]byte, error) {
			return p.AppendBinary(nil)
		}}},
		{"input kept", "retention", &Listing[numbers, kept]{
			Doc: table.Schema{Name: "kept"},
			Fold: func(in numbers, to *table.Store[kept]) {
				if len(in) > 0 {
					to.Add(kept{in})
				}
			},
			Plan: table.Plan[kept]{Order: table.Order[kept]{
				Compare: func(a, b *kept) int { return slices.Compare(a.Numbers, b.Numbers) },
			}},
			Columns: []table.Column[kept]{text("numbers", "the numbers", func(r *kept) string { return fmt.Sprint(r.Numbers) })},
		}},
		{"garbage taken", "garbage", wrapped{Reducer: digits(), unmarshal: func(p pipeline.Partial[numbers], b []byte) error {
			_ = p.UnmarshalBinary(b)
			return nil
		}}},
		{"Int32 column too large", "table", with(func(r *Rollup[numbers, int64, digitSum]) {
			r.Columns[0] = table.Int32s("digit", "", "last digit", func(r *digitRow) int64 { return r.Key << 40 })
		})},
		{"rows not distinct", "table", with(func(r *Rollup[numbers, int64, digitSum]) {
			r.Columns[0] = table.Int32s("digit", "", "last digit", func(*digitRow) int64 { return 1 })
		})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var err error
			for seed := range uint64(50) {
				inputs := []numbers{{1, 11, 2}, {3, 13, 21}, {}, {25, 2, 7}, {1001}, {7}}
				if err = lawsOf(tt.reducer, numbersForm, inputs, rand.New(rand.NewPCG(seed, 1))).check(); err != nil {
					break
				}
			}
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("laws.check = %v, want nil", err)
			case tt.want != "" && (err == nil || !regexp.MustCompile("law of ("+tt.want+"):").MatchString(err.Error())):
				t.Errorf("laws.check = %v, want the law of %s broken", err, tt.want)
			}
		})
	}
}
