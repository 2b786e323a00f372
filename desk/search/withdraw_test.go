package search

import (
	"path/filepath"
	"slices"
	"testing"

	"mitra/desk/registry"
	"mitra/store"
	"mitra/store/storetest"
)

// Who came with a list that was withdrawn is not found any more, by no finder that knew them; who was in the registers before is
// found by what they were.
func TestFindAfterAWithdrawal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		dir := t.TempDir()
		c := Cache{File: filepath.Join(dir, "people.age"), Key: filepath.Join(dir, "people.key")}
		load(t, db, registry.Residents, residents, registry.Options{})
		f := open(t, db, c)
		next := "id,full_name,sex,birth_date,nationality,passport_no\nR1,Endang Purnomo,F,1994-05-17,IDN,D9998887\nR4,Hartono Kusuma,M,1979-03-03,IDN,D5554443\n"
		rep := load(t, db, registry.Residents, next, registry.Options{})
		if first(t, f, "Hartono Kusuma") != "R4" || first(t, f, "Endang Purnomo D9998887") != "R1" {
			t.Fatal("they are not found while the list holds")
		}
		if err := f.Keep(); err != nil {
			t.Fatal(err)
		}
		write := func(do func(tx *store.Tx) error) {
			t.Helper()
			if err := db.Write(t.Context(), do); err != nil {
				t.Fatal(err)
			}
		}
		write(func(tx *store.Tx) error { return registry.AskToWithdraw(tx, rep.Batch, "by mistake", "one", "hq") })
		write(func(tx *store.Tx) error { return registry.Withdraw(tx, rep.Batch, "two", "hq") })
		for name, f := range map[string]*Finder{"one that follows": f, "one from the cache": open(t, db, c), "a new one": open(t, db, Cache{})} {
			if ids := ask(t, f, "Hartono Kusuma D5554443"); slices.Contains(ids, "R4") {
				t.Errorf("%s finds who came with it", name)
			}
			if first(t, f, "Sri Wahyuni B1234567") != "R1" || f.Len() != 3 {
				t.Errorf("%s does not find who was there before", name)
			}
			if s, err := f.Sight(t.Context(), rep.Batch, day, me); err != nil || len(s.Sightings) != 0 {
				t.Errorf("%s: sightings of it: %+v %v", name, s, err)
			}
		}
		load(t, db, registry.Residents, next, registry.Options{})
		if first(t, f, "Hartono Kusuma") != "R4" {
			t.Error("who comes again is not found")
		}
	})
}
