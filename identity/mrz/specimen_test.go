package mrz

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mitra/identity/person"
)

// specimen is one block of testdata/specimens.txt.
type specimen struct {
	lines  string
	fields map[string]string
}

func specimens(t testing.TB) []specimen {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("testdata", "specimens.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var list []specimen
	for _, block := range strings.Split(string(file), "\n\n") {
		s := specimen{fields: map[string]string{}}
		var lines []string
		for _, line := range strings.Split(strings.TrimSpace(block), "\n") {
			if k, v, ok := strings.Cut(line, ": "); ok {
				s.fields[k] = v
			} else if !strings.HasPrefix(line, "#") {
				lines = append(lines, line)
			}
		}
		if s.lines = strings.Join(lines, "\n"); s.lines != "" {
			list = append(list, s)
		}
	}
	if len(list) != 7 {
		t.Fatalf("%d specimens, want 7", len(list))
	}
	return list
}

// fieldsOf is data as testdata/specimens.txt writes it.
func fieldsOf(d Data) map[string]string {
	m := map[string]string{
		"format": d.Format.String(), "code": d.Code, "issuer": string(d.Issuer), "surname": d.Surname, "given": d.Given,
		"number": d.Number, "nationality": string(d.Nationality), "birth": d.Birth, "sex": d.Sex.String(), "expiry": d.Expiry,
		"optional1": d.Optional1, "optional2": d.Optional2,
	}
	for _, c := range d.Checks {
		m["checks"] += string(rune(c.Got))
	}
	for k, v := range m {
		if v == "" {
			delete(m, k)
		}
	}
	return m
}

func TestSpecimens(t *testing.T) {
	for _, s := range specimens(t) {
		d, err := Parse(s.lines)
		if err != nil {
			t.Errorf("%s\n%v", s.lines, err)
			continue
		}
		got := fieldsOf(d)
		for k := range got {
			if got[k] != s.fields[k] {
				t.Errorf("%s: %s is %q, want %q", d.Format, k, got[k], s.fields[k])
			}
		}
		for k := range s.fields {
			if _, ok := got[k]; !ok {
				t.Errorf("%s: %s was not read", d.Format, k)
			}
		}
		if !d.Valid() {
			t.Errorf("%s: faults %v", d.Format, d.Faults)
		}
		if d.NameTruncated {
			t.Errorf("%s: the name is not full", d.Format)
		}
		if d.String() != s.lines {
			t.Errorf("%s: String gives other lines:\n%s", d.Format, d)
		}
		if lines, err := Encode(d); err != nil || strings.Join(lines, "\n") != s.lines {
			t.Errorf("%s: Encode gives other lines: %v\n%s", d.Format, err, strings.Join(lines, "\n"))
		}
		if r, made, err := Read(s.lines); err != nil || len(made) != 0 || r.String() != s.lines {
			t.Errorf("%s: Read corrects what is right: %v, %v", d.Format, made, err)
		}
	}
}

// TestSharedSpecimens reads the specimens that other implementations are
// measured by, every column of them.
func TestSharedSpecimens(t *testing.T) {
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", "eval", "mrz", "specimens.csv"))
	if err != nil {
		t.Skip("the shared specimens are not here: ../shared/eval/mrz/specimens.csv")
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for n, row := range rows[1:] {
		want := map[string]string{}
		for i, column := range rows[0] {
			want[column] = row[i]
		}
		lines := []string{want["line1"], want["line2"]}
		if want["line3"] != "" {
			lines = append(lines, want["line3"])
		}
		d, err := Parse(strings.Join(lines, "\n"))
		if err != nil {
			t.Errorf("row %d: %v", n+1, err)
			continue
		}
		got := map[string]string{
			"format": strings.ReplaceAll(d.Format.String(), "-", ""), "document_code": d.Code, "issuing_state": string(d.Issuer),
			"surname": d.Surname, "given_names": d.Given, "document_number": d.Number, "nationality": string(d.Nationality),
			"birth_date_yymmdd": d.Birth, "sex": d.Sex.String(), "expiry_date_yymmdd": d.Expiry, "optional_data": d.Optional1 + d.Optional2,
		}
		for _, c := range d.Checks {
			if !c.OK {
				t.Errorf("row %d: %s: computed %c, stands %c", n+1, c.Field, c.Want, c.Got)
			}
			switch c.Field {
			case FieldNumber:
				got["document_number_check"] = string(rune(c.Want))
			case FieldBirth:
				got["birth_date_check"] = string(rune(c.Want))
			case FieldExpiry:
				got["expiry_date_check"] = string(rune(c.Want))
			case FieldComposite:
				got["composite_check"] = string(rune(c.Want))
			}
		}
		for column := range want {
			switch column {
			case "line1", "line2", "line3", "kind":
			default:
				if got[column] != want[column] {
					t.Errorf("row %d, %s: got %q, want %q", n+1, column, got[column], want[column])
				}
			}
		}
		if again, err := Encode(d); err != nil || strings.Join(again, "\n") != strings.Join(lines, "\n") {
			t.Errorf("row %d: Encode gives other lines, %v", n+1, err)
		}
	}
}

// day is a date of the given text.
func day(t testing.TB, s string) person.Date {
	t.Helper()
	d, err := person.ParseDate(s, 2026)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
