package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// people is the truth about the records of a file: whom each is of.
type people struct {
	row map[string]int32 // by id
	who []string         // by row; empty where it is not known
}

func newPeople(n int, record func(i int) (id, who string)) *people {
	p := &people{row: make(map[string]int32, n)}
	for i := range n {
		id, who := record(i)
		p.row[id] = int32(i)
		p.who = append(p.who, who)
	}
	return p
}

// idColumns are tried in this order; a file without any has its rows numbered.
var idColumns = []string{"id", "rec_id", "unique_id", "record_id"}

// readPeople reads the truth from a column of a CSV file.
func readPeople(path, column string, person func(string) string) (*people, error) {
	p := &people{row: map[string]int32{}}
	id, truth := -1, -1
	err := eachRow(path, func(header, cells []string) error {
		if cells == nil {
			lower := make([]string, len(header))
			for i, h := range header {
				lower[i] = strings.ToLower(strings.TrimSpace(h))
			}
			for _, c := range idColumns {
				if id < 0 {
					id = slices.Index(lower, c)
				}
			}
			if truth = slices.Index(lower, strings.ToLower(column)); truth < 0 {
				return fmt.Errorf("%s has no column %q: it has %s", path, column, strings.Join(header, ", "))
			}
			return nil
		}
		key := strconv.Itoa(len(p.who) + 1)
		if id >= 0 {
			key = strings.Clone(strings.TrimSpace(cells[id]))
		}
		p.row[key] = int32(len(p.who))
		p.who = append(p.who, strings.Clone(person(strings.TrimSpace(cells[truth]))))
		return nil
	})
	return p, err
}

// eachRow calls do with the heading and no cells, then with each row. Cells are
// valid until it returns.
func eachRow(path string, do func(header, cells []string) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.ReuseRecord, r.LazyQuotes = true, true
	first, err := r.Read()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	header := slices.Clone(first)
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	for cells := []string(nil); ; {
		if err := do(header, cells); err != nil {
			return err
		}
		if cells, err = r.Read(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
}

// score counts pairs: those said to be of one person, those of them that are,
// and those that there are.
type score struct{ found, right, truth int64 }

func ratio(a, b int64) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

func (s score) precision() float64 { return ratio(s.right, s.found) }
func (s score) recall() float64    { return ratio(s.right, s.truth) }
func (s score) f1() float64        { return ratio(2*s.right, s.found+s.truth) }

// truePairs is the number of pairs of records of one person: within a file, or
// between two.
func truePairs(sides []*people) (n int64) {
	count := make([]map[string]int64, len(sides))
	for i, s := range sides {
		count[i] = map[string]int64{}
		for _, w := range s.who {
			if w != "" {
				count[i][w]++
			}
		}
	}
	for w, k := range count[0] {
		if len(sides) == 1 {
			n += k * (k - 1) / 2
		} else {
			n += k * count[1][w]
		}
	}
	return n
}

// pair is what a program said about two records, and whether it is so.
type pair struct {
	p    float64
	same bool
}

// readPairs reads pairs as either program writes them: two ids, and the column
// whose name ends in probability.
func readPairs(path string, sides []*people) (out []pair, err error) {
	at := -1
	err = eachRow(path, func(header, cells []string) error {
		if cells == nil {
			at = slices.IndexFunc(header, func(h string) bool { return strings.HasSuffix(h, "probability") })
			if at < 2 {
				return fmt.Errorf("%s: no column of probabilities after two of ids", path)
			}
			return nil
		}
		p, err := strconv.ParseFloat(cells[at], 64)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		l, ok := sides[0].row[cells[0]]
		r, also := sides[len(sides)-1].row[cells[1]]
		if !ok || !also {
			return fmt.Errorf("%s: pair %d names a record that the file does not have", path, len(out)+1)
		}
		a, b := sides[0].who[l], sides[len(sides)-1].who[r]
		out = append(out, pair{p, a != "" && a == b})
		return nil
	})
	return out, err
}

// scorePairs scores the pairs from a threshold on.
func scorePairs(pairs []pair, truth int64, from float64) score {
	s := score{truth: truth}
	for _, p := range pairs {
		if p.p >= from {
			s.found++
			if p.same {
				s.right++
			}
		}
	}
	return s
}

// scoreClusters scores the pairs that groups make: a file of ids and groups.
func scoreClusters(path string, of *people) (score, error) {
	type both struct{ group, who string }
	groups, overlap := map[string]int64{}, map[both]int64{}
	s := score{truth: truePairs([]*people{of})}
	err := eachRow(path, func(_, cells []string) error {
		if cells == nil {
			return nil
		}
		row, ok := of.row[cells[0]]
		if !ok {
			return fmt.Errorf("%s: no record has the id of group %s", path, cells[1])
		}
		g := strings.Clone(cells[1])
		s.found += groups[g] // each with everybody there already
		groups[g]++
		if w := of.who[row]; w != "" {
			s.right += overlap[both{g, w}]
			overlap[both{g, w}]++
		}
		return nil
	})
	return s, err
}

// bin is a row of the table of calibration.
type bin struct {
	from, to    float64
	pairs, same int64
	stated      float64 // sum of the probabilities
}

var binEdges = []float64{0.05, 0.2, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0000001}

func calibration(pairs []pair) []bin {
	out := make([]bin, len(binEdges)-1)
	for i := range out {
		out[i].from, out[i].to = binEdges[i], min(1, binEdges[i+1])
	}
	for _, p := range pairs {
		i, at := slices.BinarySearch(binEdges, p.p)
		if !at {
			i--
		}
		if i < 0 {
			continue
		}
		out[i].pairs++
		out[i].stated += p.p
		if p.same {
			out[i].same++
		}
	}
	return out
}

// kept says whether the bin keeps its word: the share that is true within 3
// points of the stated one, 98.5 % from 0.99 on. Fewer than 200 pairs say nothing.
func (b bin) kept() bool {
	observed := ratio(b.same, b.pairs)
	if b.from >= 0.99 {
		return b.pairs < 200 || observed >= 0.985
	}
	d := observed - b.stated/float64(b.pairs)
	return b.pairs < 200 || d <= 0.03 && d >= -0.03
}
