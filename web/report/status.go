package report

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// Status is what the page shows. The zero value is a node that has loaded
// nothing. Texts of classes, axes and values are in the language of the page.
type Status struct {
	Lang string // en, id or km, or a tag near one of them; empty for English

	Node, Authority string
	AsOf            string // yyyy-mm-dd
	Generated       string // RFC 3339, or any text
	Synthetic       bool   // the people are invented
	Computed        bool   // the classes come from a run, not from officers
	ShowProtected   bool   // the reader may see the protected classes apart

	Residents, Persons                  int // records of residents, and people behind them; Persons 0: not counted
	Permits, Matched, Review, Unmatched int
	ExpectedMissed                      float64 // permits missed among NO_PERMIT_FOUND

	Classes  []ClassCount
	Routes   []Route // from a value of the work axis to a class; optional
	Axes     []AxisCount
	StayWork Cross

	Weights              []Bin
	ReviewFrom, LinkFrom float64 // weights, log2 of the odds
	BlockingRecall       float64 // 0 to 1; 0: not estimated

	RulePack, RuleVersion, RuleHash string
	RuleStanding                    string // how far the rules may be relied on, in words
	ModelHash                       string
	Imports                         []ImportLine

	Truth    *Truth // only with Synthetic
	Doubtful []Pair // empty without leave to show persons
}

// ClassCount is one class and the number of resident records that have it.
type ClassCount struct {
	Class              string // NO_PERMIT_FOUND
	Title, Explanation string
	N                  int
	Protected          bool   // shown to supervisors only
	Note               string // one more sentence, or empty
}

// Route counts the resident records that have one value of the work axis and
// one class.
type Route struct {
	Work  string // permit_valid
	Title string
	Class string
	N     int
}

// AxisCount counts the resident records by the values of one axis.
type AxisCount struct {
	Axis, Title string // stay
	Values      []ValueCount
}

// ValueCount is one value of an axis.
type ValueCount struct {
	Value, Title string
	N            int
}

// Cross counts resident records by two axes, N by row and then by column.
type Cross struct {
	Rows, Cols []string // titles of the values
	N          [][]int
}

// Bin counts the compared pairs with weights from From up to To.
type Bin struct {
	From, To float64
	N        int
}

// ImportLine is one list that was loaded.
type ImportLine struct {
	Noun, Source, File string
	Rows, Rejected     int
	At                 string // RFC 3339, or any text
}

// Truth compares the result with what is known of invented people.
type Truth struct {
	Precision, Recall float64 // of the links, 0 to 1
	ClassErrors       int     // resident records
}

// Pair is a resident and a permit that may be one person. Prior and the fields'
// weights add up to Weight.
type Pair struct {
	Left, Right         string // ids of the records
	Prior               float64
	Fields              []Field
	Weight, Probability float64
}

// Field is one comparison of a pair: the values as written, how well they agree
// in words, and what that weighs. Frequency is what the rarity of the value adds
// or takes.
type Field struct {
	Name, Left, Right, Level string
	Weight, Frequency        float64
}

// ErrFigures is wrapped by every fault that [Status.Validate] finds.
var ErrFigures = errors.New("the figures of the report do not add up")

// Validate lists every fault of the figures. Axes other than protection, which
// is a set, and the stay × work table cover every resident record or are empty.
func (s Status) Validate() (err error) {
	fault := func(format string, args ...any) {
		err = errors.Join(err, fmt.Errorf("%w: "+format, append([]any{ErrFigures}, args...)...))
	}
	covers := func(what string, sum int) {
		if sum != s.Residents {
			fault("%s sum up to %d, there are %d resident records", what, sum, s.Residents)
		}
	}
	count := func(what string, n int) int {
		if n < 0 {
			fault("%s: %d is less than nothing", what, n)
		}
		return n
	}
	unit := func(what string, x float64) {
		if !(x >= 0 && x <= 1) {
			fault("%s %g is not between 0 and 1", what, x)
		}
	}

	count("persons", s.Persons)
	if got := count("matched", s.Matched) + count("review", s.Review) + count("unmatched", s.Unmatched); got != s.Permits {
		fault("matched, review and unmatched sum up to %d, there are %d permits", got, s.Permits)
	}
	if !(s.ExpectedMissed >= 0) || math.IsInf(s.ExpectedMissed, 1) {
		fault("expected number of missed permits %g", s.ExpectedMissed)
	}
	unit("blocking recall", s.BlockingRecall)

	classes, sum := map[string]int{}, 0
	for _, c := range s.Classes {
		if _, twice := classes[c.Class]; twice {
			fault("class %s stands twice", c.Class)
		}
		classes[c.Class] = count("class "+c.Class, c.N)
		sum += c.N
	}
	if len(s.Classes) > 0 {
		covers("classes", sum)
	}
	if len(s.Routes) > 0 {
		byClass := map[string]int{}
		for _, r := range s.Routes {
			byClass[r.Class] += count("route", r.N)
			if _, known := classes[r.Class]; !known {
				fault("a route leads to %s, which is none of the classes", r.Class)
			}
		}
		for _, c := range s.Classes {
			if byClass[c.Class] != c.N {
				fault("routes to %s sum up to %d, the class has %d", c.Class, byClass[c.Class], c.N)
			}
		}
	}
	for _, a := range s.Axes {
		sum := 0
		for _, v := range a.Values {
			sum += count("axis "+a.Axis, v.N)
		}
		if a.Axis != protection {
			covers("values of axis "+a.Axis, sum)
		}
	}
	if len(s.StayWork.Rows) > 0 {
		sum := 0
		if len(s.StayWork.N) != len(s.StayWork.Rows) {
			fault("stay × work has %d rows and %d titles", len(s.StayWork.N), len(s.StayWork.Rows))
		}
		for _, row := range s.StayWork.N {
			if len(row) != len(s.StayWork.Cols) {
				fault("stay × work has %d columns and %d titles", len(row), len(s.StayWork.Cols))
			}
			for _, n := range row {
				sum += count("stay × work", n)
			}
		}
		covers("cells of stay × work", sum)
	}
	if s.Truth != nil {
		if !s.Synthetic {
			fault("only of invented people is the truth known")
		}
		unit("precision", s.Truth.Precision)
		unit("recall", s.Truth.Recall)
		count("class errors", s.Truth.ClassErrors)
	}
	for i, p := range s.Doubtful {
		unit(fmt.Sprintf("pair %d: probability", i+1), p.Probability)
		sum := p.Prior
		for _, f := range p.Fields {
			sum += f.Weight + f.Frequency
		}
		if !(math.Abs(sum-p.Weight) < 0.005) { // half of the last place shown
			fault("pair %d: prior and fields sum up to %.3f, the weight is %.3f", i+1, sum, p.Weight)
		}
	}
	return err
}

// protection is the axis that is a set, and shown to supervisors only.
const protection = "protection"

// regular reports whether a class says that stay and work are in order.
func regular(class string) bool { return strings.HasPrefix(class, "REGULAR_") }
