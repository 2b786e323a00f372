package agreement

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// letterTypes are the types of letter that an agreement may allow, in the order of
// docs/agreement.md. Those that need none are not among them.
var letterTypes = []string{
	"enquiry", "answer", "release-request", "release", "nothing-to-release",
	"nationality-verification", "nationality-verification-answer",
	"document-verification", "document-verification-answer",
	"alert", "welfare-check", "welfare-check-answer", "referral", "referral-reply", "fraud-notice",
	"statistics", "commitment", "correction", "withdrawal", "erasure-request",
}

// Forms of the members.
var (
	codeForm     = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,63}$`)
	fieldForm    = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
	countryForm  = regexp.MustCompile(`^[A-Z]{2}$`)
	languageForm = regexp.MustCompile(`^[a-z]{2}$`)
	hashForm     = regexp.MustCompile(`^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$`)
	nodeForm     = regexp.MustCompile(`^mitra/[A-Z]{2}/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	// No control characters, line breaks or characters that turn the direction of writing:
	// what people read must be what stands there.
	lineForm = regexp.MustCompile(`^[^\x{0}-\x{1f}\x{7f}-\x{9f}\x{2028}-\x{202e}\x{2066}-\x{2069}]+$`)
)

// Words that may not stand in the code of a key or field (DESIGN §7: 2, 4, 5).
var never = []string{"asylum", "refugee", "deferral", "deferred", "shelter", "origin", "placement", "class"}

// Words that may stand in a referral and in what amends it, and never without consent.
var guarded = []string{"protection", "victim"}

// consent is the field that goes with the guarded ones.
const consent = "consent"

// duty can go with them in its place: a duty by law, where the agreement lets it be told (DESIGN §7, 4).
const duty = "legal_duty"

// amending are the letters that take back or put right what an earlier one said.
var amending = []string{"correction", "withdrawal", "erasure-request"}

// faults collects what is wrong, each with its path.
type faults []error

func (f *faults) unless(ok bool, path, format string, args ...any) {
	if !ok {
		*f = append(*f, fmt.Errorf("%s: "+format, append([]any{path}, args...)...))
	}
}

// validate names every fault at once. No error repeats a value: a stranger wrote it.
func (a Agreement) validate(template bool) error {
	var f faults
	f.unless(a.MXP == 1, "mxp", "want 1")
	f.unless(codeForm.MatchString(a.ID), "id", wantCode)
	f.unless(a.Version >= 1 && a.Version <= 10000, "version", "want 1 to 10000")
	if a.Version > 1 {
		f.unless(hashForm.MatchString(a.Replaces), "replaces", "want the hash of the version before")
	} else {
		f.unless(a.Replaces == "", "replaces", "a first version replaces none")
	}
	f.unless(len(a.Reviewed) <= 8, "reviewed", "want at most 8 languages")
	_, english := a.Reviewed["en"]
	f.unless(english, "reviewed", "want en among the languages")
	for l := range a.Reviewed {
		if !languageForm.MatchString(l) {
			f.unless(false, "reviewed", "a language is a code of two small letters")
			break
		}
	}
	a.text(&f, "title", a.Title, 300)
	if a.Note != nil {
		a.text(&f, "note", a.Note, 2000)
	}
	a.parties(&f, template)
	f.unless(len(a.Basis) >= 1 && len(a.Basis) <= 16, "basis", "want 1 to 16")
	for i, b := range a.Basis {
		path := fmt.Sprintf("basis[%d]", i)
		f.unless(line(b.Title, 300), path+".title", wantLine, 300)
		f.unless(date(b.Date), path+".date", wantDate)
		f.unless(line(b.Reference, 500), path+".reference", wantLine, 500)
	}
	if template {
		f.unless(a.From == "", "from", "a template is not in force")
		f.unless(a.Until == "", "until", "a template is not in force")
	} else {
		f.unless(date(a.From), "from", wantDate)
		f.unless(date(a.Until), "until", wantDate)
		f.unless(!date(a.From) || !date(a.Until) || a.From <= a.Until, "until", "it ends before it begins")
	}
	f.unless(len(a.Articles) >= 1 && len(a.Articles) <= 32, "articles", "want 1 to 32")
	ids := map[string]bool{}
	for i, art := range a.Articles {
		path := fmt.Sprintf("articles[%d]", i)
		f.unless(codeForm.MatchString(art.ID), path+".id", wantCode)
		f.unless(!ids[art.ID], path+".id", "stands twice")
		ids[art.ID] = true
		f.unless(art.Area >= 1 && art.Area <= 8, path+".area", "want 1 to 8")
		a.text(&f, path+".title", art.Title, 300)
		f.unless(len(art.Purposes) >= 1 && len(art.Purposes) <= 32, path+".purposes", "want 1 to 32")
		codes := map[string]bool{}
		for j, p := range art.Purposes {
			path := fmt.Sprintf("%s.purposes[%d]", path, j)
			f.unless(!codes[p.Code], path+".code", "stands twice in its article")
			codes[p.Code] = true
			a.purpose(&f, path, p)
		}
	}
	return errors.Join(f...)
}

const (
	wantCode  = "want 1 to 64 of a–z 0–9 . -, the first a letter or digit"
	wantField = "want at most 64 of a–z 0–9 _, the first a letter"
	wantLine  = "want one line of at most %d characters, without control characters"
	wantDate  = "want a date, yyyy-mm-dd"
)

func (a Agreement) parties(f *faults, template bool) {
	f.unless(len(a.Parties) == 2, "parties", "want two")
	countries := map[string]bool{}
	for i, p := range a.Parties {
		path := fmt.Sprintf("parties[%d]", i)
		f.unless(countryForm.MatchString(p.Country), path+".country", wantCountry)
		f.unless(!countries[p.Country], path+".country", "stands twice")
		countries[p.Country] = true
		f.unless(line(p.Authority, 200) && len(p.Authority) <= 200, path+".authority", "want one line of at most 200 bytes, without control characters")
		if template {
			f.unless(p.Node == "", path+".node", "a template names no node")
			f.unless(p.Card == "", path+".card", "a template names no card")
			continue
		}
		f.unless(nodeForm.MatchString(p.Node), path+".node", "want a node name, mitra/CC/UUID")
		f.unless(!nodeForm.MatchString(p.Node) || strings.HasPrefix(p.Node, "mitra/"+p.Country+"/"), path+".node", "is of another country")
		f.unless(hashForm.MatchString(p.Card), path+".card", "want the hash of the payload of a card")
	}
}

const wantCountry = "want a country's code, two capital letters"

func (a Agreement) purpose(f *faults, path string, p Purpose) {
	f.unless(codeForm.MatchString(p.Code), path+".code", wantCode)
	a.text(f, path+".text", p.Text, 1000)

	list(f, path+".from", p.From, 0, 2, "is none of the parties", a.isParty)
	isType := func(t string) bool { return slices.Contains(letterTypes, t) }
	list(f, path+".begin", p.Begin, 1, len(letterTypes), "is no letter type that needs an agreement", isType)
	list(f, path+".follow", p.Follow, 0, len(letterTypes), "is no letter type that needs an agreement", isType)
	list(f, path+".answer", p.Answer, 0, len(letterTypes), "is no letter type that needs an agreement", isType)
	list(f, path+".keys", p.Keys, 0, 64, wantField, fieldForm.MatchString)
	list(f, path+".fields", p.Fields, 0, 64, wantField, fieldForm.MatchString)
	p.houseRules(f, path)

	f.unless(slices.Contains([]string{"node", "officer", "supervisor"}, p.Decides), path+".decides", "want node, officer or supervisor")
	list(f, path+".handling", p.Handling, 1, 4, "want H0, H1, H2 or H3", func(h string) bool {
		return slices.Contains([]string{"H0", "H1", "H2", "H3"}, h)
	})
	from := p.from(a)
	f.unless(len(p.Quota) == len(from) && !slices.ContainsFunc(from, func(c string) bool { _, ok := p.Quota[c]; return !ok }),
		path+".quota", "want a number for each party that may begin, and for no other")
	for _, c := range slices.Sorted(maps.Keys(p.Quota)) {
		if n := p.Quota[c]; n < 0 || n > 10000 {
			f.unless(false, path+".quota", "want 0 to 10000 conversations in a day")
			break
		}
	}
	f.unless(len(p.Clocks) >= 1 && len(p.Clocks) <= 8, path+".clocks", "want 1 to 8")
	classes := map[string]bool{}
	for i, c := range p.Clocks {
		path := fmt.Sprintf("%s.clocks[%d]", path, i)
		f.unless(codeForm.MatchString(c.Class), path+".class", wantCode)
		f.unless(!classes[c.Class], path+".class", "stands twice")
		classes[c.Class] = true
		f.unless(c.Hours >= 1 && c.Hours <= 8760, path+".hours", "want 1 to 8760")
	}
	f.unless(p.Retention >= 1 && p.Retention <= 3660, path+".retention_days", "want 1 to 3660")
}

// houseRules are those that no agreement can set aside.
func (p Purpose) houseRules(f *faults, path string) {
	needs := false
	for _, l := range []struct {
		name  string
		codes []string
	}{{"keys", p.Keys}, {"fields", p.Fields}} {
		for i, code := range l.codes {
			path := fmt.Sprintf("%s.%s[%d]", path, l.name, i)
			f.unless(!hasWord(code, never), path, "no agreement may let this cross the border")
			if hasWord(code, guarded) {
				needs = true
				f.unless(l.name == "fields", path, "protection is nothing to search by")
			}
		}
	}
	if needs {
		f.unless(slices.Equal(p.Begin, []string{"referral"}), path+".begin", "with a field about protection, want referral only")
		f.unless(within(p.Follow, amending), path+".follow", "with a field about protection, want correction, withdrawal and erasure-request at most")
		f.unless(within(p.Answer, append([]string{"referral-reply"}, amending...)), path+".answer", "with a field about protection, want referral-reply, correction, withdrawal and erasure-request at most")
		f.unless(p.Decides == "supervisor", path+".decides", "with a field about protection, want supervisor")
		f.unless(slices.Contains(p.Fields, consent), path+".fields", "with a field about protection, want consent too")
	}
}

func hasWord(code string, words []string) bool {
	return slices.ContainsFunc(strings.Split(code, "_"), func(w string) bool {
		return slices.Contains(words, w)
	})
}

// from are the countries that may begin.
func (p Purpose) from(a Agreement) (out []string) {
	if p.From != nil {
		return p.From
	}
	for _, party := range a.Parties {
		out = append(out, party.Country)
	}
	return out
}

func (a Agreement) isParty(country string) bool {
	return slices.ContainsFunc(a.Parties, func(p Party) bool { return p.Country == country })
}

// text is there in every language of the document, and in no other.
func (a Agreement) text(f *faults, path string, t Text, limit int) {
	f.unless(len(t) == len(a.Reviewed), path, "want the languages that reviewed names")
	for _, l := range slices.Sorted(maps.Keys(a.Reviewed)) {
		s, ok := t[l]
		if !languageForm.MatchString(l) {
			continue // a fault of reviewed
		}
		if !ok {
			f.unless(len(t) != len(a.Reviewed), path, "want the languages that reviewed names")
			continue
		}
		f.unless(line(s, limit), path+"."+l, wantLine, limit)
	}
}

func list(f *faults, path string, items []string, least, most int, want string, ok func(string) bool) {
	switch {
	case len(items) < least || len(items) > most:
		f.unless(false, path, "want %d to %d", least, most)
	default:
		for i, s := range items {
			f.unless(ok(s), fmt.Sprintf("%s[%d]", path, i), "%s", want)
			f.unless(!slices.Contains(items[:i], s), fmt.Sprintf("%s[%d]", path, i), "stands twice")
		}
	}
}

func line(s string, limit int) bool {
	return lineForm.MatchString(s) && utf8.RuneCountInString(s) <= limit
}

// date takes what time.Parse takes, and only from 1970: times are counted from there.
func date(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil && s >= "1970"
}
