package account_test

import (
	"slices"
	"testing"

	"mitra/desk/account"
)

// What takes two administrators, and what one.
func TestTakesTwo(t *testing.T) {
	is := func(f func(a *account.Account), roles ...account.Role) account.Account {
		a := account.Account{ID: "dara", Name: "Dara", Office: "hq", Roles: roles}
		if f != nil {
			f(&a)
		}
		return a
	}
	disabled := func(a *account.Account) { a.Disabled = true }
	for what, c := range map[string]struct {
		was, is account.Account
		want    bool
	}{
		"a new analyst":                        {account.Account{}, is(nil, account.Analyst), false},
		"a new auditor":                        {account.Account{}, is(nil, account.Auditor), true},
		"a new administrator":                  {account.Account{}, is(nil, account.Administrator), true},
		"an analyst with protection":           {account.Account{}, is(func(a *account.Account) { a.Protection = true }, account.Analyst), false},
		"an analyst becomes a liaison":         {is(nil, account.Analyst), is(nil, account.Liaison), true},
		"a liaison becomes an analyst":         {is(nil, account.Liaison), is(nil, account.Analyst), false},
		"a liaison also supervises":            {is(nil, account.Liaison), is(nil, account.Liaison, account.Supervisor), true},
		"a supervisor loads no list":           {is(nil, account.Supervisor, account.Registry), is(nil, account.Supervisor), false},
		"protection is given":                  {is(nil, account.Liaison), is(func(a *account.Account) { a.Protection = true }, account.Liaison), true},
		"protection is taken":                  {is(func(a *account.Account) { a.Protection = true }, account.Liaison), is(nil, account.Liaison), false},
		"another name":                         {is(nil, account.Liaison), is(func(a *account.Account) { a.Name = "D" }, account.Liaison), false},
		"another office":                       {is(nil, account.Liaison), is(func(a *account.Account) { a.Office = "embassy" }, account.Liaison), true},
		"another office of an analyst":         {is(nil, account.Analyst), is(func(a *account.Account) { a.Office = "embassy" }, account.Analyst), false},
		"disabling":                            {is(nil, account.Liaison), is(disabled, account.Liaison), false},
		"enabling":                             {is(disabled, account.Liaison), is(nil, account.Liaison), true},
		"enabling an analyst":                  {is(disabled, account.Analyst), is(nil, account.Analyst), false},
		"a right while disabled":               {is(disabled, account.Analyst), is(disabled, account.Registry), true},
		"a right and disabling at once":        {is(nil, account.Analyst), is(disabled, account.Registry), true},
		"a disabled one whose password is new": {account.Account{}, is(disabled, account.Liaison), true},
	} {
		if got := account.TakesTwo(c.was, c.is); got != c.want {
			t.Errorf("%s: %v", what, got)
		}
	}
	// Every role but that of analysts takes two: a new right does, until somebody says that it need not.
	for _, r := range account.Roles() {
		if got := account.TakesTwo(account.Account{}, is(nil, r)); got != (r != account.Analyst) {
			t.Errorf("%s: %v", r, got)
		}
	}
	all := []account.Account{is(nil, account.Supervisor), {ID: "sari", Roles: []account.Role{account.Administrator}}, {ID: "off", Roles: []account.Role{account.Administrator}, Disabled: true}, {ID: "ana", Roles: []account.Role{account.Analyst}}}
	var ids []string
	for _, a := range account.Able(all, account.ChangePartner, "dara") {
		ids = append(ids, a.ID)
	}
	if !slices.Equal(ids, []string{"sari"}) {
		t.Errorf("able: %v", ids)
	}
}
