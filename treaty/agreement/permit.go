package agreement

import (
	"fmt"
	"regexp"
	"slices"
	"time"
)

// Codes of a [Refusal], in the order of the tests (docs/protocol.md, section 4).
const (
	Unknown            = "agreement_unknown"
	NotInForce         = "agreement_not_in_force"
	NotAParty          = "agreement_party"
	ArticleUnknown     = "article_unknown"
	PurposeUnknown     = "purpose_unknown"
	NoConversation     = "conversation_unknown"
	TypeNotAllowed     = "type_not_allowed"
	FieldNotAllowed    = "field_not_allowed"
	HandlingNotAllowed = "handling_not_allowed"
	GradingRequired    = "grading_required"
	ClockNotAllowed    = "clock_not_allowed"
	RetentionTooLong   = "retention_too_long"
	QuotaExhausted     = "quota_exhausted"
)

// A Refusal says that no agreement allows a letter. It is an error without any
// value of the letter.
type Refusal struct {
	Code string
	// Clause is the path of the member that says no, such as
	// "articles[2].purposes[0].fields"; "replaces" is that of the version that had begun.
	// It is empty where there is no document.
	Clause string
}

func (r Refusal) Error() string {
	if r.Clause == "" {
		return r.Code
	}
	return r.Code + ": " + r.Clause
}

// A Turn is the place of a letter in its conversation.
type Turn string

// Begin is the first letter, whose mid is its cid; Follow is a later one by who wrote the
// first, Answer one by the other. The zero value is that of a letter whose conversation nobody
// has begun under its purpose.
const (
	Begin  Turn = "begin"
	Follow Turn = "follow"
	Answer Turn = "answer"
)

// A Request is what is decided about a letter: what its header says, and the names of
// what is in it.
type Request struct {
	Issuer, Audience string // node names
	Agreement        string // hash
	Article, Purpose string
	Type             string // such as "enquiry"
	Turn             Turn
	Keys             []string // by which it looks for somebody or something
	Fields           []string // that it releases, or wants to have released
	Handling         string
	Grading          string // such as "B2"; empty where there is none
	Clock            string
	Written          time.Time // iat
	Until            time.Time // ret
	// Used is how many conversations the issuer has begun under the purpose on the day
	// (UTC) of Written, before this letter. It matters to the turn Begin only.
	Used int
}

// grade is a source and an information grade.
var grade = regexp.MustCompile(`^[ABCX][1-4]$`)

// Free reports whether letters of a type need no agreement: they carry nothing about
// anybody, and set one up or mend what a restore has lost.
func Free(letterType string) bool {
	return letterType == "ping" || letterType == "card" || letterType == "agreement" || letterType == "reconcile"
}

// Permit returns nil if the agreement that the letter names allows it, else a [Refusal] by
// the first test that fails.
func (s Set) Permit(r Request) error {
	if Free(r.Type) {
		if len(r.Keys) > 0 || len(r.Fields) > 0 {
			return Refusal{Code: FieldNotAllowed}
		}
		return nil
	}
	t, ok := s.find(r.Agreement)
	switch {
	case !ok:
		return Refusal{Code: Unknown}
	case r.Written.Before(t.begin):
		return Refusal{NotInForce, "from"}
	case !r.Written.Before(t.end) && t.replaced:
		return Refusal{NotInForce, "replaces"}
	case !r.Written.Before(t.end):
		return Refusal{NotInForce, "until"}
	}
	return t.doc.terms.permit(r)
}

// permit makes the tests for which only the one document is needed.
func (a Agreement) permit(r Request) error {
	issuer, ok := a.party(r.Issuer)
	audience, ok2 := a.party(r.Audience)
	if !ok || !ok2 || r.Issuer == r.Audience {
		return Refusal{NotAParty, "parties"}
	}
	i := slices.IndexFunc(a.Articles, func(art Article) bool { return art.ID == r.Article })
	if i < 0 {
		return Refusal{ArticleUnknown, "articles"}
	}
	j := slices.IndexFunc(a.Articles[i].Purposes, func(p Purpose) bool { return p.Code == r.Purpose })
	if j < 0 {
		return Refusal{PurposeUnknown, fmt.Sprintf("articles[%d].purposes", i)}
	}
	p := a.Articles[i].Purposes[j]
	if r.Turn == "" {
		return Refusal{NoConversation, fmt.Sprintf("articles[%d].purposes[%d]", i, j)}
	}
	refuse := func(code, member string) error {
		return Refusal{code, fmt.Sprintf("articles[%d].purposes[%d].%s", i, j, member)}
	}

	asker := issuer.Country
	if r.Turn == Answer {
		asker = audience.Country
	}
	if !p.begins(a, asker) {
		return refuse(TypeNotAllowed, "from")
	}
	types := map[Turn][]string{Begin: p.Begin, Follow: p.Follow, Answer: p.Answer}[r.Turn]
	switch {
	case !slices.Contains(types, r.Type):
		return refuse(TypeNotAllowed, string(r.Turn))
	case !within(r.Keys, p.Keys):
		return refuse(FieldNotAllowed, "keys")
	case !within(r.Fields, p.Fields) || !consented(r.Fields):
		return refuse(FieldNotAllowed, "fields")
	case !slices.Contains(p.Handling, r.Handling):
		return refuse(HandlingNotAllowed, "handling")
	case !p.Ungraded && !grade.MatchString(r.Grading):
		return refuse(GradingRequired, "ungraded")
	case !slices.ContainsFunc(p.Clocks, func(c Clock) bool { return c.Class == r.Clock }):
		return refuse(ClockNotAllowed, "clocks")
	case r.Until.After(r.Written.Add(time.Duration(p.Retention) * 24 * time.Hour)):
		return refuse(RetentionTooLong, "retention_days")
	case r.Turn == Begin && r.Used >= p.Quota[asker]:
		return refuse(QuotaExhausted, "quota")
	}
	return nil
}

// begins reports whether the party of a country may begin conversations. Both members
// have to say so: a document without the one does not allow more.
func (p Purpose) begins(a Agreement, country string) bool {
	_, counted := p.Quota[country]
	return counted && slices.Contains(p.from(a), country)
}

func (a Agreement) party(node string) (Party, bool) {
	i := slices.IndexFunc(a.Parties, func(p Party) bool { return p.Node == node })
	if i < 0 {
		return Party{}, false
	}
	return a.Parties[i], true
}

func within(names, allowed []string) bool {
	return !slices.ContainsFunc(names, func(n string) bool { return !slices.Contains(allowed, n) })
}

// consented reports whether the consent, or a duty by law that the purpose names, goes with what needs it.
func consented(fields []string) bool {
	needs := slices.ContainsFunc(fields, func(f string) bool { return hasWord(f, guarded) })
	return !needs || slices.Contains(fields, consent) || slices.Contains(fields, duty)
}
