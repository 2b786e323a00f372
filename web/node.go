package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"mitra/desk/account"
)

// nodePages are how the node is, for those who run it. Keys, backups and settings are not changed here.
func (s *Server) nodePages() []page {
	return []page{
		{method: "GET", path: "/node", right: account.SeeNode, do: (*visit).node},
		{method: "POST", path: "/node", right: account.SeeNode, do: (*visit).examineNode},
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
}

// kindExamined is the event of examining the node.
const kindExamined = "node-examined"

// examineTime is how long that takes at most: partners are called.
const examineTime = time.Minute

func (v *visit) node() error { return v.show("node", "desk.node", nodePage{Node: v.s.Node}) }

func (v *visit) examineNode() error {
	body := nodePage{Node: v.s.Node}
	v.patient()
	all, err := v.Examine(v.ctx())
	if errors.Is(err, ErrExamining) {
		body.Busy = true
		return v.showAs(http.StatusConflict, "node", "desk.node", body)
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
	return v.show("node", "desk.node", body)
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
