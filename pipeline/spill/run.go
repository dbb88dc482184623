package spill

import (
	"fmt"
	"hash/crc32"
	"reflect"
	"unsafe"

	"github.com/klauspost/compress/s2"

	"github.com/capfold/capfold/pipeline/slab"
)

// blockLen is about how many bytes of elements are compressed, checked and read at a
// time. A merge holds two such buffers for every run.
const blockLen = 64 << 10

// Run is a sequence of elements in a file, in the order in which they were written. It is
// immutable; any number of readers may be open at a time.
type Run[E any] struct {
	file   *File
	blocks []block
	n      int
}

// block is where a part of a run is.
type block struct {
	offset int64
	length uint32 // in the file
	sum    uint32 // CRC-32C of that
	n      uint32 // elements
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Len returns the number of elements.
func (r *Run[E]) Len() int { return r.n }

// Writer writes a run. One goroutine at a time may use it.
type Writer[E any] struct {
	run        Run[E]
	pending    []E
	compressed []byte
	err        error
}

// NewWriter begins a run in f. E must be free of pointers: elements are written as they
// lie in memory.
func NewWriter[E any](f *File) *Writer[E] {
	if t := reflect.TypeFor[E](); slab.HasPointers(t) {
		panic(fmt.Sprintf("spill: %v has pointers", t))
	}
	perBlock := max(1, blockLen/int(unsafe.Sizeof(*new(E))))
	return &Writer[E]{run: Run[E]{file: f}, pending: make([]E, 0, perBlock)}
}

// Write appends elements to the run. It keeps nothing of es. After an error it does
// nothing; Close returns the error.
func (w *Writer[E]) Write(es ...E) {
	for len(es) > 0 {
		n := min(len(es), cap(w.pending)-len(w.pending))
		w.pending = append(w.pending, es[:n]...)
		es = es[n:]
		if len(w.pending) == cap(w.pending) {
			w.flush()
		}
	}
}

func (w *Writer[E]) flush() {
	if w.err == nil && len(w.pending) > 0 {
		w.compressed = s2.Encode(w.compressed[:cap(w.compressed)], bytesOf(w.pending))
		b := block{
			length: uint32(len(w.compressed)),
			sum:    crc32.Checksum(w.compressed, castagnoli),
			n:      uint32(len(w.pending)),
		}
		if b.offset, w.err = w.run.file.append(w.compressed); w.err == nil {
			w.run.blocks = append(w.run.blocks, b)
			w.run.n += len(w.pending)
		}
	}
	w.pending = w.pending[:0]
}

// Close ends the run and returns it. The writer may be used for another run then, in the
// same file.
func (w *Writer[E]) Close() (Run[E], error) {
	w.flush()
	run := w.run
	w.run = Run[E]{file: run.file}
	return run, w.err
}

// Reader reads a run from its beginning. One goroutine at a time may use it.
type Reader[E any] struct {
	run        *Run[E]
	next       int // index of the next block
	compressed []byte
	elements   []E
}

// Reader returns a reader of the run.
func (r *Run[E]) Reader() *Reader[E] { return &Reader[E]{run: r} }

// Next returns the next elements, at least one, or none at the end. They are valid until
// the next call.
func (r *Reader[E]) Next() ([]E, error) {
	if r.next == len(r.run.blocks) {
		return nil, nil
	}
	b := &r.run.blocks[r.next]
	r.next++
	if cap(r.compressed) < int(b.length) {
		r.compressed = make([]byte, b.length)
	}
	if cap(r.elements) < int(b.n) {
		r.elements = make([]E, b.n)
	}
	r.compressed, r.elements = r.compressed[:b.length], r.elements[:b.n]
	fail := func(err error) error {
		return fmt.Errorf("temporary file in %s: offset %d: %w", r.run.file.memory.dir, b.offset, cause(err))
	}
	if _, err := r.run.file.file.ReadAt(r.compressed, b.offset); err != nil {
		return nil, fail(err)
	}
	if sum := crc32.Checksum(r.compressed, castagnoli); sum != b.sum {
		return nil, fail(fmt.Errorf("a block was written with checksum %08x and is read with %08x", b.sum, sum))
	}
	into := bytesOf(r.elements)
	if out, err := s2.Decode(into, r.compressed); err != nil {
		return nil, fail(err)
	} else if len(out) != len(into) {
		return nil, fail(fmt.Errorf("a block has %d bytes instead of %d", len(out), len(into)))
	}
	return r.elements, nil
}

// bytesOf returns the memory of es.
func bytesOf[E any](es []E) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(es))), len(es)*int(unsafe.Sizeof(*new(E))))
}
