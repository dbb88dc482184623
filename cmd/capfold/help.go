package main

import (
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// helpWidth is how many columns a line of the help takes at most.
const helpWidth = 96

// flagGroup is the annotation of a flag with the title that it stands under in the help.
const flagGroup = "capfold_group"

// group defines flags that stand together in the help, under a title.
func group(fl *pflag.FlagSet, title string, define func(*pflag.FlagSet)) {
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	define(set)
	set.VisitAll(func(f *pflag.Flag) {
		if f.Annotations == nil {
			f.Annotations = map[string][]string{}
		}
		f.Annotations[flagGroup] = []string{title}
	})
	set.SortFlags = false
	fl.AddFlagSet(set)
}

// groupedFlags returns the part of a command's help that is about its flags: groups in the
// order of their first flags, and those that are in none.
func groupedFlags(flags *pflag.FlagSet) string {
	var titles []string
	sets := map[string]*pflag.FlagSet{}
	flags.VisitAll(func(f *pflag.Flag) {
		title := "Flags"
		if len(titles) > 0 && titles[0] != title {
			title = "Others"
		}
		if of := f.Annotations[flagGroup]; len(of) > 0 {
			title = of[0]
		}
		set := sets[title]
		if set == nil {
			set = pflag.NewFlagSet("", pflag.ContinueOnError)
			set.SortFlags = false
			titles, sets[title] = append(titles, title), set
		}
		set.AddFlag(f)
	})
	var b strings.Builder
	for i, title := range titles {
		if i > 0 {
			b.WriteString("\n\n")
		}
		b.WriteString(title + ":\n" + strings.TrimRight(sets[title].FlagUsagesWrapped(helpWidth), "\n"))
	}
	return b.String()
}

// addGroupedFlags makes the function known to templates, which all commands of a process
// share: it is done once.
var addGroupedFlags = sync.OnceFunc(func() { cobra.AddTemplateFunc("groupedFlags", groupedFlags) })

// useGroups has the help of a command and of those below it show flags in groups.
func useGroups(root *cobra.Command) {
	addGroupedFlags()
	const usual = "Flags:\n{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}"
	root.SetUsageTemplate(strings.Replace(root.UsageTemplate(), usual, "{{groupedFlags .LocalFlags}}", 1))
}
