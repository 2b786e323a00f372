package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"mitra/desk/account"
	"mitra/desk/office"
	"mitra/desk/second"
	"mitra/store"
)

// accountPages are who may sign in, and do what.
func (s *Server) accountPages() []page {
	return []page{
		{method: "GET", path: "/accounts", right: account.SeeAccounts, do: (*visit).accounts},
		{method: "GET", path: "/accounts/rights", right: account.SeeAccounts, do: (*visit).rights},
		{method: "GET", path: "/accounts/new", right: account.ChangeAccount, do: (*visit).newAccountForm},
		{method: "POST", path: "/accounts/new", right: account.ChangeAccount, do: (*visit).newAccount},
		{method: "GET", path: "/accounts/{id}", right: account.ChangeAccount, do: (*visit).account},
		{method: "POST", path: "/accounts/{id}", right: account.ChangeAccount, do: (*visit).changeAccount},
	}
}

// accountsPage are all accounts.
type accountsPage struct {
	All           []account.Account
	Active, Ended int
}

func (v *visit) accounts() error {
	var body accountsPage
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) (err error) {
		body = accountsPage{}
		body.All, err = account.All(tx)
		return err
	}); err != nil {
		return err
	}
	slices.SortStableFunc(body.All, func(a, b account.Account) int { // those who may sign in first
		switch {
		case a.Disabled == b.Disabled:
			return 0
		case a.Disabled:
			return 1
		}
		return -1
	})
	for _, a := range body.All {
		if a.Disabled {
			body.Ended++
		} else {
			body.Active++
		}
	}
	return v.show("accounts", "desk.accounts", body)
}

// rightsPage is what each role may do.
type rightsPage struct {
	Roles []account.Role
	Rows  []rightRow
}

type rightRow struct {
	Right account.Right
	May   []string // by role: yes, own (with the account's own right to see protection), or no
}

func (v *visit) rights() error {
	body := rightsPage{Roles: account.Roles()}
	table := account.Rights()
	for _, r := range account.AllRights() {
		row := rightRow{Right: r}
		for _, role := range body.Roles {
			may := "no"
			switch {
			case slices.Contains(table[role], r):
				may = "yes"
			case account.Account{ID: "any", Roles: []account.Role{role}, Protection: true}.May(r):
				may = "own"
			}
			row.May = append(row.May, may)
		}
		body.Rows = append(body.Rows, row)
	}
	return v.show("accounts_rights", "account.rights", body)
}

// accountForm is an account as a form has it.
type accountForm struct {
	ID, Name, Office string
	Roles            []choice
	Protection       bool
	Reason           string // where another administrator has to confirm
}

type choice struct {
	Role   account.Role
	Chosen bool
}

// formOf is the form of an account.
func formOf(a account.Account) accountForm {
	f := accountForm{ID: a.ID, Name: a.Name, Office: a.Office, Protection: a.Protection}
	for _, r := range account.Roles() {
		f.Roles = append(f.Roles, choice{r, slices.Contains(a.Roles, r)})
	}
	return f
}

// typedRoles are the roles that were chosen, in their order; the error wraps errForm if one does not exist.
func (v *visit) typedRoles() (roles []account.Role, err error) {
	if err := v.r.ParseForm(); err != nil {
		return nil, errForm
	}
	typed := v.r.PostForm["role"]
	for _, r := range account.Roles() {
		if slices.Contains(typed, string(r)) {
			roles = append(roles, r)
		}
	}
	for _, r := range typed {
		if !slices.Contains(account.Roles(), account.Role(r)) {
			return nil, errForm
		}
	}
	return roles, nil
}

// newAccountPage makes an account.
type newAccountPage struct {
	Form    accountForm
	Offices []string // to choose among
	Wrong   string   // key of what is wrong
}

func (v *visit) newAccountForm() error {
	return v.showNewAccount(http.StatusOK, account.Account{Office: v.who.Office}, "")
}

func (v *visit) showNewAccount(code int, a account.Account, wrong string) error {
	offices, err := v.offices(a.Office)
	if err != nil {
		return err
	}
	f := formOf(a)
	f.Reason = v.form("reason")
	return v.showAs(code, "account_new", "account.new", newAccountPage{f, offices, wrong})
}

// offices are the names of the offices that are open, and one that was typed or has been.
func (v *visit) offices(typed string) (names []string, err error) {
	err = v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
		names = nil
		all, err := office.Units(tx)
		for _, u := range all {
			if u.Closed.IsZero() {
				names = append(names, u.Name)
			}
		}
		return err
	})
	if typed != "" && !slices.Contains(names, typed) {
		names = append(names, typed)
	}
	return names, err
}

// misplaced is the key of what is wrong with an account: its office, or another line.
func misplaced(err error, otherwise string) string {
	switch {
	case errors.Is(err, account.ErrOffice):
		return "account.no_office"
	case errors.Is(err, account.ErrGuest):
		return "account.guest_rule"
	}
	return otherwise
}

// oncePage shows the password of an account for one sign-in. It is on this page and nowhere else.
type oncePage struct {
	Account  account.Account
	Password string
	Fresh    bool // the account is new
}

func (v *visit) newAccount() error {
	roles, err := v.typedRoles()
	if err != nil {
		return err
	}
	a := account.Account{ID: strings.ToLower(v.form("id")), Name: v.form("name"), Office: v.form("office"), Roles: roles, Protection: v.form("protection") == "yes"}
	wrong := func(code int, key string) error { return v.showNewAccount(code, a, key) }
	switch {
	case len(roles) == 0:
		return wrong(http.StatusUnprocessableEntity, "account.no_role")
	case a.ID == "new" || a.ID == "rights": // pages of their own
		return wrong(http.StatusUnprocessableEntity, "account.wrong")
	}
	var password string
	if account.TakesTwo(account.Account{}, a) {
		err = v.propose(kindAccountMake, "account:"+a.ID, accountBody{ID: a.ID, Be: stateOf(a), Password: true})
	} else {
		var hash string
		if password, hash, err = v.s.once(v.ctx(), a.ID); err == nil {
			err = v.s.DB.Write(v.ctx(), func(tx *store.Tx) error { return account.Make(tx, a, hash, v.by()) })
		}
	}
	code, key := proposalWrong(err)
	switch {
	case errors.Is(err, account.ErrTaken):
		return wrong(http.StatusConflict, "error.taken")
	case errors.Is(err, account.ErrAccount):
		return wrong(http.StatusUnprocessableEntity, misplaced(err, "account.wrong"))
	case key != "":
		return wrong(code, key)
	case err != nil:
		return err
	}
	return v.show("account_once", "account.once", oncePage{a, password, true})
}

// once makes a password for one sign-in, with its hash.
func (s *Server) once(ctx context.Context, id string) (password, hash string, err error) {
	select { // with the passwords that are tried
	case s.hashing <- struct{}{}:
	case <-ctx.Done():
		return "", "", ctx.Err()
	}
	defer func() { <-s.hashing }()
	for range 10 { // it may have the account's name in it
		password = account.Once()
		if hash, err = account.Hash(password, id); !errors.Is(err, account.ErrPassword) {
			break
		}
	}
	return password, hash, err
}

// accountPage is one account.
type accountPage struct {
	Account account.Account
	Form    accountForm
	Offices []string // to choose among
	Was     string   // what it may do, as the form was made: see changed
	Own     bool     // of the visitor
	Wrong   string   // key of what is wrong

	Passkeys   int
	Tied, Code string // who the account is at the provider; the code as typed
}

func (v *visit) account() error {
	a, err := v.findAccount()
	if err != nil {
		return err
	}
	return v.showAccount(http.StatusOK, a, formOf(a), "")
}

func (v *visit) findAccount() (a account.Account, err error) {
	err = v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
		a, err = account.Find(tx, v.r.PathValue("id"))
		return err
	})
	return a, err
}

func (v *visit) showAccount(code int, a account.Account, f accountForm, wrong string) error {
	offices, err := v.offices(f.Office)
	if err != nil {
		return err
	}
	body := accountPage{Account: a, Form: f, Offices: offices, Was: standing(a), Own: a.ID == v.who.ID, Wrong: wrong, Code: v.form("code")}
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
		keys, err := account.Passkeys(tx, a.ID)
		if err != nil {
			return err
		}
		body.Passkeys = len(keys)
		body.Tied, err = account.Subject(tx, a.ID)
		return err
	}); err != nil {
		return err
	}
	return v.showAs(code, "account", "account.title", body)
}

// standing is what an account may do, as a form carries it: whoever sends a form that was made before another officer changed that
// does not undo it.
func standing(a account.Account) string {
	var has []string
	for _, r := range account.Roles() {
		if slices.Contains(a.Roles, r) {
			has = append(has, string(r))
		}
	}
	if a.Protection {
		has = append(has, "protection")
	}
	return strings.Join(has, " ")
}

var (
	errChanged = errors.New("another officer has changed the account meanwhile")
	errTwo     = errors.New("the change takes two administrators")
)

func (v *visit) changeAccount() error {
	a, err := v.findAccount()
	if err != nil {
		return err
	}
	f := formOf(a)
	f.Reason = v.form("reason")
	var change func(a *account.Account) error // what is changed of what stands then
	told := "account.changed"
	switch v.form("do") {
	case "details":
		f.Name, f.Office = v.form("name"), v.form("office")
		change = func(a *account.Account) error { a.Name, a.Office = f.Name, f.Office; return nil }
	case "roles":
		roles, err := v.typedRoles()
		if err != nil {
			return err
		}
		was, protection := v.form("was"), v.form("protection") == "yes"
		f = formOf(account.Account{ID: a.ID, Name: a.Name, Office: a.Office, Roles: roles, Protection: protection})
		f.Reason = v.form("reason")
		if len(roles) == 0 {
			return v.showAccount(http.StatusUnprocessableEntity, a, f, "account.no_role")
		}
		change = func(a *account.Account) error {
			if standing(*a) != was {
				return errChanged
			}
			a.Roles, a.Protection = roles, protection
			return nil
		}
	case "disable":
		told = "account.disabled_told"
		change = func(a *account.Account) error { a.Disabled = true; return nil }
	case "enable":
		told = "account.enabled_told"
		change = func(a *account.Account) error { a.Disabled = false; return nil }
	case "password":
		return v.newPassword(a)
	case "tie":
		return v.tie(a, v.form("code"))
	case "untie":
		return v.tie(a, "")
	case "signout":
		if err := v.s.DB.Write(v.ctx(), func(tx *store.Tx) error { return account.SignOut(tx, a.ID, v.by()) }); err != nil {
			return err
		}
		v.tell("account.signed_out")
		return v.to("/accounts/" + a.ID)
	default:
		return errForm
	}
	var is account.Account
	err = v.s.DB.Write(v.ctx(), func(tx *store.Tx) error {
		now, err := account.Find(tx, a.ID)
		if err != nil {
			return err
		}
		a = now
		if err := change(&now); err != nil {
			return err
		}
		if is = now; account.TakesTwo(a, is) {
			return errTwo
		}
		return account.Change(tx, now, v.by())
	})
	if errors.Is(err, errTwo) {
		// How somebody signs in to an account of light rights may be known to the one administrator who has set it.
		fresh := a.MustChange || !account.TakesTwo(account.Account{}, a)
		err = v.propose(kindAccountChange, "account:"+a.ID, accountBody{ID: a.ID, Was: new(stateOf(a)), Be: stateOf(is), Password: fresh})
	}
	code, key := proposalWrong(err)
	switch {
	case errors.Is(err, account.ErrOwn), errors.Is(err, second.ErrOwn):
		return v.showAccount(http.StatusConflict, a, f, "account.own")
	case errors.Is(err, account.ErrLast):
		return v.showAccount(http.StatusConflict, a, f, "error.last")
	case errors.Is(err, errChanged):
		if a, err = v.findAccount(); err != nil {
			return err
		}
		return v.showAccount(http.StatusConflict, a, formOf(a), "account.meanwhile")
	case errors.Is(err, account.ErrAccount):
		return v.showAccount(http.StatusUnprocessableEntity, a, f, misplaced(err, "account.wrong_line"))
	case key != "":
		return v.showAccount(code, a, f, key)
	case err != nil:
		return err
	}
	v.tell(told)
	return v.to("/accounts/" + a.ID)
}

// newPassword gives another officer's account a password for one sign-in. One's own is changed where the old one is asked for: else
// whoever sits down at an open desk would have it.
func (v *visit) newPassword(a account.Account) error {
	if a.ID == v.who.ID {
		return v.showAccount(http.StatusConflict, a, formOf(a), "account.own_password")
	}
	if account.TakesTwo(account.Account{}, a) {
		err := v.propose(kindAccountPassword, "account:"+a.ID, accountBody{ID: a.ID, Was: new(stateOf(a)), Be: stateOf(a), Password: true})
		if code, key := proposalWrong(err); key != "" {
			f := formOf(a)
			f.Reason = v.form("reason")
			return v.showAccount(code, a, f, key)
		}
		return err
	}
	password, hash, err := v.s.once(v.ctx(), a.ID)
	if err != nil {
		return err
	}
	if err := v.s.DB.Write(v.ctx(), func(tx *store.Tx) error { return account.SetPassword(tx, a.ID, hash, v.by()) }); err != nil {
		return err
	}
	return v.show("account_once", "account.once", oncePage{Account: a, Password: password})
}

// tie lets somebody at the provider sign in as an account, or nobody any more. One administrator alone would let themselves in.
func (v *visit) tie(a account.Account, code string) (err error) {
	told := "provider.untied_told"
	if v.form("do") == "tie" {
		told = "provider.tied_told"
		if code, err = account.ParseCode(code); err != nil {
			return v.showAccount(http.StatusUnprocessableEntity, a, formOf(a), "provider.code_wrong")
		}
		if account.TakesTwo(account.Account{}, a) {
			err = v.propose(kindAccountTie, "account:"+a.ID, accountBody{ID: a.ID, Was: new(stateOf(a)), Be: stateOf(a), Code: code})
		}
	}
	if err == nil {
		err = v.s.DB.Write(v.ctx(), func(tx *store.Tx) error { return account.Tie(tx, a.ID, code, v.by()) })
	}
	f := formOf(a)
	f.Reason = v.form("reason")
	status, key := proposalWrong(err)
	switch {
	case errors.Is(err, account.ErrOwn), errors.Is(err, second.ErrOwn):
		return v.showAccount(http.StatusConflict, a, f, "account.own")
	case errors.Is(err, account.ErrTaken):
		return v.showAccount(http.StatusConflict, a, f, "provider.code_taken")
	case key != "":
		return v.showAccount(status, a, f, key)
	case err != nil:
		return err
	}
	v.tell(told)
	return v.to("/accounts/" + a.ID)
}
