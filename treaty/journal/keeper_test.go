package journal

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"mitra/store"
	"mitra/store/storetest"
)

// A keeper whose transaction has waited for the lease sees the book as it was before, while the one that it waited for has worked and
// let go: the head file is ahead of what it sees, and the journal was not set back.
func TestLeaseAfterWaiting(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		skey, _, err := NewKey("mitra/KH/0191f6a2-7c1e-7b3a-9d55-0a1b2c3d4e5f", rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		heads := t.TempDir()
		keeper := func() *Keeper {
			k, err := NewKeeper(db, skey, heads, nil)
			if err != nil {
				t.Fatal(err)
			}
			return k
		}
		if err := db.Write(t.Context(), func(tx *store.Tx) error {
			_, err := Append(tx, Event{Kind: "view", Actor: "officer-7"})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		first, second := keeper(), keeper()
		signer, err := newBookSigner(first.name, House, first.key)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		begun := false
		err = db.WriteSnapshot(t.Context(), func(tx *store.Tx) error {
			if err := first.take(tx); err != nil {
				return err
			}
			if !begun {
				begun = true
				go func() {
					_, err := second.Sequence(context.Background())
					done <- err
				}()
				time.Sleep(500 * time.Millisecond) // the second waits for the lease
			}
			_, head, err := first.extend(tx, House, signer, "")
			if err != nil {
				return err
			}
			if _, err := tx.Exec(dropLease, leaseName, first.holder); err != nil {
				return err
			}
			return first.publish(House, signer, head) // in truth after this, and before the lease is dropped
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
