package web_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"mitra/desk/enquiry"
	"mitra/store"
)

// multi sends a form with files.
func (p *program) multi(path, key string, parts ...part) (code int, h http.Header, body string) {
	p.x.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, q := range parts {
		var w io.Writer
		var err error
		if q.file == "" {
			w, err = m.CreateFormField(q.name)
		} else {
			w, err = m.CreateFormFile(q.name, q.file)
		}
		must(p.x.t, err)
		_, err = io.WriteString(w, q.text)
		must(p.x.t, err)
	}
	must(p.x.t, m.Close())
	return p.do("POST", path, b.String(), "Content-Type", m.FormDataContentType(), "Idempotency-Key", key)
}

// A program checks evidence as the page does: the same limits, the same event, and nothing is kept.
func TestAPICheckEvidence(t *testing.T) {
	x := newSite(t)
	cid := x.ask(enquiry.Question{Person: wati(), Release: []string{"stay"}})
	x.pass(0)
	_, file, err := x.kh.n.Evidence(ctx, cid, "", "auditor", "headquarters", "auditor-2", func(*store.Tx) error { return nil })
	must(t, err)
	card, err := x.kh.n.Card(ctx)
	must(t, err)
	p := x.token("auditor")
	var rep struct {
		OK           bool
		Conversation string
		Parties      []struct{ Compared bool }
		Letters      []struct{ Payload json.RawMessage }
	}
	read := func(parts ...part) string {
		t.Helper()
		code, _, body := p.multi("/v1/tools/evidence", "", parts...)
		if code != http.StatusOK {
			t.Fatalf("%d %s", code, body)
		}
		rep.Letters, rep.Parties = nil, nil
		must(t, json.Unmarshal([]byte(body), &rep))
		return body
	}
	proof := part{"file", "evidence.json", string(file)}
	if body := read(proof, part{"content", "", "no"}); !rep.OK || rep.Conversation != cid || len(rep.Letters) != 2 || rep.Letters[0].Payload != nil || strings.Contains(body, "Wati") {
		t.Errorf("sound: %s", body)
	}
	if body := read(proof, part{"card", "kh.card", string(card.Bytes())}, part{"content", "", "yes"}); !strings.Contains(body, "Wati Contoh") || !rep.Parties[0].Compared && !rep.Parties[1].Compared {
		t.Errorf("with content: %s", body)
	}
	if read(part{"file", "evidence.json", strings.Replace(string(file), `"exporter": "`, `"exporter": "x`, 1)}); rep.OK {
		t.Error("a changed one is proven")
	}
	for name, bad := range map[string]struct {
		code  string
		parts []part
	}{
		"no file":        {"invalid", []part{{"content", "", "yes"}}},
		"two":            {"invalid", []part{proof, proof}},
		"another word":   {"invalid", []part{proof, {"content", "", "maybe"}}},
		"garbage":        {"not_evidence", []part{{"file", "a.json", "Budi"}}},
		"newer":          {"newer_evidence", []part{{"file", "a.json", strings.Replace(string(file), `"mxp-evidence/1`, `"mxp-evidence/9`, 1)}}},
		"no card":        {"bad_card", []part{{"card", "a", "Budi"}, proof}},
		"three of cards": {"invalid", slices.Repeat([]part{{"card", "a", string(card.Bytes())}}, 3)},
	} {
		if code, h, body := p.multi("/v1/tools/evidence", "", bad.parts...); code != http.StatusUnprocessableEntity || wrong(t, h, body) != bad.code || strings.Contains(body, "Budi") {
			t.Errorf("%s: %d %s", name, code, body)
		}
	}
	if n := len(x.events("tool-used")); n != 3 {
		t.Errorf("%d events", n)
	}
	x.silent("Wati Contoh", "X1234567")
	if left := x.left(); len(left) > 0 {
		t.Errorf("files: %q", left)
	}
	for range 119 { // what letters say of somebody counts as a person opened
		if code, _, body := p.multi("/v1/tools/evidence", "", proof, part{"content", "", "yes"}); code != http.StatusOK {
			t.Fatalf("%d %s", code, body)
		}
	}
	if code, h, body := p.multi("/v1/tools/evidence", "", proof, part{"content", "", "yes"}); code != http.StatusTooManyRequests || wrong(t, h, body) != "too_many_people" {
		t.Errorf("one too many: %d", code)
	}
}

// linkage is what came of linking files.
type linkage struct {
	Job, State string
	Result     *struct {
		Records       []int
		New           *int
		Links, Review int
		Groups, Kept  bool
		Outgrown      bool
		Model, Spec   string
	}
}

// A program links files as the page does: once for each key, for its officer alone, with the same events; what it keeps names nobody.
func TestAPILink(t *testing.T) {
	x := newSite(t)
	p := x.token("registry")
	file := duplicates(60)
	form := []part{{"a", "daftar.csv", file}, {"id_a", "", "rec_id"}, {"ignore", "", "remark"}, {"min", "", "0.6"}}
	k := key()
	code, _, body := p.multi("/v1/tools/link", k, form...)
	var l linkage
	if must(t, json.Unmarshal([]byte(body), &l)); code != http.StatusCreated || l.State != "linked" || l.Result == nil || !slices.Equal(l.Result.Records, []int{72}) || l.Result.Links != 12 || !l.Result.Groups || strings.Contains(body, "A0") {
		t.Fatalf("%d %s", code, body)
	}
	if code, h, again := p.multi("/v1/tools/link", k, form...); code != http.StatusCreated || h.Get("Idempotency-Replayed") != "true" || again != body {
		t.Errorf("again: %d %s", code, again)
	}
	if code, h, body := p.multi("/v1/tools/link", k, append(slices.Clone(form), part{"many", "", "yes"})...); code != http.StatusUnprocessableEntity || wrong(t, h, body) != "key_used" {
		t.Errorf("another under the same key: %d %s", code, body)
	}
	if n := len(x.left()); n != 3 {
		t.Errorf("files: %q", x.left())
	}
	at := "/v1/tools/link/" + l.Job
	var again linkage
	if p.get(at, &again); again.Result == nil || again.Result.Model != l.Result.Model {
		t.Errorf("%+v", again)
	}
	_, h, links := p.do("GET", at+"/links.csv", nil)
	if h.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.HasPrefix(links, "left,right,weight,probability,band\n") || strings.Count(links, ",link\n") != 12 {
		t.Errorf("%v %s", h, links)
	}
	if _, _, groups := p.do("GET", at+"/clusters.csv", nil); strings.Count(groups, "\n") != 73 {
		t.Errorf("groups: %s", groups)
	}
	var why struct {
		Compared bool
		Steps    []struct{ Left struct{ Written string } }
		Outcome  struct{ State, Text string }
	}
	if p.post(at+"/explain", map[string]string{"left": "A0", "right": "B0"}, &why); !why.Compared || why.Outcome.State != "link" || !strings.HasPrefix(why.Steps[0].Left.Written, "Budi Santoso") {
		t.Errorf("%+v", why)
	}
	if code, h, body := p.do("POST", at+"/explain", map[string]string{"left": "A0", "right": "Budi"}); code != http.StatusNotFound || wrong(t, h, body) != "no_pair" || strings.Contains(body, "Budi") {
		t.Errorf("no such pair: %d %s", code, body)
	}
	for name, in := range map[string]any{"nothing": nil, "a truth": map[string]string{"truth": "passport_no"}} {
		code, h, page := p.do("POST", at+"/tune", in)
		if code != http.StatusOK || !strings.HasPrefix(h.Get("Content-Type"), "text/html") || !strings.Contains(page, "Can it be believed?") || strings.Contains(page, "C1000003") || strings.Contains(page, "The column passport_no") != (in != nil) {
			t.Errorf("judged by %s: %d %v", name, code, h)
		}
	}
	if code, h, body := p.do("POST", at+"/tune", map[string]string{"truth": "colour"}); code != http.StatusUnprocessableEntity || wrong(t, h, body) != "invalid" {
		t.Errorf("by no column: %d %s", code, body)
	}
	// It is the officer's, at the desk too, and nobody else's.
	has(t, x.as("registry").page("/tools/link/"+l.Job), "daftar.csv", "links.csv")
	for _, path := range []string{at, at + "/links.csv", at + "/clusters.csv"} {
		if code, h, body := x.token("chief").do("GET", path, nil); code != http.StatusNotFound || wrong(t, h, body) != "not_found" {
			t.Errorf("another officer, %s: %d", path, code)
		}
	}
	for _, path := range []string{at + "/explain", at + "/tune", at + "/discard"} {
		var in any
		if strings.HasSuffix(path, "/explain") {
			in = map[string]string{"left": "A0", "right": "B0"}
		}
		if code, h, body := x.token("chief").do("POST", path, in, "Idempotency-Key", key()); code != http.StatusNotFound || wrong(t, h, body) != "not_found" {
			t.Errorf("another officer, %s: %d %s", path, code, body)
		}
	}
	// Two files, by a spec.
	spec := "[[field]]\nname = 'booklet'\nkind = 'document'\ncolumns = ['passport_no', 'Paspor']\n"
	other := "No Urut;Paspor\n1;C1000003\n2;C9999999\n"
	code, _, body = p.multi("/v1/tools/link", key(), part{"a", "a.csv", file}, part{"b", "b.csv", other}, part{"spec", "our.toml", spec}, part{"id_b", "", "No Urut"}, part{"many", "", "no"})
	if must(t, json.Unmarshal([]byte(body), &l)); code != http.StatusCreated || !slices.Equal(l.Result.Records, []int{72, 2}) || l.Result.Groups || l.Result.Spec != "our.toml" {
		t.Errorf("two files: %d %s", code, body)
	}
	if code, _, _ := p.do("GET", at, nil); code != http.StatusNotFound {
		t.Errorf("the earlier: %d", code)
	}
	at = "/v1/tools/link/" + l.Job
	if code, h, body := p.do("GET", at+"/clusters.csv", nil); code != http.StatusNotFound || wrong(t, h, body) != "not_found" {
		t.Errorf("groups of two files: %d", code)
	}
	for name, bad := range map[string]struct {
		code  string
		line  string
		parts []part
	}{
		"nothing":          {"invalid", "", nil},
		"only a second":    {"invalid", "", []part{{"b", "b.csv", file}}},
		"twice":            {"invalid", "", []part{{"a", "a.csv", file}, {"a", "b.csv", file}}},
		"another field":    {"invalid", "", []part{{"a", "a.csv", file}, {"ignor", "", "remark"}}},
		"a field twice":    {"invalid", "", []part{{"a", "a.csv", file}, {"min", "", "0.5"}, {"min", "", "0.6"}}},
		"a probability":    {"invalid", "", []part{{"a", "a.csv", file}, {"min", "", "NaN"}}},
		"no such column":   {"no_column", "", []part{{"a", "a.csv", file}, {"ignore", "", "Budi"}}},
		"no such id":       {"no_column", "", []part{{"a", "a.csv", file}, {"id_a", "", "Budi"}}},
		"ids that are two": {"duplicate_id", `"line":`, []part{{"a", "a.csv", "id,full_name\n1,Budi\n1,Budi Santoso\n"}}},
		"no header":        {"no_header", "", []part{{"a", "a.csv", "1,2,3\n4,5,6\n"}}},
		"a spec":           {"bad_spec", `"line":2`, []part{{"a", "a.csv", file}, {"spec", "s.toml", "link = 0.9\nBudi = 1\n"}}},
		"another spec":     {"bad_spec", "", []part{{"a", "a.csv", file}, {"spec", "s.toml", "register = 'Budi'\n"}}},
	} {
		if code, h, body := p.multi("/v1/tools/link", key(), bad.parts...); code != http.StatusUnprocessableEntity || wrong(t, h, body) != bad.code || !strings.Contains(body, bad.line) || strings.Contains(body, "Budi") {
			t.Errorf("%s: %d %s", name, code, body)
		}
	}
	if code, h, body := p.do("POST", "/v1/tools/link", "{}", "Idempotency-Key", key()); code != http.StatusUnsupportedMediaType || wrong(t, h, body) != "no_form" {
		t.Errorf("no form: %d %s", code, body)
	}
	if n := len(x.left()); n != 3 { // what was linked stays
		t.Errorf("files: %q", x.left())
	}
	var gone struct{ ID string }
	if p.post(at+"/discard", nil, &gone); gone.ID != l.Job || len(x.left()) > 0 {
		t.Errorf("discarded: %q", x.left())
	}
	used := map[string]int{}
	for _, e := range x.events("tool-used") {
		used[string(e.Data)]++
		if e.Actor != "registry" || e.Purpose != "enquiry" {
			t.Errorf("%+v", e)
		}
	}
	if used[`{"tool":"link"}`] < 2 || used[`{"tool":"link-file"}`] != 2 || used[`{"tool":"link-explain"}`] != 1 || used[`{"tool":"link-tune"}`] != 2 {
		t.Errorf("events: %v", used)
	}
	x.silent("Santoso", "C1000003", "daftar", "our.toml")
	must(t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT body FROM api_request`)
		if err != nil {
			return err
		}
		defer rows.Close()
		var kept string
		for rows.Next() {
			var one string
			must(t, rows.Scan(&one))
			kept += one
		}
		if strings.Contains(kept, "toml") || strings.Contains(kept, "Budi") || !strings.Contains(kept, l.Job) {
			t.Errorf("kept: %s", kept)
		}
		return rows.Err()
	}))
}

// A program keeps what was learned, and links new records onto it.
func TestAPILinkOnto(t *testing.T) {
	x := newSite(t)
	p := x.token("registry")
	file := part{"a", "daftar.csv", duplicates(60)}
	var l linkage
	send := func(parts ...part) {
		t.Helper()
		code, _, body := p.multi("/v1/tools/link", key(), parts...)
		if l.Result = nil; code != http.StatusCreated {
			t.Fatalf("%d %s", code, body)
		}
		must(t, json.Unmarshal([]byte(body), &l))
	}
	send(file)
	if code, h, body := p.do("GET", "/v1/tools/link/"+l.Job+"/register.mitra", nil); l.Result.Kept || l.Result.New != nil || code != http.StatusNotFound || wrong(t, h, body) != "not_found" {
		t.Errorf("not kept: %d %+v", code, l.Result)
	}
	send(file, part{"keep", "", "yes"}, part{"ignore", "", "remark"})
	_, h, register := p.do("GET", "/v1/tools/link/"+l.Job+"/register.mitra", nil)
	if h.Get("Content-Type") != "application/octet-stream" || !l.Result.Kept || !strings.HasPrefix(register, "mitra register 2\n") {
		t.Fatalf("%v %+v", h, l.Result)
	}
	kept := part{"register", "daftar.mitra", register}
	send(kept, part{"a", "baru.csv", newcomers(10)})
	if r := l.Result; r.New == nil || *r.New != 11 || !slices.Equal(r.Records, []int{82}) || !r.Kept || !r.Groups || r.Outgrown {
		t.Errorf("%+v", r)
	}
	at := "/v1/tools/link/" + l.Job
	if _, _, links := p.do("GET", at+"/links.csv", nil); !strings.Contains(links, "A1,N1,") {
		t.Errorf("%s", links)
	}
	if code, _, _ := p.do("POST", at+"/explain", map[string]string{"left": "A1", "right": "N1"}); code != http.StatusNotFound {
		t.Errorf("explained: %d", code)
	}
	if code, _, _ := p.do("POST", at+"/tune", nil); code != http.StatusNotFound {
		t.Errorf("judged: %d", code)
	}
	if code, h, body := x.token("chief").do("GET", at+"/register.mitra", nil); code != http.StatusNotFound || wrong(t, h, body) != "not_found" {
		t.Errorf("another officer: %d", code)
	}
	few := part{"a", "a.csv", newcomers(3)}
	for name, bad := range map[string]struct {
		code  string
		parts []part
	}{
		"no file":       {"invalid", []part{kept}},
		"twice":         {"invalid", []part{kept, kept, few}},
		"no register":   {"bad_register", []part{{"register", "r.mitra", "id,full_name\n1,Budi\n"}, few}},
		"cut off":       {"bad_register", []part{{"register", "r.mitra", register[:len(register)-40]}, few}},
		"changed":       {"bad_register", []part{{"register", "r.mitra", register[:len(register)/2] + string(register[len(register)/2]^1) + register[len(register)/2+1:]}, few}},
		"two onto one":  {"one_file", []part{kept, few, {"b", "b.csv", newcomers(3)}}},
		"with a spec":   {"said_before", []part{kept, few, {"spec", "s.toml", "link = 0.9\n"}}},
		"with many":     {"said_before", []part{kept, few, {"many", "", "yes"}}},
		"with ignore":   {"said_before", []part{kept, few, {"ignore", "", "remark"}}},
		"too little":    {"too_little", []part{kept, few, {"min", "", "0.001"}}},
		"other columns": {"no_column", []part{kept, {"a", "a.csv", "rec_id,full_name\n1,Budi\n"}}},
		"nothing":       {"nothing_learned", []part{{"a", "a.csv", "id,full_name\n1,Budi\n2,Budi\n"}, {"keep", "", "yes"}}},
		"without ids":   {"no_id", []part{{"a", "a.csv", "full_name\nBudi\nSiti\n"}, {"keep", "", "yes"}}},
		"keep perhaps":  {"invalid", []part{file, {"keep", "", "perhaps"}}},
	} {
		if code, h, body := p.multi("/v1/tools/link", key(), bad.parts...); code != http.StatusUnprocessableEntity || wrong(t, h, body) != bad.code || strings.Contains(body, "Budi") {
			t.Errorf("%s: %d %s", name, code, body)
		}
	}
	if n := len(x.left()); n != 5 { // what was linked stays: two files, and three of what was found
		t.Errorf("files: %q", x.left())
	}
	x.silent("Santoso", "C1000003", "daftar")
}

// Linking takes much of the machine: whoever comes meanwhile is told so, on pages and by programs, and no file is left of it.
func TestLinkingIsDoneOnceAtATime(t *testing.T) {
	x := newSite(t)
	large := duplicates(20_000)
	programs := []*program{x.token("registry"), x.token("chief"), x.token("supervisor")}
	codes := make([]string, len(programs))
	var wait sync.WaitGroup
	for i, p := range programs {
		wait.Go(func() {
			code, h, body := p.multi("/v1/tools/link", key(), part{"a", "a.csv", large})
			if codes[i] = "linked"; code != http.StatusCreated {
				codes[i] = wrong(t, h, body)
			}
		})
	}
	wait.Wait()
	linked := 0
	for _, c := range codes {
		switch c {
		case "linked":
			linked++
		case "in_use":
		default:
			t.Errorf("%q", codes)
		}
	}
	if linked == 0 || len(x.left()) != 3*linked {
		t.Errorf("%q, files: %q", codes, x.left())
	}
}
