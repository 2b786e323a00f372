package account_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"mitra/desk/account"
	"mitra/store"
	"mitra/treaty/journal"
)

func (o office) token(id string, scope ...account.Right) (secret string, t account.Token, err error) {
	o.t.Helper()
	secret = account.NewSecret("KH")
	err = o.write(func(tx *store.Tx) error {
		t, err = account.MakeToken(tx, id, "a program", secret, scope, account.MostLife, account.By{Actor: id, Office: "hq"})
		return err
	})
	return secret, t, err
}

func (o office) bearer(secret string) (t account.Token, a account.Account, err error) {
	o.t.Helper()
	err = o.db.Read(o.t.Context(), func(tx *store.Tx) error {
		t, a, err = account.Bearer(tx, secret)
		return err
	})
	return t, a, err
}

// own is an account whose officer has chosen the password.
func (o office) own(id string, protection bool, roles ...account.Role) {
	o.t.Helper()
	o.make(id, protection, roles...)
	must(o.t, o.write(func(tx *store.Tx) error { return account.SetPassword(tx, id, hash(o.t, id), account.By{Actor: id}) }))
}

// A token has those rights of its scope that its account has at that moment.
func TestTokenRights(t *testing.T) {
	each(t, func(o office) {
		o.own("sari", true, account.Supervisor)
		secret, made, err := o.token("sari", account.SeePeople, account.SeeProtection, account.SeePeople)
		must(o.t, err)
		if !strings.HasPrefix(secret, "mitra_kh_") || len(secret) != len("mitra_kh_")+43 || len(made.Scope) != 2 {
			o.t.Errorf("%d letters, %v", len(secret), made.Scope)
		}
		_, a, err := o.bearer(secret)
		must(o.t, err)
		for _, r := range account.AllRights() {
			if want := r == account.Own || r == account.SeePeople || r == account.SeeProtection; a.May(r) != want {
				o.t.Errorf("%s: %v", r, a.May(r))
			}
		}
		must(o.t, o.change("sari", admin, func(a *account.Account) { a.Protection = false }))
		if _, a, err = o.bearer(secret); err != nil || a.May(account.SeeProtection) || !a.May(account.SeePeople) {
			o.t.Errorf("without protection: %v", err)
		}
		must(o.t, o.change("sari", admin, func(a *account.Account) { a.Roles = []account.Role{account.Analyst} }))
		if _, a, err = o.bearer(secret); err != nil || a.May(account.SeePeople) || a.May(account.SeeStatus) {
			o.t.Errorf("with another role: %v", err)
		}
		// Protection without people is nothing.
		must(o.t, o.change("sari", admin, func(a *account.Account) { a.Roles, a.Protection = []account.Role{account.Supervisor}, true }))
		secret, _, err = o.token("sari", account.SeeProtection)
		must(o.t, err)
		if _, a, _ := o.bearer(secret); a.May(account.SeeProtection) {
			o.t.Error("protection, and no people")
		}
	})
}

func TestTokenRefused(t *testing.T) {
	each(t, func(o office) {
		o.own("sari", false, account.Analyst)
		o.make("dara", false, account.Analyst) // has to choose a password
		for name, c := range map[string]struct {
			id, name string
			scope    []account.Right
			life     time.Duration
		}{
			"no right":            {"sari", "x", nil, time.Hour},
			"a right of others":   {"sari", "x", []account.Right{account.SeePeople}, time.Hour},
			"no name":             {"sari", "  ", []account.Right{account.SeeStatus}, time.Hour},
			"a name of two lines": {"sari", "x\ny", []account.Right{account.SeeStatus}, time.Hour},
			"a long name":         {"sari", strings.Repeat("x", 61), []account.Right{account.SeeStatus}, time.Hour},
			"a long life":         {"sari", "x", []account.Right{account.SeeStatus}, account.MostLife + 1},
			"no life":             {"sari", "x", []account.Right{account.SeeStatus}, 0},
			"not its own yet":     {"dara", "x", []account.Right{account.SeeStatus}, time.Hour},
		} {
			err := o.write(func(tx *store.Tx) error {
				_, err := account.MakeToken(tx, c.id, c.name, account.NewSecret("KH"), c.scope, c.life, admin)
				return err
			})
			if !errors.Is(err, account.ErrToken) {
				o.t.Errorf("%s: %v", name, err)
			}
		}
		for range 20 {
			_, _, err := o.token("sari", account.SeeStatus)
			must(o.t, err)
		}
		if _, _, err := o.token("sari", account.SeeStatus); !errors.Is(err, account.ErrToken) {
			o.t.Errorf("one too many: %v", err)
		}
		if _, _, err := o.bearer(account.NewSecret("KH")); !errors.Is(err, account.ErrNoToken) {
			o.t.Errorf("a stranger: %v", err)
		}
	})
}

// A token ends when its officer, or an administrator, or its account says so; each end is an event, and no event has the secret.
func TestTokenEnds(t *testing.T) {
	each(t, func(o office) {
		o.own("sari", false, account.Analyst)
		for name, end := range map[string]func(tx *store.Tx, t account.Token) error{
			"revoked":    func(tx *store.Tx, t account.Token) error { return account.Revoke(tx, "sari", t.ID, admin) },
			"signed out": func(tx *store.Tx, _ account.Token) error { return account.SignOut(tx, "sari", admin) },
			"a password": func(tx *store.Tx, _ account.Token) error {
				return account.SetPassword(tx, "sari", hash(o.t, "sari"), account.By{Actor: "sari"})
			},
			"disabled": func(tx *store.Tx, _ account.Token) error {
				a, err := account.Find(tx, "sari")
				if err != nil {
					return err
				}
				a.Disabled = true
				if err := account.Change(tx, a, admin); err != nil {
					return err
				}
				a.Disabled = false
				return account.Change(tx, a, admin)
			},
		} {
			secret, made, err := o.token("sari", account.SeeStatus)
			must(o.t, err)
			_, _, err = o.bearer(secret)
			must(o.t, err)
			before := len(o.events("token-revoked"))
			must(o.t, o.write(func(tx *store.Tx) error { return end(tx, made) }))
			if _, _, err := o.bearer(secret); !errors.Is(err, account.ErrNoToken) {
				o.t.Errorf("%s: %v", name, err)
			}
			must(o.t, o.write(func(tx *store.Tx) error { return end(tx, made) })) // and it stays so
			if n := len(o.events("token-revoked")); n != before+1 {
				o.t.Errorf("%s: %d events", name, n-before)
			}
			for _, e := range append(o.events("token-made"), o.events("token-revoked")...) {
				if text, _ := json.Marshal(e); strings.Contains(string(text), secret) || strings.Contains(string(text), "a program") {
					o.t.Errorf("%s: %s", name, text)
				}
			}
		}
		if err := o.write(func(tx *store.Tx) error { return account.Revoke(tx, "nobody", store.NewID(), admin) }); !errors.Is(err, account.ErrNoToken) {
			o.t.Errorf("none: %v", err)
		}
	})
}

// That a token is used is noted once an hour; a change past the program is found.
func TestTokenBound(t *testing.T) {
	each(t, func(o office) {
		o.own("sari", false, account.Analyst)
		secret, made, err := o.token("sari", account.SeeStatus)
		must(o.t, err)
		if !made.Stale(time.Now()) {
			o.t.Error("one that was never used")
		}
		_, a, err := o.bearer(secret)
		must(o.t, err)
		must(o.t, o.write(func(tx *store.Tx) error { return account.NoteUse(tx, made, a) }))
		used, _, err := o.bearer(secret)
		must(o.t, err)
		if used.Stale(used.Used.Add(59*time.Minute)) || !used.Stale(used.Used.Add(time.Hour)) || len(o.events("token-used")) != 1 {
			o.t.Errorf("used: %v", used.Used)
		}
		found := func() (out []string) {
			must(o.t, o.db.Read(o.t.Context(), func(tx *store.Tx) (err error) {
				out, err = journal.VerifyBound(tx, account.Bound, account.BoundTokens)
				return err
			}))
			return out
		}
		if f := found(); len(f) > 0 {
			o.t.Errorf("nothing was changed: %v", f)
		}
		for _, change := range []string{`expires = '2999-01-01T00:00:00.000000Z'`, `scope = '["people.see"]'`, `account = 'dara'`, `used = ''`} {
			must(o.t, o.write(func(tx *store.Tx) error {
				_, err := tx.Exec(`UPDATE api_token SET ` + change)
				return err
			}))
			if len(found()) == 0 {
				o.t.Errorf("%s is not found", change)
			}
		}
		must(o.t, o.write(func(tx *store.Tx) error { _, err := tx.Exec(`UPDATE api_token SET scope = 'all'`); return err }))
		if _, _, err := o.bearer(secret); !errors.Is(err, store.ErrDamaged) {
			o.t.Errorf("damaged: %v", err)
		}
	})
}

// A request is done once for its key; who asks something else under it, or asks while it is done, is told so.
func TestRequest(t *testing.T) {
	each(t, func(o office) {
		r := account.Request{Token: "t", Key: "a key of a program", Hash: [32]byte{1}}
		begin := func(r account.Request) (k *account.Kept, err error) {
			err = o.write(func(tx *store.Tx) error { k, err = r.Begin(tx); return err })
			return k, err
		}
		do := func(f func(tx *store.Tx) error) { o.t.Helper(); must(o.t, o.write(f)) }
		other, theirs := r, r
		other.Hash, theirs.Token = [32]byte{2}, "another"
		if k, err := begin(r); k != nil || err != nil {
			o.t.Fatal(k, err)
		}
		if _, err := begin(r); !errors.Is(err, account.ErrDoing) {
			o.t.Errorf("while it is done: %v", err)
		}
		if _, err := begin(other); !errors.Is(err, account.ErrOther) {
			o.t.Errorf("another: %v", err)
		}
		if k, err := begin(theirs); k != nil || err != nil {
			o.t.Errorf("of another token: %v %v", k, err)
		}
		do(func(tx *store.Tx) error { return r.End(tx, account.Kept{Status: 201, Body: `{"id":"x"}`}) })
		if k, err := begin(r); err != nil || k == nil || *k != (account.Kept{Status: 201, Body: `{"id":"x"}`}) {
			o.t.Errorf("again: %v %v", k, err)
		}
		do(account.LoseRequests)
		if _, err := begin(theirs); !errors.Is(err, account.ErrLost) {
			o.t.Errorf("broken off: %v", err)
		}
		if k, err := begin(r); err != nil || k == nil {
			o.t.Errorf("what was done is not lost: %v", err)
		}
		do(r.Drop)
		if k, err := begin(r); k != nil || err != nil {
			o.t.Errorf("of which nothing came: %v %v", k, err)
		}
		do(r.Lose)
		if _, err := begin(r); !errors.Is(err, account.ErrLost) {
			o.t.Errorf("nobody knows: %v", err)
		}
		var keys []string
		must(o.t, o.db.Read(o.t.Context(), func(tx *store.Tx) (err error) {
			keys, err = tx.Texts(`SELECT token FROM api_request ORDER BY token`)
			return err
		}))
		if !slices.Equal(keys, []string{"another", "t"}) {
			o.t.Errorf("kept: %q", keys)
		}
		do(func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE api_request SET begun = $1`, tx.Now().Add(-25*time.Hour))
			return err
		})
		if k, err := begin(r); k != nil || err != nil {
			o.t.Errorf("a day later: %v %v", k, err)
		}
	})
}
