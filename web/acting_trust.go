package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/card"
	"mitra/treaty/courier"
	"mitra/treaty/journal"
)

// Errors of trust in partners.
var (
	// ErrDocument: it is no agreement, or cannot be drafted.
	ErrDocument = errors.New("this is no agreement, or none that can be")
	ErrNoParty  = errNoParty
	// ErrOtherCard: this node has a newer one.
	ErrOtherCard = errOtherCard
	ErrSigned    = errSignedOnce
	ErrAdopted   = errAdopted
)

// AddPeer proposes to take a card in: with the words that the other authority has read out, which may be missing of a peer that is known. The
// error wraps one of package card, [courier.ErrFingerprint], [courier.ErrSelf], or one of a proposal.
func (a Acting) AddPeer(ctx context.Context, text, words, reason string) (waits string, err error) {
	c, err := card.Parse([]byte(text))
	if err != nil {
		return "", err
	}
	first := false
	if err := a.s.DB.Read(ctx, func(tx *store.Tx) error {
		_, err := courier.FindPeer(tx, c.Node)
		if first = errors.Is(err, courier.ErrNoPeer); first {
			return nil
		}
		return err
	}); err != nil {
		return "", err
	}
	if first && words == "" {
		return "", courier.ErrFingerprint
	}
	return a.putForward(ctx, kindPeerAdd, c.Node, reason, peerBody{c.Node, text, words, first})
}

// Peer is the peer of a country or a name. The error wraps [ErrNoPage].
func (a Acting) Peer(ctx context.Context, name string) (courier.Peer, error) {
	return a.peerNamed(ctx, name)
}

// SetPeerState proposes to suspend a peer ([courier.Suspended]) or to take it up again ([courier.Active]).
func (a Acting) SetPeerState(ctx context.Context, name, be, reason string) (waits string, err error) {
	kind := map[string]string{courier.Suspended: kindPeerSuspend, courier.Active: kindPeerResume}[be]
	if kind == "" {
		return "", errForm
	}
	p, err := a.peerNamed(ctx, name)
	if err != nil {
		return "", err
	}
	return a.putForward(ctx, kind, p.Node, reason, stateBody{p.Node})
}

// DraftAgreement fills the shipped agreement in for a peer, from a day until another. The error wraps [ErrDocument].
func (a Acting) DraftAgreement(ctx context.Context, peer, from, until string) (courier.Peer, agreement.Document, error) {
	p, err := a.peerNamed(ctx, peer)
	if err != nil {
		return p, agreement.Document{}, err
	}
	d, err := a.s.Draft(ctx, p, from, until)
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrDocument, err)
	}
	return p, d, err
}

// ProposeAgreement proposes to sign or to adopt (what) an agreement. The error wraps [ErrDocument], [ErrNoParty], [ErrOtherCard], [ErrSigned],
// [ErrAdopted] or one of a proposal.
func (a Acting) ProposeAgreement(ctx context.Context, text, what, reason string) (waits string, err error) {
	d, err := agreement.Parse([]byte(text))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrDocument, err)
	}
	kind := map[string]string{"sign": kindAgreementSign, "adopt": kindAgreementAdopt}[what]
	if kind == "" {
		return "", errForm
	}
	return a.putForward(ctx, kind, d.Hash(), reason, agreementBody{d.Hash(), text})
}

// AgreementOf is the agreement of a proposal as a file: once this node's signature was agreed to, with it.
func (a Acting) AgreementOf(ctx context.Context, proposal string) (text string, err error) {
	p, err := a.Proposal(ctx, proposal)
	if err != nil {
		return "", err
	}
	b, err := bodyOf[agreementBody](p)
	if err != nil || p.Kind != kindAgreementSign && p.Kind != kindAgreementAdopt {
		return "", errNoPage
	}
	if p.Result != "" {
		return p.Result, nil
	}
	return b.Document, nil
}

// active is an error of a peer that is suspended.
func active(p courier.Peer) error {
	if p.State != courier.Active {
		return courier.ErrSuspended
	}
	return nil
}

// ExportBundle is what waits for a peer, as a file to be carried there, with an event.
func (a Acting) ExportBundle(ctx context.Context, p courier.Peer) ([]byte, error) {
	if err := active(p); err != nil {
		return nil, err
	}
	if err := a.s.Enquiries.Turn(ctx); err != nil { // what is due leaves with the file
		return nil, err
	}
	var b bytes.Buffer
	m, err := a.s.Courier.Export(ctx, &b, p.Node)
	if err != nil {
		return nil, err
	}
	return b.Bytes(), a.carried(ctx, "bundle-exported", m)
}

// ImportBundle takes a file in that a peer has written, as it is read, with an event. It can be done again.
func (a Acting) ImportBundle(ctx context.Context, file io.Reader) (courier.Moved, error) {
	m, err := a.s.Courier.Import(ctx, file)
	if err != nil {
		return m, err
	}
	if err := a.carried(ctx, "bundle-imported", m); err != nil {
		return m, err
	}
	if err := a.s.Courier.JudgeAll(ctx); err != nil {
		return m, fmt.Errorf("what came is stored, and not opened yet: %w", err)
	}
	return m, nil
}

// carried leaves an event of a file that was made or taken in.
func (a Acting) carried(ctx context.Context, kind string, m courier.Moved) error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return a.s.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := journal.Append(tx, journal.Event{Kind: kind, Actor: a.who.ID, Office: a.who.Office, Data: data})
		return err
	})
}

// PingPeer sends test letters and waits for the receipt of each, as the command courier ping: how many milliseconds each took, sorted.
func (a Acting) PingPeer(ctx context.Context, p courier.Peer, count int) (took []float64, err error) {
	if err := active(p); err != nil {
		return nil, err
	}
	if count < 1 || count > mostPings {
		return nil, errForm
	}
	var letters []courier.Sealed
	var mids []string
	for range count {
		s, err := a.s.Courier.Ping(p, json.RawMessage(`{"pad":""}`))
		if err != nil {
			return nil, err
		}
		letters, mids = append(letters, s), append(mids, s.ID)
	}
	if err := a.s.DB.Write(ctx, func(tx *store.Tx) error { return courier.Queue(tx, a.who.ID, letters...) }); err != nil {
		return nil, err
	}
	a.s.Courier.Wake()
	for end := time.Now().Add(pingWaits); ; {
		if err := a.s.DB.Read(ctx, func(tx *store.Tx) (err error) {
			took, err = courier.ReceiptTimes(tx, p.Node, mids)
			return err
		}); err != nil {
			return nil, err
		}
		if len(took) == count || !time.Now().Before(end) || p.Cards.Last().Endpoint == "" { // one that fetches comes when it comes
			return took, nil
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// BadCard reports whether an error is of a card that is none, or does not follow from those that are known.
func BadCard(err error) bool { return badCard(err) }
