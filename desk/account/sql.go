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

	passkeyColumns = `
	SELECT id, account, name, credential, handle, record, uses, made, used FROM passkey `

	passkeysOf = passkeyColumns + `WHERE account = $1 ORDER BY id`

	passkeyOf = passkeyColumns + `WHERE credential = $1`

	insertPasskey = `
	INSERT INTO passkey (id, account, name, credential, handle, record, uses, made, used, seal)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', $9) ON CONFLICT (credential) DO NOTHING`

	usePasskey = `
	UPDATE passkey SET record = $1, uses = $2, used = $3 WHERE id = $4 AND (uses < $2 OR uses = 0 AND $2 = 0)`

	deletePasskey = `
	DELETE FROM passkey WHERE id = $1 AND account = $2`

	deletePasskeys = `
	DELETE FROM passkey WHERE account = $1`

	insertSubject = `
	INSERT INTO account_subject (account, code, made, seal) VALUES ($1, $2, $3, $4) ON CONFLICT (code) DO NOTHING`

	deleteSubject = `
	DELETE FROM account_subject WHERE account = $1`

	subjectOf = `
	SELECT code FROM account_subject WHERE account = $1`

	tiedTo = `
	SELECT account FROM account_subject WHERE code = $1`
	// countOfficers are those who may sign in.
	countOfficers = `
	SELECT COUNT(*) FROM account WHERE office = $1 AND disabled = 0`

	officesNamed = `
	SELECT DISTINCT office FROM account ORDER BY office`
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

// BoundPasskeys is the table of passkeys, and BoundSubjects that of who accounts are at the provider: events bind them too.
var (
	BoundPasskeys = journal.Bound{Table: "passkey", Key: "id", All: `
	SELECT id, account, name, credential, handle, record, uses, made, used, seal FROM passkey`}
	BoundSubjects = journal.Bound{Table: "account_subject", Key: "account", All: `
	SELECT account, code, made, seal FROM account_subject`}
)

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

// Offices are the names of the offices that accounts have.
func Offices(tx *store.Tx) ([]string, error) { return tx.Texts(officesNamed) }

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

// Passkeys are those of an account, the oldest first.
func Passkeys(tx *store.Tx, account string) ([]Passkey, error) {
	return passkeys(tx, passkeysOf, account)
}

// FindPasskey finds a passkey by its id at the device. The error wraps [ErrUnknown].
func FindPasskey(tx *store.Tx, credential string) (Passkey, error) {
	all, err := passkeys(tx, passkeyOf, credential)
	if err == nil && len(all) == 0 {
		err = ErrUnknown
	}
	if err != nil {
		return Passkey{}, err
	}
	return all[0], nil
}

func passkeys(tx *store.Tx, query string, args ...any) (out []Passkey, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var p Passkey
		var record, made, used string
		var uses int64
		if err := rows.Scan(&p.ID, &p.Account, &p.Name, &p.Credential, &p.Handle, &record, &uses, &made, &used); err != nil {
			return nil, err
		}
		p.Record, p.Uses = []byte(record), uint32(uses)
		p.Made, err = store.ParseTime(made)
		if err == nil && used != "" {
			p.Used, err = store.ParseTime(used)
		}
		if err != nil || int64(p.Uses) != uses || !json.Valid(p.Record) {
			return nil, fmt.Errorf("passkey %s: %w", p.ID, store.ErrDamaged)
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// Subject is the code of who the account is at the provider; empty where nobody is.
func Subject(tx *store.Tx, account string) (string, error) { return word(tx, subjectOf, account) }

// Tied is the account of somebody at the provider. The error wraps [ErrUnknown].
func Tied(tx *store.Tx, code string) (Account, error) {
	id, err := word(tx, tiedTo, code)
	if err != nil {
		return Account{}, err
	}
	return Find(tx, id) // there is no account without a name
}

func word(tx *store.Tx, query, arg string) (string, error) {
	all, err := tx.Texts(query, arg)
	if err != nil || len(all) == 0 {
		return "", err
	}
	return all[0], nil
}

// nobody is a hash that no password has, at the cost of the others.
var nobody = sync.OnceValue(func() string {
	hash, err := argon2id.CreateHash(store.NewID(), cost)
	if err != nil {
		panic(err) // the system has no randomness
	}
	return hash
})
