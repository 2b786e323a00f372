package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"mitra/desk/account"
	"mitra/store"
)

// tokenPages are the API tokens by which programs act for officers: an officer's own, and those of others for administrators.
func (s *Server) tokenPages() []page {
	return []page{
		{method: "GET", path: "/own/tokens", right: account.Own, do: (*visit).ownTokens},
		{method: "POST", path: "/own/tokens", right: account.Own, do: (*visit).makeToken},
		{method: "POST", path: "/own/tokens/{token}/revoke", right: account.Own, do: (*visit).revokeOwnToken},
		{method: "GET", path: "/accounts/tokens", right: account.ChangeAccount, do: (*visit).allTokens},
		{method: "POST", path: "/accounts/tokens/{token}/revoke", right: account.ChangeAccount, do: (*visit).revokeToken},
	}
}

// tokensPage are tokens, and the form of another.
type tokensPage struct {
	Tokens []tokenSeen
	Name   string
	Days   []lifeChoice
	Rights []rightChoice
	Wrong  string // key of what is wrong
}

type tokenSeen struct {
	account.Token
	Holds bool
}

// lifeChoice is for how many days a token can hold.
type lifeChoice struct {
	Days   int
	Chosen bool
}

type rightChoice struct {
	Right  account.Right
	Chosen bool
}

// tokenDays are for how long a token can be made to hold.
var tokenDays = []int{1, 7, 30, 90}

// tokens are those of an account, or of all: those that hold first.
func (v *visit) tokens(id string) (out []tokenSeen, err error) {
	err = v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
		out = nil
		all, err := account.Tokens(tx, id)
		for _, t := range all {
			out = append(out, tokenSeen{t, t.Holds(tx.Now())})
		}
		return err
	})
	slices.SortStableFunc(out, func(a, b tokenSeen) int {
		switch {
		case a.Holds == b.Holds:
			return 0
		case a.Holds:
			return -1
		}
		return 1
	})
	return out, err
}

func (v *visit) ownTokens() error {
	if v.who.MustChange {
		return v.to("/own")
	}
	return v.showTokens(http.StatusOK, "", 30, nil, "")
}

func (v *visit) showTokens(code int, name string, days int, scope []account.Right, wrong string) error {
	body := tokensPage{Name: name, Wrong: wrong}
	for _, d := range tokenDays {
		body.Days = append(body.Days, lifeChoice{d, d == days})
	}
	for _, r := range account.AllRights() {
		if r != account.Own && v.who.May(r) { // which every token has
			body.Rights = append(body.Rights, rightChoice{r, slices.Contains(scope, r)})
		}
	}
	var err error
	if body.Tokens, err = v.tokens(v.who.ID); err != nil {
		return err
	}
	return v.showAs(code, "own_tokens", "token.title", body)
}

// tokenOnce shows the secret of a token. It is on this page and nowhere else.
type tokenOnce struct {
	account.Token
	Secret string
}

func (v *visit) makeToken() error {
	if v.who.MustChange {
		return v.to("/own")
	}
	name, days := v.form("name"), v.form("days")
	life, err := strconv.Atoi(days)
	if err != nil || !slices.Contains(tokenDays, life) {
		return errForm
	}
	var scope []account.Right
	for _, text := range v.r.PostForm["right"] {
		r, ok := account.ParseRight(text)
		if !ok {
			return errForm
		}
		scope = append(scope, r)
	}
	wrong := func(code int, key string) error { return v.showTokens(code, name, life, scope, key) }
	switch is, err := v.isOwner(v.r.PostFormValue("password")); {
	case errors.Is(err, errWait):
		return wrong(http.StatusTooManyRequests, "own.wait")
	case err != nil:
		return err
	case !is:
		return wrong(http.StatusUnprocessableEntity, "token.wrong_password")
	}
	once := tokenOnce{Secret: account.NewSecret(v.s.Country)}
	err = v.s.DB.Write(v.ctx(), func(tx *store.Tx) (err error) {
		once.Token, err = account.MakeToken(tx, v.who.ID, name, once.Secret, scope, time.Duration(life)*24*time.Hour, v.by())
		return err
	})
	if errors.Is(err, account.ErrToken) {
		return wrong(http.StatusUnprocessableEntity, "token.wrong")
	} else if err != nil {
		return err
	}
	return v.show("own_token_once", "token.once", once)
}

var errWait = errors.New("too many passwords were tried")

// isOwner reports whether whoever sits at the desk knows the visitor's password. Tries are slowed down as those of signing in.
func (v *visit) isOwner(password string) (bool, error) {
	address := addressOf(v.r)
	if v.s.guard.Try(v.who.ID, address, v.s.Now()) > 0 {
		return false, errWait
	}
	select {
	case v.s.hashing <- struct{}{}:
	case <-v.ctx().Done():
		return false, v.ctx().Err()
	}
	is := v.who.Is(password)
	<-v.s.hashing
	if is {
		v.s.guard.Well(v.who.ID, address)
	}
	return is, nil
}

func (v *visit) revokeOwnToken() error {
	err := v.s.DB.Write(v.ctx(), func(tx *store.Tx) error { return account.Revoke(tx, v.who.ID, v.r.PathValue("token"), v.by()) })
	if err != nil {
		return err
	}
	v.tell("token.revoked_told")
	return v.to("/own/tokens")
}

func (v *visit) allTokens() error {
	all, err := v.tokens("")
	if err != nil {
		return err
	}
	return v.show("accounts_tokens", "token.all", tokensPage{Tokens: all})
}

func (v *visit) revokeToken() error {
	if err := v.Revoke(v.ctx(), v.r.PathValue("token")); err != nil {
		return err
	}
	v.tell("token.revoked_told")
	return v.to("/accounts/tokens")
}

// IsAt reports whether this is the page of a path.
func (v view) IsAt(path string) bool { return v.page.path == path }
