package agreement

import (
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"mitra/store"
	"mitra/treaty/journal"
	"mitra/treaty/signed"
)

// kindAdopted is the kind of the event that tells of an adoption.
const kindAdopted = "agreement"

// An Adoption is the taking of an agreement into force at this node.
type Adoption struct {
	Document   Document
	Self, Peer Signatory
	Actor      string // the officer who adopts it
	Office     string // and their office
}

// Adopt takes a complete agreement into the set of the peer and tells the exchange book
// of it, in the transaction tx. One that is adopted already changes nothing. Its error wraps
// [ErrIncomplete] or [ErrSet].
func Adopt(tx *store.Tx, a Adoption) error {
	hash := a.Document.Hash()
	fail := func(err error) error { return fmt.Errorf("adopt agreement %s: %w", hash, err) }
	if err := a.Document.Complete(a.Self, a.Peer); err != nil {
		return fail(err)
	}
	set, err := Load(tx, a.Peer.Node)
	if err != nil {
		return fail(err)
	}
	if _, ok := set.Find(hash); ok {
		return nil
	}
	if _, err := NewSet(append(set.All(), a.Document)...); err != nil {
		return fail(err)
	}
	file := a.Document.Bytes()
	data, err := json.Marshal(adopted{hash, a.Document.terms.Version, signed.Hash(file)})
	if err != nil {
		return fail(err)
	}
	e, err := journal.Append(tx, journal.Event{
		Book: exchange(a.Peer.Node), Kind: kindAdopted, Actor: a.Actor, Office: a.Office, Data: data,
	})
	if err != nil {
		return fail(err)
	}
	terms := a.Document.terms
	if _, err := tx.Exec(insertAgreement, hash, a.Peer.Node, file, terms.From, terms.Until, tx.Now(), e.ID); err != nil {
		return fail(err)
	}
	return nil
}

// parsed are the documents that [Load] has read, by the hash of their bytes: to read one takes
// milliseconds, and each letter needs it. They come from the node's own database, and are few.
var parsed sync.Map // [sha256.Size]byte → Document

func parseOnce(b []byte) (Document, error) {
	key := sha256.Sum256(b)
	if d, ok := parsed.Load(key); ok {
		return d.(Document), nil
	}
	d, err := Parse(b)
	if err == nil {
		parsed.Store(key, d)
	}
	return d, err
}

// Load returns every agreement adopted with a peer. It returns an error wrapping
// [store.ErrDamaged] if one is no longer what was adopted.
func Load(tx *store.Tx, peer string) (Set, error) {
	rows, err := tx.Query(selectAgreements, peer)
	if err != nil {
		return Set{}, fmt.Errorf("load agreements: %w", err)
	}
	defer rows.Close()
	var docs []Document
	for rows.Next() {
		var hash string
		var b []byte
		if err := rows.Scan(&hash, &b); err != nil {
			return Set{}, fmt.Errorf("load agreements: %w", err)
		}
		d, err := parseOnce(b)
		if err != nil || d.Hash() != hash {
			return Set{}, fmt.Errorf("load agreements: %w: a document is not the one that was adopted under its hash", store.ErrDamaged)
		}
		docs = append(docs, d)
	}
	if err := rows.Err(); err != nil {
		return Set{}, fmt.Errorf("load agreements: %w", err)
	}
	set, err := NewSet(docs...)
	if err != nil {
		return Set{}, fmt.Errorf("load agreements: %w: %w", store.ErrDamaged, err)
	}
	return set, nil
}

// Used is how many conversations a node has begun under a purpose on the day (UTC) of a time.
func Used(tx *store.Tx, hash, article, purpose, issuer string, at time.Time) (n int, err error) {
	err = tx.QueryRow(selectUsed, hash, article, purpose, issuer, at.UTC().Format(time.DateOnly)).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read a quota: %w", err)
	}
	return n, nil
}

// Spend decides about a letter like [Set.Permit], with r.Used from the database, and
// if the letter begins a conversation takes one unit of the quota in the transaction tx. An
// error that is no [Refusal] is one of the database. Where two reach for the last
// unit at once, one gets it; what is rolled back is given back.
func (s Set) Spend(tx *store.Tx, r Request) error {
	r.Used = 0
	if err := s.Permit(r); err != nil || r.Turn != Begin || Free(r.Type) {
		return err
	}
	var err error
	if r.Used, err = Used(tx, r.Agreement, r.Article, r.Purpose, r.Issuer, r.Written); err != nil {
		return err
	}
	if err := s.Permit(r); err != nil {
		return err
	}
	day := r.Written.UTC().Format(time.DateOnly)
	if _, err := tx.Exec(takeUnit, r.Agreement, r.Article, r.Purpose, r.Issuer, day); err != nil {
		return fmt.Errorf("take a unit of a quota: %w", err)
	}
	return nil
}
