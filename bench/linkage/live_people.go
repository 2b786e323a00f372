package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"mitra/identity/linkage"
)

// worthALook is the weight from which an officer is shown a hit: one in a thousand.
const worthALook = -10

// peopleLive measures an index of whole records, with the weights that are built in:
// searches by another record of somebody who is in it, written with the errors of
// the synthetic country; additions; and the way to a file and back.
func peopleLive(out io.Writer, n, queries int, seed uint64) error {
	c := newCountry(seed)
	places := c.places(n)
	h := columns[1 : len(columns)-1] // without the id and the truth
	before := heap()
	start, inventing := time.Now(), time.Duration(0)
	x, err := linkage.NewIndex(linkage.Spec{}, h, -1, nil, func(yield func(string, []string) bool) {
		for _, p := range places {
			invent := time.Now()
			cells := c.record(p)
			inventing += time.Since(invent)
			if last := len(cells) - 1; !yield(cells[last], cells[:last]) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	built, memory := time.Since(start)-inventing, heap()-before

	var file bytes.Buffer
	start = time.Now()
	if _, err := x.WriteTo(&file); err != nil {
		return err
	}
	wrote, size := time.Since(start), file.Len()
	start = time.Now()
	if x, err = linkage.ReadIndex(&file); err != nil {
		return err
	}
	loaded := time.Since(start)

	var ask [][]string
	var want []string
	for i := range queries {
		cells := c.record(places[i*(n/queries)]&^7 | 7) // no cluster has as many
		ask, want = append(ask, cells[:len(cells)-1]), append(want, cells[len(cells)-1])
	}
	var took []time.Duration
	hits, cut := 0, 0
	for i, q := range ask {
		start := time.Now()
		got := x.SearchAbove(q, 10, worthALook)
		took = append(took, time.Since(start))
		if slices.ContainsFunc(got.Hits, func(h linkage.Hit) bool { return slices.Contains(h.IDs, want[i]) }) {
			hits++
		}
		if got.Truncated {
			cut++
		}
	}
	slices.Sort(took)
	var adding []time.Duration
	for i := range 10 * queries {
		cells := c.record(places[i*(n/queries/10)]&^7 | 6)
		start := time.Now()
		if err := x.Add("new "+strconv.Itoa(i), cells[:len(cells)-1]); err != nil {
			return err
		}
		adding = append(adding, time.Since(start))
	}
	slices.Sort(adding)
	var later []time.Duration
	for _, q := range ask {
		start := time.Now()
		x.SearchAbove(q, 10, worthALook)
		later = append(later, time.Since(start))
	}
	slices.Sort(later)
	fmt.Fprintln(out, "\n| people | p50 | p99 | among the first ten | not all weighed | made in | memory | written, read | file | added: p50, p99, most | then p50, p99 |\n|---|---|---|---|---|---|---|---|---|---|---|")
	us := func(d time.Duration) time.Duration { return d.Round(time.Microsecond) }
	ms := func(d time.Duration) time.Duration { return d.Round(10 * time.Millisecond) }
	fmt.Fprintf(out, "| %s | %s | %s | %.1f %% | %.1f %% | %s | %d MB | %s, %s | %d MB | %s, %s, %s | %s, %s |\n", thousands(int64(n)),
		us(took[len(took)/2]), us(took[len(took)*99/100]), 100*float64(hits)/float64(queries), 100*float64(cut)/float64(queries),
		ms(built), memory>>20, ms(wrote), ms(loaded), size>>20,
		us(adding[len(adding)/2]), us(adding[len(adding)*99/100]), us(adding[len(adding)-1]), us(later[len(later)/2]), us(later[len(later)*99/100]))
	return nil
}

// screeningLive measures the screening of travellers against a list of alerts: names
// and birth dates, every fifth traveller being on the list under a faulty name.
func screeningLive(out io.Writer, n, queries int, seed uint64) error {
	names, ask, want := searchNames(n+queries, queries, seed)
	born := func(i int) string {
		x := uint64(i) * 0x9e3779b97f4a7c15 >> 33 // any of 23,520 days
		return fmt.Sprintf("%d-%02d-%02d", 1940+x%70, 1+x/70%12, 1+x/840%28)
	}
	var list []linkage.Listed
	for i, name := range names[:n] {
		list = append(list, linkage.Listed{Name: name, Born: born(i)})
	}
	who := make([]linkage.Listed, len(ask))
	for i, q := range ask {
		if who[i] = (linkage.Listed{Name: q, Born: born(want[i])}); i%5 > 0 || want[i] >= n {
			who[i] = linkage.Listed{Name: names[n+i], Born: born(n + i)}
		}
	}
	fmt.Fprintln(out, "\n| screening against | by | p50, p99 | the same again | found of those listed | alerts for others | made in | memory |\n|---|---|---|---|---|---|---|---|")
	row := func(by string, built time.Duration, memory int64, best func(linkage.Listed) (place int, alert bool)) {
		hits, listed, alerts := 0, 0, 0
		var took [2][]time.Duration // words asked for are remembered: the second time is another
		for round := range took {
			for i, q := range ask {
				start := time.Now()
				place, alert := best(who[i])
				took[round] = append(took[round], time.Since(start))
				switch {
				case round > 0:
				case who[i].Name != q && alert:
					alerts++
				case who[i].Name == q:
					if listed++; alert && place == want[i] {
						hits++
					}
				}
			}
			slices.Sort(took[round])
		}
		at := func(round, percent int) time.Duration {
			return took[round][len(ask)*percent/100].Round(time.Microsecond)
		}
		fmt.Fprintf(out, "| %s alerts | %s | %s, %s | %s, %s | %d of %d | %d of %d | %s | %d MB |\n", thousands(int64(n)), by,
			at(0, 50), at(0, 99), at(1, 50), at(1, 99), hits, listed, alerts, len(ask)-listed, built.Round(10*time.Millisecond), memory>>20)
	}
	before, start := heap(), time.Now()
	s := linkage.NewScreener(list, 2029)
	row("Screener", time.Since(start), heap()-before, func(who linkage.Listed) (int, bool) {
		place, w := s.Best(who)
		return place, w >= linkage.AlertWeight
	})
	before, start = heap(), time.Now()
	cells := make([]string, 2)
	x, err := linkage.NewIndex(linkage.Spec{}, []string{"full_name", "birth_date"}, -1, nil, func(yield func(string, []string) bool) {
		for i, l := range list {
			if cells[0], cells[1] = l.Name, l.Born; !yield(strconv.Itoa(i), cells) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	row("Index", time.Since(start), heap()-before, func(who linkage.Listed) (int, bool) {
		cells[0], cells[1] = who.Name, who.Born
		for _, h := range x.SearchAbove(cells, 1, 0).Hits {
			place, err := strconv.Atoi(h.IDs[0])
			return place, err == nil
		}
		return -1, false
	})
	return nil
}
