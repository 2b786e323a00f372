package api

import (
	"time"

	"mitra/desk/account"
	"mitra/desk/office"
	"mitra/store"
)

// offices are those of the node, and of other agencies that are its guests.
func (a *API) offices() {
	add(a, operation{id: "list-offices", method: "GET", path: "/v1/offices", right: account.SeeAccounts, tagged: true, says: "All offices, those that are closed too."}, (*call).offices)
	add(a, operation{id: "open-office", method: "POST", path: "/v1/offices", right: account.ChangeAccount, changes: true, status: 201, says: "Opens an office."}, (*call).openOffice)
	add(a, operation{id: "close-office", method: "POST", path: "/v1/offices/close", right: account.ChangeAccount, changes: true, says: "Closes an office in which nobody works any more."}, (*call).closeOffice)
}

// Offices are all of them.
type Offices struct {
	Items []Office `json:"items"`
}

// Office is one.
type Office struct {
	Name     string    `json:"name"`
	Kind     string    `json:"kind"`
	Agency   string    `json:"agency,omitempty" doc:"Of a guest office."`
	Opened   time.Time `json:"opened"`
	Closed   time.Time `json:"closed,omitzero"`
	Officers []string  `json:"officers" doc:"Accounts that may sign in."`
}

func (c *call) offices(*none) (out Offices, err error) {
	err = c.a.d.DB.Read(c.ctx, func(tx *store.Tx) error {
		out.Items = []Office{}
		units, err := office.Units(tx)
		if err != nil {
			return err
		}
		officers, err := account.All(tx)
		for _, u := range units {
			one := Office{u.Name, string(u.Kind), string(u.Agency), u.Opened, u.Closed, []string{}}
			for _, o := range officers {
				if o.Office == u.Name && !o.Disabled {
					one.Officers = append(one.Officers, o.ID)
				}
			}
			out.Items = append(out.Items, one)
		}
		return err
	})
	return out, err
}

type openOfficeIn struct {
	Body struct {
		Name   string `json:"name" minLength:"1" maxLength:"100"`
		Kind   string `json:"kind" maxLength:"40" doc:"Such as headquarters, airport, embassy or guest."`
		Agency string `json:"agency,omitempty" maxLength:"40" doc:"Of a guest office."`
	}
}

// OfficeName names an office.
type OfficeName struct {
	Name string `json:"name" minLength:"1" maxLength:"100"`
}

func (c *call) openOffice(in *openOfficeIn) (OfficeName, error) {
	b := in.Body
	return OfficeName{b.Name}, c.OpenOffice(c.ctx, office.Unit{Name: b.Name, Kind: office.Kind(b.Kind), Agency: office.Agency(b.Agency)})
}

type closeOfficeIn struct {
	Body OfficeName
}

func (c *call) closeOffice(in *closeOfficeIn) (OfficeName, error) {
	return in.Body, c.CloseOffice(c.ctx, in.Body.Name)
}
