package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"mitra/desk/account"
	"mitra/store"
	"mitra/web"
)

// An API serves the operations of a desk.
type API struct {
	s    *web.Server
	d    web.Desk
	mux  *http.ServeMux
	huma huma.API
	ops  []operation
}

// An operation is something that a program can do.
type operation struct {
	id, method, path string
	says             string // what it does, for whoever reads the description
	right            account.Right
	people           bool  // shows people: whoever asks says what for
	changes          bool  // is done once for each Idempotency-Key
	file             bool  // takes a file
	two              bool  // may wait for a second officer: then the answer is 202
	tagged           bool  // its answer has an ETag, and none is sent to whoever has it
	status           int   // of the answer; 0: 200
	most             int64 // bytes of a body; 0: mostBody
}

// mostBody is how long a body is at most that is no file.
const mostBody = 64 << 10

// New makes the interface of a desk.
func New(ctx context.Context, s *web.Server) (*API, error) {
	a := &API{s: s, d: s.Desk, mux: http.NewServeMux()}
	if err := a.d.DB.Write(ctx, account.LoseRequests); err != nil {
		return nil, err
	}
	// The library has these for all its users; this is the only one.
	huma.NewError = asProblem
	huma.ValidateStrictCasing = true
	a.huma = humago.NewWithPrefix(a.mux, "/api", huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "Mitra", Version: "1", Description: "What officers do at the desk of a node, for programs. docs/api.md explains it."},
			Components: &huma.Components{
				Schemas:         huma.NewMapRegistry("#/components/schemas/", nameOf),
				SecuritySchemes: map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer", Description: "An API token, as an officer makes it at /own/tokens."}},
			},
			Security: []map[string][]string{{"token": {}}},
		},
		OpenAPIPath: "/openapi", DefaultFormat: "application/json", RejectUnknownQueryParameters: true,
		Formats: map[string]huma.Format{"application/json": strict, "application/problem+json": strict},
	})
	a.operations()
	return a, nil
}

// operations registers all of them.
func (a *API) operations() {
	a.own()
	a.people()
	a.status()
	a.registers()
	a.enquiries()
	a.partner()
	a.journal()
	a.accounts()
	a.proposals()
	a.reviews()
	a.offices()
	a.referrals()
	a.watched()
	a.trust()
	a.exports()
	a.tools()
	a.node()
}

// Handler serves the desk: pages, and this interface under /api/.
func Handler(ctx context.Context, s *web.Server) (http.Handler, error) {
	a, err := New(ctx, s)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", s.Handler())
	mux.Handle("/api/", s.Outside(a))
	return mux, nil
}

// ServeHTTP answers a request under /api/.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{a: a, r: r, ctx: r.Context(), o: &operation{id: "none"}}
	defer func() {
		switch what := recover(); what {
		case nil:
		case http.ErrAbortHandler: // what was sent is no whole answer, and must not look like one
			panic(what)
		default:
			write(w, c.fail(fmt.Errorf("an operation panicked: %s", debug.Stack()))) // what it panics with may be a value of somebody
		}
	}()
	if !a.s.Unhurried(web.AddressOf(r)) {
		hurried(w)
		return
	}
	r.Header.Del("Accept") // there is one form of each answer
	h, pattern := a.mux.Handler(r)
	if pattern == "" { // it would be told as text
		n := nothing{header: http.Header{}}
		h.ServeHTTP(&n, r)
		p := problem(http.StatusNotFound, "not_found", "there is no such operation")
		if n.status == http.StatusMethodNotAllowed {
			p = problem(n.status, "no_method", "the operation has another method")
			w.Header().Set("Allow", a.allowed(r.URL.Path, n.header.Get("Allow")))
		}
		write(w, p)
		return
	}
	a.mux.ServeHTTP(w, r)
}

// allowed are the methods of a path: of the one that is described as it stands, where an id of another could be called so.
func (a *API) allowed(path, all string) string {
	var own []string
	for _, o := range a.ops {
		if "/api"+o.path == path {
			own = append(own, o.method)
		}
	}
	if len(own) == 0 {
		return all
	}
	return strings.Join(own, ", ")
}

// nothing is an answer that nobody gets.
type nothing struct {
	header http.Header
	status int
}

func (n *nothing) Header() http.Header         { return n.header }
func (n *nothing) Write(b []byte) (int, error) { return len(b), nil }
func (n *nothing) WriteHeader(status int)      { n.status = status }

// write answers with what is wrong, where the library does not.
func write(w http.ResponseWriter, err error) {
	p, ok := errors.AsType[*Problem](err)
	if !ok {
		p = problem(http.StatusInternalServerError, "failed", "")
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // who has gone is told nothing
}

func hurried(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "1")
	write(w, problem(http.StatusTooManyRequests, "too_fast", "too many requests: wait a moment"))
}

// A call is a request to an operation, and who makes it.
type call struct {
	web.Acting
	a     *API
	o     *operation
	ctx   context.Context
	r     *http.Request
	w     http.ResponseWriter
	token account.Token
}

type callKey struct{}

// admit lets in who may.
func (a *API) admit(o *operation) func(ctx huma.Context, next func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(ctx)
		c := &call{a: a, o: o, ctx: r.Context(), r: r, w: w}
		if err := c.begin(); err != nil {
			write(w, c.fail(err))
			return
		}
		w.Header().Set("Content-Language", c.Lang())
		next(huma.WithValue(ctx, callKey{}, c))
	}
}

// begin finds out who acts, and whether they may.
func (c *call) begin() error {
	secret, ok := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	if !ok || len(c.r.Header.Values("Authorization")) != 1 {
		c.w.Header().Set("WWW-Authenticate", "Bearer")
		return problem(http.StatusUnauthorized, "no_token", "send an API token: Authorization: Bearer mitra_…")
	}
	var who account.Account
	err := c.a.d.DB.Read(c.ctx, func(tx *store.Tx) (err error) {
		c.token, who, err = account.Bearer(tx, secret)
		return err
	})
	if errors.Is(err, account.ErrNoToken) {
		c.w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		return problem(http.StatusUnauthorized, "bad_token", "the token does not hold: it is unknown, revoked or expired")
	} else if err != nil {
		return err
	}
	purpose := c.r.Header.Get("Mitra-Purpose")
	lang := c.r.Header.Get("Accept-Language")
	if lang, _, _ = strings.Cut(lang, ","); lang == "" {
		lang = who.Lang
	}
	if c.Acting, err = c.a.s.Acting(who, purpose, lang); err != nil {
		return err
	}
	if !c.a.s.Unhurried("token " + c.token.ID) {
		c.w.Header().Set("Retry-After", "1")
		return problem(http.StatusTooManyRequests, "too_fast", "too many requests by this token: wait a moment")
	}
	if c.token.Stale(time.Now()) {
		if err := c.a.d.DB.Write(c.ctx, func(tx *store.Tx) error { return account.NoteUse(tx, c.token, who) }); err != nil {
			return err
		}
	}
	switch {
	case who.MustChange:
		return problem(http.StatusForbidden, "password_due", "the officer has to choose a password at the desk first")
	case !who.May(c.o.right):
		return web.ErrRight
	case purpose != "" && !slices.Contains(web.Purposes(), purpose), c.o.people && purpose == "":
		return problem(http.StatusBadRequest, "no_purpose", "say what people are looked at for: Mitra-Purpose: "+strings.Join(web.Purposes(), ", "))
	case c.o.changes && !keyForm(c.r.Header.Get("Idempotency-Key")):
		return problem(http.StatusBadRequest, "no_key", "send an Idempotency-Key of 16 to 128 letters, digits, dots and dashes, another one for each thing that is to be done")
	}
	return c.plain()
}

// plain is an error where the request can be read in two ways.
func (c *call) plain() error {
	query, err := url.ParseQuery(c.r.URL.RawQuery)
	twice := err != nil
	for name, values := range query { // who goes on from nowhere begins, and is let
		twice = twice || len(values) > 1 || values[0] == "" && name != "cursor"
	}
	for _, name := range []string{"Mitra-Purpose", "Idempotency-Key", "If-Match", "Content-Type"} {
		twice = twice || len(c.r.Header.Values(name)) > 1
	}
	if twice {
		return problem(http.StatusBadRequest, "bad_request", "a parameter or header stands twice, or a parameter is empty, or the query cannot be read")
	}
	return nil
}

// keyForm reports whether a text can be an Idempotency-Key.
func keyForm(key string) bool {
	return len(key) >= 16 && len(key) <= 128 && !strings.ContainsFunc(key, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_.:", r))
	})
}

// strict is JSON as it is taken and sent.
var strict = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	},
	Unmarshal: func(data []byte, v any) error {
		if !utf8.Valid(data) {
			return errors.New("it is not in UTF-8")
		}
		if err := json.Unmarshal(data, v); err != nil {
			return err
		}
		return single(json.NewDecoder(bytes.NewReader(data)))
	},
}

// single is an error where a member of an object stands in it twice, or is null: then two readers could take it for two things.
func single(d *json.Decoder) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	switch t {
	case nil:
		return errors.New("it is null: leave it out")
	case json.Delim('{'):
		seen := map[json.Token]bool{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return err
			}
			if seen[name] {
				return errors.New("a member stands twice in an object")
			}
			seen[name] = true
			if err := single(d); err != nil {
				return err
			}
		}
	case json.Delim('['):
		for d.More() {
			if err := single(d); err != nil {
				return err
			}
		}
	default:
		return nil
	}
	_, err = d.Token()
	return err
}
