package letter

import (
	"encoding/json"
	"slices"
	"strings"
)

// A naming gives what stands at a place of a payload the code by which an agreement allows it.
type naming struct {
	path string // members from the top, joined by "/"; of a list, its elements
	code string // empty: it tells of no person and no matter
	key  bool   // something is looked for by it; else it is told, or asked for
	// members: the code is that of each member below path, after code.
	members bool
	// values: the code is the value, after code.
	values bool
}

// as: what stands there has this code.
func as(code string, paths ...string) (out []naming) {
	for _, p := range paths {
		out = append(out, naming{path: p, code: code})
	}
	return out
}

// own: the code is the member's own name.
func own(paths ...string) (out []naming) {
	for _, p := range paths {
		out = append(out, naming{path: p, code: p})
	}
	return out
}

// formal: what stands there is about the letter.
func formal(paths ...string) []naming { return as("", paths...) }

// told: each member below has a code of its own, after prefix.
func told(path, prefix string) []naming {
	return []naming{{path: path, code: prefix, members: true}}
}

// by is told, of what something is looked for by.
func by(path, prefix string) []naming {
	return []naming{{path: path, code: prefix, members: true, key: true}}
}

// each: the values are codes, after prefix.
func each(path, prefix string) []naming {
	return []naming{{path: path, code: prefix, values: true}}
}

// named are the codes of everything that a letter can say, by type; the first that fits counts.
// Types that need no agreement have none. docs/agreement.md explains the codes.
var named = map[string][]naming{
	"enquiry":            slices.Concat(by("person", ""), each("release", "")),
	"answer":             as("enquiry_outcome", "result"),
	"release-request":    slices.Concat(each("fields", ""), own("reason")),
	"release":            slices.Concat(told("record", ""), formal("officer", "as_of")),
	"nothing-to-release": nil, // that it came says all it says

	"nationality-verification":        slices.Concat(by("person", ""), by("documents", "document_"), own("travel_document_needed")),
	"nationality-verification-answer": as("nationality_outcome", "answer"),
	"document-verification":           slices.Concat(by("document", "document_"), by("holder", "")),
	"document-verification-answer":    as("document_outcome", "answer"),

	// Kind and action are codes each by itself, so that an agreement can allow one without the
	// other: possible_victim and refer_to_protection are views on protection.
	"alert": slices.Concat(each("kind", "alert_"), each("action", "action_"), told("person", ""), told("document", "document_"),
		each("basis/kind", ""), as("basis", "basis/text"), own("summary"), formal("issued_on", "expires_on")),
	"welfare-check":        slices.Concat(by("person", ""), own("concern", "visit", "safety_plan")),
	"welfare-check-answer": as("check_outcome", "result"),
	"referral": slices.Concat(told("person", ""), each("basis/kind", ""), as("basis", "basis/text"),
		as("protection_view", "view"), as("protection_indicators", "indicators"), own("needs", "contact", "summary")),
	"referral-reply": slices.Concat(as("referral_outcome", "reply"), as("reason", "reason/code", "reason/text"), own("contact")),
	"fraud-notice": slices.Concat(own("notice_id"), as("notice_request", "request"), as("notice_action", "action"),
		told("seen", "seen_"), told("document", "document_"), told("fraud", "fraud_"), own("security_feature"),
		own("holder_role", "possible_victim"), told("holder", ""), own("images", "sltd"),
		as("examination", "examination/examiner", "examination/level", "examination/method"),
		formal("reporter", "retention_until")),

	// A table has one code: no part of it can be read without the others.
	"statistics": as("statistics_table", "table", "period", "revision", "definition", "source", "reference_date",
		"coverage", "rounded_to", "threshold", "dimensions", "cells", "cells/at", "cells/value", "cells/suppressed"),
	"commitment": told("", "commitment_"),

	"correction":      slices.Concat(formal("of"), told("record", ""), each("removed", ""), as("reason", "reason/code", "reason/text")),
	"withdrawal":      slices.Concat(formal("of"), as("reason", "reason/code", "reason/text")),
	"erasure-request": slices.Concat(formal("of"), as("reason", "ground", "reason")),
}

// Names tells what an agreement has to allow of a letter's payload: the codes by which something
// is looked for, and the codes of what is told or asked for, each once and in order. What has
// no code is named by its JSON pointer, which no agreement can allow. Types that need no agreement
// have no names.
func Names(l Letter) (keys, fields []string) {
	if !NeedsAgreement(l.Type) {
		return nil, nil
	}
	var payload any
	if err := json.Unmarshal(l.Payload, &payload); err != nil {
		return nil, []string{"/"}
	}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for m, below := range v {
				walk(strings.TrimPrefix(path+"/"+m, "/"), below)
			}
			return
		case []any:
			for _, e := range v {
				walk(path, e)
			}
			if len(v) > 0 {
				return
			}
		}
		code, key := nameOf(l.Type, path, v)
		switch {
		case code == "":
		case key:
			keys = append(keys, code)
		default:
			fields = append(fields, code)
		}
	}
	walk("", payload)
	slices.Sort(keys)
	slices.Sort(fields)
	return slices.Compact(keys), slices.Compact(fields)
}

// nameOf is the code of a value at a path.
func nameOf(typ, path string, v any) (code string, key bool) {
	if path == "conditions" {
		return "", false // the handling code tells of it
	}
	for _, n := range named[typ] {
		switch {
		case n.members:
			below, ok := path, n.path == ""
			if !ok {
				below, ok = strings.CutPrefix(path, n.path+"/")
			}
			if ok {
				member, _, _ := strings.Cut(below, "/")
				return n.code + member, n.key
			}
		case n.path != path:
		case n.values:
			if s, ok := v.(string); ok {
				return n.code + s, n.key
			}
		default:
			return n.code, n.key
		}
	}
	return "/" + path, false
}
