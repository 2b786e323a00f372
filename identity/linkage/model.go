package linkage

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
)

// Model is what training found out: enough to score a pair again and to explain
// it. It is a value; two models with the same hash give the same weights for the
// same levels and frequencies.
type Model struct {
	Version     int               `json:"version"`
	Spec        Spec              `json:"spec"`
	Duplicates  bool              `json:"duplicates"` // one file against itself
	Records     [2]int            `json:"records"`
	Comparisons []ComparisonModel `json:"comparisons"`
	// OneToOne says that a record has at most one partner, so that rivals count.
	OneToOne bool `json:"one_to_one"`
	// Prior is log2 of the odds that two records are one person before they are
	// compared: two taken at random or, under OneToOne, two without other partners.
	Prior float64 `json:"prior"`
	// Related are the classes of pairs that are neither of one person nor of
	// strangers; none between two files in which everybody stands once.
	Related []Related `json:"related,omitempty"`
	// Matches is the expected number of true pairs among the candidates.
	Matches float64 `json:"matches"`
	// Rounds is the number of EM rounds until nothing moved, those before u was
	// measured again included.
	Rounds int `json:"rounds"`
	// Converged is false if EM stopped at its limit of rounds.
	Converged bool `json:"converged"`
}

// ComparisonModel holds the probabilities of one comparison.
type ComparisonModel struct {
	Name   string  `json:"name"`
	Kind   Kind    `json:"kind"`
	Levels []Level `json:"levels"`
}

// Level is one level of agreement, weakest first.
type Level struct {
	Name string  `json:"name"`
	M    float64 `json:"m"` // chance of this level for two records of one person
	U    float64 `json:"u"` // the same for two different people
	// Freq is the value frequency for which U holds; the weight of a pair that
	// agrees on a value of frequency f grows by log2(Freq/f). Zero means that
	// frequency plays no part at this level.
	Freq float64 `json:"freq,omitempty"`
}

// Weight is log2(m/u), in bits.
func (l Level) Weight() float64 { return math.Log2(l.M / l.U) }

// modelVersion changes whenever the meaning of a level or a number changes.
const modelVersion = 3

// Hash is "sha256:" and the hash of the model's canonical JSON. Numbers are
// rounded to nine significant digits, so that the last bits of floating-point
// sums never show.
func (m Model) Hash() string {
	b, err := json.Marshal(m)
	if err != nil {
		panic("linkage: a model holds plain numbers and strings only: " + err.Error())
	}
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func round9(x float64) float64 {
	if x == 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return x
	}
	p := math.Pow(10, 8-math.Floor(math.Log10(math.Abs(x))))
	return math.Round(x*p) / p
}

func (m *Model) round() {
	m.Prior, m.Matches = round9(m.Prior), round9(m.Matches)
	for _, r := range m.Related {
		for _, p := range r.R {
			for i := range p {
				p[i] = round9(p[i])
			}
		}
	}
	for c := range m.Related {
		m.Related[c].Prior = round9(m.Related[c].Prior)
	}
	for i := range m.Comparisons {
		for j := range m.Comparisons[i].Levels {
			l := &m.Comparisons[i].Levels[j]
			l.M, l.U, l.Freq = round9(l.M), round9(l.U), round9(l.Freq)
		}
	}
}
