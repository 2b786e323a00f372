package signed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"unicode/utf8"
)

// Bounds of JSON: how deep it may be nested, how long a list and a member's name may be.
const (
	maxDepth = 32
	maxList  = 20_000
	maxName  = 64
)

// Strict reads one JSON value into v, and refuses what two readers could take for two
// things: a member that v does not have (or has in other letters: encoding/json ignores case), one
// that stands twice, text that is not UTF-8, null, a number that is not a whole one within
// ±(2^53−1) written as digits, anything after the value, nesting deeper than 32, and lists of
// more than 20,000. Its errors name members that v has; never others, which a stranger has named,
// and never values. After an error, v holds nothing that counts.
func Strict(b []byte, v any) error {
	if !utf8.Valid(b) {
		return errors.New("not UTF-8")
	}
	err := json.Unmarshal(b, v) // first: it tells whether this is JSON at all
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return errors.New("not one JSON value")
	}
	w := walker{b: b}
	if f := w.value(reflect.TypeOf(v), 0); f != nil {
		return f
	}
	if err != nil {
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

// A fault is what is wrong with a value, and where.
type fault struct{ what, at string }

func (f *fault) Error() string {
	if f.at == "" {
		return f.what
	}
	return f.what + " in " + strings.TrimPrefix(f.at, ".")
}

// A walker goes through JSON that is known to be well-formed.
type walker struct {
	b []byte
	i int
}

// next is the next byte that is not a space; it is not passed.
func (w *walker) next() byte {
	for w.b[w.i] == ' ' || w.b[w.i] == '\t' || w.b[w.i] == '\n' || w.b[w.i] == '\r' {
		w.i++
	}
	return w.b[w.i]
}

// value passes a value of type t, which is nil where any JSON may stand.
func (w *walker) value(t reflect.Type, depth int) *fault {
	if depth > maxDepth {
		return &fault{what: fmt.Sprintf("nested deeper than %d", maxDepth)}
	}
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch w.next() {
	case '{':
		return w.object(t, depth)
	case '[':
		return w.list(t, depth)
	case '"':
		w.skip()
	case 'n':
		return &fault{what: "null"}
	case 't':
		w.i += len("true")
	case 'f':
		w.i += len("false")
	default:
		from := w.i
		for w.i < len(w.b) && strings.IndexByte("+-.0123456789Ee", w.b[w.i]) >= 0 {
			w.i++
		}
		if !whole(json.Number(w.b[from:w.i])) {
			return &fault{what: "a number that is not a whole one within ±(2^53−1)"}
		}
	}
	return nil
}

func (w *walker) list(t reflect.Type, depth int) *fault {
	var elem reflect.Type
	if t != nil && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) {
		elem = t.Elem()
	}
	w.i++
	for n := 0; w.next() != ']'; n++ {
		if n == maxList {
			return &fault{what: fmt.Sprintf("a list of more than %d", maxList)}
		}
		if w.b[w.i] == ',' {
			w.i++
		}
		if f := w.value(elem, depth+1); f != nil {
			f.at = fmt.Sprintf("[%d]", n) + f.at
			return f
		}
	}
	w.i++
	return nil
}

func (w *walker) object(t reflect.Type, depth int) *fault {
	members := membersOf(t)
	seen := map[string]bool{}
	w.i++
	for w.next() != '}' {
		if w.b[w.i] == ',' {
			w.i++
			w.next()
		}
		name := w.text()
		switch {
		case len(name) > maxName:
			return &fault{what: fmt.Sprintf("a member's name is longer than %d bytes", maxName)}
		case seen[name]:
			return &fault{what: "a member stands twice"}
		}
		seen[name] = true
		var elem reflect.Type
		shown := "*"
		if members != nil {
			e, ok := members[name]
			if !ok {
				return &fault{what: "a member is unknown"}
			}
			elem, shown = e, name
		} else if t != nil && t.Kind() == reflect.Map {
			elem = t.Elem()
		}
		w.next()
		w.i++ // the colon
		if f := w.value(elem, depth+1); f != nil {
			f.at = "." + shown + f.at
			return f
		}
	}
	w.i++
	return nil
}

// skip passes a string.
func (w *walker) skip() {
	for w.i++; ; w.i++ {
		w.i += bytes.IndexByte(w.b[w.i:], '"')
		escapes := 0
		for w.b[w.i-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			w.i++
			return
		}
	}
}

// text passes a string and returns what it says.
func (w *walker) text() (s string) {
	from := w.i
	w.skip()
	if raw := w.b[from+1 : w.i-1]; bytes.IndexByte(raw, '\\') < 0 {
		return string(raw)
	}
	json.Unmarshal(w.b[from:w.i], &s) // well-formed: cannot fail
	return s
}

// whole tells a number that every reader takes for the same one (RFC 7493, section 2.2).
func whole(n json.Number) bool {
	const most = 1<<53 - 1
	i, err := n.Int64()
	return err == nil && i >= -most && i <= most && n != "-0"
}

var rawMessage = reflect.TypeFor[json.RawMessage]()

// known keeps what membersOf has found: structs do not change.
var known sync.Map // reflect.Type to map[string]reflect.Type

// membersOf are the members that an object of type t may have; nil if any may stand.
func membersOf(t reflect.Type) map[string]reflect.Type {
	if t == nil || t.Kind() != reflect.Struct || t == rawMessage {
		return nil
	}
	if m, ok := known.Load(t); ok {
		return m.(map[string]reflect.Type)
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
	known.Store(t, out)
	return out
}
