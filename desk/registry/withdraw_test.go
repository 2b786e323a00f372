package registry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"mitra/rules"
	"mitra/store"
	"mitra/store/storetest"
)

// change makes a change in a transaction of its own.
func change(t testing.TB, db *store.DB, f func(tx *store.Tx) error) error {
	t.Helper()
	return db.Write(context.Background(), f)
}

// withdraw has two officers withdraw a list.
func withdraw(t testing.TB, db *store.DB, batch string) {
	t.Helper()
	if err := change(t, db, func(tx *store.Tx) error { return AskToWithdraw(tx, batch, "the wrong file", "officer-1", "hq") }); err != nil {
		t.Fatal(err)
	}
	if err := change(t, db, func(tx *store.Tx) error { return Withdraw(tx, batch, "officer-2", "hq") }); err != nil {
		t.Fatal(err)
	}
}

// said is what the registers say: of each current record its entry, version and name.
func said(t testing.TB, db *store.DB) map[string]string {
	t.Helper()
	out := map[string]string{}
	for key, r := range current(t, db, Residents) {
		out[key] = r.Entry + " " + r.ID + " " + r.Get(FullName)
	}
	return out
}

// After a list is withdrawn everything that reads the registers reads what it did before, and it can be loaded again.
func TestWithdraw(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, lines("id,full_name", "R1,Sri Contoh", "R2,Budi Rekaan", "R3,Wati Tiruan"), Options{})
		before := said(t, db)
		const next = "id,full_name\nR1,Sri Contoh Baru\nR3,Wati Tiruan\nR4,Dedi Misalnya\n" // R2 ends
		b := load(t, db, next, Options{Snapshot: true})
		counts(t, b, Counts{Rows: 3, New: 1, Changed: 1, Unchanged: 1, Ended: 1})
		with := said(t, db)
		four := current(t, db, Residents)["residents/R4"]
		withdraw(t, db, b.Batch)
		if after := said(t, db); !maps.Equal(after, before) {
			t.Errorf("after it: %v, before: %v", after, before)
		}
		if f := findings(t, db); len(f) > 0 {
			t.Errorf("findings: %v", f)
		}
		read(t, db, func(tx *store.Tx) error {
			for key, want := range map[string]int{"R1": 1, "R2": 1, "R3": 1, "R4": 0} {
				found, err := Find(tx, Residents, KeyOfID(key))
				if err != nil || len(found) != want || want == 1 && found[0].Entry+" "+found[0].ID+" "+found[0].Get(FullName) != before["residents/"+key] {
					t.Errorf("%s is found %d times, %v", key, len(found), err)
				}
			}
			for key, r := range before {
				entry := strings.Fields(r)[0]
				last, err := Latest(tx, entry)
				if err != nil || last == nil || last.Entry+" "+last.ID+" "+last.Get(FullName) != r {
					t.Errorf("the latest of %s: %+v %v", key, last, err)
				}
				if all, err := History(tx, entry); err != nil || len(all) != 1 {
					t.Errorf("the history of %s: %d %v", key, len(all), err)
				}
			}
			if last, err := Latest(tx, four.Entry); err != nil || last != nil {
				t.Errorf("who came with it: %+v %v", last, err)
			}
			if _, err := Version(tx, four.ID); !errors.Is(err, ErrNoRecord) {
				t.Errorf("its version: %v", err)
			}
			if from, err := Brought(tx, four.Entry); err != nil || from == nil || from.ID != b.Batch || from.Withdrawn == "" {
				t.Errorf("who brought it: %+v %v", from, err)
			}
			live, err := Batches(tx)
			if err != nil || len(live) != 1 {
				t.Errorf("%d lists hold, %v", len(live), err)
			}
			ids, err := LiveBatches(tx)
			if err != nil || len(ids) != 1 {
				t.Errorf("%d lists hold, %v", len(ids), err)
			}
			all, err := Loaded(tx)
			if err != nil || len(all) != 2 || all[1].Withdrawn == "" || all[0].Withdrawn != "" {
				t.Errorf("the lists: %v %v", all, err)
			}
			done, err := Withdrawals(tx)
			if err != nil || len(done) != 1 || !done[0].Done() || done[0].Second != "officer-2" || done[0].Reason != "the wrong file" || done[0].Ended.IsZero() {
				t.Errorf("withdrawals: %+v %v", done, err)
			}
			return nil
		})
		if err := ClearDead(context.Background(), db); err != nil { // clears nothing of it
			t.Fatal(err)
		}
		// The same list once more: who came with it then is the same record now.
		again := load(t, db, next, Options{Snapshot: true})
		counts(t, again, b.Counts)
		now := said(t, db)
		for key, r := range with {
			if x := strings.Fields(now[key]); len(x) < 3 || x[0] != strings.Fields(r)[0] || strings.Join(x[2:], " ") != strings.Join(strings.Fields(r)[2:], " ") {
				t.Errorf("%s: %s, and it was %s", key, now[key], r)
			}
		}
		if len(now) != len(with) {
			t.Errorf("%d records, and there were %d", len(now), len(with))
		}
		if f := findings(t, db); len(f) > 0 {
			t.Errorf("findings: %v", f)
		}
		withdraw(t, db, again.Batch)
		if after := said(t, db); !maps.Equal(after, before) {
			t.Errorf("after both: %v, before: %v", after, before)
		}
	})
}

// Only the last list of a source can be withdrawn, by two officers with a reason, and while none of its source is loading.
func TestWithdrawIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a := load(t, db, lines("id,full_name", "R1,Sri Contoh"), Options{})
		b := load(t, db, lines("id,full_name", "R1,Sri Rekaan"), Options{})
		load(t, db, lines("id,full_name", "R1,Sri Rekaan"), Options{Source: "embassy"})
		load(t, db, lines("id,full_name", "R1,Sri Rekaan"), Options{Noun: Permits})
		want := func(what string, want error, f func(tx *store.Tx) error) {
			t.Helper()
			if err := change(t, db, f); !errors.Is(err, want) {
				t.Errorf("%s: %v", what, err)
			}
		}
		ask := func(id, reason, officer string) func(tx *store.Tx) error {
			return func(tx *store.Tx) error { return AskToWithdraw(tx, id, reason, officer, "hq") }
		}
		agree := func(id, officer string) func(tx *store.Tx) error {
			return func(tx *store.Tx) error { return Withdraw(tx, id, officer, "hq") }
		}
		want("no reason", ErrReason, ask(b.Batch, "", "officer-1"))
		want("a long reason", ErrReason, ask(b.Batch, strings.Repeat("ក", mostReason+1), "officer-1"))
		want("two lines", ErrReason, ask(b.Batch, "one\ntwo", "officer-1"))
		want("an earlier list", ErrLater, ask(a.Batch, "wrong", "officer-1"))
		want("no list", ErrNoBatch, ask(store.NewID(), "wrong", "officer-1"))
		want("nobody has asked", ErrNoBatch, agree(b.Batch, "officer-2"))
		want("taken back before", ErrNoBatch, func(tx *store.Tx) error { return KeepList(tx, b.Batch, "officer-1", "hq") })
		want("asking", nil, ask(b.Batch, "wrong", "officer-1"))
		want("twice", ErrAsked, ask(b.Batch, "wrong", "officer-2"))
		want("alone", ErrAlone, agree(b.Batch, "officer-1"))
		want("taken back", nil, func(tx *store.Tx) error { return KeepList(tx, b.Batch, "officer-1", "hq") })
		want("after that", ErrNoBatch, agree(b.Batch, "officer-2"))
		want("asking again", nil, ask(b.Batch, "wrong", "officer-2"))
		if f := findings(t, db); len(f) > 0 {
			t.Errorf("findings: %v", f)
		}
		c := load(t, db, lines("id,full_name", "R1,Sri Tiruan"), Options{})
		want("a later one has come", ErrLater, agree(b.Batch, "officer-1"))
		withdraw(t, db, c.Batch)

		loading := `INSERT INTO batch (id, seq, noun, source, state, beat, snapshot, file, file_hash, header, columns,
			records_hash, row_count, new_count, changed, unchanged, ended, rejected, actor, office, event, at, salt)
			SELECT 'x', 99, noun, source, 'loading', $1, 0, '', '', '[]', '{}', '', 0, 0, 0, 0, 0, 0, '', '', '', at, '' FROM batch WHERE seq = 1`
		now := func(tx *store.Tx) error { _, err := tx.Exec(loading, tx.Now()); return err }
		want("loading", nil, now)
		want("while one is loading", ErrLoading, agree(b.Batch, "officer-1"))
		write(t, db, `UPDATE batch SET beat = '2020-01-01T00:00:00.000000Z' WHERE id = 'x'`)
		want("when that is dead", nil, agree(b.Batch, "officer-1"))
		if n := count(t, db, `SELECT COUNT(*) FROM batch WHERE state = 'loading'`); n != 0 {
			t.Error("the dead import can go on")
		}
		want("once more", ErrNoBatch, agree(b.Batch, "officer-1"))
		want("asking once more", ErrNoBatch, ask(b.Batch, "wrong", "officer-1"))
		if got := said(t, db)["residents/R1"]; !strings.HasSuffix(got, "Sri Contoh") {
			t.Errorf("what holds: %s", got)
		}
		want("then the earlier", nil, ask(a.Batch, "wrong", "officer-1"))
	})
}

// Whatever is loaded and withdrawn, what holds is as if what was withdrawn had never come; a key keeps its entry for ever; and all of
// it verifies.
func TestWithdrawProperty(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := rand.New(rand.NewPCG(1, 2))
		type list struct {
			batch string
			says  map[string]string // key → name
		}
		stacks := map[string][]list{"one": {}, "two": {}}
		entries := map[string]string{}
		withdrawn := 0
		for step := range 60 {
			source := []string{"one", "two"}[r.IntN(2)]
			stack := stacks[source]
			if len(stack) > 0 && r.IntN(3) == 0 {
				withdraw(t, db, stack[len(stack)-1].batch)
				stacks[source] = stack[:len(stack)-1]
				withdrawn++
			} else {
				now := map[string]string{}
				if len(stack) > 0 {
					now = maps.Clone(stack[len(stack)-1].says)
				}
				snapshot := r.IntN(3) == 0
				if snapshot {
					clear(now)
				}
				csv := "id,full_name\n"
				for _, i := range r.Perm(6)[:1+r.IntN(5)] {
					key, name := fmt.Sprint("R", i), "Contoh "+string(rune('A'+r.IntN(3)))
					csv += key + "," + name + "\n"
					now[key] = name
				}
				rep := load(t, db, csv, Options{Source: source, Snapshot: snapshot})
				stacks[source] = append(stack, list{rep.Batch, now})
			}
			want := map[string]string{}
			for source, stack := range stacks {
				if len(stack) > 0 {
					for key, name := range stack[len(stack)-1].says {
						want[source+"/"+key] = name
					}
				}
			}
			got := map[string]string{}
			for key, rec := range current(t, db, Residents) {
				got[key] = rec.Get(FullName)
				if e, ok := entries[key]; ok && e != rec.Entry {
					t.Fatalf("step %d: %s is another entry now", step, key)
				}
				entries[key] = rec.Entry
			}
			if !maps.Equal(got, want) {
				t.Fatalf("step %d: %v, want %v", step, got, want)
			}
			if f := findings(t, db); len(f) > 0 {
				t.Fatalf("step %d: %v", step, f)
			}
		}
		if withdrawn < 8 {
			t.Errorf("only %d lists were withdrawn", withdrawn)
		}
	})
}

// What is changed of a withdrawal behind the program's back is found.
func TestVerifyFindsAForgedWithdrawal(t *testing.T) {
	for what, statement := range map[string]string{
		"a list hidden":               `UPDATE batch SET state = 'withdrawn', withdrawn = 'x' WHERE seq = 1`,
		"hidden by another's event":   `UPDATE batch SET state = 'withdrawn', withdrawn = (SELECT withdrawn FROM batch WHERE seq = 2) WHERE seq = 1`,
		"a list shown again":          `UPDATE batch SET state = 'live', withdrawn = '' WHERE seq = 2`,
		"shown, with the event":       `UPDATE batch SET state = 'live' WHERE seq = 2`,
		"the event unreferenced":      `UPDATE batch SET withdrawn = 'x' WHERE seq = 2`,
		"its records gone":            `DELETE FROM record WHERE batch = 2`,
		"its batch gone":              `DELETE FROM batch WHERE seq = 2`,
		"a record of it changed":      `UPDATE record SET cells = REPLACE(cells, 'Rekaan', 'Bekaan') WHERE batch = 2`,
		"superseded by two":           `UPDATE record SET batch = 3 WHERE batch = 2 AND previous IS NOT NULL`,
		"hidden without an event":     `UPDATE batch SET state = 'withdrawn' WHERE seq = 3`,
		"a version of it made to one": `UPDATE record SET previous = NULL WHERE batch = 3`,
	} {
		t.Run(what, func(t *testing.T) {
			db := storetest.SQLite(t)
			load(t, db, lines("id,full_name", "R1,Sri Contoh", "R2,Budi Rekaan"), Options{})
			b := load(t, db, lines("id,full_name", "R1,Sri Rekaan", "R3,Wati Rekaan"), Options{})
			withdraw(t, db, b.Batch)
			load(t, db, lines("id,full_name", "R1,Sri Tiruan", "R3,Wati Tiruan"), Options{})
			if f := findings(t, db); len(f) != 0 {
				t.Fatalf("findings in sound records: %v", f)
			}
			write(t, db, statement)
			if len(findings(t, db)) == 0 {
				t.Error("nothing was found")
			}
			verifyImports(t, db, statement)
		})
	}
}

// Who withdraws a list learns whether somebody in it is restricted whom only it has brought.
func TestRestrictedIn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, lines("id,full_name", "R1,Sri Contoh"), Options{})
		b := load(t, db, lines("id,full_name", "R1,Sri Rekaan", "R2,Budi Rekaan", "R3,Wati Rekaan"), Options{})
		people := current(t, db, Residents)
		for _, key := range []string{"residents/R1", "residents/R2"} {
			if err := change(t, db, func(tx *store.Tx) error {
				_, err := Restrict(tx, []Record{*people[key]}, rules.PossibleVictim, "", "officer-1", "hq")
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		read(t, db, func(tx *store.Tx) error {
			got, err := RestrictedIn(tx, b.Batch)
			if err != nil || !slices.Equal(got, []string{people["residents/R2"].Entry}) {
				t.Errorf("%v %v", got, err)
			}
			return nil
		})
		withdraw(t, db, b.Batch)
		again := load(t, db, lines("id,full_name", "R2,Budi Rekaan"), Options{})
		read(t, db, func(tx *store.Tx) error {
			held, err := Restrictions(tx)
			if len(held[current(t, db, Residents)["residents/R2"].Entry]) != 1 {
				t.Error("who comes again is no longer restricted")
			}
			return err
		})
		// Who comes again, after the list or after having ended, goes again with the list that brought them back.
		gone := func(batch string, want ...string) {
			t.Helper()
			read(t, db, func(tx *store.Tx) error {
				got, err := RestrictedIn(tx, batch)
				if !slices.Equal(got, want) {
					t.Errorf("%v, want %v", got, want)
				}
				return err
			})
		}
		gone(again.Batch, people["residents/R2"].Entry)
		ends := load(t, db, lines("id,full_name", "R2,Budi Rekaan"), Options{Snapshot: true})
		gone(ends.Batch)
		back := load(t, db, lines("id,full_name", "R1,Sri Rekaan"), Options{})
		gone(back.Batch, people["residents/R1"].Entry)
	})
}

// A withdrawal stands in the registers as of a time.
func TestChangedSince(t *testing.T) {
	db := storetest.SQLite(t)
	a := load(t, db, lines("id,full_name", "R1,Sri Contoh"), Options{})
	var first *Batch
	read(t, db, func(tx *store.Tx) error {
		all, err := Batches(tx)
		first = all[0]
		return err
	})
	check := func(loaded, withdrawn int) {
		t.Helper()
		read(t, db, func(tx *store.Tx) error {
			l, w, err := ChangedSince(tx, first.At, Residents)
			if err != nil || l != loaded || w != withdrawn {
				t.Errorf("%d loaded and %d withdrawn, %v", l, w, err)
			}
			if l, w, err := ChangedSince(tx, first.At, Permits); err != nil || l+w != 0 {
				t.Errorf("of permits: %d and %d, %v", l, w, err)
			}
			return nil
		})
	}
	check(0, 0)
	b := load(t, db, lines("id,full_name", "R2,Budi Rekaan"), Options{})
	check(1, 0)
	withdraw(t, db, b.Batch)
	check(0, 0) // it came and went
	withdraw(t, db, a.Batch)
	check(0, 1)
}
