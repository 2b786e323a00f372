package demo

import (
	"context"

	"mitra/desk/account"
	"mitra/node"
	"mitra/store"
)

// officers makes an account for each role at a node, and a second one where two of a role have to agree, and returns their names. Nobody knows their passwords: at the demo's desks one
// chooses who one is.
func officers(ctx context.Context, n *node.Node) (ids []string, err error) {
	by := account.By{Actor: "demo", Office: "headquarters"}
	for i, role := range append(account.Roles(), account.Auditor, account.Administrator) {
		id := string(role)
		if i >= len(account.Roles()) {
			id += "-2"
		}
		a := account.Account{
			ID: id, Name: "Officer " + string(rune('A'+i)), Office: "headquarters", Roles: []account.Role{role},
			Protection: role == account.Supervisor,
		}
		hash, err := account.Hash(store.NewID(), a.ID)
		if err != nil {
			return nil, err
		}
		if err := n.DB.Write(ctx, func(tx *store.Tx) error {
			if err := account.Make(tx, a, hash, by); err != nil {
				return err
			}
			return account.SetPassword(tx, a.ID, hash, account.By{Actor: a.ID, Office: by.Office}) // so that none has to be chosen
		}); err != nil {
			return nil, err
		}
		ids = append(ids, a.ID)
	}
	return ids, n.Settle(ctx)
}
