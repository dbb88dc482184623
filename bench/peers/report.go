package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/capfold/capfold/bench/internal/process"
)

// report is everything that a run of this program found.
type report struct {
	Machine  process.Machine  `json:"machine"`
	Rounds   int              `json:"rounds"`
	Peers    []peerReport     `json:"peers"`
	Notes    []string         `json:"notes,omitempty"`
	Captures []*captureReport `json:"captures"`
	Starts   []startReport    `json:"starts"`
}

type peerReport struct {
	Name     string   `json:"name"`
	Version  string   `json:"version,omitempty"`
	Commands []string `json:"commands"`
	Limit    int64    `json:"limit_packets,omitempty"`
	Note     string   `json:"note,omitempty"`
	Same     string   `json:"same_question,omitempty"` // the row of capfold asked the same
	Missing  string   `json:"missing,omitempty"`
	Install  string   `json:"install,omitempty"`
}

// captureReport is what was measured on one capture.
type captureReport struct {
	Name      string   `json:"name"`
	Path      string   `json:"path"`
	Packets   int64    `json:"packets"`
	Bytes     int64    `json:"bytes"`
	Flows     int64    `json:"flows"` // directed; there are at least as many atoms
	Results   []result `json:"results"`
	Targets   []target `json:"targets,omitempty"`
	Identical *bool    `json:"bounded_output_identical,omitempty"`
}

// result is what one peer did with one capture.
type result struct {
	Peer    string `json:"peer"`
	Version string `json:"version,omitempty"`       // its number only
	Same    string `json:"same_question,omitempty"` // the row of capfold asked the same
	series
	Median  figures `json:"median"`
	Answer  string  `json:"answer,omitempty"`
	Failure string  `json:"failure,omitempty"`
}

// figures are the medians over the rounds. The ratios are of the time for a packet: to
// capfold's fold, to capfold writing everything, and to capfold asked the same question.
type figures struct {
	Wall      figure `json:"wall_s"`
	CPU       figure `json:"cpu_s"`
	Memory    figure `json:"memory_bytes"`
	PacketsPS figure `json:"packets_per_s"`
	BytesPS   figure `json:"bytes_per_s"`
	Others    figure `json:"processors_used_by_others"` // over all runs, no median
	ToFold    figure `json:"ratio_to_fold"`
	ToWrite   figure `json:"ratio_to_write"`
	ToSame    figure `json:"ratio_to_same_question"`
}

// startReport is what a short run took.
type startReport struct {
	Command string `json:"command"`
	Target  target `json:"target"`
}

// result returns that of a peer, the zero one where it did not run.
func (c *captureReport) result(peer string) result {
	for _, r := range c.Results {
		if r.Peer == peer {
			return r
		}
	}
	return result{}
}

// series returns the runs of a peer, none where it did not run.
func (c *captureReport) series(peer string) series { return c.result(peer).series }

// finish fills in what follows from the runs.
func (c *captureReport) finish(targets bool) {
	fold, write := c.series(foldName), c.series(writeName)
	for i := range c.Results {
		r := &c.Results[i]
		r.Median = figures{
			Wall: figure(r.wall()), CPU: figure(r.cpu()), Memory: figure(r.memory()),
			PacketsPS: figure(float64(r.Packets) / r.wall()), BytesPS: figure(float64(r.Bytes) / r.wall()),
			Others: figure(r.others()), ToFold: figure(r.ratio(fold)), ToWrite: figure(r.ratio(write)),
			ToSame: figure(r.ratio(c.series(r.Same))),
		}
	}
	if targets {
		c.Targets = c.targets()
	}
}

// short writes a figure with about three digits.
func short(f float64) string {
	switch a := math.Abs(f); {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return "—"
	case a >= 100:
		return thousands(int64(math.Round(f)))
	case a >= 10:
		return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
	case a >= 1 || a == 0:
		return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 2, 64), ".00")
	default:
		return strconv.FormatFloat(f, 'g', 3, 64)
	}
}

// thousands writes a number with commas.
func thousands(n int64) string {
	if n < 0 {
		return "-" + thousands(-n)
	}
	if n < 1000 {
		return strconv.FormatInt(n, 10)
	}
	return thousands(n/1000) + fmt.Sprintf(",%03d", n%1000)
}

// writeHead prints where and what is measured.
func (r *report) writeHead(w io.Writer) {
	fmt.Fprintf(w, "%s\n\n%d rounds in turn after one to warm up; medians; files in the page cache. "+
		"CPU is of user and system, of all processes of a program; memory the largest resident size of one. "+
		"Others is how many processors other processes used meanwhile, and where that is more than %v, targets of time are marked as disturbed.\n\n"+
		"The columns × are the time that a program takes for a packet over the time that capfold takes for one in the same round, "+
		"in three ways: × fold only, to capfold that reads, decodes and folds all packets and reports none of it; "+
		"× everything, to capfold that writes all tables as Parquet and JSON and the report, which is more than any other program here answers; "+
		"× same question, to capfold asked for no more than the program answers, by the row that the list below names.\n\n", r.Machine, r.Rounds, disturbance)
	for _, p := range r.Peers {
		fmt.Fprintf(w, "- **%s**", p.Name)
		if p.Missing != "" {
			fmt.Fprintf(w, ": not installed (%s), `%s`\n", p.Missing, p.Install)
			continue
		}
		if p.Version != "" {
			fmt.Fprintf(w, " (%s)", p.Version)
		}
		fmt.Fprintf(w, ": `%s`", strings.Join(p.Commands, "`, then `"))
		if p.Note != "" {
			fmt.Fprintf(w, "; %s", p.Note)
		}
		if p.Same != "" {
			fmt.Fprintf(w, "; same question: *%s*", p.Same)
		}
		if p.Limit > 0 {
			fmt.Fprintf(w, "; the first %s packets at most", thousands(p.Limit))
		}
		fmt.Fprintln(w)
	}
	for _, note := range r.Notes {
		fmt.Fprintf(w, "- %s\n", note)
	}
}

// write prints the table of one capture.
func (c *captureReport) write(w io.Writer, targets bool) {
	fmt.Fprintf(w, "\n### %s: %s packets, %s GB", c.Name, thousands(c.Packets), short(float64(c.Bytes)/1e9))
	if c.Flows > 0 {
		fmt.Fprintf(w, ", %s directed flows", thousands(c.Flows))
	}
	head := []string{"program", "version", "packets given", "wall s", "CPU s", "peak MB", "million packets/s", "GB/s", "× fold only", "× everything", "× same question", "others", "answer"}
	if targets {
		head = append(head, "target")
	}
	fmt.Fprintf(w, "\n\n| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	for _, r := range c.Results {
		given := thousands(r.Packets)
		if r.Packets < c.Packets {
			given = "first " + given
		}
		m, answer := r.Median, r.Answer
		if r.Failure != "" {
			answer = "failed: " + r.Failure
		}
		cells := []string{
			r.Peer, r.Version, given, short(float64(m.Wall)), short(float64(m.CPU)), short(float64(m.Memory) / 1e6),
			short(float64(m.PacketsPS) / 1e6), short(float64(m.BytesPS) / 1e9), short(float64(m.ToFold)), short(float64(m.ToWrite)), short(float64(m.ToSame)),
			short(math.Round(float64(m.Others)*100) / 100),
			strings.NewReplacer("|", "\\|", "\n", " ").Replace(answer),
		}
		if targets {
			var beside []string
			for _, t := range c.Targets {
				if t.Row == r.Peer {
					beside = append(beside, t.String())
				}
			}
			cells = append(cells, strings.Join(beside, "; "))
		}
		fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | "))
	}
}

// writeStarts prints how long short runs take.
func (r *report) writeStarts(w io.Writer) {
	if len(r.Starts) == 0 {
		return
	}
	fmt.Fprint(w, "\n### Short runs\n\n| command | target |\n|---|---|\n")
	for _, s := range r.Starts {
		fmt.Fprintf(w, "| `%s` | %s |\n", s.Command, s.Target)
	}
}

// writeTargets prints all targets of the run, and how many of them were met.
func (r *report) writeTargets(w io.Writer) {
	count := map[string]int{}
	disturbed := 0
	var lines []string
	note := func(capture, row string, t target) {
		count[t.Met]++
		if t.Disturbed {
			disturbed++
		}
		lines = append(lines, fmt.Sprintf("| %s | %s | %s | %s | %s |", capture, row, t.wanted(), t.got(), t.verdict()))
	}
	for _, c := range r.Captures {
		for _, t := range c.Targets {
			note(c.Name, t.Row, t)
		}
	}
	for _, s := range r.Starts {
		note("short runs", s.Target.Row, s.Target)
	}
	fmt.Fprintf(w, "\n### Targets: %d met, %d %s, %d not, %d not measured\n\n", count["yes"], count[sameOnly], sameOnly, count["no"], count[notMeasured])
	if disturbed > 0 {
		fmt.Fprintf(w, "%d of all were disturbed by other processes and are no verdict: measure again on a quiet machine.\n\n", disturbed)
	}
	fmt.Fprintf(w, "| capture | program | target | measured | met |\n|---|---|---|---|---|\n%s\n", strings.Join(lines, "\n"))
}
