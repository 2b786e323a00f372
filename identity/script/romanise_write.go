package script

import "strings"

// write puts the sounds of a word together.
func write(cs []cluster) string {
	var b strings.Builder
	first := true      // no syllable written yet
	second := false    // series of the last syllable
	open := false      // the last syllable has no coda yet
	shortOpen := false // and its vowel is short
	var before rune    // the consonant last written
	for i := range cs {
		c := &cs[i]
		if c.role == coda {
			b.WriteString(c.asCoda(&cs[i-1]))
			open, before = false, c.base
			continue
		}
		onset := c.onset()
		split := open && !first && c.splits()
		if split {
			onset = c.splitOnset()
			before = c.base
		}
		b.WriteString(onset)
		o := c.second()
		lead := c.base
		if split {
			lead = c.spokenCoengs()[0]
		}
		// Sonorants of Indic words sound in the series before them: da-ra, ma-ka-ra.
		carried := !first && c.shifter == 0 && isSonorant(lead) && (!second || before != 0 && !consonants[before].o)
		closing := closingOf(cs, i)
		b.WriteString(c.vowelText(o, carried, shortOpen && open && !split, i == len(cs)-1, closing))
		first = false
		second = o && !carried
		open = closing == nil && !c.m && !c.h && !c.ak
		shortOpen = c.vowel == vowelI || c.vowel == vowelU
		before = c.base
		if n := len(c.coengs); n > 0 {
			before = c.coengs[n-1]
		}
		open = open || closing != nil && closing.role == nucleus
	}
	return b.String()
}

// closingOf gives the cluster whose base ends the syllable of cluster i, or nil
// if the syllable is open.
func closingOf(cs []cluster, i int) *cluster {
	if i+1 == len(cs) || cs[i].m || cs[i].h || cs[i].ak {
		if i+1 < len(cs) && cs[i+1].role == coda {
			return &cs[i+1]
		}
		return nil
	}
	if next := &cs[i+1]; next.role == coda || next.splits() {
		return next
	}
	return nil
}

// onset gives the consonants before the vowel.
func (c *cluster) onset() string {
	if v := independents[c.base]; v != "" {
		return ""
	}
	s := consonants[c.base].onset
	if c.base == 'ប' && (c.shifter == muusikatoan || len(c.coengs) > 0) {
		s = "p"
	}
	for _, r := range c.coengs {
		s += consonants[r].onset
	}
	return s
}

// splitOnset gives the coda that the base is and the onset of the subscripts,
// with what would be doubled written once: p·ph is ph, n·n stays.
func (c *cluster) splitOnset() string {
	end := consonants[c.base].coda
	begin := ""
	for i, r := range c.spokenCoengs() {
		on := consonants[r].onset
		if i == 0 && r == khTa && (c.base == 'ណ' || c.base == 'ក') {
			on = "d"
		}
		begin += on
	}
	if len(begin) > 1 && end != "" && begin[0] == end[0] && begin[1] == 'h' {
		return begin
	}
	return end + begin
}

// spokenCoengs leaves out the stop between two nasals: chan·ta·na is channa.
func (c *cluster) spokenCoengs() []rune {
	if s := c.coengs; len(s) > 1 && isNasal(c.base) && !isSonorant(s[0]) && isNasal(s[1]) {
		return s[1:]
	}
	return c.coengs
}

// asCoda gives the end of the syllable that before carries.
func (c *cluster) asCoda(before *cluster) string {
	end := consonants[c.base].coda
	if c.base == 'វ' && before.vowel == vowelAe {
		return "" // in eo already
	}
	if c.base == 'យ' && before.samyok {
		return "" // in ey already
	}
	if before.m && c.base != 'ង' || len(c.coengs) == 0 {
		return end
	}
	sub := c.coengs[0]
	switch {
	case sub == c.base && isNasal(sub) && c.base != 'ម' && c.base != 'ញ':
		return end + end
	case end == "t" && (consonants[sub].coda == "th" || sub == 'ន'):
		return "th"
	}
	return end
}

// vowelText gives the vowel of a syllable that begins with c: o for the second
// series, carried if a first series before carries over, afterShort if an open
// syllable with a short vowel stands before, end at the end of the word,
// closing the cluster that closes it.
func (c *cluster) vowelText(o, carried, afterShort, end bool, closing *cluster) string {
	if v := independents[c.base]; v != "" {
		return v + c.tail(o && !carried)
	}
	var shut rune
	if closing != nil {
		shut = closing.base
	}
	if c.vowel == 0 {
		return c.inherent(o, carried, end, closing)
	}
	v := vowels[c.vowel]
	first, second := v.a, v.o
	if closing == nil && end {
		first, second = v.aEnd, v.oEnd
	}
	s := first
	if o {
		s = second
	}
	switch c.vowel {
	case vowelAa:
		switch {
		case carried:
			s = "a"
		case o && c.m && shut != 'ង':
			s = "oa"
		}
		if c.m && shut == 'ង' {
			return s
		}
	case vowelI:
		if closing != nil && len(closing.coengs) > 0 && (shut == 'ទ' || shut == 'ជ') {
			s = "i"
		}
	case vowelIi:
		if end && closing == nil {
			if o && carried && afterShort {
				s = "ey"
			}
			if c.base == 'យ' {
				s = "i"
			}
		} else if closing == nil && !o {
			s = "ey"
		}
	case '\u17B9':
		if o && (shut == 'ម' || shut == 'ន') || shut == 'ម' {
			s = "i"
		}
	case vowelE:
		if o && (shut == 'ច' || shut == 'ជ') {
			s = "i"
		}
	case vowelAe:
		if shut == 'វ' {
			s = "eo"
		}
	}
	return s + c.tail(o)
}

// inherent gives the vowel that is not written.
func (c *cluster) inherent(o, carried, end bool, closing *cluster) string {
	switch {
	case c.ak && o && !carried:
		return "eak"
	case c.ak:
		return "ak"
	case c.m && closing != nil && closing.base == 'ង':
		return "a"
	case c.m && o:
		return "um"
	case c.m:
		return "am"
	case c.robat:
		return "or"
	case closing == nil:
		if o && end && !carried {
			return "o" + c.tail(o)
		}
		return "a" + c.tail(o)
	}
	shut := closing.base
	switch {
	case c.samyok && shut == 'យ' && o:
		return "ey"
	case c.samyok && shut == 'យ':
		return "ay"
	case c.samyok && o && (shut == 'ក' || shut == 'ខ' || shut == 'គ'):
		return "ea"
	case o && shut == 'ក' && len(closing.coengs) > 0 && !closing.doubles():
		return "ea"
	case c.samyok, !o, closing.doubles():
		return "a"
	}
	return "o"
}

// doubles reports a doubled consonant, before which the inherent vowel of the
// second series is short a: vann-, rath-, lakh-.
func (c *cluster) doubles() bool {
	if len(c.coengs) == 0 || c.base == 'ម' || c.base == 'ង' {
		return false
	}
	a, b := consonants[c.base].coda, consonants[c.coengs[0]].coda
	return a != "" && b != "" && a[0] == b[0]
}

func (c *cluster) tail(o bool) string {
	switch {
	case c.m:
		return "m"
	case c.h:
		return "h"
	case c.ak && o:
		return "eak"
	case c.ak:
		return "ak"
	}
	return ""
}

// khmerWords are common parts of names whose usual romanisation the rules do
// not reach, in canonical order. Not reviewed by a speaker.
var khmerWords = map[string]string{
	"ព្រហ្ម": "prom", "ធម៌": "thor", "ពណ៌": "por", "បញ្ញា": "panha", "បញ្ញាវុធ": "panhavuth",
	"នគរ": "nokor", "អង្គរ": "angkor", "កម្ពុជា": "kampuchea", "ឯក": "ek", "ឧត្តម": "oudom",
	"ធីតា": "thida", "ទេពី": "tepy", "ពុំ": "pum", "ព្រំ": "prum", "ម៉ៅ": "mao", "ប៉ែន": "pen",
}
