package api

import "mitra/desk/account"

// node is how the node is, for those who run it.
func (a *API) node() {
	add(a, operation{id: "examine-node", method: "POST", path: "/v1/node/examine", right: account.SeeNode, says: "Looks how the node is: what is wrong comes first, with how to mend it. Partners are called."}, (*call).examine)
}

// Examined is what was found.
type Examined struct {
	OK     bool    `json:"ok"`
	Checks []Check `json:"checks"`
}

// Check is what was looked at.
type Check struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	Says string `json:"says,omitempty"`
	Mend string `json:"mend,omitempty"`
}

func (c *call) examine(*none) (Examined, error) {
	out := Examined{true, []Check{}}
	c.a.s.Patient(c.w)
	all, err := c.Examine(c.ctx)
	for _, x := range all {
		out.OK = out.OK && x.OK
		out.Checks = append(out.Checks, Check{x.What, x.OK, x.Says, x.Mend})
	}
	return out, err
}
