package journal_test

import (
	"crypto/rand"
	"os"
	"testing"
	"time"

	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/journal"
)

// TestEpoch: the heads in the database are those of the files; an epoch names them,
// is read again, and neither comes from elsewhere nor goes away.
func TestEpoch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		n := newNode(t, db)
		n.append(3)
		n.sequence(3)
		var heads []journal.Head
		at := time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
		n.write(func(tx *store.Tx) (err error) {
			if heads, err = journal.Heads(tx, n.vkey); err != nil {
				return err
			}
			if _, err := journal.AppendEpoch(tx, "admin", journal.Epoch{Backup: at, Books: heads}); err != nil {
				return err
			}
			if _, err := journal.Append(tx, journal.Event{Kind: "epoch", Actor: "a"}); err == nil {
				t.Error("anybody can open an epoch")
			}
			return nil
		})
		file, err := os.ReadFile(n.headFile())
		if err != nil {
			t.Fatal(err)
		}
		if len(heads) != 1 || heads[0].Book != journal.House || heads[0].Size != 3 || heads[0].Note != string(file) {
			t.Fatalf("%+v", heads)
		}
		n.sequence(1)
		if b := n.verified(); b.Size != 4 {
			t.Errorf("%+v", b)
		}
		n.write(func(tx *store.Tx) error {
			all, err := journal.Epochs(tx)
			if err == nil && (len(all) != 1 || !all[0].Backup.Equal(at) || len(all[0].Books) != 1 || all[0].Books[0].Root != heads[0].Root || all[0].Books[0].Size != 3) {
				t.Errorf("%+v", all)
			}
			if err != nil {
				return err
			}
			if _, err := journal.Erase(tx, journal.House, 3, "law", "a"); err == nil {
				t.Error("an epoch can be erased")
			}
			return nil
		})

		if h, err := journal.OpenHead(string(file), journal.House, n.vkey); err != nil || h != heads[0] {
			t.Errorf("%+v %v", h, err)
		}
		_, other, err := journal.NewKey(nodeName, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		for what, c := range map[string][3]string{
			"another key":  {string(file), journal.House, other},
			"another book": {string(file), "exchange", n.vkey},
			"a byte more":  {string(file) + "\n", journal.House, n.vkey},
			"nothing":      {"", journal.House, n.vkey},
			"no key":       {string(file), journal.House, ""},
		} {
			if _, err := journal.OpenHead(c[0], c[1], c[2]); err == nil {
				t.Errorf("%s: a head", what)
			}
		}
	})
}
