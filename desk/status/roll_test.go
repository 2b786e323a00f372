package status_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mitra/desk/registry"
	"mitra/desk/status"
	"mitra/rules"
	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/journal"
)

// listed leafs through a class, two at a time.
func listed(t *testing.T, db *store.DB, roll *status.Roll, class string, protection bool) (ids []string) {
	t.Helper()
	r := status.Reader{Actor: "reader", Office: "hq", Purpose: "status", Protection: protection}
	for after := ""; ; {
		p, err := roll.Page(t.Context(), db, r, class, after, 2)
		if err != nil {
			t.Fatalf("%s: %v", class, err)
		}
		for _, l := range p.Lines {
			ids = append(ids, l.ID)
		}
		if p.Next == "" {
			return ids
		}
		if len(p.Lines) != 2 || p.Next != p.Lines[1].Entry {
			t.Fatalf("%s: a page of %d, and it goes on after %s", class, len(p.Lines), p.Next)
		}
		after = p.Next
	}
}

// Whom a roll lists in a class, the export has in that class, for each reader, run after run.
func TestRollIsTheExport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, registry.Residents, residentsCSV)
		load(t, db, registry.Permits, permitsCSV)
		var roll status.Roll
		if _, err := roll.Page(t.Context(), db, status.Reader{}, string(rules.Departed), "", 2); !errors.Is(err, status.ErrNoRun) {
			t.Errorf("before the first run: %v", err)
		}
		check := func() {
			t.Helper()
			for _, protection := range []bool{false, true} {
				want := map[string][]string{}
				for id, l := range lines(t, db, protection) {
					want[l.Class] = append(want[l.Class], id)
				}
				classes := []string{status.AskSupervisor}
				if protection {
					classes = nil
				}
				for _, c := range rules.Classes() {
					if protection || !status.Protected(c) {
						classes = append(classes, string(c))
					}
				}
				for _, c := range classes {
					got := listed(t, db, &roll, c, protection)
					slices.Sort(got)
					slices.Sort(want[c])
					if !slices.Equal(got, want[c]) {
						t.Errorf("%s, protection %v: listed %q, exported %q", c, protection, got, want[c])
					}
				}
			}
		}
		run(t, db)
		check()
		// A correction moves somebody; the roll follows with the next run.
		load(t, db, registry.Residents, "id,full_name,sex,birth_date,passport_no,national_id,entry_date,exit_date,stay_until,visa_class\n"+
			"over,Lina Marlina,F,1993-03-03,C2000004,,2022-01-01,2024-02-02,2024-02-01,EB\n")
		run(t, db)
		check()
	})
}

func TestRollKeepsProtectionFromOthers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, registry.Residents, residentsCSV)
		load(t, db, registry.Permits, permitsCSV)
		run(t, db)
		var roll status.Roll
		reader := status.Reader{Actor: "reader", Office: "hq", Purpose: "status"}
		for _, c := range []string{"CHILD_FIRST", "PROTECT", "IDENTITY_PENDING", "NO_SUCH_CLASS", "", "child_first"} {
			if _, err := roll.Page(t.Context(), db, reader, c, "", 2); !errors.Is(err, status.ErrNoClass) {
				t.Errorf("%q without the right: %v", c, err)
			}
		}
		seeing := reader
		seeing.Protection = true
		if _, err := roll.Page(t.Context(), db, seeing, status.AskSupervisor, "", 2); !errors.Is(err, status.ErrNoClass) {
			t.Errorf("what others read, with the right: %v", err)
		}
		for _, after := range []string{"garbage", "00000000-0000-0000-0000-00000000000", "URN:UUID:01a21bf3-356a-70e4-a37b-c0c2017d8c02"} {
			if _, err := roll.Page(t.Context(), db, reader, "DEPARTED", after, 2); !errors.Is(err, status.ErrNoClass) {
				t.Errorf("after %q: %v", after, err)
			}
		}
		// Whoever is restricted today is no longer among the others, without a run.
		before := listed(t, db, &roll, status.AskSupervisor, false)
		var entry string
		if err := db.Write(t.Context(), func(tx *store.Tx) error {
			found, err := registry.Find(tx, registry.Residents, registry.KeyOfID("without"))
			if err != nil {
				return err
			}
			entry = found[0].Entry
			_, err = registry.Restrict(tx, found, rules.PossibleVictim, "said so", "first", "hq")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if got := listed(t, db, &roll, "NO_PERMIT_FOUND", false); slices.Contains(got, "without") {
			t.Errorf("restricted, and listed: %q", got)
		}
		after := listed(t, db, &roll, status.AskSupervisor, false)
		if len(after) != len(before)+1 || !slices.Contains(after, "without") {
			t.Errorf("restricted, and not among those to ask about: %q, before %q", after, before)
		}
		p, err := roll.Page(t.Context(), db, seeing, "NO_PERMIT_FOUND", "", 50)
		if err != nil || !slices.ContainsFunc(p.Lines, func(l status.RollLine) bool { return l.ID == "without" && l.Restricted }) {
			t.Errorf("with the right: %+v, %v", p.Lines, err)
		}
		// Each page is one event with those listed, and it does not tell protected classes apart.
		if _, err := roll.Page(t.Context(), db, seeing, "CHILD_FIRST", "", 50); err != nil {
			t.Fatal(err)
		}
		var events []journal.Event
		if err := db.Read(t.Context(), func(tx *store.Tx) error {
			events = nil
			return journal.Events(tx, journal.House, func(e journal.Event) error {
				if e.Kind == "status.class" {
					events = append(events, e)
				}
				return nil
			})
		}); err != nil {
			t.Fatal(err)
		}
		last := events[len(events)-1]
		if len(last.Subjects) != 1 || last.Actor != "reader" || last.Purpose != "status" || strings.Contains(string(last.Data), "CHILD") || !strings.Contains(string(last.Data), status.AskSupervisor) {
			t.Errorf("the event of a protected class: %+v %s", last, last.Data)
		}
		if e := events[len(events)-2]; !slices.Contains(e.Subjects, entry) || !strings.Contains(string(e.Data), "NO_PERMIT_FOUND") {
			t.Errorf("the event of another: %+v %s", e, e.Data)
		}
	})
}

// Somebody whom the register no longer lists is in no class.
func TestRollLeavesOutWhoHasEnded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, registry.Residents, residentsCSV)
		run(t, db)
		var roll status.Roll
		if got := listed(t, db, &roll, "DEPARTED", true); !slices.Equal(got, []string{"gone"}) {
			t.Fatalf("departed: %q", got)
		}
		if err := loadSnapshot(t, db, strings.ReplaceAll(residentsCSV, "gone,Wahyu Nugroho,M,1987-10-10,C2000002,,2022-01-01,2024-01-31,2024-06-01,EB\n", "")); err != nil {
			t.Fatal(err)
		}
		if got := listed(t, db, &roll, "DEPARTED", true); len(got) != 0 {
			t.Errorf("listed, though it has ended: %q", got)
		}
	})
}

func TestRunsAreListed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, registry.Residents, residentsCSV)
		for range 3 {
			run(t, db)
		}
		if err := db.Read(t.Context(), func(tx *store.Tx) error {
			all, err := status.Runs(tx, "", 10)
			if err != nil || len(all) != 3 || all[0].ID < all[1].ID || all[1].ID < all[2].ID {
				t.Errorf("all: %d, %v", len(all), err)
				return err
			}
			rest, err := status.Runs(tx, all[0].ID, 1)
			if err != nil || len(rest) != 1 || rest[0].ID != all[1].ID || rest[0].Summary.Residents == 0 {
				t.Errorf("before the last: %+v, %v", rest, err)
			}
			one, err := status.RunOf(tx, all[2].ID)
			if err != nil || one.ID != all[2].ID {
				t.Errorf("one: %+v, %v", one, err)
			}
			if _, err := status.RunOf(tx, store.NewID()); !errors.Is(err, status.ErrNoRun) {
				t.Errorf("none: %v", err)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func loadSnapshot(t *testing.T, db *store.DB, text string) error {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "residents.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	_, err := registry.Import(t.Context(), db, registry.Options{Noun: registry.Residents, Path: path, Snapshot: true, RejectedDir: dir, Actor: "officer", Office: "hq", Today: asOf})
	return err
}
