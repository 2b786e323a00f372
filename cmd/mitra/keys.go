package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"mitra/node"
	"mitra/treaty/card"
)

type keysCmd struct {
	Protect   keysProtectCmd   `cmd:"" help:"Put the secret files under a passphrase."`
	Unprotect keysUnprotectCmd `cmd:"" help:"Take the secret files out from under the passphrase."`
	Exchange  keysExchangeCmd  `cmd:"" help:"Give a node of an earlier version its keys for the exchange."`
	List      keysListCmd      `cmd:"" help:"This node's keys by their ids, as keys revoke takes them."`
	Card      keysCardCmd      `cmd:"" help:"Make the next card, after a change of mitra.toml."`
	Rotate    keysRotateCmd    `cmd:"" help:"Sign and seal with new keys from now on; the next card tells the peers."`
	Revoke    keysRevokeCmd    `cmd:"" help:"Declare a key invalid from now on, with the next card."`
}

type keysExchangeCmd struct{}

func (c *keysExchangeCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		if err := n.MakeExchange(e.ctx, e.g.As); err != nil {
			return err
		}
		s, err := n.Card(e.ctx)
		if err != nil {
			return err
		}
		return e.answer(ofCard(s), func(w io.Writer) {
			fmt.Fprintf(w, "card %d holds; %s peer card prints it for the other authority\n", s.Serial, e.self())
		})
	})
}

func ofCard(s card.Signed) map[string]any {
	return map[string]any{"card": s.Serial, "fingerprint": s.Fingerprint(), "from": s.From}
}

type keysListCmd struct{}

// keyView is a key of the node as it is told.
type keyView struct {
	ID  string `json:"id"`
	Use string `json:"use"` // signs, next, seals, opens or revoked
	At  string `json:"at,omitempty"`
}

// uses are in words what keys are for.
var uses = map[string]string{
	"signs": "signs letters", "next": "signs after the next keys rotate", "seals": "peers seal letters for it", "opens": "opens letters that were sealed before",
	"revoked": "revoked",
}

func (c *keysListCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		s, err := n.Card(e.ctx)
		if err != nil {
			return err
		}
		views := []keyView{}
		for i, k := range s.Sign {
			views = append(views, keyView{ID: k.ID, Use: []string{"signs", "next"}[i]})
		}
		for i, k := range s.Seal {
			views = append(views, keyView{ID: k.ID, Use: []string{"seals", "opens"}[min(i, 1)]})
		}
		for _, r := range s.Revoked {
			views = append(views, keyView{ID: r.ID, Use: "revoked", At: time.Unix(r.At, 0).UTC().Format(time.RFC3339)})
		}
		return e.answer(map[string]any{"card": s.Serial, "keys": views}, func(w io.Writer) {
			for _, v := range views {
				fmt.Fprintln(w, strings.TrimSpace(v.ID+"  "+uses[v.Use]+" "+v.At))
			}
		})
	})
}

type keysCardCmd struct{}

func (c *keysCardCmd) Run(e *env) error { return renewCard(e, nil) }

func renewCard(e *env, change func(card.Keys) (card.Keys, []string, error)) error {
	return e.with(func(n *node.Node) error {
		s, err := n.RenewCard(e.ctx, e.g.As, change)
		if err != nil {
			return err
		}
		return e.answer(ofCard(s), func(w io.Writer) {
			fmt.Fprintf(w, "card %d holds from %s; the peers get it by a letter, or with the next courier export\n", s.Serial, time.Unix(s.From, 0).UTC().Format(time.RFC3339))
			if change != nil {
				fmt.Fprintf(w, "make a backup now: a node that is restored from an earlier one has the old keys, which no peer takes any more\n")
			}
		})
	})
}

type keysRotateCmd struct{}

func (c *keysRotateCmd) Run(e *env) error {
	return renewCard(e, func(k card.Keys) (card.Keys, []string, error) {
		k, err := k.RotateSign().RotateSeal()
		return k, nil, err
	})
}

type keysRevokeCmd struct {
	Key string `arg:"" help:"The key's id, as mitra keys list has it."`
}

func (c *keysRevokeCmd) Run(e *env) error {
	return renewCard(e, func(k card.Keys) (card.Keys, []string, error) {
		k, err := k.Revoke(c.Key)
		return k, []string{c.Key}, err
	})
}

type keysProtectCmd struct{}

func (c *keysProtectCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		changed, err := n.ProtectKeys(e.ctx, e.g.As)
		if err != nil {
			return err
		}
		return e.answer(map[string]int{"protected": changed}, func(w io.Writer) {
			if changed == 0 {
				fmt.Fprintln(w, "every secret file is under the passphrase already")
				return
			}
			fmt.Fprintf(w, "%s put under the passphrase; without it nobody can use the node: keep it in a safe place outside this machine\n", count(changed, "secret file"))
		})
	})
}

type keysUnprotectCmd struct{}

func (c *keysUnprotectCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		changed, err := n.UnprotectKeys(e.ctx, e.g.As)
		if err != nil {
			return err
		}
		return e.answer(map[string]int{"unprotected": changed}, func(w io.Writer) {
			if changed == 0 {
				fmt.Fprintln(w, "no secret file is under a passphrase")
				return
			}
			fmt.Fprintf(w, "%s can be read without the passphrase now\n", count(changed, "secret file"))
		})
	})
}
