package rules

import (
	"fmt"
	"slices"
	"strings"
)

// A Lang is a language that packs are written in.
type Lang string

// The languages of a pack.
const (
	English    Lang = "en"
	Indonesian Lang = "id"
	Khmer      Lang = "km"
)

// Langs returns the languages, English first.
func Langs() []Lang { return []Lang{English, Indonesian, Khmer} }

// A Text is one sentence or name in every language.
type Text struct {
	EN string `toml:"en"`
	ID string `toml:"id"`
	KM string `toml:"km"`
}

// In returns the text in a language, and in English for a language that packs
// are not written in.
func (t Text) In(l Lang) string {
	switch l {
	case Indonesian:
		return t.ID
	case Khmer:
		return t.KM
	}
	return t.EN
}

// An Arg fills the placeholder {Name} of a reason.
type Arg struct{ Name, Value string }

// Reason renders the reason called key. Arguments fill the placeholders of the
// same name; one named after an axis holds values of that axis and is shown by
// their names in the language. It is an error if the pack has no such reason,
// or if arguments and placeholders are not the same set.
func (p *StatusPack) Reason(l Lang, key string, args ...Arg) (string, error) {
	return p.render(p.Reasons, l, key, args)
}

// Joint is [StatusPack.Reason] of the texts of a joint status, which stand beside those of every pack.
func (p *StatusPack) Joint(l Lang, key string, args ...Arg) (string, error) {
	texts, err := jointTexts()
	if err != nil {
		return "", err
	}
	return p.render(texts, l, key, args)
}

func (p *StatusPack) render(texts map[string]Text, l Lang, key string, args []Arg) (string, error) {
	t, ok := texts[key]
	if !ok {
		return "", fmt.Errorf("pack %s has no reason %q", p.Name(), key)
	}
	pieces, err := split(t.In(l))
	if err != nil {
		return "", fmt.Errorf("pack %s, reason %q: %w", p.Name(), key, err)
	}
	var b strings.Builder
	used := 0
	for i, piece := range pieces {
		if i%2 == 0 {
			b.WriteString(piece)
			continue
		}
		n := slices.IndexFunc(args, func(a Arg) bool { return a.Name == piece })
		if n < 0 {
			return "", fmt.Errorf("pack %s, reason %q: no argument for {%s}", p.Name(), key, piece)
		}
		if slices.Index(pieces[:i], piece) < 0 {
			used++
		}
		b.WriteString(p.shown(l, args[n]))
	}
	if used != len(args) {
		return "", fmt.Errorf("pack %s, reason %q: %d arguments for %d placeholders", p.Name(), key, len(args), used)
	}
	return b.String(), nil
}

// shown is the argument as it stands in a sentence.
func (p *StatusPack) shown(l Lang, a Arg) string {
	names, isAxis := p.Values[Axis(a.Name)]
	if !isAxis {
		return a.Value
	}
	parts := strings.Split(a.Value, "+")
	for i, v := range parts {
		if t, ok := names[v]; ok {
			parts[i] = t.In(l)
		}
	}
	return strings.Join(parts, "; ")
}

// split cuts a template into text and placeholder names, alternating and
// beginning with text.
func split(template string) ([]string, error) {
	var out []string
	for {
		text, rest, found := strings.Cut(template, "{")
		if strings.Contains(text, "}") {
			return nil, fmt.Errorf("a brace closes that was not opened")
		}
		out = append(out, text)
		if !found {
			return out, nil
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed || name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
			return nil, fmt.Errorf("a placeholder is not of the form {name}")
		}
		out, template = append(out, name), after
	}
}

// placeholders returns the names in a template, sorted, each once.
func placeholders(template string) ([]string, error) {
	pieces, err := split(template)
	if err != nil {
		return nil, err
	}
	var names []string
	for i := 1; i < len(pieces); i += 2 {
		names = append(names, pieces[i])
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
