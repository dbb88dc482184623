package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/capfold/capfold/pipeline/table"
	"github.com/capfold/capfold/reducers"
)

func newTables(a *app) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "tables [NAME...]",
		Short: "Print the data dictionary",
		Long:  "Print the data dictionary: every table that analyze makes, with its columns, types and units.",
		RunE: func(_ *cobra.Command, args []string) error {
			var schemas []table.Schema
			for _, an := range reducers.Registry() {
				if s := an.Schema(); len(args) == 0 || slices.Contains(args, s.Name) {
					schemas = append(schemas, s)
				}
			}
			for _, name := range args {
				if !slices.Contains(tableNames(), name) {
					return usagef("unknown table %q; there are %s", name, strings.Join(tableNames(), ", "))
				}
			}
			switch format {
			case "markdown":
				return writeDictionary(a.stdout, schemas)
			case "json":
				e := json.NewEncoder(a.stdout)
				e.SetIndent("", "  ")
				e.SetEscapeHTML(false)
				return e.Encode(schemas)
			}
			return usagef("unknown format %q; there are markdown, json", format)
		},
	}
	cmd.Flags().StringVar(&format, "format", "markdown", "markdown or json")
	return cmd
}

// writeDictionary writes schemas as Markdown.
func writeDictionary(w io.Writer, schemas []table.Schema) error {
	var b strings.Builder
	for i, s := range schemas {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "## %s\n\n%s One row: %s. Order: %s.\n\n", s.Name, s.Doc, s.Row, s.Order)
		rows := [][]string{{"column", "type", "unit", "meaning"}}
		for _, f := range s.Fields {
			typ := f.Type.String()
			if f.Nullable {
				typ += ", null"
			}
			rows = append(rows, []string{f.Name, typ, f.Unit, strings.ReplaceAll(f.Doc, "|", `\|`)})
		}
		writeMarkdownTable(&b, rows)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeMarkdownTable writes rows, the first of them the header, with aligned columns.
func writeMarkdownTable(b *strings.Builder, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, cell := range r {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	line := func(cells []string) {
		for i, cell := range cells {
			if i == len(cells)-1 {
				fmt.Fprintf(b, "| %s |\n", cell)
			} else {
				fmt.Fprintf(b, "| %-*s ", widths[i], cell)
			}
		}
	}
	line(rows[0])
	rule := make([]string, len(widths))
	for i, w := range widths {
		rule[i] = strings.Repeat("-", w)
	}
	rule[len(rule)-1] = "---"
	line(rule)
	for _, r := range rows[1:] {
		line(r)
	}
}

// tableNames returns the names of all tables.
func tableNames() []string {
	var names []string
	for _, a := range reducers.Registry() {
		names = append(names, a.Schema().Name)
	}
	return names
}
