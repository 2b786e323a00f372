package rules

import (
	"slices"
	"strings"
	"unicode"
)

// A VisaEffect is what a visa class says about a person.
type VisaEffect string

// The effects.
const (
	VisaNotWorking VisaEffect = "not_working" // the class is one that is not for work
	VisaRelief     VisaEffect = "relief"      // the class is a relief of overstay
)

// A Visa is a group of visa classes that say the same, by codes and names as
// registers write them.
type Visa struct {
	ID     string     `toml:"id"`
	Effect VisaEffect `toml:"effect"`
	Names  []string   `toml:"names"`
}

// Visa finds the group to which a visa class belongs, as a register writes it:
// in any case, with or without words like "visa" and "class", or as several
// names of one group ("ES (student)"). ok is false for a class that says
// nothing, among them every class that the pack does not list.
func (p *StatusPack) Visa(class string) (v Visa, ok bool) {
	words := visaWords(class)
	if i, ok := p.visas[strings.Join(words, " ")]; ok {
		return p.Visas[i], true
	}
	words = slices.DeleteFunc(words, func(w string) bool { return slices.Contains(p.VisaFiller, w) })
	if i, ok := p.visas[strings.Join(words, " ")]; ok {
		return p.Visas[i], true
	}
	group := -1
	for _, w := range words {
		i, ok := p.visas[w]
		if !ok || group >= 0 && i != group {
			return Visa{}, false
		}
		group = i
	}
	if group < 0 {
		return Visa{}, false
	}
	return p.Visas[group], true
}

// visaWords cuts a visa class into lower-case words. Marks are part of words
// because Khmer vowels are marks; zero-width spaces between Khmer words are not.
func visaWords(class string) []string {
	return strings.FieldsFunc(strings.ToLower(class), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
}
