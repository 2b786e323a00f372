package api

import (
	"slices"
	"strings"
	"time"

	"mitra/desk/account"
	"mitra/store"
)

// accounts are who may sign in, and what each may do.
func (a *API) accounts() {
	add(a, operation{id: "list-accounts", method: "GET", path: "/v1/accounts", right: account.SeeAccounts, tagged: true, says: "All accounts."}, (*call).allAccounts)
	add(a, operation{id: "list-rights", method: "GET", path: "/v1/rights", right: account.SeeAccounts, tagged: true, says: "What each role may do."}, (*call).rights)
	add(a, operation{id: "make-account", method: "POST", path: "/v1/accounts", right: account.ChangeAccount, changes: true, two: true, status: 201, says: "Makes an account. Its password for one sign-in is in the first answer, and kept nowhere."}, (*call).makeAccount)
	add(a, operation{id: "get-account", method: "GET", path: "/v1/accounts/{id}", right: account.ChangeAccount, tagged: true, says: "One account."}, (*call).getAccount)
	add(a, operation{id: "change-account", method: "PATCH", path: "/v1/accounts/{id}", right: account.ChangeAccount, two: true, says: "Changes an account that nobody has changed since it was read (If-Match)."}, (*call).changeAccount)
	add(a, operation{id: "new-password", method: "POST", path: "/v1/accounts/{id}/password", right: account.ChangeAccount, changes: true, two: true, says: "Gives another officer's account a password for one sign-in, which is in the first answer alone. Its sessions and tokens end."}, (*call).newPassword)
	add(a, operation{id: "tie-account", method: "POST", path: "/v1/accounts/{id}/tie", right: account.ChangeAccount, changes: true, two: true, says: "Lets somebody at the provider of identities sign in as an account."}, (*call).tie)
	add(a, operation{id: "untie-account", method: "POST", path: "/v1/accounts/{id}/untie", right: account.ChangeAccount, changes: true, says: "Lets nobody at the provider sign in as an account any more."}, (*call).untie)
	add(a, operation{id: "sign-out", method: "POST", path: "/v1/accounts/{id}/signout", right: account.ChangeAccount, changes: true, says: "Ends all sessions and tokens of an account."}, (*call).signOut)
	add(a, operation{id: "list-tokens", method: "GET", path: "/v1/tokens", right: account.ChangeAccount, says: "The API tokens of all accounts, without their secrets."}, (*call).tokens)
	add(a, operation{id: "revoke-token", method: "POST", path: "/v1/tokens/{token}/revoke", right: account.ChangeAccount, changes: true, says: "Ends a token."}, (*call).revokeToken)
}

// Account is who may sign in.
type Account struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	Office     string    `json:"office"`
	Roles      []string  `json:"roles"`
	Protection bool      `json:"protection"`
	Disabled   bool      `json:"disabled"`
	MustChange bool      `json:"must_change" doc:"The officer has to choose a password."`
	Made       time.Time `json:"made"`
	Since      time.Time `json:"since" doc:"No session is older."`
}

func accountOf(a account.Account) Account {
	return Account{a.ID, a.Name, a.Office, rolesOf(a), a.Protection, a.Disabled, a.MustChange, a.Made, a.Since}
}

func (c *call) allAccounts(in *List) (p Page[Account], err error) {
	after, err := parseCursor("accounts", in.Cursor)
	if err != nil {
		return p, err
	}
	var some []Account
	err = c.a.d.DB.Read(c.ctx, func(tx *store.Tx) error {
		some = nil
		all, err := account.All(tx)
		for _, a := range all {
			if a.ID > after && len(some) <= in.Limit {
				some = append(some, accountOf(a))
			}
		}
		return err
	})
	return more("accounts", some, in.Limit, func(a Account) string { return a.ID }), err
}

// RoleRights are what a role may do.
type RoleRights struct {
	Roles map[string][]string `json:"roles"`
	Own   []string            `json:"own" doc:"Rights that an account has of its own, beside its roles."`
}

func (c *call) rights(*none) (RoleRights, error) {
	out := RoleRights{Roles: map[string][]string{}, Own: []string{account.SeeProtection.String()}}
	for role, all := range account.Rights() {
		for _, r := range all {
			out.Roles[string(role)] = append(out.Roles[string(role)], r.String())
		}
	}
	return out, nil
}

type makeAccountIn struct {
	Body struct {
		ID         string   `json:"id" minLength:"2" maxLength:"40" doc:"The name to sign in with."`
		Name       string   `json:"name" minLength:"1" maxLength:"100"`
		Office     string   `json:"office" minLength:"1" maxLength:"100"`
		Roles      []string `json:"roles" minItems:"1" maxItems:"10"`
		Protection bool     `json:"protection,omitempty"`
		Reason     string   `json:"reason,omitempty" maxLength:"500" doc:"Why, for the second administrator, where it takes two."`
	}
}

// Once is a password for one sign-in.
type Once struct {
	ID       string `json:"id"`
	Password string `json:"password,omitempty" doc:"In the first answer alone: it is kept nowhere."`
	Step
}

func (o Once) kept() Once {
	o.Password = ""
	return o
}

// Step is how far something has come that may take two officers.
type Step struct {
	State    string `json:"state" enum:"done,waits"`
	Proposal string `json:"proposal,omitempty" doc:"That waits for a second officer."`
}

func (s Step) waits() bool { return s.State == "waits" }

// stepOf is how far it has come: waits is the proposal that waits, if one does.
func stepOf(waits string) Step {
	if waits != "" {
		return Step{"waits", waits}
	}
	return Step{State: "done"}
}

func (c *call) makeAccount(in *makeAccountIn) (o Once, err error) {
	b := in.Body
	fresh := account.Account{ID: strings.ToLower(b.ID), Name: b.Name, Office: b.Office, Protection: b.Protection}
	for _, r := range b.Roles {
		fresh.Roles = append(fresh.Roles, account.Role(r))
	}
	o.ID = fresh.ID
	password, waits, err := c.MakeAccount(c.ctx, fresh, b.Reason)
	o.Password, o.Step = password, stepOf(waits)
	return o, err
}

type AccountIn struct {
	ID string `path:"id" maxLength:"40"`
}

func (c *call) getAccount(in *AccountIn) (out Account, err error) {
	err = c.a.d.DB.Read(c.ctx, func(tx *store.Tx) error {
		a, err := account.Find(tx, in.ID)
		out = accountOf(a)
		return err
	})
	return out, err
}

// ChangedAccount is an account as it is now, and how far its change has come.
type ChangedAccount struct {
	Account
	Step
}

type changeAccountIn struct {
	AccountIn
	Match string `header:"If-Match" doc:"The ETag of the account as it was read."`
	Body  struct {
		Name       *string   `json:"name,omitempty" minLength:"1" maxLength:"100"`
		Office     *string   `json:"office,omitempty" minLength:"1" maxLength:"100"`
		Roles      *[]string `json:"roles,omitempty" minItems:"1" maxItems:"10"`
		Protection *bool     `json:"protection,omitempty"`
		Disabled   *bool     `json:"disabled,omitempty"`
		Reason     string    `json:"reason,omitempty" maxLength:"500" doc:"Why, for the second administrator, where it takes two."`
	}
}

func (c *call) changeAccount(in *changeAccountIn) (out ChangedAccount, err error) {
	if in.Match == "" {
		return out, errNoMatch
	}
	_, waits, err := c.ChangeAccount(c.ctx, in.ID, in.Body.Reason, func(now *account.Account) error {
		tag, err := tagOf(accountOf(*now))
		if err != nil {
			return err
		}
		if !match(in.Match, tag) {
			return errChanged
		}
		b := in.Body
		if b.Name != nil {
			now.Name = *b.Name
		}
		if b.Office != nil {
			now.Office = *b.Office
		}
		if b.Roles != nil {
			now.Roles = nil
			for _, r := range *b.Roles {
				now.Roles = append(now.Roles, account.Role(r))
			}
		}
		if b.Protection != nil {
			now.Protection = *b.Protection
		}
		if b.Disabled != nil {
			now.Disabled = *b.Disabled
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	out.Step = stepOf(waits)
	out.Account, err = c.getAccount(&in.AccountIn)
	return out, err
}

func (c *call) find(id string) (a account.Account, err error) {
	err = c.a.d.DB.Read(c.ctx, func(tx *store.Tx) (err error) {
		a, err = account.Find(tx, id)
		return err
	})
	return a, err
}

type reasonedAccountIn struct {
	AccountIn
	Body *Reason
}

// Reason is why something is to be done.
type Reason struct {
	Reason string `json:"reason,omitempty" maxLength:"500" doc:"Why, for the second officer, where it takes two."`
}

func (in *reasonedAccountIn) reason() string {
	if in.Body == nil {
		return ""
	}
	return in.Body.Reason
}

func (c *call) newPassword(in *reasonedAccountIn) (o Once, err error) {
	of, err := c.find(in.ID)
	if err != nil {
		return o, err
	}
	password, waits, err := c.NewPassword(c.ctx, of, in.reason())
	return Once{in.ID, password, stepOf(waits)}, err
}

type tieIn struct {
	AccountIn
	Body struct {
		Code   string `json:"code" minLength:"1" maxLength:"100" doc:"That the provider's stranger has been shown at the desk."`
		Reason string `json:"reason,omitempty" maxLength:"500" doc:"Why, for the second administrator, where it takes two."`
	}
}

func (c *call) tie(in *tieIn) (s Step, err error) {
	of, err := c.find(in.ID)
	if err != nil {
		return s, err
	}
	waits, err := c.Tie(c.ctx, of, in.Body.Code, true, in.Body.Reason)
	return stepOf(waits), err
}

func (c *call) untie(in *AccountIn) (Named, error) {
	_, err := c.Tie(c.ctx, account.Account{ID: in.ID}, "", false, "")
	return Named{in.ID}, err
}

func (c *call) signOut(in *AccountIn) (Named, error) {
	return Named{in.ID}, c.a.d.DB.Write(c.ctx, func(tx *store.Tx) error { return account.SignOut(tx, in.ID, c.By()) })
}

// Token is an API token, without its secret.
type Token struct {
	ID      string    `json:"id"`
	Account string    `json:"account"`
	Name    string    `json:"name"`
	Scope   []string  `json:"scope"`
	Made    time.Time `json:"made"`
	Expires time.Time `json:"expires"`
	Used    time.Time `json:"used,omitzero" doc:"In the hour after."`
	Revoked time.Time `json:"revoked,omitzero"`
}

func (c *call) tokens(in *List) (p Page[Token], err error) {
	after, err := parseCursor("tokens", in.Cursor)
	if err != nil {
		return p, err
	}
	var all []Token
	if err := c.a.d.DB.Read(c.ctx, func(tx *store.Tx) error {
		all = nil
		some, err := account.Tokens(tx, "")
		for _, t := range some {
			one := Token{t.ID, t.Account, t.Name, []string{}, t.Made, t.Expires, t.Used, t.Revoked}
			for _, r := range t.Scope {
				one.Scope = append(one.Scope, r.String())
			}
			all = append(all, one)
		}
		return err
	}); err != nil {
		return p, err
	}
	slices.SortFunc(all, func(a, b Token) int { return strings.Compare(b.ID, a.ID) }) // the newest first
	if after != "" {
		all = slices.DeleteFunc(all, func(t Token) bool { return t.ID >= after })
	}
	return more("tokens", all, in.Limit, func(t Token) string { return t.ID }), nil
}

type tokenIn struct {
	Token string `path:"token" maxLength:"64"`
}

func (c *call) revokeToken(in *tokenIn) (Named, error) {
	return Named{in.Token}, c.Revoke(c.ctx, in.Token)
}
