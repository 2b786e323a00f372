package mrz

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestReadForgivesLayout(t *testing.T) {
	for name, in := range map[string]string{
		"small letters":     strings.ToLower(passport),
		"spaces":            "  P<UTO ERIKSSON<<ANNA<MARIA <<<<<<<<<<<<<<<<<<< \n\n" + passportBottom + "\t\n",
		"carriage returns":  passportTop + "\r\n" + passportBottom + "\r\n",
		"old line ends":     passportTop + "\r" + passportBottom,
		"no line break":     passportTop + passportBottom,
		"a break too many":  passportTop[:20] + "\n" + passportTop[20:] + "\n" + passportBottom,
		"guillemets":        strings.ReplaceAll(passport, "<<", "«"),
		"single guillemets": strings.ReplaceAll(passport, "<", "‹"),
		"full width":        strings.ReplaceAll(strings.ReplaceAll(passport, "<", "＜"), "ERIKSSON", "ＥＲＩＫＳＳＯＮ"),
		"zero width":        "\uFEFF" + passport[:3] + "\u200B" + passport[3:],
	} {
		d, made, err := Read(in)
		if err != nil || len(made) != 0 || d.String() != passport || !d.Valid() {
			t.Errorf("%s: %v, %v\n%s", name, err, made, d)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for name, in := range map[string]string{
		"nothing":         "",
		"one line":        passportTop,
		"a foreign sign":  strings.Replace(passport, "<", "?", 1),
		"another script":  strings.Replace(passport, "ERIKSSON", "ЭРИКССОН", 1),
		"invalid UTF-8":   passport + "\xff",
		"far too long":    strings.Repeat("<", 5000),
		"short below":     passportTop + "\n" + passportBottom[:40],
		"a visa of three": "V" + strings.Repeat("<", 89),
	} {
		_, made, err := Read(in)
		var e *Error
		if !errors.As(err, &e) || made != nil {
			t.Errorf("%s: got %v, %v; want an Error", name, made, err)
		}
	}
	_, _, err := Read("\n" + passportTop + "\n\nL8?" + passportBottom[3:])
	if want := "machine-readable zone: line 4: column 3: a character that stands for none of A–Z, 0–9 and <"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// misread puts characters into the passport, at line and column from 1.
func misread(t *testing.T, lines string, changes ...Correction) string {
	t.Helper()
	l := strings.Split(lines, "\n")
	for _, c := range changes {
		if l[c.Line-1][c.Col-1:c.Col] != c.To {
			t.Fatalf("line %d column %d holds no %s", c.Line, c.Col, c.To)
		}
		l[c.Line-1] = l[c.Line-1][:c.Col-1] + c.From + l[c.Line-1][c.Col:]
	}
	return strings.Join(l, "\n")
}

// TestReadCorrects: each list is what was misread and has to come back as what
// was corrected.
func TestReadCorrects(t *testing.T) {
	all := specimens(t)
	td1 := all[1].lines
	longCheck := linesOf(t, TD1, func(d *Data) { d.Number = "D23145890733" }) // check digit 8
	longRest := linesOf(t, TD1, func(d *Data) { d.Number = "XYXYXYXYXX5" })
	personal := linesOf(t, TD3, func(d *Data) { d.Optional1 = "1XYXYX" })
	optional := linesOf(t, TD1, func(d *Data) { d.Optional2 = "0XYZ" })
	for name, c := range map[string]struct {
		lines string
		made  []Correction
	}{
		"letters in a date": {passport, []Correction{
			{FieldBirth, 2, 17, "B", "8", WhyDigit}, {FieldBirth, 2, 18, "I", "1", WhyDigit}, {FieldBirth, 2, 19, "Z", "2", WhyDigit}, {FieldExpiry, 2, 24, "O", "0", WhyDigit}, {FieldExpiry, 2, 27, "S", "5", WhyDigit}}},
		"letters in check digits": {passport, []Correction{
			{FieldNumber, 2, 10, "G", "6", WhyDigit}, {FieldOptional, 2, 43, "L", "1", WhyDigit}, {FieldComposite, 2, 44, "D", "0", WhyDigit}}},
		"digits in the name":      {passport, []Correction{{FieldName, 1, 8, "1", "I", WhyLetter}, {FieldName, 1, 10, "5", "S", WhyLetter}, {FieldName, 1, 12, "0", "O", WhyLetter}}},
		"a digit in a state":      {passport, []Correction{{FieldIssuer, 1, 5, "0", "O", WhyState}, {FieldNationality, 2, 13, "0", "O", WhyState}}},
		"O for 0 in a number":     {passport, []Correction{{FieldNumber, 2, 6, "O", "0", WhyCheck}}},
		"D for 0 in a number":     {td1, []Correction{{FieldNumber, 1, 14, "D", "0", WhyCheck}}},
		"a personal number":       {personal, []Correction{{FieldOptional, 2, 29, "I", "1", WhyCheck}}},
		"a long number's rest":    {longRest, []Correction{{FieldNumber, 1, 17, "S", "5", WhyCheck}}},
		"a long number's check":   {longCheck, []Correction{{FieldNumber, 1, 19, "B", "8", WhyCheck}}},
		"optional data of a card": {optional, []Correction{{FieldOptional2, 2, 19, "O", "0", WhyCheck}}},
	} {
		d, made, err := Read(misread(t, c.lines, c.made...))
		if err != nil || d.String() != c.lines || !d.Valid() || !reflect.DeepEqual(made, c.made) {
			t.Errorf("%s: %v\nmade %v\nwant %v\n%s", name, err, made, c.made, d)
		}
	}
}

// TestReadIsRightOrSilent: of one character misread as one that resembles it,
// Read makes what it was, or leaves it; nothing else is changed.
func TestReadIsRightOrSilent(t *testing.T) {
	corrected, seen := 0, 0
	for _, s := range specimens(t) {
		for i := 0; i < len(s.lines); i++ {
			for _, r := range []byte(resembling(s.lines[i])) {
				in := s.lines[:i] + string(rune(r)) + s.lines[i+1:]
				d, made, err := Read(in)
				if err != nil {
					t.Fatal(err)
				}
				seen++
				switch d.String() {
				case s.lines:
					corrected++
					if len(made) != 1 || made[0].From != string(rune(r)) || made[0].To != s.lines[i:i+1] {
						t.Errorf("%s: marked %v", in, made)
					}
				case in:
					if len(made) != 0 {
						t.Errorf("%s: nothing is changed, but %v", in, made)
					}
				default:
					t.Errorf("%s\nbecame\n%s\n%v", in, d, made)
				}
			}
		}
	}
	if corrected*2 < seen {
		t.Errorf("only %d of %d misread characters were corrected", corrected, seen)
	}
}

// TestReadDoesNotGuess: two corrections would satisfy the check digit.
func TestReadDoesNotGuess(t *testing.T) {
	d := sample(TD3)
	d.Number = "0XYOXX" // the weights of the first and fourth place are the same
	lines, err := Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	got, made, err := Read(lines[0] + "\nO" + lines[1][1:])
	if err != nil || len(made) != 0 || got.Number != "OXYOXX" {
		t.Fatalf("%v, made %v", err, made)
	}
	reasons := map[Field]string{}
	for _, f := range got.Faults {
		reasons[f.Field] = f.Reason
	}
	if want := map[Field]string{FieldNumber: reasonAmbiguous, FieldComposite: reasonCheck}; !reflect.DeepEqual(reasons, want) {
		t.Errorf("faults %v", got.Faults)
	}
}

// TestReadDoubtsTheCheckDigit: a digit misread as another in the place of the
// check digit must not lead to a change in the number that was read rightly.
// (When the two differ by 5, no arithmetic of the zone tells.)
func TestReadDoubtsTheCheckDigit(t *testing.T) {
	for c := byte('0'); c <= '9'; c++ {
		if was := passportBottom[9]; c == was || (c+10-was)%10 == 5 {
			continue
		}
		d, made, err := Read(passportTop + "\n" + passportBottom[:9] + string(rune(c)) + passportBottom[10:])
		if err != nil || len(made) != 0 || d.Number != "L898902C3" || d.Valid() {
			t.Errorf("%c: %v, %v, number %s", c, err, made, d.Number)
		}
	}
}

func TestReadRefills(t *testing.T) {
	td1 := specimens(t)[1].lines
	for name, c := range map[string]struct {
		in, want string
		made     Correction
	}{
		"fillers lost":     {strings.Replace(passport, "<<<<<\n", "<<\n", 1), passport, Correction{FieldName, 1, 26, strings.Repeat("<", 16), strings.Repeat("<", 19), WhyFillers}},
		"all fillers lost": {strings.Replace(passport, strings.Repeat("<", 19)+"\n", "\n", 1), passport, Correction{FieldName, 1, 26, "", strings.Repeat("<", 19), WhyFillers}},
		"a filler added":   {strings.Replace(passport, "<\n", "<<\n", 1), passport, Correction{FieldName, 1, 26, strings.Repeat("<", 20), strings.Repeat("<", 19), WhyFillers}},
		"on a card":        {td1[:len(td1)-4], td1, Correction{FieldName, 3, 21, strings.Repeat("<", 6), strings.Repeat("<", 10), WhyFillers}},
	} {
		d, made, err := Read(c.in)
		if err != nil || d.String() != c.want || !reflect.DeepEqual(made, []Correction{c.made}) {
			t.Errorf("%s: %v, %v\n%s", name, err, made, d)
		}
	}
}

// TestReadKeepsTheLines: characters are divided anew only where that makes more
// sense than the lines that were given.
func TestReadKeepsTheLines(t *testing.T) {
	all := specimens(t)
	card, visa := strings.Split(all[1].lines, "\n"), all[3].lines
	end := len(passportTop) - 19 // of the name
	top := func(n int) Correction {
		return Correction{FieldName, 1, end + 1, strings.Repeat("<", 19+n), strings.Repeat("<", 19), WhyFillers}
	}
	bottom := func(n int) Correction {
		return Correction{FieldComposite, 2, 45, strings.Repeat("<", n), "", WhyFillers}
	}
	for name, c := range map[string]struct {
		in, want string
		made     []Correction
	}{
		// 45 and 45 characters, 44 and 46, are as many as a card has
		"a filler on each line":         {passportTop + "<\n" + passportBottom + "<", passport, []Correction{top(1), bottom(1)}},
		"two fillers below":             {passportTop + "\n" + passportBottom + "<<", passport, []Correction{bottom(2)}},
		"two fillers above":             {passportTop + "<<\n" + passportBottom, passport, []Correction{top(2)}},
		"two fillers and no line break": {passportTop + passportBottom + "<<", passport, []Correction{bottom(2)}},
		// 43 and 45, as many as a passport has
		"a filler from one to the other": {passportTop[:43] + "\n" + passportBottom + "<", passport, []Correction{top(-1), bottom(1)}},
		"a break one early":              {passportTop + passportBottom[:1] + "\n" + passportBottom[1:], passport, nil},
		"a forged one, too long":         {passportTop + "<\nL898902C36UTO7408122F1204158ZE184226B<<<<<10<", passportTop + "\nL898902C36UTO7408122F1204158ZE184226B<<<<<10", []Correction{top(1), bottom(1)}},
		"a forged one without a break":   {passportTop + "L898902C46UTO7408123F1204158ZE184226B<<<<<11", passportTop + "\nL898902C46UTO7408123F1204158ZE184226B<<<<<11", nil},
		"fillers of a visa below":        {strings.TrimRight(visa, "<"), visa, []Correction{{FieldOptional, 2, 39, "", "<<<<<<", WhyFillers}}},
		"fillers of a card above":        {strings.TrimRight(card[0], "<") + "\n" + card[1] + "\n" + card[2], all[1].lines, []Correction{{FieldOptional, 1, 16, "", strings.Repeat("<", 15), WhyFillers}}},
		"a card broken as a passport":    {strings.Join(card, "")[:45] + "\n" + strings.Join(card, "")[45:], all[1].lines, nil},
	} {
		d, made, err := Read(c.in)
		if err != nil || d.String() != c.want || !reflect.DeepEqual(made, c.made) {
			t.Errorf("%s: %v, made %v, want %v\n%s", name, err, made, c.made, d)
		}
	}
	for name, in := range map[string]string{
		"too long above, too short below": passportTop + "<\n" + passportBottom[:43],
		"the first character lost":        passportTop + "<\n" + passportBottom[1:],
		"two characters too many":         passportTop + "\n" + passportBottom + "12",
		"a name too long":                 passportTop[:43] + "AB\n" + passportBottom[:43],
	} {
		if d, made, err := Read(in); err == nil {
			t.Errorf("%s: read as %s, %v", name, d, made)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range specimens(f) {
		f.Add(s.lines)
		f.Add(strings.ToLower(strings.ReplaceAll(s.lines, "<<", "«")))
		f.Add(strings.NewReplacer("0", "O", "1", "I", "8", "B", "\n", "").Replace(s.lines))
		f.Add(strings.NewReplacer("O", "0", "S", "5", "<\n", "\n").Replace(s.lines))
	}
	f.Add("")
	f.Add("\xff\n<")
	f.Fuzz(func(t *testing.T, s string) {
		d, made, err := Read(s)
		if err != nil {
			return
		}
		p, err := Parse(d.String())
		if err != nil {
			t.Fatalf("%q was read as lines that are none: %v", s, err)
		}
		for i := range p.Faults { // Read may know more of why
			p.Faults[i].Reason = d.Faults[i].Reason
		}
		if !reflect.DeepEqual(p, d) {
			t.Errorf("%q: Read and Parse differ", s)
		}
		if p, err := Parse(s); err == nil && p.Valid() && (len(made) != 0 || d.String() != s) {
			t.Errorf("%q: Read changed a valid zone: %v", s, made)
		}
		if p, err := Parse(s); err == nil && len(made) == 0 && p.String() != d.String() {
			t.Errorf("%q: changed without a mark", s)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	in := strings.Replace(passport, "L898902C3", "L8989O2C3", 1)
	b.ReportAllocs()
	for b.Loop() {
		if _, made, err := Read(in); err != nil || len(made) != 1 {
			b.Fatal(made, err)
		}
	}
}

// linesOf makes lines of the sample, changed.
func linesOf(t *testing.T, f Format, change func(*Data)) string {
	t.Helper()
	d := sample(f)
	change(&d)
	lines, err := Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}
