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

// A cost is the processor time that one letter took, in milliseconds: of both nodes, and of their
// servers of PostgreSQL.
type cost struct{ nodes, databases float64 }

// A rate is what one run did.
type rate struct {
	letters float64 // per second
	cost    cost
}

type rates []rate

func (r rates) of(value func(rate) float64) (out []float64) {
	for _, x := range r {
		out = append(out, value(x))
	}
	return out
}

func (r rates) median() float64 { return median(r.of(func(x rate) float64 { return x.letters })) }

// measured is what two nodes did; busy and alone are milliseconds.
type measured struct {
	database                    string
	idle, idleOwn               int64
	batched, single             rates
	busy, alone                 []float64
	batchedBeside, singleBeside rates // while letters wait for a dead peer
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
	speed := func(r rates) string {
		v := r.of(func(x rate) float64 { return x.letters })
		return fmt.Sprintf("%.0f/s (%.0f to %.0f)", median(v), slices.Min(v), slices.Max(v))
	}
	spent := func(r rates) string {
		return fmt.Sprintf("%.1f, %.1f ms", median(r.of(func(x rate) float64 { return x.cost.nodes })), median(r.of(func(x rate) float64 { return x.cost.databases })))
	}
	row(fmt.Sprintf("%d letters, batched", o.letters), "2,000/s (1,000)", func(m measured) string { return speed(m.batched) })
	row("… processor time of each: both nodes, their PostgreSQL servers", "–", func(m measured) string { return spent(m.batched) })
	row(fmt.Sprintf("%d letters one by one, %d senders", o.letters/5, o.senders), "700/s (350)", func(m measured) string { return speed(m.single) })
	row("… processor time of each", "–", func(m measured) string { return spent(m.single) })
	row("… each of them: p50, p99", "–", func(m measured) string {
		return fmt.Sprintf("%.1f, %.1f ms", median(m.busy), quantile(m.busy, 0.99))
	})
	row("one letter alone: p50, p99", "10, 40 ms", func(m measured) string {
		return fmt.Sprintf("%.1f, %.1f ms", median(m.alone), quantile(m.alone, 0.99))
	})
	if o.waiting > 0 {
		slower := func(before, beside rates) string {
			return fmt.Sprintf("%.0f/s: %+.1f %%", beside.median(), 100*(beside.median()/before.median()-1))
		}
		row(fmt.Sprintf("batched, while %d wait for a dead peer", o.waiting), "−5 % at most", func(m measured) string { return slower(m.batched, m.batchedBeside) })
		row("… processor time of each", "–", func(m measured) string { return spent(m.batchedBeside) })
		row("one by one, while they wait", "−5 % at most", func(m measured) string { return slower(m.single, m.singleBeside) })
		row("… processor time of each", "–", func(m measured) string { return spent(m.singleBeside) })
	}
	row("an idle node: memory; without pages of the program's file", "60 MB", func(m measured) string {
		return fmt.Sprintf("%d MB; %d MB", m.idle>>20, m.idleOwn>>20)
	})
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
