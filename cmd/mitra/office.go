package main

import (
	"fmt"
	"io"

	offices "mitra/desk/office"
	"mitra/node"
	"mitra/store"
)

type officeCmd struct {
	Add   officeAddCmd   `cmd:"" help:"Open an office, in which officers can then have accounts."`
	List  officeListCmd  `cmd:"" help:"The offices of the node."`
	Close officeCloseCmd `cmd:"" help:"Close an office in which no officer works any more."`
}

type officeAddCmd struct {
	Name   string `arg:"" name:"NAME" help:"The name of the office. It never changes; events have it."`
	Kind   string `required:"" placeholder:"KIND" help:"What it is: headquarters, airport, embassy, or guest for an office of another agency."`
	Agency string `placeholder:"AGENCY" help:"Whose a guest office is: police, labour, social, migrant_protection."`
}

// Help stands under mitra office add --help.
func (officeAddCmd) Help() string {
	return `Such as

    mitra office add "Embassy in Phnom Penh" --kind embassy
    mitra office add "Ministry of Labour" --kind guest --agency labour

Officers of a guest office have the role guest and see what supervisors referred to their office, until it is withdrawn or expires. An office that was closed is opened again.`
}

func (c *officeAddCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		u := offices.Unit{Name: c.Name, Kind: offices.Kind(c.Kind), Agency: offices.Agency(c.Agency)}
		if err := n.DB.Write(e.ctx, func(tx *store.Tx) error { return offices.Open(tx, u, e.g.As, office) }); err != nil {
			return err
		}
		if err := e.settle(n); err != nil {
			return err
		}
		return e.answer(map[string]string{"office": c.Name, "kind": c.Kind, "agency": c.Agency}, func(w io.Writer) { fmt.Fprintf(w, "open: %s\n", c.Name) })
	})
}

type officeListCmd struct{}

func (c *officeListCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		type line struct {
			Office string         `json:"office"`
			Kind   offices.Kind   `json:"kind"`
			Agency offices.Agency `json:"agency,omitempty"`
			Closed bool           `json:"closed"`
		}
		lines := []line{}
		if err := n.DB.Read(e.ctx, func(tx *store.Tx) error {
			lines = lines[:0]
			all, err := offices.Units(tx)
			for _, u := range all {
				lines = append(lines, line{u.Name, u.Kind, u.Agency, !u.Closed.IsZero()})
			}
			return err
		}); err != nil {
			return err
		}
		return e.answer(map[string]any{"offices": lines}, func(w io.Writer) {
			for _, l := range lines {
				what := string(l.Kind)
				if l.Agency != "" {
					what += " of " + string(l.Agency)
				}
				if l.Closed {
					what += ", CLOSED"
				}
				fmt.Fprintf(w, "%-24s %s\n", l.Office, what)
			}
		})
	})
}

type officeCloseCmd struct {
	Name string `arg:"" name:"NAME" help:"The office."`
}

func (c *officeCloseCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		if err := n.CloseOffice(e.ctx, c.Name, e.by()); err != nil {
			return err
		}
		if err := e.settle(n); err != nil {
			return err
		}
		return e.answer(map[string]any{"office": c.Name, "closed": true}, func(w io.Writer) { fmt.Fprintf(w, "closed: %s\n", c.Name) })
	})
}
