package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"mitra/desk/account"
)

// nodePages are how the node is, and its backups, for those who run it. Keys and settings are not changed here, nor is said for whom
// backups are.
func (s *Server) nodePages() []page {
	return []page{
		{method: "GET", path: "/node", right: account.SeeNode, do: (*visit).node},
		{method: "POST", path: "/node", right: account.SeeNode, do: (*visit).examineNode},
		{method: "POST", path: "/node/backups", right: account.BackUp, do: (*visit).backUp},
	}
}

// A Check is what was looked at of the node, what was found, and how to mend it.
type Check struct {
	What       string
	OK         bool
	Says, Mend string
}

// nodePage is what was found, if anything was looked at.
type nodePage struct {
	Node   string
	Looked bool
	Wrong  int
	Checks []Check // those with which something is wrong first
	Busy   bool

	Backups
	Wait bool // a backup is being made, and another was asked for
}

// kindExamined is the event of examining the node.
const kindExamined = "node-examined"

// examineTime is how long that takes at most: partners are called.
const examineTime = time.Minute

func (v *visit) node() error { return v.showNode(http.StatusOK, nodePage{}) }

func (v *visit) showNode(code int, body nodePage) (err error) {
	body.Node = v.s.Node
	if body.Backups, err = v.Backups(v.ctx()); err != nil {
		return err
	}
	return v.showAs(code, "node", "desk.node", body)
}

// Bytes is how large a file is.
func (v view) Bytes(n int64) string { return v.size(n) }

// backUp has a backup made, and does not wait for it.
func (v *visit) backUp() error {
	switch _, err := v.BackUp(); {
	case errors.Is(err, ErrBackingUp):
		return v.showNode(http.StatusConflict, nodePage{Wait: true})
	case errors.Is(err, ErrNoBackups):
		return v.showNode(http.StatusConflict, nodePage{}) // it says how that is changed
	case err != nil:
		return err
	}
	return v.to("/node#backup")
}

func (v *visit) examineNode() error {
	var body nodePage
	v.patient()
	all, err := v.Examine(v.ctx())
	if errors.Is(err, ErrExamining) {
		body.Busy = true
		return v.showNode(http.StatusConflict, body)
	} else if err != nil {
		return err
	}
	body.Checks = all
	for _, c := range all {
		if !c.OK {
			body.Wrong++
		}
	}
	body.Looked = true
	return v.showNode(http.StatusOK, body)
}

// ErrExamining: the node is examined once at a time, since partners are called.
var ErrExamining = errors.New("the node is being examined")

// Examine looks how the node is, with an event: what is wrong comes first. The error may be [ErrExamining].
func (a Acting) Examine(ctx context.Context) (checks []Check, err error) {
	if !a.s.examining.TryLock() {
		return nil, ErrExamining
	}
	defer a.s.examining.Unlock()
	within, cancel := context.WithTimeout(ctx, examineTime)
	defer cancel()
	all, wrong := a.s.Examine(within), 0
	for _, ok := range []bool{false, true} {
		for _, c := range all {
			if c.OK == ok {
				checks = append(checks, c)
			}
			if !ok && !c.OK {
				wrong++
			}
		}
	}
	return checks, a.event(ctx, kindExamined, a.purpose(), nil, map[string]any{"wrong": wrong})
}
