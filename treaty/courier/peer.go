package courier

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"mitra/store"
	"mitra/treaty/card"
	"mitra/treaty/journal"
)

// Errors about peers.
var (
	// ErrNoPeer: no peer of this name or country.
	ErrNoPeer = errors.New("no such peer")
	// ErrFingerprint: the words are not those of the card.
	ErrFingerprint = errors.New("the fingerprint is not the card's")
	// ErrSelf: the card is this node's own.
	ErrSelf = errors.New("the card is this node's own")
	// ErrPeers: several peers are of that country.
	ErrPeers = errors.New("several peers are of this country: name the node")
)

// States of a peer.
const (
	Active    = "active"
	Suspended = "suspended"
)

// A Peer is a node that this one exchanges letters with.
type Peer struct {
	Node    string
	Country string
	State   string
	Book    string // of what the two exchange; see treaty/journal
	Cards   card.Chain
}

// book is the name of the first exchange book with a peer.
func book(node string) string { return "exchange-" + node[strings.LastIndexByte(node, '/')+1:] }

// AddPeer takes a peer in by its first card, or the next card of one that is known. typed are
// the words that the operator has heard from the other authority; a card that the one before
// introduces needs none, but they are never wrong. It is an event of the exchange book. The error wraps [ErrSelf],
// [ErrFingerprint] or one of package card's chains.
func AddPeer(tx *store.Tx, self string, s card.Signed, typed, actor string) (Peer, error) {
	if s.Node == self {
		return Peer{}, ErrSelf
	}
	p, err := FindPeer(tx, s.Node)
	first := errors.Is(err, ErrNoPeer)
	switch {
	case first:
		p = Peer{Node: s.Node, Country: s.Country, State: Active, Book: book(s.Node)}
	case err != nil:
		return Peer{}, err
	}
	// Words that are wrong are never passed over, also where others vouch for the card.
	if (first || typed != "") && !card.SameFingerprint(s, typed) {
		return Peer{}, ErrFingerprint
	}
	if p.Cards, err = p.Cards.Append(s); err != nil {
		return Peer{}, err
	}
	if first {
		if _, err := tx.Exec(insertPeer, p.Node, p.Country, p.State, p.Book, tx.Now()); err != nil {
			return Peer{}, err
		}
	}
	if err := keepCard(tx, s); err != nil {
		return Peer{}, err
	}
	return p, p.event(tx, "card", actor, map[string]any{"node": s.Node, "serial": s.Serial, "card": s.Hash()})
}

// KeepOwn keeps a card of this node itself, as an event of the house book.
func KeepOwn(tx *store.Tx, s card.Signed, actor string) error {
	own, err := Cards(tx, s.Node)
	if err != nil {
		return err
	}
	if _, err := own.Append(s); err != nil {
		return err
	}
	if err := keepCard(tx, s); err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{"serial": s.Serial, "card": s.Hash()})
	if err != nil {
		return err
	}
	_, err = journal.Append(tx, journal.Event{Kind: "card", Actor: actor, Data: data})
	return err
}

func keepCard(tx *store.Tx, s card.Signed) error {
	_, err := tx.Exec(insertCard, s.Node, int64(s.Serial), s.Bytes(), tx.Now())
	return err
}

// SetState suspends a peer or takes it up again: a suspended one is neither written to nor
// heard. What waits for it stays.
func SetState(tx *store.Tx, node, state, actor string) error {
	p, err := FindPeer(tx, node)
	if err != nil || p.State == state {
		return err
	}
	if _, err := tx.Exec(setPeerState, state, p.Node); err != nil {
		return err
	}
	return p.event(tx, "peer-"+state, actor, map[string]any{"node": p.Node})
}

func (p Peer) event(tx *store.Tx, kind, actor string, data map[string]any) error {
	e, err := p.newEvent(kind, actor, data)
	if err == nil {
		_, err = journal.Append(tx, e)
	}
	return err
}

// newEvent is an event of the exchange book.
func (p Peer) newEvent(kind, actor string, data map[string]any) (journal.Event, error) {
	b, err := json.Marshal(data)
	return journal.Event{Book: p.Book, Kind: kind, Actor: actor, Data: b}, err
}

// Cards are the cards of a node, this one or a peer.
func Cards(tx *store.Tx, node string) (card.Chain, error) {
	rows, err := tx.Query(cardsOf, node)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var chain card.Chain
	for rows.Next() {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			return nil, err
		}
		s, err := card.Parse(b)
		if err == nil {
			chain, err = chain.Append(s)
		}
		if err != nil {
			return nil, fmt.Errorf("a stored card of %s: %w: %w", node, store.ErrDamaged, err)
		}
	}
	return chain, rows.Err()
}

// Peers are all peers, by country and name.
func Peers(tx *store.Tx) ([]Peer, error) {
	peers, err := peersOf(tx, allPeers)
	if err != nil {
		return nil, err
	}
	for i := range peers {
		if peers[i].Cards, err = Cards(tx, peers[i].Node); err != nil {
			return nil, err
		}
	}
	return peers, nil
}

// FindPeer finds a peer by its node name, or by its country if only one is of that. The
// error wraps [ErrNoPeer] or [ErrPeers].
func FindPeer(tx *store.Tx, name string) (Peer, error) {
	peers, err := peersOf(tx, peersNamed, name)
	switch {
	case err != nil:
		return Peer{}, err
	case len(peers) == 0:
		return Peer{}, fmt.Errorf("%w: %s", ErrNoPeer, name)
	case len(peers) > 1:
		return Peer{}, ErrPeers
	}
	peers[0].Cards, err = Cards(tx, peers[0].Node)
	return peers[0], err
}

func peersOf(tx *store.Tx, query string, args ...any) ([]Peer, error) {
	rows, err := tx.Query(query, args...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var peers []Peer
	for rows.Next() {
		var p Peer
		if err := rows.Scan(&p.Node, &p.Country, &p.State, &p.Book); err != nil {
			return nil, err
		}
		peers = append(peers, p)
	}
	return peers, rows.Err()
}
