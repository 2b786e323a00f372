package search

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mitra/desk/registry"
	"mitra/identity/person"
	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/journal"
)

var (
	day = person.Date{Year: 2024, Month: 3, Day: 13, Prec: person.PrecDay}
	me  = Reader{Actor: "officer-1", Office: "headquarters"}
)

const (
	residents = `id,full_name,sex,birth_date,nationality,passport_no
R1,Sri Wahyuni,F,1994-05-17,IDN,B1234567
R2,Joko Susilo,M,1990-01-02,IDN,B7654321
R3,Bambang Hermawan,M,1985-11-30,IDN,C1112223
`
	permits = `id,full_name,birth_date,passport_no,permit_no
P1,WAHYUNI SRI,1994-05-17,B1234567,WP5550001
`
)

func load(t testing.TB, db *store.DB, noun registry.Noun, content string, o registry.Options) registry.Report {
	t.Helper()
	o.Noun, o.Actor, o.Today, o.RejectedDir = noun, "officer-1", day, t.TempDir()
	o.Path = filepath.Join(t.TempDir(), "register.csv")
	if err := os.WriteFile(o.Path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	rep, err := registry.Import(t.Context(), db, o)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func open(t testing.TB, db *store.DB, c Cache) *Finder {
	t.Helper()
	f, err := Open(t.Context(), db, c)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// ask are the ids of the hits.
func ask(t testing.TB, f *Finder, text string) (ids []string) {
	t.Helper()
	q, err := ParseQuery(text, 2026)
	if err != nil {
		t.Fatal(err)
	}
	a, err := f.Ask(t.Context(), q, me)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range a.Hits {
		ids = append(ids, h.ID)
	}
	return ids
}

func first(t testing.TB, f *Finder, text string) string {
	t.Helper()
	if ids := ask(t, f, text); len(ids) > 0 {
		return ids[0]
	}
	return ""
}

func TestAsk(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, registry.Residents, residents, registry.Options{})
		load(t, db, registry.Permits, permits, registry.Options{})
		f := open(t, db, Cache{})
		for text, want := range map[string]string{
			"Bambang Hermawan":            "R3",
			"hermawn bambng 1985":         "R3",
			"BambangHermawan":             "R3",
			"C1112Z23":                    "R3", // Z for 2
			"WP5550001":                   "P1",
			"R2":                          "", // too short for a number
			"Joko Susilo 2/1/1990":        "R2",
			"Joko Susilo 01-02-1990":      "R2", // day and month in the other order
			"Somebody Altogether Unknown": "",
		} {
			if got := first(t, f, text); got != want {
				t.Errorf("%q finds %q, want %q", text, got, want)
			}
		}
		if got := ask(t, f, "Sri Wahyuni"); len(got) < 2 || !slices.Contains(got[:2], "R1") || !slices.Contains(got[:2], "P1") {
			t.Errorf("resident and permit: %q", got)
		}
		// Of each search there is an event, with the records and without the question.
		events, err := searches(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		if len(events) != 10 {
			t.Errorf("%d events of 10 searches", len(events))
		}
		for _, e := range events {
			text, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range []string{"ahyuni", "ermawan", "1985", "C111", "Joko", "Susilo", "WP555"} {
				if bytes.Contains(text, []byte(secret)) {
					t.Errorf("an event of the journal tells %s: %s", secret, text)
				}
			}
		}
		if last := events[len(events)-1]; len(last.Subjects) < 2 || last.Actor != me.Actor || last.Office != me.Office {
			t.Errorf("%+v", last)
		}
	})
}

func searches(ctx context.Context, db *store.DB) (out []journal.Event, err error) {
	err = db.Read(ctx, func(tx *store.Tx) error {
		out = nil
		return journal.Events(tx, journal.House, func(e journal.Event) error {
			if e.Kind == KindSearch || e.Kind == KindScreening {
				out = append(out, e)
			}
			return nil
		})
	})
	return out, err
}

// A source's own id finds its record.
func TestAskByID(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, registry.Residents, "id,full_name\nR-00417,Sri Wahyuni\nR-00418,Joko Susilo\n", registry.Options{})
		f := open(t, db, Cache{})
		q, _ := ParseQuery("R-00417", 2026)
		a, err := f.Ask(t.Context(), q, me)
		if err != nil || len(a.Hits) != 1 || !a.Hits[0].ByID || a.Hits[0].ID != "R-00417" || a.Hits[0].Values[0].Value != "Sri Wahyuni" {
			t.Errorf("%+v, %v", a, err)
		}
	})
}

// Of people who are as likely, those come first who are written as asked.
func TestAskOrder(t *testing.T) {
	db := storetest.SQLite(t)
	var list strings.Builder
	list.WriteString("id,full_name\n")
	for i, name := range []string{"ILHAM", "MOCHAMAD ILHAM", "Muhamad Ilham", "Muhammad Ilham", "Ilham"} {
		for j := range 9 {
			fmt.Fprintf(&list, "R%d%d,%s\n", i, j, name)
		}
	}
	load(t, db, registry.Residents, list.String(), registry.Options{})
	f := open(t, db, Cache{})
	ids := ask(t, f, "muhamad ilham")
	if len(ids) != shown {
		t.Fatalf("%d hits", len(ids))
	}
	for _, id := range ids[:9] {
		if id[1] != '2' {
			t.Errorf("%q", ids)
			break
		}
	}
}

// A thousand equal records cost no more than a few, and the answer says that there are
// more; nobody found is an empty list.
func TestAskManyEqual(t *testing.T) {
	db := storetest.SQLite(t)
	var list strings.Builder
	list.WriteString("id,full_name\n")
	for i := range 1000 {
		fmt.Fprintf(&list, "R%d,Sri Wahyuni\n", i)
	}
	load(t, db, registry.Residents, list.String(), registry.Options{})
	f := open(t, db, Cache{})
	if found, more := likeliest(f.at(), Query{Name: "Sri Wahyuni"}.rows(), looked, math.Inf(-1)); len(found) != looked || !more {
		t.Errorf("%d records to be read, more: %v", len(found), more)
	}
	a, err := f.Ask(t.Context(), Query{Name: "Sri Wahyuni"}, me)
	if err != nil || len(a.Hits) != shown || !a.More {
		t.Errorf("%d hits, more: %v, %v", len(a.Hits), a.More, err)
	}
	a, err = f.Ask(t.Context(), Query{Name: "Zzq"}, me)
	if err != nil || a.Hits == nil || len(a.Hits) > 0 {
		t.Errorf("nobody: %#v, %v", a.Hits, err)
	}
}

// What is imported, corrected or ended is known at the next search.
func TestSync(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, registry.Residents, residents, registry.Options{})
		f := open(t, db, Cache{})
		load(t, db, registry.Residents, "id,full_name\nR4,Dewi Lestarini\nR3,Bambang Gunadi\n", registry.Options{})
		if got := first(t, f, "Dewi Lestarini"); got != "R4" {
			t.Errorf("a new record: %q", got)
		}
		if got := first(t, f, "Bambang Gunadi"); got != "R3" {
			t.Errorf("a corrected record: %q", got)
		}
		if got := ask(t, f, "Hermawan"); len(got) != 0 {
			t.Errorf("a former name finds %q", got)
		}
		load(t, db, registry.Residents, "id,full_name\nR1,Sri Wahyuni\n", registry.Options{Snapshot: true})
		if got := ask(t, f, "Dewi Lestarini"); len(got) != 0 {
			t.Errorf("a record that has ended: %q", got)
		}
		if f.Len() != 1 {
			t.Errorf("%d records", f.Len())
		}
	})
}

// However an index came about, it answers alike.
func TestFollowedAsRead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, registry.Residents, residents, registry.Options{})
		c := Cache{filepath.Join(t.TempDir(), "cache", "people.age"), filepath.Join(t.TempDir(), "people.key")}
		f := open(t, db, c)
		for i := range 5 {
			load(t, db, registry.Permits, fmt.Sprintf("id,full_name,permit_no\nP%d,Person Number%c,WP00%d\n", i, 'A'+i, i), registry.Options{})
			if i == 2 {
				if err := f.Keep(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, err := f.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		kept := open(t, db, c)
		for _, text := range []string{"Person NumberB", "Sri Wahyuni", "WP004", "NumberE", "Bambang 1985"} {
			if got, want := ask(t, kept, text), ask(t, f, text); !slices.Equal(got, want) {
				t.Errorf("%q: from the cache %q, from the database %q", text, got, want)
			}
		}
	})
}

// Another process on the same database is half a second behind.
func TestFollow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, registry.Residents, residents, registry.Options{})
		f := open(t, db, Cache{})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			f.Follow(ctx, func(err error) { t.Error(err) })
		}()
		load(t, db, registry.Residents, "id,full_name\nR4,Dewi Lestarini\n", registry.Options{})
		deadline := time.Now().Add(20 * time.Second)
		for f.Len() != 4 && time.Now().Before(deadline) {
			time.Sleep(10 * time.Millisecond)
		}
		if f.Len() != 4 {
			t.Error("the new record never came")
		}
		stop()
		<-done
	})
}

func TestCache(t *testing.T) {
	db := storetest.SQLite(t)
	load(t, db, registry.Residents, residents, registry.Options{})
	dir := t.TempDir()
	c := Cache{filepath.Join(dir, "cache", "people.age"), filepath.Join(dir, "people.key")}
	f := open(t, db, c)
	if err := f.Keep(); err != nil {
		t.Fatal(err)
	}
	read := func(path string) []byte {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	file, key := read(c.File), read(c.Key)
	for _, path := range []string{c.File, c.Key} {
		if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, fi.Mode(), err)
		}
	}
	for _, secret := range []string{"Wahyuni", "wahyuni", "WAHYUNI", "B1234567"} {
		if bytes.Contains(file, []byte(secret)) {
			t.Errorf("the cache tells %s", secret)
		}
	}
	if k, err := c.load(); err != nil || k.index.Len() != 3 || len(k.live) != 1 {
		t.Errorf("%+v, %v", k, err)
	}
	// Nothing new is nothing to write.
	if f = open(t, db, c); f.Keep() != nil || !bytes.Equal(read(c.File), file) {
		t.Error("the cache was written for nothing")
	}
	// What was erased is gone from the file, and the old file cannot be read any more.
	entry := ""
	if err := db.Read(t.Context(), func(tx *store.Tx) error {
		return registry.Current(tx, registry.Residents, func(r *registry.Record) error {
			if r.Get(registry.ID) == "R3" {
				entry = strings.Clone(r.Entry)
			}
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	if n, err := f.Forget(entry); n != 1 || err != nil {
		t.Fatalf("%d forgotten: %v", n, err)
	}
	if k, err := c.load(); err != nil || k.index.Len() != 2 {
		t.Errorf("%v", err)
	}
	if bytes.Equal(read(c.Key), key) {
		t.Error("the key is the old one")
	}
	if err := os.WriteFile(c.File, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.load(); err == nil {
		t.Error("the old file can be read with the new key")
	}
	// A damaged cache, or none, is made again.
	for name, damage := range map[string]func(){
		"no key":      func() { os.Remove(c.Key) },
		"no file":     func() { os.Remove(c.File) },
		"half a file": func() { os.WriteFile(c.File, read(c.File)[:200], 0o600) },
		"no such key": func() { os.WriteFile(c.Key, []byte("nothing\n"), 0o600) },
		"a bit":       func() { b := read(c.File); b[len(b)/2] ^= 1; os.WriteFile(c.File, b, 0o600) },
	} {
		damage()
		f := open(t, db, c)
		if f.Len() != 3 || f.Keep() != nil {
			t.Errorf("%s: %d records", name, f.Len())
		}
		if _, err := c.load(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A cache of records that the database does not have is not believed.
func TestCacheOfAnotherDatabase(t *testing.T) {
	db, other := storetest.SQLite(t), storetest.SQLite(t)
	load(t, db, registry.Residents, residents, registry.Options{})
	load(t, other, registry.Residents, "id,full_name\nX1,Someone Else\n", registry.Options{})
	dir := t.TempDir()
	c := Cache{filepath.Join(dir, "people.age"), filepath.Join(dir, "people.key")}
	if err := open(t, other, c).Keep(); err != nil {
		t.Fatal(err)
	}
	f := open(t, db, c)
	if f.Len() != 3 || first(t, f, "Someone Else") != "" || first(t, f, "Sri Wahyuni") != "R1" {
		t.Errorf("%d records", f.Len())
	}
}

func TestScreenAlerts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, registry.Residents, residents, registry.Options{})
		load(t, db, registry.Permits, permits, registry.Options{})
		load(t, db, registry.Alerts, `id,full_name,birth_date,passport_no,kind,handling,expires_on
A1,SRI WAHYUNNI,1994-05-17,,missing,welfare check,
A2,Nobody Known Here,1960-01-01,,missing,welfare check,
A3,Joko Susilo,1990-01-02,B7654321,missing,welfare check,2023-12-31
`, registry.Options{Source: "families"})
		load(t, db, registry.Alerts, "id,full_name,birth_date,kind\nA1,Bambang Hermawan,1985-11-30,notice\n", registry.Options{Source: "others"})
		f := open(t, db, Cache{})
		s, err := f.ScreenAlerts(t.Context(), "families", day, me)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range s.Concerns {
			got = append(got, c.Alert+" "+string(c.Noun)+" "+c.ID)
		}
		slices.Sort(got)
		if want := []string{"A1 permits P1", "A1 residents R1"}; !slices.Equal(got, want) || s.Screened != 2 || s.Expired != 1 {
			t.Errorf("%q, %+v", got, s)
		}
		events, err := searches(t.Context(), db)
		if err != nil || len(events) != 1 || events[0].Kind != KindScreening || len(events[0].Subjects) != 3 {
			t.Errorf("%+v, %v", events, err)
		}
	})
}

// What comes is matched with people sought, whichever came first.
func TestSight(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const reports = "id,full_name,birth_date,passport_no,reported_on\nS1,SRI WAHYUNNI,1994-05-17,,2024-01-01\nS2,Nobody Known Here,1960-01-01,,2024-01-01\n"
		load(t, db, registry.Residents, residents, registry.Options{})
		first := load(t, db, registry.Reports, reports, registry.Options{})
		f := open(t, db, Cache{})
		check := func(what string, batch string, compared int, want ...string) {
			t.Helper()
			s, err := f.Sight(t.Context(), batch, day, me)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, x := range s.Sightings {
				if x.Probability < 0.5 {
					t.Errorf("%s: %+v", what, x)
				}
				got = append(got, string(x.Sought)+" "+x.SoughtID+" "+string(x.Noun)+" "+x.ID)
			}
			if !slices.Equal(got, want) || s.Compared != compared {
				t.Errorf("%s: %v of %d, want %v of %d", what, got, s.Compared, want, compared)
			}
		}
		check("reports after residents", first.Batch, 2, "reports S1 residents R1")
		second := load(t, db, registry.Permits, permits, registry.Options{})
		third := load(t, db, registry.Departures, "id,full_name,birth_date,departed_on\nD1,Wahyuni Sri,1994-05-17,2023-02-02\nD2,Somebody Else,1970-01-01,2023-02-02\nD3,And Another,1971-01-01,2023-02-02\n", registry.Options{})
		check("departures after reports", third.Batch, 2, "reports S1 departures D1")
		load(t, db, registry.Alerts, "id,full_name,birth_date,kind,expires_on\nA1,Somebody Else,1970-01-01,missing,2023-12-31\nA2,And Another,1971-01-01,missing,\n", registry.Options{})
		check("an alert that has run out is of nobody", third.Batch, 3, "alerts A2 departures D3", "reports S1 departures D1")
		_ = second
		// It leaves one event, with the records and without what they say.
		var events []journal.Event
		if err := db.Read(t.Context(), func(tx *store.Tx) error {
			events = nil
			return journal.Events(tx, journal.House, func(e journal.Event) error {
				if e.Kind == KindSightings {
					events = append(events, e)
				}
				return nil
			})
		}); err != nil {
			t.Fatal(err)
		}
		if len(events) != 3 || len(events[0].Subjects) != 2 || strings.Contains(string(events[0].Data), "WAHYUN") {
			t.Errorf("%d events: %+v", len(events), events)
		}
	})
}
