package demo

import (
	"context"
	"log/slog"
	"time"

	"mitra/desk/account"
	"mitra/desk/guest"
	offices "mitra/desk/office"
	"mitra/desk/registry"
	"mitra/node"
	"mitra/store"
)

// visitors are the guest office of a node's demo, and who was referred to it this morning.
type visitors struct {
	offices.Unit
	noun            registry.Noun
	person          string // id in the register; empty: nobody
	purpose, reason string
}

// officers makes an account for each role at a node, and a second one where two of a role have to agree, and returns their names.
// Nobody knows their passwords: at the demo's desks one chooses who one is. The guest is an officer of a guest office, to which
// somebody is referred.
func officers(ctx context.Context, n *node.Node, guests visitors) (ids []string, err error) {
	by := account.By{Actor: "demo", Office: offices.First}
	if err := n.DB.Write(ctx, func(tx *store.Tx) error { return offices.Open(tx, guests.Unit, by.Actor, by.Office) }); err != nil {
		return nil, err
	}
	for i, role := range append(account.Roles(), account.Supervisor, account.Auditor, account.Administrator) {
		id := string(role)
		if i >= len(account.Roles()) {
			id += "-2"
		}
		a := account.Account{
			ID: id, Name: "Officer " + string(rune('A'+i)), Office: offices.First, Roles: []account.Role{role},
			Protection: role == account.Supervisor,
		}
		if role == account.Guest {
			a.Office = guests.Name
		}
		hash, err := account.Hash(store.NewID(), a.ID)
		if err != nil {
			return nil, err
		}
		if err := n.DB.Write(ctx, func(tx *store.Tx) error {
			if err := account.Make(tx, a, hash, by); err != nil {
				return err
			}
			return account.SetPassword(tx, a.ID, hash, account.By{Actor: a.ID, Office: a.Office}) // so that none has to be chosen
		}); err != nil {
			return nil, err
		}
		ids = append(ids, a.ID)
	}
	if guests.person != "" {
		if err := guests.refer(ctx, n); err != nil {
			return nil, err
		}
	}
	return ids, n.Settle(ctx)
}

// refer has the supervisor hand the name of somebody, and how to find the papers, to the guest office.
func (g visitors) refer(ctx context.Context, n *node.Node) error {
	r, err := n.RecordOf(ctx, g.noun, g.person)
	if err != nil {
		return err
	}
	what := guest.Referral{
		Office: g.Name, Purpose: g.purpose, Basis: guest.Consent, Ground: "SYNTHETIC: asked for it at the counter, and signed", Reason: "SYNTHETIC: " + g.reason,
		Until: time.Now().AddDate(0, 0, 30),
	}
	for _, f := range []registry.Field{registry.FullName, registry.GivenName, registry.Surname, registry.PassportNo} {
		if r.Get(f) != "" {
			what.Fields = append(what.Fields, guest.Field{Entry: r.Entry, Column: f.String()})
		}
	}
	_, _, err = n.Guests(nil, slog.New(slog.DiscardHandler)).Refer(ctx, []string{r.Entry}, what, guest.Officer{ID: string(account.Supervisor), Office: offices.First, Protection: true})
	return err
}
