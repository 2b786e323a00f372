package registry

import (
	"strings"
	"testing"

	"mitra/store"
	"mitra/store/storetest"
)

// What home asks for goes by what is open, however many restrictions there are.
func TestCountHoldsGoesByIndex(t *testing.T) {
	db, err := store.Open(t.Context(), t.TempDir()+"/t.db")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	got := storetest.Plan(t, db, countHolds, 2)
	for _, want := range []string{"restriction_alone (at>?)", "INDEX restriction_lifting"} {
		if !strings.Contains(got, want) || strings.Contains(got+";", "SCAN restriction;") {
			t.Errorf("%s; want %s", got, want)
		}
	}
}
