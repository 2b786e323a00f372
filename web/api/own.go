package api

import (
	"time"

	"mitra/desk/account"
	"mitra/store"
	"mitra/web"
)

// own is what a program finds out of itself.
func (a *API) own() {
	add(a, operation{id: "me", method: "GET", path: "/v1/me", right: account.Own, tagged: true, says: "Who the token acts for, and what it may."}, (*call).me)
	add(a, operation{id: "revoke-own-token", method: "POST", path: "/v1/me/token/revoke", right: account.Own, changes: true, says: "Ends the token that is used."}, (*call).revokeSelf)
}

// Me is who a token acts for.
type Me struct {
	Account    string    `json:"account"`
	Name       string    `json:"name"`
	Office     string    `json:"office"`
	Roles      []string  `json:"roles"`
	Rights     []string  `json:"rights" doc:"Those that the token has and its account too."`
	Protection bool      `json:"protection" doc:"Whether protection is shown."`
	Token      string    `json:"token" doc:"Its id."`
	TokenName  string    `json:"token_name"`
	Expires    time.Time `json:"expires"`
	Country    string    `json:"country"`
	Node       string    `json:"node"`
	Synthetic  bool      `json:"synthetic" doc:"Everybody in the node is made up."`
	Purposes   []string  `json:"purposes" doc:"What people can be looked at for."`
}

func (c *call) me(*none) (Me, error) {
	who := c.Who()
	m := Me{Account: who.ID, Name: who.Name, Office: who.Office, Roles: rolesOf(who), Rights: []string{}, Protection: who.May(account.SeeProtection), Token: c.token.ID,
		TokenName: c.token.Name, Expires: c.token.Expires, Country: c.a.d.Country, Node: c.a.d.Node, Synthetic: c.a.d.Synthetic, Purposes: web.Purposes()}
	for _, r := range account.AllRights() {
		if who.May(r) {
			m.Rights = append(m.Rights, r.String())
		}
	}
	return m, nil
}

// Named is the id of what was done something with.
type Named struct {
	ID string `json:"id"`
}

func (c *call) revokeSelf(*none) (Named, error) {
	return Named{c.token.ID}, c.a.d.DB.Write(c.ctx, func(tx *store.Tx) error { return account.Revoke(tx, c.token.Account, c.token.ID, c.By()) })
}

func rolesOf(a account.Account) []string {
	out := []string{}
	for _, r := range a.Roles {
		out = append(out, string(r))
	}
	return out
}
