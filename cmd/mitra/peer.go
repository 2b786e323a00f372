package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"mitra/node"
	"mitra/store"
	"mitra/treaty/card"
	"mitra/treaty/courier"
)

type peerCmd struct {
	Card    peerCardCmd    `cmd:"" help:"Print this node's card, for the other authority."`
	Add     peerAddCmd     `cmd:"" help:"Take in a peer by its card."`
	List    peerListCmd    `cmd:"" help:"The peers."`
	Show    peerShowCmd    `cmd:"" help:"A peer, with its cards."`
	Suspend peerSuspendCmd `cmd:"" help:"Neither write to a peer nor hear it, until it is resumed."`
	Resume  peerResumeCmd  `cmd:"" help:"Take up the exchange with a suspended peer again."`
}

type peerCardCmd struct {
	Out string `type:"file" help:"Write the card to a file instead." placeholder:"FILE"`
}

func (c *peerCardCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		s, err := n.Card(e.ctx)
		if err != nil {
			return err
		}
		if c.Out != "" {
			if err := writeFile(c.Out, 0o644, func(w io.Writer) error {
				_, err := w.Write(s.Bytes())
				return err
			}); err != nil {
				return err
			}
		}
		return e.answer(map[string]string{"card": string(s.Bytes()), "fingerprint": s.Fingerprint(), "country": s.Country, "node": s.Node}, func(w io.Writer) {
			if c.Out == "" {
				w.Write(s.Bytes())
			}
			fmt.Fprintf(e.errw, "fingerprint: %s\ngive the card to the other authority by one way, and read these words to them by another\n", s.Fingerprint())
		})
	})
}

type peerAddCmd struct {
	File        string `arg:"" type:"file" name:"card" help:"The peer's card."`
	Fingerprint string `help:"The seven words that the other authority has read out; a card that follows a known one needs none." placeholder:"WORDS"`
}

func (c *peerAddCmd) Run(e *env) error {
	b, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	s, err := card.Parse(b)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	return e.with(func(n *node.Node) error {
		var p courier.Peer
		if err := n.DB.Write(e.ctx, func(tx *store.Tx) (err error) {
			p, err = courier.AddPeer(tx, n.Name(), s, c.Fingerprint, e.g.As)
			return err
		}); errors.Is(err, courier.ErrFingerprint) && c.Fingerprint == "" {
			return unusable("fingerprint", `have the other authority read out the seven words, by another way than the card came, and give them: --fingerprint "…"`, "no fingerprint is given, and a first card is taken in by it alone")
		} else if err != nil {
			return err
		}
		if err := e.settle(n); err != nil {
			return err
		}
		return e.answer(peerOf(p), func(w io.Writer) {
			fmt.Fprintf(w, "%s (%s) is a peer; card %d\n", p.Cards.Last().Authority, p.Country, s.Serial)
		})
	})
}

// peerView is a peer as it is told.
type peerView struct {
	Node        string   `json:"node"`
	Country     string   `json:"country"`
	Authority   string   `json:"authority"`
	State       string   `json:"state"`
	Endpoint    string   `json:"endpoint"`
	Card        int      `json:"card"` // serial of the newest
	Since       string   `json:"since"`
	Fingerprint string   `json:"fingerprint"` // of the first card, by which it was taken in
	SigningKeys []string `json:"signing_keys"`
}

func peerOf(p courier.Peer) peerView {
	last := p.Cards.Last()
	v := peerView{
		Node: p.Node, Country: p.Country, Authority: last.Authority, State: p.State, Endpoint: last.Endpoint, Card: last.Serial,
		Since: time.Unix(p.Cards[0].From, 0).UTC().Format(time.RFC3339), Fingerprint: p.Cards[0].Fingerprint(), SigningKeys: []string{},
	}
	for _, k := range last.Sign {
		v.SigningKeys = append(v.SigningKeys, k.ID)
	}
	return v
}

type peerListCmd struct{}

func (c *peerListCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		views := []peerView{}
		if err := n.DB.Read(e.ctx, func(tx *store.Tx) error {
			views = views[:0]
			peers, err := courier.Peers(tx)
			for _, p := range peers {
				views = append(views, peerOf(p))
			}
			return err
		}); err != nil {
			return err
		}
		return e.answer(map[string]any{"peers": views}, func(w io.Writer) {
			if len(views) == 0 {
				fmt.Fprintf(w, "no peers; %s peer add CARD --fingerprint \"…\" takes one in\n", e.self())
			}
			for _, v := range views {
				fmt.Fprintf(w, "%s  %-9s  %s  %s\n", v.Country, v.State, v.Node, v.Authority)
			}
		})
	})
}

type peerShowCmd struct {
	Peer string `arg:"" help:"Its country or node name."`
}

func (c *peerShowCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		p, err := findPeer(e, n, c.Peer)
		if err != nil {
			return err
		}
		v := peerOf(p)
		return e.answer(v, func(w io.Writer) {
			fmt.Fprintf(w, "%s, %s\nnode        %s\nstate       %s\n", v.Authority, v.Country, v.Node, v.State)
			if v.Endpoint == "" {
				fmt.Fprintln(w, "reached at  nowhere: it fetches its letters")
			} else {
				fmt.Fprintf(w, "reached at  %s\n", v.Endpoint)
			}
			fmt.Fprintf(w, "fingerprint %s (of its first card)\n", v.Fingerprint)
			for _, s := range p.Cards {
				fmt.Fprintf(w, "card %d      from %s, signing key %s\n", s.Serial, time.Unix(s.From, 0).UTC().Format(time.RFC3339), s.Sign[0].ID)
			}
		})
	})
}

func findPeer(e *env, n *node.Node, name string) (p courier.Peer, err error) {
	err = n.DB.Read(e.ctx, func(tx *store.Tx) (err error) {
		p, err = courier.FindPeer(tx, name)
		return err
	})
	return p, err
}

type peerSuspendCmd struct {
	Peer string `arg:"" help:"Its country or node name."`
}

func (c *peerSuspendCmd) Run(e *env) error { return setPeer(e, c.Peer, courier.Suspended) }

type peerResumeCmd struct {
	Peer string `arg:"" help:"Its country or node name."`
}

func (c *peerResumeCmd) Run(e *env) error { return setPeer(e, c.Peer, courier.Active) }

func setPeer(e *env, name, state string) error {
	return e.with(func(n *node.Node) error {
		p, err := findPeer(e, n, name)
		if err != nil {
			return err
		}
		if err := n.DB.Write(e.ctx, func(tx *store.Tx) error { return courier.SetState(tx, p.Node, state, e.g.As) }); err != nil {
			return err
		}
		if err := e.settle(n); err != nil {
			return err
		}
		p.State = state
		return e.answer(peerOf(p), func(w io.Writer) { fmt.Fprintf(w, "%s is %s\n", p.Country, state) })
	})
}
