package demo

import (
	"bufio"
	"io"
	"strings"
)

// The headers are those of two offices: the register's in the program's own
// words, the permits' in English capitals, with a semicolon and dates day first.
var (
	residentsHeader = []string{
		"id", "full_name", "sex", "birth_date", "birth_place", "nationality", "passport_no", "passport_expiry", "national_id",
		"entry_date", "exit_date", "stay_until", "visa_class", "address", "phone",
	}
	permitsHeader = []string{
		"ID", "FULL NAME", "SEX", "DATE OF BIRTH", "NATIONALITY", "PASSPORT NO", "WORK PERMIT NO", "ISSUE DATE", "EXPIRY DATE",
		"EMPLOYER", "OCCUPATION", "SECTOR",
	}
)

// WriteResidents writes the register: CSV with commas and ISO dates.
func (c *Corridor) WriteResidents(w io.Writer) error {
	return writeCSV(w, ',', residentsHeader, len(c.Residents), func(i int) []string {
		r := &c.Residents[i]
		return []string{
			r.ID, r.FullName, r.Sex, r.BirthDate, r.BirthPlace, r.Nationality, r.PassportNo, r.PassportExpiry, r.NationalID,
			r.EntryDate, r.ExitDate, r.StayUntil, r.VisaClass, r.Address, r.Phone,
		}
	})
}

// WritePermits writes the permit list: CSV with semicolons and dates day first.
func (c *Corridor) WritePermits(w io.Writer) error {
	return writeCSV(w, ';', permitsHeader, len(c.Permits), func(i int) []string {
		p := &c.Permits[i]
		return []string{
			p.ID, p.FullName, p.Sex, p.BirthDate, p.Nationality, p.PassportNo, p.PermitNo, p.ValidFrom, p.ValidUntil,
			p.Employer, p.Occupation, p.Sector,
		}
	})
}

// WriteTruth writes whose permit each is: permit_id,resident_id, the latter empty
// for a permit that belongs to nobody in the register.
func (c *Corridor) WriteTruth(w io.Writer) error {
	return writeCSV(w, ',', []string{"permit_id", "resident_id"}, len(c.Permits), func(i int) []string {
		return []string{c.Permits[i].ID, c.Permits[i].Resident}
	})
}

// WriteExpected writes what a node should find of each resident; see [Truth].
func (c *Corridor) WriteExpected(w io.Writer) error {
	header := []string{"resident_id", "class", "stay", "work", "identity", "birth_date"}
	return writeCSV(w, ',', header, len(c.Residents), func(i int) []string {
		r := &c.Residents[i]
		return []string{r.ID, r.Truth.Class, r.Truth.Stay, r.Truth.Work, r.Truth.Identity, r.Truth.BirthDate}
	})
}

// writeCSV writes rows by RFC 4180, but for the separator. Cells stand as they
// are, formulas too: this is what offices send. No cell holds a line break.
func writeCSV(w io.Writer, separator byte, header []string, rows int, row func(int) []string) error {
	out := bufio.NewWriterSize(w, 1<<16)
	line := func(cells []string) {
		for i, c := range cells {
			if i > 0 {
				out.WriteByte(separator)
			}
			if strings.IndexByte(c, separator) < 0 && strings.IndexByte(c, '"') < 0 && !strings.HasPrefix(c, " ") {
				out.WriteString(c)
				continue
			}
			out.WriteByte('"')
			out.WriteString(strings.ReplaceAll(c, `"`, `""`))
			out.WriteByte('"')
		}
		out.WriteString("\r\n")
	}
	line(header)
	for i := range rows {
		line(row(i))
	}
	return out.Flush() // holds the first error of all writes
}
