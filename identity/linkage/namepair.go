package linkage

import (
	"fmt"
	"slices"
	"strings"

	"mitra/identity/script"
)

// NamePair says how alike two names are, outside any file.
type NamePair struct {
	// Level is, from the best: exact, order (the same words in another order),
	// orthography (the same names in another spelling or script), normalised (the
	// same but for titles and the like), one_near, near, all_near, within,
	// within_nearly, within_one, shares_several, shares_one, resembles, differs.
	Level string `json:"level"`
	// Weight is in bits, with built-in probabilities: what such a level is worth
	// among people of whom nothing else is known. A file's own training and the
	// rarity of names replace it.
	Weight float64 `json:"weight"`
	Left   Reading `json:"left"`
	Right  Reading `json:"right"`
	// Pairs are the words put beside each other, and what was left over.
	Pairs []string `json:"pairs"`
}

// The built-in weights, rounded from training on registers with known truth
// (docs/linkage.md).
var nameLevelWords = [nameLevels]struct {
	word string
	bits float64
}{
	nameDiffer: {"differs", -7.5}, nameResembles: {"resembles", -0.5}, nameShares: {"shares_one", 0},
	nameSharesMore: {"shares_several", 6.5}, nameWithinOne: {"within_one", 5.5}, nameWithinNearly: {"within_nearly", 8.5},
	nameWithin: {"within", 11}, nameAllNear: {"all_near", 7.5}, nameNearly: {"near", 11.5}, nameOneNear: {"one_near", 12.5}, nameExact: {"exact", 13.5},
}

// CompareNames compares two names as the engine does, with every token as common
// as any other.
func CompareNames(a, b string) NamePair {
	l := &Linker{tok: newTokens()}
	d := newDomain(FullName)
	var out NamePair
	var ids [2]uint32
	var parsed [2]script.Name
	for i, s := range [2]string{a, b} {
		n, steps := script.Explain(s)
		parsed[i] = n
		ids[i] = l.intern(d, strings.TrimSpace(s))
		var words []string
		for _, t := range n.Tokens {
			words = append(words, t.Text)
		}
		r := Reading{Written: s, Compared: strings.Join(words, " "), Steps: steps}
		if i == 0 {
			out.Left = r
		} else {
			out.Right = r
		}
	}
	out.Pairs = []string{}
	if ids[0] == none || ids[1] == none {
		out.Level = "missing"
		return out
	}
	l.tok.rarity = make([]float64, len(l.tok.text))
	d.rarity = make([]float64, len(d.text))
	l.tok.seal(d)
	c := nameComparer{tok: l.tok, dom: d}
	m := c.compare(ids[0], ids[1])
	w := nameLevelWords[m.level]
	out.Level, out.Weight = w.word, w.bits
	if m.level == nameExact {
		out.Level, out.Weight = sameLevel(a, b, out.Left.Steps, out.Right.Steps)
	}
	out.Pairs = c.pairs(parsed[0], parsed[1])
	return out
}

// sameLevel tells in which way two names with the same tokens differ as written.
func sameLevel(a, b string, left, right []script.Step) (string, float64) {
	words := func(s string) []string { return strings.Fields(script.FoldLatin(s)) }
	x, y := words(a), words(b)
	if len(x) > 0 && slices.Equal(x, y) || strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) {
		return "exact", 13.5
	}
	for _, s := range slices.Concat(left, right) {
		if strings.HasPrefix(s.Rule, "orthography") || strings.HasPrefix(s.Rule, "Khmer") {
			return "orthography", 13
		}
	}
	slices.Sort(x)
	slices.Sort(y)
	if len(x) > 0 && slices.Equal(x, y) {
		return "order", 13
	}
	return "normalised", 13
}

// pairs describes, for people, which words of two names go with which.
func (c *nameComparer) pairs(a, b script.Name) []string {
	out := []string{}
	used := make([]bool, len(b.Tokens))
	id := func(t script.Token) uint32 { return uint32(max(0, slices.Index(c.tok.text, t.Text))) }
	words := [...]string{tokInitial: "resembles", tokNear: "is nearly", tokSame: "is"}
	left, joined := slices.Clone(a.Tokens), false
	for want := uint8(tokSame); want >= tokInitial; want-- {
		if want < tokSame && !joined {
			left = joinedWords(left, b.Tokens, used, &out)
			joined = true
		}
		left = slices.DeleteFunc(left, func(t script.Token) bool {
			for j, o := range b.Tokens {
				like := uint8(tokSame)
				if t.Text != o.Text {
					like = c.tokenLike(id(t), id(o))
				}
				if !used[j] && like == want {
					used[j] = true
					out = append(out, fmt.Sprintf("%s %s %s", t.Text, words[want], o.Text))
					return true
				}
			}
			return false
		})
	}
	for _, t := range left {
		out = append(out, t.Text+" is in the first name alone")
	}
	for j, o := range b.Tokens {
		if !used[j] {
			out = append(out, o.Text+" is in the second name alone")
		}
	}
	return out
}

// joinedWords describes the words of one name that are two of the other, written
// together, and returns the words of the first name that are left.
func joinedWords(left, right []script.Token, used []bool, out *[]string) []script.Token {
	taken := make([]bool, len(left))
	find := func(whole script.Token, parts []script.Token, gone []bool) bool {
		for i, x := range parts {
			for j, y := range parts {
				if i != j && !gone[i] && !gone[j] && x.Text+y.Text == whole.Text && len(whole.Text) >= leastJoined {
					gone[i], gone[j] = true, true
					*out = append(*out, fmt.Sprintf("%s is %s %s in one word", whole.Text, x.Text, y.Text))
					return true
				}
			}
		}
		return false
	}
	for i, t := range left {
		taken[i] = find(t, right, used)
	}
	for j, t := range right {
		used[j] = used[j] || find(t, left, taken)
	}
	var rest []script.Token
	for i, t := range left {
		if !taken[i] {
			rest = append(rest, t)
		}
	}
	return rest
}
