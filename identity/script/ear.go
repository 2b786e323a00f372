package script

// Ear writes a token of [Parse] or [Bare] as it sounds to people who do not
// know its language: one spelling for the ways in which Arabic, Slavic, Chinese
// and other names are written with Latin letters. Mohammed, Mohamad and
// Muhammad, Wolodymyr and Volodymyr, Yousef and Yusuf come closer or fall
// together. Unlike [Skeleton] it keeps vowels, so distances can be measured on
// it. Texts in other letters come back as they are.
//
// Groups of consonants become one letter: c for ch, tch, tsch, cz; s for sh,
// sch, soft c, x at the beginning; j for zh, dj, dzh; z for ts, tz, dz; h for
// kh; g for gh; f for ph; k for ck, q and hard c; v for w; t, d, b, r for th,
// dh, bh, rh. Doubled letters are one, ou and oo are u, ee, ie, y are i, an h
// before a consonant and at the end is silent.
func Ear(token string) string {
	var stack [64]byte
	out := stack[:0]
	put := func(c byte) {
		if n := len(out); n == 0 || out[n-1] != c {
			out = append(out, c)
		}
	}
	at := func(i int) byte {
		if i >= 0 && i < len(token) {
			return token[i]
		}
		return 0
	}
	has := func(i int, s string) bool { return len(token)-i >= len(s) && token[i:i+len(s)] == s }
	for i := 0; i < len(token); {
		c, next := token[i], at(i+1)
		width := 1
		switch {
		case c >= 0x80:
			return token
		case has(i, "shch"), has(i, "tsch"):
			c, width = 'c', 4
		case has(i, "dsch"):
			c, width = 'j', 4
		case has(i, "tch"), has(i, "chh"):
			c, width = 'c', 3
		case has(i, "sch"):
			c, width = 's', 3
		case has(i, "dzh"):
			c, width = 'j', 3
		case has(i, "ch"), has(i, "cz"):
			c, width = 'c', 2
		case has(i, "sh"), has(i, "sz"):
			c, width = 's', 2
		case has(i, "zh"), has(i, "dj"):
			c, width = 'j', 2
		case has(i, "ts"), has(i, "tz"), has(i, "dz"):
			c, width = 'z', 2
		case has(i, "kh"):
			c, width = 'h', 2
		case has(i, "ph"):
			c, width = 'f', 2
		case has(i, "ck"):
			c, width = 'k', 2
		case next == 'h' && (c == 't' || c == 'd' || c == 'b' || c == 'r' || c == 'g'):
			width = 2
		case c == 'q':
			c = 'k'
			if next == 'u' && isVowel(at(i+2)) {
				width = 2
			}
		case c == 'x':
			c = 's'
			if i > 0 {
				put('k')
			}
		case c == 'w':
			c = 'v'
			if i > 0 && isVowel(at(i-1)) && !isVowel(next) {
				c = 'u'
			}
		case c == 'c':
			if next != 'e' && next != 'i' && next != 'y' {
				c = 'k'
			} else {
				c = 's'
			}
		case c == 'h' && i > 0 && (next == 0 || !isVowel(next)):
			i++
			continue
		case has(i, "ou"), has(i, "oo"), has(i, "oe") && i > 0 && at(i+2) != 'v':
			c, width = 'u', 2
		case has(i, "ee"), has(i, "ie") && at(i+2) != 'v', has(i, "iy"), has(i, "yy"), has(i, "ij"), has(i, "yj"):
			c, width = 'i', 2
		case c == 'y':
			c = 'i'
		case c == 'j' && i > 0 && isVowel(at(i-1)) && !isVowel(next):
			c = 'i'
		}
		put(c)
		i += width
	}
	if len(out) == 0 {
		return token
	}
	return string(out)
}
