package sinks

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/capfold/capfold/pipeline/table"
)

// manifestName is the path of the manifest in an output directory.
const manifestName = "manifest.json"

// Manifest says what an output directory holds and out of what it was made. It depends
// only on the inputs and the options that shape the result: there is no time of day, no
// host and no number of workers in it.
type Manifest struct {
	Generator     string           `json:"generator"` // "capfold"
	Version       string           `json:"version"`
	SchemaVersion int              `json:"schema_version"`
	Options       map[string]any   `json:"options"`
	Inputs        []Input          `json:"inputs"`
	Totals        map[string]any   `json:"totals,omitempty"` // of summary.json
	Tables        map[string]Table `json:"tables"`           // by name
	Files         []FileInfo       `json:"files"`            // that belong to no table
}

// Input is a capture that was analysed.
type Input struct {
	Path    string `json:"path"`
	Format  string `json:"format"`
	Bytes   int64  `json:"bytes"` // as stored, so compressed where the file is
	Packets int64  `json:"packets"`
	SHA256  string `json:"sha256,omitempty"`
}

// Table is a table of a result and the files that hold it.
type Table struct {
	Schema table.Schema `json:"schema"`
	Rows   int          `json:"rows"`
	Files  []FileInfo   `json:"files"`
}

// NewManifest returns the manifest of what has been written to dir: tables are those of
// the result in full, files are found by themselves. It fails if dir has a file of a
// table that is not among tables.
func NewManifest(dir *Directory, version string, options map[string]any, inputs []Input, tables []*table.Table) (*Manifest, error) {
	m := &Manifest{
		Generator: Generator, Version: version, SchemaVersion: SchemaVersion,
		Options: options, Inputs: inputs,
		Tables: make(map[string]Table, len(tables)),
	}
	if m.Options == nil {
		m.Options = map[string]any{}
	}
	if m.Inputs == nil {
		m.Inputs = []Input{}
	}
	for _, t := range tables {
		if _, twice := m.Tables[t.Schema.Name]; twice {
			return nil, fmt.Errorf("manifest: table %s is given twice", t.Schema.Name)
		}
		m.Tables[t.Schema.Name] = Table{Schema: t.Schema, Rows: t.Rows}
	}
	if err := m.Update(dir); err != nil {
		return nil, err
	}
	return m, nil
}

// Update sets the files that m lists to those that dir has.
func (m *Manifest) Update(dir *Directory) error {
	m.Files = []FileInfo{}
	for name, t := range m.Tables {
		t.Files = []FileInfo{}
		m.Tables[name] = t
	}
	for _, f := range dir.Files() {
		if f.table == "" {
			m.Files = append(m.Files, f)
			continue
		}
		t, known := m.Tables[f.table]
		if !known {
			return fmt.Errorf("manifest: %s belongs to unknown table %s", f.Path, f.table)
		}
		t.Files = append(t.Files, f)
		m.Tables[f.table] = t
	}
	return nil
}

// Stored returns m as [ReadManifest] has it once m has been written. That is how numbers,
// instants and structures in Options and Totals look to whoever has the directory only.
func (m *Manifest) Stored() (*Manifest, error) {
	text, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	stored, err := decodeManifest(text)
	if err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	return stored, nil
}

// decodeManifest keeps numbers in Options and Totals as they are written.
func decodeManifest(text []byte) (*Manifest, error) {
	m := new(Manifest)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return m, decoder.Decode(m)
}

// WriteManifest writes m to manifest.json. It is the last file before Commit. What
// ReadManifest makes of it is written as the same bytes.
func WriteManifest(dir *Directory, m *Manifest) error {
	m, err := m.Stored()
	if err != nil {
		return err
	}
	f, err := dir.Create(manifestName)
	if err != nil {
		return err
	}
	defer f.Discard()
	encoder := json.NewEncoder(f)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(m); err != nil {
		return fmt.Errorf("write %s: %w", manifestName, err)
	}
	return f.Close()
}

// ReadManifest returns the manifest of a directory that was committed. The error wraps
// [ErrNotOurs] if it has none of capfold, and says so if its schema version is newer.
// Numbers in Options and Totals are json.Number, so that none changes when it is written.
func ReadManifest(dir string) (*Manifest, error) {
	if err := hasManifest(dir); err != nil {
		return nil, fmt.Errorf("read result %s: %w", dir, err)
	}
	if err := ours(dir); err != nil {
		return nil, fmt.Errorf("read result %s: %w", dir, err)
	}
	data, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		return nil, fmt.Errorf("read result: %w", err)
	}
	m, err := decodeManifest(data)
	if err != nil {
		return nil, fmt.Errorf("read result %s: %s: %w", dir, manifestName, err)
	}
	if m.SchemaVersion > SchemaVersion {
		return nil, fmt.Errorf("read result %s: schema version %d is newer than %d, written by capfold %s",
			dir, m.SchemaVersion, SchemaVersion, m.Version)
	}
	return m, nil
}

// hasManifest tells more of a directory that is no result than ours, which is about those
// that may be replaced.
func hasManifest(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fs.ErrNotExist
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("is not a directory, %w", ErrNotOurs)
	}
	if _, err = os.Stat(filepath.Join(dir, manifestName)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: it has no %s", ErrNotOurs, manifestName)
	}
	return err
}
