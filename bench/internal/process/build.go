package process

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// module is the one that the programs that measure belong to and run in.
const module = "github.com/capfold/capfold"

// Build builds a program of this module, from the folder pkg, as a file at path.
func Build(ctx context.Context, path, pkg string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", path, module+"/"+pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}
	return nil
}

// Capfold returns the path of the capfold to measure: of the one that was asked for, or, if
// that is empty, of one that it builds in dir.
func Capfold(ctx context.Context, asked, dir string) (string, error) {
	if asked != "" {
		return filepath.Abs(asked)
	}
	path := filepath.Join(dir, "capfold")
	return path, Build(ctx, path, "cmd/capfold")
}
