package agreement

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func page(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("../../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var codes = []string{Unknown, NotInForce, NotAParty, ArticleUnknown, PurposeUnknown, NoConversation, TypeNotAllowed, FieldNotAllowed,
	HandlingNotAllowed, GradingRequired, ClockNotAllowed, RetentionTooLong, QuotaExhausted}

// TestPages: the two pages name what the program knows, the refusals in its order.
func TestPages(t *testing.T) {
	_, section, _ := strings.Cut(page(t, "protocol.md"), "## 4. Agreements")
	section, _, _ = strings.Cut(section, "## 5.")
	_, refused, _ := strings.Cut(page(t, "agreement.md"), "## What a node refuses")
	code := regexp.MustCompile("`([a-z]+_[a-z_]+)`")
	for name, text := range map[string]string{"protocol.md": section, "agreement.md": refused} {
		var got []string
		for _, row := range strings.Split(text, "\n") {
			first, _, _ := strings.Cut(strings.TrimPrefix(row, "|"), "|")
			if !strings.HasPrefix(row, "|") {
				continue
			}
			for _, m := range code.FindAllStringSubmatch(first, -1) {
				got = append(got, m[1])
			}
		}
		if !slices.Equal(got, codes) {
			t.Errorf("%s has %v, want %v", name, got, codes)
		}
	}
	says := page(t, "agreement.md")
	names := slices.Concat(letterTypes, never, guarded, []string{consent, "ping", "card", "reconcile"})
	for _, typ := range []reflect.Type{reflect.TypeFor[Agreement](), reflect.TypeFor[Party](), reflect.TypeFor[Basis](),
		reflect.TypeFor[Article](), reflect.TypeFor[Purpose](), reflect.TypeFor[Clock]()} {
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			names = append(names, name)
		}
	}
	for _, art := range template(t).Articles {
		for _, p := range art.Purposes {
			names = append(names, p.Code)
		}
	}
	for _, n := range names {
		if !strings.Contains(says, "`"+n+"`") {
			t.Errorf("docs/agreement.md does not name `%s`", n)
		}
	}
}
