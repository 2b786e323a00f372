package agreement

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/journal"
)

const exchangeKH = "exchange-0191f6a2-0000-7000-8000-000000000002"

func adoption(d Document) Adoption {
	return Adoption{Document: d, Self: signID, Peer: signKH, Actor: "officer-1", Office: "liaison"}
}

func events(t *testing.T, db *store.DB) (out []journal.Event) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *store.Tx) error {
		out = nil
		return journal.Events(tx, exchangeKH, func(e journal.Event) error { out = append(out, e); return nil })
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func load(t *testing.T, db *store.DB) (s Set) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *store.Tx) (err error) { s, err = Load(tx, nodeKH); return err })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAdopt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		first := sign(t, draft(t, small(), "2026-01-01", "2026-12-31"), key("i"), key("k"))
		half := sign(t, draft(t, small(), "2026-01-01", "2026-12-31"), key("i"))
		second := sign(t, follower(t, first, "2026-07-01", "2027-06-30"), key("i"), key("k"))
		beside := sign(t, draft(t, small(), "2026-06-01", "2026-06-30"), key("i"), key("k"))
		adopt := func(d Document, after error) error {
			return db.Write(t.Context(), func(tx *store.Tx) error {
				if err := Adopt(tx, adoption(d)); err != nil {
					return err
				}
				return after
			})
		}
		later := errors.New("something later failed")
		for _, c := range []struct {
			name    string
			d       Document
			after   error
			want    error
			adopted int
		}{
			{"one signature", half, nil, ErrIncomplete, 0},
			{"a follower before its first", second, nil, ErrSet, 0},
			{"rolled back", first, later, later, 0},
			{"the first", first, nil, nil, 1},
			{"again", first, nil, nil, 1},
			{"beside it", beside, nil, ErrSet, 1},
			{"the second", second, nil, nil, 2},
		} {
			if err := adopt(c.d, c.after); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
			if got := len(load(t, db).All()); got != c.adopted {
				t.Errorf("%s: %d are adopted, want %d", c.name, got, c.adopted)
			}
			if got := len(events(t, db)); got != c.adopted {
				t.Errorf("%s: %d events, want %d", c.name, got, c.adopted)
			}
		}
		e := events(t, db)[1]
		var data struct{ Agreement string }
		if json.Unmarshal(e.Data, &data) != nil || e.Kind != "agreement" || e.Actor != "officer-1" || e.Office != "liaison" || data.Agreement != second.Hash() {
			t.Errorf("the event: %+v", e)
		}
		all := load(t, db).All()
		if string(all[0].Bytes()) != string(first.Bytes()) || all[1].Complete(signID, signKH) != nil {
			t.Error("what is loaded is not what was adopted")
		}
		var other Set
		err := db.Read(t.Context(), func(tx *store.Tx) (err error) { other, err = Load(tx, nodeID); return err })
		if err != nil || len(other.All()) != 0 {
			t.Errorf("of another peer: %v", err)
		}
		// Somebody puts another document in the place of one; it would fit there.
		another := sign(t, draft(t, small(), "2028-01-01", "2028-12-31"), key("i"), key("k"))
		err = db.Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE agreement SET document = $1 WHERE hash = $2`, another.Bytes(), second.Hash())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = db.Read(t.Context(), func(tx *store.Tx) error { _, err := Load(tx, nodeKH); return err })
		if !errors.Is(err, store.ErrDamaged) {
			t.Errorf("an exchanged document: %v", err)
		}
	})
}

// TestVerify changes every column of an adopted agreement, and takes it away.
func TestVerify(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		first := sign(t, draft(t, small(), "2026-01-01", "2026-12-31"), key("i"), key("k"))
		resigned := sign(t, draft(t, small(), "2026-01-01", "2026-12-31"), key("k"), key("i"))
		do := func(query string, args ...any) {
			t.Helper()
			if err := db.Write(t.Context(), func(tx *store.Tx) error { _, err := tx.Exec(query, args...); return err }); err != nil {
				t.Fatal(query, err)
			}
		}
		verify := func() string {
			t.Helper()
			found, err := Verify(t.Context(), db)
			if err != nil {
				t.Fatal(err)
			}
			return strings.Join(found, "; ")
		}
		if got := verify(); got != "" {
			t.Errorf("nothing adopted: %s", got)
		}
		if err := db.Write(t.Context(), func(tx *store.Tx) error { return Adopt(tx, adoption(first)) }); err != nil {
			t.Fatal(err)
		}
		e := events(t, db)[0]
		for _, c := range []struct {
			column     string
			value, was any
			want       string
		}{
			{"hash", signKH.Card, first.Hash(), "not the one that was adopted under its hash"},
			{"peer", nodeID, nodeKH, "kept for another peer"},
			{"peer", "mitra/VN" + nodeKH[8:], nodeKH, "kept for another peer"},
			{"document", resigned.Bytes(), first.Bytes(), "its signatures are not those"},
			{"document", []byte("ERIKSSON"), first.Bytes(), "not the one that was adopted"},
			{"in_force_from", "2025-01-01", "2026-01-01", "the days beside it"},
			{"in_force_until", "2027-01-01", "2026-12-31", "the days beside it"},
			{"adopted_at", "ERIKSSON", store.Time(e.At), "the time of its adoption"},
			{"event", "ERIKSSON", e.ID, "no event tells of its adoption; the agreement of event " + e.ID + " is gone"},
		} {
			do(`UPDATE agreement SET `+c.column+` = $1`, c.value)
			if got := verify(); !strings.Contains(got, c.want) || strings.Contains(got, "ERIKSSON") {
				t.Errorf("%s: %q, want %q", c.column, got, c.want)
			}
			do(`UPDATE agreement SET `+c.column+` = $1`, c.was)
		}
		if got := verify(); got != "" {
			t.Errorf("mended: %s", got)
		}
		do(`DELETE FROM agreement`)
		if got := verify(); got != "the agreement of event "+e.ID+" is gone" {
			t.Errorf("taken away: %s", got)
		}
	})
}

// letter begins a conversation, of which its issuer may begin two in a day.
func letter(d Document) Request {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return Request{
		Issuer: nodeID, Audience: nodeKH, Agreement: d.Hash(), Article: "a", Purpose: "p", Type: "enquiry", Turn: Begin,
		Keys: []string{"k"}, Handling: "H1", Clock: "normal", Written: at, Until: at,
	}
}

func TestQuota(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := sign(t, draft(t, small(), "2026-01-01", "2026-12-31"), key("i"), key("k"))
		set, err := NewSet(d)
		if err != nil {
			t.Fatal(err)
		}
		spend := func(ctx context.Context, r Request) error {
			return db.Write(ctx, func(tx *store.Tx) error { return set.Spend(tx, r) })
		}
		expect := func(t *testing.T, r Request, want ...string) {
			t.Helper()
			for i, w := range want {
				if err := spend(t.Context(), r); codeOf(err) != w || (err == nil) != (w == "") {
					t.Errorf("letter %d: %v, want %q", i+1, err, w)
				}
			}
		}
		// The days are one after the other, so that the subtests do not share units.
		on := func(day int) Request {
			r := letter(d)
			r.Written = r.Written.AddDate(0, 0, day)
			r.Until = r.Written
			return r
		}
		t.Run("two, and no third", func(t *testing.T) {
			r := on(0)
			r.Used = 5 // what the caller believes does not count
			expect(t, r, "", "", QuotaExhausted, QuotaExhausted)
			r.Used = -5
			expect(t, r, QuotaExhausted)
		})
		t.Run("each direction, purpose and day by itself", func(t *testing.T) {
			expect(t, on(1), "", "", QuotaExhausted)
			other := on(1)
			other.Issuer, other.Audience = nodeKH, nodeID
			expect(t, other, "", QuotaExhausted)
			other.Article, other.Keys = "b", nil
			expect(t, other, "", "", "", QuotaExhausted)
			other.Issuer, other.Audience = nodeID, nodeKH
			expect(t, other, QuotaExhausted) // a quota of 0
		})
		t.Run("what does not begin a conversation is not counted", func(t *testing.T) {
			r := on(2)
			expect(t, r, "", "", QuotaExhausted)
			r.Turn, r.Type = Follow, "release-request"
			expect(t, r, "", "", "")
			r.Turn, r.Type, r.Keys = Answer, "release", nil
			r.Issuer, r.Audience = nodeKH, nodeID
			expect(t, r, "", "", "")
			expect(t, Request{Type: "ping", Turn: Begin}, "")
			var rows int
			err := db.Read(t.Context(), func(tx *store.Tx) error {
				return tx.QueryRow(`SELECT COUNT(*) FROM agreement_quota WHERE agreement <> $1`, d.Hash()).Scan(&rows)
			})
			if err != nil || rows != 0 {
				t.Errorf("%d rows of no agreement: %v", rows, err)
			}
		})
		t.Run("a letter refused takes nothing", func(t *testing.T) {
			r := on(3)
			r.Handling = "H3"
			expect(t, r, HandlingNotAllowed, HandlingNotAllowed, HandlingNotAllowed)
			r.Agreement = "\x00" // nothing of a stranger reaches the database
			expect(t, r, Unknown)
			expect(t, on(3), "", "", QuotaExhausted)
		})
		t.Run("a failed transaction gives the unit back", func(t *testing.T) {
			later := errors.New("the letter could not be written")
			for range 3 {
				err := db.Write(t.Context(), func(tx *store.Tx) error {
					if err := set.Spend(tx, on(4)); err != nil {
						return err
					}
					return later
				})
				if !errors.Is(err, later) {
					t.Fatal(err)
				}
			}
			expect(t, on(4), "", "", QuotaExhausted)
		})
		t.Run("a day ends at midnight UTC", func(t *testing.T) {
			r := on(5)
			r.Written = time.Date(2026, 5, 1, 23, 59, 59, 0, time.UTC)
			r.Until = r.Written
			expect(t, r, "", "", QuotaExhausted)
			r.Written = r.Written.In(time.FixedZone("Phnom Penh", 7*3600)) // 2 May there
			expect(t, r, QuotaExhausted)
			r.Written = r.Written.Add(time.Second)
			expect(t, r, "", "", QuotaExhausted)
		})
		t.Run("two officers, the last unit, one wins", func(t *testing.T) {
			for day := 10; day < 20; day++ {
				expect(t, on(day), "")
				var wg sync.WaitGroup
				errs := make([]error, 2)
				start := make(chan struct{})
				for i := range errs {
					wg.Go(func() {
						<-start
						errs[i] = spend(t.Context(), on(day))
					})
				}
				close(start)
				wg.Wait()
				if a, b := errs[0] == nil, errs[1] == nil; a == b {
					t.Fatalf("day %d: %v and %v", day, errs[0], errs[1])
				}
				if lost := errors.Join(errs...); codeOf(lost) != QuotaExhausted {
					t.Fatalf("day %d: %v", day, lost)
				}
				expect(t, on(day), QuotaExhausted)
			}
		})
	})
}

// TestLastUnitAtOnce has both officers read the counter before either takes: the
// database itself lets one of them win.
func TestLastUnitAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if db.Dialect() == store.SQLite {
			t.Skip("SQLite writes one after the other")
		}
		a := small()
		a.Articles[0].Purposes[0].Quota["ID"] = 1
		d := draft(t, a, "2026-01-01", "2026-12-31")
		set, err := NewSet(d)
		if err != nil {
			t.Fatal(err)
		}
		var wg, read sync.WaitGroup
		read.Add(2)
		errs := make([]error, 2)
		for i := range errs {
			var once sync.Once
			wg.Go(func() {
				errs[i] = db.Write(t.Context(), func(tx *store.Tx) error {
					var n int
					if err := tx.QueryRow(`SELECT COUNT(*) FROM agreement_quota`).Scan(&n); err != nil {
						return err
					}
					once.Do(func() { read.Done(); read.Wait() })
					return set.Spend(tx, letter(d))
				})
			})
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) || codeOf(errors.Join(errs...)) != QuotaExhausted {
			t.Errorf("%v and %v", errs[0], errs[1])
		}
	})
}

// TestErrorsNameNobody: what a stranger wrote is in no error.
func TestErrorsNameNobody(t *testing.T) {
	a := draft(t, small(), "2026-01-01", "2026-12-31").Agreement()
	const secret = "ERIKSSON"
	a.ID, a.From, a.Title = secret, secret, Text{secret: secret}
	a.Reviewed = map[string]bool{secret: true}
	a.Parties[0].Node, a.Parties[0].Country = secret, secret
	a.Articles[0].ID = secret
	p := &a.Articles[0].Purposes[0]
	p.Begin, p.Keys, p.Handling, p.Decides = []string{secret}, []string{secret}, []string{secret}, secret
	p.From, p.Quota, p.Clocks[0].Class = []string{secret}, map[string]int{secret: 1}, secret
	if _, err := Parse(file(must(json.Marshal(a)))); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("%v", err)
	}
}
