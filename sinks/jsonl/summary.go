package jsonl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks"
)

// summaryName is the path of the summary in an output directory.
const summaryName = "summary.json"

// Summary is the short form of a result, what a dashboard reads: totals, and the top of
// every table.
type Summary struct {
	Version string // of capfold
	Totals  []Total
	Tables  []*table.Table // as they shall appear, so cut by table.Top; names differ
}

// Total is a number or another simple value under a name. The value is anything that
// package encoding/json knows; a [time.Time] gets the form it has in tables.
type Total struct {
	Name  string
	Value any
}

// summaryRows is how many rows of a summary are written at a time: it is the last of all that
// is written, and the whole would be more memory than what is left of anything else.
const summaryRows = 256

// WriteSummary writes s to summary.json in dir.
func WriteSummary(dir *sinks.Directory, s Summary) error {
	f, err := dir.Create(summaryName)
	if err != nil {
		return err
	}
	defer f.Discard()
	if err := RenderSummary(f, s); err != nil {
		return fmt.Errorf("write %s: %w", summaryName, err)
	}
	return f.Close()
}

// RenderSummary writes the same bytes as [WriteSummary] to w: an indented document with
// one line for each total and each row.
func RenderSummary(w io.Writer, s Summary) error {
	b := []byte("{\n  \"generator\": ")
	b = appendString(b, []byte(sinks.Generator))
	b = append(b, ",\n  \"version\": "...)
	b = appendString(b, []byte(s.Version))
	b = append(b, ",\n  \"schema_version\": "...)
	b = strconv.AppendInt(b, sinks.SchemaVersion, 10)
	b = append(b, ",\n  \"totals\": "...)
	b, err := appendTotals(b, s.Totals)
	if err != nil {
		return err
	}
	b = append(b, ",\n  \"tables\": {"...)
	var c chunk
	for i, t := range s.Tables {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, "\n    "...)
		b = appendString(b, []byte(t.Schema.Name))
		b = append(b, ": ["...)
		keys := keysOf(t.Schema)
		for from := 0; from < t.Rows; from += summaryRows {
			b = c.append(b, t, keys, "\n      ", ",", from, min(from+summaryRows, t.Rows))
			last := len(b) - 1
			if _, err := w.Write(b[:last]); err != nil {
				return err
			}
			b = append(b[:0], ',')
		}
		if t.Rows > 0 {
			b = append(b[:0], "\n    "...) // instead of the last comma
		}
		b = append(b, ']')
	}
	if len(s.Tables) > 0 {
		b = append(b, "\n  "...)
	}
	b = append(b, "}\n}\n"...)
	_, err = w.Write(b)
	return err
}

// appendTotals appends totals as an object, in their order.
func appendTotals(b []byte, totals []Total) ([]byte, error) {
	b = append(b, '{')
	for i, t := range totals {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, "\n    "...)
		b = appendString(b, []byte(t.Name))
		b = append(b, ": "...)
		if instant, ok := t.Value.(time.Time); ok {
			b = appendTime(b, instant.UnixMicro())
			continue
		}
		var value bytes.Buffer
		encoder := json.NewEncoder(&value)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(t.Value); err != nil {
			return nil, fmt.Errorf("total %s: %w", t.Name, err)
		}
		b = append(b, bytes.TrimSuffix(value.Bytes(), []byte("\n"))...)
	}
	if len(totals) > 0 {
		b = append(b, "\n  "...)
	}
	return append(b, '}'), nil
}
