package web_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/xuri/excelize/v2"

	"mitra/desk/account"
	"mitra/desk/enquiry"
	"mitra/desk/registry"
	"mitra/desk/status"
	"mitra/rules"
	"mitra/store"
	"mitra/treaty/courier"
	"mitra/treaty/journal"
	"mitra/web"
)

// part is a part of a form that is sent with files: without a file name it is a field.
type part struct{ name, file, text string }

// multi sends a form with files.
func (c *client) multi(path string, parts ...part) (code int, h http.Header, body string) {
	c.x.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, p := range parts {
		var w io.Writer
		var err error
		if p.file == "" {
			w, err = m.CreateFormField(p.name)
		} else {
			w, err = m.CreateFormFile(p.name, p.file)
		}
		must(c.x.t, err)
		_, err = io.WriteString(w, p.text)
		must(c.x.t, err)
	}
	must(c.x.t, m.Close())
	r, err := http.NewRequest("POST", c.x.server.URL+path, &b)
	must(c.x.t, err)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return c.do(r)
}

// silent makes sure that no event and no line of the log has a text.
func (x *site) silent(texts ...string) {
	x.t.Helper()
	must(x.t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
		return journal.Events(tx, journal.House, func(e journal.Event) error {
			for _, s := range texts {
				if strings.Contains(string(e.Data), s) || slices.Contains(e.Subjects, s) {
					x.t.Errorf("an event of %s has %q", e.Kind, s)
				}
			}
			return nil
		})
	}))
	for _, s := range texts {
		if strings.Contains(x.kh.log.String(), s) {
			x.t.Errorf("the log has %q", s)
		}
	}
}

func TestCompareNames(t *testing.T) {
	x := newSite(t)
	c := x.as("liaison")
	wants(t, "the tools", c.page("/tools"), []string{`href="/tools/names"`, `href="/tools/zone"`, `href="/tools/evidence"`, `href="/tools/link"`}, nil)
	if code, _, body := c.post("/tools/names", "a", "Soekarno", "b", "Sukarno"); code != http.StatusOK {
		t.Fatalf("%d", code)
	} else {
		wants(t, "two spellings", body, []string{"another spelling", "may be one person", "Soekarno", `value="Sukarno"`}, []string{"tool."})
	}
	_, _, body := c.post("/tools/names", "a", "Budi <b>Contoh</b>", "b", "Siti Rahmawati")
	wants(t, "two people", body, []string{"two people", "&lt;b&gt;Contoh"}, []string{"<b>Contoh", "tool."})
	used := x.events("tool-used")
	if len(used) != 2 || used[0].Actor != "liaison" || used[0].Purpose != "enquiry" || !strings.Contains(string(used[0].Data), `"names"`) || len(used[0].Subjects) != 0 {
		t.Errorf("events: %+v", used)
	}
	for _, bad := range [][]string{nil, {"a", "only one"}, {"a", strings.Repeat("x", 3000), "b", "y"}, {"a", "  ", "b", "y"}} {
		if code, _, body := c.post("/tools/names", bad...); code != http.StatusUnprocessableEntity || len(bad) > 2 && !strings.Contains(body, `value="y"`) {
			t.Errorf("%.40q: %d", bad, code)
		}
	}
	x.silent("Soekarno", "Sukarno", "Contoh", "Rahmawati")
}

func TestReadAZone(t *testing.T) {
	x := newSite(t)
	c := x.as("supervisor")
	good := "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
	_, _, body := c.post("/tools/zone", "zone", good)
	wants(t, "a good one", body, []string{"Every check digit agrees", "ERIKSSON", "ANNA MARIA", "L898902C3", "1974", "P&lt;UTO"}, []string{"tool.", "P<UTOERIKSSON"})
	_, _, body = c.post("/tools/zone", "zone", strings.Replace(good, "UTO7408122", "UTO7408132", 1))
	wants(t, "a slip", body, []string{"It is not in order", "date of birth"}, []string{"tool.", "Every check digit agrees"})
	_, _, body = c.post("/tools/zone", "zone", strings.Replace(good, "L898902C36", "L8989O2C36", 1))
	wants(t, "a misreading", body, []string{"What was corrected", "ERIKSSON"}, []string{"tool."})
	for _, bad := range []string{"", " \n", "nothing of the kind", "P<UTO<script>", strings.Repeat("<", 5000)} {
		code, _, body := c.post("/tools/zone", "zone", bad)
		if code != http.StatusUnprocessableEntity || strings.Contains(body, "<script>") || strings.Contains(body, "tool.") {
			t.Errorf("%.20q: %d %s", bad, code, main(body))
		}
	}
	if n := len(x.events("tool-used")); n != 3 {
		t.Errorf("%d events", n)
	}
	x.silent("ERIKSSON", "L898902C3")
}

func TestCheckEvidence(t *testing.T) {
	x := newSite(t)
	cid := x.ask(enquiry.Question{Person: wati(), Release: []string{"stay"}})
	x.pass(0)
	_, file, err := x.kh.n.Evidence(ctx, cid, "", "auditor", "headquarters", "auditor-2", func(*store.Tx) error { return nil })
	must(t, err)
	c := x.as("auditor")
	code, _, body := c.multi("/tools/evidence", part{"file", "evidence.json", string(file)})
	if code != http.StatusOK {
		t.Fatalf("%d %s", code, main(body))
	}
	wants(t, "sound", body, []string{"Nothing was changed", "not compared", cid, "Cambodia", "Indonesia"}, []string{"tool.", "X1234567", "WATI"})
	card, err := x.kh.n.Card(ctx)
	must(t, err)
	_, _, body = c.multi("/tools/evidence", part{"card", "kh.card", string(card.Bytes())}, part{"file", "evidence.json", string(file)}, part{"content", "", "yes"})
	wants(t, "with a card and content", body, []string{"the card that you gave", "Wati Contoh"}, []string{"tool."})
	changed := bytes.Replace(file, []byte(`"exporter": "`), []byte(`"exporter": "x`), 1)
	_, _, body = c.multi("/tools/evidence", part{"file", "evidence.json", string(changed)})
	wants(t, "changed", body, []string{"does not prove"}, []string{"Nothing was changed", "tool."})
	for name, parts := range map[string][]part{
		"no file":     {{"content", "", "yes"}},
		"not chosen":  {{"file", "", ""}},
		"garbage":     {{"file", "a.json", "<script>alert(1)</script>"}},
		"cut off":     {{"file", "a.json", string(file[:len(file)/2])}},
		"no card":     {{"card", "a", "garbage"}, {"file", "evidence.json", string(file)}},
		"three cards": {{"card", "a", string(card.Bytes())}, {"card", "a", string(card.Bytes())}, {"card", "a", string(card.Bytes())}},
		"a newer one": {{"file", "a.json", strings.Replace(string(file), `"mxp-evidence/1`, `"mxp-evidence/9`, 1)}},
	} {
		if code, _, body := c.multi("/tools/evidence", parts...); code != http.StatusUnprocessableEntity || strings.Contains(body, "<script>alert") || !strings.Contains(body, `class="wrong"`) {
			t.Errorf("%s: %d %s", name, code, main(body))
		}
	}
	if code, _, _ := c.post("/tools/evidence", "file", "x"); code != http.StatusUnprocessableEntity {
		t.Errorf("no upload: %d", code)
	}
	if n := len(x.events("tool-used")); n != 3 {
		t.Errorf("%d events", n)
	}
	if left := x.left(); len(left) > 0 {
		t.Errorf("files: %q", left)
	}
}

// people is a file in which some stand twice.
func duplicates(n int) string {
	var b strings.Builder
	b.WriteString("rec_id,full_name,birth_date,passport_no,remark\n")
	names := []string{"Budi Santoso", "Dewi Lestari", "Agus Wijaya", "Siti Rahmawati", "Joko Prasetyo", "Rina Kusumawati", "Hendra Gunawan", "Yuni Astuti", "Bambang Hermanto", "Fitri Handayani"}
	for i := range n {
		name, born, number := names[i%len(names)]+" "+names[(i/len(names)+3)%len(names)], fmt.Sprintf("19%02d-%02d-%02d", 60+i%40, 1+i%12, 1+i%28), fmt.Sprintf("C%07d", 1000003*(i+1)%9999991)
		fmt.Fprintf(&b, "A%d,%s,%s,%s,=1+1\n", i, name, born, number)
		if i%5 == 0 {
			fmt.Fprintf(&b, "B%d,%s,%s,%s,<b>\n", i, strings.ToUpper(name), born, number)
		}
	}
	return b.String()
}

func TestLinkFiles(t *testing.T) {
	x := newSite(t)
	c := x.as("registry")
	file := duplicates(60)
	code, h, body := c.multi("/tools/link", part{"a", "daftar <b>.csv", file})
	at := h.Get("Location")
	if code != http.StatusSeeOther || !strings.HasPrefix(at, "/tools/link/") {
		t.Fatalf("%d %s", code, main(body))
	}
	left := x.left()
	if len(left) != 1 {
		t.Fatalf("files: %q", left)
	}
	for _, p := range []string{left[0], filepath.Dir(left[0])} {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v %v", p, info.Mode(), err)
		}
	}
	wants(t, "before", c.page(at), []string{"daftar &lt;b&gt;.csv", "rec_id", "birth_date", "Date of birth", "remark"}, []string{"tool.", "Santoso", "C1000003", "daftar <b>"})
	// Nobody else gets at it.
	x.account("other", false, account.Registry)
	for _, path := range []string{at, at + "/links.csv", at + "/clusters.csv"} {
		if code, _, _ := x.as("other").get(path); code != http.StatusNotFound {
			t.Errorf("another officer, %s: %d", path, code)
		}
	}
	for _, path := range []string{at, at + "/explain", at + "/discard"} {
		if code, _, _ := x.as("other").post(path, "left", "A0", "right", "B0"); code != http.StatusNotFound {
			t.Errorf("another officer, %s: %d", path, code)
		}
	}
	if code, _, _ := c.get(at + "/links.csv"); code != http.StatusNotFound {
		t.Errorf("before it is linked: %d", code)
	}
	for _, bad := range [][]string{{"min", "x"}, {"min", "1"}, {"min", "NaN"}, {"id-a", "no such"}, {"id-b", "rec_id"}, {"ignore", "no such"}} {
		if code, _, _ := c.post(at, bad...); code != http.StatusBadRequest {
			t.Errorf("%q: %d", bad, code)
		}
	}
	if code, _, body := c.post(at, "id-a", "remark"); code != http.StatusUnprocessableEntity || strings.Contains(body, "1+1") || !strings.Contains(body, `class="wrong"`) {
		t.Errorf("rows that have the same id: %d %s", code, main(body))
	}
	if code, h, body := c.post(at, "id-a", "rec_id", "ignore", "remark"); code != http.StatusSeeOther || h.Get("Location") != at {
		t.Fatalf("%d %s", code, main(body))
	}
	wants(t, "after", c.page(at), []string{"(72 records)", "LINKS.csv", "CLUSTERS.csv", "A0", "B0", "one person"}, []string{"tool.", "Santoso"})
	_, h, links := c.get(at + "/links.csv")
	if h.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.HasPrefix(links, "left,right,weight,probability,band\n") || !strings.Contains(links, "A0,B0,") || strings.Count(links, ",link\n") != 12 {
		t.Errorf("%s: %s", h.Get("Content-Type"), links)
	}
	if _, _, groups := c.get(at + "/clusters.csv"); strings.Count(groups, "\n") != 73 || !strings.HasPrefix(groups, "id,cluster\n") {
		t.Errorf("groups: %s", groups)
	}
	for _, name := range []string{"..%2f..%2fmitra.toml", "out", "daftar%20.csv"} {
		if code, _, _ := c.get(at + "/" + name); code != http.StatusNotFound && code != http.StatusBadRequest {
			t.Errorf("%s: %d", name, code)
		}
	}
	_, _, body = c.post(at+"/explain", "left", "A0", "right", "B0")
	wants(t, "explained", body, []string{"Budi Santoso", "BUDI SANTOSO", "C1000003", "the same"}, []string{"tool.", "remark"})
	_, _, body = c.post(at+"/explain", "left", "A0", "right", "A1")
	wants(t, "not compared", body, []string{"two groups", "A0 · A1"}, []string{"tool."})
	for _, bad := range [][]string{nil, {"left", "A0", "right", "A0"}, {"left", "A0", "right", "<b>"}} {
		if code, _, body := c.post(at+"/explain", bad...); code != http.StatusUnprocessableEntity || strings.Contains(body, `"<b>"`) {
			t.Errorf("%q: %d", bad, code)
		}
	}
	used := map[string]int{}
	for _, e := range x.events("tool-used") {
		used[string(e.Data)]++
	}
	if used[`{"tool":"link-file"}`] != 2 || used[`{"tool":"link-explain"}`] != 2 || used[`{"tool":"link"}`] < 1 {
		t.Errorf("events: %v", used)
	}
	x.silent("Santoso", "SANTOSO", "C1000003", "daftar")
	if code, _, _ := c.post(at + "/discard"); code != http.StatusSeeOther {
		t.Errorf("discarded: %d", code)
	}
	if code, _, _ := c.get(at); code != http.StatusNotFound || len(x.left()) > 0 {
		t.Errorf("afterwards: %d, %q", code, x.left())
	}
}

func TestLinkTwoFiles(t *testing.T) {
	x := newSite(t)
	c := x.as("liaison")
	file := duplicates(40)
	var other strings.Builder
	other.WriteString("Nama;Tgl Lahir;Paspor\n")
	for _, line := range strings.Split(strings.TrimSpace(file), "\n")[1:] {
		if f := strings.Split(line, ","); f[0][0] == 'A' {
			fmt.Fprintf(&other, "%s;%s;%s\n", strings.ToUpper(f[1]), f[2], f[3])
		}
	}
	_, h, _ := c.multi("/tools/link", part{"b", "lain.csv", other.String()}, part{"a", "satu.csv", file})
	at := h.Get("Location")
	wants(t, "two files", c.page(at), []string{"satu.csv", "lain.csv", "Tgl Lahir", "rows are numbered"}, []string{"tool."})
	if code, _, body := c.post(at, "id-a", "rec_id", "id-b", ""); code != http.StatusSeeOther {
		t.Fatalf("%d %s", code, main(body))
	}
	_, _, links := c.get(at + "/links.csv")
	if strings.Count(links, "\n") < 30 || !strings.Contains(links, "A1,2,") {
		t.Errorf("%s", links)
	}
	if code, _, _ := c.get(at + "/clusters.csv"); code != http.StatusNotFound {
		t.Errorf("groups of two files: %d", code)
	}
	_, _, body := c.post(at+"/explain", "left", "A1", "right", "2")
	wants(t, "explained", body, []string{"Dewi Lestari", "DEWI LESTARI"}, []string{"tool."})
	// Others take the place of these.
	c.multi("/tools/link", part{"a", "satu.csv", file})
	if code, _, _ := c.get(at); code != http.StatusNotFound || len(x.left()) != 1 {
		t.Errorf("the earlier: %d, %q", code, x.left())
	}
	for name, parts := range map[string][]part{
		"nothing":        nil,
		"only a second":  {{"b", "b.csv", file}},
		"no header":      {{"a", "a.csv", "1,2,3\n4,5,6\n"}},
		"no columns":     {{"a", "a.csv", "id\n1\n2\n"}},
		"nothing shared": {{"a", "a.csv", "id,passport_no\n1,C1\n"}, {"b", "b.csv", "id,colour\n1,red\n"}},
		"no spreadsheet": {{"a", "a.xlsx", "PK\x03\x04 garbage"}},
	} {
		if code, _, body := c.multi("/tools/link", parts...); code != http.StatusUnprocessableEntity || !strings.Contains(body, `class="wrong"`) || strings.Contains(body, "tool.") {
			t.Errorf("%s: %d %s", name, code, main(body))
		}
	}
	if code, _, _ := c.multi("/tools/link", part{"a", "a.csv", file}, part{"a", "b.csv", file}); code != http.StatusBadRequest {
		t.Errorf("the same twice: %d", code)
	}
	if len(x.left()) != 1 {
		t.Errorf("files: %q", x.left())
	}
	// A new process begins without them.
	_, err := web.New(x.kh.s.Desk())
	must(t, err)
	if len(x.left()) > 0 {
		t.Errorf("files after a start: %q", x.left())
	}
}

// newcomers are records of the same people as the first n of duplicates, and of one more: the first has the id of another, and takes its place.
func newcomers(n int) string {
	lines := strings.Split(duplicates(n), "\n")
	var b strings.Builder
	b.WriteString("passport_no,full_name,rec_id,birth_date\n")
	at := 0
	for _, line := range lines[1:] {
		if f := strings.Split(line, ","); f[0] != "" && f[0][0] == 'A' {
			id := "N" + f[0][1:]
			if at++; at == 1 {
				id = "A59"
			}
			fmt.Fprintf(&b, "%s,%s,%s,%s\n", f[3], strings.ToUpper(f[1]), id, f[2])
		}
	}
	b.WriteString("X9999999,Wati Contoh,N99,2001-02-03\n")
	return b.String()
}

// What was learned of files is fetched as a register, and new records are linked onto it later: at the desk nothing stays but for the hour.
func TestLinkOntoARegister(t *testing.T) {
	x := newSite(t)
	c := x.as("registry")
	_, h, _ := c.multi("/tools/link", part{"a", "daftar.csv", duplicates(60)})
	at := h.Get("Location")
	wants(t, "before", c.page(at), []string{`name="keep"`, "Keep what was learned"}, []string{"tool."})
	if code, _, body := c.post(at, "id-a", "", "ignore", "remark", "keep", "yes"); code != http.StatusSeeOther {
		t.Fatalf("%d %s", code, main(body))
	}
	wants(t, "after", c.page(at), []string{"REGISTER.mitra", "guard it"}, []string{"tool."})
	_, h, register := c.get(at + "/register.mitra")
	if h.Get("Content-Type") != "application/octet-stream" || h.Get("Content-Disposition") != `attachment; filename="register.mitra"` || !strings.HasPrefix(register, "mitra register 2\n") {
		t.Fatalf("%v %.40q", h, register)
	}
	for _, p := range x.left() {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v", p, err)
		}
	}
	x.account("other", false, account.Registry)
	if code, _, _ := x.as("other").get(at + "/register.mitra"); code != http.StatusNotFound {
		t.Errorf("another officer: %d", code)
	}

	// Another day.
	code, h, body := c.multi("/tools/link", part{"register", "daftar <i>.mitra", register}, part{"a", "baru.csv", newcomers(10)})
	if at = h.Get("Location"); code != http.StatusSeeOther {
		t.Fatalf("%d %s", code, main(body))
	}
	wants(t, "before", c.page(at), []string{"baru.csv", "daftar &lt;i&gt;.mitra", "The one that the register has"}, []string{"tool.", `name="ignore"`, `name="spec"`, `name="keep"`, "Santoso"})
	for _, bad := range [][]string{{"many", "yes"}, {"ignore", "remark"}, {"id-a", "remark"}} {
		if code, _, _ := c.post(at, bad...); code != http.StatusBadRequest {
			t.Errorf("%q: %d", bad, code)
		}
	}
	if code, _, _ := c.multi(at+"/spec", part{"spec", "a.toml", "link = 0.9"}); code != http.StatusNotFound {
		t.Errorf("a spec: %d", code)
	}
	for _, name := range []string{"/links.csv", "/register.mitra"} {
		if code, _, _ := c.get(at + name); code != http.StatusNotFound {
			t.Errorf("before it is linked, %s: %d", name, code)
		}
	}
	if code, _, body := c.post(at, "id-a", "full_name"); code != http.StatusSeeOther && code != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", code, main(body))
	}
	_, h, _ = c.multi("/tools/link", part{"a", "baru.csv", newcomers(10)}, part{"register", "daftar.mitra", register})
	at = h.Get("Location")
	if code, _, body := c.post(at, "id-a", ""); code != http.StatusSeeOther {
		t.Fatalf("%d %s", code, main(body))
	}
	wants(t, "after", c.page(at), []string{"82 records", "11 records were new or changed", "A1", "N1", "REGISTER.mitra", "CLUSTERS.csv"}, []string{"tool.", "/explain", "/tune", "Santoso"})
	_, _, links := c.get(at + "/links.csv")
	for _, want := range []string{"A1,N1,", "A0,A59,", "B0,", "A5,B5,"} {
		if !strings.Contains(links, want) {
			t.Errorf("%s is not in %s", want, links)
		}
	}
	if strings.Contains(links, "N99") {
		t.Errorf("somebody whom nobody knew: %s", links)
	}
	if _, _, groups := c.get(at + "/clusters.csv"); strings.Count(groups, "\n") != 83 {
		t.Errorf("groups: %s", groups)
	}
	for _, path := range []string{at + "/explain", at + "/tune"} {
		if code, _, _ := c.post(path, "left", "A1", "right", "N1"); code != http.StatusNotFound {
			t.Errorf("%s: %d", path, code)
		}
	}
	// And what came of it is a register again: the same records are nothing new.
	_, _, later := c.get(at + "/register.mitra")
	_, h, _ = c.multi("/tools/link", part{"a", "baru.csv", newcomers(10)}, part{"register", "daftar.mitra", later})
	at = h.Get("Location")
	c.post(at, "id-a", "rec_id")
	wants(t, "again", c.page(at), []string{"82 records", "0 records were new or changed"}, []string{"tool."})
	if _, _, again := c.get(at + "/links.csv"); again != links {
		t.Errorf("again: %s\nwant: %s", again, links)
	}
	used := map[string]int{}
	for _, e := range x.events("tool-used") {
		used[string(e.Data)]++
	}
	if used[`{"tool":"link-register"}`] != 2 || used[`{"tool":"link"}`] < 3 {
		t.Errorf("events: %v", used)
	}
	x.silent("Santoso", "SANTOSO", "C1000003", "daftar")

	for name, bad := range map[string]struct {
		says  string
		parts []part
	}{
		"no register":      {"no register that was kept", []part{{"register", "a.mitra", "mitra register 2\n<b>"}, {"a", "a.csv", newcomers(3)}}},
		"cut off":          {"damaged", []part{{"register", "a.mitra", register[:len(register)/2]}, {"a", "a.csv", newcomers(3)}}},
		"two onto one":     {"you have sent two", []part{{"register", "a.mitra", register}, {"a", "a.csv", newcomers(3)}, {"b", "b.csv", newcomers(3)}}},
		"other columns":    {"lacks a column", []part{{"register", "a.mitra", register}, {"a", "a.csv", "rec_id,full_name\n1,Budi\n"}}},
		"an id twice":      {"line 3", []part{{"register", "a.mitra", register}, {"a", "a.csv", "rec_id,full_name,birth_date,passport_no\n1,Budi,,\n1,Siti,,\n"}}},
		"a row without id": {"name of its own", []part{{"register", "a.mitra", register}, {"a", "a.csv", "rec_id,full_name,birth_date,passport_no\n,Budi,,\n"}}},
	} {
		_, h, body := c.multi("/tools/link", bad.parts...)
		at := h.Get("Location")
		if at == "" {
			t.Errorf("%s: %s", name, main(body))
			continue
		}
		code, _, body := c.post(at)
		if code != http.StatusUnprocessableEntity || !strings.Contains(main(body), bad.says) || strings.Contains(main(body), "tool.") || strings.Contains(body, "<b>\x00") {
			t.Errorf("%s: %d %s", name, code, main(body))
		}
	}
	if code, _, body := c.multi("/tools/link", part{"register", "a.mitra", register}, part{"a", "a.csv", newcomers(3)}, part{"spec", "a.toml", "link = 0.9\n"}); code != http.StatusUnprocessableEntity || !strings.Contains(body, "by which settings") {
		t.Errorf("with a spec: %d %s", code, main(body))
	}
	if code, _, body := c.multi("/tools/link", part{"register", "a.mitra", register}); code != http.StatusUnprocessableEntity {
		t.Errorf("a register alone: %d %s", code, main(body))
	}

	// Nothing can be kept of rows without names, nor where nothing was learned.
	for says, file := range map[string]string{"name of its own": "full_name,passport_no\nBudi,C1\nBudi,C1\n", "nothing to keep": "id,full_name\n1,Budi\n2,Budi\n"} {
		_, h, _ = c.multi("/tools/link", part{"a", "a.csv", file})
		if code, _, body := c.post(h.Get("Location"), "keep", "yes"); code != http.StatusUnprocessableEntity || !strings.Contains(main(body), says) || !strings.Contains(body, "checked") {
			t.Errorf("%s: %d %s", says, code, main(body))
		}
	}
}

// A register of two files has new records of either.
func TestLinkOntoARegisterOfTwo(t *testing.T) {
	x := newSite(t)
	c := x.as("liaison")
	_, h, _ := c.multi("/tools/link", part{"a", "satu.csv", duplicates(40)}, part{"b", "dua.csv", newcomers(20)})
	at := h.Get("Location")
	if code, _, body := c.post(at, "keep", "yes"); code != http.StatusSeeOther {
		t.Fatalf("%d %s", code, main(body))
	}
	_, _, register := c.get(at + "/register.mitra")
	late := strings.ReplaceAll(newcomers(30), "A59", "N0")
	_, h, _ = c.multi("/tools/link", part{"register", "r.mitra", register}, part{"a", "satu.csv", duplicates(40)}, part{"b", "dua.csv", late})
	at = h.Get("Location")
	if code, _, body := c.post(at); code != http.StatusSeeOther {
		t.Fatalf("%d %s", code, main(body))
	}
	wants(t, "after", c.page(at), []string{"48 records", "32 records", "11 records were new or changed"}, []string{"tool.", "CLUSTERS.csv"})
	if _, _, links := c.get(at + "/links.csv"); !strings.Contains(links, "A29,N29,") {
		t.Errorf("%s", links)
	}
}

// The page on which to judge a linkage leaves the desk as a file, has nobody in it, and is made once at a time.
func TestTuneALinkage(t *testing.T) {
	x := newSite(t)
	c := x.as("registry")
	file := strings.ReplaceAll(duplicates(60), ",remark\n", ",Label\n")
	_, h, _ := c.multi("/tools/link", part{"a", "daftar <b>.csv", file})
	at := h.Get("Location")
	if code, _, _ := c.post(at + "/tune"); code != http.StatusNotFound {
		t.Errorf("before it is linked: %d", code)
	}
	c.post(at, "id-a", "rec_id")
	has(t, c.page(at), `action="`+at+`/tune"`, `value="Label" selected`, `value="full_name"`)
	hasNot(t, c.page(at), `value="rec_id"`)
	code, h, body := c.post(at + "/tune")
	if code != http.StatusOK || h.Get("Content-Type") != "text/html; charset=utf-8" || h.Get("Content-Disposition") != `attachment; filename="linkage.html"` || h.Get("Content-Security-Policy") != web.Policy {
		t.Fatalf("%d %v %s", code, h, main(body))
	}
	wants(t, "the page", body, []string{"Can it be believed?", "daftar &lt;b&gt;.csv", "No column tells the truth", "<dd>72</dd>"}, []string{"daftar <b>", "Santoso", "C1000003", "1960-01-01"})
	// By a column that tells the truth, which is no evidence then.
	_, _, body = c.post(at+"/tune", "truth", "passport_no")
	wants(t, "with a truth", body, []string{"The column passport_no tells the truth of 72 records", "Stated and observed"}, []string{"C1000003"})
	for _, bad := range []string{"rec_id", "no such", "<b>"} {
		if code, _, _ := c.post(at+"/tune", "truth", bad); code != http.StatusBadRequest {
			t.Errorf("by %q: %d", bad, code)
		}
	}
	x.account("other", false, account.Registry)
	if code, _, _ := x.as("other").post(at + "/tune"); code != http.StatusNotFound {
		t.Errorf("another officer: %d", code)
	}
	used := 0
	for _, e := range x.events("tool-used") {
		if string(e.Data) == `{"tool":"link-tune"}` {
			used++
		}
	}
	if used != 2 {
		t.Errorf("%d events", used)
	}
	// Nothing but the truth is left to compare.
	_, h, _ = c.multi("/tools/link", part{"a", "a.csv", "id,passport_no\n1,C1\n2,C1\n3,C2\n"})
	at = h.Get("Location")
	c.post(at)
	if code, _, body := c.post(at+"/tune", "truth", "passport_no"); code != http.StatusUnprocessableEntity || !strings.Contains(body, `class="wrong"`) || !strings.Contains(body, `value="passport_no" selected`) || strings.Contains(body, "tool.") {
		t.Errorf("nothing is left: %d %s", code, main(body))
	}
	x.silent("Santoso", "C1000003", "daftar", "Label")
	if n := len(x.left()); n != 3 { // the file and the pairs and groups
		t.Errorf("files: %q", x.left())
	}
}

// A spec says what is compared when files are linked, explained and judged; one that cannot be used is left out, and the files stay.
func TestLinkByASpec(t *testing.T) {
	x := newSite(t)
	c := x.as("registry")
	file := duplicates(60)
	spec := "name = \"ours\"\n\n[[field]]\nname = \"holder\"\nkind = \"full_name\"\ncolumns = [\"full_name\"]\n\n[[field]]\nname = \"booklet\"\nkind = \"document\"\ncolumns = [\"passport_no\"]\n"
	_, h, body := c.multi("/tools/link", part{"a", "a.csv", file}, part{"spec", "our <b>.toml", spec})
	at := h.Get("Location")
	if at == "" {
		t.Fatalf("%s", main(body))
	}
	wants(t, "before", c.page(at), []string{"our &lt;b&gt;.toml", "booklet", "Link without them"}, []string{"Date of birth", "tool.", "our <b>"})
	for name, bad := range map[string]struct{ text, says string }{
		"an unknown key":    {strings.Replace(spec, "kind = \"document\"", "knid = \"document\"", 1), "(line 10)"},
		"no TOML":           {"name = 'x'\n<script>alert(1)</script>", "(line 2)"},
		"an unknown kind":   {strings.Replace(spec, `"document"`, `"magic"`, 1), "magic"},
		"too large":         {strings.Repeat("# much\n", 10_000), "larger than 64 KiB"},
		"nothing in common": {"[[field]]\nname = 'colour'\nkind = 'text'\n", "no column can be compared"},
		"no such register":  {"register = 'list'\n" + spec, "register"},
	} {
		for _, again := range []bool{false, true} {
			var code int
			var body string
			if again { // in place of the one that was there
				code, _, body = c.multi(at+"/spec", part{"spec", "bad.toml", bad.text})
				has(t, body, "our &lt;b&gt;.toml")
			} else {
				other := x.as("liaison")
				code, _, body = other.multi("/tools/link", part{"a", "theirs.csv", file}, part{"spec", "bad.toml", bad.text})
				wants(t, name, body, []string{"theirs.csv", "Date of birth"}, []string{"bad.toml"})
			}
			if code != http.StatusUnprocessableEntity || !strings.Contains(body, "These settings cannot be used.") || !strings.Contains(body, "Your files are kept") || !strings.Contains(body, bad.says) || strings.Contains(body, "<script>alert") || strings.Contains(body, "tool.") {
				t.Errorf("%s: %d %s", name, code, main(body))
			}
		}
	}
	// Files that are of no use without a spec are sent again with another.
	if code, _, body := c.multi("/tools/link", part{"a", "a.csv", "id\n1\n2\n"}, part{"spec", "bad.toml", "= ="}); code != http.StatusUnprocessableEntity || !strings.Contains(body, "These settings cannot be used.") || !strings.Contains(body, `name="a"`) {
		t.Errorf("neither can be used: %d %s", code, main(body))
	}
	if code, _, _ := c.multi("/tools/link", part{"a", "a.csv", file}, part{"spec", "a.toml", spec}, part{"spec", "b.toml", spec}); code != http.StatusBadRequest {
		t.Errorf("two: %d", code)
	}
	if code, _, _ := x.as("liaison").multi(at+"/spec", part{"spec", "a.toml", spec}); code != http.StatusNotFound {
		t.Errorf("another officer: %d", code)
	}
	// Left out, and put back.
	if code, _, _ := c.multi(at + "/spec"); code != http.StatusSeeOther {
		t.Errorf("left out: %d", code)
	}
	wants(t, "without", c.page(at), []string{"Date of birth"}, []string{"our &lt;b&gt;.toml"})
	if code, _, _ := c.multi(at+"/spec", part{"spec", "our.toml", spec}); code != http.StatusSeeOther {
		t.Errorf("put back: %d", code)
	}
	if code, h, body := c.post(at, "id-a", "rec_id"); code != http.StatusSeeOther || h.Get("Location") != at {
		t.Fatalf("%d %s", code, main(body))
	}
	wants(t, "linked", c.page(at), []string{"our.toml"}, []string{"tool."})
	_, _, links := c.get(at + "/links.csv")
	if strings.Count(links, ",B") != 12 {
		t.Errorf("%s", links)
	}
	_, _, body = c.post(at+"/explain", "left", "A0", "right", "B0")
	wants(t, "explained", body, []string{"booklet", "C1000003"}, []string{"tool.", "1960"})
	_, _, body = c.post(at + "/tune")
	wants(t, "judged", body, []string{"<dd>ours</dd>", "booklet"}, []string{"birth_date"})
	if code, h, _ := c.multi(at+"/spec", part{"spec", "a.toml", "= ="}); code != http.StatusSeeOther || h.Get("Location") != at {
		t.Errorf("when all is done: %d", code)
	}
	x.silent("Santoso", "our.toml", "booklet")
}

func TestExport(t *testing.T) {
	x := newSite(t)
	for _, who := range []string{"registry", "liaison", "analyst", "auditor", "administrator"} {
		if code, _, body := x.as(who).post("/status/export", "format", "csv"); code != http.StatusForbidden || strings.Contains(body, "resident_id") {
			t.Errorf("%s exports: %d", who, code)
		}
	}
	c := x.as("supervisor")
	wants(t, "the form", c.page("/status/export"), []string{"5 resident records", "resident_id", "ASK_SUPERVISOR"}, []string{"export.", `name="protection"`})
	for _, bad := range [][]string{nil, {"format", "exe"}} {
		if code, _, _ := c.post("/status/export", bad...); code != http.StatusBadRequest {
			t.Errorf("%q: %d", bad, code)
		}
	}
	if code, _, _ := c.post("/status/export", "format", "csv", "protection", "yes"); code != http.StatusForbidden {
		t.Errorf("protection without the right: %d", code)
	}
	if n := len(x.events("status.export")); n != 0 {
		t.Errorf("%d exports before the first", n)
	}
	// exported is what one has when another has agreed.
	exported := func(c *client, other string, pairs ...string) (int, http.Header, string) {
		return c.post("/status/export/" + x.agreed(other, c, "/status/export", append(pairs, "reason", "for the ministry")...))
	}
	if code, _, body := c.post("/status/export", "format", "xlsx"); code != http.StatusUnprocessableEntity || !strings.Contains(body, `value="xlsx" checked`) {
		t.Errorf("without a reason: %d", code)
	}
	waits := x.proposed(c.post("/status/export", "format", "csv", "reason", "for myself"))
	for who, c := range map[string]*client{"before another has agreed": c, "who has not asked": x.as("chief")} {
		if code, _, body := c.post("/status/export/" + waits); code < 400 || strings.Contains(body, "resident_id,") {
			t.Errorf("%s: %d", who, code)
		}
	}
	if code, _, _ := x.confirm("chief", waits); code != http.StatusSeeOther {
		t.Errorf("another agrees: %d", code)
	}
	_, h, csv := c.post("/status/export/" + waits)
	if !strings.Contains(h.Get("Content-Disposition"), ".csv") || !strings.HasPrefix(csv, "resident_id,identity,stay,work,origin,class,permit_id,permit_no,probability,reasons\n") || strings.Count(csv, "\n") != 6 ||
		!strings.Contains(csv, "K4,,,,,ASK_SUPERVISOR,,,,") || !strings.Contains(csv, "K1,") || strings.Contains(csv, "CHILD") || strings.Contains(csv, "EKO") || !strings.Contains(csv, "SYNTHETIC") {
		t.Errorf("%v\n%s", h, csv)
	}
	chief := x.as("chief")
	x.account("chief-2", true, account.Supervisor)
	wants(t, "the form of one who may", chief.page("/status/export"), []string{`name="protection"`}, nil)
	if _, _, csv := exported(chief, "supervisor", "format", "csv"); !strings.Contains(csv, "K4,,,,,ASK_SUPERVISOR") {
		t.Errorf("what was not asked for:\n%s", csv)
	}
	id := x.proposed(chief.post("/status/export", "format", "xlsx", "protection", "yes", "reason", "for the ministry"))
	if code, _, _ := x.confirm("supervisor", id); code != http.StatusForbidden {
		t.Errorf("who may not see protection agrees to its export: %d", code)
	}
	if code, _, _ := x.confirm("chief-2", id); code != http.StatusSeeOther {
		t.Errorf("who may see it agrees: %d", code)
	}
	_, h, book := chief.post("/status/export/" + id)
	f, err := excelize.OpenReader(strings.NewReader(book))
	if err != nil {
		t.Fatalf("%v: %v", h, err)
	}
	rows, err := f.GetRows(f.GetSheetName(0))
	must(t, err)
	if len(rows) != 6 || rows[0][0] != "resident_id" || !slices.ContainsFunc(rows, func(r []string) bool { return r[0] == "K4" && r[5] == "CHILD_FIRST" }) {
		t.Errorf("%q", rows)
	}
	if code, _, body := chief.post("/status/export/" + id); code != http.StatusConflict || strings.Contains(body, "\nK1,") {
		t.Errorf("a second time: %d", code)
	}
	events := x.events("status.export")
	if len(events) != 3 || events[0].Actor != "supervisor" || !strings.Contains(string(events[0].Data), `"with_protection":false`) || !strings.Contains(string(events[2].Data), `"with_protection":true`) || events[2].Purpose != "enquiry" {
		t.Errorf("events: %v", events)
	}
	if left := x.left(); len(left) > 0 {
		t.Errorf("files: %q", left)
	}
	if code, _, body := exported(chief, "supervisor", "format", "csv"); code != http.StatusTooManyRequests || strings.Contains(body, "\nK1,") {
		t.Errorf("one too many: %d", code)
	}
	if n := len(x.events("status.export")); n != 3 {
		t.Errorf("%d exports", n)
	}
	// What was agreed to is the picture of that run.
	id = x.proposed(c.post("/status/export", "format", "csv", "reason", "again"))
	_, err = status.Run{AsOf: asOf, Node: "KH", Actor: "clerk", Office: "headquarters", Now: time.Now}.Do(ctx, x.kh.n.DB)
	must(t, err)
	if code, _, _ := x.confirm("chief", id); code != http.StatusConflict {
		t.Errorf("there is another run: %d", code)
	}
}

func TestReportIsFetched(t *testing.T) {
	x := newSite(t)
	for _, who := range []string{"analyst", "chief"} {
		code, h, body := x.as(who).post("/status/report", "lang", "id")
		if code != http.StatusOK || !strings.Contains(h.Get("Content-Disposition"), "attachment") || !strings.Contains(body, `lang="id"`) || strings.Contains(body, "WATI") || strings.Contains(body, "CHILD_FIRST") {
			t.Errorf("%s: %d %v", who, code, h)
		}
	}
	if code, _, _ := x.as("analyst").post("/status/report", "lang", "xx"); code != http.StatusBadRequest {
		t.Errorf("no language: %d", code)
	}
	if n := len(x.events("status.report")); n != 2 {
		t.Errorf("%d events", n)
	}
}

func TestTheNode(t *testing.T) {
	x := newSite(t)
	c := x.as("administrator")
	wants(t, "before", c.page("/node"), []string{"Examine the node", "mitra backup FILE"}, []string{"node."})
	code, _, body := c.post("/node")
	if code != http.StatusOK {
		t.Fatalf("%d", code)
	}
	wants(t, "examined", body, []string{"every book verifies", "not being served", "not in order", "disk"}, []string{"node.", string(x.kh.n.Home)})
	if events := x.events("node-examined"); len(events) != 1 || events[0].Actor != "administrator" {
		t.Errorf("events: %v", events)
	}
	for _, who := range []string{"registry", "auditor", "chief"} {
		if code, _, _ := x.as(who).post("/node"); code != http.StatusForbidden {
			t.Errorf("%s: %d", who, code)
		}
	}
}

func TestVerifyRecordsToo(t *testing.T) {
	x := newSite(t)
	c := x.as("auditor")
	_, _, body := c.post("/journal/verify", "records", "yes")
	wants(t, "sound", body, []string{"Nothing was changed."}, []string{"journal.", `name="records"`})
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE record SET cells = REPLACE(cells, 'BUDI', 'BODI') WHERE key = 'K2'`)
		return err
	}))
	_, _, body = c.post("/journal/verify")
	wants(t, "the journal alone", body, []string{`name="records"`}, []string{"it was changed after"})
	_, _, body = c.post("/journal/verify", "records", "yes")
	wants(t, "a changed record", body, []string{"it was changed after it was imported"}, []string{"BODI", "BUDI"})
}

// lists are the ids of the lists that hold, the oldest first.
func (x *site) lists() (ids []string) {
	x.t.Helper()
	must(x.t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) (err error) {
		ids, err = registry.LiveBatches(tx)
		return err
	}))
	return ids
}

// A list is withdrawn by two officers, of whom one may see protection; then nobody in it is found, and all verifies.
func TestWithdrawAList(t *testing.T) {
	x := newSite(t)
	x.load(x.kh, registry.Residents, "id,full_name,sex,birth_date,nationality,passport_no,stay_until\nK1,WATI KELIRU,F,1990-05-17,IDN,X1234567,2020-01-01\nK9,HARTONO KELIRU,M,1970-01-01,IDN,Z9998887,2024-10-30\n")
	lists := x.lists()
	at, first := "/registers/list/"+lists[len(lists)-1], "/registers/list/"+lists[0]
	x.account("clerk2", false, account.Registry)
	registryPage := x.as("registry").page(at)
	wants(t, "the list", registryPage, []string{"residents.csv", "clerk, headquarters", "SHA-256", `name="reason"`}, []string{"withdraw.", "KELIRU"})
	wants(t, "for others", x.as("analyst").page(at), []string{"residents.csv"}, []string{`name="reason"`})
	wants(t, "an earlier one", x.as("registry").page(first), []string{"has to be withdrawn first"}, []string{`name="reason"`})
	wants(t, "status before", x.as("analyst").page("/status"), []string{"1 list has been loaded since"}, nil)

	if code, _, _ := x.as("registry").post(first+"/withdraw", "reason", "wrong"); code != http.StatusConflict {
		t.Errorf("an earlier one: %d", code)
	}
	if code, _, body := x.as("registry").post(at+"/withdraw", "reason", strings.Repeat("x", 501)); code != http.StatusUnprocessableEntity || !strings.Contains(body, strings.Repeat("x", 501)) {
		t.Errorf("a long reason: %d", code)
	}
	if code, _, _ := x.as("registry").post(at+"/agree", "restricted", "yes"); code != http.StatusForbidden {
		t.Errorf("agreed without the right: %d", code)
	}
	if code, _, _ := x.as("registry").post(at+"/withdraw", "reason", "the <b>wrong</b> file"); code != http.StatusSeeOther {
		t.Fatalf("asked: %d", code)
	}
	wants(t, "asked", x.as("registry").page(at), []string{"You have proposed this", "&lt;b&gt;wrong"}, []string{"<b>wrong", "/agree"})
	wants(t, "another clerk", x.as("clerk2").page(at), []string{"may see protection"}, []string{"/agree"})
	if code, _, _ := x.as("clerk2").post(at+"/agree", "restricted", "yes"); code != http.StatusForbidden {
		t.Errorf("agreed by one who may not: %d", code)
	}
	// Somebody in it is restricted, and nobody learns it but who may.
	entry := x.entry("K9")
	x.as("supervisor").post("/people/"+entry+"/restrict", "protection", "possible_victim", "reason", "a call")
	for _, who := range []string{"registry", "clerk2", "supervisor"} {
		wants(t, who, x.as(who).page(at), nil, []string{entry, "restricted who"})
	}
	chief := x.as("chief")
	wants(t, "who may", chief.page(at), []string{"1 person is restricted", "/people/" + entry, "/agree"}, []string{"KELIRU"})
	if code, _, _ := chief.post(at + "/agree"); code != http.StatusUnprocessableEntity {
		t.Errorf("agreed without a look: %d", code)
	}
	if n := len(x.events("import-withdrawn")); n != 0 {
		t.Errorf("%d withdrawn", n)
	}
	if code, h, _ := chief.post(at+"/agree", "restricted", "yes"); code != http.StatusSeeOther || h.Get("Location") != at {
		t.Errorf("agreed: %d", code)
	}
	if code, _, _ := chief.post(at+"/agree", "restricted", "yes"); code != http.StatusConflict {
		t.Errorf("once more: %d", code)
	}
	wants(t, "withdrawn", x.as("registry").page(at), []string{"Nothing of it counts", "agreed to by chief"}, []string{`name="reason"`, "/agree"})
	wants(t, "the lists", x.as("registry").page("/registers"), []string{"withdrawn"}, nil)
	_, _, body := x.as("liaison").post("/people", "who", "Hartono Keliru Z9998887")
	wants(t, "who came with it", body, nil, []string{entry, "Z9998887</"})
	_, _, body = x.as("liaison").post("/people", "who", "Wati Contoh X1234567")
	wants(t, "who was there before", body, []string{"WATI CONTOH"}, []string{"WATI KELIRU"})
	if code, _, _ := x.as("liaison").get("/people/" + entry); code != http.StatusNotFound {
		t.Errorf("the page of who came with it: %d", code)
	}
	if code, _, _ := x.as("auditor").get("/people/" + entry + "/lookers"); code != http.StatusOK {
		t.Errorf("who has looked at them: %d", code)
	}
	wants(t, "status after", x.as("analyst").page("/status"), nil, []string{"has been loaded since", "withdrawn since"})
	_, _, body = x.as("auditor").post("/journal/verify", "records", "yes")
	wants(t, "verified", body, []string{"Nothing was changed."}, nil)
	for kind, n := range map[string]int{"import-withdrawing": 1, "import-withdrawn": 1, "import-kept": 0} {
		if got := x.events(kind); len(got) != n || n > 0 && strings.Contains(string(got[0].Data), "wrong") {
			t.Errorf("%s: %v", kind, got)
		}
	}
	// Another is asked for, and kept after all.
	x.load(x.kh, registry.Permits, "id,full_name,permit_no\nP9,Somebody,WP9\n")
	lists = x.lists()
	at = "/registers/list/" + lists[len(lists)-1]
	x.as("registry").post(at+"/withdraw", "reason", "too early")
	if code, _, _ := x.as("supervisor").post(at + "/keep"); code != http.StatusSeeOther {
		t.Errorf("kept: %d", code)
	}
	if code, _, _ := x.as("supervisor").post(at + "/keep"); code != http.StatusConflict {
		t.Errorf("kept twice: %d", code)
	}
	wants(t, "kept", x.as("registry").page(at), []string{"kept after all", `name="reason"`}, nil)
	for _, path := range []string{"/registers/list/x", "/registers/list/" + store.NewID()} {
		if code, _, _ := x.as("registry").get(path); code != http.StatusNotFound {
			t.Errorf("%s: %d", path, code)
		}
	}
}

func TestAxesOfTwoRuns(t *testing.T) {
	x := newSite(t)
	x.as("registry").post("/status/run", "as_of", "2024-06-01")
	runs := x.as("chief").page("/status/runs")
	ids := []string{}
	for _, s := range strings.Split(runs, `name="a" value="`)[1:] {
		ids = append(ids, s[:36])
	}
	if len(ids) != 2 {
		t.Fatalf("%d runs", len(ids))
	}
	path := "/status/runs?a=" + ids[0] + "&b=" + ids[1]
	wants(t, "who may see protection", x.as("chief").page(path), []string{"Value", "documented"}, []string{"are compared for those"})
	wants(t, "who may not", x.as("analyst").page(path), []string{"are compared for those"}, nil)
}

// What the instruments say fits on a phone and on a desk.
func TestInstrumentsInABrowser(t *testing.T) {
	chromium(t)
	x := newSite(t)
	file := filepath.Join(t.TempDir(), "daftar.csv")
	must(t, os.WriteFile(file, []byte(duplicates(60)), 0o600))
	spec := filepath.Join(t.TempDir(), "settings.toml") // of no use, and said so
	must(t, os.WriteFile(spec, []byte("link = 0.9\nreveiw = 0.5\n"), 0o600))
	cid := x.ask(enquiry.Question{Person: wati(), Release: []string{"stay"}})
	_, proof, err := x.kh.n.Evidence(ctx, cid, "", "auditor", "headquarters", "auditor-2", func(*store.Tx) error { return nil })
	must(t, err)
	evidence := filepath.Join(t.TempDir(), "evidence.json")
	must(t, os.WriteFile(evidence, proof, 0o600))
	officer := x.as("chief")
	_, h, _ := officer.multi("/tools/link", part{"a", "daftar.csv", duplicates(60)})
	officer.post(h.Get("Location"), "ignore", "remark", "keep", "yes")
	_, _, register := officer.get(h.Get("Location") + "/register.mitra")
	kept, late := filepath.Join(t.TempDir(), "daftar.mitra"), filepath.Join(t.TempDir(), "baru.csv")
	must(t, os.WriteFile(kept, []byte(register), 0o600))
	must(t, os.WriteFile(late, []byte(newcomers(10)), 0o600))
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
		return registry.AskToWithdraw(tx, x.lists()[0], "the list of last year", "clerk", "headquarters")
	}))
	for _, width := range []int{360, 1440} {
		b := x.open(t, "en", width, true)
		shot := func(name string) {
			b.looks(name)
			b.shoot(fmt.Sprintf("result-%d-%s", width, name))
		}
		b.signIn("chief")
		b.to("/purpose")
		b.run(chromedp.Click(chromedp.CSS(`input[value=enquiry]`)))
		b.press(`main form button`)
		b.to("/tools/names")
		b.run(chromedp.SendKeys(chromedp.CSS(`input[name=a]`), "Haji Mohamad Soekarno bin Ahmad"), chromedp.SendKeys(chromedp.CSS(`input[name=b]`), "Muhammad Sukarno"))
		b.press(`main form button`)
		shot("names")
		b.to("/tools/zone")
		b.run(chromedp.SendKeys(chromedp.CSS(`textarea`), "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL8989O2C36UTO7408132F1204159ZE184226B<<<<<10"))
		b.press(`main form button`)
		shot("zone")
		b.to("/tools/evidence")
		b.run(chromedp.SetUploadFiles(chromedp.CSS(`input[name=file]`), []string{evidence}))
		b.press(`main form button`)
		shot("evidence")
		b.to("/tools/link")
		b.run(chromedp.SetUploadFiles(chromedp.CSS(`input[name=a]`), []string{file}), chromedp.SetUploadFiles(chromedp.CSS(`input[name=spec]`), []string{spec}))
		b.press(`main form button`)
		shot("link-before")
		b.run(chromedp.Click(chromedp.CSS(`input[name=keep]`)))
		b.press(`main form button`)
		shot("link-after")
		b.press(`main td form button`)
		shot("link-pair")
		b.to("/tools/link")
		b.run(chromedp.SetUploadFiles(chromedp.CSS(`input[name=register]`), []string{kept}), chromedp.SetUploadFiles(chromedp.CSS(`form[aria-labelledby=onto] input[name=a]`), []string{late}))
		b.press(`form[aria-labelledby=onto] button`)
		shot("onto-before")
		b.press(`main form button`)
		shot("onto-after")
		b.to("/registers/list/" + x.lists()[0])
		shot("list")
		b.to("/status/runs")
		b.to("/own")
		b.press(`.me button`)
		b.signIn("administrator")
		b.to("/node")
		b.press(`main form button`)
		shot("node")
	}
}

// Who is restricted among those whom a list brought is asked for with a purpose, and leaves an event.
func TestRestrictedOfAList(t *testing.T) {
	x := newSite(t)
	var batch string
	must(t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
		all, err := registry.Loaded(tx)
		batch = all[0].ID
		return err
	}))
	for _, by := range []string{"a", "b"} {
		_, err := x.kh.n.Restrict(ctx, x.kh.s.People, x.entry("K2"), rules.PossibleVictim, "", account.By{Actor: by})
		must(t, err)
	}
	path := "/registers/list/" + batch
	if code, _, body := x.as("registry").post(path+"/withdraw", "reason", "a test"); code != http.StatusSeeOther {
		t.Fatalf("%d %s", code, main(body))
	}
	c := x.nobody()
	c.post("/signin", "id", "chief", "password", password)
	if code, h, _ := c.get(path); code != http.StatusSeeOther || !strings.HasPrefix(h.Get("Location"), "/purpose") {
		t.Errorf("without a purpose: %d", code)
	}
	before := len(x.events("status.class"))
	has(t, x.as("chief").page(path), x.entry("K2"))
	if e := x.events("status.class"); len(e) != before+1 || e[before].Actor != "chief" || e[before].Purpose == "" || e[before].Subjects[0] != x.entry("K2") {
		t.Errorf("%+v", e)
	}
	hasNot(t, x.as("registry").page(path), x.entry("K2"))
}

// Who was restricted by several records is no longer when that is ended, though a list has been withdrawn that brought one of them: nobody
// could end it by that.
func TestLiftAfterWithdrawal(t *testing.T) {
	x := newSite(t)
	entry := x.entry("K1")
	permits := x.entryOf(registry.Permits, "P1")
	each := func(do func(by account.By) error) {
		t.Helper()
		for _, by := range []string{"a", "b"} {
			must(t, do(account.By{Actor: by, Office: "headquarters"}))
		}
	}
	held := func() (n int, err error) {
		must(t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
			of, err := registry.RestrictionsOf(tx, entry, permits)
			n = len(of)
			return err
		}))
		return n, x.kh.n.DB.Read(ctx, func(tx *store.Tx) error { return courier.Held(tx, []string{entry, permits}, nil) })
	}
	each(func(by account.By) error {
		_, err := x.kh.n.Restrict(ctx, x.kh.s.People, entry, rules.Claim, "", by)
		return err
	})
	var batch string
	must(t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
		b, err := registry.Brought(tx, permits)
		batch = b.ID
		return err
	}))
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error { return registry.AskToWithdraw(tx, batch, "a test", "a", "headquarters") }))
	must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error { return registry.Withdraw(tx, batch, "b", "headquarters") }))
	if n, err := held(); n != 2 || !errors.Is(err, courier.ErrNoContact) {
		t.Fatalf("%d records are restricted, %v", n, err)
	}
	each(func(by account.By) error {
		_, err := x.kh.n.Lift(ctx, x.kh.s.People, entry, by)
		return err
	})
	if n, err := held(); n != 0 || err != nil {
		t.Errorf("when it is ended %d records are restricted, %v", n, err)
	}
}
