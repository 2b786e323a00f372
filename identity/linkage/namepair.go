package linkage

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"mitra/identity/script"
)

// NamePair says how alike two names are, outside any file.
type NamePair struct {
	// Level is, from the best: exact, order (the same words in another order),
	// orthography (the same names in another spelling or script), normalised (the
	// same but for titles and the like), one_near, near, all_near, within,
	// within_nearly, within_one, shares_several, shares_one, resembles, differs;
	// missing if one is empty.
	Level string `json:"level"`
	// Weight is in bits, see [NameScorer], and Probability what it comes to. A
	// file's own training and the rarity of names replace them.
	Weight      float64 `json:"weight"`
	Probability float64 `json:"probability"`
	// Same says that Weight reaches [SameName].
	Same  bool    `json:"same"`
	Left  Reading `json:"left"`
	Right Reading `json:"right"`
	// Pairs are the words put beside each other, and what was left over.
	Pairs []string `json:"pairs"`
}

var nameLevelWords = [nameLevels]string{"differs", "resembles", "shares_one", "shares_several", "within_one", "within_nearly",
	"within", "all_near", "near", "one_near", "exact"}

// CompareNames compares two names of which nothing else is known, with the
// built-in rarity of words.
func CompareNames(a, b string) NamePair {
	s := NewNameScorer(nil)
	out := NamePair{Pairs: []string{}}
	var names [2]BareName
	for i, written := range [2]string{a, b} {
		names[i] = s.Prepare(written)
		_, steps := script.ExplainBare(written)
		var words []string
		for _, w := range names[i].words {
			words = append(words, w.Text)
		}
		r := Reading{Written: written, Compared: strings.Join(words, " "), Steps: steps}
		if i == 0 {
			out.Left = r
		} else {
			out.Right = r
		}
	}
	if len(names[0].words) == 0 || len(names[1].words) == 0 {
		out.Level = "missing"
		return out
	}
	m := s.match(&names[0], &names[1])
	out.Weight = m.weight
	out.Probability = 1 / (1 + math.Exp2(-m.weight))
	out.Same = m.weight >= SameName
	x, y := &names[0], &names[1]
	if m.swapped {
		x, y = y, x
	}
	level := m.level(x, y)
	out.Level = nameLevelWords[level]
	if level == nameExact {
		out.Level = sameLevel(a, b, out.Left.Steps, out.Right.Steps)
	}
	out.Pairs = m.describe(x, y)
	return out
}

// level gives the level of the engine that the pairs come nearest to.
func (m *bareMatch) level(a, b *BareName) uint8 {
	same, near, distant, pairs := 0, 0, 0, 0
	for _, p := range m.pairs {
		x, y := &a.words[p.a], &b.words[p.b]
		if x.strength < 1 && y.strength < 1 {
			continue
		}
		switch {
		case p.likeness(x, y) == tokSame:
			same++
		case p.likeness(x, y) == tokNear:
			near++
		default:
			distant++
		}
		if x.strength == 1 && y.strength == 1 {
			pairs++
		}
	}
	if same+near+distant == 0 && len(m.pairs) > 0 { // weak words are all there is
		same, pairs = 1, 1
	}
	left := func(n *BareName, rest []int) (strong int) {
		for _, i := range rest {
			if n.words[i].strength == 1 {
				strong++
			}
		}
		return strong
	}
	return nameLevel(same, near, distant, pairs, left(a, m.leftA), left(b, m.leftB))
}

func (p pairing) likeness(x, y *bareWord) uint8 {
	switch {
	case p.widthA == 1 && p.widthB == 1 && x.Text == y.Text:
		return tokSame
	case p.cost > 1 || x.Kind == script.Initial || y.Kind == script.Initial:
		return tokInitial
	}
	return tokNear
}

// sameLevel tells in which way two names with the same tokens differ as written.
func sameLevel(a, b string, left, right []script.Step) string {
	words := func(s string) []string { return strings.Fields(script.FoldLatin(s)) }
	x, y := words(a), words(b)
	if len(x) > 0 && slices.Equal(x, y) || strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) {
		return "exact"
	}
	for _, s := range slices.Concat(left, right) {
		if strings.HasPrefix(s.Rule, "orthography") || strings.Contains(s.Rule, "romanised") {
			return "orthography"
		}
	}
	slices.Sort(x)
	slices.Sort(y)
	if len(x) > 0 && slices.Equal(x, y) {
		return "order"
	}
	return "normalised"
}

// describe tells people which words of two names go with which.
func (m *bareMatch) describe(a, b *BareName) []string {
	out := []string{}
	text := func(n *BareName, from, width int) string {
		var words []string
		for _, w := range n.words[from : from+width] {
			words = append(words, w.Text)
		}
		return strings.Join(words, " ")
	}
	first, second := "first", "second"
	if m.swapped {
		first, second = second, first
	}
	words := [...]string{tokInitial: "resembles", tokNear: "is nearly", tokSame: "is"}
	for _, p := range m.pairs {
		x, y := text(a, p.a, p.widthA), text(b, p.b, p.widthB)
		word := words[p.likeness(&a.words[p.a], &b.words[p.b])]
		if p.widthA != p.widthB {
			if p.widthA > 1 {
				x, y = y, x
			}
			out = append(out, fmt.Sprintf("%s is %s in one word", x, y))
			continue
		}
		if p.cost == 0.75 && a.words[p.a].Form(&b.words[p.b].Part) {
			word = "is a form of"
		}
		if m.swapped {
			x, y = y, x
		}
		out = append(out, fmt.Sprintf("%s %s %s", x, word, y))
	}
	if m.reversed {
		out = append(out, "father and child are the other way round")
	}
	for _, i := range m.leftA {
		out = append(out, fmt.Sprintf("%s is in the %s name alone", a.words[i].Text, first))
	}
	for _, i := range m.leftB {
		out = append(out, fmt.Sprintf("%s is in the %s name alone", b.words[i].Text, second))
	}
	return out
}
