package account_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"mitra/desk/account"
	offices "mitra/desk/office"
	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/journal"
)

var update = flag.Bool("update", false, "write the golden files anew")

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const secret = "a sentence for tests"

var admin = account.By{Actor: "admin", Office: "hq"}

// hashes are made once: each costs what it costs who guesses.
var hashes = map[string]string{}

func hash(t testing.TB, id string) string {
	t.Helper()
	if hashes[id] == "" {
		h, err := account.Hash(secret, id)
		must(t, err)
		hashes[id] = h
	}
	return hashes[id]
}

// office is a node's accounts.
type office struct {
	t  *testing.T
	db *store.DB
}

func (o office) write(f func(tx *store.Tx) error) error { return o.db.Write(o.t.Context(), f) }

func (o office) make(id string, protection bool, roles ...account.Role) {
	o.t.Helper()
	must(o.t, o.write(func(tx *store.Tx) error {
		a := account.Account{ID: id, Name: "Officer " + id, Office: "hq", Roles: roles, Protection: protection}
		return account.Make(tx, a, hash(o.t, id), admin)
	}))
}

func (o office) find(id string) (a account.Account) {
	o.t.Helper()
	must(o.t, o.db.Read(o.t.Context(), func(tx *store.Tx) (err error) {
		a, err = account.Find(tx, id)
		return err
	}))
	return a
}

// change changes an account by what f does to it.
func (o office) change(id string, by account.By, f func(a *account.Account)) error {
	a := o.find(id)
	a.Roles = slices.Clone(a.Roles)
	f(&a)
	return o.write(func(tx *store.Tx) error { return account.Change(tx, a, by) })
}

func (o office) events(kind string) (out []journal.Event) {
	o.t.Helper()
	must(o.t, o.db.Read(o.t.Context(), func(tx *store.Tx) error {
		out = nil
		return journal.Events(tx, journal.House, func(e journal.Event) error {
			if e.Kind == kind {
				out = append(out, e)
			}
			return nil
		})
	}))
	return out
}

func each(t *testing.T, f func(o office)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { f(officeIn(t, db)) })
}

// officeIn has the offices in which the officers of these tests work.
func officeIn(t *testing.T, db *store.DB) office {
	o := office{t, db}
	must(t, o.write(func(tx *store.Tx) error {
		for _, name := range []string{"hq", "airport", "ភ្នំពេញ"} {
			if err := offices.Open(tx, offices.Unit{Name: name, Kind: offices.Headquarters}, "admin", "hq"); err != nil {
				return err
			}
		}
		return offices.Open(tx, offices.Unit{Name: "labour", Kind: offices.Guest, Agency: offices.Labour}, "admin", "hq")
	}))
	return o
}

func TestMake(t *testing.T) {
	each(t, func(o office) {
		o.make("sari", false, account.Administrator)
		o.make("dara", true, account.Liaison, account.Registry)
		a := o.find("dara")
		if a.Name != "Officer dara" || a.Office != "hq" || !a.Protection || a.Disabled || !a.MustChange || !slices.Equal(a.Roles, []account.Role{account.Liaison, account.Registry}) || a.Made.IsZero() || a.Since.IsZero() {
			o.t.Errorf("%+v", a)
		}
		err := o.write(func(tx *store.Tx) error {
			return account.Make(tx, account.Account{ID: "dara", Name: "Another", Office: "hq", Roles: []account.Role{account.Auditor}}, hash(o.t, "dara"), admin)
		})
		if !errors.Is(err, account.ErrTaken) || o.find("dara").Name != "Officer dara" {
			o.t.Errorf("a second account of the name: %v", err)
		}
		var all []account.Account
		must(o.t, o.db.Read(o.t.Context(), func(tx *store.Tx) (err error) {
			all, err = account.All(tx)
			if _, missing := account.Find(tx, "nobody"); !errors.Is(missing, account.ErrUnknown) {
				o.t.Errorf("an account that is not there: %v", missing)
			}
			return err
		}))
		if len(all) != 2 || all[0].ID != "dara" || all[1].ID != "sari" {
			o.t.Errorf("%+v", all)
		}
		good := account.Account{ID: "rina", Name: "Rina", Office: "hq", Roles: []account.Role{account.Analyst}}
		for what, bad := range map[string]func(a *account.Account){
			"no id":              func(a *account.Account) { a.ID = "" },
			"capital letters":    func(a *account.Account) { a.ID = "Rina" },
			"a space":            func(a *account.Account) { a.ID = "rina s" },
			"a long id":          func(a *account.Account) { a.ID = strings.Repeat("a", 41) },
			"a line break":       func(a *account.Account) { a.ID = "rina\n" },
			"no name":            func(a *account.Account) { a.Name = "  " },
			"a name of lines":    func(a *account.Account) { a.Name = "Rina\nSari" },
			"a name turned":      func(a *account.Account) { a.Name = "Rina \u202eiraS" },
			"a long name":        func(a *account.Account) { a.Name = strings.Repeat("ស", 101) },
			"no office":          func(a *account.Account) { a.Office = "" },
			"no role":            func(a *account.Account) { a.Roles = nil },
			"a role of no kind":  func(a *account.Account) { a.Roles = []account.Role{"root"} },
			"one good, one none": func(a *account.Account) { a.Roles = []account.Role{account.Analyst, ""} },
		} {
			a := good
			bad(&a)
			if err := o.write(func(tx *store.Tx) error { return account.Make(tx, a, "hash", admin) }); !errors.Is(err, account.ErrAccount) {
				o.t.Errorf("%s: %v", what, err)
			}
		}
		if n := len(o.events("account-made")); n != 2 {
			o.t.Errorf("%d events of accounts that were made, want 2", n)
		}
	})
}

// Whose office is a guest's is a guest and nothing else; nobody else is; and an account that may sign in has an office that is open.
func TestGuestsAndOffices(t *testing.T) {
	each(t, func(o office) {
		try := func(office string, protection bool, roles ...account.Role) error {
			return o.write(func(tx *store.Tx) error {
				a := account.Account{ID: "g-" + strings.ToLower(store.NewID()[24:]), Name: "G", Office: office, Roles: roles, Protection: protection}
				return account.Make(tx, a, "hash", admin)
			})
		}
		for what, c := range map[string]struct {
			office     string
			protection bool
			roles      []account.Role
			want       error
		}{
			"a guest":                        {"labour", false, []account.Role{account.Guest}, nil},
			"a guest who sees protection":    {"labour", true, []account.Role{account.Guest}, account.ErrGuest},
			"a guest with another role":      {"labour", false, []account.Role{account.Guest, account.Analyst}, account.ErrGuest},
			"an officer of ours among them":  {"labour", false, []account.Role{account.Liaison}, account.ErrGuest},
			"a guest in an office of ours":   {"hq", false, []account.Role{account.Guest}, account.ErrGuest},
			"an office that is not there":    {"nowhere", false, []account.Role{account.Liaison}, account.ErrOffice},
			"a guest of an office not there": {"nowhere", false, []account.Role{account.Guest}, account.ErrOffice},
		} {
			if err := try(c.office, c.protection, c.roles...); !errors.Is(err, c.want) || c.want != nil && !errors.Is(err, account.ErrAccount) {
				o.t.Errorf("%s: %v, want %v", what, err, c.want)
			}
		}
		o.make("sari", false, account.Administrator)
		o.make("dara", false, account.Liaison)
		if err := o.change("dara", admin, func(a *account.Account) { a.Roles = []account.Role{account.Guest} }); !errors.Is(err, account.ErrGuest) {
			o.t.Errorf("an officer becomes a guest: %v", err)
		}
		if err := o.change("dara", admin, func(a *account.Account) { a.Office = "labour" }); !errors.Is(err, account.ErrGuest) {
			o.t.Errorf("an officer moves among the guests: %v", err)
		}
		shut := func(name string) error {
			return o.write(func(tx *store.Tx) error { return offices.Close(tx, name, "admin", "hq", account.Works) })
		}
		must(o.t, o.change("dara", admin, func(a *account.Account) { a.Office = "airport" }))
		if err := shut("airport"); !errors.Is(err, offices.ErrUsed) {
			o.t.Errorf("an office in which an officer works is closed: %v", err)
		}
		must(o.t, o.change("dara", admin, func(a *account.Account) { a.Disabled = true }))
		must(o.t, shut("airport"))
		if err := o.change("dara", admin, func(a *account.Account) { a.Disabled = false }); !errors.Is(err, account.ErrOffice) {
			o.t.Errorf("an officer signs in again in an office that is closed: %v", err)
		}
		must(o.t, o.change("dara", admin, func(a *account.Account) { a.Disabled, a.Office = false, "hq" }))
	})
}

// A name with the marks that Khmer needs is a name.
func TestKhmerName(t *testing.T) {
	each(t, func(o office) {
		must(o.t, o.write(func(tx *store.Tx) error {
			a := account.Account{ID: "sok", Name: "សុខ\u200b ចាន់ថា", Office: "ភ្នំពេញ", Roles: []account.Role{account.Registry}}
			return account.Make(tx, a, hash(o.t, "sok"), admin)
		}))
	})
}

func TestHash(t *testing.T) {
	for password, fine := range map[string]bool{
		secret: true, "ខ្ញុំចូលចិត្តបាយសម្ល": true, "twelve horse": true,
		"": false, "elevenchars": false, "aaaaaaaaaaaaaaaaaa": false, "ababababababab": false, "i am Dara, hello": false, "DARADARADARA1234": false, strings.Repeat("abcdefgh", 126): false,
		"password12345": false, "qwertyuiop123": false, "iloveyou12345": false, "123456789abcdef": false, "administrator1": false, "passwordpassword": false,
		"selamat pagi indonesia": true, strings.Repeat("a much longer sentence, and another; ", 20): true,
	} {
		h, err := account.Hash(password, "dara")
		switch {
		case fine && (err != nil || !strings.HasPrefix(h, "$argon2id$v=19$m=19456,t=2,p=1$")):
			t.Errorf("%q: %q, %v", password, h, err)
		case !fine && !errors.Is(err, account.ErrPassword):
			t.Errorf("%q: %v", password, err)
		case !fine && password != "" && strings.Contains(err.Error(), password):
			t.Errorf("the error repeats the password: %v", err)
		}
	}
	if a, b := hash(t, "x1"), hash(t, "x2"); a == b {
		t.Error("two hashes of one password are the same: no salt")
	}
	seen := map[string]bool{}
	for range 100 {
		p := account.Once()
		if seen[p] || len(p) != 30 {
			t.Errorf("a password for one sign-in: %q", p)
		}
		if _, err := account.Hash(p, "dara"); err != nil && len(seen) == 0 {
			t.Errorf("%v", err)
		}
		seen[p] = true
	}
}

func TestIs(t *testing.T) {
	each(t, func(o office) {
		o.make("sari", false, account.Administrator)
		o.make("dara", false, account.Liaison)
		a := o.find("dara")
		for password, is := range map[string]bool{secret: true, secret + " ": false, "": false, strings.ToUpper(secret): false, strings.Repeat("x", 1<<20): false} {
			if a.Is(password) != is {
				o.t.Errorf("%.30q: %v", password, !is)
			}
		}
		must(o.t, o.change("dara", admin, func(a *account.Account) { a.Disabled = true }))
		if o.find("dara").Is(secret) {
			o.t.Error("a disabled account signs in")
		}
		if (account.Account{}).Is("") || (account.Account{}).Is(secret) || (account.Account{ID: "dara"}).Is("") {
			o.t.Error("no account signs in")
		}
	})
	// Nobody learns by the time whether there is an account.
	o := officeIn(t, storetest.SQLite(t))
	o.make("sari", false, account.Administrator)
	there, least := o.find("sari"), func(a account.Account) time.Duration {
		best := time.Hour
		for range 5 {
			begun := time.Now()
			a.Is("not this one, surely")
			best = min(best, time.Since(begun))
		}
		return best
	}
	account.Account{}.Is("") // makes the hash that nobody has
	if a, b := least(there), least(account.Account{}); a > 4*b || b > 4*a {
		t.Errorf("an account takes %v, none takes %v", a, b)
	}
}

func TestLast(t *testing.T) {
	each(t, func(o office) {
		o.make("sari", false, account.Administrator)
		o.make("dara", false, account.Liaison)
		for what, f := range map[string]func(a *account.Account){
			"disabled":     func(a *account.Account) { a.Disabled = true },
			"another role": func(a *account.Account) { a.Roles = []account.Role{account.Auditor} },
		} {
			if err := o.change("sari", admin, f); !errors.Is(err, account.ErrLast) {
				o.t.Errorf("the last administrator %s: %v", what, err)
			}
			if !o.find("sari").May(account.ChangeAccount) {
				o.t.Fatalf("the last administrator %s", what)
			}
		}
		o.make("budi", false, account.Administrator)
		must(o.t, o.change("budi", admin, func(a *account.Account) { a.Disabled = true }))
		if err := o.change("sari", admin, func(a *account.Account) { a.Disabled = true }); !errors.Is(err, account.ErrLast) {
			o.t.Errorf("one who cannot sign in counts: %v", err)
		}
		must(o.t, o.change("budi", admin, func(a *account.Account) { a.Disabled = false }))
		must(o.t, o.change("sari", admin, func(a *account.Account) { a.Roles = []account.Role{account.Auditor} }))
		must(o.t, o.change("sari", admin, func(a *account.Account) { a.Disabled = true })) // no administrator any more
	})
}

// Nobody gives themselves anything, nor takes it from themselves; a name they may mend.
func TestOwn(t *testing.T) {
	each(t, func(o office) {
		o.make("sari", false, account.Administrator)
		o.make("budi", false, account.Administrator)
		sari := account.By{Actor: "sari", Office: "hq"}
		for what, f := range map[string]func(a *account.Account){
			"another role": func(a *account.Account) { a.Roles = append(a.Roles, account.Liaison) },
			"one role for": func(a *account.Account) { a.Roles = []account.Role{account.Liaison} },
			"protection":   func(a *account.Account) { a.Protection = true },
			"disabled":     func(a *account.Account) { a.Disabled = true },
		} {
			if err := o.change("sari", sari, f); !errors.Is(err, account.ErrOwn) {
				o.t.Errorf("%s: %v", what, err)
			}
		}
		if a := o.find("sari"); a.Protection || a.Disabled || !slices.Equal(a.Roles, []account.Role{account.Administrator}) {
			o.t.Errorf("%+v", a)
		}
		must(o.t, o.change("sari", sari, func(a *account.Account) { a.Name, a.Office = "Sari", "airport" }))
		must(o.t, o.change("sari", account.By{Actor: "budi"}, func(a *account.Account) { a.Protection = true }))
		if a := o.find("sari"); !a.Protection || a.Name != "Sari" || a.Office != "airport" {
			o.t.Errorf("%+v", a)
		}
		if n := len(o.events("account-changed")); n != 2 {
			o.t.Errorf("%d events of changes, want 2", n)
		}
	})
}

// Sessions end when an account may less, has another password, or is signed out; not when it may more.
func TestSince(t *testing.T) {
	each(t, func(o office) {
		o.make("sari", false, account.Administrator)
		o.make("dara", true, account.Liaison)
		since := o.find("dara").Since
		ends := func(what string, want bool, f func() error) {
			o.t.Helper()
			must(o.t, f())
			now := o.find("dara").Since
			if now.After(since) != want || now.Before(since) {
				o.t.Errorf("%s: sessions end: %v", what, !want)
			}
			since = now
		}
		change := func(f func(a *account.Account)) func() error {
			return func() error { return o.change("dara", admin, f) }
		}
		ends("another name", false, change(func(a *account.Account) { a.Name = "Dara" }))
		ends("one role more", false, change(func(a *account.Account) { a.Roles = append(a.Roles, account.Analyst) }))
		ends("a role less that gave nothing", false, change(func(a *account.Account) { a.Roles = []account.Role{account.Liaison} }))
		ends("no protection", true, change(func(a *account.Account) { a.Protection = false }))
		ends("protection", false, change(func(a *account.Account) { a.Protection = true }))
		ends("another role", true, change(func(a *account.Account) { a.Roles = []account.Role{account.Registry} }))
		ends("disabled", true, change(func(a *account.Account) { a.Disabled = true }))
		ends("enabled", false, change(func(a *account.Account) { a.Disabled = false }))
		ends("a language", false, func() error {
			return o.write(func(tx *store.Tx) error { return account.SetLang(tx, "dara", "km", admin) })
		})
		ends("signed out", true, func() error {
			return o.write(func(tx *store.Tx) error { return account.SignOut(tx, "dara", admin) })
		})
		ends("another password", true, func() error {
			return o.write(func(tx *store.Tx) error { return account.SetPassword(tx, "dara", hash(o.t, "other"), admin) })
		})
		if !o.find("dara").MustChange {
			o.t.Error("a password that another gave need not be changed")
		}
		ends("a password of their own", true, func() error {
			return o.write(func(tx *store.Tx) error {
				return account.SetPassword(tx, "dara", hash(o.t, "dara"), account.By{Actor: "dara"})
			})
		})
		if a := o.find("dara"); a.MustChange || a.Lang != "km" {
			o.t.Errorf("%+v", a)
		}
		for what, f := range map[string]func(tx *store.Tx) error{
			"password": func(tx *store.Tx) error { return account.SetPassword(tx, "nobody", "x", admin) },
			"language": func(tx *store.Tx) error { return account.SetLang(tx, "nobody", "km", admin) },
			"sign out": func(tx *store.Tx) error { return account.SignOut(tx, "nobody", admin) },
			"change":   func(tx *store.Tx) error { return account.Change(tx, account.Account{ID: "nobody"}, admin) },
		} {
			if err := o.write(f); !errors.Is(err, account.ErrUnknown) {
				o.t.Errorf("%s of no account: %v", what, err)
			}
		}
	})
}

// Every change is an event, with who did it, without name or password; and a change past the program is found.
func TestEvents(t *testing.T) {
	each(t, func(o office) {
		o.make("sari", false, account.Administrator)
		o.make("dara", false, account.Liaison)
		must(o.t, o.change("dara", admin, func(a *account.Account) { a.Name = "Dara" }))
		must(o.t, o.write(func(tx *store.Tx) error {
			return errors.Join(account.SetPassword(tx, "dara", hash(o.t, "dara"), admin), account.SignOut(tx, "dara", admin), account.SetLang(tx, "dara", "km", admin),
				account.Signed(tx, account.Account{ID: "dara", Office: "hq"}, account.ByPassword, true), account.Signed(tx, account.Account{ID: "nobody"}, account.ByPassword, false))
		}))
		for kind, n := range map[string]int{"account-made": 2, "account-changed": 1, "account-password": 1, "account-signed-out": 1, "account-language": 1, "signed-in": 1, "sign-in-refused": 1} {
			events := o.events(kind)
			if len(events) != n {
				o.t.Errorf("%s: %d events, want %d", kind, len(events), n)
			}
			for _, e := range events {
				text, err := json.Marshal(e)
				must(o.t, err)
				if strings.Contains(string(text), "Officer") || strings.Contains(string(text), "Dara") || strings.Contains(string(text), "argon2") {
					o.t.Errorf("%s: %s", kind, text)
				}
				if strings.HasPrefix(kind, "account-") && (e.Actor != "admin" || e.Office != "hq" || len(e.Subjects) != 1 || !strings.HasPrefix(e.Subjects[0], "account:")) {
					o.t.Errorf("%s: %+v", kind, e)
				}
			}
		}
		found := func() (out []string) {
			must(o.t, o.db.Read(o.t.Context(), func(tx *store.Tx) (err error) {
				out, err = journal.VerifyBound(tx, account.Bound)
				return err
			}))
			return out
		}
		if f := found(); len(f) > 0 {
			o.t.Errorf("nothing was changed: %v", f)
		}
		must(o.t, o.write(func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE account SET roles = $1 WHERE id = 'dara'`, `["administrator"]`)
			return err
		}))
		if len(found()) == 0 {
			o.t.Error("roles that were changed past the program are not found")
		}
	})
}

// What stands in the database instead of an account is damage, and no account.
func TestDamage(t *testing.T) {
	each(t, func(o office) {
		o.make("sari", false, account.Administrator)
		must(o.t, o.write(func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE account SET roles = 'administrator' WHERE id = 'sari'`)
			return err
		}))
		err := o.db.Read(o.t.Context(), func(tx *store.Tx) error {
			_, err := account.Find(tx, "sari")
			return err
		})
		if !errors.Is(err, store.ErrDamaged) {
			o.t.Error(err)
		}
	})
}

// The table of rights, as people read it. A change of it is a decision: go test ./desk/account -run TestRights -update.
func TestRights(t *testing.T) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%-20s", "")
	for _, role := range account.Roles() {
		fmt.Fprintf(&b, " %-13s", role)
	}
	b.WriteString(" (may see protection)\n")
	for _, r := range account.AllRights() {
		fmt.Fprintf(&b, "%-20s", r)
		for _, role := range account.Roles() {
			a := account.Account{ID: "x", Roles: []account.Role{role}}
			guarded := account.Account{ID: "x", Roles: []account.Role{role}, Protection: true}
			mark := "-"
			switch {
			case a.May(r):
				mark = "yes"
			case guarded.May(r):
				mark = "with-right"
			}
			if a.May(r) && !guarded.May(r) {
				t.Errorf("%s loses %s by protection", role, r)
			}
			if (account.Account{ID: "x", Roles: []account.Role{role}, Protection: true, Disabled: true}).May(r) || (account.Account{Roles: []account.Role{role}, Protection: true}).May(r) {
				t.Errorf("%s: a disabled account, or none, may %s", role, r)
			}
			fmt.Fprintf(&b, " %-13s", mark)
		}
		b.WriteString("\n")
	}
	text := strings.ReplaceAll(b.String(), " \n", "\n")
	for strings.Contains(text, " \n") {
		text = strings.ReplaceAll(text, " \n", "\n")
	}
	const golden = "testdata/rights.txt"
	if *update {
		must(t, os.MkdirAll("testdata", 0o755))
		must(t, os.WriteFile(golden, []byte(text), 0o644))
	}
	want, err := os.ReadFile(golden)
	must(t, err)
	if text != string(want) {
		t.Errorf("the rights are\n%s\nand %s has\n%s", text, golden, want)
	}
	for role, rights := range account.Rights() {
		if !slices.Contains(account.Roles(), role) || slices.Contains(rights, account.SeeProtection) || !slices.Contains(rights, account.Own) {
			t.Errorf("%s: %v", role, rights)
		}
		for i, r := range rights {
			if !slices.Contains(account.AllRights(), r) || slices.Contains(rights[:i], r) {
				t.Errorf("%s: %s is unknown, or stands twice", role, r)
			}
		}
	}
	// Who makes accounts sees nobody, and who sees people makes no accounts; who checks what was done does nothing.
	for _, pair := range [][2]account.Right{{account.ChangeAccount, account.SeePeople}, {account.ChangeAccount, account.SeeJournal}, {account.SeeJournal, account.Answer}, {account.SeeJournal, account.SeePeople}} {
		for _, role := range account.Roles() {
			if a := (account.Account{ID: "x", Roles: []account.Role{role}, Protection: true}); a.May(pair[0]) && a.May(pair[1]) {
				t.Errorf("%s may %s and %s", role, pair[0], pair[1])
			}
		}
	}
}

// A password that was given too long ago does not serve again since the account was signed out or changed.
func TestLateStaysLate(t *testing.T) {
	each(t, func(o office) {
		t := o.t
		for id, do := range map[string]func(tx *store.Tx, a account.Account) error{
			"dara": func(tx *store.Tx, a account.Account) error { return account.SignOut(tx, a.ID, admin) },
			"rina": func(tx *store.Tx, a account.Account) error {
				a.Roles = []account.Role{account.Analyst}
				return account.Change(tx, a, admin)
			},
		} {
			o.make(id, false, account.Registry)
			must(t, o.write(func(tx *store.Tx) error {
				_, err := tx.Exec(`UPDATE account SET since = $1 WHERE id = $2`, tx.Now().Add(-100*time.Hour), id)
				return err
			}))
			if !o.find(id).Late(time.Now()) {
				t.Fatal("it is not late")
			}
			must(t, o.write(func(tx *store.Tx) error { return do(tx, o.find(id)) }))
			if a := o.find(id); !a.Late(time.Now()) || a.Is(secret) {
				t.Errorf("%s: the password of long ago serves again", id)
			}
		}
	})
}
