package enquiry

import (
	"cmp"
	"context"
	"slices"

	"mitra/store"
)

const aboutPerson = ofSubject + `ORDER BY cid DESC LIMIT $2`

// mostAbout is how many conversations about one record are read.
const mostAbout = 100

// An AboutLine is a conversation about somebody.
type AboutLine struct {
	Line
	// Hidden: the person is restricted and a peer has asked. To whom it is, it looks as if there were none, and nobody opens it.
	Hidden bool
}

// About lists the conversations about the people of some records, as far as this node knows whom they are about, the newest first.
// Whoever may not see protection gets none that tells of it: no referral, no welfare check, and no question of a peer about
// somebody who is restricted. It leaves no event: whoever shows the person has written one.
func (d *Desk) About(ctx context.Context, entries []string, by Officer) (out []AboutLine, err error) {
	protection := d.may(by, SeeProtection, "") == nil
	err = d.DB.Read(ctx, func(tx *store.Tx) error {
		out = nil
		for _, entry := range entries {
			rows, err := rowsOf(tx, aboutPerson, entry, int64(mostAbout))
			if err != nil {
				return err
			}
			for _, r := range rows {
				hidden := !r.ours && r.found == restricted
				if (hidden || kinds[r.typ].hands || r.typ == "welfare-check") && !protection {
					continue
				}
				if r.ours && r.told == 0 && r.ended.IsZero() {
					if r, err = begunEarlier(tx, r); err != nil {
						return err
					}
				}
				out = append(out, AboutLine{r.line(d.Now()), hidden})
			}
		}
		slices.SortFunc(out, func(a, b AboutLine) int { return cmp.Compare(b.Conversation, a.Conversation) })
		return nil
	})
	return out, err
}
