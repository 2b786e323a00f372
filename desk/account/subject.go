package account

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"regexp"
	"strings"

	"mitra/store"
	"mitra/treaty/journal"
)

// Code names somebody at a provider of sign-ins: a hash of the provider and of the name that it has for them, in groups that can
// be read out. Nothing else is kept of them. It has 130 bits, so that nobody finds a name that has another's code.
func Code(issuer, subject string) string {
	sum := sha256.Sum256([]byte("mitra: who signs in\x00" + issuer + "\x00" + subject))
	return grouped(strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:26]))
}

var codeForm = regexp.MustCompile(`^[a-z2-7]{26}$`)

// ParseCode is a code as [Code] writes it, however its groups were typed. The error is [ErrCode].
func ParseCode(typed string) (string, error) {
	bare := strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(typed))
	if !codeForm.MatchString(bare) {
		return "", ErrCode
	}
	return grouped(bare), nil
}

// Tie lets somebody at the provider sign in as an account, and nobody else there; sessions end. With no code nobody does any more. Nobody
// ties their own. The error wraps [ErrUnknown], [ErrOwn], [ErrCode], or [ErrTaken] where the code is another account's.
func Tie(tx *store.Tx, account, code string, by By) error {
	if _, err := Find(tx, account); err != nil {
		return err
	}
	if by.Actor == account {
		return ErrOwn
	}
	n, err := tx.Exec(deleteSubject, account)
	if err != nil || n == 0 && code == "" {
		return err
	}
	if code != "" {
		code, err := ParseCode(code)
		if err != nil {
			return err
		}
		n, err := tx.Exec(insertSubject, account, code, tx.Now(), journal.NewSeal())
		switch {
		case err != nil:
			return err
		case n == 0:
			return ErrTaken
		}
	}
	rows, err := BoundSubjects.Rows(tx, account)
	if err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{"tied": code != "", "rows": rows})
	if err != nil {
		return err
	}
	if _, err := journal.Append(tx, journal.Event{Kind: "account-provider", Actor: by.Actor, Office: by.Office, Subjects: []string{"account:" + account}, Data: data}); err != nil {
		return err
	}
	return SignOut(tx, account, by)
}

// Provided is the event of a sign-in by the provider: how it says that it made sure who it is (RFC 8176), and when; both may be missing.
func Provided(tx *store.Tx, a Account, methods []string, at string) error {
	data, err := json.Marshal(map[string]any{"methods": methods, "at": at})
	if err != nil {
		return err
	}
	_, err = journal.Append(tx, journal.Event{Kind: "provider-used", Actor: a.ID, Office: a.Office, Subjects: []string{"account:" + a.ID}, Data: data})
	return err
}
