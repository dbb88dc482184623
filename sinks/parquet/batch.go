package parquet

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/capfold/capfold/pipeline/table"
)

// batch is a few pages of a row group, of all columns, while they are encoded. Its memory is
// reused.
type batch struct {
	group *rowGroup
	first int // number of the first page in group
	part  *table.Table
	found []found // in each page and column, see foundIn
}

// reset makes b the batch of the rows of part, which come next in g.
func (b *batch) reset(g *rowGroup, part *table.Table) {
	b.group, b.part, b.first = g, part, g.rows/RowsPerPage
	g.rows += part.Rows
	for len(b.found) < b.pages()*b.columns() {
		b.found = append(b.found, found{})
	}
}

func (b *batch) pages() int   { return pagesOf(b.part.Rows) }
func (b *batch) columns() int { return len(b.part.Schema.Fields) }

// page returns page n of the batch of a column.
func (b *batch) page(n, column int) *page { return &b.group.chunks[column].pages[b.first+n] }

// foundIn returns what is found in page n of a column whose values may occur again and again.
func (b *batch) foundIn(n, column int) *found { return &b.found[n*b.columns()+column] }

// assembly is a table on its way into a file: batch for batch into row groups, and row
// group for row group into the file.
type assembly struct {
	*sink
	w       *writer
	columns []column
	running *errgroup.Group

	group    *rowGroup     // the one that batches are added to, nil if there is none
	numbered chan struct{} // closed when dictionaries have the values of the last batch
	written  chan struct{} // closed when the last full row group is written
}

// writeRows writes t as a Parquet file. Pages are encoded as many at a time as there are
// encoders, provided that the table lets go of its parts. Dictionaries grow and row groups
// are written in their order.
func (s *sink) writeRows(ctx context.Context, w *writer, t *table.Table) error {
	running, ctx := errgroup.WithContext(ctx)
	none := make(chan struct{})
	close(none)
	a := &assembly{sink: s, w: w, columns: columnsOf(t), running: running, numbered: none, written: none}
	err := a.encode(ctx, t)
	failed := running.Wait()
	if a.group != nil { // it was not finished
		s.release(a.group)
	}
	switch {
	case failed != nil:
		return failed
	case err != nil:
		return err
	}
	return w.close()
}

// encode starts the encoding of all rows.
func (a *assembly) encode(ctx context.Context, t *table.Table) error {
	turn, err := take(ctx, a.turns) // who has one waits for the numberings of those who had one before at most
	if err != nil {
		return err
	}
	defer func() { a.turns <- turn }()
	left := t.Rows
	for part, err := range t.Parts(pagesPerBatch * RowsPerPage) {
		if err != nil {
			return err
		}
		if part.Rows > left {
			return fmt.Errorf("more rows than the %d of the table", t.Rows)
		}
		if a.group == nil {
			if a.group, err = take(ctx, a.groups); err != nil {
				return err
			}
			a.group.reset(min(left, RowsPerGroup), len(a.columns))
		}
		b, err := take(ctx, a.batches)
		if err != nil {
			return err
		}
		b.reset(a.group, part)
		left -= part.Rows
		if read := a.start(ctx, b); !t.InMemory() {
			<-read // part is valid no longer; cannot block for long
		}
		if left == 0 || a.group.rows == RowsPerGroup {
			a.end(ctx)
		}
	}
	if left != 0 {
		return fmt.Errorf("%d rows, the table has %d", t.Rows-left, t.Rows)
	}
	return nil
}

// take returns what is free of something. It waits only for what others use who do not wait.
func take[T any](ctx context.Context, free <-chan T) (x T, err error) {
	if err := context.Cause(ctx); err != nil {
		return x, err
	}
	select {
	case x = <-free:
		return x, nil
	case <-ctx.Done():
		return x, context.Cause(ctx)
	}
}

// start starts the encoding of a batch. The channel it returns is closed when the rows have
// been read.
func (a *assembly) start(ctx context.Context, b *batch) <-chan struct{} {
	before, after, read := a.numbered, make(chan struct{}), make(chan struct{})
	a.numbered = after
	a.running.Go(func() error {
		defer func() { a.batches <- b }()
		defer close(after)
		err := a.read(ctx, b)
		close(read)
		<-before // cannot block for long: batches wait for earlier ones only
		if err != nil {
			return err
		}
		return a.number(ctx, b)
	})
	return read
}

// end starts what is left to do for the row group when its last batch is encoded.
func (a *assembly) end(ctx context.Context) {
	g, numbered, before, after := a.group, a.numbered, a.written, make(chan struct{})
	a.group, a.written = nil, after
	a.running.Go(func() error {
		defer a.release(g)
		defer close(after)
		<-numbered // neither this nor the other can block for long: what is before waits for earlier ones only
		err := a.finish(ctx, g)
		a.releaseNumberings(g)
		<-before
		if err != nil {
			return err
		}
		return a.w.writeGroup(g, a.columns)
	})
}

// read encodes the pages of a batch page by page, so that rows are looked at once. Of
// columns whose values may occur again and again it finds the values.
func (a *assembly) read(ctx context.Context, b *batch) error {
	read := columnsToRead(b.part)
	tasks := make([]task, b.pages())
	for n := range tasks {
		tasks[n] = func(_ context.Context, enc *encoder) error { return enc.page(b, n, a.columns, read) }
	}
	return a.run(ctx, tasks)
}

// number encodes what was found, which takes the dictionaries of all batches before.
func (a *assembly) number(ctx context.Context, b *batch) error {
	if g := b.group; g.numberings == nil {
		n, err := take(ctx, a.numberings)
		if err != nil {
			return err
		}
		g.number(n, b.part, a.columns)
	}
	var tasks []task
	for _, i := range columnsToRead(b.part) {
		if a.columns[i].repeats {
			tasks = append(tasks, func(ctx context.Context, enc *encoder) error { return enc.repeats(ctx, b, a.columns, i) })
		}
	}
	return a.run(ctx, tasks)
}

// finish encodes the dictionaries of a row group.
func (a *assembly) finish(ctx context.Context, g *rowGroup) error {
	var tasks []task
	for i := range a.columns {
		if g.chunks[i].indexed > 0 {
			tasks = append(tasks, func(_ context.Context, enc *encoder) error { return enc.dictionaryPage(g, &a.columns[i]) })
		}
	}
	return a.run(ctx, tasks)
}

// releaseNumberings lets others have those of a row group.
func (s *sink) releaseNumberings(g *rowGroup) {
	if g.numberings != nil {
		s.numberings <- g.numberings
		g.numberings = nil
	}
}

// release lets others have a row group.
func (s *sink) release(g *rowGroup) {
	s.releaseNumberings(g)
	g.pile.release()
	s.groups <- g
}

// task is a part of the work on a batch or a row group that is done with one encoder.
type task func(context.Context, *encoder) error

// run carries tasks out, as many at the same time as there are encoders.
func (s *sink) run(ctx context.Context, tasks []task) error {
	running, ctx := errgroup.WithContext(ctx)
	running.SetLimit(cap(s.encoders))
	for _, t := range tasks {
		running.Go(func() error {
			e := <-s.encoders // cannot block for long: encoders wait for rows to be sorted at most
			defer func() { s.encoders <- e }()
			if err := context.Cause(ctx); err != nil {
				return err
			}
			return t(ctx, e)
		})
	}
	return running.Wait()
}

// columnsToRead returns the columns of a part but those that are made of the same keys as
// one before them.
func columnsToRead(part *table.Table) []int {
	var read []int
	for i := range part.Schema.Fields {
		if k := part.Keyed(i); k.Append == nil || k.Source == i {
			read = append(read, i)
		}
	}
	return read
}
