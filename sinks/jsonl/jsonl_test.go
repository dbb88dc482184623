package jsonl

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/sinks/sinktest"
)

func TestSink(t *testing.T) { sinktest.Run(t, New, readLines) }

// readLines reads a file with encoding/json, token by token to see the order of keys.
func readLines(t testing.TB, path string, s table.Schema) (columns []string, rows [][]any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for scanner := bufio.NewScanner(bytes.NewReader(data)); scanner.Scan(); {
		decoder := json.NewDecoder(bytes.NewReader(scanner.Bytes()))
		decoder.UseNumber()
		var names []string
		var row []any
		for first := true; ; first = false {
			key, err := decoder.Token()
			if err != nil {
				t.Fatalf("line %d of %s: %v", len(rows)+1, path, err)
			}
			if first {
				continue // the brace
			}
			name, ok := key.(string)
			if !ok {
				break
			}
			token, err := decoder.Token()
			if err != nil {
				t.Fatalf("line %d of %s, key %s: %v", len(rows)+1, path, name, err)
			}
			row, names = append(row, value(t, token, s.Fields[len(names)].Type)), append(names, name)
		}
		if decoder.More() || decoder.InputOffset() != int64(len(scanner.Bytes())) {
			t.Fatalf("line %d of %s has more than one object", len(rows)+1, path)
		}
		columns, rows = names, append(rows, row)
	}
	if len(data) > 0 && data[len(data)-1] != '\n' {
		t.Errorf("%s does not end with a line feed", path)
	}
	return columns, rows
}

// value turns a JSON token into what package sinktest compares.
func value(t testing.TB, token json.Token, typ table.Type) any {
	t.Helper()
	var result any
	var err error
	switch typ {
	case table.Int32, table.Int64:
		if n, ok := token.(json.Number); ok {
			result, err = n.Int64()
		}
	case table.Double:
		if n, ok := token.(json.Number); ok {
			result, err = n.Float64()
		}
	case table.String:
		result = token
	case table.Timestamp:
		if s, ok := token.(string); ok {
			var instant time.Time
			instant, err = time.Parse("2006-01-02T15:04:05.000000Z", s)
			result = instant.UnixMicro()
		}
	case table.Binary16:
		if s, ok := token.(string); ok {
			var b []byte
			b, err = hex.DecodeString(s)
			result = [16]byte(b)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if result == nil && token != nil {
		t.Fatalf("token %#v in a column of type %v", token, typ)
	}
	return result
}
