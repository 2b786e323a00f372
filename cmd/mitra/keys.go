package main

import (
	"fmt"
	"io"

	"mitra/node"
	"mitra/treaty/card"
)

type keysCmd struct {
	Protect   keysProtectCmd   `cmd:"" help:"Put the secret files under a passphrase."`
	Unprotect keysUnprotectCmd `cmd:"" help:"Take the secret files out from under the passphrase."`
	Exchange  keysExchangeCmd  `cmd:"" help:"Give a node of an earlier version its keys for the exchange."`
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
		return e.tellCard(s)
	})
}

// tellCard says that there is a new card.
func (e *env) tellCard(s card.Signed) error {
	return e.answer(map[string]any{"card": s.Serial, "fingerprint": s.Fingerprint(), "from": s.From}, func(w io.Writer) {
		fmt.Fprintf(w, "card %d holds; %s peer card prints it for the other authority\n", s.Serial, e.self())
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
		return e.tellCard(s)
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
	Key string `arg:"" help:"The key's id, as peer show and the card have it."`
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
