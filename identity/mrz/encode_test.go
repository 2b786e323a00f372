package mrz

import (
	"errors"
	"strings"
	"testing"

	"mitra/identity/person"

	"pgregory.net/rapid"
)

// sample is data that Encode takes; tests change one thing.
func sample(f Format) Data {
	code := map[Format]string{TD1: "I", TD2: "I", TD3: "P", MRVA: "V", MRVB: "V"}[f]
	return Data{Format: f, Code: code, Issuer: "IDN", Nationality: "IDN", Surname: "Aminah", Given: "Siti", Number: "X1234567", Birth: "900517", Expiry: "290516", Sex: person.Female}
}

func TestEncodeRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Data)
		field  Field
	}{
		{"no format", func(d *Data) { d.Format = 0 }, ""},
		{"a format from nowhere", func(d *Data) { d.Format = 99 }, ""},
		{"no code", func(d *Data) { d.Code = "" }, FieldCode},
		{"a long code", func(d *Data) { d.Code = "PPP" }, FieldCode},
		{"a code with a digit", func(d *Data) { d.Code = "P1" }, FieldCode},
		{"a visa's code", func(d *Data) { d.Code = "V" }, FieldCode},
		{"a visa without its code", func(d *Data) { d.Format = MRVA }, FieldCode},
		{"no issuer", func(d *Data) { d.Issuer = "" }, FieldIssuer},
		{"an unknown nationality", func(d *Data) { d.Nationality = "ZZZ" }, FieldNationality},
		{"no name", func(d *Data) { d.Surname, d.Given = "", "" }, FieldName},
		{"a Khmer name", func(d *Data) { d.Surname = "សុខ" }, FieldName},
		{"no number", func(d *Data) { d.Number = "<" }, FieldNumber},
		{"a long number", func(d *Data) { d.Number = "X123456789" }, FieldNumber},
		{"a number with a sign", func(d *Data) { d.Number = "X/123" }, FieldNumber},
		{"no birth", func(d *Data) { d.Birth = "" }, FieldBirth},
		{"an impossible birth", func(d *Data) { d.Birth = "900231" }, FieldBirth},
		{"an expiry of letters", func(d *Data) { d.Expiry = "ABCDEF" }, FieldExpiry},
		{"a sex from nowhere", func(d *Data) { d.Sex = 'Q' }, FieldSex},
		{"long optional data", func(d *Data) { d.Optional1 = "123456789012345" }, FieldOptional},
		{"optional data with a sign", func(d *Data) { d.Optional1 = "ក" }, FieldOptional},
		{"a field that is not there", func(d *Data) { d.Optional2 = "1" }, FieldOptional2},
		{"a long number and no room", func(d *Data) { d.Format, d.Code, d.Number = TD2, "I", "X1234567890123456" }, FieldOptional},
		{"a long number with a gap", func(d *Data) { d.Format, d.Code, d.Number = TD1, "I", "X1234567 89" }, FieldNumber},
	} {
		d := sample(TD3)
		c.change(&d)
		lines, err := Encode(d)
		var e *Error
		if !errors.As(err, &e) || e.Field != c.field || lines != nil {
			t.Errorf("%s: got %v, %v; want an error of field %q", c.name, lines, err, c.field)
		}
	}
}

func TestEncode(t *testing.T) {
	d := sample(TD3)
	d.Number, d.Optional1, d.Sex = "x 12-34", "3171015705900001"[:14], person.SexUnknown
	lines, err := Encode(d)
	want := []string{"P<IDNAMINAH<<SITI<<<<<<<<<<<<<<<<<<<<<<<<<<<", "X<12<34<<2IDN9005173<2905166317101570590007" + "0"}
	if err != nil {
		t.Fatal(err)
	}
	// The digits are checked by Parse; the rest of the lines is fixed.
	if lines[0] != want[0] || lines[1][:9] != want[1][:9] || lines[1][20] != '<' {
		t.Errorf("got\n%s", strings.Join(lines, "\n"))
	}
	if got, err := Parse(strings.Join(lines, "\n")); err != nil || !got.Valid() {
		t.Errorf("%v, %v", err, got.Faults)
	}
	if e, _ := Encode(sample(TD3)); e[1][42] != '0' {
		t.Errorf("the check digit of no personal number is %c", e[1][42])
	}
}

func TestYYMMDD(t *testing.T) {
	for in, want := range map[string]string{"1990-05-17": "900517", "1990-05": "9005<<", "2004": "04<<<<", "": "<<<<<<"} {
		if got := YYMMDD(day(t, in)); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

// anyData draws fields that a zone holds whole.
func anyData() *rapid.Generator[Data] {
	states := []person.Country{"IDN", "KHM", "D", "XXA", "UTO", "GBO"}
	word := rapid.StringMatching(`[A-Z]{1,9}`)
	return rapid.Custom(func(t *rapid.T) Data {
		f := Format(rapid.IntRange(int(TD1), int(MRVB)).Draw(t, "format"))
		d := sample(f)
		l := layouts[f]
		d.Issuer = rapid.SampledFrom(states).Draw(t, "issuer")
		d.Nationality = rapid.SampledFrom(states).Draw(t, "nationality")
		d.Surname = word.Draw(t, "surname")
		d.Given = strings.Join(rapid.SliceOfN(word, 0, 2).Draw(t, "given"), " ")
		d.Number = rapid.StringMatching(`[A-Z0-9]{1,9}`).Draw(t, "number")
		d.Sex = rapid.SampledFrom([]person.Sex{person.Male, person.Female, person.Unspecified}).Draw(t, "sex")
		d.Birth = rapid.SampledFrom([]string{"900517", "000229", "0405<<", "31<<<<", "<<<<<<"}).Draw(t, "birth")
		d.Expiry = rapid.SampledFrom([]string{"290516", "280229", "<<<<<<"}).Draw(t, "expiry")
		if rapid.Bool().Draw(t, "optional") {
			d.Optional1 = rapid.StringMatching(`[A-Z0-9]([A-Z0-9<]{0,5}[A-Z0-9])?`).Draw(t, "optional1")
		}
		if l.optional2.n > 0 {
			d.Optional2 = rapid.StringMatching(`([A-Z0-9][A-Z0-9<]{0,9}[A-Z0-9])?`).Draw(t, "optional2")
		}
		if l.longNumbers && rapid.Bool().Draw(t, "long") {
			d.Number = rapid.StringMatching(`[A-Z0-9]{10,13}`).Draw(t, "long number")
			d.Optional1 = ""
			if f == TD1 && rapid.Bool().Draw(t, "behind") {
				d.Optional1 = rapid.StringMatching(`[A-Z0-9]{1,9}`).Draw(t, "optional1")
			}
		}
		return d
	})
}

func TestEncodeIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyData().Draw(t, "data")
		lines, err := Encode(d)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Parse(strings.Join(lines, "\n"))
		if err != nil || !got.Valid() {
			t.Fatalf("%v, %v", err, got.Faults)
		}
		a, b := fieldsOf(d), fieldsOf(got)
		delete(b, "checks")
		for _, k := range []string{"format", "code", "issuer", "surname", "given", "number", "nationality", "birth", "sex", "expiry", "optional1", "optional2"} {
			if a[k] != b[k] {
				t.Fatalf("%s: wrote %q, read %q\n%s", k, a[k], b[k], got)
			}
		}
	})
}

// TestLongNamesFit: whatever the length of a name, the field is full to the
// last letter, loses no identifier and fits the name that it was made of.
func TestLongNamesFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[A-Z]{2,14}( [A-Z]{2,14}){0,4}`)
		d := sample(Format(rapid.IntRange(int(TD1), int(MRVB)).Draw(t, "format")))
		d.Surname, d.Given = name.Draw(t, "surname"), name.Draw(t, "given")
		lines, err := Encode(d)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Parse(strings.Join(lines, "\n"))
		if err != nil {
			t.Fatal(err)
		}
		long := len(d.Surname)+2+len(d.Given) > layouts[d.Format].name.n
		if long && !got.NameTruncated {
			t.Fatalf("truncation is not to be seen: %s", got)
		}
		if got.Surname == "" || got.Given == "" {
			t.Fatalf("an identifier is lost: %s", got)
		}
		if fits, err := got.NameFits(d.Surname, d.Given); err != nil || !fits {
			t.Fatalf("the name does not fit what was made of it: %s", got)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(passport); err != nil {
			b.Fatal(err)
		}
	}
}
