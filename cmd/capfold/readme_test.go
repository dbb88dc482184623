package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/capfold/capfold/reducers"
)

// TestReadme runs the commands in README.md's console blocks, all of them in the order of
// the page, and compares what they print with what the page shows. A line "…" at the end
// stands for more. Blocks that begin with "```console no-test" are left out, and so are
// commands of others than capfold.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Skipf("there is no README to test: %v", err)
	}
	commands := consoleCommands(string(data))
	if len(commands) == 0 {
		t.Fatal("README.md shows no command of capfold")
	}
	dir := repositoryView(t)
	for _, c := range commands {
		t.Run(fmt.Sprintf("line %d", c.line), func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			cmd := exec.CommandContext(t.Context(), "sh", "-eu", "-c", c.command)
			cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
			if err := cmd.Run(); err != nil {
				t.Fatalf("README.md, line %d: %s: %v\n%s", c.line, c.command, err, &stderr)
			}
			got, want := stdout.String(), c.output
			if shown, more := strings.CutSuffix(want, "…\n"); more {
				want, got = shown, got[:min(len(shown), len(got))]
			}
			if c.output != "" && got != want {
				t.Errorf("README.md, line %d: output of %s (-page +got):\n%s", c.line, c.command, cmp.Diff(lines(want), lines(got)))
			}
		})
	}
}

// TestGoldenDictionary checks that docs/tables.md is what capfold tables prints, behind
// an introduction of its own.
func TestGoldenDictionary(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "tables.md")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("there is no page with the data dictionary: %v", err)
	}
	introduction, page, _ := strings.Cut(string(data), "\n## ")
	want := capfold(t, "tables")
	if *update {
		if err := os.WriteFile(path, []byte(introduction+"\n"+want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(lines("## "+page), lines(want)); diff != "" {
		t.Errorf("docs/tables.md (-page +capfold tables), make golden rewrites it:\n%s", diff)
	}
}

// TestReadmeTables checks that README.md's list of tables is that of the registry.
func TestReadmeTables(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Skipf("there is no README to test: %v", err)
	}
	for _, a := range reducers.Registry() {
		s := a.Schema()
		sentence, _, _ := strings.Cut(s.Doc, ". ")
		want := strings.Join([]string{"| `" + s.Name + "`", s.Row, strings.TrimSuffix(sentence, ".") + ". |\n"}, " | ")
		if !strings.Contains(string(data), want) {
			t.Errorf("README.md lacks the line\n%s", want)
		}
	}
}

// consoleCommand is a command on a page, and what is shown below it.
type consoleCommand struct {
	line            int
	command, output string
}

// consoleCommands returns the commands of capfold in the console blocks of a page.
func consoleCommands(page string) (commands []consoleCommand) {
	in, goesOn, current := false, false, (*consoleCommand)(nil)
	for i, line := range strings.Split(page, "\n") {
		switch {
		case !in:
			in = strings.TrimSpace(line) == "```console"
		case strings.HasPrefix(line, "```"):
			in, current = false, nil
		case goesOn:
			current.command += "\n" + line
			goesOn = strings.HasSuffix(line, `\`)
		case strings.HasPrefix(line, "$ "):
			command := strings.TrimPrefix(line, "$ ")
			if rest, ok := strings.CutPrefix(command, "go run ./cmd/capfold"); ok {
				command = "capfold" + rest
			}
			commands = append(commands, consoleCommand{i + 1, command, ""})
			current, goesOn = &commands[len(commands)-1], strings.HasSuffix(line, `\`)
		case current != nil:
			current.output += line + "\n"
		}
	}
	ours := commands[:0]
	for _, c := range commands {
		if strings.HasPrefix(c.command, "capfold ") {
			ours = append(ours, c)
		}
	}
	return ours
}

// repositoryView returns a directory in which the top of the repository can be seen, but
// in which commands can write.
func repositoryView(t *testing.T) string {
	t.Helper()
	top, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(top)
	if err != nil {
		t.Fatal(err)
	}
	view := t.TempDir()
	for _, e := range entries {
		if name := e.Name(); name != "out" && name != ".git" {
			if err := os.Symlink(filepath.Join(top, name), filepath.Join(view, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return view
}

func TestConsoleCommands(t *testing.T) {
	const page = "Text\n```console\n$ capfold a\nb\nc\n…\n$ ls\nd\n$ go run ./cmd/capfold x \\\n  y | z\n```\n$ capfold no\n" +
		"```console no-test\n$ capfold no\n```\n```sh\n$ capfold no\n```\n```console\n$ capfold last\n```\n"
	want := []consoleCommand{{3, "capfold a", "b\nc\n…\n"}, {9, "capfold x \\\n  y | z", ""}, {20, "capfold last", ""}}
	if diff := cmp.Diff(want, consoleCommands(page), cmp.AllowUnexported(consoleCommand{})); diff != "" {
		t.Errorf("consoleCommands (-want +got):\n%s", diff)
	}
}
