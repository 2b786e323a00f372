package backup

import (
	"errors"
	"strings"

	"filippo.io/age"
)

// Errors about those whom a backup is encrypted for. None repeats what was given: it may be a secret in the wrong place.
var (
	ErrRecipient = errors.New("this is no recipient of age")
	ErrMixed     = errors.New("these recipients cannot be mixed")
)

// Recipients reads public keys of age, one in each text. The error is [ErrRecipient] or [ErrMixed].
func Recipients(texts []string) (to []age.Recipient, err error) {
	for _, text := range texts {
		one, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil || len(one) != 1 {
			return nil, ErrRecipient
		}
		to = append(to, one...)
	}
	if len(to) == 0 {
		return nil, nil
	}
	if _, err := age.EncryptReader(strings.NewReader(""), to...); err != nil { // such as old and new kinds of keys
		return nil, ErrMixed
	}
	return to, nil
}
