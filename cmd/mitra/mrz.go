package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"mitra/identity/mrz"
	"mitra/identity/person"
	"mitra/table"
)

type mrzCmd struct {
	Read mrzReadCmd `cmd:"" help:"Read a machine-readable zone: fields, check digits, corrections."`
}

type mrzReadCmd struct {
	File string `type:"file" arg:"" help:"A text file that holds the two or three lines, or - for standard input."`
}

// maxMRZ is more than any zone with what a scanner puts around it.
const maxMRZ = 64 << 10

// mrzReport is what mrz read prints. Dates are yymmdd as in the zone, and with
// the century that today suggests where they are whole enough to have one.
type mrzReport struct {
	Format        string          `json:"format"`
	Valid         bool            `json:"valid"`
	Code          string          `json:"code"`
	Issuer        string          `json:"issuer"`
	Surname       string          `json:"surname"`
	Given         string          `json:"given"`
	NameTruncated bool            `json:"name_truncated"`
	Number        string          `json:"number"`
	Nationality   string          `json:"nationality"`
	Birth         string          `json:"birth"`
	BirthDate     string          `json:"birth_date,omitempty"`
	Sex           string          `json:"sex"`
	Expiry        string          `json:"expiry"`
	ExpiryDate    string          `json:"expiry_date,omitempty"`
	Optional1     string          `json:"optional,omitempty"`
	Optional2     string          `json:"optional2,omitempty"`
	Lines         []string        `json:"lines"`
	Checks        []mrzCheck      `json:"checks"`
	Faults        []mrzFault      `json:"faults"`
	Corrections   []mrzCorrection `json:"corrections"`
}

type mrzCheck struct {
	Field string `json:"field"`
	OK    bool   `json:"ok"`
	Got   string `json:"got"`
	Want  string `json:"want"`
	mrzPlace
}

type mrzFault struct {
	Field  string `json:"field"`
	Reason string `json:"reason"`
	mrzPlace
}

type mrzCorrection struct {
	Field string `json:"field"`
	From  string `json:"from"`
	To    string `json:"to"`
	Why   string `json:"why"`
	mrzPlace
}

// mrzPlace counts from 1, in the lines as read.
type mrzPlace struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

func (c *mrzReadCmd) Run(e *env) error {
	if _, err := os.Stat(c.File); err != nil && strings.Contains(c.File, "<") {
		return unusable("usage", "put it into a file, or into standard input: mitra mrz read -", "this is a zone and not the name of a file") // and not for an error text
	}
	text, err := c.text(e.in)
	if err != nil {
		return err
	}
	data, corrections, err := mrz.Read(text)
	if err != nil {
		f := &failure{Code: "bad_mrz", Message: err.Error(), File: c.name(), Hint: "give the two or three lines of the zone alone, with < for every filler", status: 2, cause: err}
		if bad := (*mrz.Error)(nil); errors.As(err, &bad) {
			f.Message, f.Line, f.Column = bad.Reason, bad.Line, string(bad.Field)
			if bad.Field == "" && bad.Col > 0 {
				f.Column = strconv.Itoa(bad.Col)
			}
			if bad.Hint != "" {
				f.Hint = bad.Hint
			}
		}
		return f
	}
	r := describeMRZ(data, corrections, person.FromTime(time.Now()))
	return e.answer(r, r.print)
}

// name is what errors call the file.
func (c *mrzReadCmd) name() string {
	if c.File == "-" {
		return "standard input"
	}
	return c.File
}

func (c *mrzReadCmd) text(in io.Reader) (string, error) {
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return "", err
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxMRZ+1))
	switch {
	case err != nil:
		return "", renamed(err, c.name())
	case len(text) > maxMRZ:
		return "", &failure{Code: table.CodeTooLarge, Message: "more text than any machine-readable zone has", Hint: "give the two or three lines of the zone alone", File: c.name(), status: 2}
	case strings.TrimSpace(string(text)) == "":
		return "", &failure{Code: table.CodeEmptyFile, Message: "there is no text", Hint: "give the two or three lines of the zone", File: c.name(), status: 2}
	}
	return string(text), nil
}

func describeMRZ(d mrz.Data, corrections []mrz.Correction, today person.Date) mrzReport {
	r := mrzReport{
		Format: d.Format.String(), Valid: d.Valid(), Code: d.Code, Issuer: string(d.Issuer),
		Surname: d.Surname, Given: d.Given, NameTruncated: d.NameTruncated,
		Number: d.Number, Nationality: string(d.Nationality), Birth: d.Birth, Sex: d.Sex.String(), Expiry: d.Expiry,
		Optional1: d.Optional1, Optional2: d.Optional2, Lines: d.Lines(),
		Checks: []mrzCheck{}, Faults: []mrzFault{}, Corrections: []mrzCorrection{},
	}
	if day, err := d.BirthDate(today); err == nil {
		r.BirthDate = day.String()
	}
	if day, err := d.ExpiryDate(today); err == nil {
		r.ExpiryDate = day.String()
	}
	for _, c := range d.Checks {
		r.Checks = append(r.Checks, mrzCheck{string(c.Field), c.OK, string(rune(c.Got)), string(rune(c.Want)), mrzPlace{c.Line, c.Col}})
	}
	for _, f := range d.Faults {
		r.Faults = append(r.Faults, mrzFault{string(f.Field), f.Reason, mrzPlace{f.Line, f.Col}})
	}
	for _, c := range corrections {
		r.Corrections = append(r.Corrections, mrzCorrection{string(c.Field), c.From, c.To, string(c.Why), mrzPlace{c.Line, c.Col}})
	}
	return r
}

func (r mrzReport) print(w io.Writer) {
	verdict := "every check digit agrees"
	if !r.Valid {
		verdict = "NOT VALID: see the faults below"
	}
	fmt.Fprintf(w, "%s, %s\n\n", r.Format, verdict)
	for _, l := range r.Lines {
		fmt.Fprintf(w, "    %s\n", l)
	}
	fmt.Fprintln(w)
	name := r.Given
	if r.NameTruncated {
		name += " (the name may be longer than the zone)"
	}
	for _, f := range [][2]string{
		{"document code", r.Code}, {"issuing state", r.Issuer}, {"surname", r.Surname}, {"given names", name},
		{"document number", r.Number}, {"nationality", r.Nationality}, {"date of birth", dated(r.BirthDate, r.Birth)},
		{"sex", r.Sex}, {"date of expiry", dated(r.ExpiryDate, r.Expiry)}, {"optional data", r.Optional1}, {"optional data 2", r.Optional2},
	} {
		if f[1] != "" {
			fmt.Fprintf(w, "%-16s %s\n", f[0], f[1])
		}
	}
	fmt.Fprintln(w)
	for _, c := range r.Checks {
		state := "agrees"
		if !c.OK {
			state = fmt.Sprintf("does NOT agree: %s stands there, %s was computed", c.Got, c.Want)
		}
		fmt.Fprintf(w, "check digit, %s: %s\n", c.Field, state)
	}
	for _, f := range r.Faults {
		fmt.Fprintf(w, "FAULT line %d, position %d, %s: %s\n", f.Line, f.Column, f.Field, f.Reason)
	}
	for _, c := range r.Corrections {
		fmt.Fprintf(w, "corrected line %d, position %d, %s: %q to %q (%s)\n", c.Line, c.Column, c.Field, c.From, c.To, c.Why)
	}
	fmt.Fprintln(w, "\nAgreement of the check digits proves no document genuine.")
}

// dated is a date in full, or as it stands in the zone.
func dated(full, zone string) string {
	if full != "" {
		return full
	}
	return zone
}
