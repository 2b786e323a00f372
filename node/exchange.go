package node

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"time"

	"mitra/rules"
	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/card"
	"mitra/treaty/courier"
	"mitra/treaty/journal"
	"mitra/treaty/signed"
)

// exchangeKey holds the keys of the exchange among the secret files: those that sign and open
// letters, and the one of TLS.
const exchangeKey = "exchange.key"

// ErrNoExchange: the node was made by a program that knew no exchange.
var ErrNoExchange = errors.New("the node has no keys for the exchange yet")

// ErrExchange: it has them already.
var ErrExchange = errors.New("the node has keys for the exchange already")

// An identity is what a node is to its peers.
type identity struct {
	keys card.Keys
	tls  []byte // seed
}

type identityFile struct {
	TLS  string          `json:"tls"`
	Keys json.RawMessage `json:"keys"`
}

func (i identity) secret() ([]byte, error) {
	keys, err := i.keys.Secret()
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(identityFile{signed.Base64.EncodeToString(i.tls), keys})
	return append(b, '\n'), err
}

// identity reads the keys of the exchange. The error wraps [ErrNoExchange] or [ErrIncomplete].
func (n *Node) identity(ctx context.Context) (identity, error) {
	if !n.ring.Has(exchangeKey) {
		return identity{}, n.noKeys(ctx)
	}
	b, err := n.ring.Read(exchangeKey)
	if err != nil {
		return identity{}, err
	}
	var f identityFile
	var i identity
	if err = signed.Strict(b, &f); err == nil {
		if i.tls, err = signed.Base64.DecodeString(f.TLS); err == nil {
			i.keys, err = card.ParseKeys(f.Keys)
		}
	}
	if err != nil { // and not the error's text: it is about secrets
		return identity{}, fmt.Errorf("%w: %s is damaged", ErrIncomplete, filepath.Join(n.ring.Dir, exchangeKey))
	}
	return i, nil
}

// noKeys is why there are no keys of the exchange: a node that has a card has lost them.
func (n *Node) noKeys(ctx context.Context) error {
	_, err := n.Card(ctx)
	if err == nil {
		return fmt.Errorf("%w: %s is missing", ErrIncomplete, filepath.Join(n.ring.Dir, exchangeKey))
	}
	return err
}

func (n *Node) certificate(i identity) (tls.Certificate, error) {
	return courier.Certificate(i.tls, n.Config.name())
}

// details are what the node's card says beside its keys.
func (n *Node) details(i identity) (card.Details, error) {
	cert, err := n.certificate(i)
	if err != nil {
		return card.Details{}, err
	}
	vkey, err := n.Home.verifierKey()
	if err != nil {
		return card.Details{}, err
	}
	public, err := journal.PublicBytes(vkey)
	return card.Details{
		Node: n.Config.name(), Authority: n.Config.Authority, TLS: []string{courier.Pin(cert.Leaf)},
		Journal: public, Endpoint: n.Config.endpoint(),
	}, err
}

// makeExchange makes the keys of the exchange and the node's first card.
func (n *Node) makeExchange(ctx context.Context, actor string) error {
	keys, err := card.NewKeys()
	if err != nil {
		return err
	}
	i := identity{keys, courier.NewIdentity()}
	secret, err := i.secret()
	if err != nil {
		return err
	}
	d, err := n.details(i)
	if err != nil {
		return err
	}
	first, err := card.Make(d, keys, time.Now().Unix())
	if err != nil {
		return err
	}
	if err := n.ring.Create(exchangeKey, secret); err != nil {
		return err
	}
	if err := n.DB.Write(ctx, func(tx *store.Tx) error { return courier.KeepOwn(tx, first, actor) }); err != nil {
		return err
	}
	return n.Settle(ctx)
}

// MakeExchange gives a node that an earlier program made the keys of the exchange and its first
// card. The error wraps [ErrExchange] if it has them.
func (n *Node) MakeExchange(ctx context.Context, actor string) error {
	if n.ring.Has(exchangeKey) {
		return ErrExchange
	}
	if err := n.noKeys(ctx); !errors.Is(err, ErrNoExchange) {
		return err
	}
	if !n.ring.Protected(signer) {
		n.ring.Passphrase = nil // as the other keys are
	}
	return n.makeExchange(ctx, actor)
}

// Card is the node's newest card. The error wraps [ErrNoExchange] if it has none.
func (n *Node) Card(ctx context.Context) (s card.Signed, err error) {
	err = n.DB.Read(ctx, func(tx *store.Tx) error {
		own, err := courier.Cards(tx, n.Config.name())
		if err == nil && len(own) == 0 {
			err = ErrNoExchange
		}
		if err == nil {
			s = own.Last()
		}
		return err
	})
	return s, err
}

// Name is the node's name, as cards and letters carry it.
func (n *Node) Name() string { return n.Config.name() }

// choosePorts has a free port stand where 0 was asked for: a card tells where the node is
// reached, so it cannot be another one at each start.
func (c *Config) choosePorts() error {
	for _, address := range []*string{&c.Exchange, &c.Desk, &c.Metrics} {
		if !strings.HasSuffix(*address, ":0") {
			continue
		}
		l, err := net.Listen("tcp", *address)
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrConfig, *address, err)
		}
		*address = l.Addr().String()
		defer l.Close() // all are held until all are chosen
	}
	return nil
}

// ExchangeStatus tells how the exchange with every peer stands.
func (n *Node) ExchangeStatus(ctx context.Context) ([]courier.PeerStatus, error) {
	return (&courier.Courier{DB: n.DB, Now: time.Now}).Status(ctx)
}

// ReceiptTimes are the milliseconds that those letters took, from the outbox to their receipt R1, which
// have it.
func (n *Node) ReceiptTimes(ctx context.Context, peer string, mids []string) (took []float64, err error) {
	err = n.DB.Read(ctx, func(tx *store.Tx) error {
		took, err = courier.ReceiptTimes(tx, peer, mids)
		return err
	})
	return took, err
}

// OnlyPeer is the node name of the one peer there is. The error wraps [courier.ErrNoPeer] or
// [courier.ErrPeers].
func (n *Node) OnlyPeer(ctx context.Context) (name string, err error) {
	err = n.DB.Read(ctx, func(tx *store.Tx) error {
		peers, err := courier.Peers(tx)
		switch {
		case err != nil:
			return err
		case len(peers) == 0:
			return courier.ErrNoPeer
		case len(peers) > 1:
			return courier.ErrPeers
		}
		name = peers[0].Node
		return nil
	})
	return name, err
}

// cardLead is how long before it holds a card is made: by then whoever serves the node signs by its keys.
// Until then the key that comes next is on the card before.
const cardLead = 5 * time.Second

// RenewCard makes the node's next card. change makes other keys of the ones that are there, and says
// which are revoked; nil keeps them: the card then tells what else has changed, such as the endpoint.
// The keys are stored before the card that tells of them. Where they change, those that are disused are
// forgotten.
func (n *Node) RenewCard(ctx context.Context, actor string, change func(card.Keys) (card.Keys, []string, error)) (card.Signed, error) {
	i, err := n.identity(ctx)
	if err != nil {
		return card.Signed{}, err
	}
	before, prev := i.keys, card.Signed{}
	var revoked []string
	if change != nil {
		var disused []string
		if err := n.DB.Read(ctx, func(tx *store.Tx) error {
			disused, err = courier.Disused(tx, before, time.Now())
			return err
		}); err != nil {
			return prev, err
		}
		before = before.Forget(disused...)
		if i.keys, revoked, err = change(before); err != nil {
			return prev, err
		}
	}
	d, err := n.details(i)
	if err != nil {
		return prev, err
	}
	if prev, err = n.Card(ctx); err != nil {
		return prev, err
	}
	// Two changes at once would leave the key that signs now on no card that holds.
	if ahead := time.Until(time.Unix(prev.From, 0)); ahead > 0 && ahead <= cardLead {
		select {
		case <-time.After(ahead):
		case <-ctx.Done():
			return prev, ctx.Err()
		}
	}
	now := time.Now()
	var list []card.Revocation
	for _, id := range revoked {
		list = append(list, card.Revocation{ID: id, At: now.Unix()})
	}
	next, err := card.Follow(prev, before, i.keys, d, max(now.Add(cardLead).Unix(), prev.From+1), list...)
	if err != nil {
		return prev, err
	}
	if change != nil {
		secret, err := i.secret()
		if err != nil {
			return prev, err
		}
		if err := n.ring.Replace(exchangeKey, secret); err != nil {
			return prev, err
		}
	}
	if err := n.DB.Write(ctx, func(tx *store.Tx) error {
		if err := courier.KeepOwn(tx, next, actor); err != nil {
			return err
		}
		return courier.SendCard(tx, n.Config.name(), i.keys, next)
	}); err != nil {
		return prev, err
	}
	return next, n.Settle(ctx)
}

// Agreements are those adopted with a peer.
func (n *Node) Agreements(ctx context.Context, peer string) (set agreement.Set, err error) {
	err = n.DB.Read(ctx, func(tx *store.Tx) error {
		set, err = agreement.Load(tx, peer)
		return err
	})
	return set, err
}

// SignAgreement adds the node's signature to an agreement to which it is a party.
func (n *Node) SignAgreement(ctx context.Context, d agreement.Document) (agreement.Document, error) {
	i, err := n.identity(ctx)
	if err != nil {
		return d, err
	}
	return d.Sign(i.keys.Current)
}

// CompleteAgreement is nil if this node and a peer are the parties of an agreement and both have signed
// it. The error wraps [agreement.ErrIncomplete] or [courier.ErrNoPeer].
func (n *Node) CompleteAgreement(ctx context.Context, d agreement.Document) error {
	own, err := n.Card(ctx)
	if err != nil {
		return err
	}
	return n.DB.Read(ctx, func(tx *store.Tx) error {
		peer, err := courier.FindPeer(tx, otherParty(d, own.Node))
		if err != nil {
			return err
		}
		return d.Complete(signatory(own), signatory(peer.Cards.Last()))
	})
}

func otherParty(d agreement.Document, self string) (other string) {
	for _, p := range d.Agreement().Parties {
		if p.Node != self {
			other = p.Node
		}
	}
	return other
}

// AdoptAgreement puts an agreement in force that this node and a peer have signed.
func (n *Node) AdoptAgreement(ctx context.Context, d agreement.Document, actor, office string) (peer courier.Peer, err error) {
	if err := n.DB.Write(ctx, func(tx *store.Tx) (err error) {
		peer, err = n.adopt(tx, d, actor, office)
		return err
	}); err != nil {
		return peer, err
	}
	return peer, n.Settle(ctx)
}

func (n *Node) adopt(tx *store.Tx, d agreement.Document, actor, office string) (courier.Peer, error) {
	own, err := courier.Cards(tx, n.Name())
	if err != nil {
		return courier.Peer{}, err
	}
	if len(own) == 0 {
		return courier.Peer{}, ErrNoExchange
	}
	peer, err := courier.FindPeer(tx, otherParty(d, n.Name()))
	if err != nil {
		return peer, err
	}
	return peer, agreement.Adopt(tx, agreement.Adoption{Document: d, Self: signatory(own.Last()), Peer: signatory(peer.Cards.Last()), Actor: actor, Office: office})
}

// shippedDraft is the draft that the program brings.
const shippedDraft = "kh-id-draft"

// ErrDay: not a day, yyyy-mm-dd.
var ErrDay = errors.New("want a day, YYYY-MM-DD")

// DraftAgreement fills the shipped draft in for this node and a peer. An empty from is today (UTC), an empty until a year later. The
// error wraps [ErrDay] or [agreement.ErrMalformed].
func (n *Node) DraftAgreement(ctx context.Context, p courier.Peer, from, until string) (d agreement.Document, err error) {
	own, err := n.Card(ctx)
	if err != nil {
		return d, err
	}
	b, err := rules.Agreement(shippedDraft)
	if err != nil {
		return d, err
	}
	template, err := agreement.ParseTemplate(b)
	if err != nil {
		return d, err
	}
	if from == "" {
		from = time.Now().UTC().Format(time.DateOnly)
	}
	first, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return d, ErrDay
	}
	if until == "" {
		until = first.AddDate(1, 0, -1).Format(time.DateOnly)
	}
	return agreement.Draft(template, [2]agreement.Party{party(own), party(p.Cards.Last())}, from, until)
}

func party(s card.Signed) agreement.Party {
	return agreement.Party{Country: s.Country, Authority: s.Authority, Node: s.Node, Card: s.Hash()}
}

func signatory(s card.Signed) agreement.Signatory {
	return agreement.Signatory{Node: s.Node, Card: s.Hash(), Key: s.Sign[0].Public()}
}
