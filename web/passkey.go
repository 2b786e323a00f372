package web

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"mitra/desk/account"
	"mitra/store"
)

// passkeyPages are those of signing in by a passkey, and of the visitor's own. Those that begin and end speak JSON with
// static/passkey.js: a browser hands a key's answer to scripts only.
func (s *Server) passkeyPages() []page {
	return []page{
		{method: "POST", path: "/signin/passkey/begin", open: true, do: (*visit).beginPasskeySignIn},
		{method: "POST", path: "/signin/passkey", open: true, do: (*visit).passkeySignIn},
		{method: "GET", path: "/signin/second", open: true, do: (*visit).secondForm},
		{method: "POST", path: "/signin/second/begin", open: true, do: (*visit).beginSecond},
		{method: "POST", path: "/signin/second", open: true, do: (*visit).second},
		{method: "POST", path: "/own/confirm", right: account.Own, do: (*visit).confirm},
		{method: "POST", path: "/own/passkeys/begin", right: account.Own, do: (*visit).beginPasskey},
		{method: "POST", path: "/own/passkeys", right: account.Own, do: (*visit).addPasskey},
		{method: "POST", path: "/own/passkeys/{id}/remove", right: account.Own, do: (*visit).removePasskey},
	}
}

// More of what a session holds.
const (
	sessionID       = "id"       // by which the officer tells it from their others; it opens nothing
	sessionFrom     = "from"     // the address at which it began
	sessionHow      = "how"      // the account was entered: an account.How
	sessionProved   = "proved"   // Unix microseconds: when the visitor last showed who they are; 0: nobody knows
	sessionHalf     = "half"     // JSON: a sign-in that lacks the passkey
	sessionCeremony = "ceremony" // JSON: what a device was asked to sign
)

const (
	asked    = 5 * time.Minute  // in which a device answers, and a passkey comes after the password
	recently = 10 * time.Minute // ago somebody showed who they are who changes how they sign in
)

// passkeys are the rules by which passkeys are made and checked: for one name of the desk, since a device knows the key by that name.
type passkeys struct {
	origin string // where they can be used; the zero value: nowhere
	rules  *webauthn.WebAuthn
}

// newPasskeys takes the first address that has a name: keys are of names, and of no number.
func newPasskeys(origins []string, country string) (p passkeys, err error) {
	for _, o := range origins {
		u, err := url.Parse(o)
		if err != nil || protocol.ValidateRPID(u.Hostname()) != nil {
			continue
		}
		p.origin = o
		p.rules, err = webauthn.New(&webauthn.Config{
			RPID: u.Hostname(), RPDisplayName: "Mitra " + country, RPOrigins: []string{o}, AttestationPreference: protocol.PreferNoAttestation,
			AuthenticatorSelection: protocol.AuthenticatorSelection{
				ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(), UserVerification: protocol.VerificationRequired,
			},
			Timeouts: webauthn.TimeoutsConfig{Login: webauthn.TimeoutConfig{Timeout: asked}, Registration: webauthn.TimeoutConfig{Timeout: asked}},
		})
		return p, err
	}
	return p, nil
}

// origin is the address by which the visitor reaches the desk, if it is one that the node gives it; else empty.
func (v *visit) origin() string {
	scheme, port := "http://", ":80"
	if v.s.Secure {
		scheme, port = "https://", ":443"
	}
	for _, o := range v.s.Origins {
		if strings.EqualFold(o, scheme+strings.TrimSuffix(v.r.Host, port)) {
			return o
		}
	}
	return ""
}

// passkeysHere reports whether passkeys can be used at the address that the visitor has come by.
func (v *visit) passkeysHere() bool {
	return v.s.passkeys.origin != "" && v.origin() == v.s.passkeys.origin
}

func (v view) PasskeysHere() bool { return v.passkeysHere() }

// PasskeyAddress is where passkeys can be used; empty where the desk has no name.
func (v view) PasskeyAddress() string { return v.s.passkeys.origin }
func (v view) PasskeyScript() string  { return v.s.passkeyScript.path }

// once lets each random value through one time. What a session holds is read by requests that come at the same moment before the
// first of them takes it out.
type once struct {
	mu    sync.Mutex
	at    map[string]time.Time
	swept time.Time
}

func (o *once) take(value string, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if now.Sub(o.swept) > time.Minute { // and not each time: anybody can have one taken
		for v, at := range o.at {
			if now.Sub(at) > time.Hour { // nothing is good for as long
				delete(o.at, v)
			}
		}
		o.swept = now
	}
	if _, taken := o.at[value]; taken {
		return false
	}
	if o.at == nil {
		o.at = map[string]time.Time{}
	}
	o.at[value] = now
	return true
}

// A ceremony is what a device is asked to sign: once, soon, by whom it was asked for.
type ceremony struct {
	For        string // one of those below
	At         time.Time
	Name, Next string
	Handle     []byte
	Session    webauthn.SessionData
}

const (
	toAdd    = "add"
	toSignIn = "sign-in"
	toSecond = "second"
)

// half is a sign-in that lacks the passkey.
type half struct {
	Account, Next string
	How           account.How // once it is whole
	At            time.Time   // by the desk's clock
	Begun         time.Time   // as the database tells the time
}

// holder is an account as the library of passkeys knows it.
type holder struct {
	account account.Account
	handle  []byte
	keys    []account.Passkey
}

func (h holder) WebAuthnID() []byte          { return h.handle }
func (h holder) WebAuthnName() string        { return h.account.ID }
func (h holder) WebAuthnDisplayName() string { return h.account.Name }

func (h holder) WebAuthnCredentials() (out []webauthn.Credential) {
	for _, k := range h.keys {
		var c webauthn.Credential
		if json.Unmarshal(k.Record, &c) == nil { // one that cannot be read opens nothing
			out = append(out, c)
		}
	}
	return out
}

// holderOf reads the passkeys of an account.
func (v *visit) holderOf(id string) (h holder, err error) {
	err = v.s.DB.Read(v.ctx(), func(tx *store.Tx) (err error) {
		if h.account, err = account.Find(tx, id); err != nil {
			return err
		}
		h.keys, err = account.Passkeys(tx, id)
		return err
	})
	if err == nil && len(h.keys) > 0 {
		h.handle, err = base64.RawURLEncoding.DecodeString(h.keys[0].Handle)
	}
	return h, err
}

// answer is what the script is told: where to go, or what is wrong.
type answer struct {
	Next  string `json:"next,omitempty"`
	Wrong string `json:"wrong,omitempty"`
}

func (v *visit) json(code int, value any) error {
	b, err := json.Marshal(value)
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "application/json")
	v.w.WriteHeader(code)
	_, err = v.w.Write(b)
	return ignore(err)
}

func (v *visit) refuse(code int, key string) error { return v.json(code, answer{Wrong: v.text(key)}) }

// challenge keeps a ceremony in the session, and tells the browser what to have signed.
func (v *visit) challenge(c ceremony, s *webauthn.SessionData, options any) error {
	c.At, c.Session = v.s.Now(), *s
	if err := v.keep(sessionCeremony, c); err != nil {
		return err
	}
	return v.json(http.StatusOK, options)
}

// asked is the ceremony that was begun for something, if it is not over; it is good for one answer.
func (v *visit) asked(what string) (c ceremony, ok bool) {
	ok = v.taken(sessionCeremony, &c) && c.For == what && v.s.Now().Sub(c.At) < asked && v.s.answered.take(c.Session.Challenge, v.s.Now())
	return c, ok
}

// keep puts a value into the session, and taken takes it out.
func (v *visit) keep(name string, value any) error {
	b, err := json.Marshal(value)
	if err == nil {
		v.s.sessions.Put(v.ctx(), name, b)
	}
	return err
}

func (v *visit) taken(name string, value any) bool {
	b := v.s.sessions.PopBytes(v.ctx(), name)
	return len(b) > 0 && json.Unmarshal(b, value) == nil
}

// typed reads what the script sends from a form.
func (v *visit) typed() (form struct{ Name, Next string }, err error) {
	err = unread(json.NewDecoder(v.r.Body).Decode(&form))
	return form, err
}

// unlike logs why the answer of a device was refused: a sentence of the library, without what was sent.
func (v *visit) unlike(err error) {
	says := "it does not belong to what was asked"
	if e, ok := errors.AsType[*protocol.Error](err); ok {
		says = e.Details
	}
	v.s.Log.Info("a passkey was refused", "because", says)
}

// Signing in.

func (v *visit) beginPasskeySignIn() error {
	form, err := v.typed()
	switch {
	case err != nil:
		return v.refuse(http.StatusBadRequest, "passkey.again")
	case !v.passkeysHere():
		return v.refuse(http.StatusConflict, "passkey.elsewhere")
	}
	options, session, err := v.s.passkeys.rules.BeginDiscoverableLogin()
	if err != nil {
		return err
	}
	return v.challenge(ceremony{For: toSignIn, Next: local(form.Next)}, session, options)
}

func (v *visit) passkeySignIn() error {
	c, ok := v.asked(toSignIn)
	if !ok {
		return v.refuse(http.StatusBadRequest, "passkey.again")
	}
	parsed, err := protocol.ParseCredentialRequestResponseBody(v.r.Body)
	if err != nil {
		v.unlike(err)
		return v.refuse(http.StatusBadRequest, "passkey.again")
	}
	h := holder{account: account.Account{}}
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
		p, err := account.FindPasskey(tx, base64.RawURLEncoding.EncodeToString(parsed.RawID))
		if err != nil {
			return err
		}
		h.keys = []account.Passkey{p}
		h.account, err = account.Find(tx, p.Account)
		return err
	}); err != nil && !errors.Is(err, account.ErrUnknown) {
		return err
	}
	if v.s.guard.Try(h.account.ID, addressOf(v.r), v.s.Now()) > 0 {
		return v.refuse(http.StatusTooManyRequests, "own.wait")
	}
	if len(h.keys) > 0 {
		if h.handle, err = base64.RawURLEncoding.DecodeString(h.keys[0].Handle); err != nil {
			return err
		}
	}
	_, key, err := v.s.passkeys.rules.ValidatePasskeyLogin(func(_, _ []byte) (webauthn.User, error) { return h, nil }, c.Session, parsed)
	if err == nil && h.account.Disabled {
		err = account.ErrUnknown
	}
	return v.byPasskey(h, key, parsed, err, account.ByPasskey, c.Next)
}

// byPasskey ends a sign-in by a passkey; wrong is what is wrong with it.
func (v *visit) byPasskey(h holder, key *webauthn.Credential, parsed *protocol.ParsedCredentialAssertionData, wrong error, how account.How, next string) error {
	who := h.account
	if who.ID == "" {
		who.ID = "nobody"
	}
	by := account.By{Actor: who.ID, Office: who.Office}
	var used account.Passkey
	err := wrong
	if err == nil {
		for _, k := range h.keys {
			if k.Credential == base64.RawURLEncoding.EncodeToString(key.ID) {
				used = k
			}
		}
		if used.Record, err = record(key); err != nil {
			return err
		}
		used.Uses = parsed.Response.AuthenticatorData.Counter
		err = v.s.DB.Write(v.ctx(), func(tx *store.Tx) error {
			if err := account.UsePasskey(tx, used, by); err != nil {
				return err
			}
			return account.Signed(tx, who, how, true)
		})
		if err != nil && !errors.Is(err, account.ErrCopied) {
			return err
		}
	}
	if err != nil {
		v.unlike(err)
		if err := v.s.DB.Write(v.ctx(), func(tx *store.Tx) error {
			if errors.Is(err, account.ErrCopied) {
				if err := account.Copied(tx, used, by); err != nil {
					return err
				}
			}
			return account.Signed(tx, who, how, false)
		}); err != nil {
			return err
		}
		return v.refuse(http.StatusUnauthorized, "passkey.refused")
	}
	v.s.guard.Well(who.ID, addressOf(v.r))
	if err := v.enter(who.ID, how, v.s.Now()); err != nil {
		return err
	}
	return v.json(http.StatusOK, answer{Next: next})
}

// record is what is kept of a key. Who made the device is not asked.
func record(key *webauthn.Credential) ([]byte, error) {
	bare := *key
	bare.Attestation = webauthn.CredentialAttestation{}
	return json.Marshal(bare)
}

// The passkey after the password.

// wait begins a sign-in that lacks the passkey, under a new token.
func (v *visit) wait(h half) error {
	if err := v.s.sessions.RenewToken(v.ctx()); err != nil {
		return err
	}
	h.At, h.Begun = v.s.Now(), v.came
	if err := v.keep(sessionHalf, h); err != nil {
		return err
	}
	return v.to("/signin/second")
}

// waits is the sign-in that lacks the passkey; false where there is none, or it has waited too long.
func (v *visit) waits() (h half, ok bool) {
	b := v.s.sessions.GetBytes(v.ctx(), sessionHalf)
	ok = len(b) > 0 && json.Unmarshal(b, &h) == nil && v.s.Now().Sub(h.At) < asked
	return h, ok
}

func (v *visit) secondForm() error {
	if v.who.ID != "" {
		return v.to("/")
	}
	if _, ok := v.waits(); !ok {
		return v.to("/signin")
	}
	return v.show("signin_second", "passkey.second", nil)
}

func (v *visit) beginSecond() error {
	w, ok := v.waits()
	switch {
	case !ok:
		return v.refuse(http.StatusBadRequest, "passkey.over")
	case !v.passkeysHere():
		return v.refuse(http.StatusConflict, "passkey.elsewhere")
	}
	h, err := v.holderOf(w.Account)
	if err != nil {
		return err
	}
	if len(h.keys) == 0 { // removed meanwhile, and the sign-in is none any more
		return v.refuse(http.StatusConflict, "passkey.over")
	}
	options, session, err := v.s.passkeys.rules.BeginLogin(h)
	if err != nil {
		return err
	}
	return v.challenge(ceremony{For: toSecond, Next: w.Next}, session, options)
}

// second ends the sign-in, whether well or not: after a wrong passkey the password is asked again, and counted.
func (v *visit) second() error {
	w, waits := v.waits()
	c, ok := v.asked(toSecond)
	v.s.sessions.Remove(v.ctx(), sessionHalf)
	if !waits || !ok {
		return v.refuse(http.StatusBadRequest, "passkey.over")
	}
	parsed, err := protocol.ParseCredentialRequestResponseBody(v.r.Body)
	if err != nil {
		v.unlike(err)
		return v.refuse(http.StatusBadRequest, "passkey.over")
	}
	h, err := v.holderOf(w.Account)
	if err != nil {
		return err
	}
	key, err := v.s.passkeys.rules.ValidateLogin(h, c.Session, parsed)
	if err == nil && (h.account.Disabled || w.Begun.Before(h.account.Since)) {
		err = account.ErrUnknown
	}
	return v.byPasskey(h, key, parsed, err, w.How, w.Next)
}

// The visitor's own.

// passkeysPart is what the page of the own account has of passkeys.
type passkeysPart struct {
	All       []account.Passkey
	Recent    bool   // the visitor has shown lately who they are
	Recommend bool   // the account can do much, and has none
	Wrong     string // key of what is wrong with the password that was asked
}

// recent reports whether the visitor has shown lately who they are.
func (v *visit) recent() bool {
	return v.s.Now().Sub(time.UnixMicro(v.s.sessions.GetInt64(v.ctx(), sessionProved))) < recently
}

// showOwn answers with the page of the own account.
func (v *visit) showOwn(code int, body ownPage) error {
	body.Least = account.Least
	err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) (err error) {
		body.Passkeys.All, err = account.Passkeys(tx, v.who.ID)
		return err
	})
	if err != nil {
		return err
	}
	if body.Sessions, err = v.ownSessions(); err != nil {
		return err
	}
	body.Passkeys.Recent = v.recent()
	body.Passkeys.Recommend = len(body.Passkeys.All) == 0 && (v.protection() || v.who.May(account.ChangeAccount))
	return v.showAs(code, "own", "desk.own", body)
}

// confirm has the visitor show again who they are, before they change how they sign in.
func (v *visit) confirm() error {
	wrong := func(key string) error {
		return v.showOwn(http.StatusUnprocessableEntity, ownPage{Passkeys: passkeysPart{Wrong: key}})
	}
	address := addressOf(v.r)
	if v.s.guard.Try(v.who.ID, address, v.s.Now()) > 0 {
		return wrong("own.wait")
	}
	select {
	case v.s.hashing <- struct{}{}:
	case <-v.ctx().Done():
		return v.ctx().Err()
	}
	is := v.who.Is(v.r.PostFormValue("password"))
	<-v.s.hashing
	if !is || v.who.MustChange {
		return wrong("passkey.wrong")
	}
	v.s.guard.Well(v.who.ID, address)
	v.s.sessions.Put(v.ctx(), sessionProved, v.s.Now().UnixMicro())
	return v.to("/own")
}

func (v *visit) beginPasskey() error {
	form, err := v.typed()
	form.Name = strings.TrimSpace(form.Name)
	switch {
	case err != nil:
		return v.refuse(http.StatusBadRequest, "passkey.again")
	case !v.passkeysHere():
		return v.refuse(http.StatusConflict, "passkey.elsewhere")
	case v.who.MustChange || !v.recent():
		return v.refuse(http.StatusForbidden, "passkey.late")
	case account.PasskeyName(form.Name) != nil:
		return v.refuse(http.StatusUnprocessableEntity, "passkey.name_wrong")
	}
	h, err := v.holderOf(v.who.ID)
	if err != nil {
		return err
	}
	if h.handle == nil {
		h.handle = make([]byte, 32)
		rand.Read(h.handle)
	}
	var known []protocol.CredentialDescriptor
	for _, c := range h.WebAuthnCredentials() {
		known = append(known, c.Descriptor())
	}
	options, session, err := v.s.passkeys.rules.BeginRegistration(h, webauthn.WithExclusions(known))
	if err != nil {
		return err
	}
	return v.challenge(ceremony{For: toAdd, Name: form.Name, Handle: h.handle}, session, options)
}

func (v *visit) addPasskey() error {
	c, ok := v.asked(toAdd)
	if !ok {
		return v.refuse(http.StatusBadRequest, "passkey.again")
	}
	if v.who.MustChange || !v.recent() {
		return v.refuse(http.StatusForbidden, "passkey.late")
	}
	body, err := io.ReadAll(v.r.Body)
	if err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBody(bytes.NewReader(body))
	if err != nil {
		v.unlike(err)
		return v.refuse(http.StatusBadRequest, "passkey.again")
	}
	key, err := v.s.passkeys.rules.CreateCredential(holder{account: v.who, handle: c.Handle}, c.Session, parsed)
	if err != nil {
		v.unlike(err)
		return v.refuse(http.StatusUnprocessableEntity, "passkey.refused")
	}
	kept, err := record(key)
	if err != nil {
		return err
	}
	err = v.s.DB.Write(v.ctx(), func(tx *store.Tx) error {
		if err := account.Still(tx, v.who); err != nil {
			return err
		}
		return account.AddPasskey(tx, account.Passkey{
			Account: v.who.ID, Name: c.Name, Credential: base64.RawURLEncoding.EncodeToString(key.ID), Handle: base64.RawURLEncoding.EncodeToString(c.Handle),
			Record: kept, Uses: key.Authenticator.SignCount,
		}, v.by())
	})
	switch {
	case errors.Is(err, account.ErrUnknown): // its sessions have ended meanwhile
		return v.refuse(http.StatusForbidden, "passkey.late")
	case errors.Is(err, account.ErrTaken):
		return v.refuse(http.StatusConflict, "passkey.taken")
	case errors.Is(err, account.ErrPasskey):
		return v.refuse(http.StatusConflict, "passkey.most")
	case err != nil:
		return err
	}
	v.tell("passkey.added")
	return v.json(http.StatusOK, answer{Next: "/own"})
}

func (v *visit) removePasskey() error {
	id := v.r.PathValue("id")
	if !store.IsID(id) {
		return errNoPage
	}
	if !v.recent() {
		return v.showOwn(http.StatusForbidden, ownPage{Passkeys: passkeysPart{Wrong: "passkey.late"}})
	}
	if err := v.s.DB.Write(v.ctx(), func(tx *store.Tx) error { return account.RemovePasskey(tx, v.who.ID, id, v.by()) }); err != nil {
		return err
	}
	v.came = time.Now()
	if err := v.enter(v.who.ID, v.how(), v.s.Now()); err != nil { // the others have ended
		return err
	}
	v.tell("passkey.removed")
	return v.to("/own")
}
