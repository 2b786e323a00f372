package enquiry

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"mitra/store"
	"mitra/store/storetest"
)

// Counts by clock of what officers answer, here and there; who is restricted is counted with those whom nobody finds.
func TestCompliance(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
		day := func(month time.Month, d int) time.Time { return time.Date(2026, month, d, 9, 0, 0, 0, time.UTC) }
		never := time.Time{}
		insert := func(ours, found int, typ, clock string, begun, due, ended time.Time) {
			t.Helper()
			id, err := uuid.NewV7()
			if err != nil {
				t.Fatal(err)
			}
			ms := begun.UnixMilli()
			for i := range 6 {
				id[i] = byte(ms >> (40 - 8*i))
			}
			over := ""
			if !ended.IsZero() {
				over = store.Time(ended)
			}
			if err := db.Write(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Exec(insertEnquiry, id.String(), "mitra/ID/x", int64(ours), typ, "a", "b", "stay", "H2", clock, "[]", begun, due, "", pending, int64(found), "", "", "", "", "", []byte(nil), []byte{1})
				if err == nil && over != "" {
					_, err = tx.Exec(`UPDATE enquiry SET ended = $1 WHERE cid = $2`, over, id.String())
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		insert(0, found, "enquiry", "normal", day(3, 2), day(3, 5), day(3, 5)) // to the moment
		insert(0, found, "enquiry", "normal", day(3, 2), day(3, 5), day(3, 5).Add(time.Microsecond))
		insert(0, found, "enquiry", "normal", day(3, 9), day(3, 12), never)
		insert(0, found, "welfare-check", "life", day(3, 9), day(3, 9).Add(time.Hour), never)
		insert(0, found, "enquiry", "normal", day(2, 28), day(3, 5), day(3, 6)) // of the month in which it began
		insert(0, restricted, "enquiry", "urgent", day(3, 2), day(3, 3), never)
		insert(0, absent, "enquiry", "urgent", day(3, 2), day(3, 3), day(3, 2))
		insert(0, found, "alert", "normal", day(3, 2), day(3, 3), never)
		insert(1, absent, "enquiry", "urgent", day(3, 2), day(3, 3), never)
		insert(1, absent, "enquiry", "urgent", day(1, 31), day(2, 3), never) // before
		insert(1, absent, "enquiry", "urgent", day(2, 1), day(2, 3), day(2, 2))
		d := &Desk{DB: db, Now: func() time.Time { return now }}
		got, err := d.Compliance(context.Background(), now, 1)
		if err != nil {
			t.Fatal(err)
		}
		want := []Kept{
			{"mitra/ID/x", "2026-03", false, "", 2, 0, 0, 0},
			{"mitra/ID/x", "2026-03", false, "life", 0, 0, 0, 1},
			{"mitra/ID/x", "2026-03", false, "normal", 1, 1, 1, 0},
			{"mitra/ID/x", "2026-03", true, "urgent", 0, 0, 0, 1},
			{"mitra/ID/x", "2026-02", false, "normal", 0, 1, 0, 0},
			{"mitra/ID/x", "2026-02", true, "urgent", 1, 0, 0, 0},
		}
		if !slices.Equal(got, want) {
			t.Errorf("got\n%+v\nwant\n%+v", got, want)
		}
		if got, err := d.Compliance(context.Background(), day(1, 15), 1); err != nil || len(got) != 1 || got[0].Month != "2026-01" {
			t.Errorf("over the turn of a year: %+v, %v", got, err)
		}
	})
}

func TestFirstID(t *testing.T) {
	for range 100 {
		id, err := uuid.NewV7()
		if err != nil {
			t.Fatal(err)
		}
		sec, nsec := id.Time().UnixTime()
		at := time.Unix(sec, nsec)
		if first := firstID(at.Add(-time.Millisecond)); first > id.String() {
			t.Fatalf("%s is after %s", first, id)
		}
		if later := firstID(at.Add(2 * time.Millisecond)); later < id.String() {
			t.Fatalf("%s is before %s", later, id)
		}
	}
}
