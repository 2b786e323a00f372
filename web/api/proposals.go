package api

import (
	"encoding/json"
	"slices"
	"time"

	"mitra/desk/account"
	"mitra/desk/second"
)

// proposals are what one officer has proposed, for another to confirm.
func (a *API) proposals() {
	add(a, operation{id: "list-proposals", method: "GET", path: "/v1/proposals", right: account.SeeSecond, says: "Proposals of the last 30 days: the officer's own, those that the officer may confirm, and has ended. The newest first."}, (*call).allProposals)
	add(a, operation{id: "get-proposal", method: "GET", path: "/v1/proposals/{proposal}", right: account.SeeSecond, says: "A proposal, with exactly what is to be done, and the hash of that."}, (*call).proposal)
	add(a, operation{id: "confirm-proposal", method: "POST", path: "/v1/proposals/{proposal}/confirm", right: account.SeeSecond, changes: true, says: "Confirms what another officer has proposed, which does it. A password for one sign-in, where one is made, is in the first answer alone."}, (*call).confirm)
	add(a, operation{id: "decline-proposal", method: "POST", path: "/v1/proposals/{proposal}/decline", right: account.SeeSecond, changes: true, says: "Declines what another officer has proposed."}, (*call).decline)
	add(a, operation{id: "withdraw-proposal", method: "POST", path: "/v1/proposals/{proposal}/withdraw", right: account.SeeSecond, changes: true, says: "Takes the officer's own proposal back."}, (*call).takeBack)
}

// Proposal is what takes two officers.
type Proposal struct {
	ID      string          `json:"id"`
	Kind    string          `json:"kind"`
	State   string          `json:"state" enum:"waiting,confirmed,declined,withdrawn,expired,used" doc:"used: what was agreed to has been handed over."`
	Mine    bool            `json:"mine" doc:"The officer has proposed it."`
	For     bool            `json:"for_me" doc:"It waits, and the officer may confirm it."`
	Subject string          `json:"subject" doc:"What it is about, as events name it."`
	Reason  string          `json:"reason"`
	Officer string          `json:"officer"`
	Office  string          `json:"office"`
	At      time.Time       `json:"at"`
	Until   time.Time       `json:"until" doc:"When it ends, if nobody confirms it."`
	Second  string          `json:"second,omitempty" doc:"Who has ended it."`
	Ended   time.Time       `json:"ended,omitzero"`
	Why     string          `json:"why,omitempty" doc:"It was declined."`
	Hash    string          `json:"hash" doc:"Of the body. Whoever confirms sends it back."`
	Body    json.RawMessage `json:"body,omitempty" doc:"What is to be done; lists leave it out."`
}

func (c *call) proposalOf(p second.Proposal) Proposal {
	return Proposal{p.ID, p.Kind, p.State, p.Officer == c.Who().ID, c.MayConfirm(p), p.Subject, p.Reason, p.Officer, p.Office, p.At, p.Until(), p.Second, p.Ended, p.Why, p.Hash, p.Body}
}

type proposalsIn struct {
	List
	Which string `query:"which" enum:"all,mine,for_me" default:"all" doc:"mine: the officer has proposed; for_me: wait for the officer."`
}

func (c *call) allProposals(in *proposalsIn) (out Page[Proposal], err error) {
	after, err := parseCursor("proposals "+in.Which, in.Cursor)
	if err != nil {
		return out, err
	}
	all, err := c.Proposals(c.ctx)
	if err != nil {
		return out, err
	}
	slices.SortFunc(all, func(a, b second.Proposal) int { // the newest first
		if a.ID > b.ID {
			return -1
		}
		return 1
	})
	var some []Proposal
	for _, p := range all {
		one := c.proposalOf(p)
		one.Body = nil
		if (after == "" || p.ID < after) && (in.Which == "all" || in.Which == "mine" && one.Mine || in.Which == "for_me" && one.For) && len(some) <= in.Limit {
			some = append(some, one)
		}
	}
	return more("proposals "+in.Which, some, in.Limit, func(p Proposal) string { return p.ID }), nil
}

// ProposalIn names a proposal.
type ProposalIn struct {
	Proposal string `path:"proposal" maxLength:"64"`
}

func (c *call) proposal(in *ProposalIn) (Proposal, error) {
	p, err := c.Proposal(c.ctx, in.Proposal)
	return c.proposalOf(p), err
}

type confirmIn struct {
	ProposalIn
	Body struct {
		Hash string `json:"hash" minLength:"1" maxLength:"100" doc:"Of the body, as it was read."`
	}
}

// Confirmed is what came of a confirmation.
type Confirmed struct {
	Proposal string `json:"proposal"`
	Account  string `json:"account,omitempty" doc:"Of which the password is."`
	Password string `json:"password,omitempty" doc:"For one sign-in. In the first answer alone: it is kept nowhere."`
}

func (o Confirmed) kept() Confirmed {
	o.Password = ""
	return o
}

func (c *call) confirm(in *confirmIn) (Confirmed, error) {
	of, password, err := c.Confirm(c.ctx, in.Proposal, in.Body.Hash)
	return Confirmed{in.Proposal, of.ID, password}, err
}

type declineIn struct {
	ProposalIn
	Body struct {
		Hash string `json:"hash" minLength:"1" maxLength:"100" doc:"Of the body, as it was read."`
		Why  string `json:"why" minLength:"1" maxLength:"500"`
	}
}

func (c *call) decline(in *declineIn) (Named, error) {
	return Named{in.Proposal}, c.Decline(c.ctx, in.Proposal, in.Body.Hash, in.Body.Why)
}

func (c *call) takeBack(in *ProposalIn) (Named, error) {
	return Named{in.Proposal}, c.TakeBack(c.ctx, in.Proposal)
}
