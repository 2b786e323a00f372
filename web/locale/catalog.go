package locale

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

//go:embed *.json
var files embed.FS

// Langs returns the languages that have a catalog, English first.
func Langs() []string { return []string{"en", "id", "km"} }

// Catalog is the words of one language. It is safe for concurrent use.
type Catalog struct {
	Lang     string // as in [Langs]
	Name     string // of the language, in the language
	Reviewed bool   // by a speaker who knows the field

	tag      language.Tag
	printer  *message.Printer
	messages map[string]msg
}

// ErrKey is wrapped by errors about a key that no catalog has.
var ErrKey = errors.New("no such message")

// For returns the catalog nearest to a language tag, English where none is near
// or the tag cannot be read. An error means that the embedded files are damaged.
func For(tag string) (*Catalog, error) {
	all, err := load()
	if err != nil {
		return nil, err
	}
	want, err := language.Parse(tag)
	if err != nil {
		return all[0], nil
	}
	tags := make([]language.Tag, len(all))
	for i, c := range all {
		tags[i] = c.tag
	}
	_, i, _ := language.NewMatcher(tags).Match(want)
	return all[i], nil
}

var load = sync.OnceValues(func() ([]*Catalog, error) {
	var all []*Catalog
	for _, lang := range Langs() {
		b, err := files.ReadFile(lang + ".json")
		if err != nil {
			return nil, err
		}
		c, err := parse(b)
		if err != nil {
			return nil, fmt.Errorf("catalog %s: %w", lang, err)
		}
		if c.Lang != lang {
			return nil, fmt.Errorf("catalog %s: calls itself %s", lang, c.Lang)
		}
		parts, err := fs.Glob(files, lang+"-*.json")
		if err != nil {
			return nil, err
		}
		for _, name := range parts {
			b, err := files.ReadFile(name)
			if err != nil {
				return nil, err
			}
			var messages map[string]json.RawMessage
			if err := json.Unmarshal(b, &messages); err != nil {
				return nil, fmt.Errorf("catalog %s: %w", name, err)
			}
			if err := c.add(messages); err != nil {
				return nil, fmt.Errorf("catalog %s: %w", name, err)
			}
		}
		all = append(all, c)
	}
	return all, nil
})

func parse(b []byte) (*Catalog, error) {
	var f struct {
		Language string                     `json:"language"`
		Name     string                     `json:"name"`
		Reviewed bool                       `json:"reviewed"`
		Messages map[string]json.RawMessage `json:"messages"`
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, err
	}
	tag, err := language.Parse(f.Language)
	if err != nil {
		return nil, err
	}
	c := &Catalog{
		Lang: f.Language, Name: f.Name, Reviewed: f.Reviewed,
		tag: tag, printer: message.NewPrinter(tag), messages: map[string]msg{},
	}
	return c, c.add(f.Messages)
}

func (c *Catalog) add(messages map[string]json.RawMessage) error {
	for key, raw := range messages {
		m, err := parseMessage(raw)
		if err != nil {
			return fmt.Errorf("message %s: %w", key, err)
		}
		if _, twice := c.messages[key]; twice {
			return fmt.Errorf("message %s stands twice", key)
		}
		c.messages[key] = m
	}
	return nil
}

// msg is a message: its text for each plural form, cut into text and
// placeholder names, alternating and beginning with text.
type msg map[plural.Form][]string

var forms = map[string]plural.Form{
	"zero": plural.Zero, "one": plural.One, "two": plural.Two,
	"few": plural.Few, "many": plural.Many, "other": plural.Other,
}

func parseMessage(raw json.RawMessage) (msg, error) {
	texts := map[string]string{}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		texts["other"] = text
	} else if err := json.Unmarshal(raw, &texts); err != nil {
		return nil, fmt.Errorf("want a text, or texts by plural form: %w", err)
	}
	m := msg{}
	for name, text := range texts {
		form, ok := forms[name]
		if !ok {
			return nil, fmt.Errorf("no plural form is called %q", name)
		}
		pieces, err := split(text)
		if err != nil {
			return nil, err
		}
		m[form] = pieces
	}
	if m[plural.Other] == nil {
		return nil, errors.New(`the form "other" is missing`)
	}
	if len(m) > 1 && !slices.Contains(m.placeholders(), "n") {
		return nil, errors.New("plural forms need the placeholder {n}")
	}
	return m, nil
}

// placeholders returns the names in the form "other", sorted, each once.
func (m msg) placeholders() []string {
	var names []string
	for i, piece := range m[plural.Other] {
		if i%2 == 1 {
			names = append(names, piece)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func split(text string) ([]string, error) {
	var out []string
	for {
		before, rest, found := strings.Cut(text, "{")
		if strings.Contains(before, "}") {
			return nil, errors.New("a brace closes that was not opened")
		}
		out = append(out, before)
		if !found {
			return out, nil
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed || name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
			return nil, errors.New("a placeholder is not of the form {name}")
		}
		out, text = append(out, name), after
	}
}

// Arg fills the placeholder of its name.
type Arg struct {
	name  string
	write func(*Catalog) string
	count int
}

// Text fills a placeholder with a text as it is.
func Text(name, value string) Arg {
	return Arg{name: name, write: func(*Catalog) string { return value }}
}

// Int fills a placeholder with a whole number; the one called n chooses the
// plural form.
func Int(name string, n int) Arg {
	return Arg{name: name, count: n, write: func(c *Catalog) string { return c.Int(n) }}
}

// Decimal fills a placeholder with a number rounded to so many places.
func Decimal(name string, x float64, places int) Arg {
	return Arg{name: name, write: func(c *Catalog) string { return c.Decimal(x, places) }}
}

// Text returns the message of a key. It is an error wrapping [ErrKey] if there
// is none, and an error if arguments and placeholders are not the same set.
func (c *Catalog) Text(key string, args ...Arg) (string, error) {
	m, ok := c.messages[key]
	if !ok {
		return "", fmt.Errorf("catalog %s: %w: %s", c.Lang, ErrKey, key)
	}
	pieces, used := m[plural.Other], map[string]string{}
	for _, a := range args {
		used[a.name] = a.write(c)
		if a.name == "n" {
			if p, ok := m[plural.Cardinal.MatchPlural(c.tag, a.count, 0, 0, 0, 0)]; ok {
				pieces = p
			}
		}
	}
	if len(used) != len(m.placeholders()) {
		return "", fmt.Errorf("catalog %s: message %s: %d arguments for %d placeholders", c.Lang, key, len(used), len(m.placeholders()))
	}
	var b strings.Builder
	for i, piece := range pieces {
		if i%2 == 0 {
			b.WriteString(piece)
			continue
		}
		value, ok := used[piece]
		if !ok {
			return "", fmt.Errorf("catalog %s: message %s: no argument for {%s}", c.Lang, key, piece)
		}
		b.WriteString(value)
	}
	return b.String(), nil
}

// Keys returns the keys of the catalog, sorted.
func (c *Catalog) Keys() []string {
	keys := make([]string, 0, len(c.messages))
	for k := range c.messages {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
