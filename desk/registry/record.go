package registry

import (
	"iter"
	"slices"

	"mitra/identity/person"
)

// A Record is one version of what a source says under one key.
type Record struct {
	ID     string // of this version, UUIDv7
	Entry  string // of the first version: the same through all corrections
	Batch  *Batch // the import that brought it
	Key    string // see [KeyOfID]
	Line   int64  // in the file; 0 for an end
	Ended  bool   // the source no longer lists it; then there are no fields
	Fields Fields
	// Cells are as given, under the headings of the batch. They are there in
	// records of [Find], [Version] and [History].
	Cells []string
}

// Clone returns a copy that outlives the call of yield. It takes most of a
// kilobyte: of a whole register keep what is needed instead.
func (r *Record) Clone() *Record {
	c := *r
	return &c
}

// Source is who says so.
func (r *Record) Source() string { return r.Batch.Source }

// Get returns the value of a column, or "".
func (r *Record) Get(f Field) string { return r.Fields.Get(f) }

// HasColumn reports whether the file of this version had the column: what is
// empty was then left blank.
func (r *Record) HasColumn(f Field) bool { return r.Batch.HasColumn(f) }

// State tells silence from speech.
type State uint8

// The states of a value.
const (
	Absent State = iota // the file has no such column
	Blank               // the column is there, and the cell says nothing
	None                // the source states that there is none
	Given               // there is a value
)

// State returns in which way the record has a value in the column.
func (r *Record) State(f Field) State {
	switch v := r.Fields.Get(f); {
	case v == NoneStated && f.typ() == statementType:
		return None
	case v != "":
		return Given
	case r.HasColumn(f):
		return Blank
	}
	return Absent
}

// Name returns the name as written.
func (r *Record) Name() person.Name {
	return person.Name{Full: r.Get(FullName), Given: r.Get(GivenName), Family: r.Get(Surname)}
}

// Birth returns the date of birth.
func (r *Record) Birth() person.Date { return r.Date(BirthDate) }

// Sex returns the sex.
func (r *Record) Sex() person.Sex {
	if v := r.Get(Sex); v != "" {
		return person.Sex(v[0])
	}
	return person.SexUnknown
}

// Nationality returns the country.
func (r *Record) Nationality() person.Country { return person.Country(r.Get(Nationality)) }

// MalformedNationalID reports that the national id number is no well-formed NIK.
func (r *Record) MalformedNationalID() bool {
	return slices.Contains(r.Fields.Flags, NationalID.String()+": "+malformed)
}

// Date returns the date in a column, or the zero Date.
func (r *Record) Date(f Field) person.Date { return storedDate(r.Fields.Get(f)) }

// storedDate reads what person.Date.String wrote.
func storedDate(s string) person.Date {
	var d person.Date
	number := func(s string) (n int) {
		for i := range len(s) {
			n = n*10 + int(s[i]-'0')
		}
		return n
	}
	if len(s) < 4 || s[0] > '9' {
		return d
	}
	d.Year, d.Prec = int16(number(s[:4])), person.PrecYear
	if len(s) >= 7 {
		d.Month, d.Prec = uint8(number(s[5:7])), person.PrecMonth
	}
	if len(s) >= 10 {
		d.Day, d.Prec = uint8(number(s[8:10])), person.PrecDay
	}
	return d
}

// Given returns the cells that are not empty, as given, with their headings.
func (r *Record) Given() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for i, c := range r.Cells {
			if c != "" && i < len(r.Batch.Header) && !yield(r.Batch.Header[i], c) {
				return
			}
		}
	}
}
