package script

// Plain gives the text of the token that a word of ASCII letters becomes in every
// name, whatever other words stand beside it with nothing but spaces between: so
// the words of a name that all are plain need be read but once each. It returns
// false for a word that may mean something else, or nothing, in some name. Of a
// name that says all its words twice, in the same order, [Parse] keeps one half.
func Plain(word []byte) (text string, ok bool) {
	if len(word) < 2 {
		return "", false // an initial, or a title
	}
	var stack [longestWord]byte
	b, filler := stack[:0], true
	for _, c := range word {
		c |= 'a' - 'A'
		if c < 'a' || c > 'z' {
			return "", false
		}
		b = append(b, c)
		filler = filler && c == 'x'
	}
	if _, pair := placeholderPairs[string(b)]; pair || filler || articles[string(b)] || string(b) == "ni" || lexicon[string(b)].class != 0 {
		return "", false
	}
	if _, short := baliShort[string(b)]; short {
		return "", false
	}
	if mayBeOld(b) {
		if b = respell(b, nil); lexicon[string(b)].class != 0 {
			return "", false
		}
	}
	if len(b) >= 8 && string(b[:4]) == "abdu" {
		return "", false
	}
	return string(b), true
}
