package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"mitra/desk/account"
	"mitra/desk/enquiry"
	"mitra/rules"
	"mitra/store"
)

// A browser is a real one, of a width, with or without scripts.
type browser struct {
	x       *site
	ctx     context.Context
	t       testing.TB
	scripts bool

	looked, each int // every how many pages axe reads one
}

// chromium is the path of the browser. Where there is none the test is left out; in CI there has to be.
func chromium(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("MITRA_TEST_BROWSER_REQUIRED") != "" {
		t.Fatal("no chromium")
	}
	t.Skip("no chromium is installed")
	return ""
}

// open opens a browser in a language.
func (x *site) open(t testing.TB, lang string, width int, scripts bool) *browser {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.UserDataDir(t.TempDir()), chromedp.Flag("lang", lang), chromedp.Flag("accept-lang", lang),
		chromedp.WindowSize(width, 1000))
	alloc, cancel := chromedp.NewExecAllocator(ctx, opts...)
	t.Cleanup(cancel)
	c, cancel2 := chromedp.NewContext(alloc)
	t.Cleanup(cancel2)
	b := &browser{x: x, ctx: c, t: t, scripts: scripts, each: 1}
	must(t, chromedp.Do(c)) // starts it, for as long as c
	b.run(chromedp.EmulateViewport(int64(width), 1000))
	b.may(scripts)
	return b
}

// may says whether pages may run scripts from now on.
func (b *browser) may(run bool) {
	b.t.Helper()
	b.run(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !run})
		return err
	}))
}

func (b *browser) run(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ask(b, chromedp.Steps(steps...))
}

// ask has the browser do something, within a minute: one that hangs fails at its line.
func ask[T any](b *browser, what chromedp.Action[T]) T {
	b.t.Helper()
	c, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	answer, err := chromedp.Run(c, what)
	must(b.t, err)
	return answer
}

// leave does something by which another page comes, and waits until it is there. It asks the page itself: an event that the browser
// does not send would be waited for without end.
func (b *browser) leave(what string, step chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	before := ask(b, chromedp.Evaluate[float64](`performance.timeOrigin`)) // each page has its own
	b.run(step)
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		c, cancel := context.WithTimeout(b.ctx, 10*time.Second)
		there, err := chromedp.Run(c, chromedp.Evaluate[float64](`document.readyState === "complete" ? performance.timeOrigin : 0`))
		cancel()
		if err == nil && there != 0 && there != before {
			return
		}
	}
	b.t.Fatalf("%s: no page comes", what)
}

// to goes to a page, and makes sure that it is there.
func (b *browser) to(path string) {
	b.t.Helper()
	b.leave(path, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.Navigate, page.NavigateParams{URL: b.x.server.URL + path})
		return err
	}))
	if status := ask(b, chromedp.Evaluate[int](`performance.getEntriesByType("navigation")[0].responseStatus`)); status != 200 {
		b.t.Fatalf("%s: %d", path, status)
	}
}

func (b *browser) text(sel string) string {
	b.t.Helper()
	return ask(b, chromedp.Text(chromedp.CSS(sel)))
}

// press presses a button or follows a link, and waits for the page that comes.
func (b *browser) press(sel string) {
	b.t.Helper()
	b.leave(sel, chromedp.Click(chromedp.CSS(sel)))
}

func (b *browser) signIn(id string) {
	b.t.Helper()
	b.to("/signin")
	b.run(chromedp.SendKeys(chromedp.CSS(`input[name=id]`), id), chromedp.SendKeys(chromedp.CSS(`input[name=password]`), password))
	b.press(`main form button`)
}

// looks checks what nobody has to read: the page is not wider than the window, and axe finds nothing serious.
func (b *browser) looks(path string) {
	b.t.Helper()
	if !b.scripts { // what is awaited below may never come where no script runs; the page is loaded by now
		b.may(true)
		defer b.may(false)
	}
	ask(b, chromedp.Evaluate[bool](`document.fonts.ready.then(() => true)`, chromedp.EvalAwaitPromise))
	wide := ask(b, chromedp.Evaluate[[]string](`document.documentElement.scrollWidth > document.documentElement.clientWidth + 1 ? [...document.querySelectorAll("main *, header *, nav *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll")).slice(0, 3).map(e => e.outerHTML.slice(0, 120)) : []`))
	if len(wide) > 0 {
		b.t.Errorf("%s is wider than the window: %q", path, wide)
	}
	axe := os.Getenv("MITRA_TEST_AXE")
	b.looked++
	if axe == "" || b.looked%b.each != 0 {
		return
	}
	code, err := os.ReadFile(axe)
	must(b.t, err)
	var found []struct {
		ID, Impact string
		Nodes      []struct{ HTML, FailureSummary string }
	}
	raw := ask(b, chromedp.Evaluate[string](string(code)+`; axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations))`, chromedp.EvalAwaitPromise))
	must(b.t, json.Unmarshal([]byte(raw), &found))
	for _, f := range found {
		if f.Impact == "serious" || f.Impact == "critical" {
			b.t.Errorf("%s: %s (%s): %s %s", path, f.ID, f.Impact, f.Nodes[0].HTML, f.Nodes[0].FailureSummary)
		}
	}
}

// shoot keeps a picture of a page where MITRA_TEST_PICTURES says.
func (b *browser) shoot(name string) {
	dir := os.Getenv("MITRA_TEST_PICTURES")
	if dir == "" {
		return
	}
	b.t.Helper()
	must(b.t, os.MkdirAll(dir, 0o755))
	must(b.t, os.WriteFile(filepath.Join(dir, name+".png"), ask(b, chromedp.FullScreenshot(100)), 0o644))
}

// Whom a role's pages are tried as, and where its day leads.
func (x *site) journeys() map[string][]string {
	x.token("liaison", account.SeePeople, account.SeeEnquiries)
	cid := x.ask(enquiry.Question{Person: wati(), Release: []string{"stay", "stay_until"}})
	entry := x.entry("K1")
	x.doubts()
	list := x.lists()[0]
	handed := x.handOver("supervisor", "K2")
	for _, r := range []struct{ id, by, reason string }{{"K4", "chief", ""}, {"K4", "liaison", ""}, {"K3", "supervisor", "statement of 12 March"}} {
		_, err := x.kh.n.Restrict(ctx, x.kh.s.People, x.entry(r.id), rules.PossibleVictim, r.reason, account.By{Actor: r.by, Office: "headquarters"})
		must(x.t, err)
	}
	return map[string][]string{
		"liaison":       {"/", "/people", "/people/" + entry, "/enquiries", "/enquiries/sent", "/enquiries/" + cid, "/enquiries/new", "/enquiries/new?purpose=" + x.purpose("nationality") + "&subject=" + entry, "/partner", "/partner/agreement", "/help", "/own", "/own/tokens", "/purpose"},
		"guest":         {"/", "/referred", "/referred/" + handed, "/help"},
		"chief":         {"/people/" + entry, "/people/restricted", "/enquiries/protected", "/enquiries/new?purpose=" + x.purpose("referral"), "/status", "/status/export"},
		"registry":      {"/registers", "/registers/load", "/registers/list/" + list, "/tools", "/tools/names", "/tools/zone", "/tools/evidence", "/tools/link", "/status", "/status/runs", "/status/rules", "/status/class/NO_PERMIT_FOUND", "/review", x.pair("day"), "/review/second", "/review/decided"},
		"supervisor":    {"/people/" + x.entry("K2"), "/people/" + entry + "/refer", "/referred/sent", "/referred/sent/" + handed, "/second", "/second/" + x.suspend(x.as("administrator"), "The partner's node is under repair."), "/second/" + x.peerProposed()},
		"auditor":       {"/journal", "/journal/books", "/journal/evidence", "/people/" + entry + "/lookers", "/people/lookers", "/accounts", "/accounts/rights"},
		"administrator": {"/offices", "/accounts", "/accounts/tokens", "/accounts/new", "/accounts/liaison", "/", "/second", "/partner", "/partner/add", "/partner/draft", "/partner/document", "/partner/carry", "/partner/state?peer=ID", "/node"},
	}
}

// entry is the registry's entry of a resident.
func (x *site) entry(id string) string {
	x.t.Helper()
	r, err := x.kh.n.RecordOf(ctx, "residents", id)
	must(x.t, err)
	return r.Entry
}

// Each role's pages in a real browser, in each language, on a phone and on a desk: they are there, they fit, and they can be read
// by whoever cannot see them.
func TestPagesInABrowser(t *testing.T) {
	chromium(t)
	x := newSite(t)
	journeys := x.journeys()
	for _, lang := range []string{"en", "id", "km"} {
		for _, width := range []int{360, 1440} {
			if (width == 360) == (lang == "en") && os.Getenv("MITRA_EVERY") == "" {
				continue // .ci/long desk tries them all
			}
			t.Run(fmt.Sprintf("%s-%d", lang, width), func(t *testing.T) {
				b := x.open(t, lang, width, true)
				if os.Getenv("MITRA_EVERY") == "" { // each page in one of the three
					b.each, b.looked = 3, slices.Index([]string{"en", "id", "km"}, lang)
				}
				b.to("/signin")
				b.looks("/signin")
				for _, role := range slices.Sorted(maps.Keys(journeys)) {
					paths := journeys[role]
					must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
						return account.SetLang(tx, role, lang, account.By{Actor: role})
					}))
					b.signIn(role)
					b.to("/purpose")
					b.run(chromedp.Click(chromedp.CSS(`main input[name=purpose]`)))
					b.press(`main form button`)
					for _, path := range paths {
						b.to(path)
						b.looks(path)
						name, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "?")
						b.shoot(fmt.Sprintf("%s-%d-%s-%s", lang, width, role, strings.ReplaceAll(name, "/", "_")))
					}
					b.press(`.me button`)
				}
			})
		}
	}
	if log := x.kh.log.String(); strings.Contains(log, "a text is missing") {
		t.Errorf("the log: %s", log)
	}
}

// An officer answers what the partner asks, with the keyboard alone or without any script; what they print is one page after another.
func TestAnsweringInABrowser(t *testing.T) {
	chromium(t)
	x := newSite(t)
	for i, scripts := range []bool{true, false} {
		cid := x.ask(enquiry.Question{Person: wati(), Release: []string{"stay", "stay_until"}, Case: fmt.Sprint("J-", i)})
		b := x.open(t, "en", 1440, scripts)
		b.signIn("liaison")
		b.press(`a[href="/enquiries/` + cid + `"]`)
		b.run(chromedp.Click(chromedp.CSS(`input[value=enquiry]`))) // what for?
		b.press(`main form button`)
		if got := b.text("main"); !strings.Contains(got, "X1234567") {
			t.Fatalf("the enquiry: %s", got)
		}
		pdf := ask(b, func(ctx context.Context, t *chromedp.Target) (page.PrintToPDFResult, error) {
			return cdp.Call(ctx, t, page.PrintToPDF, page.PrintToPDFParams{})
		})
		if len(pdf.Data) < 1000 {
			t.Error("it cannot be printed")
		}
		b.run(chromedp.Click(chromedp.CSS(`input[type=checkbox][value=stay]`)))
		b.press(`form[action$="/answer"] button`)
		if got := b.text("main"); !strings.Contains(got, "stay") {
			t.Fatalf("before it is sent: %s", got)
		}
		b.press(`form[action$="/answer"] button`)
		x.pass(time.Minute)
		v, err := x.id.s.Enquiries.Show(ctx, cid, enquiry.Officer{Name: "asker"})
		must(t, err)
		if v.Ending != "release" || v.Words == nil || v.Words.Record["stay"] != "valid" || len(v.Words.Record) != 1 {
			t.Errorf("what has left: %+v", v.Words)
		}
	}
}

// An officer decides on doubtful matches by the keyboard alone, or without any script, and undoes it.
func TestDecidingInABrowser(t *testing.T) {
	chromium(t)
	x := newSite(t)
	x.doubts()
	near := x.pair("near")
	for _, scripts := range []bool{true, false} {
		b := x.open(t, "en", 1440, scripts)
		b.signIn("registry")
		b.to("/purpose")
		b.run(chromedp.Click(chromedp.CSS(`input[value=status]`)))
		b.press(`main form button`)
		b.to(near)
		// keys types a letter, which goes to a button and presses nothing, and then Enter, which presses it.
		keys := func(letter string) {
			t.Helper()
			b.run(chromedp.KeyEvent(letter))
			if is := ask(b, chromedp.Evaluate[string](`document.activeElement.dataset.key || ""`)); is != letter {
				t.Fatalf("%s goes to %q", letter, is)
			}
			b.leave(letter, chromedp.KeyEvent("\r"))
		}
		if scripts {
			keys("s")
		} else {
			b.press(`button[value=same]`)
		}
		if got := b.text("main"); !strings.Contains(got, "Kept: the same person.") || strings.Contains(got, "Q1") {
			t.Fatalf("decided: %s", got)
		}
		if scripts {
			keys("u")
		} else {
			b.press(`.told button`)
		}
		if got := b.text("main"); !strings.Contains(got, "Undone.") || !strings.Contains(got, "Q1") {
			t.Fatalf("undone: %s", got)
		}
	}
}

// Nobody's pages fit, too.
func TestSignInInABrowser(t *testing.T) {
	chromium(t)
	x := newSite(t)
	for _, width := range []int{360, 1440} {
		b := x.open(t, "en", width, true)
		b.to("/signin")
		b.looks("/signin")
		b.signIn("analyst")
		b.looks("/")
		b.shoot(fmt.Sprint("home-", width))
	}
}
