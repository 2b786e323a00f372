package api

import (
	"encoding/json"
	"slices"
	"time"

	"mitra/desk/account"
	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/courier"
	"mitra/web"
)

// partner is whom this node exchanges letters with, what was agreed, and how it is kept.
func (a *API) partner() {
	add(a, operation{id: "list-peers", method: "GET", path: "/v1/peers", right: account.SeePartner, says: "Partners, and how the exchange with them goes."}, (*call).peers)
	add(a, operation{id: "call-peer", method: "POST", path: "/v1/peers/{peer}/call", right: account.SeePartner, says: "Calls a partner, to know whether it answers and how its clock stands. It changes nothing."}, (*call).callPeer)
	add(a, operation{id: "get-card", method: "GET", path: "/v1/card", right: account.SeePartner, tagged: true, says: "The card of this node, for another authority."}, (*call).card)
	add(a, operation{id: "list-agreements", method: "GET", path: "/v1/agreements", right: account.SeePartner, tagged: true, says: "Agreements with partners."}, (*call).agreements)
	add(a, operation{id: "get-agreement", method: "GET", path: "/v1/agreements/{hash}", right: account.SeePartner, tagged: true, says: "An agreement, as both have signed it, and how much of its quotas is used today (UTC)."}, (*call).agreement)
	add(a, operation{id: "get-compliance", method: "GET", path: "/v1/compliance", right: account.SeePartner, says: "How the clocks of this month and the last were kept."}, (*call).compliance)
}

// Peers are partners.
type Peers struct {
	Items []Peer `json:"items"`
}

// Peer is a partner.
type Peer struct {
	courier.PeerStatus
	Authority   string    `json:"authority"`
	Endpoint    string    `json:"endpoint,omitempty"`
	Fingerprint string    `json:"fingerprint" doc:"Seven words, of its first card."`
	Agreement   string    `json:"agreement,omitempty" doc:"Hash of the one in force."`
	Reached     time.Time `json:"reached,omitzero" doc:"When the last letter was stored there."`
	Came        time.Time `json:"came,omitzero" doc:"When the last of its letters was stored here."`
	HalfSeconds float64   `json:"half_seconds" doc:"Half of the last letters took no longer than that to be stored there."`
	MostSeconds float64   `json:"most_seconds" doc:"And 99 of 100 no longer than that."`
}

func (c *call) peers(*none) (out Peers, err error) {
	all, err := c.a.d.Courier.Status(c.ctx)
	if err != nil {
		return out, err
	}
	err = c.a.d.DB.Read(c.ctx, func(tx *store.Tx) error {
		out.Items = []Peer{}
		for _, s := range all {
			p, err := courier.FindPeer(tx, s.Node)
			if err != nil {
				return err
			}
			one := Peer{PeerStatus: s, Authority: p.Cards.Last().Authority, Endpoint: p.Cards.Last().Endpoint, Fingerprint: p.Cards[0].Fingerprint()}
			contact, err := p.Contact(tx)
			if err != nil {
				return err
			}
			one.Reached, one.Came, one.HalfSeconds, one.MostSeconds = contact.Reached, contact.Came, contact.Half.Seconds(), contact.Most.Seconds()
			set, err := agreement.Load(tx, p.Node)
			if err != nil {
				return err
			}
			if d, ok := set.InForce(c.a.d.Now()); ok {
				one.Agreement = d.Hash()
			}
			out.Items = append(out.Items, one)
		}
		return nil
	})
	return out, err
}

// PeerIn names a partner.
type PeerIn struct {
	Peer string `path:"peer" maxLength:"60" doc:"Country."`
}

// Called is what came of a call.
type Called struct {
	Peer    string  `json:"peer"`
	Answers bool    `json:"answers"`
	Ahead   float64 `json:"ahead_seconds" doc:"By how much its clock is ahead of this node's."`
}

func (c *call) callPeer(in *PeerIn) (out Called, err error) {
	var p courier.Peer
	if err := c.a.d.DB.Read(c.ctx, func(tx *store.Tx) (err error) {
		p, err = courier.FindPeer(tx, in.Peer)
		return err
	}); err != nil {
		return out, err
	}
	if p.State != courier.Active || p.Cards.Last().Endpoint == "" {
		return out, problem(409, "suspended", "the peer is suspended, or has no address: it calls this node")
	}
	ahead, err := c.a.d.Courier.Call(c.ctx, p)
	return Called{p.Node, err == nil, ahead.Seconds()}, nil
}

func (c *call) card(*none) (card json.RawMessage, err error) {
	err = c.a.d.DB.Read(c.ctx, func(tx *store.Tx) error {
		own, err := courier.Cards(tx, c.a.d.Node)
		if err == nil && len(own) == 0 {
			err = web.ErrNoPage
		}
		if err != nil {
			return err
		}
		card = own.Last().Bytes()
		return nil
	})
	return card, err
}

// Agreements are those with partners.
type Agreements struct {
	Items []Agreement `json:"items"`
}

// Agreement is one of them.
type Agreement struct {
	Hash    string `json:"hash"`
	Peer    string `json:"peer"`
	ID      string `json:"id"`
	Version int    `json:"version"`
	Title   string `json:"title"`
	From    string `json:"from,omitempty"`
	Until   string `json:"until,omitempty"`
	Draft   bool   `json:"draft"`
	InForce bool   `json:"in_force"`
}

// each hands out all agreements.
func (c *call) each(yield func(tx *store.Tx, peer courier.Peer, d agreement.Document, inForce bool) error) error {
	return c.a.d.DB.Read(c.ctx, func(tx *store.Tx) error {
		peers, err := courier.Peers(tx)
		if err != nil {
			return err
		}
		for _, p := range peers {
			set, err := agreement.Load(tx, p.Node)
			if err != nil {
				return err
			}
			now, _ := set.InForce(c.a.d.Now())
			for _, d := range set.All() {
				if err := yield(tx, p, d, d.Hash() == now.Hash()); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (c *call) agreements(*none) (Agreements, error) {
	found := map[string]Agreement{} // the closure may run again
	err := c.each(func(_ *store.Tx, p courier.Peer, d agreement.Document, inForce bool) error {
		a := d.Agreement()
		title := a.Title[c.Lang()]
		if title == "" {
			title = a.Title["en"]
		}
		found[d.Hash()] = Agreement{d.Hash(), p.Node, a.ID, a.Version, title, a.From, a.Until, a.Draft, inForce}
		return nil
	})
	out := Agreements{Items: []Agreement{}}
	for _, a := range found {
		out.Items = append(out.Items, a)
	}
	slices.SortFunc(out.Items, func(a, b Agreement) int {
		switch {
		case a.From > b.From || a.From == b.From && a.Hash < b.Hash:
			return -1
		}
		return 1
	})
	return out, err
}

type hashIn struct {
	Hash string `path:"hash" maxLength:"100"`
}

// AgreementText is an agreement to be read.
type AgreementText struct {
	Hash     string          `json:"hash"`
	Peer     string          `json:"peer"`
	InForce  bool            `json:"in_force"`
	Document json.RawMessage `json:"document" doc:"With the signatures of both."`
	Quotas   []Quota         `json:"quotas"`
}

// Quota is how much of a quota a party has used today.
type Quota struct {
	Purpose string `json:"purpose"`
	Country string `json:"country"`
	Used    int    `json:"used"`
	Of      int    `json:"of"`
}

func (c *call) agreement(in *hashIn) (out AgreementText, err error) {
	err = c.each(func(tx *store.Tx, p courier.Peer, d agreement.Document, inForce bool) error {
		if d.Hash() != in.Hash {
			return nil
		}
		a := d.Agreement()
		out = AgreementText{d.Hash(), p.Node, inForce, d.Bytes(), []Quota{}}
		for _, art := range a.Articles {
			for _, purpose := range art.Purposes {
				for _, party := range a.Parties {
					of, ok := purpose.Quota[party.Country]
					if !ok {
						continue
					}
					n, err := agreement.Used(tx, d.Hash(), art.ID, purpose.Code, party.Node, c.a.d.Now())
					if err != nil {
						return err
					}
					out.Quotas = append(out.Quotas, Quota{art.ID + "/" + purpose.Code, party.Country, n, of})
				}
			}
		}
		return nil
	})
	if err == nil && out.Hash == "" {
		err = web.ErrNoPage
	}
	return out, err
}

// Compliance is how clocks were kept. It counts, and tells of nobody.
type Compliance struct {
	Items []Kept `json:"items"`
}

// Kept are the conversations of a month.
type Kept struct {
	Peer   string `json:"peer"`
	Month  string `json:"month"`
	Ours   bool   `json:"ours" doc:"This node has asked, and the peer answers."`
	Clock  string `json:"clock,omitempty" doc:"Absent where the node has answered by itself."`
	InTime int    `json:"in_time"`
	Late   int    `json:"late"`
	Open   int    `json:"open"`
	Over   int    `json:"over" doc:"Still open, and their time is over."`
}

func (c *call) compliance(*none) (Compliance, error) {
	all, err := c.a.d.Enquiries.Compliance(c.ctx, c.a.d.Now(), 1)
	out := Compliance{Items: []Kept{}}
	for _, k := range all {
		if k.Clock == "" && !k.Ours { // how many the node has answered itself, and no more
			out.Items = append(out.Items, Kept{Peer: k.Peer, Month: k.Month, InTime: k.All()})
			continue
		}
		out.Items = append(out.Items, Kept{k.Peer, k.Month, k.Ours, k.Clock, k.In, k.Late, k.Open, k.Over})
	}
	return out, err
}
