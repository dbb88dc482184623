package main

import (
	"context"
	"fmt"
	"strings"
)

// question is what a peer's answer is compared with.
type question struct {
	capture string
	by      measure
	system  bool
	pairs   bool // of addresses, instead of hosts and ports
}

// oracle asks capfold, once for each question.
type oracle struct {
	env     *environment
	answers map[question]answer
}

func (o *oracle) ask(ctx context.Context, q question) (answer, error) {
	if a, ok := o.answers[q]; ok {
		return a, nil
	}
	ports, tables := "all", "hosts,ports"
	if q.system {
		ports = "system"
	}
	if q.pairs {
		tables = "conversations"
	}
	out, err := o.env.output(ctx, []string{
		"capfold", "analyze", "--quiet", "--json", "--tables", tables,
		"--ports", ports, "--rank-by", string(q.by), "--top", fmt.Sprint(ranked), q.capture,
	})
	if err != nil {
		return answer{}, fmt.Errorf("capfold on %s: %w: %s", q.capture, err, out)
	}
	a, err := parseCapfold(out, q.by)
	if err == nil {
		o.answers[q] = a
	}
	return a, err
}

// check compares an answer with capfold's and says what came of it.
func (o *oracle) check(ctx context.Context, p peer, capture string, theirs answer) (string, error) {
	var same, different []string
	if theirs.Packets >= 0 {
		ours, err := o.ask(ctx, question{capture: capture, by: ipBytes})
		if err != nil {
			return "", err
		}
		if ours.Packets == theirs.Packets {
			same = append(same, "packets")
		} else {
			different = append(different, fmt.Sprintf("%d packets instead of %d", theirs.Packets, ours.Packets))
		}
	}
	for _, c := range []struct {
		name string
		of   func(answer) ranking
	}{
		{"hosts", func(a answer) ranking { return a.Hosts }},
		{"ports", func(a answer) ranking { return a.Ports }},
		{"conversations", func(a answer) ranking { return a.Pairs }},
	} {
		r := c.of(theirs)
		if r.Measure == "" {
			continue
		}
		ours, err := o.ask(ctx, question{capture, r.Measure, r.System, c.name == "conversations"})
		if err != nil {
			return "", err
		}
		name := fmt.Sprintf("top %s by %s", c.name, strings.ReplaceAll(string(r.Measure), "_", " "))
		if d := differs(c.of(ours).Rows, r.Rows); d != "" {
			different = append(different, name+": "+d)
		} else {
			same = append(same, name)
		}
	}
	switch {
	case len(different) == 0 && len(same) == 0:
		return "not comparable", nil
	case len(different) == 0:
		return "same: " + strings.Join(same, ", "), nil
	}
	text := "differs: " + strings.Join(different, "; ")
	if p.definitions != "" {
		text += " (perhaps since " + p.definitions + ")"
	}
	if len(same) > 0 {
		text += "; same: " + strings.Join(same, ", ")
	}
	return text, nil
}
