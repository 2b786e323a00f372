package evidence

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"mitra/treaty/agreement"
	"mitra/treaty/card"
	"mitra/treaty/courier"
)

// Verify checks the evidence by the first cards of the two nodes. Where one is not given, that of the file
// stands for it, and its fingerprint is for the reader to compare. content says whether the report holds what
// the letters say.
func Verify(f File, content bool, first ...card.Signed) Report {
	c := checker{
		file: f, content: content, chains: map[string]card.Chain{}, books: map[string]head{}, shown: map[string]head{}, witnesses: map[string][]witness{},
		agreements: map[string]agreement.Document{}, named: map[string]bool{}, letters: map[string]*read{},
		Report: Report{
			Conversation: f.Conversation, Exporter: f.Exporter, Parties: []Party{}, Agreements: []Agreed{}, Letters: []Told{}, Faults: []Fault{}, Open: []Fault{},
			CannotKnow: cannotKnow,
		},
	}
	if c.cards(first) { // else nothing can be checked
		c.ownBooks()
		c.shownBooks()
		c.readAgreements()
		c.allLetters()
	}
	c.OK = len(c.Faults) == 0
	return c.Report
}

type checker struct {
	Report
	file    File
	content bool

	peer       string // the other node than the exporter
	chains     map[string]card.Chain
	books      map[string]head      // the exporter's
	shown      map[string]head      // the peer's
	witnesses  map[string][]witness // of the exporter's books, by name
	agreements map[string]agreement.Document
	named      map[string]bool // agreements that letters name
	letters    map[string]*read
}

// cards reads the chains. It reports whether the two nodes are known.
func (c *checker) cards(first []card.Signed) bool {
	var order []string
	for i, b := range c.file.Cards {
		s, err := card.Parse(b)
		if err != nil {
			c.fault(CardWrong, "", "card number %d: %v", i+1, err)
			continue
		}
		if c.chains[s.Node] == nil {
			order = append(order, s.Node)
		}
		chain, err := c.chains[s.Node].Append(s)
		if err != nil {
			c.fault(CardWrong, "", "card number %d, of %s: %v", i+1, s.Country, err)
			continue
		}
		c.chains[s.Node] = chain
	}
	if len(c.Faults) > 0 {
		return false
	}
	given := map[string]bool{}
	for _, s := range first {
		switch chain := c.chains[s.Node]; {
		case chain == nil:
			c.fault(FirstCard, "", "the evidence has no card of the node %s, whose first card was given", s.Node)
		case chain[0].Hash() != s.Hash():
			c.fault(FirstCard, "", "the first card of %s is another one than was given", s.Node)
		default:
			given[s.Node] = true
		}
	}
	for _, node := range order {
		s := c.chains[node][0]
		c.Parties = append(c.Parties, Party{node, s.Country, s.Authority, s.Fingerprint(), given[node]})
		if node != c.file.Exporter {
			c.peer = node
		}
	}
	if len(given) < len(order) {
		c.CannotKnow += notCompared
	}
	if len(order) != 2 || c.chains[c.file.Exporter] == nil {
		c.fault(PartiesWrong, "", "want the cards of two nodes, of which one is the exporter; there are those of %d", len(order))
		return false
	}
	return true
}

// A witness is what the peer said when it cosigned a book of the exporter's.
type witness struct {
	size int64
	at   time.Time
}

// ownBooks reads the exporter's checkpoints, and what the peer has cosigned.
func (c *checker) ownBooks() {
	own := c.chains[c.file.Exporter]
	for i, b := range c.file.Books {
		h, ok := c.checkpoint(c.books, "book", i, own, c.peer, b.Checkpoint)
		if !ok {
			continue
		}
		for _, k := range b.Cosigned {
			at, text := h, b.Checkpoint
			if k.Checkpoint != "" {
				var err error
				text = k.Checkpoint
				if at, err = openHead(own, text); err != nil || at.Book != h.Book {
					c.fault(CheckpointWrong, "", "book %s: what was cosigned is not a checkpoint of this book that its node has signed", h.Book)
					continue
				}
			}
			when, err := cosigned(c.chains[c.peer], k.Cosignature, text)
			if err != nil {
				c.fault(CosignWrong, "", "book %s: at %d events: %v", h.Book, at.Size, err)
				continue
			}
			if !grows(at, h, k.Path) {
				c.fault(BookForked, "", "book %s: no proof shows that the checkpoint of %d events and the one of %d that was cosigned are of one tree", h.Book, h.Size, at.Size)
				continue
			}
			c.witnesses[h.Book] = append(c.witnesses[h.Book], witness{at.Size, when})
		}
	}
}

// cosignedAt is when the peer first cosigned a book that had an event; zero if it is not shown to have.
func (c *checker) cosignedAt(book string, index int64) (first time.Time) {
	for _, w := range c.witnesses[book] {
		if index < w.size && (first.IsZero() || w.at.Before(first)) {
			first = w.at
		}
	}
	return first
}

// shownBooks reads the peer's checkpoints.
func (c *checker) shownBooks() {
	for i, b := range c.file.Shown {
		c.checkpoint(c.shown, "book of the peer", i, c.chains[c.peer], c.file.Exporter, b.Checkpoint)
		if len(b.Cosigned) > 0 {
			c.fault(Stray, "", "book of the peer number %d: it has cosignatures, which nothing here needs", i+1)
		}
	}
}

// checkpoint reads one that the owner of a book has signed.
func (c *checker) checkpoint(into map[string]head, what string, i int, owner card.Chain, other, text string) (head, bool) {
	h, err := openHead(owner, text)
	if err != nil {
		c.fault(CheckpointWrong, "", "%s number %d: its checkpoint: %v", what, i+1, err)
		return h, false
	}
	if !courier.IsBook(h.Book, other) {
		c.fault(CheckpointWrong, "", "%s number %d: %s is no book of the exchange between the two", what, i+1, h.Book)
		return h, false
	}
	if before, twice := into[h.Book]; twice {
		c.fault(BookForked, "", "%s %s: two checkpoints, of %d and of %d events, and no proof that they are of one tree", what, h.Book, before.Size, h.Size)
		return h, false
	}
	into[h.Book] = h
	return h, true
}

// readAgreements reads the agreements: each is signed by both nodes, by the cards that it names.
func (c *checker) readAgreements() {
	for i, b := range c.file.Agreements {
		d, err := agreement.Parse(b)
		if err != nil {
			c.fault(AgreementWrong, "", "agreement number %d: it is none, or was changed", i+1)
			continue
		}
		a := d.Agreement()
		var signers []agreement.Signatory
		for _, p := range a.Parties {
			for _, s := range c.chains[p.Node] {
				if s.Hash() == p.Card {
					signers = append(signers, agreement.Signatory{Node: s.Node, Card: s.Hash(), Key: s.Sign[0].Public()})
				}
			}
		}
		if len(signers) != 2 {
			c.fault(AgreementWrong, "", "agreement number %d: it is not between these two nodes, by cards of theirs", i+1)
			continue
		}
		if err := d.Complete(signers[0], signers[1]); err != nil {
			c.fault(AgreementWrong, "", "agreement number %d: %v", i+1, err)
			continue
		}
		if _, twice := c.agreements[d.Hash()]; twice {
			c.fault(Stray, "", "agreement number %d stands twice", i+1)
			continue
		}
		c.agreements[d.Hash()] = d
		c.Agreements = append(c.Agreements, Agreed{d.Hash(), a.ID, a.Version, a.From, a.Until})
	}
}

// allLetters reads the letters, and then holds them against each other.
func (c *checker) allLetters() {
	var all []*read
	for i, l := range c.file.Letters {
		if r := c.letter(i, l); r != nil {
			all = append(all, r)
		}
	}
	if c.letters[c.file.Conversation] == nil {
		c.fault(LetterGone, c.file.Conversation, "the first letter of the conversation is not here")
	}
	slices.SortFunc(all, func(a, b *read) int {
		return cmp.Or(cmp.Compare(a.written, b.written), cmp.Compare(a.told.MID, b.told.MID))
	})
	for _, r := range all {
		c.relate(r)
		c.Letters = append(c.Letters, r.told)
	}
	for _, hash := range slices.Sorted(maps.Keys(c.agreements)) {
		if !c.named[hash] {
			c.fault(Stray, "", "no letter names the agreement %s", hash)
		}
	}
}
