package courier

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"mitra/store"
	"mitra/treaty/card"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

// ErrBundle: not a bundle for this node, or a damaged one.
var ErrBundle = errors.New("not a bundle of letters for this node")

const (
	bundleHead = "mxp-bundle/1"
	// maxLine bounds a line of a bundle: a statement of all leaves is the longest.
	maxLine = 2 << 20
	// repeated is for how long a bundle repeats which receipts have come.
	repeated = 35 * 24 * time.Hour
)

// An item is a line of a bundle after the first; one member stands.
type item struct {
	Card        json.RawMessage `json:"card,omitempty"`
	Envelope    string          `json:"envelope,omitempty"`
	Receipt     string          `json:"receipt,omitempty"`
	Got         string          `json:"got,omitempty"`
	Statement   *statement      `json:"checkpoint,omitempty"`
	Cosignature *cosigned       `json:"cosignature,omitempty"`
}

// Moved is what a bundle brought or took.
type Moved struct {
	Peer     string `json:"peer"`
	Letters  int    `json:"letters"`
	Receipts int    `json:"receipts"`
	Refused  int    `json:"refused"` // letters and receipts, each with an event or a log line
}

// Export writes what waits for a peer, for somebody to carry there: letters, receipts, cards, what
// there is to cosign and to say of the peer's own book. Nothing counts as delivered before the peer says
// so, by a bundle or a connection; so a file can be lost, or arrive twice.
func (c *Courier) Export(ctx context.Context, w io.Writer, peer string) (m Moved, err error) {
	b := bufio.NewWriter(w)
	put := func(i item) error {
		line, err := json.Marshal(i)
		if err == nil {
			_, err = b.Write(append(line, '\n'))
		}
		return err
	}
	var p Peer
	var keys []receiptKey
	var texts []string
	if err := c.DB.Write(ctx, func(tx *store.Tx) (err error) {
		if p, err = FindPeer(tx, peer); err != nil {
			return err
		}
		if p.State == Active { // after a restore, also where no process serves the node
			if err := c.reconcileSince(tx, p); err != nil {
				return err
			}
		}
		keys, texts, err = receiptsOf(tx, unsentReceipts, p.Node)
		return err
	}); err != nil {
		return m, err
	}
	if err := c.renew(ctx, p, keys, texts); err != nil {
		return m, err
	}
	err = c.DB.Read(ctx, func(tx *store.Tx) error {
		p, err := FindPeer(tx, peer)
		if err != nil {
			return err
		}
		if p.State != Active {
			return ErrSuspended
		}
		m = Moved{Peer: p.Node}
		b.Reset(w)
		fmt.Fprintf(b, "%s %s %s %d\n", bundleHead, c.Self, p.Node, c.Now().Unix())
		own, err := Cards(tx, c.Self)
		if err != nil {
			return err
		}
		for _, s := range own {
			var line bytes.Buffer
			if err := json.Compact(&line, s.Bytes()); err != nil {
				return err
			}
			if err := put(item{Card: line.Bytes()}); err != nil {
				return err
			}
		}
		if m.Letters, err = lines(tx, waitingOut, []any{p.Node}, func(text string) error { return put(item{Envelope: text}) }); err != nil {
			return err
		}
		_, receipts, err := receiptsOf(tx, unsentReceipts, p.Node)
		if err != nil {
			return err
		}
		m.Receipts = len(receipts)
		for _, text := range receipts {
			if err := put(item{Receipt: text}); err != nil {
				return err
			}
		}
		if _, err := lines(tx, receiptsHad, []any{p.Node, c.Now().Add(-repeated)}, func(text string) error {
			return put(item{Got: signed.Hash([]byte(text))})
		}); err != nil {
			return err
		}
		return c.exportBook(tx, p, put)
	})
	return m, errors.Join(err, b.Flush())
}

// exportBook writes what the own book has grown by, and the cosignature of the peer's.
func (c *Courier) exportBook(tx *store.Tx, p Peer, put func(item) error) error {
	var old int64
	if err := tx.QueryRow(lastCosigned, p.Book).Scan(&old); err != nil {
		return err
	}
	for {
		next, err := journal.Next(tx, p.Book, old)
		if err != nil {
			return err
		}
		if next.Checkpoint == "" {
			break
		}
		s := stated(next)
		if err := put(item{Statement: &s}); err != nil {
			return err
		}
		old = next.Old + int64(len(next.Leaves))
	}
	var size int64
	var checkpoint, fault string
	err := tx.QueryRow(newestWatch, p.Node).Scan(&size, &checkpoint, &fault)
	if errors.Is(err, sql.ErrNoRows) || err == nil && (fault != "" || size == 0) {
		return nil
	}
	if err != nil {
		return err
	}
	line, err := journal.Cosign(c.JournalKey, checkpoint, c.Now())
	if err != nil {
		return err
	}
	return put(item{Cosignature: &cosigned{size, line}})
}

// lines calls do with a column of text.
func lines(tx *store.Tx, query string, args []any, do func(text string) error) (n int, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return n, err
		}
		if err := do(text); err != nil {
			return n, err
		}
		n++
	}
	return n, rows.Err()
}

// Import takes in a bundle of a peer. The same one can come any number of times, and bundles in any
// order. What it brought before it was found to be damaged stays: every line stands for itself.
func (c *Courier) Import(ctx context.Context, r io.Reader) (m Moved, err error) {
	in := bufio.NewReaderSize(r, 64<<10)
	head, err := readLine(in)
	if err != nil && err != io.EOF {
		return m, err
	}
	f := strings.Split(head, " ")
	if len(f) != 4 || f[0] != bundleHead {
		return m, fmt.Errorf("%w: its first line is not that of one", ErrBundle)
	}
	if f[2] != c.Self {
		return m, fmt.Errorf("%w: it is for another node", ErrBundle)
	}
	var p Peer
	if err := c.DB.Read(ctx, func(tx *store.Tx) (err error) {
		p, err = FindPeer(tx, f[1])
		return err
	}); err != nil {
		return m, fmt.Errorf("the bundle's sender: %w", err)
	}
	if p.State != Active {
		return m, ErrSuspended
	}
	m.Peer = p.Node
	var envelopes, receipts, got []string
	flush := func(least int) error {
		if len(envelopes) > 0 && len(envelopes) >= least {
			if err := c.importLetters(ctx, p, envelopes, &m); err != nil {
				return err
			}
			envelopes = nil
		}
		if len(receipts) > 0 && len(receipts) >= least {
			taken, err := c.takeReceipts(ctx, p, receipts)
			if err != nil {
				return err
			}
			for _, t := range taken {
				c.count(p, t, &m.Receipts, &m)
			}
			receipts = nil
		}
		if len(got) > 0 && len(got) >= least {
			if err := c.settle(ctx, p, got, nil); err != nil {
				return err
			}
			got = nil
		}
		return nil
	}
	for n := 2; ; n++ {
		line, err := readLine(in)
		if err == io.EOF && line == "" {
			return m, flush(1)
		}
		if err != nil { // the last line has no end: it was cut off
			return m, errors.Join(flush(1), fmt.Errorf("%w: line %d is cut off, or longer than %d bytes", ErrBundle, n, maxLine))
		}
		var i item
		if err := signed.Strict([]byte(line), &i); err != nil {
			return m, errors.Join(flush(1), fmt.Errorf("%w: line %d: %w", ErrBundle, n, err))
		}
		switch {
		case i.Card != nil:
			if p, err = c.importCard(ctx, p, i.Card); err != nil {
				return m, errors.Join(flush(1), fmt.Errorf("line %d: %w", n, err))
			}
		case i.Envelope != "":
			envelopes = append(envelopes, i.Envelope)
		case i.Receipt != "":
			receipts = append(receipts, i.Receipt)
		case i.Got != "":
			got = append(got, i.Got)
		case i.Statement != nil:
			if err := flush(1); err != nil { // receipts first: their promises are looked for
				return m, err
			}
			// One that was cosigned before, or that others have to come before, says nothing new.
			if _, err := c.witness(ctx, p, *i.Statement); err != nil {
				return m, errors.Join(flush(1), fmt.Errorf("line %d: %w", n, err))
			}
		case i.Cosignature != nil:
			err := c.keepCosignature(ctx, p, *i.Cosignature)
			switch {
			case letter.CodeOf(err) == letter.SignatureWrong && p.Book != book(p.Node):
				// The peer wrote the file before it knew of the book that goes on here after a restore.
			case letter.CodeOf(err) != "":
				c.count(p, Taken{Err: err}, nil, &m)
			case err != nil:
				return m, errors.Join(flush(1), fmt.Errorf("line %d: %w", n, err))
			}
		default:
			return m, errors.Join(flush(1), fmt.Errorf("%w: line %d is empty", ErrBundle, n))
		}
		if err := flush(maxBatch); err != nil {
			return m, err
		}
	}
}

// importLetters stores letters; their receipts leave with the next bundle, or by a connection.
func (c *Courier) importLetters(ctx context.Context, p Peer, envelopes []string, m *Moved) error {
	taken, err := c.take(ctx, p, envelopes)
	if err != nil {
		return err
	}
	for _, t := range taken {
		c.count(p, t, &m.Letters, m)
	}
	return c.DB.Write(ctx, func(tx *store.Tx) error {
		var rows [][]any
		for i, t := range taken {
			if t.Err != nil {
				continue
			}
			e, err := letter.ParseEnvelope(envelopes[i], letter.KeysOf(p.Cards, tx.Now().Unix()))
			if err != nil {
				return err
			}
			rows = append(rows, []any{p.Node, e.ID, int64(letter.StageStored), t.Receipt, signed.Hash([]byte(t.Receipt))})
		}
		_, err := many(tx, insertReceiptOut, []any{tx.Now()}, rows)
		return err
	})
}

func (c *Courier) count(p Peer, t Taken, ok *int, m *Moved) {
	if t.Err == nil {
		*ok++
		return
	}
	m.Refused++
	c.Log.Error("what came in a bundle is refused", "peer", p.Node, "code", string(letter.CodeOf(t.Err)))
}

// importCard takes in a card of the peer, if it is a new one.
func (c *Courier) importCard(ctx context.Context, p Peer, b []byte) (Peer, error) {
	s, err := card.Parse(b)
	if err != nil {
		return p, err
	}
	err = c.DB.Write(ctx, func(tx *store.Tx) error {
		after, err := AddPeer(tx, c.Self, s, "", actor)
		if err == nil {
			p = after
		}
		return err
	})
	if errors.Is(err, card.ErrKnown) {
		err = nil
	}
	return p, err
}

// readLine reads a line without its end. At the end of the text its error is io.EOF.
func readLine(r *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if line = append(line, part...); len(line) > maxLine {
			return "", fmt.Errorf("%w: a line is longer than %d bytes", ErrBundle, maxLine)
		}
		if err != bufio.ErrBufferFull {
			return strings.TrimSuffix(string(line), "\n"), err
		}
	}
}
