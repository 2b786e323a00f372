package api

import (
	"github.com/danielgtaylor/huma/v2"

	"mitra/desk/account"
	"mitra/identity/linkage"
	"mitra/identity/person"
	"mitra/treaty/evidence"
)

// tools are instruments for what an officer has in hand. Nothing of it is kept; that one was used is an event, without what it was used on.
func (a *API) tools() {
	add(a, operation{id: "compare-names", method: "POST", path: "/v1/tools/names", right: account.UseTools, people: true, says: "How alike two names are."}, (*call).names)
	add(a, operation{id: "read-zone", method: "POST", path: "/v1/tools/zone", right: account.UseTools, people: true, says: "Reads the machine-readable zone of a document, and checks it."}, (*call).zone)
	add(a, operation{id: "check-evidence", method: "POST", path: "/v1/tools/evidence", right: account.UseTools, people: true, file: true, says: "Checks a file of evidence, as mitra evidence verify does."}, (*call).checkEvidence)
	a.linkages()
	binary := func(says string) *huma.Schema {
		return &huma.Schema{Type: huma.TypeString, Format: "binary", Description: says}
	}
	a.multipart("/v1/tools/evidence", []string{"file"}, map[string]*huma.Schema{
		"file":    binary("The evidence."),
		"card":    {Type: huma.TypeArray, Items: binary(""), Description: "The first cards of the two nodes, as their authorities have handed them over."},
		"content": {Type: huma.TypeString, Enum: []any{"yes", "no"}, Description: "yes: what the letters say is told as well, which counts as a person opened."},
	})
}

// multipart describes a form by which files are sent, which is read as it comes.
func (a *API) multipart(path string, required []string, fields map[string]*huma.Schema) {
	a.huma.OpenAPI().Paths[path].Post.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{
		Type: huma.TypeObject, Required: required, AdditionalProperties: false, Properties: fields,
	}}}}
}

func (c *call) checkEvidence(*none) (evidence.Report, error) {
	c.a.s.Patient(c.w)
	rep, _, err := c.CheckEvidence(c.ctx, c.w, c.r)
	return rep, err
}

type namesIn struct {
	Body struct {
		A string `json:"a" minLength:"1" maxLength:"500"`
		B string `json:"b" minLength:"1" maxLength:"500"`
	}
}

func (c *call) names(in *namesIn) (linkage.NamePair, error) {
	return c.CompareNames(c.ctx, in.Body.A, in.Body.B)
}

type zoneIn struct {
	Body struct {
		Zone string `json:"zone" minLength:"1" maxLength:"2000" doc:"Its lines, with line breaks between or without."`
	}
}

// Zone is a machine-readable zone as it is read.
type Zone struct {
	Format      string           `json:"format"`
	Valid       bool             `json:"valid" doc:"Nothing is wrong with it."`
	Lines       []string         `json:"lines"`
	Code        string           `json:"code"`
	Issuer      string           `json:"issuer"`
	Surname     string           `json:"surname"`
	Given       string           `json:"given_name,omitempty"`
	Truncated   bool             `json:"name_truncated,omitempty" doc:"The name may be longer."`
	Number      string           `json:"number"`
	Nationality string           `json:"nationality"`
	Birth       string           `json:"birth" doc:"yymmdd, with fillers for what is unknown."`
	BirthDate   string           `json:"birth_date,omitempty" doc:"With its century, where that is plain."`
	Sex         string           `json:"sex"`
	Expiry      string           `json:"expiry" doc:"yymmdd."`
	ExpiryDate  string           `json:"expiry_date,omitempty"`
	Optional    []string         `json:"optional"`
	Checks      []ZoneCheck      `json:"checks"`
	Faults      []ZoneFault      `json:"faults"`
	Corrections []ZoneCorrection `json:"corrections" doc:"Characters that were taken for others."`
}

// ZoneCheck is a check digit.
type ZoneCheck struct {
	Field string `json:"field"`
	Line  int    `json:"line" doc:"From 1."`
	Col   int    `json:"col" doc:"From 1."`
	Want  string `json:"want" doc:"As computed."`
	Got   string `json:"got"`
	OK    bool   `json:"ok"`
}

// ZoneFault is what is wrong.
type ZoneFault struct {
	Field  string `json:"field"`
	Line   int    `json:"line"`
	Col    int    `json:"col"`
	Reason string `json:"reason"`
}

// ZoneCorrection is a character that was taken for another.
type ZoneCorrection struct {
	Field string `json:"field"`
	Line  int    `json:"line"`
	Col   int    `json:"col"`
	From  string `json:"from"`
	To    string `json:"to"`
	Why   string `json:"why"`
}

func (c *call) zone(in *zoneIn) (out Zone, err error) {
	d, fixed, err := c.ReadZone(c.ctx, in.Body.Zone)
	if err != nil {
		return out, err
	}
	out = Zone{Format: d.Format.String(), Valid: d.Valid(), Lines: d.Lines(), Code: d.Code, Issuer: string(d.Issuer), Surname: d.Surname, Given: d.Given, Truncated: d.NameTruncated, Number: d.Number,
		Nationality: string(d.Nationality), Birth: d.Birth, Sex: d.Sex.String(), Expiry: d.Expiry, Optional: []string{}, Checks: []ZoneCheck{}, Faults: []ZoneFault{}, Corrections: []ZoneCorrection{}}
	today := person.FromTime(c.a.d.Now())
	if full, err := d.BirthDate(today); err == nil {
		out.BirthDate = full.String()
	}
	if full, err := d.ExpiryDate(today); err == nil {
		out.ExpiryDate = full.String()
	}
	for _, o := range []string{d.Optional1, d.Optional2} {
		if o != "" {
			out.Optional = append(out.Optional, o)
		}
	}
	for _, x := range d.Checks {
		out.Checks = append(out.Checks, ZoneCheck{string(x.Field), x.Line, x.Col, string(rune(x.Want)), string(rune(x.Got)), x.OK})
	}
	for _, x := range d.Faults {
		out.Faults = append(out.Faults, ZoneFault{string(x.Field), x.Line, x.Col, x.Reason})
	}
	for _, x := range fixed {
		out.Corrections = append(out.Corrections, ZoneCorrection{string(x.Field), x.Line, x.Col, x.From, x.To, string(x.Why)})
	}
	return out, nil
}
