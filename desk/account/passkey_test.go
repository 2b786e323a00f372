package account_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"mitra/desk/account"
	"mitra/store"
	"mitra/treaty/journal"
)

func (o office) add(who, credential string) error {
	return o.write(func(tx *store.Tx) error {
		p := account.Passkey{Account: who, Name: "ទូរស័ព្ទ of " + who, Credential: credential, Handle: "handle-" + who, Record: []byte(`{"key":"public"}`), Uses: 3}
		return account.AddPasskey(tx, p, account.By{Actor: who, Office: "hq"})
	})
}

func (o office) passkeys(who string) (all []account.Passkey) {
	o.t.Helper()
	must(o.t, o.db.Read(o.t.Context(), func(tx *store.Tx) (err error) {
		all, err = account.Passkeys(tx, who)
		return err
	}))
	return all
}

func (o office) found() (out []string) {
	o.t.Helper()
	must(o.t, o.db.Read(o.t.Context(), func(tx *store.Tx) (err error) {
		out, err = journal.VerifyBound(tx, account.Bound, account.BoundPasskeys, account.BoundSubjects)
		return err
	}))
	return out
}

func TestPasskeys(t *testing.T) {
	each(t, func(o office) {
		o.make("sari", false, account.Administrator)
		o.make("dara", false, account.Liaison)
		must(o.t, o.add("dara", "c1"))
		must(o.t, o.add("dara", "c2"))
		if err := o.add("sari", "c1"); !errors.Is(err, account.ErrTaken) {
			o.t.Errorf("a passkey of another account: %v", err)
		}
		if err := o.add("nobody", "c3"); !errors.Is(err, account.ErrUnknown) {
			o.t.Errorf("of no account: %v", err)
		}
		for _, name := range []string{"", "  ", "a\nb", "a\u202eb", strings.Repeat("x", 61)} {
			if err := o.write(func(tx *store.Tx) error {
				return account.AddPasskey(tx, account.Passkey{Account: "dara", Name: name, Credential: "c4", Record: []byte("{}")}, admin)
			}); !errors.Is(err, account.ErrPasskey) {
				o.t.Errorf("%q: %v", name, err)
			}
		}
		all := o.passkeys("dara")
		if len(all) != 2 || len(o.passkeys("sari")) != 0 || all[0].Credential != "c1" || all[0].Name != "ទូរស័ព្ទ of dara" || all[0].Uses != 3 || all[0].Made.IsZero() || !all[0].Used.IsZero() || string(all[0].Record) != `{"key":"public"}` {
			o.t.Fatalf("%+v", all)
		}
		use := func(p account.Passkey, uses uint32) error {
			p.Uses = uses
			return o.write(func(tx *store.Tx) error { return account.UsePasskey(tx, p, account.By{Actor: "dara"}) })
		}
		must(o.t, use(all[0], 4))
		for _, uses := range []uint32{4, 3, 0} {
			if err := use(all[0], uses); !errors.Is(err, account.ErrCopied) {
				o.t.Errorf("a count of %d after 4: %v", uses, err)
			}
		}
		must(o.t, use(all[0], 1<<32-1))
		if p := o.passkeys("dara")[0]; p.Uses != 1<<32-1 || p.Used.IsZero() {
			o.t.Errorf("%+v", p)
		}
		since := o.find("dara").Since
		remove := func(who, id string) error {
			return o.write(func(tx *store.Tx) error { return account.RemovePasskey(tx, who, id, account.By{Actor: "dara"}) })
		}
		if err := remove("sari", all[1].ID); !errors.Is(err, account.ErrUnknown) || len(o.passkeys("dara")) != 2 {
			o.t.Errorf("that of another account is removed: %v", err)
		}
		must(o.t, remove("dara", all[1].ID))
		if !o.find("dara").Since.After(since) {
			o.t.Error("sessions go on after a passkey is removed")
		}
		if f := o.found(); len(f) > 0 {
			o.t.Errorf("nothing was changed: %v", f)
		}
		for kind, n := range map[string]int{"passkey-added": 2, "passkey-used": 2, "passkey-removed": 1} {
			events := o.events(kind)
			if len(events) != n {
				o.t.Errorf("%s: %d events, want %d", kind, len(events), n)
			}
			for _, e := range events {
				if text := string(e.Data); strings.Contains(text, "ទូរ") || strings.Contains(text, "handle-") || strings.Contains(text, `"c1"`) || len(e.Subjects) != 1 || e.Subjects[0] != "account:dara" {
					o.t.Errorf("%s: %+v", kind, e)
				}
			}
		}
		// A key that somebody puts there past the program, or exchanges, is found.
		must(o.t, o.write(func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE passkey SET record = '{"key":"another"}'`)
			return err
		}))
		if len(o.found()) == 0 {
			o.t.Error("a key that was exchanged past the program is not found")
		}
	})
}

// A device that keeps no count goes on without one; one that has kept one does not stop.
func TestPasskeyWithoutCount(t *testing.T) {
	each(t, func(o office) {
		o.make("dara", false, account.Liaison)
		must(o.t, o.write(func(tx *store.Tx) error {
			return account.AddPasskey(tx, account.Passkey{Account: "dara", Name: "Phone", Credential: "c", Record: []byte("{}")}, admin)
		}))
		p := o.passkeys("dara")[0]
		for range 3 {
			must(o.t, o.write(func(tx *store.Tx) error { return account.UsePasskey(tx, p, admin) }))
		}
	})
}

// Of two uses with one count at the same moment one is good: whoever has a copy comes too late, or is found.
func TestPasskeyAtOnce(t *testing.T) {
	each(t, func(o office) {
		o.make("dara", false, account.Liaison)
		must(o.t, o.add("dara", "c"))
		p := o.passkeys("dara")[0]
		p.Uses = 9
		var all sync.WaitGroup
		var mu sync.Mutex
		good, copied := 0, 0
		for range 4 {
			all.Go(func() {
				err := o.write(func(tx *store.Tx) error { return account.UsePasskey(tx, p, admin) })
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					good++
				case errors.Is(err, account.ErrCopied):
					copied++
				default:
					o.t.Error(err)
				}
			})
		}
		all.Wait()
		if good != 1 || copied != 3 {
			o.t.Errorf("%d were good, %d are told as copies", good, copied)
		}
	})
}

func TestMostPasskeys(t *testing.T) {
	each(t, func(o office) {
		o.make("dara", false, account.Liaison)
		for i := range 20 {
			must(o.t, o.add("dara", fmt.Sprint("c", i)))
		}
		if err := o.add("dara", "one more"); !errors.Is(err, account.ErrPasskey) {
			o.t.Error(err)
		}
	})
}

// A lost device: a password that another gives takes the passkeys away; one's own does not.
func TestPasswordTakesPasskeys(t *testing.T) {
	each(t, func(o office) {
		o.make("dara", false, account.Liaison)
		o.make("rina", false, account.Liaison)
		for _, c := range []string{"c1", "c2"} {
			must(o.t, o.add("dara", c))
		}
		must(o.t, o.add("rina", "c3"))
		must(o.t, o.write(func(tx *store.Tx) error {
			return account.SetPassword(tx, "dara", hash(o.t, "dara"), account.By{Actor: "dara"})
		}))
		if len(o.passkeys("dara")) != 2 {
			o.t.Fatal("one's own password takes passkeys away")
		}
		must(o.t, o.write(func(tx *store.Tx) error { return account.SetPassword(tx, "dara", hash(o.t, "dara"), admin) }))
		if len(o.passkeys("dara")) != 0 || len(o.passkeys("rina")) != 1 {
			o.t.Error("the wrong passkeys are gone")
		}
		if e := o.events("passkey-removed"); len(e) != 1 || e[0].Actor != "admin" || e[0].Subjects[0] != "account:dara" {
			o.t.Errorf("%+v", e)
		}
		if f := o.found(); len(f) > 0 {
			o.t.Error(f)
		}
	})
}

func TestCode(t *testing.T) {
	a := account.Code("https://id.example", "4711")
	if len(a) != 30 || strings.Count(a, "-") != 4 || a != account.Code("https://id.example", "4711") {
		t.Errorf("%q", a)
	}
	for _, other := range [][2]string{{"https://id.example", "4712"}, {"https://id.example/", "4711"}, {"https://id.example4", "711"}, {"", "https://id.example4711"}} {
		if account.Code(other[0], other[1]) == a {
			t.Errorf("%q has the same code", other)
		}
	}
	for _, typed := range []string{a, strings.ToUpper(a), strings.ReplaceAll(a, "-", " "), " " + strings.ReplaceAll(a, "-", "") + " "} {
		if got, err := account.ParseCode(typed); err != nil || got != a {
			t.Errorf("%q: %q %v", typed, got, err)
		}
	}
	for _, typed := range []string{"", "-", a[1:], a + "a", strings.Replace(a, a[:1], "1", 1), "somebody@example.org"} {
		if _, err := account.ParseCode(typed); !errors.Is(err, account.ErrCode) {
			t.Errorf("%q: %v", typed, err)
		}
	}
}

func TestTie(t *testing.T) {
	each(t, func(o office) {
		o.make("sari", false, account.Administrator)
		o.make("dara", false, account.Liaison)
		o.make("rina", false, account.Liaison)
		code, other := account.Code("https://id.example", "4711"), account.Code("https://id.example", "4712")
		tie := func(who, code string, by account.By) error {
			return o.write(func(tx *store.Tx) error { return account.Tie(tx, who, code, by) })
		}
		tied := func(code string) (id string) {
			_ = o.db.Read(o.t.Context(), func(tx *store.Tx) error {
				a, err := account.Tied(tx, code)
				id = a.ID
				if err != nil && !errors.Is(err, account.ErrUnknown) {
					o.t.Error(err)
				}
				return nil
			})
			return id
		}
		since := o.find("dara").Since
		must(o.t, tie("dara", strings.ToUpper(code), admin))
		if tied(code) != "dara" || tied(other) != "" || !o.find("dara").Since.After(since) {
			o.t.Error("the account is not tied, or its sessions go on")
		}
		for what, err := range map[string]error{
			"taken":   tie("rina", code, admin),
			"own":     tie("dara", other, account.By{Actor: "dara"}),
			"no code": tie("rina", "somebody@example.org", admin),
			"nobody":  tie("nobody", other, admin),
		} {
			if want := map[string]error{"taken": account.ErrTaken, "own": account.ErrOwn, "no code": account.ErrCode, "nobody": account.ErrUnknown}[what]; !errors.Is(err, want) {
				o.t.Errorf("%s: %v", what, err)
			}
		}
		if tied(code) != "dara" || tied(other) != "" {
			o.t.Error("what was refused has changed something")
		}
		must(o.t, tie("dara", other, admin))
		if tied(code) != "" || tied(other) != "dara" {
			o.t.Error("another code does not go in the place of the first")
		}
		must(o.t, tie("dara", "", admin))
		must(o.t, tie("dara", "", admin)) // nothing to do
		if tied(other) != "" {
			o.t.Error("it is tied still")
		}
		if e := o.events("account-provider"); len(e) != 3 {
			o.t.Errorf("%d events, want 3", len(e))
		}
		must(o.t, tie("rina", code, admin))
		if f := o.found(); len(f) > 0 {
			o.t.Errorf("nothing was changed: %v", f)
		}
		must(o.t, o.write(func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE account_subject SET account = 'sari'`)
			return err
		}))
		if len(o.found()) == 0 {
			o.t.Error("a tie that was changed past the program is not found")
		}
	})
}
