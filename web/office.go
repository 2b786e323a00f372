package web

import (
	"errors"
	"net/http"

	"mitra/desk/account"
	"mitra/desk/office"
	"mitra/store"
)

// officePages are the offices of the node, and those of other agencies that are its guests.
func (s *Server) officePages() []page {
	return []page{
		{method: "GET", path: "/offices", right: account.SeeAccounts, do: (*visit).officesForm},
		{method: "POST", path: "/offices", right: account.ChangeAccount, do: (*visit).openOffice},
		{method: "POST", path: "/offices/close", right: account.ChangeAccount, do: (*visit).closeOffice},
	}
}

// officesPage are all offices, with who works there, and the rota as it is in force.
type officesPage struct {
	Units    []unitPart
	Kinds    []office.Kind
	Agencies []office.Agency
	Rota     []rotaPart
	Ruled    bool // there is a rota

	Typed office.Unit
	Wrong string // key of what is wrong
}

// unitPart is an office with its officers.
type unitPart struct {
	office.Unit
	Officers []officerPart
	Main     bool // it cannot be closed
}

type officerPart struct {
	account.Account
	Deputies []string // by the rota
}

// rotaPart is an office of the rota: who is told now, and who at the end of a clock.
type rotaPart struct {
	Name        string
	Clocks      []string
	Told        []string
	Supervisors []string
}

func (v *visit) officesForm() error { return v.showOffices(http.StatusOK, office.Unit{}, "") }

func (v *visit) showOffices(code int, typed office.Unit, wrong string) error {
	body := officesPage{Kinds: office.Kinds(), Agencies: office.Agencies(), Typed: typed, Wrong: wrong}
	rota := v.s.Rota()
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
		body.Units = nil
		units, err := office.Units(tx)
		if err != nil {
			return err
		}
		officers, err := account.All(tx)
		for _, u := range units {
			part := unitPart{Unit: u, Main: u.Name == office.First}
			for _, a := range officers {
				if a.Office == u.Name && !a.Disabled {
					part.Officers = append(part.Officers, officerPart{a, rota.Deputies(a.ID)})
				}
			}
			body.Units = append(body.Units, part)
		}
		return err
	}); err != nil {
		return err
	}
	if rota != nil {
		body.Ruled = true
		for i := range rota.Offices {
			o := &rota.Offices[i]
			body.Rota = append(body.Rota, rotaPart{o.Name, o.Clocks, rota.Called(o, office.Half, v.s.Now()), o.Supervisors})
		}
	}
	return v.showAs(code, "offices", "desk.offices", body)
}

func (v *visit) openOffice() error {
	u := office.Unit{Name: v.form("name"), Kind: office.Kind(v.form("kind")), Agency: office.Agency(v.form("agency"))}
	err := v.OpenOffice(v.ctx(), u)
	switch {
	case errors.Is(err, office.ErrUnit):
		return v.showOffices(http.StatusUnprocessableEntity, u, "office.wrong")
	case errors.Is(err, office.ErrTaken):
		return v.showOffices(http.StatusConflict, u, "office.taken")
	case err != nil:
		return err
	}
	v.tell("office.opened")
	return v.to("/offices")
}

func (v *visit) closeOffice() error {
	err := v.CloseOffice(v.ctx(), v.form("name"))
	switch {
	case errors.Is(err, office.ErrUsed):
		return v.showOffices(http.StatusConflict, office.Unit{}, "office.used")
	case errors.Is(err, office.ErrUnknown):
		return errNoPage
	case err != nil:
		return err
	}
	v.tell("office.closed_told")
	return v.to("/offices")
}
