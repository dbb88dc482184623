package sinks

import (
	"encoding/json"
	"fmt"
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
		Tables: make(map[string]Table, len(tables)), Files: []FileInfo{},
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
		m.Tables[t.Schema.Name] = Table{Schema: t.Schema, Rows: t.Rows, Files: []FileInfo{}}
	}
	for _, f := range dir.Files() {
		if f.table == "" {
			m.Files = append(m.Files, f)
			continue
		}
		t, known := m.Tables[f.table]
		if !known {
			return nil, fmt.Errorf("manifest: %s belongs to unknown table %s", f.Path, f.table)
		}
		t.Files = append(t.Files, f)
		m.Tables[f.table] = t
	}
	return m, nil
}

// WriteManifest writes m to manifest.json. It is the last file before Commit.
func WriteManifest(dir *Directory, m *Manifest) error {
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
func ReadManifest(dir string) (*Manifest, error) {
	if err := ours(dir); err != nil {
		return nil, fmt.Errorf("read result %s: %w", dir, err)
	}
	data, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		return nil, fmt.Errorf("read result: %w", err)
	}
	m := new(Manifest)
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("read result %s: %s: %w", dir, manifestName, err)
	}
	if m.SchemaVersion > SchemaVersion {
		return nil, fmt.Errorf("read result %s: schema version %d is newer than %d, written by capfold %s",
			dir, m.SchemaVersion, SchemaVersion, m.Version)
	}
	return m, nil
}
