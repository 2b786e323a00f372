package main

import (
	"context"
	"errors"
	"os"

	"mitra/desk/registry"
	"mitra/node"
)

// office is where the command line acts: every node has its headquarters.
const office = "headquarters"

// open opens the node and clears what a killed import left behind.
func (e *env) open() (*node.Node, error) {
	n, err := node.Open(e.ctx, node.Home(e.home()), os.Getenv("MITRA_DB"), e.passphrase())
	if err != nil {
		return nil, err
	}
	if err := registry.ClearDead(e.ctx, n.DB); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

// self is how the user calls the program on this node.
func (e *env) self() string {
	if e.g.Home != "" {
		return "mitra --home " + e.g.Home
	}
	return "mitra"
}

// with runs f on the open node, once every event of the past has its place in
// the journal: a journal that is not what it was stops a command before it has
// done anything. f calls settle after what it did, and before it tells.
func (e *env) with(f func(n *node.Node) error) (err error) {
	n, err := e.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if err := n.Settle(e.ctx); err != nil {
		return err
	}
	return f(n)
}

// settle gives the events of the command their places in the journal. What is
// done is done: an interruption comes too late here.
func (e *env) settle(n *node.Node) error {
	if err := n.Settle(context.WithoutCancel(e.ctx)); err != nil {
		return &kept{err, "what was done is kept, and its event takes its place in the journal with the next command"}
	}
	return nil
}
