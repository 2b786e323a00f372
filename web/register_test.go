package web_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"mitra/desk/account"
	"mitra/desk/registry"
	"mitra/store"
	"mitra/web"
	"mitra/web/locale"
)

// upload sends a file with the fields of a form before it.
func (c *client) upload(name string, file []byte, pairs ...string) (code int, h http.Header, body string) {
	c.x.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i+1 < len(pairs); i += 2 {
		must(c.x.t, m.WriteField(pairs[i], pairs[i+1]))
	}
	w, err := m.CreateFormFile("file", name)
	must(c.x.t, err)
	_, err = w.Write(file)
	must(c.x.t, err)
	must(c.x.t, m.Close())
	r, err := http.NewRequest("POST", c.x.server.URL+"/registers/load", &b)
	must(c.x.t, err)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return c.do(r)
}

// sent sends a file that can be looked at, and returns where.
func (c *client) sent(name, file string, pairs ...string) string {
	c.x.t.Helper()
	code, h, body := c.upload(name, []byte(file), pairs...)
	if code != http.StatusSeeOther || !strings.HasPrefix(h.Get("Location"), "/registers/load/") {
		c.x.t.Fatalf("%s: %d to %s %s", name, code, h.Get("Location"), main(body))
	}
	return h.Get("Location")
}

var selected = regexp.MustCompile(`(?s)<select name="(column-\d+)".*?</select>`)

// columns are the columns of a file as the page takes them, as a form sends them.
func columns(body string) (pairs []string) {
	for _, m := range selected.FindAllStringSubmatch(body, -1) {
		value := ""
		if v := regexp.MustCompile(`value="([a-z_]*)" selected`).FindStringSubmatch(m[0]); v != nil {
			value = v[1]
		}
		pairs = append(pairs, m[1], value)
	}
	return pairs
}

// left are the files in the folder of rejected rows.
func (x *site) left() (files []string) {
	x.t.Helper()
	must(x.t, filepath.WalkDir(x.kh.n.Home.Rejected(), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	}))
	return files
}

func TestRegisters(t *testing.T) {
	x := newSite(t)
	for _, who := range []string{"registry", "liaison", "supervisor", "analyst", "auditor", "administrator"} {
		body := x.as(who).page("/registers")
		wants(t, who, body, []string{"Residents", "Work permits", "residents.csv", ">5<", "clerk, headquarters"}, []string{"register.", "WATI", "EKO"})
		if has := strings.Contains(body, `href="/registers/load"`); has != (who == "registry") {
			t.Errorf("%s may load: %v", who, has)
		}
		if who != "registry" {
			if code, _, _ := x.as(who).upload("a.csv", []byte(residents), "noun", "residents"); code != http.StatusForbidden {
				t.Errorf("%s sends a file: %d", who, code)
			}
			if code, _, _ := x.as(who).get("/registers/load"); code != http.StatusForbidden {
				t.Errorf("%s loads: %d", who, code)
			}
		}
	}
	if i, j := strings.Index(x.as("registry").page("/registers"), "permits.csv"), strings.Index(x.as("registry").page("/registers"), "residents.csv"); i > j {
		t.Error("the newest list does not stand first")
	}
	for _, q := range []string{"x", "1.5", "9999999999999999999999"} {
		if code, _, _ := x.as("analyst").get("/registers?before=" + q); code != http.StatusNotFound {
			t.Errorf("before %s: %d", q, code)
		}
	}
	if body := x.as("analyst").page("/registers?before=2"); strings.Contains(body, "permits.csv") || !strings.Contains(body, "residents.csv") {
		t.Error("earlier lists:", main(body))
	}
	if left := x.left(); len(left) > 0 {
		t.Errorf("files: %q", left)
	}
}

const fresh = `Nama;Tgl Lahir;Paspor;Catatan
AYU BARU;1991-05-17;Y1234567;one
DEDI BARU;31/31/1991;Y1234568;"=HYPERLINK(""http://example.org"")"
"<i>TUTI</i> BARU";1993-02-11;Y1234569;
`

func TestLoadAList(t *testing.T) {
	x := newSite(t)
	c := x.as("registry")
	wants(t, "the form", c.page("/registers/load"), []string{`enctype="multipart/form-data"`, "256 MiB", "Choose"}, nil)
	before := len(x.events("import"))
	at := c.sent("daftar baru.csv", fresh, "noun", "residents", "source", "border")

	// It lies there for this officer alone, to be read by this user of the machine alone.
	left := x.left()
	if len(left) != 1 || filepath.Base(left[0]) != "daftar baru.csv" {
		t.Fatalf("files: %q", left)
	}
	for _, p := range []string{left[0], filepath.Dir(left[0])} {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v %v", p, info.Mode(), err)
		}
	}
	x.account("other", false, account.Registry)
	for _, who := range []string{"other", "chief"} {
		if code, _, body := x.as(who).get(at); code == http.StatusOK || strings.Contains(body, "daftar") {
			t.Errorf("%s sees it: %d", who, code)
		}
	}
	if code, _, _ := x.as("other").post(at, "do", "load", "column-1", "full_name"); code != http.StatusNotFound {
		t.Errorf("another officer loads it: %d", code)
	}
	if code, _, _ := x.as("other").post(at + "/discard"); code != http.StatusNotFound {
		t.Errorf("another officer discards it: %d", code)
	}

	// The page has columns and numbers, and nobody.
	body := c.page(at)
	wants(t, "before it is loaded", body, []string{"daftar baru.csv", "border", "Nama", "Tgl Lahir", "Catatan", "The file has 3 rows.", "1 of them would be set aside"}, []string{"register.", "AYU", "TUTI", "Y1234567", "HYPERLINK", "was loaded on"})
	if got := strings.Join(columns(body), " "); got != "column-1 full_name column-2 birth_date column-3 passport_no column-4 " {
		t.Errorf("columns: %q", got)
	}
	if len(x.events("import")) != before {
		t.Error("looking has loaded something")
	}

	// Bad forms load nothing and lose nothing.
	for _, bad := range [][]string{nil, {"column-1", "full_name"}, {"column-1", "permit_no", "column-2", "", "column-3", "", "column-4", ""}, {"column-1", "x'; DROP", "column-2", "", "column-3", "", "column-4", ""}} {
		if code, _, _ := c.post(at, append(bad, "do", "load")...); code != http.StatusBadRequest {
			t.Errorf("%q: %d", bad, code)
		}
	}
	for _, wrong := range []struct {
		columns []string
		says    string
	}{
		{[]string{"", "birth_date", "", ""}, "No column is taken for a name"},
		{[]string{"full_name", "", "", "full_name"}, "Two columns are taken for the same thing"},
		{[]string{"", "full_name", "birth_date", ""}, "No row of the file can be used"},
	} {
		form := []string{"do", "load"}
		for i, field := range wrong.columns {
			form = append(form, fmt.Sprintf("column-%d", i+1), field)
		}
		code, _, body := c.post(at, form...)
		if code != http.StatusUnprocessableEntity || !strings.Contains(body, wrong.says) || !slices.Equal(columns(body), form[2:]) {
			t.Errorf("%q: %d %s", wrong.columns, code, main(body))
		}
	}
	if _, _, body := c.post(at, "do", "look", "column-1", "surname", "column-2", "", "column-3", "passport_no", "column-4", ""); !strings.Contains(body, "0 of them would be set aside") || strings.Join(columns(body), " ") != "column-1 surname column-2  column-3 passport_no column-4 " {
		t.Errorf("looked at again: %s", main(body))
	}
	if len(x.events("import")) != before {
		t.Error("bad forms have loaded something")
	}

	good := []string{"do", "load", "column-1", "full_name", "column-2", "birth_date", "column-3", "passport_no", "column-4", ""}
	if code, h, body := c.post(at, good...); code != http.StatusSeeOther || h.Get("Location") != at {
		t.Fatalf("%d %s", code, main(body))
	}
	body = c.page(at)
	wants(t, "the report", body, []string{"The list is loaded", "<dd>3</dd>", "<dd>2</dd>", "/registers/rejected/", "Compute the status anew"}, []string{"register.", "--map", "AYU", "Nothing in it is new"})
	events := x.events("import")
	if last := events[len(events)-1]; len(events) != before+1 || last.Actor != "registry" || last.Office != "headquarters" {
		t.Errorf("the event: %+v", last)
	}
	x.entryNamed("AYU BARU")
	x.entryNamed("<i>TUTI</i> BARU")
	if n := len(x.left()); n != 2 { // rejected rows, of this and of the try that had no usable row
		t.Errorf("files: %q", x.left())
	}
	if code, h, _ := c.post(at, good...); code != http.StatusSeeOther || h.Get("Location") != at || len(x.events("import")) != before+1 {
		t.Errorf("loaded twice by one form: %d", code)
	}

	// The same file once more says nothing new, before and after.
	at = c.sent("daftar baru.csv", fresh, "noun", "residents", "source", "border")
	wants(t, "the same", c.page(at), []string{"This very file was loaded on", "by registry, headquarters"}, nil)
	c.post(at, good...)
	wants(t, "the same", c.page(at), []string{"Nothing in it is new", "<dd>0</dd>"}, []string{"Compute the status anew"})
	other := c.sent("daftar baru.csv", fresh, "noun", "residents", "source", "elsewhere")
	wants(t, "of another source", c.page(other), []string{"another source, border", "stand twice"}, []string{"is known already"})
	c.post(other + "/discard")
	wants(t, "the lists", c.page("/registers"), []string{"daftar baru.csv", "border", "registry, headquarters", ">fetch<"}, []string{"AYU"})
	if strings.Contains(x.as("analyst").page("/registers"), ">fetch<") {
		t.Error("an analyst is led to rejected rows")
	}
	if log := x.kh.log.String(); strings.Contains(log, "AYU") || strings.Contains(log, "daftar") || strings.Contains(log, "a page failed") {
		t.Errorf("the log: %s", log)
	}
}

// entryNamed makes sure that a resident has the name.
func (x *site) entryNamed(name string) {
	x.t.Helper()
	found := false
	must(x.t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
		return registry.Current(tx, registry.Residents, func(r *registry.Record) error {
			found = found || r.Get(registry.FullName) == name
			return nil
		})
	}))
	if !found {
		x.t.Errorf("nobody is called %s", name)
	}
}

func TestWrongFiles(t *testing.T) {
	x := newSite(t)
	c := x.as("registry")
	for name, bad := range map[string]struct {
		file  string
		pairs []string
		says  string
	}{
		"no noun":      {fresh, []string{"source", "border"}, "Choose what the file lists"},
		"another noun": {fresh, []string{"noun", "victims", "source", "border"}, "Choose what the file lists"},
		"empty":        {"", []string{"noun", "residents", "source", "border"}, "is empty"},
		"no table":     {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", []string{"noun", "residents", "source", "border"}, "not a table"},
		"no workbook":  {"PK\x03\x04 and no more", []string{"noun", "residents", "source", "border"}, `role="alert"`},
		"two names":    {"name,name\na,b\n", []string{"noun", "residents", "source", "border"}, "same name"},
		"the source":   {fresh, []string{"noun", "residents", "source", "a\nb"}, "cannot be the name of a source"},
	} {
		code, _, body := c.upload("list.csv", []byte(bad.file), bad.pairs...)
		if code != http.StatusUnprocessableEntity || !strings.Contains(body, bad.says) || !strings.Contains(body, `role="alert"`) {
			t.Errorf("%s: %d %s", name, code, main(body))
		}
		if name != "the source" && !strings.Contains(body, `value="border"`) || slices.Contains(bad.pairs, "residents") && !strings.Contains(body, `value="residents" selected`) {
			t.Errorf("%s: what was typed is lost: %s", name, main(body))
		}
		if left := x.left(); len(left) > 0 {
			t.Errorf("%s leaves %q", name, left)
		}
	}
	if code, _, body := c.post("/registers/load", "noun", "residents"); code != http.StatusUnprocessableEntity || !strings.Contains(body, "Choose a file") {
		t.Errorf("no file: %d", code)
	}
	if code, _, body := c.upload("", nil, "noun", "residents"); code != http.StatusUnprocessableEntity || !strings.Contains(body, "Choose a file") {
		t.Errorf("an empty file field: %d", code)
	}
	if code, _, _ := c.upload("a.csv", []byte(fresh), "noun", "residents", "source", strings.Repeat("a", 5000)); code != http.StatusBadRequest {
		t.Errorf("a long field: %d", code)
	}
	// Names of files are names and no more.
	for name, want := range map[string]string{`C:\Users\x\list.csv`: "list.csv", "../../../etc/passwd": "passwd", ".hidden": "hidden", "a\u202eb.csv": "ab.csv", strings.Repeat("ស", 200) + ".csv": strings.Repeat("ស", 40)} {
		at := c.sent(name, fresh, "noun", "residents")
		if left := x.left(); len(left) != 1 || filepath.Base(left[0]) != want || filepath.Dir(filepath.Dir(left[0])) != x.kh.n.Home.Rejected() {
			t.Errorf("%q stands as %q", name, left)
		}
		if code, h, _ := c.post(at + "/discard"); code != http.StatusSeeOther || h.Get("Location") != "/registers" || len(x.left()) > 0 {
			t.Errorf("%q discarded: %d %q", name, code, x.left())
		}
		if code, _, _ := c.get(at); code != http.StatusNotFound {
			t.Errorf("%q after it is discarded: %d", name, code)
		}
	}
	// A second file takes the place of the first; what a killed process left is gone at the next start.
	first := c.sent("first.csv", fresh, "noun", "residents")
	second := c.sent("second.csv", fresh, "noun", "residents")
	if code, _, _ := c.get(first); code != http.StatusNotFound || len(x.left()) != 1 {
		t.Errorf("two files lie there: %d %q", code, x.left())
	}
	c.page(second)
	if _, err := web.New(x.kh.s.Desk()); err != nil || len(x.left()) > 0 {
		t.Errorf("after a start: %v %q", err, x.left())
	}
	if n := len(x.events("import")); n != 2 {
		t.Errorf("%d imports", n)
	}
}

// A file that nobody could load is refused while it comes, and leaves nothing.
func TestTooLargeAFile(t *testing.T) {
	x := newSite(t)
	c := x.as("registry")
	body, w := io.Pipe()
	m := multipart.NewWriter(w)
	go func() {
		_ = m.WriteField("noun", "residents")
		f, err := m.CreateFormFile("file", "large.csv")
		for line := bytes.Repeat([]byte("a,b,c\n"), 100_000); err == nil; {
			_, err = f.Write(line)
		}
		w.CloseWithError(err)
	}()
	r, err := http.NewRequest("POST", x.server.URL+"/registers/load", body)
	must(t, err)
	r.Header.Set("Content-Type", m.FormDataContentType())
	res, err := c.h.Do(r)
	if err == nil {
		defer res.Body.Close()
		if res.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%d", res.StatusCode)
		}
	}
	if left := x.left(); len(left) > 0 {
		t.Errorf("it leaves %q", left)
	}
}

func TestLoadAWorkbook(t *testing.T) {
	x := newSite(t)
	f := excelize.NewFile()
	for i, row := range [][]any{{"name", "dob", "passport"}, {"AYU LEMBAR", "1991-05-17", "Y7654321"}} {
		must(t, f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row))
	}
	var b bytes.Buffer
	must(t, f.Write(&b))
	c := x.as("registry")
	at := c.sent("book.xlsx", b.String(), "noun", "residents", "source", "book")
	if code, _, body := c.post(at, append(columns(c.page(at)), "do", "load")...); code != http.StatusSeeOther {
		t.Fatalf("%d %s", code, main(body))
	}
	x.entryNamed("AYU LEMBAR")
}

// Whatever a column can be taken for has a name in every language.
func TestColumnsHaveNames(t *testing.T) {
	for _, lang := range locale.Langs() {
		c, err := locale.For(lang)
		must(t, err)
		for _, n := range registry.Nouns {
			for _, f := range n.Fields() {
				if _, err := c.Text("people.column." + f.String()); err != nil && f != registry.ID {
					t.Errorf("%s: %s", lang, f)
				}
			}
		}
	}
}

// A snapshot ends what it lacks, and says so before.
func TestLoadASnapshot(t *testing.T) {
	x := newSite(t)
	c := x.as("registry")
	rest := strings.Join(strings.SplitAfter(residents, "\n")[:3], "")
	at := c.sent("residents.csv", rest, "noun", "residents", "source", "residents", "snapshot", "yes")
	body := c.page(at)
	wants(t, "before", body, []string{"will have ended"}, nil)
	c.post(at, append(columns(body), "do", "load")...)
	wants(t, "after", c.page(at), []string{"whole register", "<dd>3</dd>"}, nil)
	must(t, x.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
		all, err := registry.Batches(tx)
		if b := all[len(all)-1]; !b.Snapshot || b.Counts.Ended != 3 || b.Counts.Unchanged != 2 {
			t.Errorf("%+v", b.Counts)
		}
		return err
	}))
}

// Whoever may be sought is told of with the likeness, and the event has them; so it is with alerts.
func TestLoadedAndSought(t *testing.T) {
	x := newSite(t)
	c := x.as("registry")
	at := c.sent("reports.csv", reports, "noun", "reports")
	c.post(at, append(columns(c.page(at)), "do", "load")...)
	k1 := x.entryOf(registry.Residents, "K1")
	wants(t, "sought", c.page(at), []string{"People sought who may be among them", `href="/people/` + k1 + `"`, "Residents K1", "Reports R1", "A likeness proves nothing", "%"}, []string{"register.", "WATI", "Wati", "not heard of"})
	events := x.events("sightings")
	if len(events) != 1 || !slices.Contains(events[0].Subjects, k1) || events[0].Actor != "registry" || events[0].Purpose != "enquiry" {
		t.Errorf("the event: %+v", events)
	}
	at = c.sent("alerts.csv", "id,full_name,birth_date,passport_no,kind,expires_on\nA1,Budi Contoh,1985-01-30,X7654321,missing,2099-01-01\nA2,Siti Misalnya,1992-07-07,X1112223,missing,2001-01-01\n", "noun", "alerts")
	c.post(at, append(columns(c.page(at)), "do", "load")...)
	k2 := x.entryOf(registry.Residents, "K2")
	wants(t, "alerts", c.page(at), []string{"Whom the alerts may concern", "1 alert was held", "1 has expired", `href="/people/` + k2 + `"`, "Residents K2", ">A1<"}, []string{"register.", "BUDI", "Budi"})
	// A list with nobody who is sought says so, and proves nothing.
	at = c.sent("more.csv", "name,dob,passport\nZULKARNAEN XAVERIUS,1950-12-31,Q9999990\n", "noun", "residents", "source", "more")
	c.post(at, append(columns(c.page(at)), "do", "load")...)
	wants(t, "nobody", c.page(at), []string{"That does not prove that nobody is"}, []string{"register."})
}

func TestRejectedRows(t *testing.T) {
	x := newSite(t)
	c := x.as("registry")
	at := c.sent("list.csv", fresh, "noun", "residents", "source", "border")
	c.post(at, append(columns(c.page(at)), "do", "load")...)
	m := regexp.MustCompile(`/registers/rejected/([0-9a-f-]{36})`).FindStringSubmatch(c.page(at))
	if m == nil {
		t.Fatal("nothing leads to the rejected rows")
	}
	code, h, body := c.get(m[0])
	if code != http.StatusOK || h.Get("Content-Type") != "text/csv; charset=utf-8" || h.Get("Content-Disposition") != `attachment; filename="rejected-`+m[1]+`.csv"` || h.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", code, h)
	}
	if !strings.Contains(body, "DEDI BARU") || strings.Contains(body, "AYU") || !strings.Contains(body, `'=HYPERLINK`) || !strings.Contains(body, "line,column,reason") {
		t.Errorf("the rows: %s", body)
	}
	events := x.events("import-rejected")
	if len(events) != 1 || events[0].Actor != "registry" || events[0].Purpose != "enquiry" || !strings.Contains(string(events[0].Data), m[1]) {
		t.Errorf("the event: %+v", events)
	}
	for _, who := range []string{"liaison", "chief", "analyst", "auditor", "administrator"} {
		if code, _, body := x.as(who).get(m[0]); code != http.StatusForbidden || strings.Contains(body, "DEDI") {
			t.Errorf("%s: %d", who, code)
		}
	}
	n := x.nobody()
	n.post("/signin", "id", "registry", "password", password)
	if code, h, _ := n.get(m[0]); code != http.StatusSeeOther || !strings.HasPrefix(h.Get("Location"), "/purpose") {
		t.Errorf("without a purpose: %d", code)
	}
	// Nothing but what the registry has put there.
	dir := x.kh.n.Home.Rejected()
	other := store.NewID()
	must(t, os.Symlink(x.kh.n.Home.Config(), filepath.Join(dir, other+".csv")))
	must(t, os.WriteFile(filepath.Join(dir, "secret.csv"), []byte("left by another"), 0o600))
	for _, id := range []string{other, store.NewID(), "secret", "..%2f..%2fmitra.toml", "..", strings.ToUpper(m[1]), m[1] + ".csv", "%00"} {
		if code, _, body := c.get("/registers/rejected/" + id); code == http.StatusOK || strings.Contains(body, "left by another") || strings.Contains(body, "country") && !strings.Contains(body, "<main") {
			t.Errorf("%s: %d %s", id, code, main(body))
		}
	}
	if n := len(x.events("import-rejected")); n != 1 {
		t.Errorf("%d events", n)
	}
	// A corrected file of rejected rows is a list again.
	at = c.sent("corrected.csv", strings.ReplaceAll(body, "31/31/1991", "1991-01-31"), "noun", "residents", "source", "border")
	c.post(at, append(columns(c.page(at)), "do", "load")...)
	wants(t, "corrected", c.page(at), []string{"The list is loaded"}, []string{"/registers/rejected/"})
	x.entryNamed("DEDI BARU")
}
