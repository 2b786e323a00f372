package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"syscall"

	"github.com/danielgtaylor/huma/v2"

	"mitra/desk/account"
	"mitra/desk/enquiry"
	"mitra/desk/guest"
	"mitra/desk/office"
	"mitra/desk/registry"
	"mitra/desk/search"
	"mitra/desk/second"
	"mitra/desk/status"
	"mitra/identity/linkage"
	"mitra/identity/mrz"
	"mitra/rules"
	"mitra/store"
	"mitra/table"
	"mitra/treaty/card"
	"mitra/treaty/courier"
	"mitra/treaty/evidence"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
	"mitra/web"
)

// A Problem is what is wrong (RFC 9457). It repeats nothing that was sent.
type Problem struct {
	Type   string  `json:"type" doc:"Always about:blank: the code says more."`
	Title  string  `json:"title" doc:"The status in words."`
	Status int     `json:"status"`
	Code   string  `json:"code" doc:"What is wrong, for programs. It stays the same."`
	Detail string  `json:"detail,omitempty" doc:"What is wrong, in English."`
	Errors []Fault `json:"errors,omitempty" doc:"Members and parameters that are wrong."`
	// Line is of a file that was sent.
	Line int `json:"line,omitempty" doc:"Of a file that was sent, from 1."`
	// Batch has rejected rows.
	Batch string `json:"batch,omitempty" doc:"An import whose rejected rows can be fetched."`
	// Reference names it in the node's log.
	Reference string `json:"reference,omitempty" doc:"By which the node's log names what happened."`
}

// A Fault is a member or parameter that is wrong.
type Fault struct {
	Location string `json:"location" doc:"Where, such as body.as_of or query.limit."`
	Message  string `json:"message"`
}

func (p *Problem) Error() string             { return p.Code }
func (p *Problem) GetStatus() int            { return p.Status }
func (p *Problem) ContentType(string) string { return "application/problem+json" }

func problem(status int, code, detail string) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// Errors of the interface itself.
var (
	errChanged = errors.New("it has changed meanwhile: read it again")
	errNoMatch = errors.New("send the ETag of what you have read as If-Match")
)

// problems are the errors that whoever asks can do something about, with their codes; those that the command line tells too have
// the same there (cmd/mitra/fail.go).
var problems = []struct {
	err    error
	status int
	code   string
	says   bool // what the error itself says helps; it repeats no value
}{
	{web.ErrNoPage, 404, "not_found", false},
	{web.ErrRight, 403, "no_right", false},
	{web.ErrTooMany, 429, "too_many_people", false},
	{web.ErrForm, 422, "invalid", false},
	{web.ErrInUse, 409, "in_use", false},
	{web.ErrRows, 422, "too_many_rows", false},
	{web.ErrPairs, 422, "too_many_pairs", false},
	{web.ErrSides, 422, "one_file", false},
	{web.ErrLeast, 422, "too_little", false},
	{web.ErrSaidBefore, 422, "said_before", false},
	{linkage.ErrUntrained, 422, "nothing_learned", false},
	{web.ErrPair, 404, "no_pair", false},
	{web.ErrFirstCard, 422, "bad_card", false},
	{evidence.ErrMalformed, 422, "not_evidence", false},
	{evidence.ErrNewer, 422, "newer_evidence", false},
	{web.ErrProtection, 422, "bad_protection", false},
	{web.ErrReason, 422, "bad_reason", false},
	{web.ErrDay, 422, "bad_day", false},
	{web.ErrOfficer, 422, "bad_officer", false},
	{web.ErrRunning, 409, "running", false},
	{web.ErrVerifying, 409, "verifying", false},
	{web.ErrOnly, 409, "no_second", false},
	{web.ErrChangedAccount, 409, "changed", false},
	{web.ErrRestrictedIn, 409, "restricted_in_list", false},
	{web.ErrExamining, 409, "examining", false},
	{web.ErrNoBackups, 409, "no_backups", false},
	{web.ErrBackingUp, 409, "backing_up", false},
	{web.ErrDocument, 422, "bad_document", false},
	{web.ErrNoParty, 409, "no_party", false},
	{web.ErrOtherCard, 409, "other_card", false},
	{web.ErrSigned, 409, "signed", false},
	{web.ErrAdopted, 409, "adopted", false},
	{status.ErrNoPair, 404, "no_pair", false},
	{status.ErrDecided, 409, "decided", false},
	{status.ErrChanged, 409, "changed", false},
	{status.ErrGiven, 409, "given", false},
	{status.ErrOwn, 403, "own_pair", false},
	{status.ErrSecond, 409, "needs_second", false},
	{status.ErrReason, 422, "bad_reason", false},
	{status.ErrUndo, 409, "no_undo", false},
	{status.ErrSaid, 409, "cannot_say", false},
	{guest.ErrUnknown, 404, "no_referral", false},
	{guest.ErrRight, 403, "no_right", false},
	{guest.ErrReferral, 422, "bad_referral", true},
	{guest.ErrOver, 409, "ended", false},
	{office.ErrUnit, 422, "bad_office", true},
	{office.ErrTaken, 409, "office_taken", false},
	{office.ErrUnknown, 404, "no_office", false},
	{office.ErrUsed, 409, "office_used", true},
	{registry.ErrNoBatch, 404, "no_list", false},
	{registry.ErrLater, 409, "later_list", false},
	{registry.ErrLoading, 409, "loading", false},
	{registry.ErrAsked, 409, "asked", false},
	{registry.ErrReason, 422, "bad_reason", false},
	{courier.ErrFingerprint, 422, "bad_words", false},
	{courier.ErrSelf, 422, "own_card", false},
	{courier.ErrBundle, 422, "bad_bundle", false},
	{card.ErrKnown, 409, "known_card", false},
	{second.ErrUnknown, 404, "no_proposal", false},
	{second.ErrRight, 403, "no_right", false},
	{second.ErrReason, 422, "bad_reason", false},
	{second.ErrWaits, 409, "waits", false},
	{second.ErrOwn, 409, "own_proposal", false},
	{second.ErrEnded, 409, "ended", false},
	{second.ErrExpired, 409, "expired", false},
	{errCursor, 422, "bad_cursor", false},
	{errChanged, 412, "changed", false},
	{errNoMatch, 428, "no_if_match", false},
	{http.ErrNotMultipart, 415, "no_form", false},
	{http.ErrMissingBoundary, 415, "no_form", false},
	{account.ErrOther, 422, "key_used", false},
	{account.ErrDoing, 409, "in_progress", false},
	{account.ErrLost, 409, "outcome_unknown", false},
	{account.ErrUnknown, 404, "no_account", false},
	{account.ErrNoToken, 404, "no_token", false},
	{account.ErrTaken, 409, "account_taken", false},
	{account.ErrAccount, 422, "bad_account", true},
	{account.ErrPassword, 422, "bad_password", true},
	{account.ErrOwn, 409, "own_account", false},
	{account.ErrCode, 422, "bad_code", false},
	{account.ErrLast, 409, "last_administrator", false},
	{enquiry.ErrRight, 403, "no_right", true},
	{enquiry.ErrUnknown, 404, "no_enquiry", false},
	{enquiry.ErrAnswered, 409, "answered", false},
	{enquiry.ErrEarly, 409, "too_early", false},
	{enquiry.ErrOver, 409, "over", false},
	{enquiry.ErrQuestion, 422, "bad_question", true},
	{enquiry.ErrAnswer, 422, "bad_answer", true},
	{courier.ErrNoContact, 409, "no_contact", false},
	{courier.ErrNoPeer, 404, "no_peer", false},
	{courier.ErrPeers, 409, "several_peers", false},
	{courier.ErrSuspended, 409, "suspended", false},
	{courier.ErrNoConversation, 404, "no_conversation", false},
	{courier.ErrConversations, 409, "several_peers", false},
	{evidence.ErrPending, 409, "pending", false},
	{journal.ErrNoEvent, 404, "no_conversation", false},
	{registry.ErrAlone, 409, "alone", false},
	{registry.ErrRestricted, 409, "restricted", false},
	{registry.ErrUnrestricted, 409, "not_restricted", false},
	{registry.ErrLapsed, 409, "lapsed", false},
	{registry.ErrTakenOver, 503, "taken_over", false},
	{search.ErrQuery, 422, "bad_query", true},
	{status.ErrNoRun, 404, "no_run", false},
	{rules.ErrNoPack, 422, "no_rule_pack", false},
	{second.ErrChanged, 409, "world_changed", false}, // after what it wraps, which says why
	{store.ErrDiskFull, 507, "disk_full", false},
	{syscall.ENOSPC, 507, "disk_full", false},
	{store.ErrBusy, 503, "busy", false},
}

// problemOf is an error as it is told; known is false of one that only the node's log explains.
func problemOf(err error) (p *Problem, known bool) {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p, true
	}
	for _, x := range problems {
		if errors.Is(err, x.err) {
			p := problem(x.status, x.code, x.err.Error())
			if x.says {
				p.Detail = err.Error()
			}
			return p, true
		}
	}
	if web.BadCard(err) {
		return problem(422, "bad_card", "this is no card, or does not follow from those that are known"), true
	}
	if errors.Is(err, linkage.ErrSpec) { // what is wrong with it may repeat what stands in it
		p := problem(422, "bad_spec", "the spec cannot be used")
		if e, ok := errors.AsType[*linkage.SpecError](err); ok {
			p.Line = e.Line
		}
		return p, true
	}
	if e, ok := errors.AsType[*mrz.Error](err); ok {
		return problem(422, "bad_zone", e.Reason), true
	}
	if code := letter.CodeOf(err); code != "" { // the agreement refuses it
		return problem(422, "refused", err.Error()), true
	}
	if e, ok := errors.AsType[*table.Error](err); ok {
		p := problem(422, e.Code, e.Message)
		p.Line = e.Line
		return p, true
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return problem(413, "too_large", "the body is too large"), true
	}
	return nil, false
}

// codes are those of errors that the library finds in a request, before an operation has it.
var codes = map[int]string{
	400: "bad_request", 404: "not_found", 405: "no_method", 406: "bad_request", 408: "too_slow", 413: "too_large", 415: "no_json", 422: "invalid",
}

// asProblem makes the library's errors ours: the values that it repeats are left out, and so is a name that whoever asks has made up.
func asProblem(status int, _ string, errs ...error) huma.StatusError {
	code, ok := codes[status]
	if !ok {
		code = "failed"
	}
	p := problem(status, code, "")
	for _, err := range errs {
		d, ok := err.(huma.ErrorDetailer)
		if !ok || d == nil {
			continue
		}
		f := Fault{Location: d.ErrorDetail().Location, Message: d.ErrorDetail().Message}
		switch {
		case status == http.StatusUnsupportedMediaType:
			f.Message = "want application/json"
		case status == http.StatusBadRequest && f.Location == "body":
			f.Message = "this is not JSON in UTF-8, or a member stands in it twice or is null"
		case strings.HasPrefix(f.Message, "unexpected property"), strings.HasPrefix(f.Message, "unknown query"):
			f.Message = "there is something that is not known here"
			f.Location, _, _ = cutLast(f.Location, ".")
		}
		if !slices.Contains(p.Errors, f) {
			p.Errors = append(p.Errors, f)
		}
	}
	return p
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// fail is an error as the library answers with it. What is not known is told of in the log, without what was asked.
func (c *call) fail(err error) error {
	if errors.Is(err, context.Canceled) && c.r.Context().Err() != nil {
		return problem(499, "gone", "")
	}
	p, known := problemOf(err)
	if !known {
		p = problem(http.StatusInternalServerError, "failed", "")
		p.Reference = store.NewID()
		c.a.d.Log.Error("an operation failed", "reference", p.Reference, "operation", c.o.id, "error", err)
	}
	if p.Code == "no_right" || p.Code == "too_many_people" {
		c.Refused(c.ctx, fmt.Sprintf("%s /api%s", c.o.method, c.o.path))
	}
	return p
}
