package agreement

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// facts is an agreement taken apart into sentences, from its JSON: all that it allows.
type facts struct {
	says  map[string]bool
	limit map[string]int
	days  map[int64]bool // since 1970
}

func factsOf(payload []byte) facts {
	var a struct {
		Parties []struct {
			Country string `json:"country"`
			Node    string `json:"node"`
		} `json:"parties"`
		From, Until string
		Articles    []struct {
			ID       string                       `json:"id"`
			Purposes []map[string]json.RawMessage `json:"purposes"`
		} `json:"articles"`
	}
	if err := json.Unmarshal(payload, &a); err != nil {
		panic(err)
	}
	f := facts{map[string]bool{}, map[string]int{}, map[int64]bool{}}
	for _, p := range a.Parties {
		f.says["party "+p.Node] = true
	}
	for day, _ := time.Parse(time.DateOnly, a.From); day.Format(time.DateOnly) <= a.Until; day = day.AddDate(0, 0, 1) {
		f.days[day.Unix()/86400] = true
	}
	for _, art := range a.Articles {
		f.says["article "+art.ID] = true
		for _, p := range art.Purposes {
			var code string
			json.Unmarshal(p["code"], &code)
			at := art.ID + "/" + code + " "
			f.says[at] = true
			for _, member := range []string{"begin", "follow", "answer", "keys", "fields", "handling"} {
				var list []string
				json.Unmarshal(p[member], &list)
				for _, v := range list {
					f.says[at+member+" "+v] = true
				}
			}
			var quota map[string]int
			json.Unmarshal(p["quota"], &quota)
			from := slices.Collect(maps.Keys(quota))
			json.Unmarshal(p["from"], &from)
			for _, party := range a.Parties {
				if n, ok := quota[party.Country]; ok && slices.Contains(from, party.Country) {
					f.says[at+"from "+party.Node] = true
					f.limit[at+"quota "+party.Node] = n
				}
			}
			var clocks []struct {
				Class string `json:"class"`
			}
			json.Unmarshal(p["clocks"], &clocks)
			for _, c := range clocks {
				f.says[at+"clock "+c.Class] = true
			}
			f.says[at+"ungraded"] = string(p["ungraded"]) == "true"
			var days int
			json.Unmarshal(p["retention_days"], &days)
			f.limit[at+"retention"] = days
		}
	}
	return f
}

// code is the reference: the first of the codes of the page, in its order, for which a
// sentence is missing.
func (f facts) code(hash string, r Request) string {
	at := r.Article + "/" + r.Purpose + " "
	asker := r.Issuer
	if r.Turn == Answer {
		asker = r.Audience
	}
	all := func(member string, names []string) bool {
		for _, n := range names {
			if !f.says[at+member+" "+n] {
				return false
			}
		}
		return true
	}
	switch {
	case slices.Contains([]string{"ping", "card", "agreement", "reconcile"}, r.Type):
		if len(r.Keys)+len(r.Fields) == 0 {
			return ""
		}
		return "field_not_allowed"
	case r.Agreement != hash:
		return "agreement_unknown"
	case !f.days[r.Written.Unix()/86400]:
		return "agreement_not_in_force"
	case !f.says["party "+r.Issuer] || !f.says["party "+r.Audience] || r.Issuer == r.Audience:
		return "agreement_party"
	case !f.says["article "+r.Article]:
		return "article_unknown"
	case !f.says[at]:
		return "purpose_unknown"
	case r.Turn == "":
		return "conversation_unknown"
	case !f.says[at+"from "+asker] || !f.says[at+string(r.Turn)+" "+r.Type]:
		return "type_not_allowed"
	case !all("keys", r.Keys) || !all("fields", r.Fields):
		return "field_not_allowed"
	case !f.says[at+"handling "+r.Handling]:
		return "handling_not_allowed"
	case !f.says[at+"ungraded"] && !(len(r.Grading) == 2 && strings.Contains("ABCX", r.Grading[:1]) && strings.Contains("1234", r.Grading[1:])):
		return "grading_required"
	case !f.says[at+"clock "+r.Clock]:
		return "clock_not_allowed"
	case r.Until.Unix()-r.Written.Unix() > int64(f.limit[at+"retention"])*86400:
		return "retention_too_long"
	case r.Turn == Begin && f.limit[at+"quota "+asker] <= r.Used:
		return "quota_exhausted"
	}
	return ""
}

func codeOf(err error) string {
	var r Refusal
	if errors.As(err, &r) {
		return r.Code
	}
	return ""
}

// TestPermitExhaustively tries every combination of a few values of every member.
func TestPermitExhaustively(t *testing.T) {
	days := func(n int, s time.Duration) time.Time {
		return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n).Add(s)
	}
	other := small()
	other.Articles[0].Purposes[0].From = []string{"ID"}
	other.Articles[0].Purposes[0].Quota = map[string]int{"ID": 1}
	other.Articles[0].Purposes[1].Keys = nil
	for name, a := range map[string]Agreement{"small": small(), "other": other} {
		d := draft(t, a, "2026-01-01", "2026-01-10")
		set, err := NewSet(d)
		if err != nil {
			t.Fatal(err)
		}
		f, hash := factsOf(d.doc.Unverified()), d.Hash()
		seen := map[string]int{}
		r := Request{}
		each := func(n int, set func(i int), next func()) func() {
			return func() {
				for i := range n {
					set(i)
					next()
				}
			}
		}
		run := func() {
			want := f.code(hash, r)
			got := set.Permit(r)
			seen[want]++
			if codeOf(got) != want || (got == nil) != (want == "") {
				t.Fatalf("%s: %+v: %v, want %q", name, r, got, want)
			}
		}
		pick := func(to *string, values ...string) func(func()) func() {
			return func(next func()) func() { return each(len(values), func(i int) { *to = values[i] }, next) }
		}
		pairs := [][2]string{{nodeKH, nodeID}, {nodeID, nodeKH}, {nodeKH, nodeKH}, {"mitra/VN/x", nodeID}, {nodeKH, ""}}
		purposes := [][2]string{{"a", "p"}, {"a", "q"}, {"a", "x"}, {"b", "p"}, {"x", "p"}}
		turns := []Turn{Begin, Follow, Answer, "", "other"}
		keys := [][]string{nil, {"k"}, {"k", "z"}}
		fields := [][]string{nil, {"f", "f"}, {"f", "g"}, {"z"}}
		written := []time.Time{days(0, -time.Second), days(10, -time.Second), days(10, 0)}
		kept := []time.Duration{30 * 24 * time.Hour, 30*24*time.Hour + time.Second}
		var at time.Time
		run = each(2, func(i int) { r.Used = i + 1 }, run)
		run = each(len(kept), func(i int) { r.Written, r.Until = at, at.Add(kept[i]) }, run)
		run = each(len(written), func(i int) { at = written[i] }, run)
		run = pick(&r.Clock, "normal", "urgent")(run)
		run = pick(&r.Grading, "", "B2", "D2")(run)
		run = pick(&r.Handling, "H1", "H0")(run)
		run = each(len(fields), func(i int) { r.Fields = fields[i] }, run)
		run = each(len(keys), func(i int) { r.Keys = keys[i] }, run)
		run = each(len(turns), func(i int) { r.Turn = turns[i] }, run)
		run = pick(&r.Type, "enquiry", "release")(run)
		run = each(len(purposes), func(i int) { r.Article, r.Purpose = purposes[i][0], purposes[i][1] }, run)
		run = each(len(pairs), func(i int) { r.Issuer, r.Audience = pairs[i][0], pairs[i][1] }, run)
		r.Agreement = d.Hash()
		run()
		// Without an agreement the rest does not matter; and what needs none.
		r.Agreement = ""
		if got := set.Permit(r); codeOf(got) != Unknown {
			t.Errorf("no agreement: %v", got)
		}
		for _, typ := range []string{"ping", "card", "agreement", "reconcile"} {
			for _, fs := range fields {
				for _, ks := range keys {
					r := Request{Type: typ, Fields: fs, Keys: ks}
					if got, want := codeOf(set.Permit(r)), f.code(d.Hash(), r); got != want {
						t.Errorf("%s: %q, want %q", typ, got, want)
					}
				}
			}
		}
		for _, code := range []string{"", NotInForce, NotAParty, ArticleUnknown, PurposeUnknown, NoConversation, TypeNotAllowed, FieldNotAllowed,
			HandlingNotAllowed, GradingRequired, ClockNotAllowed, RetentionTooLong, QuotaExhausted} {
			if seen[code] == 0 {
				t.Errorf("%s: no combination gives %q", name, code)
			}
		}
	}
}

// fitting is a letter that an agreement drawn from the same values may well allow.
func fitting(t *rapid.T, a Agreement) Request {
	i := rapid.IntRange(0, len(a.Articles)-1).Draw(t, "article")
	j := rapid.IntRange(0, len(a.Articles[i].Purposes)-1).Draw(t, "purpose")
	p := a.Articles[i].Purposes[j]
	one := func(name string, list []string) string {
		if len(list) == 0 {
			return ""
		}
		return rapid.SampledFrom(list).Draw(t, name)
	}
	some := func(name string, list []string) []string {
		if len(list) == 0 {
			return nil
		}
		return rapid.SliceOfN(rapid.SampledFrom(list), 0, 2).Draw(t, name)
	}
	r := Request{
		Issuer: nodeID, Audience: nodeKH, Agreement: "h", Article: a.Articles[i].ID, Purpose: p.Code,
		Turn: rapid.SampledFrom([]Turn{Begin, Follow, Answer}).Draw(t, "turn"),
		Keys: some("keys", p.Keys), Fields: some("fields", p.Fields),
		Handling: one("handling", p.Handling), Grading: rapid.SampledFrom([]string{"", "A1", "B2"}).Draw(t, "grading"),
		Clock:   "normal",
		Written: time.Date(2026, 1, rapid.IntRange(1, 10).Draw(t, "day"), 12, 0, 0, 0, time.UTC),
		Used:    rapid.IntRange(0, 1).Draw(t, "used"),
	}
	if rapid.Bool().Draw(t, "KH writes") {
		r.Issuer, r.Audience = nodeKH, nodeID
	}
	r.Type = one("type", map[Turn][]string{Begin: p.Begin, Follow: p.Follow, Answer: p.Answer}[r.Turn])
	r.Until = r.Written.Add(time.Duration(rapid.IntRange(0, p.Retention).Draw(t, "days")) * 24 * time.Hour)
	return r
}

func anyAgreement(t *rapid.T) Agreement {
	text := Text{"en": "x"}
	list := func(name string, least int, values ...string) []string {
		n := rapid.IntRange(least, len(values)).Draw(t, name)
		return rapid.Permutation(values).Draw(t, name+" order")[:n]
	}
	purpose := func(code string) Purpose {
		p := Purpose{
			Code: code, Text: text,
			Begin: list("begin", 1, "enquiry", "alert"), Follow: list("follow", 0, "enquiry", "withdrawal"), Answer: list("answer", 0, "answer", "release"),
			Keys: list("keys", 0, "k", "l"), Fields: list("fields", 0, "f", "g"), Decides: "officer",
			Handling: list("handling", 1, "H1", "H2"), Ungraded: rapid.Bool().Draw(t, "ungraded"),
			Quota:  map[string]int{},
			Clocks: []Clock{{Class: "normal", Hours: 1}}, Retention: rapid.IntRange(1, 3).Draw(t, "retention"),
		}
		if rapid.Bool().Draw(t, "both begin") {
			p.From = list("from", 0, "ID", "KH")
		}
		for _, c := range p.from(Agreement{Parties: []Party{{Country: "ID"}, {Country: "KH"}}}) {
			p.Quota[c] = rapid.IntRange(0, 2).Draw(t, "quota")
		}
		return p
	}
	ps := parties()
	return Agreement{
		MXP: 1, ID: "x", Version: 1, Reviewed: map[string]bool{"en": true}, Title: text, Parties: ps[:],
		Basis: []Basis{{"a", "2024-03-13", "b"}}, From: "2026-01-02", Until: "2026-01-09",
		Articles: []Article{{"a", 1, text, []Purpose{purpose("p"), purpose("q")}}, {"b", 2, text, []Purpose{purpose("p")}}},
	}
}

// setOf holds an agreement that nobody has to have found valid, under the hash "h".
func setOf(a Agreement) Set {
	begin, end := a.term()
	return Set{[]term{{doc: Document{terms: a}, hash: "h", begin: begin, end: end}}}
}

// TestAllowedIsNamed: what is allowed, every part of it stands in the document.
func TestAllowedIsNamed(t *testing.T) {
	allowed := 0
	rapid.Check(t, func(t *rapid.T) {
		a := anyAgreement(t)
		if err := a.validate(false); err != nil {
			t.Fatal(err)
		}
		r := fitting(t, a)
		f := factsOf(must(json.Marshal(a)))
		got := setOf(a).Permit(r)
		if codeOf(got) != f.code("h", r) {
			t.Fatalf("%v, want %q", got, f.code("h", r))
		}
		if got == nil {
			allowed++
		}
	})
	if allowed < 5 {
		t.Errorf("only %d letters were allowed", allowed)
	}
}

// TestTakingOutNeverAllowsMore takes each member and element out of a document, whether
// or not what is left is valid.
func TestTakingOutNeverAllowsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyAgreement(t)
		r := fitting(t, a)
		before := setOf(a).Permit(r)
		if before == nil {
			return
		}
		var tree any
		if err := json.Unmarshal(must(json.Marshal(a)), &tree); err != nil {
			t.Fatal(err)
		}
		check := func(gone string) {
			var less Agreement
			if err := json.Unmarshal(must(json.Marshal(tree)), &less); err != nil {
				t.Fatal(err)
			}
			if setOf(less).Permit(r) == nil {
				t.Fatalf("without %s it allows what it refused by %v", gone, before)
			}
		}
		var walk func(v any, path string, put func(any))
		walk = func(v any, path string, put func(any)) {
			switch v := v.(type) {
			case map[string]any:
				for _, name := range slices.Sorted(maps.Keys(v)) {
					old := v[name]
					delete(v, name)
					check(path + "." + name)
					v[name] = old
					walk(old, path+"."+name, func(x any) { v[name] = x })
				}
			case []any:
				for i := range v {
					put(slices.Delete(slices.Clone(v), i, i+1))
					check(fmt.Sprintf("%s[%d]", path, i))
					put(v)
					walk(v[i], fmt.Sprintf("%s[%d]", path, i), func(x any) { v[i] = x })
				}
			}
		}
		walk(tree, "", nil)
	})
}

// TestOrderDoesNotMatter: of articles, purposes and every list in them.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyAgreement(t)
		r := fitting(t, a)
		want := codeOf(setOf(a).Permit(r))
		b := a
		b.Parties = rapid.Permutation(a.Parties).Draw(t, "parties")
		b.Articles = rapid.Permutation(a.Articles).Draw(t, "articles")
		for i := range b.Articles {
			b.Articles[i].Purposes = rapid.Permutation(b.Articles[i].Purposes).Draw(t, "purposes")
			for j := range b.Articles[i].Purposes {
				p := &b.Articles[i].Purposes[j]
				for _, l := range []*[]string{&p.Begin, &p.Follow, &p.Answer, &p.Keys, &p.Fields, &p.Handling} {
					*l = rapid.Permutation(*l).Draw(t, "list")
				}
			}
		}
		if got := codeOf(setOf(b).Permit(r)); got != want {
			t.Errorf("%q, in the other order %q", want, got)
		}
	})
}

// TestConsent: under the shipped draft a view on protection goes with the consent, in a
// referral and what amends it, and in no other letter.
func TestConsent(t *testing.T) {
	d := draft(t, template(t), "2027-01-01", "2027-12-31")
	set, err := NewSet(d)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	allowed := map[string]bool{}
	for _, art := range d.Agreement().Articles {
		for _, p := range art.Purposes {
			for turn, types := range map[Turn][]string{Begin: p.Begin, Follow: p.Follow, Answer: p.Answer} {
				for _, typ := range types {
					r := Request{
						Issuer: nodeKH, Audience: nodeID, Agreement: d.Hash(), Article: art.ID, Purpose: p.Code, Type: typ, Turn: turn,
						Fields: []string{"protection_view"}, Handling: p.Handling[0], Grading: "A1", Clock: p.Clocks[0].Class, Written: at, Until: at,
					}
					if got := codeOf(set.Permit(r)); got != FieldNotAllowed {
						t.Errorf("%s/%s, %s: without consent: %q", art.ID, p.Code, typ, got)
					}
					r.Fields = []string{"consent", "protection_view"}
					if set.Permit(r) == nil {
						allowed[p.Code+" "+typ] = true
					}
				}
			}
		}
	}
	want := []string{"referral correction", "referral erasure-request", "referral referral", "referral referral-reply", "referral withdrawal"}
	if got := slices.Sorted(maps.Keys(allowed)); !slices.Equal(got, want) {
		t.Errorf("with consent it goes in %v, want %v", got, want)
	}
}

// TestClauses: a refusal names the member that says no, and nothing of the letter.
func TestClauses(t *testing.T) {
	d := draft(t, small(), "2026-01-01", "2026-12-31")
	set, err := NewSet(d)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	good := Request{
		Issuer: nodeKH, Audience: nodeID, Agreement: d.Hash(), Article: "a", Purpose: "q", Type: "enquiry", Turn: Begin,
		Keys: []string{"k"}, Fields: []string{"f"}, Handling: "H0", Grading: "X4", Clock: "normal", Written: at, Until: at.AddDate(0, 0, 30), Used: 1,
	}
	if err := set.Permit(good); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(r *Request){
		"agreement_unknown":                                          func(r *Request) { r.Agreement = "SECRET" },
		"agreement_not_in_force: from":                               func(r *Request) { r.Written = at.AddDate(-1, 0, 0) },
		"agreement_not_in_force: until":                              func(r *Request) { r.Written = at.AddDate(1, 0, 0) },
		"agreement_party: parties":                                   func(r *Request) { r.Audience = "SECRET" },
		"article_unknown: articles":                                  func(r *Request) { r.Article = "SECRET" },
		"purpose_unknown: articles[0].purposes":                      func(r *Request) { r.Purpose = "SECRET" },
		"conversation_unknown: articles[0].purposes[1]":              func(r *Request) { r.Turn = "" },
		"type_not_allowed: articles[0].purposes[1].from":             func(r *Request) { r.Issuer, r.Audience = nodeID, nodeKH },
		"type_not_allowed: articles[0].purposes[1].begin":            func(r *Request) { r.Type = "SECRET" },
		"type_not_allowed: articles[0].purposes[1].follow":           func(r *Request) { r.Turn = Follow },
		"field_not_allowed: articles[0].purposes[1].keys":            func(r *Request) { r.Keys = []string{"SECRET"} },
		"field_not_allowed: articles[0].purposes[1].fields":          func(r *Request) { r.Fields = []string{"f", "SECRET"} },
		"handling_not_allowed: articles[0].purposes[1].handling":     func(r *Request) { r.Handling = "SECRET" },
		"grading_required: articles[0].purposes[1].ungraded":         func(r *Request) { r.Grading = "SECRET" },
		"clock_not_allowed: articles[0].purposes[1].clocks":          func(r *Request) { r.Clock = "SECRET" },
		"retention_too_long: articles[0].purposes[1].retention_days": func(r *Request) { r.Until = r.Until.Add(time.Second) },
		"quota_exhausted: articles[0].purposes[1].quota":             func(r *Request) { r.Used = 2 },
	} {
		r := good
		change(&r)
		if err := set.Permit(r); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
