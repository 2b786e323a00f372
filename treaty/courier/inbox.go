package courier

import (
	"context"
	"encoding/json"
	"errors"

	"mitra/store"
	"mitra/treaty/card"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

// Taken is what became of an envelope that a peer has sent: its receipt, or why there is none.
type Taken struct {
	Receipt string
	Err     error // a [letter.Refusal]
}

// take stores the envelopes of a peer, in one transaction, and returns the receipt of each.
// Whoever sends an envelope again gets the receipt that it had. An error means that nothing was
// stored.
func (c *Courier) take(ctx context.Context, p Peer, texts []string) ([]Taken, error) {
	if err := c.speaks(ctx); err != nil {
		return nil, err
	}
	keys, now := c.Keys(), c.Now()
	taken, envelopes := make([]Taken, len(texts)), make([]letter.Envelope, len(texts))
	each(len(texts), func(i int) {
		e, err := letter.ParseEnvelope(texts[i], letter.KeysOf(p.Cards, now.Unix()))
		if err == nil {
			err = e.For(c.Self, now.Unix())
		}
		envelopes[i], taken[i].Err = e, err
	})
	for i := range taken {
		if err := taken[i].Err; err != nil && letter.CodeOf(err) == "" {
			return nil, err
		}
	}
	for tries := 0; ; tries++ {
		err := c.DB.WriteSnapshot(ctx, func(tx *store.Tx) error {
			for i := range taken {
				taken[i].Receipt = "" // of an attempt before
				if letter.CodeOf(taken[i].Err) == letter.MidReused {
					taken[i].Err = nil
				}
			}
			return p.keep(tx, keys, envelopes, taken)
		})
		// Where another process has stored one of them meanwhile, its receipt is there now.
		if !store.IsUnique(err) || tries == maxRaces {
			return taken, err
		}
	}
}

// maxRaces is how often letters are stored again that another process stored at the same moment.
const maxRaces = 10

// arrival is an envelope as the inbox has it.
type arrival struct{ hash, receipt string }

// keep stores those of the envelopes that nothing is wrong with.
func (p Peer) keep(tx *store.Tx, keys card.Keys, envelopes []letter.Envelope, taken []Taken) error {
	var mids []string
	for i := range taken {
		if taken[i].Err == nil {
			mids = append(mids, envelopes[i].ID)
		}
	}
	if len(mids) == 0 {
		return nil
	}
	known, err := arrivals(tx, p.Node, mids)
	if err != nil {
		return err
	}
	var fresh []int
	var events []journal.Event
	event := func(kind string, e letter.Envelope) error {
		data, err := json.Marshal(map[string]any{"mid": e.ID, "env": e.Hash()})
		events = append(events, journal.Event{Book: p.Book, Kind: kind, Actor: actor, Data: data})
		return err
	}
	for i, e := range envelopes {
		if taken[i].Err != nil {
			continue
		}
		switch before, ok := known[e.ID]; {
		case !ok:
			known[e.ID] = arrival{hash: e.Hash()}
			fresh = append(fresh, i)
			if err := event("letter-in", e); err != nil {
				return err
			}
		case before.hash != e.Hash():
			taken[i].Err = &letter.Refusal{Code: letter.MidReused, Err: errors.New("another envelope came under this mid")}
		}
	}
	for i, e := range envelopes {
		if letter.CodeOf(taken[i].Err) == letter.MidReused { // after the others: leaves are counted
			if err := event("mid-reused", e); err != nil {
				return err
			}
		}
	}
	if len(events) > 0 {
		leaves, err := journal.AppendAll(tx, events)
		if err != nil {
			return err
		}
		head, err := journal.LastCheckpoint(tx, p.Book)
		if err != nil {
			return err
		}
		texts, errs := make([]string, len(fresh)), make([]error, len(fresh))
		each(len(fresh), func(n int) {
			r := letter.Stored(envelopes[fresh[n]], signed.Base64.EncodeToString(leaves[n]), head, tx.Now().Unix())
			texts[n], errs[n] = r.Sign(keys.Current)
		})
		if err := errors.Join(errs...); err != nil {
			return err
		}
		for n, i := range fresh {
			known[envelopes[i].ID] = arrival{envelopes[i].Hash(), texts[n]}
		}
		var rows [][]any
		for _, i := range fresh {
			e := envelopes[i]
			rows = append(rows, []any{e.ID, e.Hash(), e.String(), known[e.ID].receipt})
		}
		if _, err := many(tx, insertIn, []any{p.Node, tx.Now()}, rows); err != nil {
			return err
		}
	}
	for i, e := range envelopes {
		if taken[i].Err == nil {
			taken[i].Receipt = known[e.ID].receipt
		}
	}
	return nil
}

// arrivals are the letters of a peer that have come already, of those asked for.
func arrivals(tx *store.Tx, issuer string, mids []string) (map[string]arrival, error) {
	known := map[string]arrival{}
	return known, tx.QueryEach(knownIn, keyed(issuer, mids), func(i int, scan func(...any) error) error {
		var a arrival
		err := scan(&a.hash, &a.receipt)
		known[mids[i]] = a
		return err
	})
}

// keyed are the keys of letters of a peer.
func keyed(peer string, mids []string) [][]any {
	out := make([][]any, len(mids))
	for i, mid := range mids {
		out[i] = []any{peer, mid}
	}
	return out
}
