package courier

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mitra/store"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

// Errors about conversations.
var (
	// ErrNoConversation: this node has no letter of it.
	ErrNoConversation = errors.New("no such conversation")
	// ErrConversations: two peers have written under one cid.
	ErrConversations = errors.New("several peers have letters under this id: name the peer")
)

// A Kept letter is what this node has of one of a conversation. One that it has refused is of none.
type Kept struct {
	ID       string
	Ours     bool           // this node has written it
	Letter   string         // as it was signed; empty where only the peer has it
	Envelope string         // empty where it was forgotten
	Hash     string         // of the envelope
	Event    journal.Record // of its sending or storing
	Receipts []KeptReceipt  // by stage

	peer  string
	since time.Time // its event is no older
}

// A KeptReceipt is a receipt that stands for a letter. An R1 that this node has given has no event but the
// letter's own.
type KeptReceipt struct {
	Stage int
	Text  string
	Event journal.Record

	since time.Time
}

// Conversation returns the letters of a conversation in the order of their mids, and the peer that it is
// with; with, its node name, may be empty. The error wraps [ErrNoConversation], [ErrConversations] or, where
// no book has an event of something, [journal.ErrNoEvent].
func Conversation(tx *store.Tx, cid, with string) (p Peer, letters []Kept, err error) {
	for _, ours := range []bool{true, false} {
		some, err := keptLetters(tx, cid, with, ours)
		if err != nil {
			return p, nil, err
		}
		letters = append(letters, some...)
	}
	if len(letters) == 0 {
		return p, nil, ErrNoConversation
	}
	slices.SortFunc(letters, func(a, b Kept) int { return strings.Compare(a.ID, b.ID) })
	var s search
	for i := range letters {
		l := &letters[i]
		if l.peer != letters[0].peer {
			return p, nil, ErrConversations
		}
		if err := l.readReceipts(tx); err != nil {
			return p, nil, err
		}
		s.letter(l)
	}
	if p, err = FindPeer(tx, letters[0].peer); err != nil {
		return p, nil, err
	}
	if err := s.run(tx, p); err != nil {
		return p, nil, fmt.Errorf("conversation %s: %w", cid, err)
	}
	return p, letters, nil
}

func keptLetters(tx *store.Tx, cid, with string, ours bool) (letters []Kept, err error) {
	query := keptLettersIn
	if ours {
		query = keptLettersOut
	}
	rows, err := tx.Query(query, cid, with)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		l, at := Kept{Ours: ours}, ""
		if err := rows.Scan(&l.peer, &l.ID, &l.Letter, &l.Envelope, &l.Hash, &at); err != nil {
			return nil, err
		}
		switch {
		case l.Hash == "":
			l.Hash = signed.Hash([]byte(l.Envelope))
		case !strings.Contains(l.Envelope, "."): // it was forgotten
			l.Envelope = ""
		}
		if l.since, err = store.ParseTime(at); err != nil {
			return nil, fmt.Errorf("letter %s: %w: %w", l.ID, store.ErrDamaged, err)
		}
		letters = append(letters, l)
	}
	return letters, rows.Err()
}

func (l *Kept) readReceipts(tx *store.Tx) error {
	query := keptReceiptsOut
	if l.Ours {
		query = keptReceiptsIn
	}
	rows, err := tx.Query(query, l.peer, l.ID)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r KeptReceipt
		var at string
		if err := rows.Scan(&r.Stage, &r.Text, &at); err != nil {
			return err
		}
		if at == "" { // this node has given it
			r.since = givenAt(r.Text)
		} else if r.since, err = store.ParseTime(at); err != nil {
			return fmt.Errorf("a receipt of letter %s: %w: %w", l.ID, store.ErrDamaged, err)
		}
		l.Receipts = append(l.Receipts, r)
	}
	return rows.Err()
}

// givenAt is the time of a receipt of this node's own; the zero time where it has none.
func givenAt(receipt string) time.Time {
	var body struct {
		At int64 `json:"at"`
	}
	o, err := signed.Parse(receipt, "mxp-receipt")
	if err != nil || json.Unmarshal(o.Unverified(), &body) != nil {
		return time.Time{}
	}
	return time.Unix(body.At, 0)
}

// A wanted event tells of a letter or of a receipt of one, whose hash it then has.
type wanted struct {
	kinds []string
	mid   string
	hash  string
	since time.Time
	into  *journal.Record
}

// A search finds events in the books of a peer. No index leads to them: they are looked for from the time on
// at which they were made, as a rule among the first that come.
type search struct {
	open []wanted
}

func (s *search) letter(l *Kept) {
	kind, receipts := "letter-in", []string{"receipt-out", "receipt-renewed"}
	if l.Ours {
		kind, receipts = "letter-out", []string{"receipt-in"}
	}
	s.open = append(s.open, wanted{kinds: []string{kind}, mid: l.ID, since: l.since, into: &l.Event})
	for i := range l.Receipts {
		if r := &l.Receipts[i]; l.Ours || r.Stage != letter.StageStored {
			s.open = append(s.open, wanted{kinds: receipts, mid: l.ID, hash: signed.Hash([]byte(r.Text)), since: r.since, into: &r.Event})
		}
	}
}

// near is how many events are read to find one where it should be, before all are.
const near = 50_000

func (s *search) run(tx *store.Tx, p Peer) error {
	slices.SortFunc(s.open, func(a, b wanted) int { return a.since.Compare(b.since) })
	books, _, _ := strings.Cut(p.Book, ".")
	var far []wanted
	for len(s.open) > 0 {
		first, n := s.open[0], 0
		if err := journal.RecordsSince(tx, first.since, func(r journal.Record) bool {
			s.take(books, r)
			n++
			return n < near && len(s.open) > 0 && s.open[0].into == first.into
		}); err != nil {
			return err
		}
		if len(s.open) > 0 && s.open[0].into == first.into { // a clock was set back, or the letter sent again
			far, s.open = append(far, first), s.open[1:]
		}
	}
	if s.open = far; len(far) == 0 {
		return nil
	}
	if err := journal.RecordsSince(tx, time.Time{}, func(r journal.Record) bool {
		s.take(books, r)
		return len(s.open) > 0
	}); err != nil {
		return err
	}
	if len(s.open) > 0 {
		return fmt.Errorf("of letter %s: %w in the exchange book", s.open[0].mid, journal.ErrNoEvent)
	}
	return nil
}

// take keeps a record if it is wanted.
func (s *search) take(books string, r journal.Record) {
	if first, _, _ := strings.Cut(r.Book, "."); first != books {
		return
	}
	mid := midOf(r.Event)
	if !slices.ContainsFunc(s.open, func(w wanted) bool { return w.mid == mid }) {
		return
	}
	var e journal.Event
	var m mention
	if json.Unmarshal(r.Event, &e) != nil || json.Unmarshal(e.Data, &m) != nil {
		return
	}
	s.open = slices.DeleteFunc(s.open, func(w wanted) bool {
		is := w.mid == m.MID && w.hash == m.Receipt && slices.Contains(w.kinds, e.Kind)
		if is {
			*w.into = r
		}
		return is
	})
}

// midOf is the mid in the text of an event; empty where there is none. It costs less than to read the event.
func midOf(event []byte) string {
	const name, length = `"mid":"`, 36
	i := bytes.Index(event, []byte(name))
	if i < 0 || len(event) < i+len(name)+length {
		return ""
	}
	return string(event[i+len(name) : i+len(name)+length])
}
