package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// A floor is what no exchange on this machine can be faster than.
type floor struct {
	steps []step
	sync  time.Duration
}

// measured is what two nodes did; rates are letters per second of each run, times milliseconds.
type measured struct {
	database                    string
	idle                        int64
	batched, single             []float64
	busy, alone                 []float64
	batchedBeside, singleBeside []float64 // while letters wait for a dead peer
}

// quantile is that part of values from below; 0 of none.
func quantile(values []float64, part float64) float64 {
	if len(values) == 0 {
		return 0
	}
	v := slices.Sorted(slices.Values(values))
	return v[min(len(v)-1, int(part*float64(len(v))))]
}

func median(values []float64) float64 { return quantile(values, 0.5) }

func table(o options, f floor, all []measured) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Letters of %d bytes; medians of %d runs. Both nodes and both databases on this machine.\n\n", o.size, o.runs)
	b.WriteString("| measured |")
	for _, m := range all {
		fmt.Fprintf(&b, " %s |", map[string]string{"postgres": "PostgreSQL", "sqlite": "SQLite"}[m.database])
	}
	b.WriteString(" goal (floor) |\n|---|" + strings.Repeat("---|", len(all)+1) + "\n")
	row := func(what, goal string, cell func(m measured) string) {
		fmt.Fprintf(&b, "| %s |", what)
		for _, m := range all {
			b.WriteString(" " + cell(m) + " |")
		}
		b.WriteString(" " + goal + " |\n")
	}
	rate := func(v []float64) string {
		return fmt.Sprintf("%.0f/s (%.0f to %.0f)", median(v), slices.Min(v), slices.Max(v))
	}
	row(fmt.Sprintf("%d letters, batched", o.letters), "2,000/s (1,000)", func(m measured) string { return rate(m.batched) })
	row(fmt.Sprintf("%d letters one by one, %d senders", o.letters/5, o.senders), "700/s (350)", func(m measured) string { return rate(m.single) })
	row("… each of them: p50, p99", "–", func(m measured) string {
		return fmt.Sprintf("%.1f, %.1f ms", median(m.busy), quantile(m.busy, 0.99))
	})
	row("one letter alone: p50, p99", "10, 40 ms", func(m measured) string {
		return fmt.Sprintf("%.1f, %.1f ms", median(m.alone), quantile(m.alone, 0.99))
	})
	if o.waiting > 0 {
		slower := func(before, beside []float64) string {
			return fmt.Sprintf("%.0f/s: %+.1f %%", median(beside), 100*(median(beside)/median(before)-1))
		}
		row(fmt.Sprintf("batched, while %d wait for a dead peer", o.waiting), "−5 % at most", func(m measured) string { return slower(m.batched, m.batchedBeside) })
		row("one by one, while they wait", "−5 % at most", func(m measured) string { return slower(m.single, m.singleBeside) })
	}
	row("an idle node: memory", "60 MB", func(m measured) string { return fmt.Sprintf("%d MB", m.idle>>20) })
	b.WriteString("\nWhat no exchange on this machine can be faster than, in the same run: the cryptography of one letter, on one processor")
	fmt.Fprintf(&b, ", and %.2f ms for the disk to keep 8 KiB.\n\n| side | step | µs |\n|---|---|---|\n", f.sync.Seconds()*1000)
	sum := 0.0
	for _, s := range f.steps {
		fmt.Fprintf(&b, "| %s | %s | %.0f |\n", s.side, s.what, s.micros)
		sum += s.micros
	}
	fmt.Fprintf(&b, "| both | all | %.0f: %.0f letters per second on two processors |\n", sum, 2e6/sum)
	return b.String()
}

// between writes the text between the marks of a document.
func between(path, text string) error {
	const begin, end = "<!-- bench/exchange: begin -->", "<!-- bench/exchange: end -->"
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	head, rest, ok := strings.Cut(string(b), begin)
	_, tail, found := strings.Cut(rest, end)
	if !ok || !found {
		return errors.New(path + " has not the marks " + begin + " and " + end)
	}
	return os.WriteFile(path, []byte(head+begin+"\n\n"+text+"\n"+end+tail), 0o644)
}
