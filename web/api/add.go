package api

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"mitra/desk/account"
	"mitra/store"
	"mitra/web"
)

// answer is what an operation answers.
type answer[O any] struct {
	Status   int
	ETag     string `header:"ETag"`
	Replayed string `header:"Idempotency-Replayed"`
	Body     O
}

// none is an operation that takes nothing.
type none struct{}

// List is what a list takes.
type List struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many at most."`
	Cursor string `query:"cursor" maxLength:"200" pattern:"^[A-Za-z0-9_-]*$" patternDescription:"a cursor" doc:"The next of an earlier answer, to go on from there."`
}

// Page is a part of a list.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"The cursor to go on with; absent at the end."`
}

// serve registers an operation; do makes the whole answer.
func serve[I, O any](a *API, o operation, do func(c *call, in *I) (*O, error)) {
	a.ops = append(a.ops, o)
	d := a.describe(&o)
	if o.two {
		schema := a.huma.OpenAPI().Components.Schemas.Schema(bodyOf(reflect.TypeFor[O]()), true, "")
		d.Responses["202"] = &huma.Response{Description: "It waits for a second officer, as a proposal.", Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
	}
	huma.Register(a.huma, d, func(ctx context.Context, in *I) (*O, error) { return do(ctx.Value(callKey{}).(*call), in) })
}

// add registers an operation of which do makes the body of the answer.
func add[I, O any](a *API, o operation, do func(c *call, in *I) (O, error)) {
	serve(a, o, func(c *call, in *I) (*answer[O], error) {
		if o.changes {
			return once(c, c.hash(in), func() (O, error) { return do(c, in) })
		}
		body, err := do(c, in)
		if err != nil {
			return nil, c.fail(err)
		}
		out := &answer[O]{Status: o.codeOf(body), Body: body}
		if o.tagged {
			if out.ETag, err = tagOf(body); err != nil {
				return nil, c.fail(err)
			}
			if match(c.r.Header.Get("If-None-Match"), out.ETag) {
				c.w.Header().Set("ETag", out.ETag)
				return nil, huma.Status304NotModified()
			}
		}
		return out, nil
	})
}

func (o operation) code() int {
	if o.status == 0 {
		return http.StatusOK
	}
	return o.status
}

// codeOf is the status of an answer: another one where what was asked waits for a second officer.
func (o operation) codeOf(body any) int {
	if w, ok := body.(interface{ waits() bool }); ok && w.waits() {
		return http.StatusAccepted
	}
	return o.code()
}

// bodyOf is the type of the body of an answer.
func bodyOf(t reflect.Type) reflect.Type {
	if f, ok := t.FieldByName("Body"); ok {
		return f.Type
	}
	return t
}

// describe is an operation as its description has it.
func (a *API) describe(o *operation) huma.Operation {
	out := huma.Operation{
		OperationID: o.id, Method: o.method, Path: o.path, Summary: o.says, DefaultStatus: o.code(), MaxBodyBytes: cmp.Or(o.most, mostBody),
		Description: "Right: " + o.right.String() + ".", Tags: []string{strings.SplitN(o.path, "/", 4)[2]},
		Responses:   map[string]*huma.Response{"default": a.failure()},
		Middlewares: huma.Middlewares{a.admit(o)},
		Extensions:  map[string]any{"x-mitra-right": o.right.String()},
	}
	header := func(name, says string, required bool, schema *huma.Schema) {
		out.Parameters = append(out.Parameters, &huma.Param{Name: name, In: "header", Description: says, Required: required, Schema: schema})
	}
	if o.people {
		var all []any
		for _, p := range web.Purposes() {
			all = append(all, p)
		}
		header("Mitra-Purpose", "What people are looked at for.", true, &huma.Schema{Type: huma.TypeString, Enum: all})
	}
	if o.changes {
		least, most := 16, 128
		header("Idempotency-Key", "Made anew for each thing that is to be done; sent again, it is done once.", true,
			&huma.Schema{Type: huma.TypeString, MinLength: &least, MaxLength: &most, Pattern: "^[A-Za-z0-9._:-]+$"})
	}
	if o.tagged {
		header("If-None-Match", "The ETag of an answer that the program has.", false, &huma.Schema{Type: huma.TypeString})
		out.Responses["304"] = &huma.Response{Description: "The program has it."}
	}
	return out
}

// failure is what every operation answers when it does not do what was asked.
func (a *API) failure() *huma.Response {
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "")
	return &huma.Response{Description: "What is wrong: its code says it. docs/api.md lists them.", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: schema}}}
}

// hash is what is asked, for the key under which it is asked.
func (c *call) hash(in any) [32]byte {
	text, _ := json.Marshal(in) // it was JSON
	return sha256.Sum256([]byte(c.r.Method + " " + c.r.URL.Path + "\n" + string(text)))
}

// A keeper is an answer that is not kept as it is.
type keeper[O any] interface{ kept() O }

// once does something once for each Idempotency-Key: what came of it is kept for a day, and answered again. It goes on when whoever asked
// has gone, since they will ask again. What fails for a reason that is known has changed nothing and can be tried again.
func once[O any](c *call, hash [32]byte, do func() (O, error)) (*answer[O], error) {
	c.ctx = context.WithoutCancel(c.ctx)
	r := account.Request{Token: c.token.ID, Key: c.r.Header.Get("Idempotency-Key"), Hash: hash}
	var was *account.Kept
	if err := c.a.d.DB.Write(c.ctx, func(tx *store.Tx) (err error) {
		was, err = r.Begin(tx)
		return err
	}); err != nil {
		return nil, c.fail(err)
	}
	if was != nil {
		out := &answer[O]{Status: was.Status, Replayed: "true"}
		if err := json.Unmarshal([]byte(was.Body), &out.Body); err != nil {
			return nil, c.fail(fmt.Errorf("an answer that was kept: %w", store.ErrDamaged))
		}
		return out, nil
	}
	end := r.Lose // whoever panics leaves it open how far it came
	defer func() {
		if err := c.a.d.DB.Write(c.ctx, end); err != nil {
			c.a.d.Log.Error("it is not kept that a request is done: whoever sends it again is told that it goes on", "error", err)
		}
	}()
	body, err := do()
	if err != nil {
		if _, known := problemOf(err); known {
			end = r.Drop
		}
		return nil, c.fail(err)
	}
	text, err := json.Marshal(keptOf(body))
	if err != nil {
		return nil, c.fail(err)
	}
	end = func(tx *store.Tx) error { return r.End(tx, account.Kept{Status: c.o.codeOf(body), Body: string(text)}) }
	return &answer[O]{Status: c.o.codeOf(body), Body: body}, nil
}

func keptOf[O any](body O) O {
	if k, ok := any(body).(keeper[O]); ok {
		return k.kept()
	}
	return body
}

// tagOf is the version of an answer.
func tagOf(body any) (string, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return `"` + hex.EncodeToString(sum[:12]) + `"`, nil
}

// match reports whether a list of tags, as If-Match and If-None-Match have it, has one.
func match(tags, tag string) bool {
	for t := range strings.SplitSeq(tags, ",") {
		if t = strings.TrimSpace(t); t == "*" || strings.TrimPrefix(t, "W/") == tag {
			return true
		}
	}
	return false
}

// nameOf is the name of a type in the description: those of other packages have that of their package before.
func nameOf(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := huma.DefaultSchemaNamer(t, hint)
	if pkg := t.PkgPath(); t.Name() != "" && pkg != "" && !strings.HasSuffix(pkg, "/web/api") {
		base := pkg[strings.LastIndexByte(pkg, '/')+1:]
		return strings.ToUpper(base[:1]) + base[1:] + name
	}
	return name
}

// more cuts a list that has one more than was asked for, and makes the cursor to go on with.
func more[T any](name string, items []T, limit int, id func(T) string) Page[T] {
	p := Page[T]{Items: items}
	if p.Items == nil {
		p.Items = []T{}
	}
	if len(items) > limit {
		p.Items = items[:limit]
		p.Next = cursorAfter(name, id(items[limit-1]))
	}
	return p
}
