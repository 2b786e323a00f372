package script

// skeletonLen is the most letters a skeleton has.
const skeletonLen = 8

// Skeleton gives a short phonetic key of a token for blocking: equal for the
// ways in which a name is spelled by ear in Indonesia, in Khmer romanisation
// and in much of Europe, and no evidence by itself. It has at most 8 letters
// a–z and digits, and is empty only for a token without letters and digits.
//
// Consonants fall into classes: f v w p ph; k q kh, and h at the beginning;
// s sh sy z j c ch ts, and y at the beginning; t th; d dh. Doubled letters and
// an h inside vanish, a final d or b counts as t or p. Of the vowels a first
// letter is kept as a, i or u, and so is one that ends the word, where it tells
// Dewi from Dewa; a word of one syllable between consonants (sok, heng, kim)
// keeps whether its vowel is front or not; the others vanish.
func Skeleton(token string) string {
	var stack [64]byte
	b := append(stack[:0], token...)
	if mayBeOld(b) {
		b = respell(b, nil)
	}
	if n := len(b); n > 2 && b[n-1] == 'h' && isVowel(b[n-2]) {
		b = b[:n-1]
	}
	k := key{in: b}
	for k.at < len(b) && k.n < skeletonLen {
		if isVowel(b[k.at]) && !(k.at == 0 && b[0] == 'y' && isVowel(k.letter(1))) {
			k.vowel()
		} else {
			k.consonant()
		}
	}
	return string(k.out[:min(k.n, skeletonLen)])
}

// key is a skeleton in the making.
type key struct {
	in     []byte
	at     int
	out    [skeletonLen + 1]byte // x stands for two
	n      int                   // letters in out
	groups int                   // groups of vowels so far
	closed bool                  // the letter put last was a consonant with no vowel after it
}

// letter is the letter n after the one being read, 0 outside the token.
func (k *key) letter(n int) byte {
	if i := k.at + n; 0 <= i && i < len(k.in) {
		return k.in[i]
	}
	return 0
}

// put writes a consonant class that width letters stand for.
func (k *key) put(c byte, width int) {
	k.at += width
	if !k.closed || k.out[k.n-1] != c {
		k.out[k.n] = c
		k.n++
	}
	k.closed = true
}

// vowel reads a group of vowels.
func (k *key) vowel() {
	from := k.at
	front := false
	for ; k.at < len(k.in); k.at++ {
		switch k.in[k.at] {
		case 'e', 'i', 'y':
			front = true
		case 'a', 'o', 'u':
		case 'w': // only a vowel where no vowel follows: sow, keow
			if isVowel(k.letter(1)) {
				goto done
			}
		default:
			goto done
		}
	}
done:
	group := k.in[from:k.at]
	k.groups++
	class := byte('a')
	switch {
	case k.at == len(k.in) && from > 0: // at the end
		if len(group) == 1 && group[0] == 'e' && len(k.in) > 3 {
			return // anne, clarke
		}
		class = vowelClass(lastVowel(group))
	case from == 0:
		class = vowelClass(group[0])
	case k.groups > 1 || hasVowel(k.in[k.at:]):
		k.closed = false
		return
	case front:
		class = 'i'
	}
	k.closed = false
	k.out[k.n] = class
	k.n++
}

func hasVowel(b []byte) bool {
	for _, c := range b {
		if isVowel(c) {
			return true
		}
	}
	return false
}

func vowelClass(c byte) byte {
	switch c {
	case 'e', 'i', 'y':
		return 'i'
	case 'o', 'u':
		return 'u'
	}
	return 'a'
}

func lastVowel(group []byte) byte {
	for i := len(group) - 1; i > 0; i-- {
		if group[i] != 'w' {
			return group[i]
		}
	}
	return group[0]
}

// consonant reads one consonant, or the letters that stand for one.
func (k *key) consonant() {
	c, first := k.in[k.at], k.at == 0
	for k.at+1 < len(k.in) && k.in[k.at+1] == c {
		k.at++
	}
	next, last := k.letter(1), k.at+1 == len(k.in)
	h := 1 // with the h that softens it
	if next == 'h' {
		h = 2
		last = k.at+2 == len(k.in)
	}
	switch c {
	case 'b':
		if last {
			c = 'p'
		}
		k.put(c, h)
	case 'c':
		k.c(first, next, h)
	case 'd':
		switch {
		case next == 'z':
			k.put('s', 2)
		case last:
			k.put('t', h)
		default:
			k.put('d', h)
		}
	case 'f', 'v', 'w', 'p':
		k.put('p', h)
	case 'h':
		if first {
			k.put('k', 1)
		} else {
			k.at++
		}
	case 'j', 'z', 'y':
		k.put('s', h)
	case 'k', 'q':
		k.put('k', h)
	case 'g':
		k.put('g', h)
	case 's':
		if next == 'c' && k.letter(2) == 'h' {
			h = 3
		}
		k.put('s', h)
	case 't':
		if next == 's' && first {
			k.put('s', 2)
		} else {
			k.put('t', h)
		}
	case 'x':
		if !first {
			k.put('k', 0)
		}
		k.put('s', 1)
	case 'r':
		if k.isSilentR() {
			k.at++
		} else {
			k.put('r', 1)
		}
	default: // l m n and digits
		k.put(c, 1)
	}
}

// isSilentR finds the r that some Cambodians write in -eurn and -ourn to show a
// long vowel.
func (k *key) isSilentR() bool {
	return k.at >= 2 && k.at+2 == len(k.in) && k.letter(1) == 'n' && k.letter(-1) == 'u' &&
		(k.letter(-2) == 'e' || k.letter(-2) == 'o')
}

// c is soft as in Indonesian cahya and candra at the beginning and before e, i
// and y, and hard as in Veronica, Marcus, Victor elsewhere.
func (k *key) c(first bool, next byte, h int) {
	switch {
	case next == 'h':
		if (k.letter(2) == 'a' && k.letter(3) == 'e' || k.letter(2) == 'o') && !first { // michael, nicholas
			k.put('k', 2)
		} else {
			k.put('s', 2)
		}
	case next == 'k':
		k.put('k', 2)
	case next == 'e' || next == 'i' || next == 'y',
		isVowel(next) && (first || k.letter(-1) == 'n'):
		k.put('s', h)
	default:
		k.put('k', h)
	}
}
