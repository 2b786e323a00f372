package agreement

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"mitra/store"
	"mitra/treaty/journal"
	"mitra/treaty/signed"
)

// exchange is the book that a node keeps for a peer (docs/protocol.md, section 10).
func exchange(peer string) string {
	return bookPrefix + peer[strings.LastIndexByte(peer, '/')+1:]
}

const bookPrefix = "exchange-"

// adopted is what the event of an adoption tells.
type adopted struct {
	Agreement string `json:"agreement"` // hash of the payload
	Version   int    `json:"version"`
	Document  string `json:"document"` // hash of the file, signatures and all
}

// Verify compares the agreements adopted with the events that tell of them, and returns
// what is wrong, without a value of any document. It does not look at quotas: the peer
// counts the same, and the letters stand in the exchange book.
func Verify(ctx context.Context, db *store.DB) (found []string, err error) {
	err = db.Read(ctx, func(tx *store.Tx) error {
		found = nil
		books, err := journal.Books(tx)
		if err != nil {
			return err
		}
		told := map[string]journal.Event{} // by id
		for _, book := range books {
			if !strings.HasPrefix(book, bookPrefix) {
				continue
			}
			err := journal.Events(tx, book, func(e journal.Event) error {
				if e.Kind == kindAdopted && store.IsID(e.ID) {
					told[e.ID] = e
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		rows, err := tx.Query(selectAdopted)
		if err != nil {
			return err
		}
		defer rows.Close()
		var r store.Row
		for n := 1; rows.Next(); n++ {
			if err := r.Scan(rows); err != nil {
				return err
			}
			e, ok := told[r.Text(6)]
			delete(told, e.ID)
			switch what := wrong(&r, e); {
			case len(r.Damaged()) > 0:
				found = append(found, fmt.Sprintf("agreement %d: it holds a value of another type in %s", n, strings.Join(r.Damaged(), ", ")))
			case !ok:
				found = append(found, fmt.Sprintf("agreement %d: no event tells of its adoption", n))
			case what != "":
				found = append(found, fmt.Sprintf("agreement %d, event %s: %s", n, e.ID, what))
			}
		}
		for id := range told {
			found = append(found, fmt.Sprintf("the agreement of event %s is gone", id))
		}
		slices.Sort(found)
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("verify agreements: %w", err)
	}
	return found, nil
}

// wrong says in what a row is not what its event tells; "" where it is.
func wrong(r *store.Row, e journal.Event) string {
	hash, peer, file, from, until, at := r.Text(0), r.Text(1), r.Bytes(2), r.Text(3), r.Text(4), r.Text(5)
	var data adopted
	d, err := Parse(file)
	terms := d.terms
	_, party := terms.party(peer)
	switch {
	case json.Unmarshal(e.Data, &data) != nil:
		return "the event cannot be read"
	case err != nil, d.Hash() != hash, data.Agreement != hash:
		return "the document is not the one that was adopted under its hash"
	case data.Document != signed.Hash(file):
		return "its signatures are not those with which it was adopted"
	case !party || exchange(peer) != e.Book:
		return "it is kept for another peer"
	case from != terms.From || until != terms.Until:
		return "the days beside it are not its own"
	case at != store.Time(e.At):
		return "the time of its adoption is another"
	}
	return ""
}
