package web

import (
	"context"
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
	if !v.s.examining.TryLock() {
		body.Busy = true
		return v.showAs(http.StatusConflict, "node", "desk.node", body)
	}
	defer v.s.examining.Unlock()
	v.patient()
	ctx, cancel := context.WithTimeout(v.ctx(), examineTime)
	defer cancel()
	all := v.s.Examine(ctx)
	for _, ok := range []bool{false, true} {
		for _, c := range all {
			if c.OK == ok {
				body.Checks = append(body.Checks, c)
			}
			if !ok && !c.OK {
				body.Wrong++
			}
		}
	}
	body.Looked = true
	if err := v.leave(kindExamined, map[string]any{"wrong": body.Wrong}); err != nil {
		return err
	}
	return v.show("node", "desk.node", body)
}
