package web_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"mitra/desk/account"
	"mitra/desk/registry"
	"mitra/desk/status"
)

// doubts adds to the registers people whom linkage is not sure of, and computes the status: near is likely the holder of Q1, day is
// of Q2 though the dates of birth differ, young is of Q3 and a child, and even is of Q4, but hardly more than another.
func (x *site) doubts() {
	x.t.Helper()
	residents, permits := &strings.Builder{}, &strings.Builder{}
	residents.WriteString("id,full_name,sex,birth_date,passport_no,entry_date,stay_until,visa_class\n")
	permits.WriteString("id,full_name,sex,birth_date,passport_no,permit_no,valid_from,valid_until\n")
	for i, name := range []string{"Agus Wijaya", "Dewi Lestari", "Joko Prasetyo", "Rina Kusumawati", "Hendra Gunawan", "Yuni Astuti", "Bambang Hermanto", "Fitri Handayani", "Wahyu Nugroho", "Lina Marlina"} {
		sex, born := string("MF"[i%2]), fmt.Sprintf("%d-%02d-%02d", 1975+2*i, 1+i, 3+2*i)
		fmt.Fprintf(residents, "F%d,%s,%s,%s,C100000%d,2022-01-01,2025-01-01,EB\n", i, name, sex, born, i)
		fmt.Fprintf(permits, "G%d,%s,%s,%s,C100000%d,W%d,2024-01-01,2024-12-31\n", i, name, sex, born, i, i)
	}
	residents.WriteString(`near,Kartika Anggraini,F,1981-03-13,D0000001,2022-01-01,2025-01-01,EB
far,Kartika Anggraeni,F,1981-03-13,D0000002,2022-01-01,2025-01-01,EB
far2,Kartika Anggraeny,F,1981-03-13,D0000012,2022-01-01,2025-01-01,EB
even,Bayu Ardiansyah,M,1977-11-30,D0000003,2022-01-01,2025-01-01,EB
odd,Bayu Ardiansyah,,1977-11-30,D0000004,2022-01-01,2025-01-01,EB
day,"Indra <i>Lesmana</i>",M,1984-05-06,D0000007,2022-01-01,2024-02-01,EB
days,"Indra <i>Lesmono</i>",M,1984-05-06,D0000008,2022-01-01,2025-01-01,EB
young,Maya Puspita,F,2009-06-01,D0000009,2022-01-01,2025-01-01,EB
younger,Maya Puspito,F,2009-06-01,D0000010,2022-01-01,2025-01-01,EB
`)
	permits.WriteString(`qnear,KARTIKA ANGGRAINI,F,1981-03-13,,Q1,2024-01-01,2024-12-31
qday,"INDRA <I>LESMANA</I>",M,1984-05-05,,Q2,2024-01-01,2024-12-31
qyoung,MAYA PUSPITA,F,2009-06-01,,Q3,2024-01-01,2024-12-31
qeven,BAYU ARDIANSYAH,M,1977-11-30,,Q4,2024-01-01,2024-12-31
`)
	x.load(x.kh, registry.Residents, residents.String())
	x.load(x.kh, registry.Permits, permits.String())
	_, err := status.Run{AsOf: asOf, Node: "KH", Actor: "clerk", Office: "headquarters", Now: time.Now}.Do(ctx, x.kh.n.DB)
	must(x.t, err)
}

// pair is the address of a resident's doubtful pair.
func (x *site) pair(resident string) string {
	x.t.Helper()
	r, err := x.kh.n.RecordOf(ctx, registry.Permits, "q"+resident)
	must(x.t, err)
	return "/review/" + r.Entry + "/" + x.entry(resident)
}

// formOf are the hidden values of the form of a pair.
func formOf(body string) (pairs []string) {
	_, form, _ := strings.Cut(body, `class="card">`)
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([a-z_]+)" value="([^"]*)">`).FindAllStringSubmatch(form, -1) {
		pairs = append(pairs, m[1], m[2])
	}
	return pairs
}

func TestDoubtfulMatchesAreDecided(t *testing.T) {
	x := newSite(t)
	x.doubts()
	clerk, chief := x.as("registry"), x.as("chief")
	near, day, even, young := x.pair("near"), x.pair("day"), x.pair("even"), x.pair("young")
	queue := main(clerk.page("/review"))
	for _, want := range []string{"Kartika Anggraini", "permit Q1", "Indra &lt;i&gt;Lesmana&lt;/i&gt;", "Date of birth", "Open (3)", near, day, even} {
		if !strings.Contains(queue, want) {
			t.Errorf("the queue has no %q", want)
		}
	}
	if strings.Contains(queue, "Maya") || strings.Contains(queue, young) || !strings.Contains(main(chief.page("/review")), "Maya Puspita") {
		t.Error("the child is shown to whoever may not see protection, or not to whoever may")
	}
	if strings.Index(queue, day) > strings.Index(queue, near) {
		t.Error("whose stay has run out does not come first")
	}
	if home := main(clerk.page("/")); !strings.Contains(home, "3 doubtful matches wait") {
		t.Errorf("home: %s", home)
	}
	if code, _, _ := clerk.get(young); code != http.StatusNotFound {
		t.Errorf("the child's pair: %d", code)
	}

	// One pair: the letters that differ are marked, the picture has its words and its table, and opening it is one event.
	before := len(x.events("review.opened"))
	page := clerk.page(day)
	for _, want := range []string{"Indra &lt;i&gt;Lesmana", "<mark>", `role="img"`, "<desc", "Before any comparison", "takes a second officer", "the dates of birth differ", `data-key="s"`, "Who else it may be", "sha256:"} {
		if !strings.Contains(page, want) {
			t.Errorf("the pair has no %q", want)
		}
	}
	opened := x.events("review.opened")
	if e := opened[len(opened)-1]; len(opened) != before+1 || e.Purpose != "enquiry" || e.Actor != "registry" || len(e.Subjects) < 2 || !strings.Contains(day, e.Subjects[0]) || !strings.Contains(day, e.Subjects[1]) {
		t.Errorf("the events of an opening: %+v", opened[before:])
	}

	// A decision leads to the next pair, where it can be undone.
	form := formOf(clerk.page(near))
	code, h, _ := clerk.post(near, append(form, "act", "same")...)
	next := h.Get("Location")
	if code != http.StatusSeeOther || !strings.HasPrefix(next, "/review/") || next == near {
		t.Fatalf("decided: %d to %s", code, next)
	}
	page = clerk.page(next)
	if !strings.Contains(page, "Kept: the same person.") || !strings.Contains(page, `action="`+near+`"`) {
		t.Errorf("after a decision: %s", main(page))
	}
	if queue := main(clerk.page("/review")); strings.Contains(queue, near) || !strings.Contains(queue, "Open (2)") {
		t.Error("decided, and still in the queue")
	}
	// Another who had it open sees what was decided; what they typed is still there.
	code, _, page = chief.post(near, append(form, "act", "different", "reason", "I <saw> them")...)
	if code != http.StatusConflict || !strings.Contains(page, "Another officer was faster") || !strings.Contains(page, "registry has decided: The same person") || !strings.Contains(page, "I &lt;saw&gt; them") {
		t.Errorf("two at once: %d %s", code, main(page))
	}
	decided := main(clerk.page("/review/decided"))
	if !strings.Contains(decided, "Kartika Anggraini") || !strings.Contains(decided, `value="undo"`) {
		t.Errorf("decided: %s", decided)
	}
	if code, h, _ := clerk.post(near, "act", "undo", "seen", "1"); code != http.StatusSeeOther || h.Get("Location") != near {
		t.Errorf("undo: %d to %s", code, h.Get("Location"))
	}
	if page := clerk.page(near); !strings.Contains(page, "Undone.") || !strings.Contains(page, "What officers have said") {
		t.Errorf("undone: %s", main(page))
	}

	// High stakes: a reason, and another person.
	form = formOf(clerk.page(day))
	if code, _, page := clerk.post(day, append(form, "act", "same")...); code != http.StatusUnprocessableEntity || !strings.Contains(page, "Please write a reason") {
		t.Errorf("without a reason: %d", code)
	}
	if code, _, _ := clerk.post(day, append(form, "act", "same", "reason", "the passport was shown")...); code != http.StatusSeeOther {
		t.Errorf("with a reason: %d", code)
	}
	if page := main(clerk.page(day)); strings.Contains(page, `value="agree"`) || !strings.Contains(page, "You can take it back") {
		t.Errorf("the first officer: %s", page)
	}
	if page := main(clerk.page("/review/second")); strings.Contains(page, day) {
		t.Errorf("for the first: %s", page)
	}
	if page := main(chief.page("/review/second")); !strings.Contains(page, day) || !strings.Contains(main(chief.page("/")), "waits for a second officer") {
		t.Errorf("for the second: %s", page)
	}
	form = formOf(chief.page(day))
	if code, _, _ := chief.post(day, append(form, "act", "agree")...); code != http.StatusSeeOther {
		t.Errorf("agreed: %d", code)
	}
	_, err := status.Run{AsOf: asOf, Node: "KH", Actor: "clerk", Office: "headquarters", Now: time.Now}.Do(ctx, x.kh.n.DB)
	must(t, err)
	if page := main(x.as("registry").page("/people/" + x.entry("day"))); !strings.Contains(page, "registry, headquarters, decided that it is this person") || !strings.Contains(page, "chief agreed") ||
		!strings.Contains(page, "An officer decided that permit Q2") {
		t.Errorf("the person's page: %s", page)
	}

	// Garbage and what is somebody else's.
	for _, path := range []string{"/review/x/y", "/review/" + x.entry("near") + "/" + x.entry("far"), strings.ToUpper(near)} {
		for _, method := range []string{"GET", "POST"} {
			if code, _, _ := clerk.send(method, path); code != http.StatusNotFound {
				t.Errorf("%s %s: %d", method, path, code)
			}
		}
	}
	for _, path := range []string{"/review?after=x", "/review/decided?before=x"} {
		if code, _, _ := clerk.get(path); code != http.StatusNotFound {
			t.Errorf("%s: %d", path, code)
		}
	}
	form = formOf(clerk.page(even))
	for _, bad := range [][]string{{"act", "maybe"}, {}, {"act", "agree"}, {"act", "same", "reason", strings.Repeat("a", 501)}, {"act", "same", "reason", "a\x00"}} {
		if code, _, page := clerk.post(even, append(form, bad...)...); code != http.StatusUnprocessableEntity || !strings.Contains(page, `role="alert"`) {
			t.Errorf("%.30q: %d", bad, code)
		}
	}
	for _, bad := range [][]string{{"seen", "x"}, {"seen", "99999999999999999999"}, {"seen", "7"}} {
		if code, _, page := clerk.post(even, append(bad, "act", "different")...); code != http.StatusConflict || !strings.Contains(page, "faster") {
			t.Errorf("%q: %d", bad, code)
		}
	}
	if log := x.kh.log.String(); strings.Contains(log, "a text is missing") || strings.Contains(log, "Kartika") || strings.Contains(log, "a page failed") {
		t.Errorf("the log: %s", log)
	}
}

// Everything that may be said of a pair in each language has its words.
func TestReviewInEachLanguage(t *testing.T) {
	x := newSite(t)
	x.doubts()
	for _, lang := range []string{"id", "km"} {
		c := x.nobody()
		x.account("r-"+lang, true, account.Registry)
		c.post("/signin", "id", "r-"+lang, "password", password)
		c.post("/purpose", "purpose", "status")
		c.post("/lang", "lang", lang)
		for _, path := range []string{"/review", "/review/second", "/review/decided", x.pair("day"), x.pair("even"), x.pair("young")} {
			if page := main(c.page(path)); strings.Contains(page, "review.") || strings.Contains(page, "Decide") {
				t.Errorf("%s in %s: %s", path, lang, page)
			}
		}
	}
	if log := x.kh.log.String(); strings.Contains(log, "a text is missing") {
		t.Errorf("the log: %s", log)
	}
}
