package person

import (
	"strings"
	"unicode"
)

// Name is a name as its source writes it: whole, or in the parts that the
// source has columns for. Which part is which is the source's claim; many people
// have one name only, and offices fill the second column as they please.
type Name struct {
	Full, Given, Family string
}

// Whole is the name in one piece: Full where the source has it, else given and
// family name in that order. Runs of white space are one space.
func (n Name) Whole() string {
	if w := strings.Join(strings.Fields(n.Full), " "); w != "" {
		return w
	}
	return strings.Join(append(strings.Fields(n.Given), strings.Fields(n.Family)...), " ")
}

// IsZero reports whether the source gives no name.
func (n Name) IsZero() bool { return n.Whole() == "" }

// Script is a writing system, as far as reading names has to tell them apart.
type Script uint8

// The scripts of the corridor's registers.
const (
	ScriptUnknown Script = iota // no letters
	Latin
	Khmer
	Thai
	Lao
	Han
	Arabic
	Cyrillic
	OtherScript
	MixedScript // letters of more than one
)

var scriptNames = [...]string{"unknown", "Latin", "Khmer", "Thai", "Lao", "Han", "Arabic", "Cyrillic", "other", "mixed"}

// String is the script's name in English.
func (s Script) String() string {
	if int(s) < len(scriptNames) {
		return scriptNames[s]
	}
	return scriptNames[ScriptUnknown]
}

// Script tells in which script the name is written; what is not a letter does
// not count.
func (n Name) Script() Script {
	found := ScriptUnknown
	for _, r := range n.Whole() {
		if !unicode.IsLetter(r) {
			continue
		}
		s := scriptOf(r)
		if found != ScriptUnknown && found != s {
			return MixedScript
		}
		found = s
	}
	return found
}

var scriptTables = [...]struct {
	script Script
	table  *unicode.RangeTable
}{
	{Latin, unicode.Latin}, {Khmer, unicode.Khmer}, {Thai, unicode.Thai}, {Lao, unicode.Lao},
	{Han, unicode.Han}, {Arabic, unicode.Arabic}, {Cyrillic, unicode.Cyrillic},
}

func scriptOf(r rune) Script {
	for _, t := range scriptTables {
		if unicode.Is(t.table, r) {
			return t.script
		}
	}
	return OtherScript
}
