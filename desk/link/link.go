// Package link finds duplicates in a file, and the records of one file in another, for an officer who has the files in hand: it reads
// them, finds out which column names a record, and writes what was found. No node is needed, and nothing is kept.
package link

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"mitra/identity/linkage"
	"mitra/table"
)

// Floor is the probability from which pairs count as evidence for and
// against a group; which are shown is another question.
const Floor = 0.01

// An Input is what is linked. The zero value of all but Paths works.
type Input struct {
	Paths  []string // one file, in which duplicates are found, or two
	Spec   linkage.Spec
	IDs    [2]string // the columns that name the records of each file; empty: one of a usual name, else rows are numbered
	Ignore []string  // columns that are no evidence
	Truth  string    // a column that every file has, and that is no evidence
}

// Open reads the files into a linker. Each of keep gets the cells of every row of its file. What is wrong with the files is a
// [*table.Error].
func (in Input) Open(ctx context.Context, keep [2]func(*File, []string)) (*linkage.Linker, [2]*File, error) {
	l, files, err := in.Look(ctx)
	if err != nil {
		return nil, files, err
	}
	defer in.close(files)
	for i, side := range []*linkage.Side{l.Left(), l.Right()}[:len(in.Paths)] {
		if err := files[i].Load(ctx, side, keep[i]); err != nil {
			return nil, files, err
		}
	}
	return l, files, nil
}

func (in Input) close(files [2]*File) {
	for _, f := range files {
		if f != nil {
			f.Close()
		}
	}
}

// Look is Open without the rows: what the columns of the files are taken for. The files are to be closed.
func (in Input) Look(ctx context.Context) (l *linkage.Linker, files [2]*File, err error) {
	defer func() {
		if err != nil {
			in.close(files)
		}
	}()
	spec := in.Spec
	spec.Ignore = slices.Concat(spec.Ignore, in.Ignore)
	var headers [2][]string
	ids := [2]int{-1, -1}
	known := table.NewVocabulary(spec.Headings()...)
	for i, p := range in.Paths {
		f, err := Open(ctx, p, in.IDs[i], known)
		if err != nil {
			return nil, files, err
		}
		files[i], headers[i], ids[i] = f, f.Header(), f.ID
	}
	a := in.Paths[0]
	for _, col := range in.Ignore {
		same := func(h string) bool { return sameColumn(h, col) }
		if !slices.ContainsFunc(headers[0], same) && !slices.ContainsFunc(headers[1], same) {
			return nil, files, &table.Error{Code: "no_column", Message: "--ignore: no file has a column of that name", Column: col, File: a,
				Hint: files[0].Columns()}
		}
	}
	if in.Truth != "" {
		for i, p := range in.Paths {
			if files[i].At(in.Truth) < 0 {
				return nil, files, &table.Error{Code: "no_column", Message: "--truth: the file has no column of that name", Column: in.Truth, File: p,
					Hint: files[i].Columns()}
			}
		}
		spec.Ignore = append(spec.Ignore, in.Truth)
	}
	l, err = linkage.New(spec, headers[0], headers[1], ids[0], ids[1])
	if errors.Is(err, linkage.ErrNoColumns) {
		message, hint := "no column can be compared", files[0].Columns()
		if len(in.Paths) > 1 {
			message, hint = "the two files share no column that can be compared", hint+"; and in the other file, "+files[1].Columns()
		}
		return nil, files, &table.Error{Code: "no_columns", Message: message, File: a, Hint: hint}
	}
	return l, files, err
}

// An Explanation is a waterfall and what became of the pair.
type Explanation struct {
	linkage.Waterfall
	Outcome linkage.Outcome `json:"outcome"`
}

// PairHeader are the columns of a file of pairs.
var PairHeader = []string{"left", "right", "weight", "probability", "band"}

// PairRows gives the rows of a file of pairs, as they are; link is the probability from which a pair is linked.
func PairRows(link float64, left, right IDs, pairs []linkage.Pair) func(cells []string, i int) []string {
	return func(cells []string, i int) []string {
		p := &pairs[i]
		band, prob := "review", p.P()
		if prob >= link {
			band = "link"
		}
		return append(cells, left.ID(p.Left), right.ID(p.Right), strconv.FormatFloat(p.Weight, 'f', 6, 64), strconv.FormatFloat(prob, 'f', 6, 64), band)
	}
}

// GroupHeader are the columns of a file of groups.
var GroupHeader = []string{"id", "cluster"}

// GroupRows gives the rows of a file of groups: of each record the one that its group is called by.
func GroupRows(ids IDs, groups []int) func(cells []string, i int) []string {
	return func(cells []string, i int) []string { return append(cells, ids.ID(i), ids.ID(groups[i])) }
}
