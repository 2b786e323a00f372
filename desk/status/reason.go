package status

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"mitra/identity/person"
	"mitra/rules"
)

// A Reason says why an axis has its value, before it has a language: a key of
// the rule pack's texts with arguments. It may hold a permit number or a date
// of birth, so it is shown to those who may see the person, and never logged.
type Reason struct {
	Key  string
	Args []rules.Arg
}

// argDays is the one argument that moves with the as-of date alone.
const argDays = "days"

func because(key string, args ...rules.Arg) Reason { return Reason{key, args} }

func arg(name, value string) rules.Arg { return rules.Arg{Name: name, Value: value} }

func dateArg(name string, d person.Date) rules.Arg { return arg(name, d.String()) }

func countArg(name string, n int) rules.Arg { return arg(name, strconv.Itoa(n)) }

// Render gives the reason in a language, in the words of the pack that made it.
// If that pack does not know the reason, it is shown bare, key and arguments,
// rather than lost.
func (r Reason) Render(p *rules.StatusPack, l rules.Lang) string {
	text, err := p.Reason(l, r.Key, r.Args...)
	if err == nil {
		return text
	}
	var b strings.Builder
	b.WriteString(r.Key)
	for _, a := range r.Args {
		fmt.Fprintf(&b, " %s=%s", a.Name, a.Value)
	}
	return b.String()
}

// AppendJSON appends {"key":…,"args":{…}} with the arguments in order; without
// arguments "args" is left out.
func (r Reason) AppendJSON(b []byte) []byte {
	b = append(b, `{"key":`...)
	b = appendString(b, r.Key)
	for i, a := range r.Args {
		if i == 0 {
			b = append(b, `,"args":{`...)
		} else {
			b = append(b, ',')
		}
		b = appendString(b, a.Name)
		b = append(b, ':')
		b = appendString(b, a.Value)
	}
	if len(r.Args) > 0 {
		b = append(b, '}')
	}
	return append(b, '}')
}

// AppendReasons appends the reasons as a JSON array.
func AppendReasons(b []byte, reasons []Reason) []byte {
	b = append(b, '[')
	for i, r := range reasons {
		if i > 0 {
			b = append(b, ',')
		}
		b = r.AppendJSON(b)
	}
	return append(b, ']')
}

// MarshalJSON is [Reason.AppendJSON].
func (r Reason) MarshalJSON() ([]byte, error) { return r.AppendJSON(nil), nil }

// UnmarshalJSON reads what AppendJSON writes and keeps the arguments' order.
func (r *Reason) UnmarshalJSON(data []byte) error {
	var raw struct {
		Key  string          `json:"key"`
		Args json.RawMessage `json:"args"`
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&raw); err != nil {
		return fmt.Errorf("reason: %w", err)
	}
	args, err := readArgs(raw.Args)
	if err != nil {
		return err
	}
	*r = Reason{raw.Key, args}
	return nil
}

func readArgs(data []byte) ([]rules.Arg, error) {
	if len(data) == 0 {
		return nil, nil
	}
	malformed := errors.New("reason: the arguments are not an object of texts")
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, malformed
	}
	var args []rules.Arg
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, malformed
		}
		value, err := d.Token()
		text, ok := value.(string)
		if err != nil || !ok {
			return nil, malformed
		}
		args = append(args, rules.Arg{Name: name.(string), Value: text}) // the decoder admits only texts as names
	}
	return args, nil
}

// appendString writes a JSON string; most need no escape.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, _ := json.Marshal(s) // a string always has a JSON form
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
