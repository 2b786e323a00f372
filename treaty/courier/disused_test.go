package courier_test

import (
	"slices"
	"testing"
	"time"

	"mitra/store"
	"mitra/treaty/card"
	"mitra/treaty/courier"
)

// A sealing key is disused when the peer has sealed for a newer one for three months, and not before.
func TestDisusedKeys(t *testing.T) {
	t.Parallel()
	pair(t, func(t *testing.T, kh, id *node) {
		disused := func(days int) (ids []string) {
			t.Helper()
			if err := kh.db.Read(t.Context(), func(tx *store.Tx) (err error) {
				ids, err = courier.Disused(tx, kh.keys, time.Now().AddDate(0, 0, days))
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return ids
		}
		accepted := func(n int) {
			t.Helper()
			until(t, "every letter is accepted", func() bool {
				return kh.count(`SELECT COUNT(*) FROM inbox WHERE state = 'accepted'`) == n
			})
		}
		kh.start()
		id.start()
		before, first := kh.keys, kh.card.Seal[0].ID
		after, err := before.Revoke(first)
		if err != nil {
			t.Fatal(err)
		}
		next, err := card.Follow(kh.card, before, after, kh.details(),
			time.Now().Unix(), card.Revocation{ID: first, At: time.Now().Unix()})
		if err != nil {
			t.Fatal(err)
		}
		kh.set(after)
		if got := disused(1000); got != nil {
			t.Errorf("before the peer has written: %q", got)
		}
		id.ping(kh, 1)
		accepted(1)
		if got := disused(1000); got != nil {
			t.Errorf("the peer has sealed for it: %q", got)
		}
		kh.write(func(tx *store.Tx) error {
			if err := courier.KeepOwn(tx, next, "admin"); err != nil {
				return err
			}
			return courier.SendCard(tx, kh.name, after, next)
		})
		kh.courier.Wake()
		until(t, "the peer has the new card", func() bool { return id.count(`SELECT COUNT(*) FROM card WHERE node = $1`, kh.name) == 2 })
		id.ping(kh, 1)
		accepted(2)
		for days, want := range map[int][]string{0: nil, 89: nil, 91: {first}} {
			if got := disused(days); !slices.Equal(got, want) {
				t.Errorf("after %d days: %q, want %q", days, got, want)
			}
		}
		kh.stop()
		kh.write(func(tx *store.Tx) error { _, err := tx.Exec(`UPDATE inbox SET state = 'stored'`); return err })
		if got := disused(91); got != nil {
			t.Errorf("while letters are not opened: %q", got)
		}
		kept := after.Forget(first)
		if _, ok := kept.Opener(first); ok {
			t.Error("the key is still there")
		}
		if _, ok := kept.Opener(next.Seal[0].ID); !ok {
			t.Error("the key that peers seal for is gone")
		}
	})
}
