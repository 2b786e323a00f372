//go:build linux

package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// markdown is the tables of docs/faults.md: a line for each fault, with what each database gave.
func markdown(runs []*outcome) string {
	var b strings.Builder
	var names, faults []string
	for _, o := range runs {
		if !slices.Contains(names, o.database) {
			names = append(names, o.database)
		}
		for _, r := range o.results {
			if !slices.Contains(faults, r.fault) {
				faults = append(faults, r.fault)
			}
		}
	}
	fmt.Fprintf(&b, "Where a cell has several values, they are of nodes on %s.\n\n", strings.Join(names, " / "))
	b.WriteString("| fault | how | letters | acknowledged and lost | handled twice | journals | other peer: letters arrived, slowest, slowest before the fault | the operator was told |\n|---|---|---|---|---|---|---|---|\n")
	for _, fault := range faults {
		var of []result
		for _, o := range runs {
			for _, r := range o.results {
				if r.fault == fault {
					of = append(of, r)
				}
			}
		}
		cell := func(f func(result) string) string {
			var all []string
			for _, r := range of {
				all = append(all, f(r))
			}
			if len(slices.Compact(slices.Clone(all))) == 1 {
				return all[0]
			}
			return strings.Join(all, " / ")
		}
		told := strings.Join(of[0].told, "; ")
		for _, r := range of {
			if r.failed != nil {
				told += fmt.Sprintf("; **FAILED on %s: %s**", r.database, strings.ReplaceAll(r.failed.Error(), "\n", "; "))
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", fault, bar(strings.TrimSuffix(of[0].how+": "+cell(func(r result) string { return r.measured }), ": ")),
			cell(func(r result) string { return fmt.Sprint(r.letters) }),
			cell(func(r result) string { return fmt.Sprint(len(r.lost)) }),
			cell(func(r result) string { return fmt.Sprint(len(r.twice)) }),
			cell(func(r result) string { return r.journals }),
			cell(func(r result) string { return r.other }), bar(told))
	}
	if points := pointsOf(runs); len(points) > 0 {
		b.WriteString("\nThe commits, and the head files of the journal, at which a node was killed, just before and just after each:\n\n")
		for _, p := range points {
			fmt.Fprintf(&b, "- %s\n", p)
		}
	}
	return b.String()
}

// pointsOf are the commits at which nodes were killed in all runs, and which nodes.
func pointsOf(runs []*outcome) []string {
	nodes, when := map[string][]string{}, map[string][]string{}
	add := func(m map[string][]string, name, what string) {
		if !slices.Contains(m[name], what) {
			m[name] = append(m[name], what)
			slices.Sort(m[name])
		}
	}
	for _, o := range runs {
		for _, p := range o.points {
			name, w, _ := strings.Cut(p.name, " ")
			add(nodes, name, p.country)
			add(when, name, w)
		}
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(nodes)) {
		text := fmt.Sprintf("`%s`: %s", name, strings.Join(nodes[name], " and "))
		if len(when[name]) == 1 {
			text += ", only " + when[name][0]
		}
		out = append(out, text)
	}
	return out
}

// bar keeps a text within its cell.
func bar(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// between puts text between the marks in a document.
func between(path, text string) error {
	const begin, end = "<!-- bench/faults: begin -->", "<!-- bench/faults: end -->"
	doc, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(doc), begin)
	_, after, also := strings.Cut(rest, end)
	if !ok || !also {
		return fmt.Errorf("%s: the lines %q and %q are not there: add them where the tables shall stand", path, begin, end)
	}
	return os.WriteFile(path, []byte(before+begin+"\n"+text+end+after), 0o644)
}
