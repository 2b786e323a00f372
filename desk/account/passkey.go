package account

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"mitra/store"
	"mitra/treaty/journal"
)

// A Passkey is a key on a device of an officer, by which the officer signs in (WebAuthn). What it says is checked by who speaks with the
// browser; here it is kept. An account that has one is not entered by a password alone.
type Passkey struct {
	ID, Account string
	Name        string // as the officer calls the device
	Credential  string // its id at the device, base64url
	Handle      string // what the device calls the account: random, the same for all passkeys of the account; base64url
	Record      []byte // JSON: the public key, and what else is known of it
	Uses        uint32 // the device's own count of uses; 0 where it keeps none
	Made, Used  time.Time
}

// Errors of passkeys and subjects.
var (
	// ErrPasskey: it cannot be kept so; the error says what is wrong.
	ErrPasskey = errors.New("this cannot be a passkey")
	// ErrCopied: the device's count of uses has not grown, so that there may be a copy of the key.
	ErrCopied = errors.New("the passkey was used before as often as it says now: there may be a copy of it")
	// ErrCode: it is not the code of anybody at a provider.
	ErrCode = errors.New("this is not a code of the provider's page")
)

// mostPasskeys is how many an account has.
const mostPasskeys = 20

// PasskeyName says what is wrong with the name of a device.
func PasskeyName(name string) error {
	if strings.TrimSpace(name) == "" || utf8.RuneCountInString(name) > 60 || strings.ContainsFunc(name, disguises) {
		return fmt.Errorf("%w: its name has 1 to 60 characters on one line", ErrPasskey)
	}
	return nil
}

// AddPasskey gives an account a passkey more; its id, and its times, are made here. The error wraps [ErrPasskey] or [ErrTaken].
func AddPasskey(tx *store.Tx, p Passkey, by By) error {
	if err := PasskeyName(p.Name); err != nil {
		return err
	}
	if _, err := Find(tx, p.Account); err != nil {
		return err
	}
	all, err := Passkeys(tx, p.Account)
	if err != nil {
		return err
	}
	if len(all) >= mostPasskeys {
		return fmt.Errorf("%w: an account has %d at most", ErrPasskey, mostPasskeys)
	}
	p.ID = store.NewID()
	n, err := tx.Exec(insertPasskey, p.ID, p.Account, p.Name, p.Credential, p.Handle, string(p.Record), int64(p.Uses), tx.Now(), journal.NewSeal())
	switch {
	case err != nil:
		return err
	case n == 0:
		return ErrTaken
	}
	return passkeyEvent(tx, "passkey-added", p.Account, by, p.ID)
}

// UsePasskey keeps that a passkey was used: what is known of it now, and the device's count. The error wraps [ErrCopied] where that has
// not grown; two uses at the same moment with one count are one.
func UsePasskey(tx *store.Tx, p Passkey, by By) error {
	n, err := tx.Exec(usePasskey, string(p.Record), int64(p.Uses), tx.Now(), p.ID)
	switch {
	case err != nil:
		return err
	case n == 0:
		return ErrCopied
	}
	return passkeyEvent(tx, "passkey-used", p.Account, by, p.ID)
}

// Copied is the event of a passkey that was refused since there may be a copy of it.
func Copied(tx *store.Tx, p Passkey, by By) error {
	return passkeyEvent(tx, "passkey-copied", p.Account, by, p.ID)
}

// RemovePasskey takes a passkey from its account, whose sessions end. The error wraps [ErrUnknown] if it is not the account's.
func RemovePasskey(tx *store.Tx, account, id string, by By) error {
	n, err := tx.Exec(deletePasskey, id, account)
	if err != nil || n == 0 {
		return errors.Join(err, unknown(n))
	}
	if err := passkeyEvent(tx, "passkey-removed", account, by, id); err != nil {
		return err
	}
	return SignOut(tx, account, by)
}

// removePasskeys takes all passkeys from an account that another officer has given a password.
func removePasskeys(tx *store.Tx, account string, by By) error {
	all, err := Passkeys(tx, account)
	if err != nil || len(all) == 0 {
		return err
	}
	if _, err := tx.Exec(deletePasskeys, account); err != nil {
		return err
	}
	var ids []string
	for _, p := range all {
		ids = append(ids, p.ID)
	}
	return passkeyEvent(tx, "passkey-removed", account, by, ids...)
}

// passkeyEvent binds the rows of some passkeys of an account.
func passkeyEvent(tx *store.Tx, kind, account string, by By, ids ...string) error {
	rows, err := BoundPasskeys.Rows(tx, ids...)
	if err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{"passkeys": ids, "rows": rows})
	if err != nil {
		return err
	}
	_, err = journal.Append(tx, journal.Event{Kind: kind, Actor: by.Actor, Office: by.Office, Subjects: []string{"account:" + account}, Data: data})
	return err
}
