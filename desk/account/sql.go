package account

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"

	"mitra/store"
	"mitra/treaty/journal"
)

const (
	columns = `
	SELECT id, name, office, roles, protection, lang, password, changed, disabled, since, made FROM account `

	accountOf = columns + `WHERE id = $1`

	allAccounts = columns + `ORDER BY id`

	insertAccount = `
	INSERT INTO account (id, name, office, roles, protection, lang, password, changed, disabled, since, made, seal)
	VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 0, $8, $8, $9) ON CONFLICT (id) DO NOTHING`

	updateAccount = `
	UPDATE account SET name = $1, office = $2, roles = $3, protection = $4, disabled = $5, since = $6 WHERE id = $7`

	updatePassword = `
	UPDATE account SET password = $1, changed = $2, since = $3 WHERE id = $4`

	spendPassword = `
	UPDATE account SET password = $1 WHERE id = $2 AND changed = 1`

	updateLang = `
	UPDATE account SET lang = $1 WHERE id = $2`

	updateSince = `
	UPDATE account SET since = $1 WHERE id = $2`

	tokenColumns = `
	SELECT id, account, name, scope, made, expires, used, revoked FROM api_token `

	tokenOfHash = tokenColumns + `WHERE hash = $1`

	tokensOf = tokenColumns + `WHERE account = $1 ORDER BY id DESC`

	allTokens = tokenColumns + `ORDER BY account, id DESC`

	insertToken = `
	INSERT INTO api_token (id, account, name, hash, scope, made, expires, used, revoked, seal) VALUES ($1, $2, $3, $4, $5, $6, $7, '', '', $8)`

	updateUsed = `
	UPDATE api_token SET used = $1 WHERE id = $2`

	updateRevoked = `
	UPDATE api_token SET revoked = $1 WHERE id = $2`

	forgetRequests = `
	DELETE FROM api_request WHERE begun < $1`

	insertRequest = `
	INSERT INTO api_request (token, key, request, status, body, begun) VALUES ($1, $2, $3, $4, '', $5) ON CONFLICT (token, key) DO NOTHING`

	requestOf = `
	SELECT request, status, body FROM api_request WHERE token = $1 AND key = $2`

	endRequest = `
	UPDATE api_request SET status = $1, body = $2 WHERE token = $3 AND key = $4`

	dropRequest = `
	DELETE FROM api_request WHERE token = $1 AND key = $2`

	loseRequests = `
	UPDATE api_request SET status = $1 WHERE status = $2`
)

// BoundTokens is the table of API tokens, whose rows events bind.
var BoundTokens = journal.Bound{Table: "api_token", Key: "id", All: `
	SELECT id, account, name, hash, scope, made, expires, used, revoked, seal FROM api_token`}

func tokens(tx *store.Tx, query string, args ...any) (out []Token, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var t Token
		var scope string
		var rights []string
		var at [4]string
		if err := rows.Scan(&t.ID, &t.Account, &t.Name, &scope, &at[0], &at[1], &at[2], &at[3]); err != nil {
			return nil, err
		}
		err := json.Unmarshal([]byte(scope), &rights)
		for i, into := range []*time.Time{&t.Made, &t.Expires, &t.Used, &t.Revoked} {
			if err == nil && (at[i] != "" || i < 2) {
				*into, err = store.ParseTime(at[i])
			}
		}
		if err != nil {
			return nil, fmt.Errorf("a token: %w", store.ErrDamaged)
		}
		for _, text := range rights {
			if r, ok := ParseRight(text); ok { // one that there is no longer lets nothing be done
				t.Scope = append(t.Scope, r)
			}
		}
		out = append(out, t)
	}
	return out, rows.Err()
}

// Bound is the table of accounts, whose rows events bind.
var Bound = journal.Bound{Table: "account", Key: "id", All: `
	SELECT id, name, office, roles, protection, lang, password, changed, disabled, since, made, seal FROM account`}

// Find finds an account. The error wraps [ErrUnknown].
func Find(tx *store.Tx, id string) (Account, error) {
	all, err := accounts(tx, accountOf, id)
	if err == nil && len(all) == 0 {
		err = ErrUnknown
	}
	if err != nil {
		return Account{}, err
	}
	return all[0], nil
}

// All are the accounts of the node.
func All(tx *store.Tx) ([]Account, error) { return accounts(tx, allAccounts) }

func accounts(tx *store.Tx, query string, args ...any) (out []Account, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var a Account
		var roles, since, made string
		var protection, changed, disabled int64
		if err := rows.Scan(&a.ID, &a.Name, &a.Office, &roles, &protection, &a.Lang, &a.hash, &changed, &disabled, &since, &made); err != nil {
			return nil, err
		}
		a.Protection, a.MustChange, a.Disabled = protection == 1, changed == 1, disabled == 1
		err := json.Unmarshal([]byte(roles), &a.Roles)
		if err == nil {
			a.Since, err = store.ParseTime(since)
		}
		if err == nil {
			a.Made, err = store.ParseTime(made)
		}
		if err != nil {
			return nil, fmt.Errorf("account %s: %w", a.ID, store.ErrDamaged)
		}
		out = append(out, a)
	}
	return out, rows.Err()
}

// nobody is a hash that no password has, at the cost of the others.
var nobody = sync.OnceValue(func() string {
	hash, err := argon2id.CreateHash(store.NewID(), cost)
	if err != nil {
		panic(err) // the system has no randomness
	}
	return hash
})
