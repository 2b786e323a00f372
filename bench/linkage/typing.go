package main

import "strings"

// rows are the keys of a keyboard; a finger hits a neighbour.
var rows = []string{"qwertyuiop", "asdfghjkl", "zxcvbnm"}

// sounds are spellings that a clerk who hears the first may write as the second.
var sounds = strings.Fields("ph>f f>ph c>k k>c ck>k k>ck ie>y y>ie i>y y>i ee>ea ea>ee ei>ie ie>ei th>t t>th s>z z>s v>f f>v w>v sch>sh sh>sch " +
	"ll>l l>ll nn>n n>nn tt>t t>tt rr>r r>rr ss>s s>ss mm>m m>mm oo>u u>oo ou>u ai>ay ay>ai e>a a>e o>u u>o sen>son son>sen mann>man man>mann ski>sky ov>off h> e>")

// seen are letters that a reader of handwriting or a scanner takes for others.
var seen = strings.Fields("rn>m m>rn cl>d d>cl l>i i>l vv>w u>n n>u h>b e>c c>e o>0 l>1")

// mistype makes one fault in a word. Rarely nothing comes of it.
func (e scribe) mistype(s string) string {
	if len(s) < 2 {
		return s
	}
	i := e.r.IntN(len(s))
	switch e.weighted(faults) {
	case 0: // a neighbouring key
		return s[:i] + e.neighbour(s[i]) + s[i+1:]
	case 1: // by ear
		return e.rewrite(s, sounds)
	case 2: // two neighbours swapped
		i = min(i, len(s)-2)
		return s[:i] + s[i+1:i+2] + s[i:i+1] + s[i+2:]
	case 3: // left out
		return s[:i] + s[i+1:]
	case 4: // doubled, or a neighbouring key as well
		if e.chance(0.5) {
			return s[:i] + s[i:i+1] + s[i:]
		}
		return s[:i] + e.neighbour(s[i]) + s[i:]
	case 5: // by eye
		return e.rewrite(s, seen)
	default: // cut off
		return s[:max(2, len(s)-1-e.r.IntN(4))]
	}
}

// neighbour is a key beside a key; what is no letter stays.
func (e scribe) neighbour(c byte) string {
	for _, row := range rows {
		if at := strings.IndexByte(row, c|0x20); at >= 0 {
			if at += 1 - 2*e.r.IntN(2); at < 0 || at >= len(row) {
				at = len(row) / 2
			}
			return string(row[at]&^0x20 | c&0x20)
		}
	}
	return string(c)
}

// rewrite applies one of the rules that fit, tried in random order.
func (e scribe) rewrite(s string, rules []string) string {
	for range 30 {
		from, to, _ := strings.Cut(rules[e.r.IntN(len(rules))], ">")
		// Not at the beginning: a capital letter is read with care.
		if at := strings.Index(s[1:], from); at >= 0 {
			return s[:1+at] + to + s[1+at+len(from):]
		}
	}
	return s
}
