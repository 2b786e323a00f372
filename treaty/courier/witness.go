package courier

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"mitra/store"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

// promised is how old a receipt R1 may be before the book of its maker has to show its leaf. The
// promise is for sixty seconds; as long again is left to a slow request.
const promised = 2 * time.Minute

// A statement is how far a book has grown, as it goes over the wire.
type statement struct {
	Old        int64    `json:"old"`
	Leaves     []string `json:"leaves"`
	Checkpoint string   `json:"checkpoint"`
}

func stated(s journal.Statement) statement {
	body := statement{Old: s.Old, Leaves: []string{}, Checkpoint: s.Checkpoint}
	for _, leaf := range s.Leaves {
		body.Leaves = append(body.Leaves, signed.Base64.EncodeToString(leaf))
	}
	return body
}

// A witnessed is what a witness answers.
type witnessed struct {
	Cosignature string `json:"cosignature,omitempty"`
	Size        *int64 `json:"size,omitempty"` // what it has cosigned, where the statement begins elsewhere
}

// journalKey is the public journal key on the newest card of a peer.
func (p Peer) journalKey() (string, error) {
	b, err := signed.Base64.DecodeString(p.Cards.Last().Journal)
	if err != nil || len(b) != ed25519.PublicKeySize {
		return "", fmt.Errorf("the journal key on the card of %s is none", p.Node)
	}
	return journal.VerifierKey(p.Node, b)
}

// showBook sends the peer what its exchange book here has grown by, until all of it is cosigned.
func (c *Courier) showBook(ctx context.Context, post func(path string, body, answer any) error, p Peer) error {
	key, err := p.journalKey()
	if err != nil {
		return err
	}
	old := int64(-1) // as far as the own table knows
	for range 100 {  // a witness that answers always the same is asked again another time
		var s journal.Statement
		if err := c.DB.Read(ctx, func(tx *store.Tx) error {
			if old < 0 {
				if err := tx.QueryRow(lastCosigned, p.Book).Scan(&old); err != nil {
					return err
				}
			}
			s, err = journal.Next(tx, p.Book, old)
			return err
		}); err != nil || s.Checkpoint == "" {
			return err
		}
		var answer witnessed
		if err := post("/mxp/v1/witness", stated(s), &answer); err != nil {
			return err
		}
		if answer.Size != nil {
			if *answer.Size == old {
				return errors.New("the witness does not know what it has cosigned")
			}
			old = *answer.Size
			continue
		}
		if _, err := journal.CheckCosignature(answer.Cosignature, s.Checkpoint, key); err != nil {
			return err
		}
		size := s.Old + int64(len(s.Leaves))
		if err := c.DB.WriteSnapshot(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(insertCosignature, p.Book, size, answer.Cosignature, tx.Now())
			return err
		}); err != nil {
			return err
		}
		old = size
	}
	return nil
}

// witness takes in a statement of a peer about the book that it keeps of the exchange with this
// node, and cosigns it.
func (c *Courier) witness(ctx context.Context, p Peer, body statement) (answer witnessed, err error) {
	s := journal.Statement{Old: body.Old, Checkpoint: body.Checkpoint}
	leaves := map[string]bool{}
	for _, text := range body.Leaves {
		leaf, err := signed.Base64.DecodeString(text)
		if err != nil {
			return answer, refusal(letter.Malformed, "leaves: want hashes")
		}
		s.Leaves = append(s.Leaves, leaf)
		leaves[string(leaf)] = true
	}
	key, err := p.journalKey()
	if err != nil {
		return answer, err
	}
	origin, _, _ := strings.Cut(body.Checkpoint, "\n")
	name, ok := strings.CutPrefix(origin, p.Node+"/")
	if !ok || !strings.HasPrefix(name, book(c.Self)) {
		return answer, refusal(letter.NotForUs, "the checkpoint is not of the book that the peer keeps of this exchange")
	}
	var broken []string
	var forked error
	err = c.DB.Write(ctx, func(tx *store.Tx) error {
		answer, broken, forked = witnessed{}, nil, nil
		w, fault, err := loadWatch(tx, p.Node, name)
		switch {
		case err != nil:
			return err
		case fault != "":
			return refusal(letter.Forked, "this book was found to be set back or forked; the two operators have to meet")
		}
		after, err := w.Follow(s, key, name)
		if errors.Is(err, journal.ErrBehind) {
			if err = p.late(tx, name, w, s, key); err == nil {
				answer.Size = &w.Size
				return nil
			}
		}
		switch {
		case errors.Is(err, journal.ErrForked):
			forked = err
			return p.fork(tx, name, w, s)
		case errors.Is(err, journal.ErrStatement):
			return &letter.Refusal{Code: letter.Malformed, Err: err}
		case err != nil:
			return err
		}
		if broken, err = p.seen(tx, leaves); err != nil {
			return err
		}
		if answer.Cosignature, err = journal.Cosign(c.JournalKey, s.Checkpoint, tx.Now()); err != nil {
			return err
		}
		if len(s.Leaves) > 0 {
			if _, err := tx.Exec(insertWatched, p.Node, name, after.Size, bytes.Join(s.Leaves, nil), tx.Now()); err != nil {
				return err
			}
		}
		_, err = tx.Exec(saveWatch, p.Node, name, after.Size, after.Edge, after.Checkpoint, tx.Now())
		return err
	})
	if forked != nil {
		c.Log.Error("the peer's book is another one than was cosigned; both checkpoints are kept", "peer", p.Node)
		return answer, refusal(letter.Forked, "the leaves do not lead from what was cosigned to this checkpoint")
	}
	if len(broken) > 0 && err == nil {
		c.Log.Error("the peer has broken the promise of a receipt", "peer", p.Node, "letters", len(broken))
	}
	return answer, err
}

// late makes sure that a statement which brings nothing new was true in its time, as one is that
// waited in the network or in a file. It returns an error wrapping [journal.ErrForked] where it
// contradicts the leaves that were cosigned.
func (p Peer) late(tx *store.Tx, name string, w journal.Watch, s journal.Statement, key string) error {
	size := s.Old + int64(len(s.Leaves))
	if size > w.Size || s.Checkpoint == w.Checkpoint {
		return nil
	}
	rows, err := tx.Query(watchedOf, p.Node, name)
	if err != nil {
		return err
	}
	defer rows.Close()
	var leaves [][]byte
	for int64(len(leaves)) < size && rows.Next() {
		var part []byte
		if err := rows.Scan(&part); err != nil {
			return err
		}
		leaves = slices.AppendSeq(leaves, slices.Chunk(part, sha256.Size))
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if int64(len(leaves)) < size {
		return fmt.Errorf("%w: what is kept of the book of %s", journal.ErrDamaged, p.Node)
	}
	_, err = journal.WatchOf(leaves[:size], s.Checkpoint, key, name)
	return err
}

// fork keeps the evidence of a fork, and has nothing of the book cosigned any more.
func (p Peer) fork(tx *store.Tx, name string, w journal.Watch, s journal.Statement) error {
	if _, err := tx.Exec(faultyWatch, s.Checkpoint, tx.Now(), p.Node, name); err != nil {
		return err
	}
	return p.event(tx, "fork", actor, map[string]any{"book": name, "cosigned": w.Checkpoint, "stated": s.Checkpoint})
}

// seen marks the promises that a statement keeps, and returns the letters of those that it had to
// keep and does not.
func (p Peer) seen(tx *store.Tx, leaves map[string]bool) (broken []string, err error) {
	rows, err := tx.Query(promisesOf, p.Node)
	if err != nil {
		return nil, err
	}
	var kept []string
	due := map[string]string{} // leaf → letter, of promises that had to be kept by now
	late := tx.Now().Add(-promised)
	for rows.Next() {
		var mid, at string
		var leaf []byte
		if err := rows.Scan(&mid, &leaf, &at); err != nil {
			rows.Close()
			return nil, err
		}
		switch t, err := store.ParseTime(at); {
		case err != nil:
			rows.Close()
			return nil, err
		case leaves[string(leaf)]:
			kept = append(kept, mid)
		case t.Before(late):
			due[string(leaf)] = mid
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	// A receipt can come after the statement that keeps its promise.
	before, err := p.shown(tx, due, time.Time{})
	if err != nil {
		return nil, err
	}
	kept = append(kept, before...)
	for _, mid := range due {
		broken = append(broken, mid)
	}
	slices.Sort(broken)
	if err := p.markSeen(tx, keptOut, kept); err != nil {
		return nil, err
	}
	if err := p.markSeen(tx, brokenOut, broken); err != nil {
		return nil, err
	}
	for _, mid := range broken {
		if err := p.event(tx, "promise-broken", actor, map[string]any{"mid": mid}); err != nil {
			return nil, err
		}
	}
	return broken, nil
}

// What is known of the promise of a receipt R1: 0 is nothing yet, 1 that the peer's book keeps it.
const (
	promiseBroken = 2
	promiseJudged = 3 // it is kept, and receipt R2 is there too
)

func (p Peer) markSeen(tx *store.Tx, query string, mids []string) error {
	rows := make([][]any, len(mids))
	for i, mid := range mids {
		rows[i] = []any{mid}
	}
	_, err := many(tx, query, []any{p.Node}, rows)
	return err
}

// judged notes the receipts R2 of letters whose promises were seen to be kept before; rows begin with mid and
// stage.
func (p Peer) judged(tx *store.Tx, rows [][]any) error {
	before, err := tx.Texts(keptBefore, p.Node)
	if err != nil || len(before) == 0 {
		return err
	}
	var mids []string
	for _, row := range rows {
		if row[1] == int64(letter.StageJudged) {
			mids = append(mids, row[0].(string))
		}
	}
	return p.markSeen(tx, keptJudged, mids)
}

// shown takes from due those leaves that statements have shown since a time, and returns their
// letters.
func (p Peer) shown(tx *store.Tx, due map[string]string, since time.Time) (mids []string, err error) {
	if len(due) == 0 {
		return nil, nil
	}
	rows, err := tx.Query(watchedLeaves, p.Node, since)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for len(due) > 0 && rows.Next() {
		var leaves []byte
		if err := rows.Scan(&leaves); err != nil {
			return nil, err
		}
		for leaf := range slices.Chunk(leaves, sha256.Size) {
			if mid, ok := due[string(leaf)]; ok {
				mids = append(mids, mid)
				delete(due, string(leaf))
			}
		}
	}
	return mids, rows.Err()
}

func loadWatch(tx *store.Tx, peer, name string) (w journal.Watch, fault string, err error) {
	err = tx.QueryRow(watchOf, peer, name).Scan(&w.Size, &w.Edge, &w.Checkpoint, &fault)
	if errors.Is(err, sql.ErrNoRows) {
		return journal.Watch{}, "", nil
	}
	return w, fault, err
}

func (s *server) witnessing(w http.ResponseWriter, r *http.Request, p Peer, d *door) {
	var body statement
	if !read(w, r, &body) {
		return
	}
	answer, err := s.witness(r.Context(), p, body)
	switch {
	case letter.CodeOf(err) != "":
		refuse(w, err, 0)
	case err != nil:
		s.Log.Error("a checkpoint was not cosigned", "peer", p.Node, "error", err)
		refuse(w, refusal(letter.Unavailable, "nothing can be cosigned now"), 5*time.Second)
	default:
		reply(w, answer)
	}
}

// RootEvent puts the last checkpoint of the house book into the exchange book of every peer, as is
// done once in an hour whether or not anything has happened: so a peer that cosigns the one vouches
// for the other, and sees of it nothing but a hash.
func RootEvent(tx *store.Tx) error {
	head, err := journal.LastCheckpoint(tx, journal.House)
	if err != nil || head == "" {
		return err
	}
	peers, err := Peers(tx)
	if err != nil {
		return err
	}
	data, err := json.Marshal(map[string]string{"house": head})
	if err != nil {
		return err
	}
	for _, p := range peers {
		if _, err := journal.Append(tx, journal.Event{Book: p.Book, Kind: "root", Actor: actor, Data: data}); err != nil {
			return err
		}
	}
	return nil
}
