package guest_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mitra/desk/guest"
	"mitra/desk/office"
	"mitra/desk/registry"
	"mitra/identity/person"
	"mitra/rules"
	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/courier"
	"mitra/treaty/journal"
)

var ctx = context.Background()

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The people: made up.
const (
	residents = `id,full_name,sex,birth_date,nationality,passport_no,entry_date,stay_until,address,phone
K1,WATI CONTOH,F,1990-05-17,IDN,X1234567,2023-01-02,2024-12-31,Street 1,+85512345678
K2,BUDI CONTOH,M,1985-01-30,IDN,X7654321,2022-01-02,2024-11-30,Street 2,+85587654321
K3,RUDI TIRUAN,M,2010-07-07,IDN,X1112229,2022-03-02,2024-10-30,Street 3,+85511111111
`
	permits = `id,full_name,birth_date,passport_no,permit_no,valid_from,valid_until,employer
P1,Contoh Wati,1990-05-17,X1234567,WP1,2024-01-01,2024-12-31,PT REKAAN
`
	reports = `id,full_name,birth_date,passport_no,reported_on,reported_by,last_place,summary
R1,Wati Contoh,1990-05-17,X1234567,2024-02-01,a sister,Poipet,SYNTHETIC: not heard of
`
	alerts = `id,full_name,birth_date,passport_no,kind,handling
A1,Wati Contoh,1990-05-17,X1234567,missing,H2
`
)

// The officers.
var (
	plain  = guest.Officer{ID: "dina", Office: "headquarters"}
	first  = guest.Officer{ID: "sari", Office: "headquarters", Protection: true}
	second = guest.Officer{ID: "chea", Office: "headquarters", Protection: true}
	labour = guest.Officer{ID: "lina", Office: "Labour"}
	police = guest.Officer{ID: "polo", Office: "Police"}
)

// A desk with people and guest offices; the clock is d.now.
type desk struct {
	*guest.Desk
	t   *testing.T
	db  *store.DB
	mu  sync.Mutex
	now time.Time
}

func newDesk(t *testing.T, db *store.DB) *desk {
	d := &desk{t: t, db: db, now: time.Now().Truncate(time.Second)}
	d.Desk = &guest.Desk{DB: db, Log: slog.New(slog.DiscardHandler), Now: func() time.Time {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.now
	}, Own: func(officer string) []string { return map[string][]string{"budi": {"x 7654321"}}[officer] }}
	for noun, csv := range map[registry.Noun]string{registry.Residents: residents, registry.Permits: permits, registry.Reports: reports, registry.Alerts: alerts} {
		file := filepath.Join(t.TempDir(), string(noun)+".csv")
		must(t, os.WriteFile(file, []byte(csv), 0o600))
		_, err := registry.Import(ctx, db, registry.Options{
			Noun: noun, Source: string(noun), Path: file, RejectedDir: t.TempDir(), Actor: "clerk", Today: person.Date{Year: 2024, Month: 3, Day: 13, Prec: person.PrecDay},
		})
		must(t, err)
	}
	must(t, db.Write(ctx, func(tx *store.Tx) error {
		for _, u := range []office.Unit{
			{Name: "headquarters", Kind: office.Headquarters}, {Name: "Labour", Kind: office.Guest, Agency: office.Labour},
			{Name: "Police", Kind: office.Guest, Agency: office.Police}, {Name: "Social", Kind: office.Guest, Agency: office.Social},
		} {
			if err := office.Open(tx, u, "admin", "headquarters"); err != nil {
				return err
			}
		}
		return nil
	}))
	return d
}

func each(t *testing.T, f func(t *testing.T, d *desk)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { f(t, newDesk(t, db)) })
}

func (d *desk) record(noun registry.Noun, id string) (r registry.Record) {
	d.t.Helper()
	must(d.t, d.db.Read(ctx, func(tx *store.Tx) error {
		all, err := registry.Find(tx, noun, registry.KeyOfID(id))
		if err == nil && len(all) != 1 {
			err = errors.New("no such record: " + id)
		}
		if err == nil {
			r = all[0]
		}
		return err
	}))
	return r
}

func (d *desk) entry(id string) string { return d.record(registry.Residents, id).Entry }

// restrict has two officers restrict the person of a record.
func (d *desk) restrict(id string, value rules.Protection) {
	d.t.Helper()
	for _, by := range []guest.Officer{first, second} {
		must(d.t, d.db.Write(ctx, func(tx *store.Tx) error {
			_, err := registry.Restrict(tx, []registry.Record{d.record(registry.Residents, id)}, value, "a reason", by.ID, by.Office)
			return err
		}))
	}
}

// fine is a referral that can be made: the name of a resident, to the ministry of labour.
func (d *desk) fine(id string) guest.Referral {
	return guest.Referral{Office: "Labour", Purpose: "labour_rights", Basis: guest.Consent, Ground: "in writing, for this", Reason: "wages were kept",
		Until: d.now.Add(30 * 24 * time.Hour), Fields: []guest.Field{{d.entry(id), "full_name"}}}
}

func (d *desk) refer(id string, by guest.Officer, change func(r *guest.Referral)) (string, error) {
	d.t.Helper()
	r := d.fine(id)
	if change != nil {
		change(&r)
	}
	ref, _, err := d.Refer(ctx, []string{d.entry(id)}, r, by)
	return ref, err
}

func (d *desk) events(kind string) (out []journal.Event) {
	d.t.Helper()
	must(d.t, d.db.Read(ctx, func(tx *store.Tx) error {
		out = nil
		return journal.Events(tx, journal.House, func(e journal.Event) error {
			if kind == "" || e.Kind == kind {
				out = append(out, e)
			}
			return nil
		})
	}))
	return out
}

// holds reports whether a text stands in a row of what was handed over.
func (d *desk) holds(text string) bool {
	d.t.Helper()
	var n int
	must(d.t, d.db.Read(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT COUNT(*) FROM referred WHERE given LIKE $1 OR answer LIKE $1`, "%"+text+"%").Scan(&n)
	}))
	return n > 0
}

func (d *desk) sound() {
	d.t.Helper()
	must(d.t, d.db.Read(ctx, func(tx *store.Tx) error {
		found, err := journal.VerifyBound(tx, guest.Bound, office.BoundUnits)
		if err != nil {
			return err
		}
		more, err := guest.Verify(tx)
		if found = append(found, more...); len(found) > 0 {
			d.t.Errorf("the journal: %v", found)
		}
		return err
	}))
}

// pass lets time go by.
func (d *desk) pass(long time.Duration) {
	d.mu.Lock()
	d.now = d.now.Add(long)
	d.mu.Unlock()
}

// A person is handed over, looked at, taken on and helped; each step is an event that names nobody, and at the end the copy is gone.
func TestReferral(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		permit := d.record(registry.Permits, "P1").Entry
		r := d.fine("K1")
		r.Fields = append(r.Fields, guest.Field{d.entry("K1"), "phone"}, guest.Field{permit, "employer"})
		id, waits, err := d.Refer(ctx, []string{d.entry("K1"), permit}, r, plain)
		must(t, err)
		if waits {
			t.Error("it waits for a second officer, and nobody is restricted")
		}
		list, err := d.List(ctx, labour)
		must(t, err)
		if len(list) != 1 || list[0].ID != id || list[0].State != guest.Open || list[0].Purpose != "labour_rights" {
			t.Fatalf("%+v", list)
		}
		if b, _ := json.Marshal(list); strings.Contains(string(b), "WATI") {
			t.Errorf("a list names somebody: %s", b)
		}
		v, err := d.Open(ctx, id, labour)
		must(t, err)
		var got []string
		for _, x := range v.Values {
			got = append(got, x.Noun+" "+x.Column+"="+x.Value)
		}
		if want := []string{"residents full_name=WATI CONTOH", "residents phone=+85512345678", "permits employer=PT REKAAN"}; !slices.Equal(got, want) {
			t.Errorf("handed over: %q, want %q", got, want)
		}
		if v.Reason != "wages were kept" || v.Ground != "in writing, for this" || v.Entry != "" {
			t.Errorf("%+v", v)
		}
		must(t, d.Answer(ctx, id, guest.Accepted, "we call", labour))
		if err := d.Answer(ctx, id, guest.Accepted, "", labour); !errors.Is(err, guest.ErrOver) {
			t.Errorf("accepted twice: %v", err)
		}
		d.sound()
		must(t, d.Answer(ctx, id, guest.Done, "paid", labour))
		if _, err := d.Open(ctx, id, labour); !errors.Is(err, guest.ErrOver) {
			t.Errorf("it is read when it is done: %v", err)
		}
		about, err := d.About(ctx, []string{permit}, guest.Officer{Protection: true})
		must(t, err)
		if len(about) != 1 || about[0].State != guest.Done || about[0].Answer != "paid" || about[0].Answerer != "lina" || d.holds("WATI") {
			t.Errorf("%+v", about)
		}
		for kind, n := range map[string]int{"referred": 1, "referred-shown": 1, "referred-answered": 2} {
			all := d.events(kind)
			if len(all) != n {
				t.Errorf("%d events %s, want %d", len(all), kind, n)
			}
			for _, e := range all {
				b, _ := json.Marshal(e)
				if strings.Contains(string(b), "WATI") || strings.Contains(string(b), "REKAAN") || strings.Contains(string(b), "wages") || strings.Contains(string(b), "paid") ||
					e.Purpose != "labour_rights" || !slices.Contains(e.Subjects, permit) {
					t.Errorf("%s: %s", kind, b)
				}
			}
		}
		if e := d.events("referred-shown")[0]; e.Actor != "lina" || e.Office != "Labour" {
			t.Errorf("the view: %+v", e)
		}
		d.sound()
		must(t, d.db.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE referred SET state = 'open'`)
			return err
		}))
		must(t, d.db.Read(ctx, func(tx *store.Tx) error {
			found, err := journal.VerifyBound(tx, guest.Bound)
			if len(found) == 0 {
				t.Error("a row that was changed past the program is not found")
			}
			return err
		}))
	})
}

// What must never happen, by the numbers of DESIGN §7: to whom, what, on which basis, by whom.
func TestNever(t *testing.T) {
	type world struct {
		restricted rules.Protection
		told       rules.Protection // by a partner
	}
	law := func(r *guest.Referral) { r.Basis, r.Ground = guest.Law, "Law 1/2026 art. 2" }
	to := func(office string) func(r *guest.Referral) { return func(r *guest.Referral) { r.Office = office } }
	add := func(column string) func(r *guest.Referral) {
		return func(r *guest.Referral) { r.Fields = append(r.Fields, guest.Field{r.Fields[0].Entry, column}) }
	}
	view := func(v ...string) func(r *guest.Referral) { return func(r *guest.Referral) { r.View = v } }
	all := func(f ...func(r *guest.Referral)) []func(r *guest.Referral) { return f }
	for _, c := range []struct {
		name  string
		id    string
		world world
		by    guest.Officer
		how   []func(r *guest.Referral)
		want  error // nil: it is handed over
	}{
		{"4: a view on protection leaves by its name, with consent", "K1", world{restricted: rules.PossibleVictim}, first, all(view("possible_victim")), nil},
		{"4: or with a law that is named", "K1", world{restricted: rules.PossibleVictim}, first, all(law, view("possible_victim")), nil},
		{"4: a law without a name is none", "K1", world{}, first, all(law, func(r *guest.Referral) { r.Ground = " " }), guest.ErrReferral},
		{"4: no basis", "K1", world{}, first, all(func(r *guest.Referral) { r.Basis = "" }), guest.ErrReferral},
		{"4: a view is told by who may see it", "K1", world{}, plain, all(view("possible_victim")), guest.ErrRight},
		{"4: a view that nobody here holds", "K1", world{}, first, all(view("possible_victim")), guest.ErrReferral},
		{"4: another view than is held", "K1", world{restricted: rules.PossibleVictim}, first, all(view("vulnerable")), guest.ErrReferral},
		{"4: a partner's view is the partner's", "K1", world{told: rules.PossibleVictim}, first, all(view("possible_victim")), guest.ErrReferral},
		{"4: no view to the police by a law", "K1", world{restricted: rules.PossibleVictim}, first, all(to("Police"), law, view("possible_victim")), guest.ErrReferral},
		{"4: to the police with consent", "K1", world{restricted: rules.PossibleVictim}, first, all(to("Police"), view("possible_victim")), nil},
		{"4: no place to the police by a law", "K1", world{restricted: rules.PossibleVictim}, first, all(to("Police"), law, add("address")), guest.ErrReferral},
		{"4: no telephone either", "K1", world{restricted: rules.Vulnerable}, first, all(to("Police"), law, add("phone")), guest.ErrReferral},
		{"4: nor of whom a partner holds to be in danger", "K1", world{told: rules.PossibleVictim}, first, all(to("Police"), law, add("address")), guest.ErrReferral},
		{"4: nor of a child", "K3", world{}, first, all(to("Police"), law, add("address")), guest.ErrReferral},
		{"4: with consent", "K1", world{restricted: rules.PossibleVictim}, first, all(to("Police"), add("address")), nil},
		{"4: of whom nobody holds to be in danger, by a law", "K1", world{}, plain, all(to("Police"), law, add("address")), nil},
		{"5: nothing of a claim to asylum", "K1", world{restricted: rules.Claim}, first, nil, courier.ErrNoContact},
		{"5: whatever else is held", "K1", world{restricted: rules.Claim | rules.PossibleVictim}, first, all(view("possible_victim")), courier.ErrNoContact},
		{"5: whoever says so", "K1", world{told: rules.Claim}, first, nil, courier.ErrNoContact},
		{"5: a claim is no view", "K1", world{restricted: rules.PossibleVictim}, first, all(view("claim")), guest.ErrReferral},
		{"5: who may not see protection learns only that it is for another", "K1", world{restricted: rules.Claim}, plain, nil, guest.ErrRight},
		{"5: as with any other restriction", "K1", world{restricted: rules.Vulnerable}, plain, nil, guest.ErrRight},
		{"6: consent says how and to what", "K1", world{}, plain, all(func(r *guest.Referral) { r.Ground = "" }), guest.ErrReferral},
		{"7: nothing that is not named", "K1", world{}, plain, all(func(r *guest.Referral) { r.Fields = nil }), guest.ErrReferral},
		{"7: no record of somebody else", "K1", world{}, plain, all(func(r *guest.Referral) { r.Fields = []guest.Field{{store.NewID(), "full_name"}} }), guest.ErrReferral},
		{"7: no column that the list has not", "K1", world{}, plain, all(add("permit_no")), guest.ErrReferral},
		{"7: no column that there is not", "K1", world{}, plain, all(add("probability")), guest.ErrReferral},
		{"7: not for ever", "K1", world{}, plain, all(func(r *guest.Referral) { r.Until = r.Until.Add(61 * 24 * time.Hour) }), guest.ErrReferral},
		{"7: not for the past", "K1", world{}, plain, all(func(r *guest.Referral) { r.Until = time.Now().Add(-time.Hour) }), guest.ErrReferral},
		{"7: a reason", "K1", world{}, plain, all(func(r *guest.Referral) { r.Reason = "" }), guest.ErrReferral},
		{"7: what for", "K1", world{}, plain, all(func(r *guest.Referral) { r.Purpose = "gossip" }), guest.ErrReferral},
		{"10: to no office of ours", "K1", world{}, plain, all(to("headquarters")), guest.ErrReferral},
		{"10: to none that is not there", "K1", world{}, plain, all(to("Army")), guest.ErrReferral},
		{"14: nobody acts on themselves", "K2", world{}, guest.Officer{ID: "budi", Office: "headquarters", Protection: true}, nil, guest.ErrRight},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, storetest.SQLite(t))
			if c.world.restricted != rules.NoneKnown {
				d.restrict(c.id, c.world.restricted)
			}
			d.Told = func(*store.Tx, []string) (rules.Protection, error) { return c.world.told, nil }
			_, err := d.refer(c.id, c.by, func(r *guest.Referral) {
				for _, f := range c.how {
					f(r)
				}
			})
			if !errors.Is(err, c.want) || c.want == nil && err != nil {
				t.Errorf("%v, want %v", err, c.want)
			}
			if err != nil && (strings.Contains(err.Error(), "WATI") || strings.Contains(err.Error(), "claim") && errors.Is(err, guest.ErrRight)) {
				t.Errorf("the error tells: %v", err)
			}
			if (len(d.events("referred")) == 1) != (c.want == nil) || d.holds("full_name") != (c.want == nil) {
				t.Errorf("%d events, a copy is kept: %v", len(d.events("referred")), d.holds("full_name"))
			}
		})
	}
}

// 5 and 14, in time: what was handed over before a claim is known is read no more, and is erased; two officers agree where somebody is
// restricted, and before that the guest office sees nothing.
func TestNeverLater(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		before, err := d.refer("K1", plain, nil)
		must(t, err)
		d.restrict("K1", rules.Claim)
		if _, err := d.Open(ctx, before, labour); !errors.Is(err, guest.ErrOver) {
			t.Errorf("it is read after the claim: %v", err)
		}
		must(t, d.Turn(ctx))
		if d.holds("WATI") || len(d.events("referred-withdrawn")) != 1 {
			t.Error("the copy is kept after the claim")
		}
		if _, err := d.Look(ctx, before, plain); !errors.Is(err, guest.ErrRight) {
			t.Errorf("who may not see protection looks: %v", err)
		}

		d.restrict("K2", rules.PossibleVictim)
		id, waits, err := d.Refer(ctx, []string{d.entry("K2")}, d.fine("K2"), first)
		must(t, err)
		if !waits {
			t.Error("one officer is enough")
		}
		list, err := d.List(ctx, labour)
		must(t, err)
		if len(list) != 1 || list[0].ID != before || list[0].State != guest.Withdrawn {
			t.Errorf("the guest office sees what waits: %+v", list)
		}
		if _, err := d.Open(ctx, id, labour); !errors.Is(err, guest.ErrUnknown) {
			t.Errorf("and opens it: %v", err)
		}
		if err := d.Answer(ctx, id, guest.Accepted, "", labour); !errors.Is(err, guest.ErrUnknown) {
			t.Errorf("and answers it: %v", err)
		}
		for what, c := range map[string]struct {
			by   guest.Officer
			want error
		}{
			"the same officer":               {first, registry.ErrAlone},
			"one who may not see protection": {plain, guest.ErrRight},
			"the person":                     {guest.Officer{ID: "budi", Office: "headquarters", Protection: true}, guest.ErrRight},
		} {
			if err := d.Agree(ctx, id, c.by); !errors.Is(err, c.want) {
				t.Errorf("%s agrees: %v", what, err)
			}
		}
		if n := len(d.events("own-refused")); n != 1 {
			t.Errorf("%d events that somebody wanted to act on themselves", n)
		}
		if v, err := d.Look(ctx, id, second); err != nil || len(v.Values) != 1 || v.Entry != d.entry("K2") {
			t.Errorf("the second officer sees what leaves: %+v %v", v, err)
		}
		must(t, d.Agree(ctx, id, second))
		if err := d.Agree(ctx, id, second); !errors.Is(err, guest.ErrOver) {
			t.Errorf("agreed twice: %v", err)
		}
		if _, err := d.Open(ctx, id, labour); err != nil {
			t.Error(err)
		}
		d.sound()
	})
}

// 10: a guest office reaches nothing of another, by no id.
func TestNeverAnotherOffices(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		id, err := d.refer("K1", plain, nil)
		must(t, err)
		for _, who := range []guest.Officer{police, plain, first, {ID: "x", Office: "labour"}, {ID: "x"}} {
			if _, err := d.Open(ctx, id, who); !errors.Is(err, guest.ErrUnknown) {
				t.Errorf("%+v opens it: %v", who, err)
			}
			for _, state := range []string{guest.Accepted, guest.Done} {
				if err := d.Answer(ctx, id, state, "", who); !errors.Is(err, guest.ErrUnknown) {
					t.Errorf("%+v answers it: %v", who, err)
				}
			}
			if list, err := d.List(ctx, who); err != nil || len(list) > 0 {
				t.Errorf("%+v has it in a list: %+v %v", who, list, err)
			}
		}
		if len(d.events("referred-shown")) > 0 {
			t.Error("there is an event of a view that was none")
		}
		for _, garbage := range []string{"", "x", store.NewID(), strings.Repeat("a", 10_000), "' OR 1=1 --", "%"} {
			if _, err := d.Open(ctx, garbage, labour); !errors.Is(err, guest.ErrUnknown) {
				t.Errorf("%.20q: %v", garbage, err)
			}
			if err := errors.Join(d.Withdraw(ctx, garbage, plain), d.Agree(ctx, garbage, first)); !errors.Is(err, guest.ErrUnknown) {
				t.Errorf("%.20q: %v", garbage, err)
			}
		}
	})
}

// What a family has told is for who may see protection, and an alert is nobody's to hand on.
func TestOffered(t *testing.T) {
	d := newDesk(t, storetest.SQLite(t))
	report, alert := d.record(registry.Reports, "R1").Entry, d.record(registry.Alerts, "A1").Entry
	try := func(entry, column string, by guest.Officer) error {
		r := d.fine("K1")
		r.Fields = []guest.Field{{entry, column}}
		_, _, err := d.Refer(ctx, []string{d.entry("K1"), report, alert}, r, by)
		return err
	}
	for _, column := range []string{"summary", "reported_by", "last_place"} {
		if err := try(report, column, plain); !errors.Is(err, guest.ErrReferral) {
			t.Errorf("%s by any supervisor: %v", column, err)
		}
		must(t, try(report, column, first))
	}
	must(t, try(report, "full_name", plain))
	if err := try(alert, "full_name", first); !errors.Is(err, guest.ErrReferral) {
		t.Errorf("of an alert: %v", err)
	}
}

// At its end nothing of it can be read, and nothing is left but that it was.
func TestExpiryErases(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		open, err := d.refer("K1", plain, nil)
		must(t, err)
		answered, err := d.refer("K2", plain, nil)
		must(t, err)
		must(t, d.Answer(ctx, answered, guest.Declined, "not ours: ask at Poipet", labour))
		if d.holds("BUDI") || !d.holds("Poipet") {
			t.Error("what is declined is erased, and the answer is not")
		}
		seal := func() (s string) {
			must(t, d.db.Read(ctx, func(tx *store.Tx) error {
				var b []byte
				err := tx.QueryRow(`SELECT seal FROM referred WHERE id = $1`, open).Scan(&b)
				s = string(b)
				return err
			}))
			return s
		}
		was := seal()
		must(t, d.Turn(ctx))
		d.pass(30*24*time.Hour - time.Second)
		if _, err := d.Open(ctx, open, labour); err != nil {
			t.Errorf("before its end: %v", err)
		}
		d.pass(time.Second)
		if _, err := d.Open(ctx, open, labour); !errors.Is(err, guest.ErrOver) { // before anybody has erased it
			t.Errorf("at its end: %v", err)
		}
		if list, err := d.List(ctx, labour); err != nil || list[0].State != guest.Expired && list[1].State != guest.Expired {
			t.Errorf("%+v %v", list, err)
		}
		must(t, d.Turn(ctx))
		must(t, d.Turn(ctx))
		if d.holds("_") { // any character
			t.Error("something is left")
		}
		if seal() == was {
			t.Error("the seal under which the values could be tried out is left")
		}
		if n := len(d.events("referred-expired")); n != 2 {
			t.Errorf("%d events, want 2", n)
		}
		v, err := d.Look(ctx, open, plain)
		if err != nil || v.State != guest.Expired || len(v.Values) > 0 || v.Reason != "" {
			t.Errorf("%+v %v", v, err)
		}
		if v, err = d.Look(ctx, answered, plain); err != nil || v.State != guest.Declined || v.Answer != "" {
			t.Errorf("%+v %v", v, err)
		}
		d.sound()
	})
}

// What an earlier program has referred is found by each record, too; and what is changed in the table by which it is found, is.
func TestReferredBefore(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		db, err := store.Create(ctx, dsn, 20)
		must(t, err)
		var entries []string
		for range 5 {
			entries = append(entries, store.NewID())
		}
		subjects := map[string][]string{store.NewID(): entries[:1], store.NewID(): entries[:3], store.NewID(): {entries[3], entries[0], entries[3]}}
		must(t, db.Write(ctx, func(tx *store.Tx) error {
			for id, of := range subjects {
				text, _ := json.Marshal(of)
				if _, err := tx.Exec(`INSERT INTO referred (id, office, subjects, purpose, basis, given, danger, officer, at, second, until, state, answer, answerer, answered, seal)
					VALUES ($1, 'Labour', $2, 'medical', 'law', '', 0, 'sari', $3, '', $3, 'done', '', '', '', $4)`, id, string(text), tx.Now(), journal.NewSeal()); err != nil {
					return err
				}
			}
			return nil
		}))
		must(t, db.Close())
		db, err = store.Open(ctx, dsn)
		must(t, err)
		defer db.Close()
		d := &guest.Desk{DB: db, Now: time.Now}
		for i, e := range entries {
			about, err := d.About(ctx, []string{e}, plain)
			must(t, err)
			want := 0
			for _, of := range subjects {
				if slices.Contains(of, e) {
					want++
				}
			}
			if len(about) != want {
				t.Errorf("%d referrals of record %d, want %d", len(about), i, want)
			}
		}
		for _, change := range []string{"", `DELETE FROM referred_subject WHERE entry = $1`, `INSERT INTO referred_subject (entry, referral) VALUES ('x', $1)`} {
			var found []string
			must(t, db.Write(ctx, func(tx *store.Tx) error {
				if change != "" {
					if _, err := tx.Exec(change, entries[3]); err != nil {
						return err
					}
				}
				found, err = guest.Verify(tx)
				return err
			}))
			if (len(found) > 0) != (change != "") {
				t.Errorf("%q: %v", change, found)
			}
		}
	})
}

func TestWithdraw(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		id, err := d.refer("K1", plain, nil)
		must(t, err)
		must(t, d.Withdraw(ctx, id, second))
		if _, err := d.Open(ctx, id, labour); !errors.Is(err, guest.ErrOver) || d.holds("WATI") {
			t.Errorf("it is read when it is withdrawn: %v", err)
		}
		if err := d.Withdraw(ctx, id, second); !errors.Is(err, guest.ErrOver) {
			t.Errorf("twice: %v", err)
		}
		d.sound()
		for what, bad := range map[string][2]string{"no answer": {"", ""}, "another": {"withdrawn", ""}, "long": {"accepted", strings.Repeat("a", 501)}, "turned": {"done", "a\u202eb"}, "declined without why": {"declined", " "}} {
			if err := d.Answer(ctx, id, bad[0], bad[1], labour); !errors.Is(err, guest.ErrAnswer) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

// Two at once: one answer counts, and one officer agrees or withdraws.
func TestTwoAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		both := func(what string, f, g func() error) {
			t.Helper()
			var group sync.WaitGroup
			var a, b error
			group.Go(func() { a = f() })
			group.Go(func() { b = g() })
			group.Wait()
			if (a == nil) == (b == nil) || !errors.Is(errors.Join(a, b), guest.ErrOver) {
				t.Errorf("%s: %v, %v", what, a, b)
			}
		}
		id, err := d.refer("K1", plain, nil)
		must(t, err)
		other := guest.Officer{ID: "lani", Office: "Labour"}
		both("taken on and declined", func() error { return d.Answer(ctx, id, guest.Declined, "not ours", labour) }, func() error { return d.Answer(ctx, id, guest.Declined, "no", other) })
		id, err = d.refer("K1", plain, nil)
		must(t, err)
		both("withdrawn by two", func() error { return d.Withdraw(ctx, id, first) }, func() error { return d.Withdraw(ctx, id, second) })
		d.restrict("K2", rules.Vulnerable)
		id, err = d.refer("K2", first, nil)
		must(t, err)
		third := guest.Officer{ID: "vann", Office: "headquarters", Protection: true}
		both("agreed to by two", func() error { return d.Agree(ctx, id, second) }, func() error { return d.Agree(ctx, id, third) })
		d.sound()
	})
}

// One after the other is no way to copy a register, and an office to which somebody is referred is not closed.
func TestMost(t *testing.T) {
	d := newDesk(t, storetest.SQLite(t))
	for range 50 {
		_, err := d.refer("K1", plain, nil)
		must(t, err)
	}
	if _, err := d.refer("K1", plain, nil); !errors.Is(err, guest.ErrReferral) {
		t.Errorf("the 51st in a day: %v", err)
	}
	_, err := d.refer("K1", plain, func(r *guest.Referral) { r.Office = "Social" })
	must(t, err)
	d.pass(24 * time.Hour)
	id, err := d.refer("K1", plain, func(r *guest.Referral) { r.Office = "Police" })
	must(t, err)
	shut := func() error {
		return d.db.Write(ctx, func(tx *store.Tx) error { return office.Close(tx, "Police", "admin", "headquarters", guest.Waits) })
	}
	if err := shut(); !errors.Is(err, office.ErrUsed) {
		t.Errorf("it is closed: %v", err)
	}
	must(t, d.Withdraw(ctx, id, plain))
	must(t, shut())
	if _, err := d.refer("K1", plain, func(r *guest.Referral) { r.Office = "Police" }); !errors.Is(err, guest.ErrReferral) {
		t.Errorf("to an office that is closed: %v", err)
	}
}
