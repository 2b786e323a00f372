package report

import (
	"fmt"
	"html/template"

	"mitra/web/locale"
)

// Parts are the pieces of the page that another page shows too: words and pictures, all made, without scripts and styles.
type Parts struct {
	Classes []ClassLine
	Empty   []string // titles of classes without a record
	Missed  string   // how many permits are expected to have been missed, for the class [Parts.MissedClass]
	Permits string   // what became of the permits; empty where there are none
	Recall  string

	MissedClass                            string
	Flow, FlowTable, Weights, WeightsTable template.HTML
}

// ClassLine is a class as this reader may see it: the protected ones are one line, without a Class, unless they are shown apart.
type ClassLine struct {
	ClassCount
	Tone         string // of the pictures: plain, check, guard, faint or unsure
	Count, Share string
	Width        float64 // of its bar, percent
}

// PartsOf makes the pieces in the words of a catalog. It refuses figures that do not add up, as [Write] does.
func PartsOf(s Status, c *locale.Catalog) (Parts, error) {
	if err := s.Validate(); err != nil {
		return Parts{}, err
	}
	p, err := compose(s, c)
	if err != nil {
		return Parts{}, fmt.Errorf("report: %w", err)
	}
	out := Parts{
		Empty: p.Empty, Missed: p.Missed, MissedClass: p.MissedClass, Permits: p.PermitSentence, Recall: p.Recall,
		Flow: p.Flow.Draw, FlowTable: p.Flow.Table, Weights: p.Weights.Draw, WeightsTable: p.Weights.Table,
	}
	for _, l := range p.Lines {
		out.Classes = append(out.Classes, ClassLine{l.ClassCount, l.Tone.String(), l.Count, l.Share, l.Width})
	}
	return out, nil
}
