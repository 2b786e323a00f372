package web_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"mitra/desk/account"
	"mitra/store"
)

// authenticator gives a browser a device that can have passkeys.
func (b *browser) authenticator() webauthn.AuthenticatorID {
	b.t.Helper()
	return ask(b, func(ctx context.Context, t *chromedp.Target) (webauthn.AuthenticatorID, error) {
		if _, err := cdp.Call(ctx, t, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return "", err
		}
		res, err := cdp.Call(ctx, t, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		}})
		return res.AuthenticatorID, err
	})
}

// An officer adds a passkey, and signs in by it, alone and after the password, in a real browser; what a device does not vouch for is
// refused, and told on the page.
func TestPasskeyInABrowser(t *testing.T) {
	chromium(t)
	x := newSite(t)
	for i, lang := range []string{"en", "km"} {
		role := []string{"chief", "administrator"}[i]
		must(t, x.kh.n.DB.Write(ctx, func(tx *store.Tx) error { return account.SetLang(tx, role, lang, account.By{Actor: role}) }))
		b := x.open(t, lang, []int{1440, 360}[i], true)
		id := b.authenticator()
		b.signIn(role)
		b.to("/own")
		b.looks("/own")
		b.shoot("passkey-none-" + lang)
		b.run(chromedp.SendKeys(chromedp.CSS(`input[name=name]`), "ទូរស័ព្ទ office"))
		b.press(`form[data-begin] button`)
		if got := b.text("main table"); !strings.Contains(got, "ទូរស័ព្ទ office") {
			t.Fatalf("the passkeys: %s", got)
		}
		b.looks("/own")
		b.shoot("passkey-one-" + lang)
		// The same device has one already, and the page says so.
		b.run(chromedp.SendKeys(chromedp.CSS(`input[name=name]`), "again"), chromedp.Click(chromedp.CSS(`form[data-begin] button`)))
		b.says(`form[data-begin] [role=alert]`)
		b.press(`.me button`)
		// Without the password.
		b.to("/signin")
		b.looks("/signin")
		b.shoot("passkey-signin-" + lang)
		b.press(`form[data-begin] button`)
		if got := b.text("header"); !strings.Contains(got, "Officer "+role) {
			t.Fatalf("signed in by the passkey: %s", got)
		}
		b.press(`.me button`)
		// After it.
		b.signIn(role)
		if got := b.text("main"); strings.Contains(got, "Officer") || len(got) < 20 {
			t.Fatalf("after the password: %s", got)
		}
		b.looks("/signin/second")
		b.shoot("passkey-second-" + lang)
		b.press(`form[data-begin] button`)
		if got := b.text("header"); !strings.Contains(got, "Officer "+role) {
			t.Fatalf("signed in by password and passkey: %s", got)
		}
		b.press(`.me button`)
		// A device that has not made sure who holds it, one that signs wrongly, and one whose count has gone back.
		yes := true
		for what, lie := range map[string]webauthn.SetResponseOverrideBitsParams{"not verified": {IsBadUV: &yes}, "wrong signature": {IsBogusSignature: &yes}} {
			lie.AuthenticatorID = id
			b.device(func(ctx context.Context, t *chromedp.Target) error {
				_, err := cdp.Call(ctx, t, webauthn.SetResponseOverrideBits, lie)
				return err
			})
			b.to("/signin")
			b.run(chromedp.Click(chromedp.CSS(`form[data-begin] button`)))
			t.Logf("%s: %s", what, b.says(`form[data-begin] [role=alert]`))
		}
		b.device(func(ctx context.Context, t *chromedp.Target) error {
			if _, err := cdp.Call(ctx, t, webauthn.SetResponseOverrideBits, webauthn.SetResponseOverrideBitsParams{AuthenticatorID: id}); err != nil {
				return err
			}
			all, err := cdp.Call(ctx, t, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: id})
			if err != nil || len(all.Credentials) != 1 {
				return fmt.Errorf("%d passkeys: %v", len(all.Credentials), err)
			}
			back := 0.0
			_, err = cdp.Call(ctx, t, webauthn.SetCredentialProperties, webauthn.SetCredentialPropertiesParams{AuthenticatorID: id, CredentialID: all.Credentials[0].CredentialID, SignCount: &back})
			return err
		})
		b.to("/signin")
		b.run(chromedp.Click(chromedp.CSS(`form[data-begin] button`)))
		b.says(`form[data-begin] [role=alert]`)
		if n := len(x.events("passkey-copied")); n != i+1 {
			t.Errorf("%d events of copies", n)
		}
		// Without scripts the page says what is missing.
		c := x.open(t, lang, 360, false)
		c.signIn(role)
		if got := c.text("main"); !strings.Contains(got, "JavaScript") {
			t.Errorf("without scripts: %s", got)
		}
		c.looks("/signin/second")
	}
	if log := x.kh.log.String(); strings.Contains(log, "a text is missing") || strings.Contains(log, "a page failed") {
		t.Errorf("the log: %s", log)
	}
}

// device has the browser's device do something.
func (b *browser) device(f func(ctx context.Context, t *chromedp.Target) error) {
	b.t.Helper()
	b.run(chromedp.Func(f))
}

// says is what a page says of what is wrong, once it does.
func (b *browser) says(sel string) string {
	b.t.Helper()
	for range 100 {
		if s := ask(b, chromedp.Evaluate[string](`(e => e && !e.hidden ? e.textContent : "")(document.querySelector("`+sel+`"))`)); s != "" {
			return s
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.t.Fatalf("%s: nothing is said", sel)
	return ""
}

// An officer signs in at the provider, which is another site: the session, whose cookie no foreign request carries, is there afterwards.
func TestProviderInABrowser(t *testing.T) {
	chromium(t)
	x, i := provided(t)
	x.tie("liaison", account.Code(i.URL, "4711"))
	u, err := url.Parse(i.URL)
	must(t, err)
	if u.Hostname() == "localhost" {
		t.Fatal("the provider is no other site")
	}
	for n, scripts := range []bool{true, false} {
		b := x.open(t, "en", []int{1440, 360}[n], scripts)
		b.to("/signin?next=/help")
		b.looks("/signin")
		b.shoot(fmt.Sprint("provider-signin-", n))
		b.run(chromedp.Click(chromedp.CSS(`form[action="/signin/provider"] button`)))
		b.until("/help")
		if got := b.text("header"); !strings.Contains(got, "Officer liaison") {
			t.Fatalf("signed in at the provider: %s", got)
		}
		b.press(`.me button`)
		b.looks("/signout")
		b.shoot(fmt.Sprint("provider-out-", n))
	}
	i.lie(func(i *issuer) { i.subject = "4712" })
	b := x.open(t, "id", 360, true)
	b.to("/signin")
	b.run(chromedp.Click(chromedp.CSS(`form[action="/signin/provider"] button`)))
	b.until("/signin/provider/done")
	b.looks("/signin/provider/done")
	b.shoot("provider-unknown")
	if got := b.text("main"); !strings.Contains(got, account.Code(i.URL, "4712")) {
		t.Errorf("somebody unknown: %s", got)
	}
	a := x.open(t, "en", 1440, true)
	a.signIn("administrator")
	a.to("/accounts/liaison")
	a.looks("/accounts/liaison")
	a.shoot("provider-account")
}

// until waits until the browser is at a page.
func (b *browser) until(path string) {
	b.t.Helper()
	at := ""
	for range 200 {
		var err error
		at, err = chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.readyState === "complete" ? location.pathname : ""`))
		if err == nil && at == path {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.t.Fatalf("at %s, want %s: %s", at, path, b.text("main"))
}
