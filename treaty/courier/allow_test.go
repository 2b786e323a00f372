package courier_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mitra/rules"
	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/agreement"
	"mitra/treaty/card"
	"mitra/treaty/courier"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

func template(t testing.TB) agreement.Agreement {
	t.Helper()
	b, err := rules.Agreement("kh-id-draft")
	if err != nil {
		t.Fatal(err)
	}
	a, err := agreement.ParseTemplate(b)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// today is the first day of what is agreed here.
var today = time.Now().UTC().Truncate(24 * time.Hour)

// agreed is the shipped draft, filled in with two nodes and signed by both.
func agreed(a, b *node, changes ...func(*agreement.Agreement)) agreement.Document {
	a.t.Helper()
	terms := template(a.t)
	for _, c := range changes {
		c(&terms)
	}
	party := func(n *node) agreement.Party {
		return agreement.Party{Country: n.name[6:8], Authority: "An authority", Node: n.name, Card: n.card.Hash()}
	}
	d, err := agreement.Draft(terms, [2]agreement.Party{party(a), party(b)}, today.Format(time.DateOnly), today.AddDate(1, 0, 0).Format(time.DateOnly))
	for _, n := range []*node{a, b} {
		if err == nil {
			d, err = d.Sign(n.keys.Current)
		}
	}
	if err != nil {
		a.t.Fatal(err)
	}
	return d
}

// adopt has two nodes adopt an agreement, and take in what it allows.
func adopt(d agreement.Document, a, b *node) {
	a.t.Helper()
	signatory := func(n *node) agreement.Signatory {
		return agreement.Signatory{Node: n.name, Card: n.card.Hash(), Key: n.keys.Current.Public()}
	}
	for _, x := range [][2]*node{{a, b}, {b, a}} {
		x[0].courier.Handle = func(*store.Tx, letter.Letter) (bool, error) { return true, nil }
		x[0].write(func(tx *store.Tx) error {
			return agreement.Adopt(tx, agreement.Adoption{Document: d, Self: signatory(x[0]), Peer: signatory(x[1]), Actor: "head"})
		})
	}
}

// draws makes letters under an agreement.
type draws struct {
	t    testing.TB
	hash string
	a    agreement.Agreement
}

// letter is one that the purpose allows, if it has its type and codes. first is the letter that
// began its conversation, and nil for one that begins one.
func (d draws) letter(from, to *node, where, typ, payload string, first *letter.Letter) letter.Letter {
	d.t.Helper()
	mid, err := letter.NewID()
	if err != nil {
		d.t.Fatal(err)
	}
	now := time.Now().Unix()
	l := letter.Letter{Type: typ, Payload: json.RawMessage(payload), Header: letter.Header{
		Issuer: from.name, Audience: to.name, ID: mid, Conversation: mid, Issued: now, Expires: now + 7*24*3600, Schema: letter.SchemaID(typ),
	}}
	if first != nil {
		l.Conversation, l.InReplyTo = first.ID, first.ID
	}
	if letter.NeedsAgreement(typ) {
		article, code, _ := strings.Cut(where, "/")
		p, ok := d.a.Purpose(article, code)
		if !ok {
			d.t.Fatalf("the draft has no purpose %s", where)
		}
		l.Agreement, l.Article, l.Purpose, l.Requesting = d.hash, article, code, "o-1"
		l.Handling, l.Clock, l.Retain = p.Handling[0], p.Clocks[0].Class, now+3600
		if !p.Ungraded {
			l.Grading = "B2"
		}
	}
	return l
}

func seal(from, to *node, l letter.Letter) courier.Sealed {
	from.t.Helper()
	s, err := courier.Seal(l, from.peer(to), from.keys)
	if err != nil {
		from.t.Fatal(err)
	}
	return s
}

// queue is what becomes of a letter that is to be sent.
func queue(from, to *node, l letter.Letter) error {
	from.t.Helper()
	s := seal(from, to, l)
	return from.db.Write(from.t.Context(), func(tx *store.Tx) error { return courier.Queue(tx, "officer", s) })
}

// force sends a letter without asking.
func force(from, to *node, l letter.Letter) {
	from.t.Helper()
	s := seal(from, to, l)
	from.write(func(tx *store.Tx) error { return courier.QueueUnchecked(tx, s, "officer") })
}

// arrived waits until a letter is judged, and returns "accepted" or why it was refused.
func (n *node) arrived(l letter.Letter) (what string) {
	n.t.Helper()
	until(n.t, "a letter is judged", func() bool {
		return n.count(`SELECT COUNT(*) FROM inbox WHERE mid = $1 AND state <> 'stored'`, l.ID) == 1
	})
	if err := n.db.Read(n.t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT CASE WHEN state = 'accepted' THEN state ELSE code END FROM inbox WHERE mid = $1`, l.ID).Scan(&what)
	}); err != nil {
		n.t.Fatal(err)
	}
	return what
}

// vectors are the payloads of treaty/letter's vectors, by name.
func vectors(t *testing.T) map[string]string {
	t.Helper()
	b, err := os.ReadFile("../letter/testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Letters []struct{ Name, Payload string }
	}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, l := range v.Letters {
		out[l.Name] = l.Payload
	}
	return out
}

// Where a letter of each type stands in the shipped draft, and in which turn.
var places = map[string]struct {
	where string
	turn  agreement.Turn
}{
	"ping": {}, "card": {}, "agreement": {}, "reconcile": {},
	"enquiry":                         {"migration-information/stay", agreement.Begin},
	"answer":                          {"migration-information/stay", agreement.Answer},
	"release-request":                 {"migration-information/stay", agreement.Follow},
	"release":                         {"migration-information/stay", agreement.Answer},
	"nothing-to-release":              {"migration-information/stay", agreement.Answer},
	"nationality-verification":        {"migrant-status/nationality", agreement.Begin},
	"nationality-verification-answer": {"migrant-status/nationality", agreement.Answer},
	"document-verification":           {"document-fraud/document-verification", agreement.Begin},
	"document-verification-answer":    {"document-fraud/document-verification", agreement.Answer},
	"alert":                           {"smuggling-and-trafficking/pattern-alert", agreement.Begin},
	"welfare-check":                   {"smuggling-and-trafficking/welfare-check", agreement.Begin},
	"welfare-check-answer":            {"smuggling-and-trafficking/welfare-check", agreement.Answer},
	"referral":                        {"smuggling-and-trafficking/referral", agreement.Begin},
	"referral-reply":                  {"smuggling-and-trafficking/referral", agreement.Answer},
	"fraud-notice":                    {"document-fraud/fraud-notice", agreement.Begin},
	"statistics":                      {"statistics/table", agreement.Begin},
	"commitment":                      {"institutions/commitment", agreement.Begin},
	"correction":                      {"migration-information/stay", agreement.Answer},
	"withdrawal":                      {"migration-information/stay", agreement.Follow},
	"erasure-request":                 {"migration-information/stay", agreement.Follow},
}

// firsts are letters that begin a conversation.
var firsts = map[string]string{
	"migration-information/stay":              "enquiry 3",
	"migrant-status/nationality":              "nationality-verification 2",
	"document-fraud/document-verification":    "document-verification 2",
	"smuggling-and-trafficking/welfare-check": "welfare-check 3",
	"smuggling-and-trafficking/referral":      "referral 2",
}

// tooMuch are the vectors that say more than the draft allows under the purpose of their type.
var tooMuch = []string{
	"alert 1", "alert 2", "commitment 1", "document-verification 1", "enquiry 1", "enquiry 2", "fraud-notice 1",
	"nationality-verification 1", "referral 1", "release 1", "release 2", "release-request 1", "welfare-check 1", "welfare-check 2",
}

// TestLettersUnderTheDraft sends every letter of the vectors where its type stands in the shipped
// draft: what the draft allows arrives, and what says more is refused on both sides.
func TestLettersUnderTheDraft(t *testing.T) {
	t.Parallel()
	texts := vectors(t)
	pair(t, func(t *testing.T, kh, id *node) {
		doc := agreed(kh, id)
		adopt(doc, kh, id)
		d := draws{t, doc.Hash(), doc.Agreement()}
		kh.start()
		id.start()
		begun := map[string]letter.Letter{}
		for where, name := range firsts {
			typ, _, _ := strings.Cut(name, " ")
			l := d.letter(kh, id, where, typ, texts[name], nil)
			if err := queue(kh, id, l); err != nil {
				t.Fatal(name, err)
			}
			begun[where] = l
		}
		kh.courier.Wake()
		for where, l := range begun {
			if got := id.arrived(l); got != "accepted" {
				t.Fatalf("%s: %s", where, got)
			}
		}
		allowed := map[string]bool{}
		sent := map[string]letter.Letter{}
		for name, payload := range texts {
			typ, _, _ := strings.Cut(name, " ")
			place, ok := places[typ]
			if !ok {
				t.Errorf("%s: its type has no place", name)
				continue
			}
			from, to, first := kh, id, (*letter.Letter)(nil)
			if place.turn == agreement.Answer {
				from, to = id, kh
			}
			if f, ok := begun[place.where]; ok && place.turn != agreement.Begin {
				first = &f
			}
			l := d.letter(from, to, place.where, typ, payload, first)
			err := queue(from, to, l)
			if slices.Contains(tooMuch, name) {
				if letter.CodeOf(err) != letter.FieldNotAllowed {
					t.Errorf("%s: %v, want field_not_allowed", name, err)
				}
				force(from, to, l)
			} else if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			} else {
				allowed[typ] = true
			}
			sent[name] = l
		}
		for _, typ := range letter.Types() {
			if !allowed[typ] {
				t.Errorf("no letter of type %s is allowed", typ)
			}
		}
		kh.courier.Wake()
		id.courier.Wake()
		for name, l := range sent {
			to, want := id, "accepted"
			if l.Audience == kh.name {
				to = kh
			}
			switch {
			case slices.Contains(tooMuch, name):
				want = "field_not_allowed"
			case l.Type == "card": // the vectors' is another node's
				want = "issuer_unknown"
			}
			if got := to.arrived(l); got != want {
				t.Errorf("%s: on receiving %s, want %s", name, got, want)
			}
		}
	})
}

// TestEveryRefusalOfAnAgreement: what an agreement does not allow is refused before it is queued;
// and if the sender does not ask, by the receiver, whose code the sender gets.
func TestEveryRefusalOfAnAgreement(t *testing.T) {
	t.Parallel()
	texts := vectors(t)
	const stay, relief, inNone = "migration-information/stay", "orderly-movement/exit-relief", "in no conversation"
	pair(t, func(t *testing.T, kh, id *node) {
		doc := agreed(kh, id, func(a *agreement.Agreement) { a.Articles[1].Purposes[0].Quota["KH"] = 1 })
		adopt(doc, kh, id)
		d := draws{t, doc.Hash(), doc.Agreement()}
		enquiry := func() letter.Letter { return d.letter(kh, id, stay, "enquiry", texts["enquiry 3"], nil) }
		with := func(change func(l *letter.Letter)) func() letter.Letter {
			return func() letter.Letter { l := enquiry(); change(&l); return l }
		}
		ask := func() letter.Letter {
			return d.letter(kh, id, relief, "enquiry", `{"person":{"full_name":"SYNTHETIC BUDI"},"release":["stay"]}`, nil)
		}
		if err := queue(kh, id, ask()); err != nil {
			t.Fatal(err)
		}
		kh.start()
		id.start()
		begun := enquiry()
		if err := queue(kh, id, begun); err != nil {
			t.Fatal(err)
		}
		if got := id.arrived(begun); got != "accepted" {
			t.Fatal(got)
		}
		follow := func(where, typ, payload string) func() letter.Letter {
			return func() letter.Letter { return d.letter(kh, id, where, typ, payload, &begun) }
		}
		refusedFirst := with(func(l *letter.Letter) { l.Handling = "H0" })()
		force(kh, id, refusedFirst)
		if got := id.arrived(refusedFirst); got != "handling_not_allowed" {
			t.Fatal(got)
		}
		second := follow(stay, "release-request", texts["release-request 2"])()
		if err := queue(kh, id, second); err != nil {
			t.Fatal(err)
		}
		if got := id.arrived(second); got != "accepted" {
			t.Fatal(got)
		}
		until(t, "the sender knows that it was refused", func() bool {
			return kh.count(`SELECT COUNT(*) FROM outbox WHERE mid = $1 AND code <> ''`, refusedFirst.ID) == 1
		})
		type refusal struct {
			name string
			code letter.Code
			make func() letter.Letter
		}
		cases := []refusal{
			{"another agreement", letter.AgreementUnknown, with(func(l *letter.Letter) { l.Agreement = signed.Hash([]byte("another")) })},
			{"written the day before", letter.AgreementNotInForce, with(func(l *letter.Letter) { l.Issued = today.Unix() - 1 })},
			{"another article", letter.ArticleUnknown, with(func(l *letter.Letter) { l.Article = "none" })},
			{"another purpose", letter.PurposeUnknown, with(func(l *letter.Letter) { l.Purpose = "none" })},
			{inNone, letter.ConversationUnknown, func() letter.Letter {
				nobody := enquiry()
				return d.letter(kh, id, stay, "withdrawal", texts["withdrawal 1"], &nobody)
			}},
			{"in a conversation of another purpose", letter.ConversationUnknown, follow(relief, "release-request", `{"fields":["stay"]}`)},
			{"in a conversation that was refused", letter.ConversationUnknown, func() letter.Letter {
				return d.letter(kh, id, stay, "withdrawal", texts["withdrawal 1"], &refusedFirst)
			}},
			{"after a letter that began none", letter.ConversationUnknown, func() letter.Letter {
				return d.letter(kh, id, stay, "withdrawal", texts["withdrawal 1"], &second)
			}},
			{"another type", letter.TypeNotAllowed, func() letter.Letter { return d.letter(kh, id, stay, "alert", texts["alert 3"], nil) }},
			{"an answer by who asked", letter.TypeNotAllowed, follow(stay, "release", texts["release 3"])},
			{"a key", letter.FieldNotAllowed, with(func(l *letter.Letter) { l.Payload = json.RawMessage(`{"person":{"permit_no":"P-1"}}`) })},
			{"a field", letter.FieldNotAllowed, with(func(l *letter.Letter) {
				l.Payload = json.RawMessage(`{"person":{"full_name":"SYNTHETIC BUDI"},"release":["address"]}`)
			})},
			{"a view on protection under a legal duty", letter.FieldNotAllowed, func() letter.Letter {
				return d.letter(kh, id, "smuggling-and-trafficking/referral", "referral", strings.Replace(texts["referral 2"], `"consent"`, `"legal_duty"`, 1), nil)
			}},
			{"handling", letter.HandlingNotAllowed, with(func(l *letter.Letter) { l.Handling = "H0" })},
			{"no grading", letter.GradingRequired, func() letter.Letter {
				l := d.letter(kh, id, places["alert"].where, "alert", texts["alert 3"], nil)
				l.Grading = ""
				return l
			}},
			{"another clock", letter.ClockNotAllowed, with(func(l *letter.Letter) { l.Clock = "life" })},
			{"kept too long", letter.RetentionTooLong, with(func(l *letter.Letter) { l.Retain = l.Issued + 91*24*3600 })},
			{"the second of the day", letter.QuotaExhausted, ask},
		}
		sent := make([]letter.Letter, len(cases))
		refuse := func(c refusal) letter.Letter {
			t.Helper()
			l := c.make()
			err := queue(kh, id, l)
			var clause agreement.Refusal
			if letter.CodeOf(err) != c.code || !errors.As(err, &clause) || clause.Code != string(c.code) {
				t.Errorf("%s: %v, want %s", c.name, err, c.code)
			}
			if err != nil && strings.Contains(err.Error(), "SYNTHETIC") {
				t.Errorf("%s: the refusal repeats what the letter says: %v", c.name, err)
			}
			if kh.count(`SELECT COUNT(*) FROM outbox WHERE mid = $1`, l.ID) != 0 {
				t.Errorf("%s: it is queued", c.name)
			}
			force(kh, id, l)
			return l
		}
		for i, c := range cases {
			sent[i] = refuse(c)
		}
		kh.courier.Wake()
		told := func(name string, l letter.Letter, code letter.Code) {
			t.Helper()
			if name == inNone { // its first letter may be on the way, for a day
				until(t, name+": it waits", func() bool {
					return id.count(`SELECT COUNT(*) FROM inbox WHERE mid = $1 AND state = 'stored' AND judge <> ''`, l.ID) == 1
				})
				id.write(func(tx *store.Tx) error {
					_, err := tx.Exec(`UPDATE inbox SET judge = '', at = $1 WHERE mid = $2`, time.Now().Add(-24*time.Hour), l.ID)
					return err
				})
			}
			if got := id.arrived(l); got != string(code) {
				t.Errorf("%s: on receiving %s, want %s", name, got, code)
			}
			until(t, name+": the sender has the code", func() bool {
				return kh.count(`SELECT COUNT(*) FROM outbox WHERE mid = $1 AND code = $2`, l.ID, string(code)) == 1
			})
		}
		seen := map[letter.Code]bool{letter.AgreementParty: true}
		for i, c := range cases {
			told(c.name, sent[i], c.code)
			seen[c.code] = true
		}
		for _, code := range codes4 {
			if !seen[code] {
				t.Errorf("no letter is refused as %s", code)
			}
		}
		// No node adopts an agreement between others; somebody has put one into both databases.
		stranger := &node{t: t, name: "mitra/ID/0191f6a2-7c1e-7b3a-9d55-0a1b2c3d4e69", keys: id.keys, card: id.card}
		others := agreed(kh, stranger)
		for _, n := range []*node{kh, id} {
			n.write(func(tx *store.Tx) error {
				_, err := tx.Exec(`UPDATE agreement SET hash = $1, document = $2`, others.Hash(), others.Bytes())
				return err
			})
		}
		l := refuse(refusal{"an agreement of others", letter.AgreementParty, with(func(l *letter.Letter) { l.Agreement = others.Hash() })})
		kh.courier.Wake()
		told("an agreement of others", l, letter.AgreementParty)
	})
}

// codes4 are the refusals of section 4.
var codes4 = []letter.Code{
	letter.AgreementUnknown, letter.AgreementNotInForce, letter.AgreementParty, letter.ArticleUnknown, letter.PurposeUnknown,
	letter.ConversationUnknown, letter.TypeNotAllowed, letter.FieldNotAllowed, letter.HandlingNotAllowed, letter.GradingRequired,
	letter.ClockNotAllowed, letter.RetentionTooLong, letter.QuotaExhausted,
}

// TestOneVocabulary: letters and agreements have the same codes and types, and each key and field
// of the shipped draft is one that a letter of its purpose can have.
func TestOneVocabulary(t *testing.T) {
	for i, code := range []string{
		agreement.Unknown, agreement.NotInForce, agreement.NotAParty, agreement.ArticleUnknown, agreement.PurposeUnknown,
		agreement.NoConversation, agreement.TypeNotAllowed, agreement.FieldNotAllowed, agreement.HandlingNotAllowed, agreement.GradingRequired,
		agreement.ClockNotAllowed, agreement.RetentionTooLong, agreement.QuotaExhausted,
	} {
		if code != string(codes4[i]) || !codes4[i].Known() {
			t.Errorf("an agreement refuses with %s, a letter with %s", code, codes4[i])
		}
	}
	types := letter.Types()
	for _, typ := range types {
		a := template(t)
		a.Articles[0].Purposes[0].Begin = []string{typ}
		b, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		_, err = agreement.ParseTemplate(b)
		if needs := letter.NeedsAgreement(typ); needs != (err == nil) || needs == agreement.Free(typ) {
			t.Errorf("type %s: it needs an agreement: %v; in one: %v", typ, needs, err)
		}
	}
	says := map[string]map[string]bool{} // type and "key" or "field" → codes
	b, err := os.ReadFile("../letter/testdata/names.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		f := strings.Split(line, "\t")
		at := f[0] + " " + f[2]
		if says[at] == nil {
			says[at] = map[string]bool{}
		}
		says[at][f[3]] = true
	}
	for _, art := range template(t).Articles {
		for _, p := range art.Purposes {
			all := slices.Concat(p.Begin, p.Follow, p.Answer)
			for side, codes := range map[string][]string{"key": p.Keys, "field": p.Fields} {
				for _, code := range codes {
					if !slices.ContainsFunc(all, func(typ string) bool { return says[typ+" "+side][code] }) {
						t.Errorf("%s/%s: no letter of this purpose has the %s %s", art.ID, p.Code, side, code)
					}
				}
			}
			for _, typ := range all {
				if !slices.Contains(types, typ) {
					t.Errorf("%s/%s: no letter has the type %s", art.ID, p.Code, typ)
				}
			}
		}
	}
}

func TestRequestOf(t *testing.T) {
	kh, id := names["KH"], names["ID"]
	l := letter.Letter{Type: "enquiry", Payload: json.RawMessage(`{"person":{"surname":"SYNTHETIC"},"release":["stay"]}`), Header: letter.Header{
		Issuer: kh, Audience: id, ID: "m", Conversation: "m", Agreement: "h", Article: "a", Purpose: "p",
		Handling: "H1", Grading: "B2", Clock: "normal", Issued: 1800000000, Retain: 1800003600,
	}}
	want := agreement.Request{
		Issuer: kh, Audience: id, Agreement: "h", Article: "a", Purpose: "p", Type: "enquiry", Turn: agreement.Begin,
		Keys: []string{"surname"}, Fields: []string{"stay"}, Handling: "H1", Grading: "B2", Clock: "normal",
		Written: time.Unix(1800000000, 0), Until: time.Unix(1800003600, 0),
	}
	if d := cmp.Diff(want, courier.RequestOf(l, id)); d != "" {
		t.Error(d)
	}
	l.Conversation = "c"
	for began, turn := range map[string]agreement.Turn{kh: agreement.Follow, id: agreement.Answer, "": "", "mitra/TH/x": ""} {
		if got := courier.RequestOf(l, began).Turn; got != turn {
			t.Errorf("begun by %q: %q, want %q", began, got, turn)
		}
	}
}

// TestConversations: who began one, seen from both sides.
func TestConversations(t *testing.T) {
	texts := vectors(t)
	const stay = "migration-information/stay"
	pair(t, func(t *testing.T, kh, id *node) {
		doc := agreed(kh, id)
		adopt(doc, kh, id)
		d := draws{t, doc.Hash(), doc.Agreement()}
		first := d.letter(kh, id, stay, "enquiry", texts["enquiry 3"], nil)
		if err := queue(kh, id, first); err != nil {
			t.Fatal(err)
		}
		// The answer to a letter whose receipt was lost until it expired is still one.
		kh.write(func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE outbox SET state = 'dead', code = 'expired' WHERE mid = $1`, first.ID)
			return err
		})
		answer := d.letter(id, kh, stay, "release", texts["release 3"], &first)
		allowed := func(n, peer *node, l letter.Letter) letter.Code {
			t.Helper()
			p := n.peer(peer)
			err := n.db.Write(t.Context(), func(tx *store.Tx) error { return courier.Allowed(tx, p, l) })
			if err != nil && letter.CodeOf(err) == "" {
				t.Fatal(err)
			}
			return letter.CodeOf(err)
		}
		if got := allowed(kh, id, answer); got != "" {
			t.Errorf("an answer: %s", got)
		}
		if got := allowed(id, kh, answer); got != letter.ConversationUnknown {
			t.Errorf("an answer to what has not come: %q", got)
		}
		if got := allowed(kh, id, d.letter(id, kh, stay, "release-request", texts["release-request 2"], &first)); got != letter.TypeNotAllowed {
			t.Errorf("who was asked goes on with the question: %q", got)
		}
		// The mid of a letter of the other's is no first letter of one's own.
		if got := allowed(kh, id, d.letter(kh, id, stay, "withdrawal", texts["withdrawal 1"], &answer)); got != letter.ConversationUnknown {
			t.Errorf("a conversation of another's mid: %q", got)
		}
		// Where nothing is adopted, nothing but what needs no agreement is.
		third := newNode(t, "TH", storetest.SQLite(t))
		meet(kh, third)
		if got := allowed(kh, third, d.letter(kh, third, stay, "enquiry", texts["enquiry 3"], nil)); got != letter.AgreementUnknown {
			t.Errorf("to a peer without agreement: %q", got)
		}
		if got := allowed(kh, third, d.letter(kh, third, "", "reconcile", texts["reconcile 1"], nil)); got != "" {
			t.Errorf("reconcile to a peer without agreement: %q", got)
		}
	})
}

// used is how many conversations a node has counted.
func (n *node) used() int { return n.count(`SELECT COALESCE(SUM(used), 0) FROM agreement_quota`) }

// TestLastUnit: two officers send at once, and one letter is left of the day.
func TestLastUnit(t *testing.T) {
	texts := vectors(t)
	pair(t, func(t *testing.T, kh, id *node) {
		doc := agreed(kh, id, func(a *agreement.Agreement) { a.Articles[0].Purposes[0].Quota["KH"] = 1 })
		adopt(doc, kh, id)
		d := draws{t, doc.Hash(), doc.Agreement()}
		// A letter that cannot be queued after all gives its unit back.
		later := errors.New("something later failed")
		s := seal(kh, id, d.letter(kh, id, "migration-information/stay", "enquiry", texts["enquiry 3"], nil))
		if err := kh.db.Write(t.Context(), func(tx *store.Tx) error {
			if err := courier.Queue(tx, "officer", s); err != nil {
				return err
			}
			return later
		}); !errors.Is(err, later) {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		errs, start := make([]error, 2), make(chan struct{})
		for i := range errs {
			s := seal(kh, id, d.letter(kh, id, "migration-information/stay", "enquiry", texts["enquiry 3"], nil))
			wg.Go(func() {
				<-start
				errs[i] = kh.db.Write(t.Context(), func(tx *store.Tx) error { return courier.Queue(tx, "officer", s) })
			})
		}
		close(start)
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) || letter.CodeOf(errors.Join(errs...)) != letter.QuotaExhausted {
			t.Errorf("%v and %v", errs[0], errs[1])
		}
		if n := kh.count(`SELECT COUNT(*) FROM outbox`); n != 1 || kh.used() != 1 {
			t.Errorf("%d letters are queued and %d counted, want 1", n, kh.used())
		}
	})
}

// TestCountedOnce: two processes that judge the same letters count each once.
func TestCountedOnce(t *testing.T) {
	texts := vectors(t)
	pair(t, func(t *testing.T, kh, id *node) {
		doc := agreed(kh, id)
		adopt(doc, kh, id)
		d := draws{t, doc.Hash(), doc.Agreement()}
		const many = 10
		for range many {
			s := seal(id, kh, d.letter(id, kh, "migration-information/stay", "enquiry", texts["enquiry 3"], nil))
			id.write(func(tx *store.Tx) error { return courier.Queue(tx, "officer", s) })
		}
		var b bytes.Buffer
		if _, err := id.courier.Export(t.Context(), &b, kh.name); err != nil {
			t.Fatal(err)
		}
		if _, err := kh.courier.Import(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		// Each reads what waits before the other has judged it.
		var both sync.WaitGroup
		both.Add(2)
		var wg sync.WaitGroup
		keys := kh.courier.Keys
		for range 2 {
			c := &courier.Courier{DB: kh.db, Self: kh.name, Now: time.Now, Log: kh.courier.Log}
			var once sync.Once
			c.Keys = func() card.Keys {
				once.Do(func() { both.Done(); both.Wait() })
				return keys()
			}
			wg.Go(func() {
				if _, err := c.JudgeSome(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := kh.used(); got != many {
			t.Errorf("%d conversations are counted, want %d", got, many)
		}
		if got := kh.count(`SELECT COUNT(*) FROM receipt_out WHERE stage = 2`); got != many {
			t.Errorf("%d receipts, want %d", got, many)
		}
	})
}
