package script

import "strings"

// Kind says what evidence a token can carry.
type Kind uint8

const (
	Word       Kind = iota // an ordinary part of a name
	Initial                // a single letter
	Weak                   // the Muhammad family, always with the text "muhammad"
	BirthOrder             // Balinese order of birth: wayan, made, nyoman, ketut …
	Clan                   // Batak marga: siregar, simanjuntak …
	Marker                 // bin, binti, s/o: no evidence, never in Name.Tokens
	Title                  // titles, honorifics and degrees: no evidence, never in Name.Tokens
	Particle               // de, van, abu …: in what Bare reads only
	Generation             // junior, III: in what Bare reads only
)

var kindNames = [...]string{"word", "initial", "weak", "birth order", "clan", "marker", "title", "particle", "generation"}

// String gives the kind in English, for explanations.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// Token is one part of a name. Text is lower-case ASCII a–z and 0–9, never
// empty, after folding, romanisation and orthography; in a script that is not read
// here it is the word as written, see [Words].
type Token struct {
	Text string
	Kind Kind
	// Father says that bin, ibn or the like stood before the token. Only [Bare]
	// sets it.
	Father bool
}

// Name is a name ready to be compared: its tokens in the written order.
type Name struct {
	Tokens []Token
}

// Joined gives the texts of the tokens without spaces, in the written order:
// equal for NUR HIDAYAH and NURHIDAYAH.
func (n Name) Joined() string {
	switch len(n.Tokens) {
	case 0:
		return ""
	case 1:
		return n.Tokens[0].Text
	}
	var b strings.Builder
	for _, t := range n.Tokens {
		b.WriteString(t.Text)
	}
	return b.String()
}

// Step is one named normalisation, for people to read: From is the text before
// in capitals (or in Khmer script), To the text after in small letters, empty
// if nothing is left of it.
type Step struct {
	Rule string `json:"rule"`
	From string `json:"from"`
	To   string `json:"to"`
}

// The names of the rules, as [Explain] gives them. The rules of spelling have
// theirs in orthography.go.
const (
	ruleKhmer          = "Khmer romanised"
	ruleRomanised      = "romanised"
	ruleFolded         = "letters folded"
	rulePlaceholder    = "placeholder removed"
	ruleTitle          = "title removed"
	ruleMarker         = "marker removed"
	ruleArticle        = "Arabic article joined"
	ruleArticleDropped = "Arabic article removed"
	ruleAbdul          = "Abdul separated"
	ruleMuhammad       = "Muhammad family"
	ruleBali           = "Balinese prefix removed"
	ruleBirthOrder     = "birth-order name"
	ruleClan           = "Batak clan name"
	ruleRepeated       = "repeated single name"
	ruleRepeatedAll    = "repeated name"
)
