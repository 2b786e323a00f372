package signed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"
)

// Bounds of JSON: how deep it may be nested, how long a list may be.
const (
	maxDepth = 32
	maxList  = 20_000
)

// Strict reads one JSON value into v, and refuses what two readers could take for two
// things: a member that v does not have (or has in other letters: encoding/json ignores case), one
// that stands twice, text that is not UTF-8, null, a number that is not a whole one within
// ±(2^53−1) written as digits, anything after the value, nesting deeper than 32, and lists of
// more than 20,000. Its errors name members that v has; never others, which a stranger has named,
// and never values.
func Strict(b []byte, v any) error {
	if !utf8.Valid(b) {
		return errors.New("not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := walk(d, reflect.TypeOf(v), "", 0); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something stands after the JSON value")
	}
	d = json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return fmt.Errorf("member %q: a JSON %s stands where a %s belongs", wrong.Field, kind(wrong.Value), wrong.Type.Kind())
		}
		return errors.New("not the JSON that belongs here")
	}
	return nil
}

// kind is the kind of JSON value that encoding/json found, without the value.
func kind(found string) string {
	word, _, _ := strings.Cut(found, " ")
	return word
}

// walk reads a value of type t token by token; t is nil where any JSON may stand.
func walk(d *json.Decoder, t reflect.Type, at string, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("nested deeper than %d", maxDepth)
	}
	tok, err := d.Token()
	if err != nil {
		return errors.New("malformed JSON" + where(at))
	}
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if n, ok := tok.(json.Number); ok && !whole(n) {
		return errors.New("a number that is not a whole one within ±(2^53−1)" + where(at))
	}
	switch tok {
	case nil:
		return errors.New("null" + where(at))
	case json.Delim('['):
		var elem reflect.Type
		if t != nil && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) {
			elem = t.Elem()
		}
		for i := 0; d.More(); i++ {
			if i == maxList {
				return fmt.Errorf("a list of more than %d%s", maxList, where(at))
			}
			if err := walk(d, elem, fmt.Sprintf("%s[%d]", at, i), depth+1); err != nil {
				return err
			}
		}
		_, err = d.Token()
	case json.Delim('{'):
		members := membersOf(t)
		seen := map[string]bool{}
		for d.More() {
			tok, err := d.Token()
			if err != nil {
				return errors.New("malformed JSON" + where(at))
			}
			name := tok.(string)
			if len(name) > 64 {
				return errors.New("a member's name is longer than 64 bytes" + where(at))
			}
			if seen[name] {
				return errors.New("a member stands twice" + where(at))
			}
			seen[name] = true
			elem, shown := reflect.Type(nil), "*"
			if members != nil {
				e, ok := members[name]
				if !ok {
					return errors.New("a member is unknown" + where(at))
				}
				elem, shown = e, name
			} else if t != nil && t.Kind() == reflect.Map {
				elem = t.Elem()
			}
			if err := walk(d, elem, strings.TrimPrefix(at+"."+shown, "."), depth+1); err != nil {
				return err
			}
		}
		_, err = d.Token()
	}
	if err != nil {
		return errors.New("malformed JSON" + where(at))
	}
	return nil
}

// whole tells a number that every reader takes for the same one (RFC 7493, section 2.2).
func whole(n json.Number) bool {
	const most = 1<<53 - 1
	i, err := n.Int64()
	return err == nil && i >= -most && i <= most && n != "-0"
}

func where(at string) string {
	if at == "" {
		return ""
	}
	return " in " + at
}

var rawMessage = reflect.TypeFor[json.RawMessage]()

// membersOf are the members that an object of type t may have; nil if any may stand.
func membersOf(t reflect.Type) map[string]reflect.Type {
	if t == nil || t.Kind() != reflect.Struct || t == rawMessage {
		return nil
	}
	out := map[string]reflect.Type{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			for n, e := range membersOf(f.Type) {
				out[n] = e
			}
		case f.IsExported() && name != "-" && name != "":
			out[name] = f.Type
		}
	}
	return out
}
