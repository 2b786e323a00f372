package web

import (
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"mitra/desk/account"
	"mitra/store"
	"mitra/web/locale"
)

// ownPages are those of signing in and out, and of the visitor's own account.
func (s *Server) ownPages() []page {
	return []page{
		{method: "GET", path: "/signin", open: true, do: (*visit).signInForm},
		{method: "POST", path: "/signin", open: true, do: (*visit).signIn},
		{method: "POST", path: "/card", open: true, do: (*visit).signInByCard},
		{method: "POST", path: "/signout", open: true, do: (*visit).signOut},
		{method: "POST", path: "/lang", open: true, do: (*visit).setLang},
		{method: "GET", path: "/own", right: account.Own, do: (*visit).own},
		{method: "POST", path: "/own/password", right: account.Own, do: (*visit).setPassword},
		{method: "POST", path: "/own/sessions/{id}/end", right: account.Own, do: (*visit).endSession},
		{method: "POST", path: "/own/signout", right: account.Own, do: (*visit).signOutEverywhere},
		{method: "GET", path: "/purpose", right: account.Own, do: (*visit).purposeForm},
		{method: "POST", path: "/purpose", right: account.Own, do: (*visit).setPurpose},
	}
}

// signInPage is the form of signing in.
type signInPage struct {
	ID, Next string
	Wrong    bool
	Provider string // key of what is wrong with a sign-in by the provider
	Wait     int    // seconds until it may be tried again
	// Cards are who one can be in a demonstration.
	Cards []account.Account
}

func (v *visit) signInForm() error {
	if v.who.ID != "" && len(v.s.Cards) == 0 {
		return v.to("/")
	}
	cards, err := v.cards()
	if err != nil {
		return err
	}
	return v.show("signin", "desk.sign_in", signInPage{Next: v.next(), Cards: cards})
}

// cards are the accounts that the visitor may be without a password: none but in a demonstration, and at this machine.
func (v *visit) cards() (out []account.Account, err error) {
	ip := net.ParseIP(addressOf(v.r))
	if !v.s.Synthetic || v.s.Secure || ip == nil || !ip.IsLoopback() || len(v.s.Cards) == 0 {
		return nil, nil
	}
	err = v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
		out = nil
		for _, id := range v.s.Cards {
			a, err := account.Find(tx, id)
			if err != nil {
				return err
			}
			out = append(out, a)
		}
		return nil
	})
	return out, err
}

func (v *visit) signInByCard() error {
	cards, err := v.cards()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(cards, func(a account.Account) bool { return a.ID == v.form("id") && !a.Disabled })
	if i < 0 {
		return errNoPage
	}
	if err := v.s.DB.Write(v.ctx(), func(tx *store.Tx) error { return account.Signed(tx, cards[i], account.ByCard, true) }); err != nil {
		return err
	}
	if err := v.enter(cards[i].ID, account.ByCard, v.s.Now()); err != nil {
		return err
	}
	return v.to(v.next())
}

func (v *visit) signIn() error {
	id, password := strings.ToLower(v.form("id")), v.r.PostFormValue("password")
	body := signInPage{ID: id, Next: v.next()}
	address, now := addressOf(v.r), v.s.Now()
	if wait := v.s.guard.Try(id, address, now); wait > 0 {
		body.Wait = int(wait/time.Second) + 1
		return v.showAs(http.StatusTooManyRequests, "signin", "desk.sign_in", body)
	}
	var a account.Account
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) (err error) {
		a, err = account.Find(tx, id)
		return err
	}); err != nil && !errors.Is(err, account.ErrUnknown) {
		return err
	}
	select { // only so many at a time
	case v.s.hashing <- struct{}{}:
	case <-v.ctx().Done():
		return v.ctx().Err()
	}
	well := a.Is(password) && !a.Late(time.Now())
	<-v.s.hashing
	if a.ID == "" {
		a.ID = "nobody" // what was typed is not kept
	}
	is, keys := well, false
	if err := v.s.DB.Write(v.ctx(), func(tx *store.Tx) error {
		if well = is; well { // it took a while to try the password
			if err := account.Still(tx, a); errors.Is(err, account.ErrUnknown) {
				well = false
			} else if err != nil {
				return err
			}
		}
		all, err := account.Passkeys(tx, a.ID)
		if err != nil {
			return err
		}
		if keys = len(all) > 0; well && keys {
			return account.Half(tx, a, account.ByPasswordPasskey)
		}
		if well && a.MustChange {
			if err := account.Spend(tx, a.ID, account.By{Actor: a.ID, Office: a.Office}); err != nil {
				return err
			}
		}
		return account.Signed(tx, a, account.ByPassword, well)
	}); err != nil {
		return err
	}
	if !well {
		body.Wrong = true
		return v.showAs(http.StatusUnauthorized, "signin", "desk.sign_in", body)
	}
	if keys { // the try stays counted until the passkey is good
		return v.wait(half{Account: a.ID, How: account.ByPasswordPasskey, Next: body.Next})
	}
	v.s.guard.Well(id, address)
	if err := v.enter(a.ID, account.ByPassword, v.s.Now()); err != nil {
		return err
	}
	return v.to(body.Next)
}

// enter begins a session under a new token, so that one that somebody planted is worth nothing, with nothing in it of what was before
// but the language. proved is when the officer showed who they are.
func (v *visit) enter(id string, how account.How, proved time.Time) error {
	ctx, lang := v.ctx(), v.s.sessions.GetString(v.ctx(), sessionLang)
	if err := v.s.sessions.Clear(ctx); err != nil {
		return err
	}
	if err := v.s.sessions.RenewToken(ctx); err != nil {
		return err
	}
	if lang != "" {
		v.s.sessions.Put(ctx, sessionLang, lang)
	}
	v.s.sessions.Put(ctx, sessionAccount, id)
	v.s.sessions.Put(ctx, sessionBegun, v.came.UnixMicro()) // what ends sessions while somebody signs in ends this one, too
	v.s.sessions.Put(ctx, sessionHow, string(how))
	v.s.sessions.Put(ctx, sessionID, store.NewID())
	v.s.sessions.Put(ctx, sessionFrom, addressOf(v.r))
	if !proved.IsZero() {
		v.s.sessions.Put(ctx, sessionProved, proved.UnixMicro())
	}
	return nil
}

// how is the way in which the visitor has signed in.
func (v *visit) how() account.How {
	return account.How(v.s.sessions.GetString(v.ctx(), sessionHow))
}

func (v *visit) signOut() error {
	there := v.signOutThere()
	if v.who.ID != "" {
		if err := v.s.DB.Write(v.ctx(), func(tx *store.Tx) error { return account.Left(tx, v.who) }); err != nil {
			return err
		}
	}
	if err := v.s.sessions.Destroy(v.ctx()); err != nil {
		return err
	}
	v.w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	if there != "" {
		v.who = account.Account{}
		return v.show("provider_out", "provider.out", providerGo{there})
	}
	return v.to("/signin")
}

func (v *visit) signOutEverywhere() error {
	if err := v.s.DB.Write(v.ctx(), func(tx *store.Tx) error { return account.SignOut(tx, v.who.ID, v.by()) }); err != nil {
		return err
	}
	return v.signOut()
}

func (v *visit) setLang() error {
	lang := v.form("lang")
	if !slices.Contains(locale.Langs(), lang) {
		return errForm
	}
	v.s.sessions.Put(v.ctx(), sessionLang, lang)
	if v.who.ID != "" {
		if err := v.s.DB.Write(v.ctx(), func(tx *store.Tx) error { return account.SetLang(tx, v.who.ID, lang, v.by()) }); err != nil {
			return err
		}
	}
	return v.to(v.next())
}

// ownPage is the visitor's own account.
type ownPage struct {
	Least    int
	Wrong    string // key of what is wrong with a password
	Passkeys passkeysPart
	Sessions []session
}

func (v *visit) own() error { return v.showOwn(http.StatusOK, ownPage{}) }

func (v *visit) setPassword() error {
	old, fresh, again := v.r.PostFormValue("old"), v.r.PostFormValue("fresh"), v.r.PostFormValue("again")
	wrong := func(key string) error {
		return v.showOwn(http.StatusUnprocessableEntity, ownPage{Wrong: key})
	}
	address, now := addressOf(v.r), v.s.Now()
	if fresh != again {
		return wrong("own.differ")
	}
	if fresh == old {
		return wrong("own.same")
	}
	if v.s.guard.Try(v.who.ID, address, now) > 0 {
		return wrong("own.wait")
	}
	select {
	case v.s.hashing <- struct{}{}:
	case <-v.ctx().Done():
		return v.ctx().Err()
	}
	is := v.who.MustChange || v.who.Is(old) // one that another has given is spent
	hash, err := account.Hash(fresh, v.who.ID)
	<-v.s.hashing
	switch {
	case !is:
		return wrong("own.wrong")
	case errors.Is(err, account.ErrPassword):
		return wrong("own.weak")
	case err != nil:
		return err
	}
	if err := v.s.DB.Write(v.ctx(), func(tx *store.Tx) error {
		if err := account.Still(tx, v.who); err != nil {
			return err
		}
		return account.SetPassword(tx, v.who.ID, hash, v.by())
	}); errors.Is(err, account.ErrUnknown) { // this session has ended meanwhile
		return v.to("/signin")
	} else if err != nil {
		return err
	}
	v.s.guard.Well(v.who.ID, address)
	v.came = time.Now()
	if err := v.enter(v.who.ID, v.how(), v.s.Now()); err != nil { // the others have ended
		return err
	}
	v.tell("own.changed")
	return v.to("/")
}

// purposePage asks what people are looked at for.
type purposePage struct{ Next string }

func (v *visit) purposeForm() error {
	return v.show("purpose", "desk.purpose", purposePage{v.next()})
}

func (v *visit) setPurpose() error {
	p := v.form("purpose")
	if !slices.Contains(v.purposes(), p) && p != "" {
		return errForm
	}
	v.s.sessions.Put(v.ctx(), sessionPurpose, p)
	return v.to(v.next())
}
