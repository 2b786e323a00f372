package search

import (
	"slices"

	"mitra/desk/registry"
	"mitra/identity/linkage"
	"mitra/store"
)

// A Like is a record that may be of somebody, as the index has it.
type Like struct {
	Entry       string
	Weight      float64
	Probability float64
	Because     []Reason
}

// Like finds the records that are likeliest to be of somebody who is described by the names of columns, with a weight
// of at least so many bits; columns by which nobody is found say nothing. It leaves no event: who asks writes one.
func (f *Finder) Like(who map[string]string, most int, least float64) []Like {
	row := make([]string, len(indexed))
	for i, c := range indexed {
		row[i] = who[c.String()]
	}
	x := f.at()
	found, _ := likeliest(x, [][]string{row}, most, least)
	return likes(x.Model(), found)
}

func likes(m linkage.Model, found []linkage.Hit) []Like {
	out := make([]Like, 0, len(found))
	for _, h := range found {
		l := Like{Entry: h.IDs[0], Weight: h.Weight, Probability: h.P()}
		for _, b := range m.Bars(h.Levels) {
			if b.Level != "" {
				l.Because = append(l.Because, Reason{b.Comparison, b.Level, b.Weight + b.Frequency})
			}
		}
		out = append(out, l)
	}
	return out
}

// Among are those of some records that are more likely than not of the person of another, all by their entries.
func (f *Finder) Among(tx *store.Tx, entry string, some []string) ([]string, error) {
	alike, known := f.at().Among(entry, some, review)
	if known {
		return alike, nil
	}
	// A record that another process has brought this second.
	all, err := f.Alike(tx, entry)
	return slices.DeleteFunc(all, func(e string) bool { return !slices.Contains(some, e) }), err
}

// Alike are the entries of the records that are more likely than not of the person of a record.
func (f *Finder) Alike(tx *store.Tx, entry string) ([]string, error) {
	r, err := registry.Latest(tx, entry)
	if err != nil || r == nil {
		return nil, err
	}
	found, _ := likeliest(f.at(), [][]string{cellsOf(r, nil)}, mostConcerned, review)
	var out []string
	for _, h := range found {
		out = append(out, h.IDs[0])
	}
	return out, nil
}
