package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"mitra/desk/account"
	"mitra/node"
	"mitra/store"
)

type officerCmd struct {
	Add      officerAddCmd      `cmd:"" help:"Make an account for an officer, who can then sign in at the desk in a browser."`
	List     officerListCmd     `cmd:"" help:"The officers who have an account."`
	Password officerPasswordCmd `cmd:"" help:"Give an officer a password for one sign-in; their sessions end, and their passkeys are taken away."`
	Disable  officerDisableCmd  `cmd:"" help:"Let an officer sign in no more, and end their sessions."`
	Enable   officerEnableCmd   `cmd:"" help:"Let an officer sign in again."`
}

type officerAddCmd struct {
	ID         string   `arg:"" name:"NAME" help:"The name to sign in with; the officer's id in rota.toml, if there is one."`
	FullName   string   `name:"name" required:"" placeholder:"TEXT" help:"The officer's name, as colleagues read it."`
	Office     string   `default:"headquarters" placeholder:"OFFICE" help:"The officer's office, one of mitra office list (default: headquarters)."`
	Role       []string `required:"" placeholder:"ROLE,…" help:"What the officer works as: registry, liaison, supervisor, analyst, auditor, administrator; guest, in a guest office."`
	Protection bool     `help:"The officer may see protection."`
}

// Help stands under mitra officer add --help.
func (officerAddCmd) Help() string {
	return `Such as

    mitra officer add sari --name "Sari" --role administrator
    mitra officer add dara --name "Dara" --office embassy --role liaison

It prints a password that holds for one sign-in; the officer then chooses their own. Later accounts can be made at the desk in the browser.`
}

func (e *env) by() account.By { return account.By{Actor: e.g.As, Office: office} }

func (c *officerAddCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		a := account.Account{ID: c.ID, Name: c.FullName, Office: c.Office, Protection: c.Protection}
		for _, r := range c.Role {
			a.Roles = append(a.Roles, account.Role(r))
		}
		password := account.Once()
		hash, err := account.Hash(password, c.ID)
		if err != nil {
			return err
		}
		if err := n.DB.Write(e.ctx, func(tx *store.Tx) error { return account.Make(tx, a, hash, e.by()) }); err != nil {
			return err
		}
		if err := e.settle(n); err != nil {
			return err
		}
		return e.answer(map[string]string{"officer": c.ID, "password": password}, func(w io.Writer) {
			fmt.Fprintf(w, "made: %s\n  password for one sign-in: %s\n  the desk is at %s\n", c.ID, password, n.DeskURL())
		})
	})
}

type officerListCmd struct{}

func (c *officerListCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		type line struct {
			Officer    string         `json:"officer"`
			Name       string         `json:"name"`
			Office     string         `json:"office"`
			Roles      []account.Role `json:"roles"`
			Protection bool           `json:"protection"`
			Disabled   bool           `json:"disabled"`
		}
		lines := []line{}
		if err := n.DB.Read(e.ctx, func(tx *store.Tx) error {
			all, err := account.All(tx)
			for _, a := range all {
				lines = append(lines, line{a.ID, a.Name, a.Office, a.Roles, a.Protection, a.Disabled})
			}
			return err
		}); err != nil {
			return err
		}
		return e.answer(map[string]any{"officers": lines}, func(w io.Writer) {
			for _, l := range lines {
				more := ""
				if l.Protection {
					more += ", may see protection"
				}
				if l.Disabled {
					more += ", DISABLED"
				}
				fmt.Fprintf(w, "%-16s %s, %s: %s%s\n", l.Officer, l.Name, l.Office, roles(l.Roles), more)
			}
			if len(lines) == 0 {
				fmt.Fprintf(w, "No officer: nobody can sign in. The first: %s officer add NAME --name \"…\" --role administrator\n", e.self())
			}
		})
	})
}

func roles(all []account.Role) string {
	var names []string
	for _, r := range all {
		names = append(names, string(r))
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

type officerPasswordCmd struct {
	ID string `arg:"" name:"NAME" help:"The officer."`
}

func (c *officerPasswordCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		password := account.Once()
		hash, err := account.Hash(password, c.ID)
		if err != nil {
			return err
		}
		if err := n.DB.Write(e.ctx, func(tx *store.Tx) error {
			return account.SetPassword(tx, c.ID, hash, account.By{Actor: "command:" + e.g.As, Office: office})
		}); err != nil {
			return err
		}
		if err := e.settle(n); err != nil {
			return err
		}
		return e.answer(map[string]string{"officer": c.ID, "password": password}, func(w io.Writer) {
			fmt.Fprintf(w, "password for one sign-in: %s\n", password)
		})
	})
}

type officerDisableCmd struct {
	ID string `arg:"" name:"NAME" help:"The officer."`
}

func (c *officerDisableCmd) Run(e *env) error { return e.able(c.ID, true) }

type officerEnableCmd struct {
	ID string `arg:"" name:"NAME" help:"The officer."`
}

func (c *officerEnableCmd) Run(e *env) error { return e.able(c.ID, false) }

func (e *env) able(id string, disabled bool) error {
	return e.with(func(n *node.Node) error {
		if err := n.DB.Write(e.ctx, func(tx *store.Tx) error {
			a, err := account.Find(tx, id)
			if err != nil {
				return err
			}
			a.Disabled = disabled
			return account.Change(tx, a, e.by())
		}); err != nil {
			return err
		}
		if err := e.settle(n); err != nil {
			return err
		}
		says := map[bool]string{true: "may no longer sign in", false: "may sign in"}[disabled]
		return e.answer(map[string]any{"officer": id, "disabled": disabled}, func(w io.Writer) { fmt.Fprintf(w, "%s %s\n", id, says) })
	})
}
