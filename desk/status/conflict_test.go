package status_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mitra/desk/registry"
	"mitra/desk/status"
	"mitra/store"
)

// loadFrom loads a list of a source of its own and returns its batch.
func loadFrom(t *testing.T, db *store.DB, noun registry.Noun, source, text string, snapshot bool) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	rep, err := registry.Import(t.Context(), db, registry.Options{Noun: noun, Source: source, Path: path, RejectedDir: t.TempDir(), Actor: "officer", Office: "hq", Today: asOf, Snapshot: snapshot})
	if err != nil || rep.Rejected > 0 {
		t.Fatalf("import %s: %+v, %v", noun, rep, err)
	}
	return rep.Batch
}

// withdraw withdraws a list by two officers.
func withdraw(t *testing.T, db *store.DB, batch string) {
	t.Helper()
	for i, officer := range []string{"one", "two"} {
		if err := db.Write(t.Context(), func(tx *store.Tx) error {
			if i == 0 {
				return registry.AskToWithdraw(tx, batch, "by mistake", officer, "hq")
			}
			return registry.Withdraw(tx, batch, officer, "hq")
		}); err != nil {
			t.Fatal(err)
		}
	}
}

const residentsHeader = "id,full_name,sex,birth_date,passport_no,national_id,entry_date,exit_date,stay_until,visa_class\n"

func addsUp(t *testing.T, s status.Summary) {
	t.Helper()
	n := 0
	for _, c := range s.Classes {
		n += c
	}
	if n != s.Residents || s.PermitsMatched+s.PermitsReview+s.PermitsUnmatched != s.Permits {
		t.Errorf("%d in classes of %d; %d+%d+%d of %d", n, s.Residents, s.PermitsMatched, s.PermitsReview, s.PermitsUnmatched, s.Permits)
	}
}

func (d doubts) openPair(r status.Reviewer, permit, resident string) status.Pair {
	d.Helper()
	p, err := status.OpenReview(d.Context(), d.db, r, d.entry(registry.Permits, permit), d.entry(registry.Residents, resident))
	if err != nil {
		d.Fatalf("%s and %s: %v", permit, resident, err)
	}
	return p
}

// sayPair has an officer say something of a pair, and another agree where it takes two.
func (d doubts) sayPair(permit, resident, act string) {
	d.Helper()
	state, err := status.Decide(d.Context(), d.db, officer("a"), word(d.openPair(officer("a"), permit, resident), act, "the papers were shown"))
	if err == nil && state == status.Waiting {
		state, err = status.Decide(d.Context(), d.db, officer("b"), word(d.openPair(officer("b"), permit, resident), status.Agree, ""))
	}
	if err != nil || state != act {
		d.Fatalf("%s of %s and %s: %q, %v", act, permit, resident, state, err)
	}
}

// A permit was given to somebody, who left the register, and then to somebody else; and then the first came back.
func TestAPermitThatWasGivenTwiceIsNobodysUntilSomebodyLooks(t *testing.T) {
	eachDoubts(t, func(d doubts) {
		const first, second = "day,Indra Lesmana,M,1984-05-06,D0000007,,2022-01-01,,2024-02-01,EB\n", "other,Indra Lesmana,M,1984-05-04,D0000017,,2022-01-01,,2025-01-01,EB\n"
		d.sayPair("qday", "day", status.Same)
		addsUp(d.T, run(d.T, d.db))
		all := residentsCSV + doubtfulResidents
		loadFrom(d.T, d.db, registry.Residents, "residents", strings.Replace(all, first, second, 1), true)
		addsUp(d.T, run(d.T, d.db))
		d.sayPair("qday", "other", status.Same)
		addsUp(d.T, run(d.T, d.db))
		if l := lines(d.T, d.db, true)["other"]; l.PermitID != "qday" {
			d.Fatalf("given to the second: %+v", l)
		}
		loadFrom(d.T, d.db, registry.Residents, "residents", all+second, true)
		addsUp(d.T, run(d.T, d.db))
		got, queue := lines(d.T, d.db, true), d.queue(officer("a"))
		for _, id := range []string{"day", "other"} {
			if got[id].PermitID != "" || !slices.Contains(queue, id) {
				d.Errorf("%s, whose permit is another's too: %+v; the queue is %q", id, got[id], queue)
			}
			if p := d.openPair(officer("a"), "qday", id); !p.Stale || p.State != status.Open || !p.Given {
				d.Errorf("the page of %s: %+v", id, p)
			}
		}
		if s := run(d.T, d.db); s.Details.Added != 0 {
			d.Errorf("a run over the same added %d", s.Details.Added)
		}
		d.sayPair("qday", "other", status.Different)
		addsUp(d.T, run(d.T, d.db))
		if got, queue := lines(d.T, d.db, true), d.queue(officer("a")); got["day"].PermitID != "qday" || got["other"].PermitID != "" || slices.Contains(queue, "day") {
			d.Errorf("resolved: %+v, %+v; the queue is %q", got["day"], got["other"], queue)
		}
	})
}

// Of two records of one person, one is said to have the permit, the other not to.
func TestDecisionsOnTwoRecordsOfAPersonContradict(t *testing.T) {
	eachDoubts(t, func(d doubts) {
		loadFrom(d.T, d.db, registry.Residents, "other", residentsHeader+"near2,Kartika Anggraini,F,1981-03-13,D0000001,,2022-01-01,,2025-01-01,EB\n", false)
		run(d.T, d.db)
		d.sayPair("qnear", "near", status.Same)
		d.sayPair("qnear", "near2", status.Different)
		addsUp(d.T, run(d.T, d.db))
		got, queue := lines(d.T, d.db, true), d.queue(officer("a"))
		for _, id := range []string{"near", "near2"} {
			if got[id].PermitID != "" || got[id].Work != "unknown" || !slices.Contains(queue, id) {
				d.Errorf("%s, of whom two things are said: %+v; the queue is %q", id, got[id], queue)
			}
			if p := d.openPair(officer("a"), "qnear", id); !p.Stale || p.State != status.Open || p.Given {
				d.Errorf("the page of %s: %+v", id, p)
			}
		}
		d.sayPair("qnear", "near2", status.Same)
		addsUp(d.T, run(d.T, d.db))
		if got, queue := lines(d.T, d.db, true), d.queue(officer("a")); got["near"].PermitID != "qnear" || got["near2"].PermitID != "qnear" || slices.Contains(queue, "near") {
			d.Errorf("resolved: %+v, %+v; the queue is %q", got["near"], got["near2"], queue)
		}
	})
}

// A list that was loaded by mistake, and again as it was: what was decided on its records holds.
func TestADecisionHoldsWhenAWithdrawnListComesAgain(t *testing.T) {
	eachDoubts(t, func(d doubts) {
		text := residentsHeader + "one,Kusuma Wardhani,F,1979-02-03,E0000001,,2022-01-01,,2025-01-01,EB\ntwo,Kusuma Wardhana,,1979-02-03,E0000002,,2022-01-01,,2025-01-01,EB\n"
		batch := loadFrom(d.T, d.db, registry.Residents, "other", text, false)
		loadFrom(d.T, d.db, registry.Permits, "other", "id,full_name,sex,birth_date,passport_no,permit_no,valid_from,valid_until\nqone,KUSUMA WARDHANI,F,03/02/1979,,R1,01/01/2024,31/12/2024\n", false)
		run(d.T, d.db)
		d.sayPair("qone", "one", status.Same)
		addsUp(d.T, run(d.T, d.db))
		withdraw(d.T, d.db, batch)
		addsUp(d.T, run(d.T, d.db))
		loadFrom(d.T, d.db, registry.Residents, "other", text, false)
		addsUp(d.T, run(d.T, d.db))
		if l, p := lines(d.T, d.db, true)["one"], d.openPair(officer("a"), "qone", "one"); l.PermitID != "qone" || p.Stale || p.State != status.Same {
			d.Errorf("%+v, %+v", l, p)
		}
		// Come again with another name, it is to be looked at again.
		loadFrom(d.T, d.db, registry.Residents, "other", strings.Replace(text, "Kusuma Wardhani,F", "Kusumo Wardhani,F", 1), false)
		addsUp(d.T, run(d.T, d.db))
		if l, p := lines(d.T, d.db, true)["one"], d.openPair(officer("a"), "qone", "one"); l.PermitID != "" || !p.Stale {
			d.Errorf("changed: %+v, %+v", l, p)
		}
	})
}

// What waits for a second officer about a permit that no list has any more is neither counted nor listed, and waits again when it is back.
func TestWhatWaitsAboutAPermitThatIsGone(t *testing.T) {
	eachDoubts(t, func(d doubts) {
		d.say(officer("a"), "day", status.Same, "the passport was shown", status.Waiting)
		all := permitsCSV + doubtfulPermits
		for _, x := range []struct {
			list string
			want int
		}{{strings.Replace(all, "qday,INDRA LESMANA,M,05/05/1984,,Q4,01/01/2024,31/12/2024\n", "", 1), 0}, {all, 1}} {
			loadFrom(d.T, d.db, registry.Permits, "permits", x.list, true)
			addsUp(d.T, run(d.T, d.db))
			list, err := status.WaitingReview(d.Context(), d.db, officer("b"), 50)
			if n := d.count(officer("b")); err != nil || len(list) != x.want || n.Second != x.want {
				d.Errorf("%d are counted, %d listed, want %d; %v", n.Second, len(list), x.want, err)
			}
		}
	})
}

// Pairs of a list that is withdrawn are out of the queue and its count at once, and those of others are not.
func TestTheQueueAfterAWithdrawal(t *testing.T) {
	eachDoubts(t, func(d doubts) {
		var permits string
		if err := d.db.Read(d.Context(), func(tx *store.Tx) error {
			all, err := registry.Batches(tx)
			permits = all[1].ID
			return err
		}); err != nil {
			d.Fatal(err)
		}
		nobody := loadFrom(d.T, d.db, registry.Permits, "other", "id,full_name,permit_no\nqx,NOBODY KNOWN,R1\n", false)
		run(d.T, d.db)
		before := d.queue(officer("b"))
		for i, batch := range []string{nobody, permits} {
			withdraw(d.T, d.db, batch)
			if err := d.db.Write(d.Context(), status.ListWithdrawn); err != nil {
				d.Fatal(err)
			}
			if got := d.queue(officer("b")); i == 0 && !slices.Equal(got, before) || i == 1 && len(got) > 0 || len(before) == 0 {
				d.Errorf("the queue is %q, and it was %q", got, before)
			}
		}
	})
}
