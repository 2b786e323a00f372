package evidence

import (
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"mitra/treaty/courier"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

// late is how long after it has stored a letter the peer should have cosigned that it was sent. The exporter shows
// its book by itself; where the network is gone, or files are carried, it takes longer.
const late = 10 * time.Minute

// A receipt is one of the file whose signature fits.
type receipt struct {
	letter.Receipt
	file   Receipt
	event  recorded
	stands bool // the event does, in the exporter's book
}

// receipt reads a receipt of a letter, whose event e stands for an R1 that the exporter has given; nil if it
// does not count.
func (c *checker) receipt(mid, name string, r Receipt, e recorded) *receipt {
	out := &receipt{file: r}
	if r.Event != nil {
		out.event, out.stands = c.event(mid, name, *r.Event)
		e = out.event
	}
	var err error
	if out.Receipt, err = letter.ParseReceipt(r.Receipt, keysAt(c.chains, c.storedAt(e))); err != nil {
		c.fault("receipt_"+code(err), mid, "%s: %v", name, err)
		return nil
	}
	return out
}

// receipts holds the receipts of a letter against it.
func (c *checker) receipts(r *read, l Letter, e recorded, all []*receipt) {
	mid, ours := r.told.MID, r.header.Issuer == c.file.Exporter
	has := map[int]bool{}
	for _, x := range all {
		switch {
		case x == nil:
			continue
		case x.ID != mid || x.Issuer != r.header.Audience || x.Audience != r.header.Issuer:
			c.fault(ReceiptStray, mid, "a receipt R%d stands with this letter that is for another, %s", x.Stage, x.ID)
			continue
		case has[x.Stage]:
			c.fault(ReceiptTwice, mid, "two receipts R%d", x.Stage)
			continue
		}
		has[x.Stage] = true
		if ours || x.Stage != letter.StageStored {
			c.recorded(r, x, ours)
		} else if x.file.Event != nil {
			c.fault(Stray, mid, "receipt R1 of the exporter has an event beside the letter's own")
		}
		if x.Stage != letter.StageStored && (x.file.Promise != nil || x.file.Head != nil) {
			c.fault(Stray, mid, "receipt R%d has proofs of what it does not promise", x.Stage)
		}
		switch x.Stage {
		case letter.StageStored:
			r.told.Stored = timeOf(x.At)
			if x.Envelope != l.Hash {
				c.fault(EnvelopeDiffers, mid, "receipt R1 is for another envelope")
			}
			c.head(mid, x)
			r.told.Promised = c.promise(mid, x, ours, e)
			if ours && !e.cosigned.IsZero() && e.cosigned.Sub(time.Unix(x.At, 0)) > late {
				c.open(CosignedLate, mid, "the peer first cosigned the event of its sending at %s, long after it had stored it: till then its text is the exporter's word", r.told.Cosigned)
			}
		case letter.StageJudged:
			r.told.Judged, r.told.Refused = timeOf(x.At), string(x.Code)
		case letter.StageDecided:
			r.told.Decided, r.told.Answer = timeOf(x.At), x.Answer
		}
	}
	judged := has[letter.StageJudged] || has[letter.StageDecided]
	if !has[letter.StageStored] && (judged || !ours) {
		c.fault(ReceiptGone, mid, "its receipt R1 is not here, and what is judged was stored before")
	}
	if !has[letter.StageJudged] && !ours {
		c.fault(ReceiptGone, mid, "its receipt R2 is not here, and its receiver, who makes this file, has accepted it")
	}
	if !has[letter.StageStored] && !judged && ours {
		c.open(NotStored, mid, "no receipt of it is here: nothing shows that it has arrived")
	}
	if !r.told.Witnessed && e.kind != "" {
		c.open(NotWitnessed, mid, "the peer has not cosigned all that the exporter's book has of it: so far that is the exporter's word")
	}
}

// recorded holds the event of a receipt against it.
func (c *checker) recorded(r *read, x *receipt, ours bool) {
	if x.file.Event == nil {
		c.fault(EventGone, r.told.MID, "receipt R%d: the event of the exporter's book is not here", x.Stage)
	}
	r.told.Witnessed = r.told.Witnessed && x.stands && !x.event.cosigned.IsZero()
	if !x.stands {
		return
	}
	kinds := []string{"receipt-in"}
	if !ours {
		kinds = []string{"receipt-out", "receipt-renewed"}
	}
	if want := (mention{MID: x.ID, Stage: x.Stage, Receipt: signed.Hash([]byte(x.file.Receipt))}); x.event.mention != want || !slices.Contains(kinds, x.event.kind) {
		c.fault(EventDiffers, r.told.MID, "receipt R%d: the event in the exporter's book tells of another", x.Stage)
	}
}

// head holds the checkpoint that an R1 names against the one of the same book in the file: the one has to be the
// beginning of the other.
func (c *checker) head(mid string, x *receipt) {
	books, other := c.shown, c.file.Exporter
	if x.Issuer == c.file.Exporter {
		books, other = c.books, c.peer
	}
	if x.Head == "" {
		if x.file.Head != nil {
			c.fault(Stray, mid, "receipt R1 has a proof of a checkpoint that it does not name")
		}
		return
	}
	h, err := openHead(c.chains[x.Issuer], x.Head)
	if err != nil || !courier.IsBook(h.Book, other) {
		c.fault(CheckpointWrong, mid, "the checkpoint in receipt R1 is none of a book of the exchange that its maker has signed")
		return
	}
	now, known := books[h.Book]
	switch {
	case !known || h.Size > now.Size:
		if x.Issuer == c.file.Exporter {
			c.fault(BookGone, mid, "receipt R1 names a checkpoint of book %s, of %d events, and the file has none as long", h.Book, h.Size)
		}
		if x.file.Head != nil {
			c.fault(Stray, mid, "receipt R1 has a proof for a book that the file does not have")
		}
	case x.file.Head == nil:
		c.fault(ProofGone, mid, "no proof shows that the checkpoint in receipt R1, of %d events, is the beginning of book %s", h.Size, h.Book)
	case !grows(h, now, x.file.Head):
		c.fault(BookForked, mid, "the checkpoint in receipt R1, of %d events, is not the beginning of book %s, of %d", h.Size, h.Book, now.Size)
	}
}

// promise says whether the book of who has given an R1 is shown to have the leaf that it promised.
func (c *checker) promise(mid string, x *receipt, ours bool, e recorded) bool {
	p := x.file.Promise
	if !ours {
		if p != nil {
			c.fault(Stray, mid, "receipt R1 of the exporter has a promise beside the letter's own event")
		}
		if e.kind != "" && e.leaf != x.Leaf {
			c.fault(PromiseDiffers, mid, "receipt R1 promises another leaf than the letter's event has")
			return false
		}
		return e.kind != ""
	}
	if p == nil {
		c.open(PromiseOpen, mid, "no book of the peer that is here has what receipt R1 promises")
		return false
	}
	book, known := c.shown[p.Book]
	leaf, err := signed.Decode(x.Leaf)
	path, whole := pathOf(p.Path)
	switch {
	case !known:
		c.fault(BookGone, mid, "there is no checkpoint of the peer's book in which the promise of receipt R1 should stand")
	case err != nil || !whole || tlog.CheckRecord(path, book.Size, book.Root, p.Index, tlog.RecordHash(leaf)) != nil:
		c.fault(ProofWrong, mid, "the path does not lead from the leaf that receipt R1 promises to the root of the peer's book")
	default:
		return true
	}
	return false
}
