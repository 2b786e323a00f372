package letter

import (
	"encoding/json"
	"slices"
)

// persons are the members of a payload that describe somebody.
var persons = []string{"person", "holder", "record"}

// Persons are the people that a letter describes, each by the members that have a text; the one of
// a release is whoever the record is of.
func Persons(l Letter) (out []map[string]string) {
	var payload map[string]json.RawMessage
	if json.Unmarshal(l.Payload, &payload) != nil {
		return nil
	}
	for _, member := range persons {
		var all map[string]any
		if json.Unmarshal(payload[member], &all) != nil {
			continue
		}
		who := map[string]string{}
		for name, v := range all {
			if text, ok := v.(string); ok {
				who[name] = text
			}
		}
		out = append(out, who)
	}
	return out
}

// silent are the closed answers that say the same of everybody, by type: no record, doubt, refusal and
// protection alike. Of the types that are here without a member, all letters are.
var silent = map[string]struct {
	member string
	values []string
}{
	"answer":                          {"result", []string{"no-hit", "pending"}},
	"nothing-to-release":              {},
	"nationality-verification-answer": {"answer", []string{"not_established"}},
	"document-verification-answer":    {"answer", []string{"no_record"}},
	"welfare-check-answer":            {"result", []string{"nothing_to_report"}},
	"referral-reply":                  {"reply", []string{"declined"}},
	"withdrawal":                      {},
	"erasure-request":                 {},
}

// Silent reports whether a letter could have been written of anybody, known or not: it needs no agreement, or
// is an answer that means no record, doubt, refusal and protection alike.
func Silent(l Letter) bool {
	if !NeedsAgreement(l.Type) {
		return true
	}
	s, ok := silent[l.Type]
	if !ok || s.member == "" {
		return ok
	}
	var payload map[string]any
	if json.Unmarshal(l.Payload, &payload) != nil {
		return false
	}
	if reason, ok := payload["reason"].(map[string]any); ok && reason["text"] != nil { // words are of somebody
		return false
	}
	value, _ := payload[s.member].(string)
	return slices.Contains(s.values, value)
}
