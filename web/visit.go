package web

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"mitra/desk/account"
	"mitra/store"
	"mitra/web/locale"
)

// A visit is one request, and who makes it.
type visit struct {
	Acting
	w    http.ResponseWriter
	r    *http.Request
	page page
	came time.Time // as the database tells the time
}

// Names of what a session holds.
const (
	sessionAccount = "account"
	sessionBegun   = "begun" // Unix microseconds
	sessionLang    = "lang"
	sessionPurpose = "purpose"
	sessionTold    = "told" // a message for the next page
)

// purposes are what people are looked at for (DESIGN §6; the words of the catalogs).
var purposes = []string{"enquiry", "status", "protection", "registers", "audit"}

func (v *visit) ctx() context.Context { return v.r.Context() }

// begin finds out who asks, in which language.
func (v *visit) begin() (err error) {
	ctx := v.ctx()
	v.came = time.Now()
	if id := v.s.sessions.GetString(ctx, sessionAccount); id != "" {
		var a account.Account
		err = v.s.DB.Read(ctx, func(tx *store.Tx) (err error) {
			a, err = account.Find(tx, id)
			return err
		})
		begun := time.UnixMicro(v.s.sessions.GetInt64(ctx, sessionBegun))
		switch {
		case err == nil && !a.Disabled && !begun.Before(a.Since):
			v.who = a
			if v.provided() { // the password that another has given is none of theirs
				v.who.MustChange = false
			}
		case err == nil || errors.Is(err, account.ErrUnknown):
			err = v.s.sessions.Destroy(ctx)
		}
	}
	lang := v.who.Lang
	if lang == "" {
		lang = v.s.sessions.GetString(ctx, sessionLang)
	}
	if lang == "" {
		lang, _, _ = strings.Cut(v.r.Header.Get("Accept-Language"), ",")
	}
	if p := v.s.sessions.GetString(ctx, sessionPurpose); slices.Contains(purposes, p) {
		v.what = p
	}
	if v.who.May(account.SeeReferred) {
		v.what = "referred" // a guest looks at people for nothing else
	}
	cat, err2 := locale.For(lang)
	v.cat = cat
	return errors.Join(err, err2)
}

// admit lets in who may.
func (v *visit) admit() error {
	if v.who.ID == "" {
		return v.to("/signin?next=" + url.QueryEscape(v.back()))
	}
	if v.who.MustChange && v.page.right != account.Own {
		return v.to("/own")
	}
	if !v.who.May(v.page.right) {
		return errRight
	}
	if v.page.people && v.purpose() == "" {
		return v.to("/purpose?next=" + url.QueryEscape(v.back()))
	}
	return nil
}

// back is where somebody is sent back to, who has to do something else before: this page if it is only looked at.
func (v *visit) back() string {
	if v.r.Method == http.MethodGet {
		return v.r.URL.EscapedPath()
	}
	return "/"
}

// next is the page that a form says comes next; the home page where it says none of this desk.
func (v *visit) next() string { return local(v.r.FormValue("next")) }

func local(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || !strings.HasPrefix(next, "/") ||
		strings.HasPrefix(next, "//") || strings.ContainsFunc(u.Path, func(r rune) bool { return r <= ' ' || r == '\\' || unicode.IsControl(r) }) {
		return "/"
	}
	return u.EscapedPath()
}

// purposes are those that the visitor chooses among.
func (v *visit) purposes() []string {
	if v.who.May(account.SeeReferred) {
		return []string{"referred"}
	}
	return purposes
}

// form is a value of the form that was sent, without space around it.
func (v *visit) form(name string) string { return strings.TrimSpace(v.r.PostFormValue(name)) }

// to sends the visitor to another page of the desk.
func (v *visit) to(path string) error {
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return errRedirect
}

// tell has the next page say something, by the key of a message.
func (v *visit) tell(key string) { v.s.sessions.Put(v.ctx(), sessionTold, key) }

// text is a message in the visitor's language; the key itself where it is missing, which a test finds.
func (v *visit) text(key string, args ...locale.Arg) string {
	s, err := v.cat.Text(key, args...)
	if err != nil {
		v.s.Log.Error("a text is missing", "key", key, "lang", v.cat.Lang, "error", err)
		return key
	}
	return s
}

// show answers with a page. title is the key of a message.
func (v *visit) show(name, title string, body any) error {
	return v.showAs(http.StatusOK, name, title, body)
}

func (v *visit) showAs(code int, name, title string, body any) error {
	t, err := v.s.templates[name]()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	told := ""
	if v.who.ID != "" {
		told = v.s.sessions.PopString(v.ctx(), sessionTold)
	}
	if err := t.ExecuteTemplate(&b, "frame", view{visit: v, Title: v.text(title), Told: told, Body: body}); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("Content-Language", v.cat.Lang)
	v.w.WriteHeader(code)
	_, err = b.WriteTo(v.w)
	return ignore(err)
}

// ignore: a visitor who has gone away is no failure.
func ignore(error) error { return nil }

// view is what templates work with: words and formats in the language of the visitor, and the page's own Body.
type view struct {
	*visit
	Title, Told string
	Body        any
}

// T is a message; pairs fill its placeholders: "name", value. A whole number called n chooses the plural.
func (v view) T(key string, pairs ...any) string {
	var args []locale.Arg
	for i := 0; i+1 < len(pairs); i += 2 {
		name, _ := pairs[i].(string)
		switch x := pairs[i+1].(type) {
		case int:
			args = append(args, locale.Int(name, x))
		case string:
			args = append(args, locale.Text(name, x))
		}
	}
	return v.text(key, args...)
}

// Has reports whether there is a message.
func (v view) Has(key string) bool { _, err := v.cat.Text(key); return err == nil }

func (v view) Int(n int) string         { return v.cat.Int(n) }
func (v view) Date(s string) string     { return v.cat.Date(s) }
func (v view) Time(t time.Time) string  { return v.cat.Date(t.UTC().Format(time.RFC3339)) }
func (v view) Stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Percent is a probability as it is read: never 0 or 100, since nothing is certain.
func (v view) Percent(p float64) string { return v.cat.Share(int(p*1e6), 1e6) }

func (v view) Lang() string             { return v.cat.Lang }
func (v view) Reviewed() bool           { return v.cat.Reviewed }
func (v view) Synthetic() bool          { return v.s.Synthetic }
func (v view) Authority() string        { return v.s.Authority }
func (v view) Country() string          { return v.s.Country }
func (v view) Who() account.Account     { return v.who }
func (v view) Purpose() string          { return v.purpose() }
func (v view) Purposes() []string       { return v.purposes() }
func (v view) Path() string             { return v.back() }
func (v view) Style() string            { return v.s.styles.path }
func (v view) Script() string           { return v.s.script.path }
func (v view) Words(code string) string { return strings.ReplaceAll(code, "_", " ") }

// Can reports whether the visitor has a right, written as people.see.
func (v view) Can(right string) bool {
	return slices.ContainsFunc(account.AllRights(), func(r account.Right) bool { return r.String() == right && v.who.May(r) })
}

// A Language is one that the pages can be read in.
type Language struct{ Code, Name string }

// Languages are all of them, each by its own name.
func (v view) Languages() (out []Language) {
	for _, code := range locale.Langs() {
		if c, err := locale.For(code); err == nil {
			out = append(out, Language{code, c.Name})
		}
	}
	return out
}

// A Place is a part of the desk, in the navigation.
type Place struct {
	Path, Key string
	Here      bool
}

// Nav are the parts of the desk that the visitor may go to.
func (v view) Nav() (out []Place) {
	if v.who.MustChange || v.who.ID == "" {
		return nil
	}
	for _, p := range []struct {
		path, key string
		right     account.Right
	}{
		{"/", "desk.home", account.Own}, {"/people", "desk.people", account.SeePeople}, {"/review", "desk.review", account.Decide}, {"/referred", "desk.referred", account.SeeReferred},
		{"/enquiries", "desk.enquiries", account.SeeEnquiries}, {"/referred/sent", "desk.sent", account.Refer}, {"/status", "desk.status", account.SeeStatus},
		{"/registers", "desk.registers", account.SeeRegisters}, {"/tools", "desk.tools", account.UseTools}, {"/partner", "desk.partner", account.SeePartner}, {"/second", "desk.second", account.SeeSecond},
		{"/journal", "desk.journal", account.SeeJournal}, {"/accounts", "desk.accounts", account.SeeAccounts}, {"/offices", "desk.offices", account.SeeAccounts}, {"/node", "desk.node", account.SeeNode},
		{"/help", "desk.help", account.Own},
	} {
		if v.who.May(p.right) && v.s.there[p.path] {
			here := v.r.URL.Path == p.path || p.path != "/" && strings.HasPrefix(v.r.URL.Path, p.path+"/")
			out = append(out, Place{p.path, p.key, here})
		}
	}
	return out
}

// A part is what a shared piece of a template works with: the view, and its own Body.
type part struct {
	View view
	Body any
}

// With has a shared piece of a template work with something of the page.
func (v view) With(body any) part { return part{v, body} }

// Code is a code of the program in words: the message PREFIX.code, or the code itself, where an agreement or a peer has one that
// the catalogs do not know.
func (v view) Code(prefix, code string) string {
	if key := prefix + "." + code; v.Has(key) {
		return v.T(key)
	}
	return v.Words(code)
}

// Purposed is a purpose of an agreement in words.
func (v view) Purposed(code string) string { return v.Code("for", code) }

// CountryOf is the country in the name of a node.
func (v view) CountryOf(node string) string {
	if parts := strings.Split(node, "/"); len(parts) == 3 {
		return v.Code("country", parts[1])
	}
	return node
}
