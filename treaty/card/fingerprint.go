package card

import (
	"crypto/sha256"
	"math/big"
	"strings"
	"unicode"
)

const (
	consonants = "bcdghjklmnprstwy"
	vowels     = "aiou"
	syllables  = 21 // seven words of three
)

// Fingerprint is the card in seven words of three syllables, to be compared by people:
// 126 bits of a hash over its payload.
func (s Signed) Fingerprint() string {
	h := sha256.Sum256(append([]byte("mxp-card fingerprint\n"), s.doc.Unverified()...))
	n := new(big.Int).SetBytes(h[:16])
	n.Rsh(n, 128-6*syllables)
	six := big.NewInt(63)
	var b [2 * syllables]byte
	for i := syllables - 1; i >= 0; i-- {
		v := new(big.Int).And(n, six).Int64()
		b[2*i], b[2*i+1] = consonants[v>>2], vowels[v&3]
		n.Rsh(n, 6)
	}
	var words []string
	for w := 0; w < len(b); w += 6 {
		words = append(words, string(b[w:w+6]))
	}
	return strings.Join(words, " ")
}

// SameFingerprint says whether what somebody has typed is the fingerprint of a card; case,
// spaces, hyphens and line breaks make no difference.
func SameFingerprint(s Signed, typed string) bool {
	if len(typed) > 1<<10 {
		return false
	}
	letters := func(s string) string {
		return strings.ToLower(strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) {
				return -1
			}
			return r
		}, s))
	}
	return letters(typed) == letters(s.Fingerprint())
}
