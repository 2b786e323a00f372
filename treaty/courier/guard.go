package courier

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mitra/identity/linkage"
	"mitra/identity/person"
	"mitra/store"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
)

// ErrNoContact: the letter is about somebody about whom no letter leaves. It names nobody.
var ErrNoContact = errors.New("no letter about this person leaves the node")

// A Guarded is a person about whom no letter leaves, whichever desk has written it (DESIGN §5,
// PROTECT_NO_CONTACT; §7, 5): a claim to asylum is the person's own and no state's.
type Guarded struct {
	// Subject is the registry's entry; one person may have several.
	Subject string
	// Who describes the person, by the names of the columns of registers.
	Who map[string]string
	// Until is when it ends by itself; the zero Time is never.
	Until time.Time
}

// Guard keeps letters about a person from leaving, in the transaction tx. What is described anew takes the place
// of what was; what holds until it is ended goes on to.
func Guard(tx *store.Tx, g Guarded) error {
	who, err := json.Marshal(g.Who)
	if err != nil {
		return err
	}
	until := ""
	if !g.Until.IsZero() {
		until = store.Time(g.Until)
	}
	if _, err = tx.Exec(insertGuarded, g.Subject, string(who), tx.Now(), until, journal.NewSeal()); err != nil {
		return err
	}
	return guardEvent(tx, "guarded", g.Subject)
}

// BoundGuarded is the table of who is guarded, whose rows events bind.
var BoundGuarded = journal.Bound{Table: "guarded", Key: "subject", All: `SELECT subject, who, at, until, seal FROM guarded`}

func guardEvent(tx *store.Tx, kind, subject string) error {
	rows, err := BoundGuarded.Rows(tx, subject)
	if err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{"rows": rows})
	if err != nil {
		return err
	}
	_, err = journal.Append(tx, journal.Event{Kind: kind, Actor: actor, Subjects: []string{subject}, Data: data})
	return err
}

// Unguard ends what [Guard] began.
func Unguard(tx *store.Tx, subject string) error {
	if n, err := tx.Exec(deleteGuarded, subject); err != nil || n == 0 {
		return err
	}
	return guardEvent(tx, "unguarded", subject)
}

// guard returns an error wrapping [ErrNoContact] if a letter is about somebody who is guarded: by the
// subjects that its desk names, by what it says of a person, or by whom its conversation is about. What
// could have been written of anybody passes ([letter.Silent]): that it does not come would betray more.
//
// Like names with a like date of birth are enough. A letter that is kept back wrongly costs an officer a
// look; one that leaves wrongly cannot be called back.
func guard(tx *store.Tx, s Sealed) error {
	if s.silent {
		return nil
	}
	all, err := guardedNow(tx)
	if err != nil || len(all) == 0 {
		return err
	}
	first, err := firstOf(tx, s)
	if err != nil {
		return err
	}
	if among(all, s.Subjects, append(first, s.persons...)) {
		return fmt.Errorf("letter %s: %w", s.ID, ErrNoContact)
	}
	return nil
}

// Held returns an error wrapping [ErrNoContact] if one of some people is guarded, by the entries of their records or by what
// describes them: for what is told to others than peers.
func Held(tx *store.Tx, subjects []string, described []map[string]string) error {
	all, err := guardedNow(tx)
	if err == nil && among(all, subjects, described) {
		err = ErrNoContact
	}
	return err
}

func guardedNow(tx *store.Tx) (all []Guarded, err error) {
	rows, err := tx.Query(allGuarded, tx.Now())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var g Guarded
		var who string
		if err := rows.Scan(&g.Subject, &who); err != nil {
			return nil, err
		}
		if json.Unmarshal([]byte(who), &g.Who) != nil {
			return nil, fmt.Errorf("whom no letter may be about: %w", store.ErrDamaged)
		}
		all = append(all, g)
	}
	return all, rows.Err()
}

// among reports whether one of the guarded is named or described.
func among(all []Guarded, subjects []string, described []map[string]string) bool {
	return slices.ContainsFunc(all, func(g Guarded) bool {
		return slices.Contains(subjects, g.Subject) || slices.ContainsFunc(described, func(who map[string]string) bool { return alike(who, g.Who) })
	})
}

// firstOf are the people described in the first letter of the conversation, where the peer wrote it and it
// can be read.
func firstOf(tx *store.Tx, s Sealed) ([]map[string]string, error) {
	if s.ID == s.Conversation {
		return nil, nil
	}
	l, ok, err := Readable(tx, s.Audience, s.Conversation)
	if err != nil || !ok {
		return nil, err
	}
	return letter.Persons(l), nil
}

// Readable is a letter of a peer that was accepted; ok is false if there is none that may be read again.
func Readable(tx *store.Tx, issuer, mid string) (l letter.Letter, ok bool, err error) {
	texts, err := tx.Texts(letterIn, issuer, mid)
	if err != nil || len(texts) == 0 {
		return l, false, err
	}
	if l, err = letter.Reread(texts[0]); err != nil {
		return l, false, fmt.Errorf("letter %s: %w: %w", mid, store.ErrDamaged, err)
	}
	return l, true, nil
}

// Written is a letter of this node; ok is false if there is none that may be read again.
func Written(tx *store.Tx, mid string) (l letter.Letter, ok bool, err error) {
	texts, err := tx.Texts(letterOut, mid)
	if err != nil || len(texts) == 0 {
		return l, false, err
	}
	if l, err = letter.Reread(texts[0]); err != nil {
		return l, false, fmt.Errorf("letter %s: %w: %w", mid, store.ErrDamaged, err)
	}
	return l, true, nil
}

// numbers are the members that are numbers of documents.
var numbers = []string{"passport_no", "national_id", "permit_no"}

// alike reports whether two descriptions may be of one person: a number of a document in common, or names
// that are the same to [linkage.SameName] and dates of birth that do not contradict each other.
func alike(a, b map[string]string) bool {
	for _, n := range numbers {
		if x, y := person.NormalNumber(a[n]), person.NormalNumber(b[n]); x != "" && x == y {
			return true
		}
	}
	x, y := nameOf(a), nameOf(b)
	return x != "" && y != "" && bornAlike(a["birth_date"], b["birth_date"]) && linkage.CompareNames(x, y).Same
}

func nameOf(who map[string]string) string {
	if who["full_name"] != "" {
		return who["full_name"]
	}
	return strings.TrimSpace(who["given_name"] + " " + who["surname"])
}

// bornAlike reports whether two dates of birth, as far as they are known, have the year or the day and
// month in common.
func bornAlike(a, b string) bool {
	year := func(s string) string { return s[:min(4, len(s))] }
	day := func(s string) string { return s[min(4, len(s)):] }
	return a == "" || b == "" || year(a) == year(b) || len(a) == len(b) && len(a) == len("2006-01-02") && day(a) == day(b)
}
