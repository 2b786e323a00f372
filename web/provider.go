package web

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"mitra/desk/account"
	"mitra/store"
)

// A Provider is where an authority has its officers sign in (OpenID Connect).
type Provider struct {
	Issuer, Client, Secret string
	Label                  string // as officers know it
}

// providerPages are those of signing in at the provider.
//
// The session's cookie goes with no request that another site has caused (SameSite=Strict), and the way back from the provider is one.
// So what the provider sends to is a page that needs no session: it only has the browser go on, by itself, to a second address with the
// same words. That request comes from a page of this desk and has the cookie, and in its session is the state that the words must have.
// A second cookie that goes with foreign requests (Lax) would do for the first request, but not for the page behind the redirect
// that follows it: its officer would seem to be signed out. For the like reason the way there is a page that goes on by itself: the
// content policy lets no form lead to another site (form-action), redirects included.
func (s *Server) providerPages() []page {
	return []page{
		{method: "POST", path: "/signin/provider", open: true, do: (*visit).toProvider},
		{method: "GET", path: "/signin/provider/back", open: true, do: (*visit).fromProvider},
		{method: "GET", path: "/signin/provider/done", open: true, do: (*visit).providerSignIn},
	}
}

const (
	sessionFlow = "flow" // JSON: a sign-in at the provider

	mostFlow     = 10 * time.Minute // from here to the provider and back
	mostAnswer   = 1 << 20          // bytes of an answer of the provider
	answerTime   = 10 * time.Second // in which it answers
	clockSkew    = time.Minute
	downFor      = 5 * time.Second // after it was not reached, it is not called again
	mostCode     = 4 << 10
	providerBack = "/signin/provider/back"
)

// provider is the provider, and what it has told of itself. That is asked when the first officer goes there: a provider that does not
// answer keeps no node from its start, and nobody from a password or passkey.
type provider struct {
	Provider
	client *http.Client

	mu     sync.Mutex
	known  *oidc.Provider
	ends   string // where one signs out there; may be empty
	shown  oauth2.AuthStyle
	down   error
	downAt time.Time
}

func newProvider(p *Provider) *provider {
	if p == nil {
		return nil
	}
	return &provider{Provider: *p, client: &http.Client{
		Timeout: answerTime, Transport: short{http.DefaultTransport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("the provider sends elsewhere") },
	}}
}

// short cuts off an answer without end.
type short struct{ http.RoundTripper }

func (s short) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := s.RoundTripper.RoundTrip(r)
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, mostAnswer), res.Body}
	}
	return res, err
}

// Guarded reports whether an address can be trusted with a sign-in: by TLS, or on this machine.
func Guarded(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// about asks the provider about itself, once it is needed.
func (p *provider) about(ctx context.Context, now time.Time) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known != nil {
		return p.known, nil
	}
	if p.down != nil && now.Sub(p.downAt) < downFor {
		return nil, p.down
	}
	var more struct {
		Keys  string   `json:"jwks_uri"`
		End   string   `json:"end_session_endpoint"`
		Shown []string `json:"token_endpoint_auth_methods_supported"`
	}
	known, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.Issuer)
	if err == nil {
		err = known.Claims(&more)
	}
	if err == nil && !(Guarded(known.Endpoint().AuthURL) && Guarded(known.Endpoint().TokenURL) && Guarded(more.Keys)) {
		err = errors.New("it names an address without TLS")
	}
	if err != nil {
		p.down, p.downAt = fmt.Errorf("the provider %s cannot be used: %.300s", p.Issuer, err), now
		return nil, p.down
	}
	if Guarded(more.End) {
		p.ends = more.End
	}
	p.shown = oauth2.AuthStyleInHeader // as OpenID Connect has it where nothing is said; trying both would spend the code
	if len(more.Shown) > 0 && !slices.Contains(more.Shown, "client_secret_basic") {
		p.shown = oauth2.AuthStyleInParams
	}
	p.known = known
	return known, nil
}

// flow is a sign-in at the provider, from the way there to the way back.
type flow struct {
	State, Nonce, Verifier string
	Redirect, Next         string
	At                     time.Time
}

func (p *provider) oauth(about *oidc.Provider, redirect string) *oauth2.Config {
	at := about.Endpoint()
	at.AuthStyle = p.shown
	return &oauth2.Config{ClientID: p.Client, ClientSecret: p.Secret, Endpoint: at, RedirectURL: redirect, Scopes: []string{oidc.ScopeOpenID}}
}

// providerGo is a page that goes on by itself.
type providerGo struct{ Address string }

// goOn answers with a page that goes on to an address by itself.
func (v *visit) goOn(title, address string) error {
	v.w.Header().Set("Refresh", "0; url="+address)
	return v.show("provider_go", title, providerGo{address})
}

// ProviderLabel is what officers call the provider; empty where there is none.
func (v view) ProviderLabel() string {
	if v.s.provider == nil {
		return ""
	}
	return v.s.provider.Label
}

// toProvider begins a sign-in at the provider.
func (v *visit) toProvider() error {
	p := v.s.provider
	if p == nil {
		return errNoPage
	}
	body := signInPage{Next: v.next()}
	origin := v.origin()
	if origin == "" {
		body.Provider = "provider.address"
		return v.showAs(http.StatusConflict, "signin", "desk.sign_in", body)
	}
	about, err := p.about(context.WithoutCancel(v.ctx()), v.s.Now())
	if err != nil {
		v.s.Log.Warn("officers cannot sign in at the provider", "error", err)
		body.Provider = "provider.down"
		return v.showAs(http.StatusServiceUnavailable, "signin", "desk.sign_in", body)
	}
	f := flow{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Redirect: origin + providerBack, Next: body.Next, At: v.s.Now()}
	if err := v.keep(sessionFlow, f); err != nil {
		return err
	}
	// A sign-in there that is older than a session here may be is none: the provider asks again, and says when it was.
	old := oauth2.SetAuthURLParam("max_age", strconv.Itoa(int(absolute/time.Second)))
	return v.goOn("provider.to", p.oauth(about, f.Redirect).AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier), old))
}

// fromProvider is where the provider sends back to: see [Server.providerPages].
func (v *visit) fromProvider() error {
	if v.s.provider == nil {
		return errNoPage
	}
	asked, words := v.r.URL.Query(), url.Values{}
	for _, name := range []string{"code", "state", "error", "iss"} {
		switch given := asked[name]; {
		case len(given) > 1 || len(given) == 1 && len(given[0]) > mostCode:
			return errForm
		case len(given) == 1:
			words.Set(name, given[0])
		}
	}
	return v.goOn("provider.from", "/signin/provider/done?"+words.Encode())
}

// claims are what a token says beside who it is.
type claims struct {
	Party   string   `json:"azp"`
	At      *int64   `json:"auth_time"`
	Methods []string `json:"amr"`
}

// secondFactor are the methods of RFC 8176 that are more than a password: a provider that has asked for one need not be helped.
var secondFactor = []string{"mfa", "hwk", "swk"}

var methodForm = regexp.MustCompile(`^[a-z0-9_-]{1,16}$`)

// errProvider is wrapped by what is wrong with an answer of the provider.
var errProvider = errors.New("the answer of the provider cannot be used")

// vouched is whom the provider vouches for, from the code that it has sent back with.
func (v *visit) vouched(f flow) (code string, c claims, err error) {
	p := v.s.provider
	bad := func(says string) (string, claims, error) { return "", c, fmt.Errorf("%w: %s", errProvider, says) }
	if iss := v.r.FormValue("iss"); iss != "" && iss != p.Issuer { // RFC 9207
		return bad("it comes from another provider")
	}
	if says := v.r.FormValue("error"); says != "" {
		return bad("it refuses")
	}
	about, err := p.about(context.WithoutCancel(v.ctx()), v.s.Now())
	if err != nil {
		return "", c, fmt.Errorf("%w: %w", errProvider, err)
	}
	ctx := oidc.ClientContext(v.ctx(), p.client)
	token, err := p.oauth(about, f.Redirect).Exchange(ctx, v.r.FormValue("code"), oauth2.VerifierOption(f.Verifier))
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return bad(fmt.Sprintf("it gives nothing for the code: %.40q", refused.ErrorCode))
	} else if err != nil {
		return bad("it does not answer")
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return bad("there is no id_token in it")
	}
	id, err := about.Verifier(&oidc.Config{ClientID: p.Client, Now: v.s.Now}).Verify(ctx, raw)
	if err == nil {
		err = id.Claims(&c)
	}
	switch {
	case err != nil:
		return bad(fmt.Sprintf("%.300s", err))
	case subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(f.Nonce)) != 1:
		return bad("it belongs to another sign-in")
	case c.Party != "" && c.Party != p.Client || c.Party == "" && len(id.Audience) > 1:
		return bad("it is meant for another program")
	case id.Subject == "" || len(id.Subject) > 255:
		return bad("it names nobody")
	case c.At != nil && (v.s.Now().Sub(time.Unix(*c.At, 0)) > absolute+clockSkew || time.Unix(*c.At, 0).Sub(v.s.Now()) > clockSkew):
		return bad("the sign-in there is too old, or not yet")
	}
	c.Methods = slices.DeleteFunc(c.Methods, func(m string) bool { return !methodForm.MatchString(m) })
	c.Methods = c.Methods[:min(len(c.Methods), 8)]
	return account.Code(p.Issuer, id.Subject), c, nil
}

// unknownPage tells somebody whom the provider knows and this desk does not how they are let in.
type unknownPage struct{ Code string }

// providerSignIn ends a sign-in at the provider. Nothing can be guessed here, so that no guard counts: each answer needs a sign-in that
// was begun in the session.
func (v *visit) providerSignIn() error {
	if v.s.provider == nil {
		return errNoPage
	}
	var f flow
	began := v.taken(sessionFlow, &f) && v.s.Now().Sub(f.At) < mostFlow
	if v.who.ID != "" && !began { // a page of before, loaded again
		return v.to("/")
	}
	state := []byte(v.r.FormValue("state"))
	err := fmt.Errorf("%w: it belongs to no sign-in that was begun here", errProvider)
	var code string
	var c claims
	if began && subtle.ConstantTimeCompare(state, []byte(f.State)) == 1 && v.s.answered.take(f.State, v.s.Now()) {
		code, c, err = v.vouched(f)
	}
	var a account.Account
	if err == nil {
		if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) (err error) {
			a, err = account.Tied(tx, code)
			return err
		}); err != nil && !errors.Is(err, account.ErrUnknown) {
			return err
		}
	}
	if err != nil || a.ID == "" || a.Disabled {
		who := account.Account{ID: "nobody"}
		if err := v.s.DB.Write(v.ctx(), func(tx *store.Tx) error { return account.Signed(tx, who, account.ByProvider, false) }); err != nil {
			return err
		}
	}
	switch {
	case err != nil:
		v.s.Log.Info("a sign-in at the provider was refused", "because", err)
		return v.showAs(http.StatusUnauthorized, "signin", "desk.sign_in", signInPage{Next: f.Next, Provider: "provider.refused"})
	case a.ID == "" || a.Disabled: // the same page for both: nobody learns here who works here
		return v.showAs(http.StatusForbidden, "provider_unknown", "provider.unknown", unknownPage{code})
	}
	strong := slices.ContainsFunc(c.Methods, func(m string) bool { return slices.Contains(secondFactor, m) })
	var proved time.Time
	if c.At != nil {
		proved = time.Unix(*c.At, 0)
	}
	lacks := false
	if err := v.s.DB.Write(v.ctx(), func(tx *store.Tx) error {
		keys, err := account.Passkeys(tx, a.ID)
		if err != nil {
			return err
		}
		at := ""
		if c.At != nil {
			at = store.Time(proved)
		}
		if err := account.Provided(tx, a, c.Methods, at); err != nil {
			return err
		}
		if lacks = len(keys) > 0 && !strong; lacks {
			return account.Half(tx, a, account.ByProviderPasskey)
		}
		return account.Signed(tx, a, account.ByProvider, true)
	}); err != nil {
		return err
	}
	if lacks {
		return v.wait(half{Account: a.ID, How: account.ByProviderPasskey, Next: f.Next})
	}
	if err := v.enter(a.ID, account.ByProvider, proved); err != nil {
		return err
	}
	return v.to(f.Next)
}

// provided reports whether the visitor has signed in at the provider.
func (v *visit) provided() bool {
	how := v.how()
	return how == account.ByProvider || how == account.ByProviderPasskey
}

// signOutThere is where the visitor signs out at the provider too; empty where there is no such place, or no need.
func (v *visit) signOutThere() string {
	p := v.s.provider
	if p == nil || !v.provided() {
		return ""
	}
	p.mu.Lock()
	ends := p.ends
	p.mu.Unlock()
	u, err := url.Parse(ends)
	if err != nil || ends == "" {
		return ""
	}
	q := u.Query()
	q.Set("client_id", p.Client)
	if o := v.origin(); o != "" {
		q.Set("post_logout_redirect_uri", o+"/signin")
	}
	u.RawQuery = q.Encode()
	return u.String()
}
