package node

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"mitra/desk/account"
	"mitra/desk/enquiry"
	"mitra/desk/guest"
	"mitra/desk/office"
	"mitra/rules"
	"mitra/store"
	"mitra/treaty/journal"
)

// offices makes the offices of a node of an earlier version: those in which its officers' accounts say that they work.
func (n *Node) offices(ctx context.Context) error {
	some := false
	if err := n.DB.Read(ctx, func(tx *store.Tx) (err error) {
		some, err = office.Any(tx)
		return err
	}); err != nil || some {
		return err
	}
	return n.DB.Write(ctx, func(tx *store.Tx) error {
		names, err := account.Offices(tx)
		if err != nil {
			return err
		}
		rows, err := office.Found(tx, names...)
		if err != nil || len(rows) == 0 {
			return err
		}
		data, err := json.Marshal(map[string]any{"rows": rows})
		if err != nil {
			return err
		}
		_, err = journal.Append(tx, journal.Event{Kind: "office-opened", Actor: "node", Data: data})
		return err
	})
}

// CloseOffice is [office.Close], where no officer works in it and nobody is referred to it.
func (n *Node) CloseOffice(ctx context.Context, name string, by account.By) error {
	return n.DB.Write(ctx, func(tx *store.Tx) error {
		return office.Close(tx, name, by.Actor, by.Office, account.Works, guest.Waits)
	})
}

// Guests is the desk that refers people to guest offices. own are the numbers of an officer's own documents; it may be nil.
func (n *Node) Guests(own func(officer string) []string, log *slog.Logger) *guest.Desk {
	return &guest.Desk{DB: n.DB, Now: time.Now, Log: log, Own: own, Told: func(tx *store.Tx, entries []string) (told rules.Protection, err error) {
		views, err := enquiry.ViewsAbout(tx, entries)
		for _, v := range views {
			told |= v.View
		}
		return told, err
	}}
}
