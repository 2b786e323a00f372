package tuning

import (
	"strings"

	"mitra/desk/link"
	"mitra/identity/linkage"
)

// TruthColumns are taken for the truth of one file where none is named.
var TruthColumns = []string{"cluster", "label"}

// Labels are the values of a column that tells the truth, numbered: 0 stands for a blank.
type Labels struct {
	names  []string // columns that may be it
	column string   // its heading, once it is found
	number map[string]uint32
	of     [2][]uint32 // of the records of each side
}

// NewLabels are those of the first column that is called by one of names, if there is one.
func NewLabels(names ...string) *Labels { return &Labels{names: names, number: map[string]uint32{}} }

// Take keeps the label of each row of a file, 0 or 1.
func (t *Labels) Take(side int) func(f *link.File, cells []string) {
	column := -2
	return func(f *link.File, cells []string) {
		if column == -2 {
			column = -1
			for _, name := range t.names {
				if at := f.At(name); at >= 0 && column < 0 {
					column = at
				}
			}
			if column >= 0 && t.column == "" {
				t.column = f.Column(column)
			}
		}
		n := uint32(0)
		if column >= 0 && strings.TrimSpace(cells[column]) != "" {
			label := strings.TrimSpace(cells[column])
			if n = t.number[label]; n == 0 {
				n = uint32(len(t.number)) + 1
				t.number[strings.Clone(label)] = n
			}
		}
		t.of[side] = append(t.of[side], n)
	}
}

// truth is what the labels say of two records.
func (t *Labels) truth(left, right int) linkage.Truth {
	switch a, b := t.of[0][left], t.of[1][right]; {
	case a == 0 || b == 0:
		return linkage.Unknown
	case a == b:
		return linkage.Same
	}
	return linkage.Different
}

// count returns how many records have a label, and how many pairs of records, of
// one file or of two, have the same.
func (t *Labels) count(oneFile bool) (records int, pairs int64) {
	var held [2][]int64
	sides := t.of[:]
	if oneFile {
		sides = sides[:1]
	}
	for s := range sides {
		held[s] = make([]int64, len(t.number)+1)
		for _, n := range sides[s] {
			held[s][n]++
			if n > 0 {
				records++
			}
		}
	}
	for n := 1; n <= len(t.number); n++ {
		if oneFile {
			pairs += held[0][n] * (held[0][n] - 1) / 2
		} else {
			pairs += held[0][n] * held[1][n]
		}
	}
	return records, pairs
}

// Run links files, which names call, as o says but with every pair, and is what the page shows of it. What the labels say has been
// taken while the files were read.
func Run(l *linkage.Linker, names []string, t *Labels, o linkage.Options) (View, error) {
	one := len(names) == 1
	if one {
		t.of[1] = t.of[0]
	}
	o.Min = linkage.EveryPair
	res, err := l.Run(o)
	if err != nil {
		return View{}, err
	}
	var truth func(left, right int) linkage.Truth
	if t.column != "" {
		truth = t.truth
	}
	v := View{Result: res, Summary: l.Summarise(res, truth), Files: []File{{Name: names[0], Records: l.Left().Len()}}}
	if !one {
		v.Files = append(v.Files, File{Name: names[1], Records: l.Right().Len()})
	}
	if t.column != "" {
		v.Truth = &Truth{Column: t.column}
		v.Truth.Records, v.Truth.Pairs = t.count(one)
	}
	v.judge(l, t)
	return v, nil
}

// judge counts what would be linked and shown for review, as mitra link does.
func (v *View) judge(l *linkage.Linker, t *Labels) {
	spec := v.Result.Model.Spec
	var pairs []linkage.Pair
	for _, p := range v.Result.Pairs {
		if p.P() >= spec.Review {
			pairs = append(pairs, p)
		}
	}
	if v.Result.Model.OneToOne {
		pairs = l.Assign(pairs, nil)
	}
	for _, p := range pairs {
		isLink := p.P() >= spec.Link
		if isLink {
			v.Links++
		} else {
			v.Review++
		}
		if v.Truth == nil {
			continue
		}
		known := t.truth(p.Left, p.Right)
		for _, k := range []*Kept{&v.Truth.Link, &v.Truth.All} {
			if known == linkage.Unknown || k == &v.Truth.Link && !isLink {
				continue
			}
			k.Known++
			if known == linkage.Same {
				k.True++
			}
		}
	}
}
