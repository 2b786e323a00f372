package courier

import (
	"context"
	"time"

	"mitra/store"
)

// A PeerStatus is how the exchange with a peer stands.
type PeerStatus struct {
	Node     string `json:"node"`
	Country  string `json:"country"`
	State    string `json:"state"`  // up, down or suspended
	Outbox   int64  `json:"outbox"` // letters that wait
	Dead     int64  `json:"dead"`   // that expired, or were refused for good
	Sent     int64  `json:"sent"`   // that the peer has stored
	Received int64  `json:"received"`
	// ReceiptsMissing are letters that wait longer than a peer that is up lets them, and those that it
	// has stored and not judged within its time.
	ReceiptsMissing int64  `json:"receipts_missing"`
	PromisesBroken  int64  `json:"promises_broken"`
	Unjudged        int64  `json:"unjudged"` // letters that this node has stored and not opened yet
	Cosigned        int64  `json:"cosigned"` // events of the exchange book that the peer has cosigned
	Events          int64  `json:"events"`   // that it has
	Fault           string `json:"fault,omitempty"`
}

// overdue is after what time a receipt is missed.
const overdue = time.Minute

// Status tells how the exchange with every peer stands.
func (c *Courier) Status(ctx context.Context) (list []PeerStatus, err error) {
	err = c.DB.Read(ctx, func(tx *store.Tx) error {
		list = []PeerStatus{}
		peers, err := peersOf(tx, allPeers)
		if err != nil {
			return err
		}
		late := c.Now().Add(-overdue)
		for _, p := range peers {
			s := PeerStatus{Node: p.Node, Country: p.Country, State: "up"}
			var all, tried, forked int64
			if err := tx.QueryRow(statusOut, p.Node, late).Scan(&all, &s.Outbox, &s.ReceiptsMissing, &tried, &s.Dead, &s.PromisesBroken); err != nil {
				return err
			}
			s.Sent = all - s.Outbox - s.Dead
			if err := tx.QueryRow(statusUnjudged, p.Node, late).Scan(&s.Unjudged); err != nil {
				return err
			}
			s.ReceiptsMissing += s.Unjudged
			if err := tx.QueryRow(statusIn, p.Node).Scan(&s.Received, &s.Unjudged); err != nil {
				return err
			}
			if err := tx.QueryRow(bookSizes, p.Book).Scan(&s.Events, &s.Cosigned); err != nil {
				return err
			}
			if err := tx.QueryRow(statusForked, p.Node).Scan(&forked); err != nil {
				return err
			}
			switch {
			case p.State == Suspended:
				s.State = "suspended"
			case tried > 0:
				s.State = "down"
			}
			if forked > 0 {
				s.Fault = "its exchange book is another one than was cosigned: the two operators have to meet"
			}
			list = append(list, s)
		}
		return nil
	})
	return list, err
}
