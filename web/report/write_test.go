package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mitra/web/locale"
)

var pages = flag.String("pages", "", "folder into which the sample pages are written")

func written(t testing.TB, s Status) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestSameViewSameBytes also writes the samples to -pages, for a look at them in
// a browser.
func TestSameViewSameBytes(t *testing.T) {
	for _, lang := range locale.Langs() {
		page := written(t, sample(t, lang))
		if again := written(t, sample(t, lang)); again != page {
			t.Errorf("%s: the same view gave another page", lang)
		}
		if *pages != "" {
			if err := os.WriteFile(filepath.Join(*pages, "sample."+lang+".html"), []byte(page), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// elements reads the page, whose HTML is also well-formed XML, and
// calls f for each element.
func elements(t *testing.T, page string, f func(xml.StartElement)) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict = true
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("the page is not well formed: %v", err)
		}
		if e, ok := tok.(xml.StartElement); ok {
			f(e)
		}
	}
}

// views are a full page and the emptiest ones, in each language.
func views(t *testing.T) map[string]Status {
	out := map[string]Status{}
	for _, lang := range locale.Langs() {
		full := sample(t, lang)
		out["full "+lang] = full
		open := full
		open.ShowProtected = true
		out["protected shown "+lang] = open
		direct := full
		direct.Routes = nil
		out["without routes "+lang] = direct
		out["nothing "+lang] = Status{Lang: lang}
		out["imported "+lang] = Status{Lang: lang, Residents: 12, AsOf: "2024-03-13", Imports: full.Imports[:1]}
		out["determined "+lang] = Status{Lang: lang, Residents: 1, Permits: 1, Matched: 1, AsOf: "2024-03-13",
			Classes: []ClassCount{{Class: "REGULAR_HOST", Title: "x", N: 1}}}
	}
	return out
}

func TestEveryViewIsWholeInItself(t *testing.T) {
	for name, s := range views(t) {
		page := written(t, s)
		seen := map[string]bool{}
		policy := false
		elements(t, page, func(e xml.StartElement) {
			switch e.Name.Local {
			case "script", "link", "img", "iframe", "object", "embed", "base", "form", "image":
				t.Errorf("%s: element %s", name, e.Name.Local)
			}
			for _, a := range e.Attr {
				switch key := strings.ToLower(a.Name.Local); {
				case key == "id":
					if seen[a.Value] {
						t.Errorf("%s: id %s stands twice", name, a.Value)
					}
					seen[a.Value] = true
				case strings.HasPrefix(key, "on"), key == "src", key == "href":
					t.Errorf("%s: attribute %s", name, key)
				case key == "content" && strings.HasPrefix(a.Value, "default-src"):
					policy = a.Value == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
				}
			}
		})
		if !policy {
			t.Errorf("%s: the content security policy is missing", name)
		}
		if strings.Contains(page, "://") || strings.Contains(page, "@import") || strings.Contains(page, "ZgotmplZ") {
			t.Errorf("%s: the page names an address or holds refused text", name)
		}
		if c, err := locale.For(s.Lang); err != nil || !strings.Contains(page, `<html lang="`+c.Lang+`">`) {
			t.Errorf("%s: not marked as its language (%v)", name, err)
		}
	}
}

func TestWhatMustStand(t *testing.T) {
	page := written(t, sample(t, "en"))
	for _, want := range []string{
		"73,000", "the classes add up to 73,000", "Computed.",
		"Nobody may be fined, detained, removed or refused because of this page.",
		"A permit does not prove that a person is safe.", "No permit found does not prove that there is none.",
		"does not mean that there is none", "about 413 of these records",
		"57,103 are linked to a resident, 731 wait for an officer, 473 are linked to nobody", "99.87%",
		"How near the truth", "99.92%", "Ask a supervisor", "2,265", "status-kh, version 1",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(page, "not yet been reviewed") {
		t.Error("the English page says that it is not reviewed")
	}
}

func TestUnreviewedLanguagesSaySo(t *testing.T) {
	for _, lang := range []string{"id", "km"} {
		for _, s := range []Status{sample(t, lang), {Lang: lang}} {
			if page := written(t, s); !strings.Contains(page, `class="unreviewed"`) || !strings.Contains(page, "Not yet reviewed by a speaker") {
				t.Errorf("%s: no mark that no speaker has reviewed the page", lang)
			}
		}
	}
}

func TestSyntheticPagesSaySoOnScreenAndPaper(t *testing.T) {
	for _, lang := range locale.Langs() {
		s := sample(t, lang)
		page := written(t, s)
		for what, want := range map[string]string{
			"banner": `<div class="synthetic"`, "watermark": `<div class="watermark" aria-hidden="true">SYNTHETIC</div>`,
			"title": "<title>SYNTHETIC", "running head": `@top-right { content: "SYNTHETIC`,
		} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: no %s", lang, want+" ("+what+")")
			}
		}
		s.Synthetic, s.Truth = false, nil
		if page := written(t, s); strings.Contains(page, "SYNTHETIC") {
			t.Errorf("%s: a page about people calls itself synthetic", lang)
		}
	}
}

func TestProtectedClassesAreOneLine(t *testing.T) {
	s := sample(t, "en")
	page := written(t, s)
	for _, c := range s.Classes {
		if c.Protected && (strings.Contains(page, c.Class) || strings.Contains(page, c.Explanation)) {
			t.Errorf("%s can be read from the page", c.Class)
		}
	}
	if strings.Contains(page, `id="axis-protection`) {
		t.Error("the protection axis is in the page")
	}
	s.ShowProtected = true
	page = written(t, s)
	for _, c := range s.Classes {
		if c.Protected && c.N > 0 && !strings.Contains(page, c.Class) {
			t.Errorf("%s is not shown to a reader who may see it", c.Class)
		}
	}
	if strings.Contains(page, "Ask a supervisor") || !strings.Contains(page, `id="axis-protection`) {
		t.Error("the page is still the one for readers who may not see protected classes")
	}
}

func TestTheLinesAddUp(t *testing.T) {
	c, err := locale.For("en")
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []bool{false, true} {
		s := sample(t, "en")
		s.ShowProtected = shown
		w := &words{c: c}
		lines, _ := w.lines(s)
		sum := 0
		for _, l := range lines {
			sum += l.N
		}
		if sum != s.Residents || w.err != nil {
			t.Errorf("protected shown %t: lines sum up to %d of %d (%v)", shown, sum, s.Residents, w.err)
		}
		// Each record is drawn twice: to its work value, and on to its class.
		drawn := 0
		for _, m := range regexp.MustCompile(`<td>([\d,]+)</td><td>`).FindAllStringSubmatch(string(w.flow(s, lines).Table), -1) {
			drawn += atoi(t, m[1])
		}
		if drawn != 2*s.Residents {
			t.Errorf("protected shown %t: the flow's table sums up to %d, want twice %d", shown, drawn, s.Residents)
		}
	}
}

func atoi(t *testing.T, s string) (n int) {
	t.Helper()
	for _, d := range strings.ReplaceAll(s, ",", "") {
		n = n*10 + int(d-'0')
	}
	return n
}

func TestHostileValuesAreEscaped(t *testing.T) {
	const evil = `</style><script>alert(1)</script><img src=x onerror=y>"'&}`
	s := sample(t, "en")
	s.Node, s.Authority, s.AsOf, s.Generated = evil, evil, evil, evil
	s.RulePack, s.RuleVersion, s.RuleHash, s.RuleStanding, s.ModelHash = evil, evil, evil, evil, evil
	for i := range s.Classes {
		s.Classes[i].Title, s.Classes[i].Explanation, s.Classes[i].Note = evil, evil, evil
	}
	for i := range s.Routes {
		s.Routes[i].Title = evil
	}
	s.Axes[0].Title, s.Axes[0].Values[0].Title, s.StayWork.Rows[0], s.StayWork.Cols[0] = evil, evil, evil, evil
	s.Imports[0] = ImportLine{evil, evil, evil, 1, 1, evil}
	s.Doubtful[0] = Pair{Left: evil, Right: evil, Fields: []Field{{evil, evil, evil + "x", evil, 0, 0}}}
	page := written(t, s)
	for _, bad := range []string{"<script", "<img", "</style><"} {
		if n := strings.Count(page, bad); bad != "</style><" && n > 0 || n > 1 {
			t.Errorf("%s stands in the page %d times", bad, n)
		}
	}
	elements(t, page, func(e xml.StartElement) {
		if e.Name.Local == "script" || e.Name.Local == "img" {
			t.Errorf("the value became an element %s", e.Name.Local)
		}
	})
}

func TestValidateFindsWhatDoesNotAddUp(t *testing.T) {
	if err := sample(t, "en").Validate(); err != nil {
		t.Fatal(err)
	}
	if err := (Status{}).Validate(); err != nil {
		t.Errorf("the zero value: %v", err)
	}
	for name, spoil := range map[string]func(*Status){
		"residents":      func(s *Status) { s.Residents++ },
		"class":          func(s *Status) { s.Classes[2].N-- },
		"class twice":    func(s *Status) { s.Classes = append(s.Classes, ClassCount{Class: "REGULAR_HOST"}) },
		"negative":       func(s *Status) { s.Classes[2].N, s.Classes[1].N = -1, s.Classes[1].N+s.Classes[2].N+1 },
		"route":          func(s *Status) { s.Routes[5].N++ },
		"route astray":   func(s *Status) { s.Routes[0].Class = "ELSEWHERE" },
		"permits":        func(s *Status) { s.Review++ },
		"axis":           func(s *Status) { s.Axes[1].Values[0].N++ },
		"cross":          func(s *Status) { s.StayWork.N[0][0]++ },
		"cross row":      func(s *Status) { s.StayWork.N = s.StayWork.N[1:] },
		"recall":         func(s *Status) { s.BlockingRecall = 1.2 },
		"missed":         func(s *Status) { s.ExpectedMissed = -1 },
		"truth of real":  func(s *Status) { s.Synthetic = false },
		"precision":      func(s *Status) { s.Truth.Precision = 99.9 },
		"pair":           func(s *Status) { s.Doubtful[0].Weight++ },
		"pair certainty": func(s *Status) { s.Doubtful[0].Probability = 2 },
	} {
		s := sample(t, "en")
		spoil(&s)
		var b bytes.Buffer
		if err := Write(&b, s); !errors.Is(err, ErrFigures) {
			t.Errorf("%s: %v, want ErrFigures", name, err)
		}
		if b.Len() > 0 {
			t.Errorf("%s: wrote %d bytes of a page that does not add up", name, b.Len())
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestWriterErrorIsReturned(t *testing.T) {
	if err := Write(brokenWriter{}, Status{}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("got %v, want the writer's error", err)
	}
}

// TestNoMessageIsIdle finds messages that no page shows and no notice says: every key
// stands in the template or the code.
func TestNoMessageIsIdle(t *testing.T) {
	var text strings.Builder
	for _, f := range []string{"report.html", "write.go", "pictures.go", "../locale/number.go", "../../node/notice/text.go"} {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(b)
	}
	b, err := os.ReadFile("../locale/en.json") // its parts are those of the desk, which has a test of its own
	if err != nil {
		t.Fatal(err)
	}
	var catalog struct{ Messages map[string]any }
	if err := json.Unmarshal(b, &catalog); err != nil {
		t.Fatal(err)
	}
	for key := range catalog.Messages {
		room, noun, _ := strings.Cut(key, ".")
		if room == "noun" && slices.Contains(nouns, noun) || strings.HasPrefix(key, "date.month.") {
			continue
		}
		if !strings.Contains(text.String(), `"`+key+`"`) {
			t.Errorf("nobody is shown %s", key)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	s := sample(b, "en")
	for len(s.Doubtful) < 100 {
		s.Doubtful = append(s.Doubtful, s.Doubtful[0])
	}
	for b.Loop() {
		if err := Write(io.Discard, s); err != nil {
			b.Fatal(err)
		}
	}
}
