package web_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mitra/web"
	"mitra/web/locale"
)

// families are messages whose keys are made of a code: of each one of its codes is shown now and then.
var families = []string{"role.", "card.", "purpose.", "for.", "type.", "clock.", "state.", "ending.", "country.", "error."}

// Every message of the desk is shown somewhere: its key stands in a template or in the code, whole, or up to the code that ends it.
func TestNoWordIsIdle(t *testing.T) {
	var text strings.Builder
	for _, pattern := range []string{"*.go", "templates/*.html"} {
		names, err := filepath.Glob(pattern)
		must(t, err)
		for _, name := range names {
			if !strings.HasSuffix(name, "_test.go") {
				b, err := os.ReadFile(name)
				must(t, err)
				text.Write(b)
			}
		}
	}
	files, err := filepath.Glob("locale/en-*.json")
	must(t, err)
	for _, name := range files {
		b, err := os.ReadFile(name)
		must(t, err)
		var messages map[string]any
		must(t, json.Unmarshal(b, &messages))
		for key := range messages {
			if slices.ContainsFunc(families, func(f string) bool { return strings.HasPrefix(key, f) }) || strings.HasSuffix(key, "_text") && strings.HasPrefix(key, "desk.") {
				continue
			}
			shown := strings.Contains(text.String(), `"`+key+`"`)
			for i := 1; i < len(key) && !shown; i++ { // "people.look." and a code, or "account.about_"
				if c := key[i-1]; c == '.' || c == '_' {
					shown = strings.Contains(text.String(), `"`+key[:i]+`"`)
				}
				if key[i] == '.' {
					shown = shown || strings.Contains(text.String(), `Code "`+key[:i]+`"`) || strings.Contains(text.String(), `Code("`+key[:i]+`"`)
				}
			}
			if !shown {
				t.Errorf("%s: nobody is shown %s", name, key)
			}
		}
	}
}

// Whoever asks who has looked reads of each event what it was.
func TestLooksHaveWords(t *testing.T) {
	c, err := locale.For("en")
	must(t, err)
	for _, kind := range web.LookKinds() {
		if !slices.Contains(c.Keys(), "people.look."+kind) {
			t.Errorf("there are no words for %s", kind)
		}
	}
}

// Every page can be read, whether a test opens it or not.
func TestTemplatesParse(t *testing.T) {
	n, err := newSite(t).pages.ParseAll()
	if err != nil || n < 50 {
		t.Errorf("%d pages: %v", n, err)
	}
}
