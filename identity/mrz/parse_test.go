package mrz

import (
	"errors"
	"strings"
	"testing"

	"mitra/identity/person"

	"pgregory.net/rapid"
)

const (
	passportTop    = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
	passportBottom = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
	passport       = passportTop + "\n" + passportBottom
)

func TestCheckDigit(t *testing.T) {
	for in, want := range map[string]byte{
		"520727": '3', "D23145890734": '9', "AB2134<<<": '5', "L898902C3": '6', "": '0', "<<<<<<": '0', "ZE184226B<<<<<": '1',
	} {
		if got, ok := CheckDigit(in); !ok || got != want {
			t.Errorf("%s: got %c, want %c", in, got, want)
		}
	}
	if _, ok := CheckDigit("a"); ok {
		t.Error("a small letter has a check digit")
	}
}

func TestParseRefuses(t *testing.T) {
	for name, in := range map[string]string{
		"nothing":              "",
		"one line":             passportTop,
		"lengths differ":       passportTop + "\n" + passportBottom[1:],
		"too short":            passportTop[1:] + "\n" + passportBottom[1:],
		"small letters":        strings.ToLower(passport),
		"a space":              strings.Replace(passport, "<", " ", 1),
		"a newline at the end": passport + "\n",
		"carriage returns":     passportTop + "\r\n" + passportBottom,
		"four lines":           passport + "\n" + passport,
		"another script":       strings.Replace(passport, "E", "Е", 1),
		"a visa of three":      "V" + strings.Repeat("<", 29) + strings.Repeat("\n"+strings.Repeat("<", 30), 2),
	} {
		d, err := Parse(in)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: got %v, want an Error", name, err)
		}
		if d.String() != "" {
			t.Errorf("%s: data beside the error", name)
		}
	}
	_, err := Parse(passportTop + "\n" + passportBottom[:20] + "f" + passportBottom[21:])
	if want := "machine-readable zone: line 2: column 21: a character other than A–Z, 0–9 and <"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestFaults changes one place of a passport at a time.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name      string
		line, col int // from 1
		put       string
		field     Field
		reason    string
	}{
		{"code", 1, 1, "1", FieldCode, "no letter"},
		{"issuer", 1, 3, "ZZZ", FieldIssuer, "not a code"},
		{"nationality", 2, 11, "UT<", FieldNationality, "not a code"},
		{"digit in the name", 1, 10, "5", FieldName, "digit"},
		{"name begins late", 1, 6, "<", FieldName, "begins with a filler"},
		{"letter in a date", 2, 14, "A", FieldBirth, "not digits"},
		{"no such month", 2, 14, "741312", FieldBirth, "no such day"},
		{"no such day", 2, 22, "120431", FieldExpiry, "no such day"},
		{"29 February of a common year", 2, 22, "130229", FieldExpiry, "no such day"},
		{"day without month", 2, 14, "74<<12", FieldBirth, "unknown"},
		{"sex", 2, 21, "W", FieldSex, "not M, F"},
		{"sex as printed", 2, 21, "X", FieldSex, "filler in the zone"},
		{"number's check", 2, 10, "7", FieldNumber, "does not agree"},
		{"birth's check", 2, 20, "<", FieldBirth, "does not agree"},
		{"expiry's check", 2, 28, "8", FieldExpiry, "does not agree"},
		{"personal number's check", 2, 43, "<", FieldOptional, "does not agree"},
		{"composite", 2, 44, "1", FieldComposite, "does not agree"},
	} {
		lines := [][]byte{[]byte(passportTop), []byte(passportBottom)}
		copy(lines[c.line-1][c.col-1:], c.put)
		d, err := Parse(string(lines[0]) + "\n" + string(lines[1]))
		if err != nil || d.Valid() {
			t.Errorf("%s: no fault, %v", c.name, err)
			continue
		}
		found := false
		for _, f := range d.Faults {
			found = found || f.Field == c.field && f.Line == c.line && f.Col >= c.col && strings.Contains(f.Reason, c.reason)
		}
		if !found {
			t.Errorf("%s: faults %v", c.name, d.Faults)
		}
	}
}

func TestEmptyPersonalNumber(t *testing.T) {
	for _, check := range []string{"0", "<"} {
		d, err := Parse(passportTop + "\nL898902C36UTO7408122F1204159<<<<<<<<<<<<<<" + check + "8")
		if err != nil || d.Optional1 != "" || !d.Valid() {
			t.Errorf("check digit %s: %v, %v", check, err, d.Faults)
		}
	}
}

func TestGermanCode(t *testing.T) {
	d, err := Parse(strings.Replace(passport, "P<UTO", "P<D<<", 1))
	if err != nil || d.Issuer != "D" || !d.Valid() {
		t.Errorf("issuer %q, %v, %v", d.Issuer, d.Faults, err)
	}
}

// TestOneChangeIsSeen: a changed character of another value modulo 10 is found
// in every place that a check digit covers.
func TestOneChangeIsSeen(t *testing.T) {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"
	all := specimens(t)
	rapid.Check(t, func(t *rapid.T) {
		d, err := Parse(rapid.SampledFrom(all).Draw(t, "specimen").lines)
		if err != nil {
			t.Fatal(err)
		}
		l := &layouts[d.Format]
		covered := append([]span{l.number, l.birth, l.expiry}, l.covered...)
		s := rapid.SampledFrom(covered).Draw(t, "field")
		at := s.at + rapid.IntRange(0, s.n-1).Draw(t, "position")
		lines := d.Lines()
		was := lines[s.line][at]
		to := alphabet[rapid.IntRange(0, len(alphabet)-1).Draw(t, "to")]
		if value(was)%10 == value(to)%10 {
			return
		}
		lines[s.line] = lines[s.line][:at] + string(rune(to)) + lines[s.line][at+1:]
		changed, err := Parse(strings.Join(lines, "\n"))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range changed.Checks {
			if !c.OK {
				return
			}
		}
		t.Fatalf("%s: %c in place of %c at line %d column %d goes unseen", d.Format, to, was, s.line+1, at+1)
	})
}

func TestLinesAreACopy(t *testing.T) {
	d, _ := Parse(passport)
	d.Lines()[0] = ""
	if d.String() != passport {
		t.Error("the lines can be changed from outside")
	}
}

func TestDates(t *testing.T) {
	for _, c := range []struct{ birth, expiry, on, wantBirth, wantExpiry string }{
		{"740812", "120415", "2024-03-13", "1974-08-12", "2012-04-15"},
		{"240313", "340313", "2024-03-13", "2024-03-13", "2034-03-13"},
		{"240314", "740313", "2024-03-13", "1924-03-14", "2074-03-13"},
		{"250101", "750313", "2024-03-13", "1925-01-01", "1975-03-13"},
		{"0401<<", "2912<<", "2024-03-13", "2004-01", "2029-12"},
		{"24<<<<", "29<<<<", "2024-03-13", "2024", "2029"},
		{"900000", "290000", "2024-03-13", "1990", "2029"},
		{"<<<<<<", "<<<<<<", "2024-03-13", "", ""},
		{"000229", "280229", "2024-03-13", "2000-02-29", "2028-02-29"},
	} {
		d := Data{Birth: c.birth, Expiry: c.expiry}
		b, err1 := d.BirthDate(day(t, c.on))
		e, err2 := d.ExpiryDate(day(t, c.on))
		if err1 != nil || err2 != nil || b.String() != c.wantBirth || e.String() != c.wantExpiry {
			t.Errorf("%s, %s on %s: got %s, %s (%v, %v)", c.birth, c.expiry, c.on, b, e, err1, err2)
		}
		if !b.IsZero() && b.Slip != person.SlipTwoDigitYear {
			t.Errorf("%s: the century is not marked as a guess", c.birth)
		}
	}
	for _, d := range []Data{{Birth: "741312", Expiry: "741312"}, {}, {Birth: "74081A", Expiry: "<<0812"}, {Birth: "000229", Expiry: "500229"}} {
		if b, err := d.BirthDate(day(t, "1999")); err == nil {
			t.Errorf("%q: birth %s", d.Birth, b)
		}
		if e, err := d.ExpiryDate(day(t, "1999")); err == nil {
			t.Errorf("%q: expiry %s", d.Expiry, e)
		}
	}
	valid, _ := Parse(passport)
	if _, err := valid.BirthDate(person.Date{}); err == nil {
		t.Error("a birth is dated without a day to reckon from")
	}
	if _, err := valid.ExpiryDate(person.Date{}); err == nil {
		t.Error("an expiry is dated without a day to reckon from")
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range specimens(f) {
		f.Add(s.lines)
	}
	for _, s := range []string{"", "\n", "\n\n", passport + "\n", strings.Repeat("<", 44) + "\n" + strings.Repeat("<", 44), strings.Repeat("9", 36) + "\n" + strings.Repeat("Z", 36)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := Parse(s)
		if err != nil {
			return
		}
		if d.String() != s {
			t.Errorf("Parse then String changed the lines: %q", s)
		}
		d.BirthDate(person.Date{Year: 2024, Prec: person.PrecYear})
		d.ExpiryDate(person.Date{Year: 2024, Prec: person.PrecYear})
		if !d.Valid() {
			return
		}
		lines, err := Encode(d)
		if err != nil {
			return // a name without letters, a visa's code on a passport …
		}
		again, err := Parse(strings.Join(lines, "\n"))
		if err != nil || !again.Valid() {
			t.Fatalf("%q was written as %q: %v, %v", s, lines, err, again.Faults)
		}
		if a, b := fieldsOf(d), fieldsOf(again); a["number"] != b["number"] || a["given"] != b["given"] || a["surname"] != b["surname"] || a["optional1"] != b["optional1"] || a["birth"] != b["birth"] {
			t.Errorf("%q became %q", a, b)
		}
	})
}
