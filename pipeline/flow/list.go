package flow

import (
	"iter"

	"github.com/capfold/capfold/pipeline/slab"
)

// list is a list in chunks, so that it grows without being copied. The zero list is empty.
type list[T any] struct {
	chunks []*slab.Slab
	n      uint32
	slabs  *slab.Pool // where chunks come from
}

func (l *list[T]) at(i uint32) *T {
	per := uint32(slab.Fit[T]())
	return slab.At[T](l.chunks[i/per], int(i%per))
}

// parts yields what is in each chunk.
func (l *list[T]) parts() iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		left := int(l.n)
		for _, c := range l.chunks {
			part := slab.Of[T](c)
			part = part[:min(len(part), left)]
			if left -= len(part); !yield(part) {
				return
			}
		}
	}
}

func (l *list[T]) append(v T) {
	if int(l.n)/slab.Fit[T]() == len(l.chunks) {
		l.chunks = append(l.chunks, l.slabs.Get())
	}
	l.n++
	*l.at(l.n - 1) = v
}

// recycle has l, which must be empty, take its memory from slabs.
func (l *list[T]) recycle(slabs *slab.Pool) {
	slab.Check[T]()
	l.slabs = slabs
}

// truncate drops all but the first n.
func (l *list[T]) truncate(n uint32) {
	l.n = n
	per := uint32(slab.Fit[T]())
	keep := (n + per - 1) / per
	l.slabs.Put(l.chunks[keep:]...)
	clear(l.chunks[keep:])
	l.chunks = l.chunks[:keep]
}

// free gives the memory of l back. l is empty then.
func (l *list[T]) free() {
	l.slabs.Put(l.chunks...)
	*l = list[T]{slabs: l.slabs}
}
