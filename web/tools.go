package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"mitra/desk/account"
	"mitra/identity/linkage"
	"mitra/identity/mrz"
	"mitra/identity/person"
	"mitra/treaty/evidence"
)

// toolPages are instruments for what an officer has in hand: names, zones of documents, evidence, files. Nothing of it is kept; that one
// was used is an event, without what it was used on.
func (s *Server) toolPages() []page {
	return []page{
		{method: "GET", path: "/tools", right: account.UseTools, do: (*visit).tools},
		{method: "GET", path: "/tools/names", right: account.UseTools, people: true, do: (*visit).namesForm},
		{method: "POST", path: "/tools/names", right: account.UseTools, people: true, do: (*visit).compareNames},
		{method: "GET", path: "/tools/zone", right: account.UseTools, people: true, do: (*visit).zoneForm},
		{method: "POST", path: "/tools/zone", right: account.UseTools, people: true, do: (*visit).readZone},
		{method: "GET", path: "/tools/evidence", right: account.UseTools, people: true, do: (*visit).checkForm},
		{method: "POST", path: "/tools/evidence", right: account.UseTools, people: true, upload: true, do: (*visit).checkEvidence},
		{method: "GET", path: "/tools/link", right: account.UseTools, people: true, do: (*visit).linkForm},
		{method: "POST", path: "/tools/link", right: account.UseTools, people: true, upload: true, do: (*visit).takeLink},
		{method: "GET", path: "/tools/link/{job}", right: account.UseTools, people: true, do: (*visit).linkPage},
		{method: "POST", path: "/tools/link/{job}", right: account.UseTools, people: true, do: (*visit).runLink},
		{method: "GET", path: "/tools/link/{job}/{file}", right: account.UseTools, people: true, do: (*visit).linkFile},
		{method: "POST", path: "/tools/link/{job}/spec", right: account.UseTools, people: true, upload: true, do: (*visit).takeSpec},
		{method: "POST", path: "/tools/link/{job}/tune", right: account.UseTools, people: true, do: (*visit).tuneLink},
		{method: "POST", path: "/tools/link/{job}/explain", right: account.UseTools, people: true, do: (*visit).explainLink},
		{method: "POST", path: "/tools/link/{job}/discard", right: account.UseTools, people: true, do: (*visit).discardLink},
	}
}

func (v *visit) tools() error { return v.show("tools", "desk.tools", nil) }

// namesPage are two names, and how alike they are.
type namesPage struct {
	A, B   string // as typed
	Wrong  string
	Result *linkage.NamePair
	Level  string // key
	Weight string
	Sides  []nameSide
}

// nameSide is how one of them was read.
type nameSide struct {
	linkage.Reading
	Place int
}

func (v *visit) namesForm() error { return v.show("tool_names", "tool.names", namesPage{}) }

func (v *visit) compareNames() error {
	body := namesPage{A: v.form("a"), B: v.form("b")}
	r, err := v.CompareNames(v.ctx(), body.A, body.B)
	if errors.Is(err, errForm) {
		body.Wrong = "tool.two_names"
		return v.showAs(http.StatusUnprocessableEntity, "tool_names", "tool.names", body)
	} else if err != nil {
		return err
	}
	body.Result, body.Level, body.Weight = &r, "tool.level."+r.Level, v.cat.Signed(r.Weight, 2)
	body.Sides = []nameSide{{r.Left, 1}, {r.Right, 2}}
	return v.show("tool_names", "tool.names", body)
}

// zonePage is a machine-readable zone.
type zonePage struct {
	Text   string // as typed
	Fault  *zoneFault
	Wrong  string
	Format string
	Valid  bool
	Lines  []string
	Fields []zoneField
	Checks []mrz.Check
	Faults []mrz.Fault
	Fixed  []mrz.Correction
}

// zoneFault says why a text is no zone; it repeats nothing of it.
type zoneFault struct {
	Field        string
	Line, Col    int
	Reason, Hint string
}

// zoneField is a field of it: the key of what it is, and as it is read.
type zoneField struct{ Key, Value string }

func (v *visit) zoneForm() error { return v.show("tool_zone", "tool.zone", zonePage{}) }

func (v *visit) readZone() error {
	body := zonePage{Text: strings.Trim(v.r.PostFormValue("zone"), "\r\n")}
	d, fixed, err := v.ReadZone(v.ctx(), body.Text)
	e, isZone := errors.AsType[*mrz.Error](err)
	switch {
	case errors.Is(err, errForm):
		body.Wrong = "tool.no_zone"
	case isZone:
		body.Wrong, body.Fault = "tool.not_zone", &zoneFault{string(e.Field), e.Line, e.Col, e.Reason, e.Hint}
	case err != nil:
		return err
	}
	if body.Wrong != "" {
		return v.showAs(http.StatusUnprocessableEntity, "tool_zone", "tool.zone", body)
	}
	body.Format, body.Valid, body.Lines, body.Checks, body.Faults, body.Fixed = d.Format.String(), d.Valid(), d.Lines(), d.Checks, d.Faults, fixed
	dated := func(full person.Date, err error, zone string) string {
		if err != nil {
			return zone
		}
		return v.cat.Date(full.String())
	}
	today := v.today()
	birth, err1 := d.BirthDate(today)
	expiry, err2 := d.ExpiryDate(today)
	name := d.Given
	if d.NameTruncated {
		name += " …"
	}
	for _, f := range []zoneField{
		{"tool.zone_code", d.Code}, {"tool.zone_issuer", string(d.Issuer)}, {"people.column.surname", d.Surname}, {"people.column.given_name", name},
		{"tool.zone_number", d.Number}, {"people.column.nationality", string(d.Nationality)}, {"people.column.birth_date", dated(birth, err1, d.Birth)},
		{"people.column.sex", d.Sex.String()}, {"tool.zone_expiry", dated(expiry, err2, d.Expiry)}, {"tool.zone_optional", d.Optional1}, {"tool.zone_optional", d.Optional2},
	} {
		if f.Value != "" {
			body.Fields = append(body.Fields, f)
		}
	}
	return v.show("tool_zone", "tool.zone", body)
}

// checkPage is a file of evidence, and what is found in it.
type checkPage struct {
	Wrong      string // key
	Most       string
	Content    bool
	Report     *evidence.Report
	Uncompared bool // a first card is only in the file
}

func (v *visit) checkForm() error {
	return v.show("tool_evidence", "tool.evidence", checkPage{Most: v.size(evidence.MaxFile)})
}

// checkWrong are the keys of what can be wrong with what is sent to be checked.
var checkWrong = []struct {
	err error
	key string
}{
	{http.ErrNotMultipart, "tool.no_evidence"},
	{errNoEvidence, "tool.no_evidence"},
	{evidence.ErrNewer, "tool.newer"},
	{evidence.ErrMalformed, "tool.not_evidence"},
	{errUnreadCard, "tool.not_card"},
	{errLaterCard, "tool.not_first_card"},
	{errThirdCard, "tool.two_cards"},
}

func (v *visit) checkEvidence() error {
	body := checkPage{Most: v.size(evidence.MaxFile)}
	r, content, err := v.CheckEvidence(v.ctx(), v.w, v.r)
	body.Content = content
	if errors.Is(err, ErrInUse) {
		body.Wrong = "tool.busy"
		return v.showAs(http.StatusConflict, "tool_evidence", "tool.evidence", body)
	}
	for _, w := range checkWrong {
		if errors.Is(err, w.err) {
			body.Wrong = w.key
			return v.showAs(http.StatusUnprocessableEntity, "tool_evidence", "tool.evidence", body)
		}
	}
	if err != nil {
		return err
	}
	body.Report = &r
	for _, p := range r.Parties {
		body.Uncompared = body.Uncompared || !p.Compared
	}
	return v.show("tool_evidence", "tool.evidence", body)
}

// Key is a code of several words as the end of a key.
func (v view) Key(code any) string { return levelKey(fmt.Sprint(code)) }

// Stated is a time that somebody else states; what is none of ours is shown as it is.
func (v view) Stated(s string) string {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return v.Time(t)
	}
	return s
}
