package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"mitra/desk/account"
	"mitra/desk/second"
	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/card"
	"mitra/treaty/courier"
	"mitra/treaty/evidence"
)

// The kinds of action that take two officers. Restricting people takes two as well, in its own way (package registry): the first
// word holds for a day, since somebody may be in danger.
const (
	kindAccountMake     = "account-make"
	kindAccountChange   = "account-change"
	kindAccountPassword = "account-password"
	kindAccountTie      = "account-tie"
	kindEvidence        = "evidence"
	kindExport          = "status-export"
	kindPeerAdd         = "peer-add"
	kindPeerSuspend     = "peer-suspend"
	kindPeerResume      = "peer-resume"
	kindAgreementSign   = "agreement-sign"
	kindAgreementAdopt  = "agreement-adopt"
)

// rightOf is the right that both officers have for each kind.
var rightOf = map[string]account.Right{
	kindAccountMake: account.ChangeAccount, kindAccountChange: account.ChangeAccount, kindAccountPassword: account.ChangeAccount, kindAccountTie: account.ChangeAccount,
	kindEvidence: account.SeeJournal,
	kindExport:   account.Supervise,
	kindPeerAdd:  account.ChangePartner, kindPeerSuspend: account.ChangePartner, kindPeerResume: account.ChangePartner, kindAgreementSign: account.ChangePartner, kindAgreementAdopt: account.ChangePartner,
}

// secondDesk is what takes two officers, wired to what does it.
func (s *Server) secondDesk() *second.Desk {
	kind := func(code string, ready func(ctx context.Context, p second.Proposal, by second.By) (second.Act, error)) second.Kind {
		return second.Kind{Right: rightOf[code].String(), Ready: ready}
	}
	return &second.Desk{
		DB: s.DB,
		May: func(tx *store.Tx, officer, right string) (bool, error) {
			a, err := account.Find(tx, officer)
			if errors.Is(err, account.ErrUnknown) {
				return false, nil
			}
			return slices.ContainsFunc(account.AllRights(), func(r account.Right) bool { return r.String() == right && a.May(r) }), err
		},
		Kinds: map[string]second.Kind{
			kindAccountMake:     kind(kindAccountMake, s.readyAccount),
			kindAccountChange:   kind(kindAccountChange, s.readyAccount),
			kindAccountPassword: kind(kindAccountPassword, s.readyAccount),
			kindAccountTie:      kind(kindAccountTie, s.readyAccount),
			kindEvidence:        kind(kindEvidence, s.readyEvidence),
			kindExport:          kind(kindExport, s.readyExport),
			kindPeerAdd:         kind(kindPeerAdd, s.readyPeer),
			kindPeerSuspend:     kind(kindPeerSuspend, s.readyPeerState),
			kindPeerResume:      kind(kindPeerResume, s.readyPeerState),
			kindAgreementSign:   kind(kindAgreementSign, s.readySign),
			kindAgreementAdopt:  kind(kindAgreementAdopt, s.readyAdopt),
		},
	}
}

// changed says that what was proposed can no longer be done, and why: who proposes it is told the reason, who confirms it that it was
// proposed for another world.
func changed(err error) error {
	if err == nil || errors.Is(err, second.ErrChanged) {
		return err
	}
	return fmt.Errorf("%w: %w", second.ErrChanged, err)
}

// bodyOf reads what was proposed.
func bodyOf[T any](p second.Proposal) (b T, err error) {
	if err := json.Unmarshal(p.Body, &b); err != nil {
		return b, fmt.Errorf("proposal %s: %w", p.ID, store.ErrDamaged)
	}
	return b, nil
}

// accountBody is an account that is made or changed, has a new password, or is tied to somebody at the provider. Was is nil of a new one.
type accountBody struct {
	ID       string        `json:"id"`
	Was      *accountState `json:"was,omitempty"`
	Be       accountState  `json:"be"`
	Password bool          `json:"password"`       // one for one sign-in is given to it
	Code     string        `json:"code,omitempty"` // of who may sign in as it by the provider
}

// accountState is what an administrator can change of an account.
type accountState struct {
	Name       string         `json:"name"`
	Office     string         `json:"office"`
	Roles      []account.Role `json:"roles"`
	Protection bool           `json:"protection"`
	Disabled   bool           `json:"disabled"`
	MustChange bool           `json:"must_change"`
}

func stateOf(a account.Account) accountState {
	return accountState{a.Name, a.Office, a.Roles, a.Protection, a.Disabled, a.MustChange}
}

func (s accountState) same(o accountState) bool {
	return s.Name == o.Name && s.Office == o.Office && slices.Equal(s.Roles, o.Roles) && s.Protection == o.Protection && s.Disabled == o.Disabled && s.MustChange == o.MustChange
}

func (s *Server) readyAccount(ctx context.Context, p second.Proposal, by second.By) (act second.Act, err error) {
	b, err := bodyOf[accountBody](p)
	if err != nil {
		return act, err
	}
	hash := ""
	if b.Password {
		if act.Once, hash, err = s.once(ctx, b.ID); err != nil {
			return act, err
		}
	}
	is := account.Account{ID: b.ID, Name: b.Be.Name, Office: b.Be.Office, Roles: b.Be.Roles, Protection: b.Be.Protection, Disabled: b.Be.Disabled}
	act.Do = func(tx *store.Tx) (string, error) {
		if b.Was == nil {
			return "", changed(account.Make(tx, is, hash, account.By(by)))
		}
		now, err := account.Find(tx, b.ID)
		if err != nil {
			return "", changed(err)
		}
		if !stateOf(now).same(*b.Was) {
			return "", second.ErrChanged
		}
		if !b.Be.same(*b.Was) {
			if err := account.Change(tx, is, account.By(by)); err != nil {
				return "", changed(err)
			}
		}
		if b.Password {
			err = account.SetPassword(tx, b.ID, hash, account.By(by))
			if err == nil && p.Kind == kindAccountChange {
				err = account.Tie(tx, b.ID, "", account.By(by))
			}
		}
		if err != nil {
			return "", err
		}
		if b.Code != "" {
			err = changed(account.Tie(tx, b.ID, b.Code, account.By(by)))
		}
		return "", err
	}
	return act, nil
}

// evidenceBody is a conversation that is to be proved; Peer may be empty where it is plain.
type evidenceBody struct {
	Conversation string `json:"conversation"`
	Peer         string `json:"peer,omitempty"`
}

// readyEvidence does nothing but look whether there is something to prove: the file is made when it is handed over.
func (s *Server) readyEvidence(_ context.Context, p second.Proposal, _ second.By) (act second.Act, err error) {
	b, err := bodyOf[evidenceBody](p)
	act.Do = func(tx *store.Tx) (string, error) {
		_, err := evidence.Export(tx, s.Node, b.Conversation, b.Peer)
		if errors.Is(err, evidence.ErrPending) { // the newest events get their places in a moment
			err = nil
		}
		return "", changed(err)
	}
	return act, err
}

// peerBody is a card that is taken in: the file, and the words that the other authority has read out. Of a node that is known already
// it is the next card, and Words may be empty.
type peerBody struct {
	Node  string `json:"node"`
	Card  string `json:"card"`
	Words string `json:"words"`
	First bool   `json:"first"`
}

func (s *Server) readyPeer(_ context.Context, p second.Proposal, by second.By) (act second.Act, err error) {
	b, err := bodyOf[peerBody](p)
	if err != nil {
		return act, err
	}
	c, err := card.Parse([]byte(b.Card))
	act.Do = func(tx *store.Tx) (string, error) {
		_, err := courier.FindPeer(tx, c.Node)
		if err != nil && !errors.Is(err, courier.ErrNoPeer) {
			return "", err
		}
		if b.First != (err != nil) {
			return "", second.ErrChanged
		}
		_, err = courier.AddPeer(tx, s.Node, c, b.Words, by.Actor)
		return "", changed(err)
	}
	return act, err
}

// stateBody is a peer that is suspended, or taken up again.
type stateBody struct {
	Node string `json:"node"`
}

func (s *Server) readyPeerState(_ context.Context, p second.Proposal, by second.By) (act second.Act, err error) {
	b, err := bodyOf[stateBody](p)
	be := courier.Active
	if p.Kind == kindPeerSuspend {
		be = courier.Suspended
	}
	act.Do = func(tx *store.Tx) (string, error) {
		peer, err := courier.FindPeer(tx, b.Node)
		if err != nil {
			return "", changed(err)
		}
		if peer.State == be {
			return "", second.ErrChanged
		}
		return "", courier.SetState(tx, b.Node, be, by.Actor)
	}
	return act, err
}

// agreementBody is an agreement that is signed or adopted: the file, and the hash of what it says.
type agreementBody struct {
	Hash     string `json:"hash"`
	Document string `json:"document"`
}

func (s *Server) readySign(ctx context.Context, p second.Proposal, _ second.By) (act second.Act, err error) {
	b, err := bodyOf[agreementBody](p)
	if err != nil {
		return act, err
	}
	d, err := agreement.Parse([]byte(b.Document))
	if err != nil {
		return act, err
	}
	with, err := s.Sign(ctx, d)
	if err != nil {
		return act, changed(err)
	}
	act.Do = func(tx *store.Tx) (string, error) {
		own, err := courier.Cards(tx, s.Node)
		if err != nil {
			return "", err
		}
		if err := signable(d, own); err != nil {
			return "", changed(err)
		}
		if !with.SignedBy(own.Last().Sign[0].Public()) { // the keys change this moment
			return "", second.ErrChanged
		}
		return string(with.Bytes()), nil
	}
	return act, nil
}

// Errors of signing and adopting.
var (
	errNoParty    = errors.New("this node is no party to the agreement")
	errOtherCard  = errors.New("the agreement names another card of this node than the newest")
	errSignedOnce = errors.New("this node has signed the agreement already")
	errAdopted    = errors.New("the agreement is adopted here already")
)

// signable makes sure that a node, of which these are the cards, can sign an agreement.
func signable(d agreement.Document, own card.Chain) error {
	if len(own) == 0 {
		return errNoParty
	}
	last := own.Last()
	i := slices.IndexFunc(d.Agreement().Parties, func(p agreement.Party) bool { return p.Node == last.Node })
	switch {
	case i < 0:
		return errNoParty
	case d.Agreement().Parties[i].Card != last.Hash():
		return errOtherCard
	case d.SignedBy(last.Sign[0].Public()):
		return errSignedOnce
	}
	return nil
}

func (s *Server) readyAdopt(_ context.Context, p second.Proposal, by second.By) (act second.Act, err error) {
	b, err := bodyOf[agreementBody](p)
	if err != nil {
		return act, err
	}
	d, err := agreement.Parse([]byte(b.Document))
	act.Do = func(tx *store.Tx) (string, error) {
		for _, p := range d.Agreement().Parties {
			set, err := agreement.Load(tx, p.Node)
			if err != nil {
				return "", err
			}
			if _, ok := set.Find(d.Hash()); ok {
				return "", changed(errAdopted)
			}
		}
		return "", changed(s.Adopt(tx, d, account.By(by)))
	}
	return act, err
}

// errAlone: nobody else could confirm it.
var errAlone = errors.New("no other officer could confirm this")

// putForward has an action wait for a second officer, and returns the proposal's id. The error wraps [second.ErrReason], [second.ErrWaits],
// [second.ErrOwn], [ErrOnly], [ErrRight], or what stands against the action.
func (a Acting) putForward(ctx context.Context, kind, subject, reason string, body any) (id string, err error) {
	if !a.who.May(rightOf[kind]) {
		return "", errRight
	}
	if subject == "account:"+a.who.ID {
		return "", second.ErrOwn
	}
	var others []account.Account
	if err := a.s.DB.Read(ctx, func(tx *store.Tx) error {
		all, err := account.All(tx)
		others = slices.DeleteFunc(account.Able(all, rightOf[kind], a.who.ID), func(o account.Account) bool { return subject == "account:"+o.ID })
		return err
	}); err != nil {
		return "", err
	}
	if len(others) == 0 {
		return "", errAlone
	}
	return a.s.second.Propose(ctx, kind, subject, reason, body, second.By(a.by()))
}

// proposed goes to the page of a proposal that the visitor has made.
func (v *visit) proposed(id string) error {
	v.tell("second.told_proposed")
	return v.to("/second/" + id)
}

// proposalWrong is the status and the key of what is wrong with a proposal that can be said on its own page; empty for other errors.
func proposalWrong(err error) (code int, key string) {
	switch {
	case errors.Is(err, errAlone):
		return http.StatusConflict, "second.alone"
	case errors.Is(err, second.ErrReason):
		return http.StatusUnprocessableEntity, "second.no_reason"
	case errors.Is(err, second.ErrWaits):
		return http.StatusConflict, "second.waits"
	case errors.Is(err, second.ErrOwn):
		return http.StatusConflict, "second.own"
	case errors.Is(err, second.ErrEnded):
		return http.StatusConflict, "second.ended"
	case errors.Is(err, second.ErrExpired):
		return http.StatusConflict, "second.expired"
	case errors.Is(err, second.ErrChanged):
		return http.StatusConflict, "second.changed"
	}
	return 0, ""
}
