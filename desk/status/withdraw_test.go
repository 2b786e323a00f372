package status_test

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"mitra/desk/registry"
	"mitra/desk/status"
	"mitra/rules"
	"mitra/store"
	"mitra/store/storetest"
)

// A run after lists were withdrawn says what the run before they came said; and until then what was withdrawn is in nobody's way.
func TestRunAfterAWithdrawal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, registry.Residents, residentsCSV)
		load(t, db, registry.Permits, permitsCSV)
		before, was := run(t, db), lines(t, db, true)
		var lists []string
		for _, f := range []struct {
			noun registry.Noun
			text string
		}{
			{registry.Residents, "id,full_name,sex,birth_date,passport_no,entry_date,stay_until,visa_class\n" +
				"r01,Budi Santoso,M,1990-05-17,C1000001,2022-01-05,2023-01-04,EB\n" + // over, by mistake
				"extra,Wawan Setiawan,M,1990-02-11,C3000001,2022-01-05,2025-01-04,EB\n"},
			{registry.Permits, "id,full_name,sex,birth_date,passport_no,permit_no,valid_from,valid_until\n" +
				"pw,EKO SUSILO,M,14/04/1984,C2000006,W12,01/01/2024,31/12/2024\n" +
				"px,WAWAN SETIAWAN,M,11/02/1990,C3000001,W13,01/01/2024,31/12/2024\n" +
				"py,BLANK PERSON,F,16/06/1986,C2000007,W14,01/01/2024,31/12/2024\n"},
		} {
			path := filepath.Join(t.TempDir(), "more.csv")
			if err := os.WriteFile(path, []byte(f.text), 0o600); err != nil {
				t.Fatal(err)
			}
			rep, err := registry.Import(t.Context(), db, registry.Options{Noun: f.noun, Path: path, RejectedDir: t.TempDir(), Actor: "officer", Office: "hq", Today: asOf})
			if err != nil {
				t.Fatal(err)
			}
			lists = append(lists, rep.Batch)
		}
		with := run(t, db)
		if now := lines(t, db, true); now["without"].PermitID != "pw" || now["extra"].Class != string(rules.RegularHost) || now["r01"].Class != string(rules.StayIrregular) || with.Residents != before.Residents+1 {
			t.Fatalf("with the lists: %+v", now)
		}
		for _, id := range lists {
			for i, officer := range []string{"one", "two"} {
				if err := db.Write(t.Context(), func(tx *store.Tx) error {
					if i == 0 {
						return registry.AskToWithdraw(tx, id, "by mistake", officer, "hq")
					}
					return registry.Withdraw(tx, id, officer, "hq")
				}); err != nil {
					t.Fatal(err)
				}
			}
		}
		r := status.Reader{Actor: "officer", Office: "hq", Protection: true}
		if people, err := status.Show(t.Context(), db, r, rules.English, "without"); err != nil || len(people) != 1 || len(people[0].Permits) != 0 {
			t.Errorf("whose permit was withdrawn: %+v %v", people, err)
		}
		if pairs, _, err := status.Doubtful(t.Context(), db, r, 100); err != nil {
			t.Errorf("doubtful pairs: %v %v", pairs, err)
		}
		if now := lines(t, db, true); len(now) != len(was) || now["without"].PermitID != "" {
			t.Errorf("exported before the next run: %+v", now)
		}
		if err := status.Links(t.Context(), db, r, func(permit, resident string, _ float64) error {
			if permit == "" || resident == "" || permit == "pw" {
				t.Errorf("a link of %q and %q", permit, resident)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
		after, is := run(t, db), lines(t, db, true)
		if !maps.Equal(after.Classes, before.Classes) || after.Residents != before.Residents || after.Permits != before.Permits || after.PermitsMatched != before.PermitsMatched || after.ExpectedMissed != before.ExpectedMissed {
			t.Errorf("after: %+v\nbefore: %+v", after, before)
		}
		if !maps.Equal(is, was) {
			for id, l := range was {
				if is[id] != l {
					t.Errorf("%s: %+v, and it was %+v", id, is[id], l)
				}
			}
		}
		if found, err := status.Verify(t.Context(), db); err != nil || len(found) > 0 {
			t.Errorf("%v %v", found, err)
		}
	})
}
