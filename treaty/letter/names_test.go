package letter_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mitra/treaty/letter"
)

// place is somewhere in a payload where something can stand.
type place struct {
	path   string
	values []any // examples; each value, where the schema lists them
	lists  []bool
}

// places are all places of a type's payload, as its schema has them.
func places(t *testing.T, typ string) (out []place) {
	t.Helper()
	load := func(name string) (s map[string]any) {
		b, ok := letter.Schema(name)
		if !ok || json.Unmarshal(b, &s) != nil {
			t.Fatalf("no schema of %s", name)
		}
		return s
	}
	common := load("common")
	var walk func(s map[string]any, path []string, lists []bool)
	walk = func(s map[string]any, path []string, lists []bool) {
		if ref, ok := s["$ref"].(string); ok {
			name, ok := strings.CutPrefix(ref, "urn:mxp:schema:common:1#/$defs/")
			if !ok {
				t.Fatalf("%s: a reference to %s", typ, ref)
			}
			walk(common["$defs"].(map[string]any)[name].(map[string]any), path, lists)
			return
		}
		if all, ok := s["allOf"].([]any); ok {
			for _, part := range all {
				if p := part.(map[string]any); p["$ref"] != nil {
					walk(p, path, lists)
					return
				}
			}
		}
		if items, ok := s["items"].(map[string]any); ok {
			lists = append(slices.Clone(lists), true)
			lists[len(path)-1] = true
			walk(items, path, lists[:len(path)])
			return
		}
		if members, ok := s["properties"].(map[string]any); ok {
			for _, m := range slices.Sorted(maps.Keys(members)) {
				walk(members[m].(map[string]any), append(slices.Clone(path), m), append(slices.Clone(lists), false))
			}
			return
		}
		values := []any{"x"}
		if enum, ok := s["enum"].([]any); ok {
			values = enum
		}
		out = append(out, place{strings.Join(path, "/"), values, lists})
	}
	walk(load(typ), nil, nil)
	return out
}

// payload is one in which nothing stands but a value at this place.
func (p place) payload(v any) json.RawMessage {
	path := strings.Split(p.path, "/")
	for i, m := range slices.Backward(path) {
		if p.lists[i] {
			v = []any{v}
		}
		v = map[string]any{m: v}
	}
	return must(json.Marshal(v))
}

// formal are the places that tell of no person and no matter: whoever adds one has to say so
// here too.
var formal = []string{
	"conditions", "alert expires_on", "alert issued_on", "correction of", "erasure-request of", "fraud-notice reporter",
	"fraud-notice retention_until", "release as_of", "release officer", "withdrawal of",
}

// TestEveryMemberHasAName: of every type, whatever the schema lets stand somewhere has a code
// that an agreement can allow. testdata/names.txt has them all.
func TestEveryMemberHasAName(t *testing.T) {
	code := regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`) // treaty/agreement, a field
	var golden bytes.Buffer
	for _, typ := range letter.Types() {
		for _, p := range places(t, typ) {
			for _, v := range p.values {
				keys, fields := letter.Names(letter.Letter{Type: typ, Payload: p.payload(v)})
				isFormal := slices.Contains(formal, p.path) || slices.Contains(formal, typ+" "+p.path)
				switch {
				case !letter.NeedsAgreement(typ):
					if len(keys)+len(fields) > 0 {
						t.Errorf("%s %s: %v %v, and no agreement is needed", typ, p.path, keys, fields)
					}
				case isFormal:
					if len(keys)+len(fields) > 0 {
						t.Errorf("%s %s: %v %v, and it tells of nobody", typ, p.path, keys, fields)
					}
				case len(keys)+len(fields) != 1 || !code.MatchString(strings.Join(append(keys, fields...), "")):
					t.Errorf("%s %s: keys %q, fields %q, want one code", typ, p.path, keys, fields)
				case len(keys) == 1:
					fmt.Fprintf(&golden, "%s\t%s\tkey\t%s\n", typ, p.path, keys[0])
				default:
					fmt.Fprintf(&golden, "%s\t%s\tfield\t%s\n", typ, p.path, fields[0])
				}
			}
		}
	}
	const file = "testdata/names.txt"
	if *update {
		if err := os.WriteFile(file, golden.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(must(os.ReadFile(file)), golden.Bytes()) {
		t.Errorf("the names differ from %s; -update writes it anew", file)
	}
}

// TestPageNamesTheCodes: docs/agreement.md is where a jurist finds them.
func TestPageNamesTheCodes(t *testing.T) {
	page := string(must(os.ReadFile("../../docs/agreement.md")))
	for _, line := range strings.Split(strings.TrimSpace(string(must(os.ReadFile("testdata/names.txt")))), "\n") {
		if code := line[strings.LastIndexByte(line, '\t')+1:]; !strings.Contains(page, "`"+code+"`") {
			t.Errorf("docs/agreement.md does not name `%s`", code)
		}
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct{ typ, payload, keys, fields string }{
		{"enquiry", payloads["enquiry"][0], "birth_date full_name nationality passport_no sex", "full_name stay stay_until"},
		{"enquiry", payloads["enquiry"][1], "permit_no", ""},
		{"nationality-verification", payloads["nationality-verification"][0],
			"birth_date document_expiry document_issuer document_kind document_number full_name nationality passport_no sex", "travel_document_needed"},
		{"correction", payloads["correction"][0], "", "reason stay stay_until"},
		{"nothing-to-release", `{}`, "", ""},
		{"alert", payloads["alert"][1], "", "action_refer_to_protection alert_possible_victim basis birth_date consent full_name nationality passport_no sex"},
		{"referral", payloads["referral"][0], "", "basis birth_date consent contact full_name nationality needs passport_no protection_indicators protection_view sex summary"},
		{"statistics", payloads["statistics"][0], "", "statistics_table"},
		{"statistics", `{"cells":[]}`, "", "statistics_table"},
		{"ping", payloads["ping"][0], "", ""},
		{"reconcile", payloads["reconcile"][1], "", ""},
		// What the schema does not know is named so that nothing allows it.
		{"enquiry", `{"person":"x"}`, "", "/person"},
		{"enquiry", `{"release":[7,{"stay":1}]}`, "", "/release /release/stay"},
		{"enquiry", `{"religion":"x","person":{}}`, "", "/religion"},
		{"release", `{"record":{"religion":"x"}}`, "", "religion"},
		{"statistics", `{"note":[]}`, "", "/note"},
		{"nobody-knows", `{"a":{"b":null}}`, "", "/a/b"},
		{"enquiry", `{`, "", "/"},
		{"enquiry", ``, "", "/"},
		{"enquiry", `"x"`, "", "/"},
	} {
		keys, fields := letter.Names(letter.Letter{Type: c.typ, Payload: json.RawMessage(c.payload)})
		if got := strings.Join(keys, " "); got != c.keys {
			t.Errorf("%s %s: keys %q, want %q", c.typ, c.payload, got, c.keys)
		}
		if got := strings.Join(fields, " "); got != c.fields {
			t.Errorf("%s %s: fields %q, want %q", c.typ, c.payload, got, c.fields)
		}
	}
}
