package enquiry

import (
	"cmp"
	"context"
	"slices"
	"time"

	"mitra/store"
)

// A Kept is how many conversations of a month were ended within their clock. It counts, and tells of nobody.
type Kept struct {
	Peer  string
	Month string // yyyy-mm, in UTC, in which the clocks began
	Ours  bool   // this node has asked, and the peer answers
	Clock string // class; empty: of a peer, and answered by this node itself
	// In are those ended in time, Late those ended later, Open those whose time runs, and Over those still open whose time is over.
	In, Late, Open, Over int
}

// All is how many there are.
func (k Kept) All() int { return k.In + k.Late + k.Open + k.Over }

// longest is how long before its clock began a conversation may have been begun: an officer's clock begins anew when more is wanted, at
// most when nobody answers any more.
const longest = 120 * 24 * time.Hour

// keptClocks goes by the primary key: ids of conversations ascend with time. Questions about people who are restricted are
// among those that the node answers itself, as they are everywhere: how many there are is for nobody to learn from a difference.
// An alert asks nothing.
const keptClocks = `
	SELECT peer, month, ours, class, done, COUNT(*) FROM (
		SELECT peer, SUBSTR(begun, 1, 7) AS month, ours, CASE WHEN ours = 1 OR found = 1 THEN clock ELSE '' END AS class,
			CASE WHEN ours = 0 AND found <> 1 THEN 0 WHEN ended <> '' AND ended <= due THEN 0 WHEN ended <> '' THEN 1 WHEN due >= $1 THEN 2 ELSE 3 END AS done
		FROM enquiry WHERE cid >= $2 AND begun >= $3 AND begun < $4 AND type <> 'alert') AS each_one
	GROUP BY peer, month, ours, class, done`

// Compliance counts the conversations of the month of a time and of some before, with every peer.
func (d *Desk) Compliance(ctx context.Context, now time.Time, before int) (out []Kept, err error) {
	now = now.UTC()
	from := time.Date(now.Year(), now.Month()-time.Month(before), 1, 0, 0, 0, 0, time.UTC)
	until := time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, time.UTC)
	err = d.DB.Read(ctx, func(tx *store.Tx) error {
		out = []Kept{}
		rows, err := tx.Query(keptClocks, d.Now(), firstID(from.Add(-longest)), from, until)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var k Kept
			var ours, done, n int64
			if err := rows.Scan(&k.Peer, &k.Month, &ours, &k.Clock, &done, &n); err != nil {
				return err
			}
			k.Ours = ours == 1
			i := slices.IndexFunc(out, func(x Kept) bool {
				return x.Peer == k.Peer && x.Month == k.Month && x.Ours == k.Ours && x.Clock == k.Clock
			})
			if i < 0 {
				i, out = len(out), append(out, k)
			}
			switch done {
			case 0:
				out[i].In = int(n)
			case 1:
				out[i].Late = int(n)
			case 2:
				out[i].Open = int(n)
			default:
				out[i].Over = int(n)
			}
		}
		return rows.Err()
	})
	slices.SortFunc(out, func(a, b Kept) int {
		return cmp.Or(cmp.Compare(a.Peer, b.Peer), cmp.Compare(b.Month, a.Month), cmp.Compare(a.Clock, b.Clock))
	})
	return out, err
}

// firstID is what every UUIDv7 of a time and later is not less than.
func firstID(t time.Time) string {
	const digits = "0123456789abcdef"
	ms := max(0, t.UnixMilli())
	var b [13]byte
	for i := 12; i >= 0; i-- {
		if i == 8 {
			b[i] = '-'
			continue
		}
		b[i] = digits[ms&15]
		ms >>= 4
	}
	return string(b[:])
}
