package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"mitra/node"
	"mitra/treaty/agreement"
)

type agreementCmd struct {
	Draft agreementDraftCmd `cmd:"" help:"Fill in the shipped draft for this node and a peer."`
	Sign  agreementSignCmd  `cmd:"" help:"Add this node's signature to an agreement, in its file."`
	// Countersign is what the second party calls it; the same is done.
	Countersign agreementSignCmd  `cmd:"" help:"The same, for the second party."`
	Adopt       agreementAdoptCmd `cmd:"" help:"Put an agreement in force that both have signed; each node does."`
	Show        agreementShowCmd  `cmd:"" help:"What is in force with a peer, or what a file says."`
	Check       agreementCheckCmd `cmd:"" help:"Look a file over before it is signed."`
}

type agreementDraftCmd struct {
	Peer  string `required:"" help:"Its country or node name." placeholder:"PEER"`
	Out   string `required:"" type:"file" help:"The file to make." placeholder:"A.json"`
	From  string `help:"Its first day (default today, UTC)." placeholder:"YYYY-MM-DD"`
	Until string `help:"Its last day (default a year later)." placeholder:"YYYY-MM-DD"`
}

func (c *agreementDraftCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		p, err := findPeer(e, n, c.Peer)
		if err != nil {
			return err
		}
		d, err := n.DraftAgreement(e.ctx, p, c.From, c.Until)
		if errors.Is(err, node.ErrDay) {
			return unusable("bad_date", "such as --from 2026-12-01", "--from: want a day, YYYY-MM-DD")
		}
		if err != nil {
			return err
		}
		if err := writeFile(c.Out, 0o644, func(w io.Writer) error {
			_, err := w.Write(d.Bytes())
			return err
		}); err != nil {
			return err
		}
		return e.answer(agreementOf(d), func(w io.Writer) {
			fmt.Fprintf(w, "%s holds a draft, not an agreed text: have it read, then %s agreement sign %s\n", c.Out, e.self(), c.Out)
		})
	})
}

// agreementView is an agreement as it is told.
type agreementView struct {
	ID       string              `json:"id"`
	Version  int                 `json:"version"`
	Hash     string              `json:"hash"`
	Draft    bool                `json:"draft"`
	From     string              `json:"from"`
	Until    string              `json:"until"`
	Parties  []agreement.Party   `json:"parties"`
	Articles int                 `json:"articles"`
	Warnings []agreement.Warning `json:"warnings,omitempty"`
	Content  agreement.Agreement `json:"content"`
}

func agreementOf(d agreement.Document) agreementView {
	a := d.Agreement()
	return agreementView{ID: a.ID, Version: a.Version, Hash: d.Hash(), Draft: a.Draft, From: a.From, Until: a.Until, Parties: a.Parties, Articles: len(a.Articles), Content: a}
}

func readAgreement(path string) (agreement.Document, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return agreement.Document{}, err
	}
	d, err := agreement.Parse(b)
	if err != nil {
		return d, fmt.Errorf("%s: %w", path, err)
	}
	return d, nil
}

type agreementSignCmd struct {
	File string `arg:"" type:"file" help:"The agreement."`
}

func (c *agreementSignCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		d, err := readAgreement(c.File)
		if err != nil {
			return err
		}
		party := false
		for _, p := range d.Agreement().Parties {
			party = party || p.Node == n.Name()
		}
		if !party {
			return unusable("agreement_party", "mitra agreement show FILE says whose it is", "this node is no party to the agreement")
		}
		if d, err = n.SignAgreement(e.ctx, d); err != nil {
			return err
		}
		if err := writeFile(c.File, 0o644, func(w io.Writer) error {
			_, err := w.Write(d.Bytes())
			return err
		}); err != nil {
			return err
		}
		complete := n.CompleteAgreement(e.ctx, d)
		return e.answer(agreementOf(d), func(w io.Writer) {
			if complete == nil {
				fmt.Fprintf(w, "signed by both; now each adopts it: %s agreement adopt %s, and the other party with a copy of the file\n", e.self(), c.File)
				return
			}
			fmt.Fprintf(w, "signed by this node; the file goes to the other party, which does: mitra agreement countersign %s\n", filepath.Base(c.File))
		})
	})
}

type agreementAdoptCmd struct {
	File string `arg:"" type:"file" help:"The agreement, signed by both."`
}

func (c *agreementAdoptCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		d, err := readAgreement(c.File)
		if err != nil {
			return err
		}
		p, err := n.AdoptAgreement(e.ctx, d, e.g.As, office)
		if err != nil {
			return err
		}
		return e.answer(agreementOf(d), func(w io.Writer) {
			a := d.Agreement()
			fmt.Fprintf(w, "in force with %s from %s to %s here; the peer has to adopt it too\n", p.Country, a.From, a.Until)
		})
	})
}

type agreementShowCmd struct {
	File string `arg:"" optional:"" type:"file" help:"A file; without it what is in force with --peer."`
	Peer string `help:"Its country or node name; can be left out where there is one peer." placeholder:"PEER"`
}

func (c *agreementShowCmd) Run(e *env) error {
	if c.File != "" {
		d, err := readAgreement(c.File)
		if err != nil {
			return err
		}
		return tellAgreement(e, d)
	}
	return e.with(func(n *node.Node) error {
		peer := c.Peer
		if peer == "" {
			var err error
			if peer, err = n.OnlyPeer(e.ctx); err != nil {
				return err
			}
		}
		p, err := findPeer(e, n, peer)
		if err != nil {
			return err
		}
		set, err := n.Agreements(e.ctx, p.Node)
		if err != nil {
			return err
		}
		d, ok := set.InForce(time.Now())
		if !ok {
			return &failure{Code: "no_agreement", Message: "no agreement is in force with this peer", Hint: "mitra agreement draft --peer " + p.Country + " --out A.json begins one", status: 1}
		}
		return tellAgreement(e, d)
	})
}

func tellAgreement(e *env, d agreement.Document) error {
	return e.answer(agreementOf(d), func(w io.Writer) {
		a := d.Agreement()
		fmt.Fprintf(w, "%s\n%s, version %d, from %s to %s\nhash %s\n", a.Title["en"], a.ID, a.Version, a.From, a.Until, d.Hash())
		if a.Draft {
			fmt.Fprintln(w, "DRAFT: not an agreed text")
		}
		for _, p := range a.Parties {
			fmt.Fprintf(w, "party %s  %s\n", p.Country, p.Authority)
		}
		for _, art := range a.Articles {
			fmt.Fprintf(w, "\narticle %s (area %d): %s\n", art.ID, art.Area, art.Title["en"])
			for _, p := range art.Purposes {
				fmt.Fprintf(w, "  %-22s %s; decided by %s, kept %d days\n", p.Code, p.Text["en"], p.Decides, p.Retention)
			}
		}
	})
}

type agreementCheckCmd struct {
	File string `arg:"" type:"file" help:"The agreement."`
}

func (c *agreementCheckCmd) Run(e *env) error {
	d, err := readAgreement(c.File)
	if err != nil {
		return err
	}
	v := agreementOf(d)
	v.Warnings = d.Agreement().Check()
	return e.answer(v, func(w io.Writer) {
		for _, x := range v.Warnings {
			fmt.Fprintf(w, "%s: %s\n", x.Path, x.Text)
		}
		fmt.Fprintf(w, "well formed; %s to look at\n", count(len(v.Warnings), "thing"))
	})
}
