package mrz

import (
	"strings"

	"mitra/identity/person"
)

// splitName divides the name field at its first double filler.
func splitName(field string) (surname, given string) {
	surname, given, _ = strings.Cut(strings.TrimRight(field, "<"), "<<")
	return words(surname), words(given)
}

// words turns fillers into single spaces.
func words(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == filler }), " ")
}

// The words that visas and passports put where a holder has no first or no last
// name.
const (
	noFirstName = "FNU"
	noLastName  = "LNU"
)

// OneName gives the name of a holder whose name the zone does not divide: only
// one identifier is filled, both hold the same (NAMA<<NAMA), or one holds FNU
// or LNU. The name may have several words.
func (d Data) OneName() (string, bool) {
	switch {
	case d.Given == "", d.Given == d.Surname, d.Given == noFirstName, d.Given == noLastName:
		return d.Surname, d.Surname != ""
	case d.Surname == "", d.Surname == noLastName, d.Surname == noFirstName:
		return d.Given, true
	}
	return "", false
}

// Name is the holder's name in the house's terms: in one piece where the zone
// does not divide it.
func (d Data) Name() person.Name {
	if one, ok := d.OneName(); ok {
		return person.Name{Full: one}
	}
	return person.Name{Given: d.Given, Family: d.Surname}
}

// NameFits reports whether the zone's name is what Encode would write for this
// name or, if the zone's may be truncated, whether each of its words begins the
// word at the same place. The error is that of [Encode] for such names.
func (d Data) NameFits(surname, given string) (bool, error) {
	p, err := transliterate(surname)
	if err != nil {
		return false, err
	}
	s, err := transliterate(given)
	if err != nil {
		return false, err
	}
	if p == "" {
		p, s = s, ""
	}
	p, s = words(p), words(s)
	if !d.NameTruncated {
		return d.Surname == p && d.Given == s, nil
	}
	return begins(d.Surname, p) && begins(d.Given, s), nil
}

func begins(short, full string) bool {
	a, b := strings.Fields(short), strings.Fields(full)
	if len(a) > len(b) {
		return false
	}
	for i := range a {
		if !strings.HasPrefix(b[i], a[i]) {
			return false
		}
	}
	return true
}

// nameField writes a name into n characters. Doc 9303 leaves the way of
// truncation to the issuing state within two rules kept here: no identifier is
// lost, and the last position is a letter.
func nameField(surname, given string, n int) (string, error) {
	p, err := transliterate(surname)
	if err != nil {
		return "", err
	}
	s, err := transliterate(given)
	if err != nil {
		return "", err
	}
	if p == "" {
		p, s = s, ""
	}
	if p == "" {
		return "", &Error{Field: FieldName, Reason: "missing"}
	}
	if s == "" {
		return cut("", p, n), nil
	}
	if room := n - len("<<") - 1; len(p) > room && len(p)+len("<<")+len(s) > n {
		p = cut("", p, room)
	}
	return cut(p+"<<", s, n), nil
}

// cut writes head and as much of tail as n characters hold. Where the cut would
// leave a filler in the last position, the last word before it that can spare a
// letter gives one, and the next word's initial ends the field.
func cut(head, tail string, n int) string {
	full := head + tail
	if len(full) <= n {
		return full + strings.Repeat("<", n-len(full))
	}
	if full[n-1] != filler {
		return full[:n]
	}
	next := full[n : n+1]
	for i := n - 2; i > 0; i-- {
		if isLetter(full[i]) && isLetter(full[i-1]) && full[i+1] == filler {
			return full[:i] + full[i+1:n] + next
		}
	}
	return full[:n] // initials throughout: nothing can be spared
}
