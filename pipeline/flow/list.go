package flow

// list is a list in chunks, so that it grows without being copied. The zero list is empty.
type list[T any] struct {
	chunks []*[listChunk]T
	n      uint32
}

const listChunk = 1 << 9

func (l *list[T]) at(i uint32) *T { return &l.chunks[i/listChunk][i%listChunk] }

func (l *list[T]) append(v T) {
	if int(l.n/listChunk) == len(l.chunks) {
		l.chunks = append(l.chunks, new([listChunk]T))
	}
	l.n++
	*l.at(l.n - 1) = v
}

// truncate drops all but the first n.
func (l *list[T]) truncate(n uint32) {
	l.n = n
	keep := (n + listChunk - 1) / listChunk
	clear(l.chunks[keep:])
	l.chunks = l.chunks[:keep]
}
