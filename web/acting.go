package web

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"mitra/desk/account"
	"mitra/desk/enquiry"
	"mitra/desk/guest"
	"mitra/desk/search"
	"mitra/desk/status"
	"mitra/identity/person"
	"mitra/rules"
	"mitra/store"
	"mitra/treaty/journal"
	"mitra/web/locale"
)

// Acting is an officer at work, on a page or by a program ([mitra/web/api]): who it is, what people are looked at for, and in which
// language. What both do they do by its methods, so that they count into the same limits and leave the same events. Whether the
// officer may is for whoever calls them: the tables of pages and operations say.
type Acting struct {
	s    *Server
	who  account.Account // the zero one where nobody has signed in
	what string          // what people are looked at for; empty: nobody has said
	cat  *locale.Catalog
}

// Acting is an officer who acts by a program, whose rights may be fewer than those of the account. lang is as in Accept-Language.
func (s *Server) Acting(who account.Account, purpose, lang string) (Acting, error) {
	cat, err := locale.For(lang)
	return Acting{s, who, purpose, cat}, err
}

// Purposes are what people are looked at for.
func Purposes() []string { return slices.Clone(purposes) }

// Errors of the desk itself, for programs.
var (
	ErrNoPage  = errNoPage
	ErrRight   = errRight
	ErrTooMany = errTooMany
	ErrForm    = errForm
)

// Outside is a handler with the headers that all answers have.
func (s *Server) Outside(h http.Handler) http.Handler { return s.headers(h) }

// Unhurried reports whether somebody, an address or a token, may ask for something now.
func (s *Server) Unhurried(who string) bool { return s.pace(who).AllowN(s.Now(), 1) }

// AddressOf is the address that a request comes from, as limits count it.
func AddressOf(r *http.Request) string { return addressOf(r) }

// Who is the officer.
func (a Acting) Who() account.Account { return a.who }

// Lang is the language of the officer's words.
func (a Acting) Lang() string { return a.cat.Lang }

// Officer is the officer as the desk of enquiries knows them.
func (a Acting) Officer() enquiry.Officer { return a.officer() }

// By is the officer as the accounts know them.
func (a Acting) By() account.By { return a.by() }

func (a Acting) purpose() string { return a.what }

// protection is whether the visitor may see protection.
func (a Acting) protection() bool { return a.who.May(account.SeeProtection) }

func (a Acting) by() account.By { return account.By{Actor: a.who.ID, Office: a.who.Office} }

func (a Acting) officer() enquiry.Officer {
	o := enquiry.Officer{Name: a.who.ID, Office: a.who.Office, Rights: []enquiry.Right{}}
	if a.who.May(account.Supervise) {
		o.Rights = append(o.Rights, enquiry.Supervise)
	}
	if a.protection() {
		o.Rights = append(o.Rights, enquiry.SeeProtection)
	}
	return o
}

func (a Acting) reader() status.Reader {
	return status.Reader{Actor: a.who.ID, Office: a.who.Office, Purpose: a.purpose(), Protection: a.protection()}
}

func (a Acting) searcher() search.Reader {
	return search.Reader{Actor: a.who.ID, Office: a.who.Office, Purpose: a.purpose()}
}

func (a Acting) referrer() guest.Officer {
	return guest.Officer{ID: a.who.ID, Office: a.who.Office, Protection: a.protection(), Purpose: a.purpose()}
}

func (a Acting) lang() rules.Lang { return rules.Lang(a.cat.Lang) }

// today is the day at the node, as status takes it.
func (a Acting) today() person.Date { return person.FromTime(a.s.Now()) }

// event writes an event of what the officer does.
func (a Acting) event(ctx context.Context, kind, purpose string, subjects []string, data map[string]any) error {
	if data == nil {
		data = map[string]any{}
	}
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	return a.s.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := journal.Append(tx, journal.Event{Kind: kind, Actor: a.who.ID, Office: a.who.Office, Purpose: purpose, Subjects: subjects, Data: text})
		return err
	})
}

// Refused leaves an event that the officer was refused something: which page or operation, and nothing of what was asked. One who goes on
// and on leaves some.
func (a Acting) Refused(ctx context.Context, page string) {
	if a.who.ID == "" || !a.s.pace("refused "+a.who.ID).AllowN(a.s.Now(), perSecond/4) {
		return
	}
	if err := a.event(context.WithoutCancel(ctx), "page-refused", "", nil, map[string]any{"page": page}); err != nil {
		a.s.Log.Error("a refusal left no event", "error", err)
	}
}
