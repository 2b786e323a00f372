package linkage

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/BurntSushi/toml"
	"golang.org/x/text/unicode/norm"
)

// Kind says what a field holds, and with it how two values are compared.
type Kind string

// The kinds of field. The parts of a name become one comparison, and a birth
// date with the national id that carries it another; every other field is a
// comparison of its own.
const (
	FullName    Kind = "full_name"
	GivenName   Kind = "given_name"
	FamilyName  Kind = "family_name"
	BirthDate   Kind = "birth_date"
	OtherDate   Kind = "date"
	SexKind     Kind = "sex"
	Document    Kind = "document"    // passport and the like: letters and digits
	NationalID  Kind = "national_id" // an Indonesian NIK also gives birth date and sex
	Phone       Kind = "phone"
	Code        Kind = "code"    // postcode, state, house number: short and exact
	CountryKind Kind = "country" // nationality, in any of its spellings
	Text        Kind = "text"    // place, street, employer: words
)

var kinds = []Kind{FullName, GivenName, FamilyName, BirthDate, OtherDate, SexKind, Document, NationalID, Phone, CountryKind, Code, Text}

// Field is one thing known about a person, and the columns it may stand in.
type Field struct {
	Name    string   `toml:"name" json:"name"`
	Kind    Kind     `toml:"kind" json:"kind"`
	Columns []string `toml:"columns,omitempty" json:"columns,omitempty"` // other headings of the same field
}

// Spec says which fields are compared. The zero value is the automatic spec:
// the built-in fields for people, recognised by the names of columns, and every
// other column that both files have as text.
type Spec struct {
	Name string `toml:"name" json:"name"`
	// Fields replaces the built-in fields when it is not empty; no other column
	// is then compared.
	Fields []Field `toml:"field" json:"fields"`
	// Ignore names columns that are never evidence.
	Ignore []string `toml:"ignore" json:"ignore,omitempty"`
	// Register names the column that says which register a record of one file is from,
	// where each of them lists a person once: [Linker.Cluster] puts no two records of a
	// register together. It is never evidence; a record without one may go anywhere.
	Register string `toml:"register" json:"register,omitempty"`
	// Link and Review are the probabilities from which a pair is linked, and
	// shown for review. Zero means 0.99 and 0.5.
	Link   float64 `toml:"link" json:"link"`
	Review float64 `toml:"review" json:"review"`
	// Pivot is the last year that a two-digit birth year may mean; zero means
	// 2029. It is a number of the spec, not of the clock, so that the same input
	// always gives the same output.
	Pivot int `toml:"pivot" json:"pivot"`
}

// ErrSpec is wrapped by every error about a spec.
var ErrSpec = errors.New("unusable spec")

// A SpecError is a fault in the text of a spec. Line is counted from 1; 0 where the fault is of no one line.
type SpecError struct {
	Line int
	What string // it may repeat what stands there
}

func (e *SpecError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%v: %s", ErrSpec, e.What)
	}
	return fmt.Sprintf("%v: line %d: %s", ErrSpec, e.Line, e.What)
}

func (e *SpecError) Unwrap() error { return ErrSpec }

// ParseSpec reads a spec in TOML. Unknown keys are errors.
func ParseSpec(b []byte) (Spec, error) {
	var s Spec
	if line := tooDeep(b); line > 0 {
		return s, &SpecError{line, "nothing in a spec lies so deep"}
	}
	md, err := toml.NewDecoder(bytes.NewReader(b)).Decode(&s)
	if err != nil {
		if pe, ok := errors.AsType[toml.ParseError](err); ok {
			return s, &SpecError{pe.Position.Line, pe.Message}
		}
		e := &SpecError{What: strings.TrimPrefix(err.Error(), "toml: ")}
		_, _ = fmt.Sscanf(err.Error(), "toml: line %d", &e.Line) // a value of another type: its place is in the text alone
		if _, what, ok := strings.Cut(e.What, "): "); ok && e.Line > 0 {
			e.What = what
		}
		return s, e
	}
	if un := md.Undecoded(); len(un) > 0 {
		return s, &SpecError{keyLine(b, un[0]), fmt.Sprintf("unknown key %q", un[0].String())}
	}
	return s, s.Validate()
}

// keyLine is the first line on which a key is written, 0 where none is found.
func keyLine(b []byte, key toml.Key) int {
	n := 0
	for line := range strings.Lines(string(b)) {
		n++
		name, _, _ := strings.Cut(line, "=")
		if name = strings.Trim(name, " \t\r\n[]"); name == key.String() || name == key[len(key)-1] {
			return n
		}
	}
	return 0
}

// deepest is how many arrays and tables lie in one another in a spec, and of how many parts a key is, at most: it needs three. The time
// that it takes to read TOML grows with the cube of that.
const deepest = 16

// tooDeep is the line on which a text goes deeper, 0 if it does not.
func tooDeep(b []byte) int {
	line, depth, parts := 1, 0, 0
	for i := 0; i < len(b); i++ {
		switch c := b[i]; c {
		case '\n':
			line, parts = line+1, 0
		case '#':
			for i+1 < len(b) && b[i+1] != '\n' {
				i++
			}
		case '"', '\'':
			end := i + quoted(b[i:])
			line += bytes.Count(b[i:end], []byte("\n"))
			i = end - 1
		case '[', '{':
			depth, parts = depth+1, 0
		case ']', '}':
			depth = max(0, depth-1)
		case '=', ',':
			parts = 0
		case '.':
			parts++
		}
		if depth > deepest || parts > deepest {
			return line
		}
	}
	return 0
}

// quoted is how long the string is with which a text begins; one that does not end ends with its line, or with the text.
func quoted(b []byte) int {
	mark, long := b[0], len(b) > 2 && b[1] == b[0] && b[2] == b[0]
	i := 1
	if long {
		i = 3
	}
	for ; i < len(b); i++ {
		switch {
		case b[i] == '\\' && mark == '"':
			i++
		case b[i] == '\n' && !long:
			return i
		case b[i] == mark && !long:
			return i + 1
		case b[i] == mark && bytes.HasPrefix(b[i:], []byte{mark, mark, mark}):
			for i += 3; i < len(b) && b[i] == mark; i++ { // those that stand before the end belong to it
			}
			return i
		}
	}
	return len(b)
}

// Validate lists every fault of the spec.
func (s Spec) Validate() error {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("%w: "+format, append([]any{ErrSpec}, args...)...))
	}
	seen := map[string]bool{}
	for i, f := range s.Fields {
		switch {
		case f.Name == "":
			fault("field %d has no name", i+1)
		case seen[NormalColumn(f.Name)]:
			fault("field %q stands twice", f.Name)
		}
		seen[NormalColumn(f.Name)] = true
		if !slices.Contains(kinds, f.Kind) {
			fault("field %q: kind %q is none of %v", f.Name, f.Kind, kinds)
		}
	}
	s = s.withDefaults()
	if !(s.Review > 0 && s.Review <= s.Link && s.Link < 1) {
		fault("want 0 < review ≤ link < 1, have review %g and link %g", s.Review, s.Link)
	}
	if s.Pivot < 1900 || s.Pivot > 2200 {
		fault("pivot %d is not a year between 1900 and 2200", s.Pivot)
	}
	return errors.Join(faults...)
}

func (s Spec) withDefaults() Spec {
	if s.Name == "" {
		s.Name = "people"
	}
	if s.Link == 0 {
		s.Link = 0.99
	}
	if s.Review == 0 {
		s.Review = 0.5
	}
	if s.Pivot == 0 {
		s.Pivot = 2029
	}
	return s
}

// people are the built-in fields and the headings they are known by, in
// English, Indonesian and Khmer; headings are compared by [NormalColumn].
var people = []Field{
	{"full_name", FullName, []string{"name", "fullname", "person_name", "nama", "nama_lengkap", "ឈ្មោះ", "ឈ្មោះពេញ", "នាមនិងគោត្តនាម"}},
	{"given_name", GivenName, []string{"first_name", "given_names", "forename", "forenames", "fname", "givenname1", "nama_depan", "នាមខ្លួន"}},
	{"surname", FamilyName, []string{"last_name", "family_name", "lname", "sname", "nama_belakang", "nama_keluarga", "នាមត្រកូល", "គោត្តនាម"}},
	{"birth_date", BirthDate, []string{"dob", "date_of_birth", "birthdate", "born", "birth_day", "tanggal_lahir", "tgl_lahir", "ថ្ងៃខែឆ្នាំកំណើត"}},
	{"sex", SexKind, []string{"gender", "jenis_kelamin", "kelamin", "ភេទ"}},
	{"passport_no", Document, []string{"passport", "passport_number", "document_no", "document_number", "doc_no", "travel_document_no", "no_paspor", "nomor_paspor", "paspor", "លេខលិខិតឆ្លងដែន"}},
	{"national_id", NationalID, []string{"nik", "no_ktp", "nomor_induk_kependudukan", "national_id_no", "soc_sec_id", "ssn", "social_security_number", "id_card_no", "អត្តសញ្ញាណប័ណ្ណ"}},
	{"phone", Phone, []string{"phone_no", "phone_number", "telephone", "mobile", "telepon", "no_hp", "ទូរស័ព្ទ"}},
	{"postcode", Code, []string{"zip", "zip_code", "postal_code", "post_code", "kode_pos"}},
	{"street_number", Code, []string{"house_number", "house_no", "no_rumah"}},
	{"state", Code, []string{"state_code"}},
	{"nationality", CountryKind, []string{"citizenship", "country", "kewarganegaraan", "សញ្ជាតិ"}},
	{"birth_place", Text, []string{"place_of_birth", "birthplace", "pob", "tempat_lahir", "ទីកន្លែងកំណើត"}},
	{"suburb", Text, []string{"city", "town", "kota", "locality"}},
	{"address", Text, []string{"address_1", "address1", "street", "alamat", "អាសយដ្ឋាន"}},
	{"address_2", Text, []string{"address2"}},
}

// notEvidence are columns that name a row, or a truth, rather than a person; so
// do those of [RowNumbers].
var notEvidence = []string{"id", "rec_id", "unique_id", "record_id", "cluster", "label"}

// RowNumbers are headings of columns that number the rows of a list, in English,
// Indonesian and Khmer. They say nothing about a person.
func RowNumbers() []string {
	return []string{"no", "nr", "#", "row", "row_no", "row_number", "s_no", "sl_no",
		"nomor", "no_urut", "nomor_urut", "urut", "baris", "ល.រ", "ល។រ", "ល.រ។", "លេខរៀង"}
}

// Headings are the names of columns that the spec knows: of its fields, or the
// built-in ones, and of ids.
func (s Spec) Headings() []string {
	fields := s.Fields
	if len(fields) == 0 {
		fields = people
	}
	names := slices.Clone(notEvidence)
	for _, f := range fields {
		names = append(append(names, f.Name), f.Columns...)
	}
	return names
}

// NormalColumn is a heading as headings are compared: compatibility forms (NFKC),
// lower case, without '_', '-', '.', '/', blanks, line breaks and what shows
// nothing. A test holds it equal to the form in which package table compares
// headings, which stands in a room that this one does not know.
func NormalColumn(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '_', r == '-', r == '.', r == '/', r == '\u2800', unicode.IsSpace(r),
			unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r),
			unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r):
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(s))
	return norm.NFKC.String(s) // lower case can leave the normal form
}

// plan is a spec bound to the headings of the two files: which fields both
// have, where, and which comparisons they make.
type plan struct {
	spec   Spec
	fields []boundField
	comps  []comparison
	// register is the column of the left side that names it, -1 if there is none.
	register int
}

type boundField struct {
	Field
	col [2][]int // columns of each side; several only for the parts of a name
}

// bind finds the fields of the spec in the headings. ids are the id columns,
// never evidence.
func (s Spec) bind(left, right []string, ids [2]int) (*plan, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	s = s.withDefaults()
	barred := map[string]bool{}
	for _, c := range slices.Concat(notEvidence, RowNumbers(), s.Ignore) {
		barred[NormalColumn(c)] = true
	}
	var taken [2]map[int]bool
	var norm [2][]string
	for side, header := range [2][]string{left, right} {
		taken[side] = map[int]bool{}
		norm[side] = make([]string, len(header))
		for i, h := range header {
			norm[side][i] = NormalColumn(h)
			if i == ids[side] || barred[norm[side][i]] {
				taken[side][i] = true
			}
		}
	}
	p := &plan{spec: s, register: -1}
	if s.Register != "" {
		if p.register = slices.Index(norm[0], NormalColumn(s.Register)); p.register < 0 || p.register == ids[0] {
			return nil, fmt.Errorf("%w: register: there is no column %q beside that of the ids", ErrSpec, s.Register)
		}
		taken[0][p.register] = true
		if i := slices.Index(norm[1], NormalColumn(s.Register)); i >= 0 {
			taken[1][i] = true
		}
	}
	fields := s.Fields
	if len(fields) == 0 {
		fields = people
	}
	find := func(side int, name string) int {
		n := NormalColumn(name)
		for i, h := range norm[side] {
			if h == n && !taken[side][i] {
				return i
			}
		}
		return -1
	}
	// Exact names first, so that an alias of one field never takes the column
	// that is called like another.
	at := make([][2]int, len(fields))
	for i, f := range fields {
		for side := range 2 {
			at[i][side] = find(side, f.Name)
			if at[i][side] >= 0 {
				taken[side][at[i][side]] = true
			}
		}
	}
	for i, f := range fields {
		for side := range 2 {
			for _, alias := range f.Columns {
				if at[i][side] >= 0 {
					break
				}
				if at[i][side] = find(side, alias); at[i][side] >= 0 {
					taken[side][at[i][side]] = true
				}
			}
		}
	}
	for i, f := range fields {
		b := boundField{Field: f}
		for side := range 2 {
			if at[i][side] >= 0 {
				b.col[side] = []int{at[i][side]}
			}
		}
		p.fields = append(p.fields, b)
	}
	if len(s.Fields) == 0 {
		for i, h := range norm[0] {
			if h == "" || taken[0][i] {
				continue
			}
			if j := find(1, h); j >= 0 {
				taken[0][i], taken[1][j] = true, true
				p.fields = append(p.fields, boundField{Field: Field{Name: strings.TrimSpace(left[i]), Kind: Text}, col: [2][]int{{i}, {j}}})
			}
		}
	}
	return p, p.compose()
}

// compose turns fields into comparisons and drops what only one side has.
func (p *plan) compose() error {
	has := func(k Kind) (yes [2]bool) {
		for _, f := range p.fields {
			if f.Kind == k {
				yes[0] = yes[0] || len(f.col[0]) > 0
				yes[1] = yes[1] || len(f.col[1]) > 0
			}
		}
		return yes
	}
	full, given, family := has(FullName), has(GivenName), has(FamilyName)
	if (full[0] || given[0] || family[0]) && (full[1] || given[1] || family[1]) {
		p.comps = append(p.comps, comparison{name: "name", kind: FullName})
	}
	for i, f := range p.fields {
		if len(f.col[0]) == 0 || len(f.col[1]) == 0 {
			continue
		}
		switch f.Kind {
		case FullName, GivenName, FamilyName:
		default:
			p.comps = append(p.comps, comparison{name: f.Name, kind: f.Kind, field: i})
		}
	}
	if len(p.comps) == 0 {
		return fmt.Errorf("%w: the two files share no column that could be compared", ErrNoColumns)
	}
	return nil
}

// ErrNoColumns is returned when nothing in the headings can be compared.
var ErrNoColumns = errors.New("no usable columns")
