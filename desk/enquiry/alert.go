package enquiry

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"mitra/treaty/agreement"
	"mitra/treaty/letter"
)

// What an alert can be about, and what it can ask of whoever meets the person or document (urn:mxp:schema:alert:1), without
// the views on protection, which cross in a referral alone.
var (
	alertKinds   = []string{"missing", "document", "suspect", "pattern"}
	alertActions = []string{"inform_sender", "verify_document", "check_identity"}
)

// alert fills the payload of an alert. The errors repeat no value.
func (q Question) alert(payload map[string]any, who map[string]string, purpose agreement.Purpose, now time.Time) error {
	x := q.Alert
	kinds, actions := allowed(purpose, "alert_", alertKinds), allowed(purpose, "action_", alertActions)
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", ErrQuestion, fmt.Sprintf(format, args...))
	}
	today := now.UTC().Format(time.DateOnly)
	last := now.UTC().AddDate(0, 0, purpose.Retention).Format(time.DateOnly)
	if x.Expires == "" {
		x.Expires = last
	}
	expires, err := time.Parse(time.DateOnly, x.Expires)
	switch {
	case !slices.Contains(kinds, x.Kind):
		return bad("want what the alert is about; the purpose %s lets it be %s", purpose.Code, strings.Join(kinds, ", "))
	case !slices.Contains(actions, x.Action):
		return bad("want what the alert asks for; the purpose %s lets it be %s", purpose.Code, strings.Join(actions, ", "))
	case err != nil || x.Expires < today || expires.Format(time.DateOnly) > last:
		return bad("want a last day between today and %s, for which the purpose lets it be kept", last)
	case x.Kind == "pattern" && (x.Summary == "" || len(q.Person) > 0):
		return bad("a pattern has a summary, and is about nobody")
	case x.Kind != "pattern" && !identifies(who) && q.Document["number"] == "":
		return bad("want who or which document is looked for: the number of a document, or a name and a date or year of birth")
	}
	payload["kind"], payload["action"], payload["issued_on"], payload["expires_on"] = x.Kind, x.Action, today, x.Expires
	if x.Summary != "" {
		payload["summary"] = x.Summary
	}
	if len(who) > 0 {
		payload["person"] = who
	}
	if len(q.Document) > 0 {
		payload["document"] = q.Document
	}
	return nil
}

// allowed are those of some codes that a purpose lets an alert tell.
func allowed(p agreement.Purpose, prefix string, codes []string) (out []string) {
	for _, c := range codes {
		if slices.Contains(p.Fields, prefix+c) {
			out = append(out, c)
		}
	}
	return out
}

// alertOf is the alert in a letter.
func alertOf(l letter.Letter) *Alert {
	x := new(Alert)
	_ = json.Unmarshal(l.Payload, x) // its schema has been checked
	return x
}

// until is until when a conversation may be kept: an alert no longer than it holds.
func until(l letter.Letter) time.Time {
	end := time.Unix(l.Retain, 0)
	if kinds[l.Type].tells {
		if last, err := time.Parse(time.DateOnly, alertOf(l).Expires); err == nil && last.AddDate(0, 0, 1).Before(end) {
			end = last.AddDate(0, 0, 1)
		}
	}
	return end
}
