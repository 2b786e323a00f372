package main

import (
	"fmt"
	"io"

	"mitra/node"
)

type keysCmd struct {
	Protect   keysProtectCmd   `cmd:"" help:"Put the secret files under a passphrase."`
	Unprotect keysUnprotectCmd `cmd:"" help:"Take the secret files out from under the passphrase."`
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
