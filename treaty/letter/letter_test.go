package letter_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

// unread: a letter that was opened has its text beside what it says.
var unread = cmpopts.IgnoreUnexported(letter.Letter{})

func TestEveryType(t *testing.T) {
	for _, typ := range letter.Types() {
		if len(payloads[typ]) == 0 {
			t.Errorf("%s: no example", typ)
		}
		for n := range payloads[typ] {
			l := sample(typ, n)
			text, err := letter.Sign(cambodia.keys.Current, l)
			if err != nil {
				t.Errorf("%s: %v", typ, err)
				continue
			}
			got, err := letter.Open(text, keys)
			if err != nil {
				t.Errorf("%s: %v", typ, err)
				continue
			}
			l.KeyID, l.Schema = cambodia.keys.Current.ID(), letter.SchemaID(typ)
			if d := cmp.Diff(l, got, unread); d != "" || got.Text() != text {
				t.Errorf("%s: %s", typ, d)
			}
		}
	}
}

func TestLettersAreNotLogged(t *testing.T) {
	l := sample("enquiry", 0)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("sent", "letter", l)
	slog.New(slog.NewTextHandler(&log, nil)).Info("sent", "letter", l)
	fmt.Fprintf(&log, "%v %+v %#v", l, &l, l)
	if strings.Contains(log.String(), "BUDI") || !strings.Contains(log.String(), "enquiry letter "+l.ID) {
		t.Error(log.String())
	}
}

func TestSchemaRefuses(t *testing.T) {
	for _, c := range []struct{ typ, payload, at string }{
		{"enquiry", `{}`, "/ misses person"},
		{"enquiry", `{"person":{"sex":"M"}}`, "/person does not"},
		{"enquiry", `{"person":{"full_name":"SECRET","sex":"SECRET"}}`, "/person/sex is none"},
		{"enquiry", `{"person":{"full_name":"SECRET","birth_date":"SECRET"}}`, "/person/birth_date"},
		{"enquiry", `{"person":{"full_name":"SECRET","birth_date":"1990-13-01"}}`, "/person/birth_date"},
		{"enquiry", `{"person":{"full_name":"SECRET","SECRET":"x"}}`, "/person has a member"},
		{"enquiry", `{"person":{"full_name":"SECRET\u0007"}}`, "/person/full_name"},
		{"enquiry", `{"person":{"full_name":""}}`, "/person/full_name is too short"},
		{"enquiry", `{"person":{"full_name":"` + strings.Repeat("SECRET", 51) + `"}}`, "/person/full_name is too long"},
		{"enquiry", `{"person":{"full_name":17}}`, "/person/full_name is not of type string"},
		{"enquiry", `{"person":{"full_name":"SECRET"},"release":["protection"]}`, "/release/0 is none"},
		{"enquiry", `{"person":{"full_name":"SECRET"},"release":["sex","sex"]}`, "/release has something twice"},
		{"answer", `{"result":"maybe"}`, "/result"},
		{"answer", `{"result":"pending","note":"SECRET"}`, "/ has a member"},
		{"release", `{"record":{},"officer":"o-1"}`, "/record is too short"},
		{"release", `{"record":{"origin":"outside_placement"},"officer":"o-1"}`, "/record/origin"},
		{"release", `{"record":{"sex":"M"}}`, "/ misses officer"},
		{"nothing-to-release", `{"why":"SECRET"}`, "/ has a member"},
		{"document-verification", `{"document":{"kind":"passport","issuer":"IDN"}}`, "/document misses number"},
		{"document-verification-answer", `{"answer":"unsure"}`, "/answer"},
		{"alert", `{"kind":"child","person":{"full_name":"SECRET"},"action":"inform_sender","issued_on":"2024-03-13","expires_on":"2024-06-13"}`, "/ misses basis"},
		{"alert", `{"kind":"missing","action":"inform_sender","issued_on":"2024-03-13","expires_on":"2024-06-13"}`, "/ does not have the members"},
		{"alert", `{"kind":"pattern","action":"inform_sender","issued_on":"2024-03-13","expires_on":"2024-06-13"}`, "/ misses summary"},
		{"alert", `{"kind":"pattern","person":{"full_name":"SECRET"},"action":"inform_sender","issued_on":"2024-03-13","expires_on":"2024-06-13","summary":"SECRET"}`, "/ does not have the members"},
		{"welfare-check", `{"person":{"full_name":"SECRET"},"concern":"x","visit":true}`, "/ misses safety_plan"},
		{"referral", `{"person":{"full_name":"SECRET"},"needs":["return"]}`, "/ misses basis"},
		{"referral", `{"person":{"full_name":"SECRET"},"needs":["return"],"basis":{"kind":"consent","text":"x"},"view":["claim"]}`, "/view/0"},
		{"referral-reply", `{"reply":"declined"}`, "/ misses reason"},
		{"fraud-notice", strings.Replace(payloads["fraud-notice"][0], `"possible_victim":true`, `"possible_victim":true,"holder":{"full_name":"SECRET"}`, 1), "/ does not have the members"},
		{"statistics", strings.Replace(payloads["statistics"][0], `"suppressed":true`, `"suppressed":true,"value":3`, 1), "/cells/2 does not have"},
		{"statistics", strings.Replace(payloads["statistics"][0], `T03`, `T22`, 1), "/table"},
		{"commitment", strings.Replace(payloads["commitment"][0], `"https:`, `"file:`, 1), "/evidence/0"},
		{"reconcile", `{"since":1,"until":2,"held":[],"send":[]}`, "/ does not have"},
		{"reconcile", `{"since":1,"until":2,"after":"018e3490-5c00-7000-8000-00000000000a","letters":[]}`, "/ does not have"},
		{"reconcile", `{"since":1,"until":2,"letters":[{"envelope":"e30.e30.e30","type":"enquiry","cid":"018e3490-5c00-7000-8000-00000000000a","art":"a","pur":"b","receipts":[]}]}`, "/letters/0/receipts"},
		{"reconcile", `{"since":1,"until":2,"held":["` + strings.ToUpper("018e3490-5c00-7000-8000-00000000000a") + `"]}`, "/held/0"},
	} {
		l := letter.Letter{Type: c.typ, Header: header(c.typ), Payload: json.RawMessage(c.payload)}
		_, err := letter.Sign(cambodia.keys.Current, l)
		if letter.CodeOf(err) != letter.SchemaInvalid || !strings.Contains(err.Error(), "payload: "+c.at) {
			t.Errorf("%s %.60s: %v, want %s", c.typ, c.payload, err, c.at)
		}
		if err != nil && strings.Contains(err.Error(), "SECRET") {
			t.Errorf("the error repeats what stands there: %v", err)
		}
	}
	for _, payload := range []string{`[]`, `{"n":1.5}`, `{"n":1e3}`, `{"n":1,"n":2}`, `{"n":null}`, `{"n":1}{}`, "", `{"SECRET":{"SECRET":null}}`} {
		l := letter.Letter{Type: "ping", Header: header("ping"), Payload: json.RawMessage(payload)}
		_, err := letter.Sign(cambodia.keys.Current, l)
		if letter.CodeOf(err) != letter.Malformed || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%q: %v", payload, err)
		}
	}
}

func TestHandlingConditions(t *testing.T) {
	with := func(hnd, payload string) error {
		l := letter.Letter{Type: "enquiry", Header: header("enquiry"), Payload: json.RawMessage(payload)}
		l.Handling = hnd
		_, err := letter.Sign(cambodia.keys.Current, l)
		return err
	}
	const stated, not = `{"person":{"surname":"X"},"conditions":"for this case"}`, `{"person":{"surname":"X"}}`
	for _, c := range []struct {
		hnd, payload string
		ok           bool
	}{{"H3", stated, true}, {"H3", not, false}, {"H2", stated, false}, {"H2", not, true}} {
		if err := with(c.hnd, c.payload); (err == nil) != c.ok || err != nil && letter.CodeOf(err) != letter.SchemaInvalid {
			t.Errorf("%s %s: %v", c.hnd, c.payload, err)
		}
	}
}

func TestSchemasAreClosed(t *testing.T) {
	entries, err := os.ReadDir("schema")
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(letter.Types())+1 {
		t.Errorf("%d schemas for %d types and what they share", len(entries), len(letter.Types()))
	}
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".json")
		b, ok := letter.Schema(name)
		var v map[string]any
		if !ok || json.Unmarshal(b, &v) != nil {
			t.Fatalf("%s: not to be had", name)
		}
		if v["$id"] != letter.SchemaID(name) || v["$schema"] != "https://json-schema.org/draft/2020-12/schema" {
			t.Errorf("%s: $id or $schema", name)
		}
		var walk func(at string, v any)
		walk = func(at string, v any) {
			switch v := v.(type) {
			case []any:
				for _, x := range v {
					walk(at+"[]", x)
				}
			case map[string]any:
				has := func(names ...string) bool {
					for _, n := range names {
						if _, ok := v[n]; !ok {
							return false
						}
					}
					return true
				}
				switch v["type"] {
				case "object":
					if v["additionalProperties"] != false {
						t.Errorf("%s: an open object", at)
					}
				case "string":
					if !has("maxLength", "pattern") {
						t.Errorf("%s: a string without bounds", at)
					}
				case "array":
					if !has("maxItems", "items") {
						t.Errorf("%s: a list without bounds", at)
					}
				case "integer":
					if !has("minimum", "maximum") {
						t.Errorf("%s: a number without bounds", at)
					}
				case "number":
					t.Errorf("%s: a number that is not whole", at)
				}
				for k, x := range v {
					if k != "enum" && k != "required" && k != "type" {
						walk(at+"/"+k, x)
					}
				}
			}
		}
		walk(name, v)
	}
	if _, ok := letter.Schema("../doc"); ok {
		t.Error("a path is taken for a type")
	}
}

func TestHeaderRefuses(t *testing.T) {
	for _, c := range []struct {
		typ  string
		name string
		set  func(*letter.Header)
	}{
		{"enquiry", "iss", func(h *letter.Header) { h.Issuer = "KH" }},
		{"enquiry", "aud", func(h *letter.Header) { h.Audience = kh }},
		{"enquiry", "mid", func(h *letter.Header) { h.ID = strings.ToUpper(h.ID) + "A" }},
		{"enquiry", "mid", func(h *letter.Header) { h.ID = "018e3490-5c00-4000-8000-000000000001" }},
		{"enquiry", "cid", func(h *letter.Header) { h.Conversation = mid(5) }},
		{"answer", "irt", func(h *letter.Header) { h.InReplyTo = "" }},
		{"answer", "cid", func(h *letter.Header) { h.Conversation = h.ID }},
		{"answer", "irt", func(h *letter.Header) { h.InReplyTo = h.ID }},
		{"enquiry", "iat", func(h *letter.Header) { h.Issued = 0 }},
		{"enquiry", "exp", func(h *letter.Header) { h.Expires = h.Issued }},
		{"enquiry", "exp", func(h *letter.Header) { h.Expires = h.Issued + letter.MaxLife + 1 }},
		{"enquiry", "agr", func(h *letter.Header) { h.Agreement = "" }},
		{"enquiry", "art", func(h *letter.Header) { h.Article = "a b" }},
		{"enquiry", "pur", func(h *letter.Header) { h.Purpose = "" }},
		{"enquiry", "hnd", func(h *letter.Header) { h.Handling = "H4" }},
		{"enquiry", "grd", func(h *letter.Header) { h.Grading = "D1" }},
		{"enquiry", "req", func(h *letter.Header) { h.Requesting = "" }},
		{"enquiry", "ord", func(h *letter.Header) { h.Ordering = strings.Repeat("a", 65) }},
		{"enquiry", "clk", func(h *letter.Header) { h.Clock = "" }},
		{"enquiry", "ret", func(h *letter.Header) { h.Retain = h.Issued }},
		{"enquiry", "ref", func(h *letter.Header) { h.Reference = "case 12" }},
		{"ping", "agr", func(h *letter.Header) { h.Agreement = signed.Hash(nil) }},
		{"ping", "ret", func(h *letter.Header) { h.Retain = now + 1 }},
	} {
		l := sample(c.typ, 0)
		c.set(&l.Header)
		if _, err := letter.Sign(cambodia.keys.Current, l); letter.CodeOf(err) != letter.Malformed || !strings.Contains(err.Error(), c.name) {
			t.Errorf("%s of %s: %v", c.name, c.typ, err)
		}
	}
}

// raw signs whatever is given, as a stranger might.
func raw(k signed.Key, typ string, h letter.Header, extra map[string]any, payload string) string {
	members := map[string]any{}
	json.Unmarshal(must(json.Marshal(h)), &members)
	for n, v := range members {
		if f, ok := v.(float64); ok {
			members[n] = int64(f)
		}
	}
	for n, v := range extra {
		members[n] = v
	}
	return must(signed.Sign(k, typ, members, []byte(payload)))
}

func TestOpenRefuses(t *testing.T) {
	k := cambodia.keys.Current
	h := header("ping")
	h.Schema = letter.SchemaID("ping")
	other := h
	other.Issuer = "mitra/VN/0191f6a2-7c1e-7b44-9d1a-5f0e6c3b2a12"
	typed := h
	typed.Schema = letter.SchemaID("gossip")
	later := h
	later.Schema = "urn:mxp:schema:ping:2"
	early := h
	early.Issued, early.Expires = 1000, 2000
	ok := raw(k, "mxp-letter/ping", h, nil, `{}`)
	if _, err := letter.Open(ok, keys); err != nil {
		t.Fatal(err)
	}
	flipped := []byte(ok)
	flipped[len(flipped)-20] ^= 1
	for _, c := range []struct {
		name, text string
		want       letter.Code
	}{
		{"empty", "", letter.Malformed},
		{"too large", strings.Repeat("a", letter.MaxLetter+1), letter.TooLarge},
		{"a receipt", raw(k, "mxp-receipt", h, nil, `{}`), letter.Malformed},
		{"a member unknown", raw(k, "mxp-letter/ping", h, map[string]any{"x": 1}, `{}`), letter.Malformed},
		{"crit", critical(k), letter.CritUnknown},
		{"type unknown", raw(k, "mxp-letter/gossip", typed, nil, `{}`), letter.TypeUnknown},
		{"schema of later times", raw(k, "mxp-letter/ping", later, nil, `{}`), letter.SchemaInvalid},
		{"payload", raw(k, "mxp-letter/ping", h, nil, `{"x":1}`), letter.SchemaInvalid},
		{"not JSON", raw(k, "mxp-letter/ping", h, nil, `x`), letter.Malformed},
		{"issuer", raw(k, "mxp-letter/ping", other, nil, `{}`), letter.IssuerUnknown},
		{"before the card", raw(k, "mxp-letter/ping", early, nil, `{}`), letter.KeyUnknown},
		{"another's key", raw(indonesia.keys.Current, "mxp-letter/ping", h, nil, `{}`), letter.KeyUnknown},
		{"signature", string(flipped), letter.SignatureWrong},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := letter.Open(c.text, keys); letter.CodeOf(err) != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
	own := errors.New("database is gone")
	if _, err := letter.Open(ok, func(string, string, int64) (ed25519.PublicKey, error) { return nil, own }); !errors.Is(err, own) || letter.CodeOf(err) != "" {
		t.Errorf("the node's own trouble becomes a refusal: %v", err)
	}
}

// critical is a letter whose header demands an extension.
func critical(k signed.Key) string {
	head := signed.Base64.EncodeToString([]byte(`{"alg":"EdDSA","crit":["x"],"kid":"`+k.ID()+`","typ":"mxp-letter/ping","x":1}`)) + "." + signed.Base64.EncodeToString([]byte("{}"))
	return head + "." + signed.Base64.EncodeToString(k.Raw([]byte(head)))
}

func TestTooLarge(t *testing.T) {
	l := letter.Letter{Type: "ping", Header: header("ping"), Payload: json.RawMessage(`{"pad":"` + strings.Repeat("x", 780000) + `"}`)}
	text, err := letter.Sign(cambodia.keys.Current, l)
	if err != nil {
		t.Fatal(err)
	}
	env := must(letter.Seal(text, l.Header, cambodia.keys.Current, indonesia.seal()))
	if len(text) > letter.MaxLetter || len(env) > letter.MaxEnvelope {
		t.Errorf("the largest ping makes a letter of %d, an envelope of %d bytes", len(text), len(env))
	}
	if got, err := must(letter.ParseEnvelope(env, keys)).Open(indonesia.keys.Opener, keys); err != nil || !bytes.Equal(got.Payload, l.Payload) {
		t.Error(err)
	}
	cells := strings.Repeat(`{"at":["`+strings.Repeat("x", 100)+`","y"],"value":1},`, 7000)
	l = letter.Letter{Type: "statistics", Header: header("statistics"), Payload: json.RawMessage(strings.Replace(payloads["statistics"][0], `"cells":[`, `"cells":[`+cells, 1))}
	if _, err := letter.Sign(cambodia.keys.Current, l); letter.CodeOf(err) != letter.TooLarge {
		t.Errorf("%v, want too_large", err)
	}
}

// randomLetter is any letter that can be signed.
func randomLetter(t *rapid.T) letter.Letter {
	typ := rapid.SampledFrom(letter.Types()).Draw(t, "type")
	l := sample(typ, rapid.IntRange(0, len(payloads[typ])-1).Draw(t, "payload"))
	l.ID = mid(rapid.IntRange(1000, 1<<30).Draw(t, "mid"))
	if l.InReplyTo == "" {
		l.Conversation = l.ID
	}
	l.Issued += rapid.Int64Range(0, 1<<20).Draw(t, "iat")
	l.Expires = l.Issued + rapid.Int64Range(1, letter.MaxLife).Draw(t, "life")
	switch typ {
	case "ping":
		l.Payload = must(json.Marshal(map[string]any{"n": rapid.IntRange(0, 1e9).Draw(t, "n"), "pad": strings.Repeat("x", rapid.IntRange(0, 5000).Draw(t, "pad"))}))
	case "enquiry":
		name := rapid.StringMatching(`[\pL \x{200b}'-]{1,60}`).Draw(t, "name")
		l.Payload = must(json.Marshal(map[string]any{"person": map[string]any{"full_name": name}}))
	}
	if l.Retain != 0 {
		l.Retain = l.Expires + rapid.Int64Range(0, 1<<28).Draw(t, "ret")
		l.Grading = rapid.SampledFrom([]string{"", "A1", "X4"}).Draw(t, "grd")
		l.Ordering = rapid.SampledFrom([]string{"", "mission.phnom-penh"}).Draw(t, "ord")
	}
	return l
}
