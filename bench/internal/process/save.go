package process

import (
	"encoding/json"
	"os"
)

// Save writes what a benchmark found to a file, as indented JSON. No file is asked for by
// an empty path.
func Save(path string, found any) error {
	if path == "" {
		return nil
	}
	text, err := json.MarshalIndent(found, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
