package parquet

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"

	"github.com/capfold/capfold/pipeline/table"
)

// load appends the values of a column in a piece to v, as [table.Groups] asks for.
func (s *storedTable) load(piece, column int, v *table.Vector) error {
	field := &s.schema.Fields[column]
	if err := s.loadPages(piece, column, v, field); err != nil {
		return fmt.Errorf("%s: %w: row group %d, column %s: %w", s.path, ErrCorrupt, s.pieces[piece].group, field.Name, err)
	}
	return nil
}

func (s *storedTable) loadPages(number, column int, v *table.Vector, field *table.Field) error {
	piece, rows := s.pieces[number], s.lens[number]
	chunk := s.file.RowGroups()[piece.group].ColumnChunks()[column]
	last := piece.from+rows == int(s.file.Metadata().RowGroups[piece.group].NumRows)
	data, err := s.checkPages(piece.group, column)
	if err != nil {
		return err
	}
	var pages parquet.Pages
	if err := guard(func() error {
		if piece.from > 0 { // the index tells where its pages begin; without one, all before are read
			index, err := chunk.OffsetIndex()
			if err == nil {
				err = checkIndex(index, data)
			}
			if err != nil {
				return err
			}
		}
		pages = chunk.Pages()
		return pages.SeekToRow(int64(piece.from))
	}); err != nil {
		if pages != nil {
			_ = pages.Close()
		}
		return err
	}
	defer pages.Close()
	for {
		if rows == 0 && !last {
			return nil
		}
		p, err := readPage(pages)
		switch {
		case errors.Is(err, io.EOF) && rows > 0:
			return fmt.Errorf("%d rows are missing", rows)
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		n := p.NumRows()
		if n > int64(rows) {
			err = fmt.Errorf("%d rows too many", n-int64(rows))
		} else {
			rows -= int(n)
			err = appendPage(v, p, field)
		}
		parquet.Release(p)
		if err != nil {
			return err
		}
	}
}

func readPage(pages parquet.Pages) (p parquet.Page, err error) {
	err = guard(func() error {
		p, err = pages.ReadPage()
		return err
	})
	return p, err
}

// appendPage appends the values of a page to v. Absent ones are zero there.
func appendPage(v *table.Vector, p parquet.Page, f *table.Field) error {
	rows := int(p.NumRows())
	before := v.Nulls
	if f.Nullable {
		levels := p.DefinitionLevels()
		if len(levels) != rows {
			return fmt.Errorf("%d levels for %d rows", len(levels), rows)
		}
		for _, level := range levels {
			v.Nulls = append(v.Nulls, level == 0)
		}
	}
	nulls := v.Nulls[len(before):]
	there := rows
	for _, null := range nulls {
		if null {
			there--
		}
	}
	data := p.Data()
	var n int
	var err error
	switch f.Type {
	case table.Int32:
		if data.Kind() != encoding.Int32 || p.Dictionary() != nil {
			return errUnknown
		}
		n, v.Ints = spread(v.Ints, data.Int32(), nulls)
	case table.Int64, table.Timestamp:
		if data.Kind() != encoding.Int64 {
			return errUnknown
		}
		if f.Type == table.Timestamp && slices.ContainsFunc(data.Int64(), impossible) {
			return errTime
		}
		n, v.Ints = spread(v.Ints, data.Int64(), nulls)
	case table.Double:
		if data.Kind() != encoding.Double {
			return errUnknown
		}
		n, v.Floats = spread(v.Floats, data.Double(), nulls)
	default:
		n, err = appendTexts(v, p, data, nulls, there)
	}
	if err == nil && n != there {
		err = fmt.Errorf("%d values, %d are needed", n, there)
	}
	return err
}

// errUnknown is about pages that this package does not write.
var errUnknown = errors.New("a page in an encoding that capfold does not write")

// errTime is about times that no packet can have: what works with the times of a result
// counts on it that they are not further apart than an int64 of nanoseconds can tell.
var errTime = errors.New("a time that is no int64 of nanoseconds since the epoch")

// impossible reports whether a Timestamp is none of a packet.
func impossible(micros int64) bool {
	return micros < math.MinInt64/1000-1 || micros > math.MaxInt64/1000
}

// spread appends values to dst with a zero wherever one is absent; nulls is empty if none
// is. It returns how many values there are.
func spread[T, S int32 | int64 | float64](dst []T, values []S, nulls []bool) (int, []T) {
	if len(nulls) == 0 {
		dst = slices.Grow(dst, len(values))
		for _, x := range values {
			dst = append(dst, T(x))
		}
		return len(values), dst
	}
	dst = slices.Grow(dst, len(nulls))
	next := 0
	for _, null := range nulls {
		var x T
		if !null && next < len(values) {
			x = T(values[next])
			next++
		}
		dst = append(dst, x)
	}
	return len(values), dst
}

// appendTexts appends the strings or binaries of a page, and returns how many there are.
func appendTexts(v *table.Vector, p parquet.Page, data encoding.Values, nulls []bool, there int) (int, error) {
	var numbers []int32 // of values in the dictionary
	d := p.Dictionary()
	if d != nil {
		if data.Kind() != encoding.Int32 {
			return 0, errUnknown
		}
		numbers, data = data.Int32(), d.Page().Data()
	}
	values, err := textsOf(data)
	if err != nil {
		return 0, err
	}
	n := values.n
	if d != nil {
		n = len(numbers)
		for _, x := range numbers {
			if x < 0 || int(x) >= values.n {
				return 0, fmt.Errorf("value %d of a dictionary that has %d", x, values.n)
			}
		}
	}
	if n != there {
		return n, nil
	}
	rows := max(there, len(nulls))
	v.Ends = slices.Grow(v.Ends, rows)
	next := 0
	for i := range rows {
		if len(nulls) == 0 || !nulls[i] {
			at := next
			if d != nil {
				at = int(numbers[next])
			}
			v.Bytes = append(v.Bytes, values.at(at)...)
			next++
		}
		v.Ends = append(v.Ends, len(v.Bytes))
	}
	return n, nil
}

// texts are strings, each between two offsets, or binaries of the same length.
type texts struct {
	data    []byte
	offsets []uint32
	size    int
	n       int
}

func textsOf(data encoding.Values) (texts, error) {
	switch data.Kind() {
	case encoding.ByteArray:
		t := texts{}
		t.data, t.offsets = data.ByteArray()
		t.n = max(0, len(t.offsets)-1)
		return t, nil
	case encoding.FixedLenByteArray:
		t := texts{}
		if t.data, t.size = data.FixedLenByteArray(); t.size <= 0 {
			return t, errUnknown
		}
		t.n = len(t.data) / t.size
		return t, nil
	default:
		return texts{}, errUnknown
	}
}

func (t *texts) at(i int) []byte {
	if t.size > 0 {
		return t.data[i*t.size : (i+1)*t.size]
	}
	return t.data[t.offsets[i]:t.offsets[i+1]]
}
