package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"mitra/rules"
	"mitra/store"
	"mitra/treaty/courier"
	"mitra/treaty/journal"
)

// Errors of restricting.
var (
	// ErrAlone: one officer is not enough.
	ErrAlone = errors.New("another officer has to agree")
	// ErrUnrestricted: the person is not restricted.
	ErrUnrestricted = errors.New("the person is not restricted")
	// ErrRestricted: the person is restricted already.
	ErrRestricted = errors.New("the person is restricted already")
	// ErrLapsed: the officer has said so before, and nobody has agreed.
	ErrLapsed = errors.New("nobody has agreed when this officer said so before: another has to begin")
)

// Alone is how long the word of one officer holds: a person in danger is not left until the second is
// back at work, and nobody hides somebody alone for longer (DESIGN §7, 14).
const Alone = 24 * time.Hour

// A Restriction keeps a person out of every answer that the node gives by itself. Value says why,
// on the axis of protection.
type Restriction struct {
	ID      string           `json:"id"`
	Subject string           `json:"subject"` // entry of a record
	Value   rules.Protection `json:"protection"`
	Reason  string           `json:"reason"`
	Officer string           `json:"officer"`
	Office  string           `json:"office"`
	At      string           `json:"at"`
	Second  string           `json:"second,omitempty"` // who has agreed; empty: nobody yet
	Lifter  string           `json:"lifter,omitempty"` // who wants it ended

	confirmed string
}

// holds reports whether it holds at a time.
func (r Restriction) holds(now time.Time) bool {
	at, err := store.ParseTime(r.At)
	return r.confirmed != "" || err != nil || now.Sub(at) < Alone
}

// Until is when the word of one officer ends by itself; the zero time where another has agreed.
func (r Restriction) Until() time.Time {
	at, err := store.ParseTime(r.At)
	if r.confirmed != "" || err != nil {
		return time.Time{}
	}
	return at.Add(Alone)
}

// Restrictions are those of people who are restricted now, by the entries of their records.
func Restrictions(tx *store.Tx) (map[string][]Restriction, error) {
	all, err := restrictions(tx, restrictionsHeld)
	out := map[string][]Restriction{}
	for _, r := range all {
		if r.holds(tx.Now()) {
			out[r.Subject] = append(out[r.Subject], r)
		}
	}
	return out, err
}

// RestrictionsOf are [Restrictions] of some records alone, by their entries; it reads no others.
func RestrictionsOf(tx *store.Tx, entries ...string) (map[string][]Restriction, error) {
	out := map[string][]Restriction{}
	for _, e := range entries {
		all, err := restrictions(tx, restrictionsOf, e)
		if err != nil {
			return nil, err
		}
		all = slices.DeleteFunc(all, func(r Restriction) bool { return !r.holds(tx.Now()) })
		if len(all) > 0 {
			out[e] = all
		}
	}
	return out, nil
}

func restrictions(tx *store.Tx, query string, args ...any) (out []Restriction, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r Restriction
		var value string
		if err := rows.Scan(&r.ID, &r.Subject, &value, &r.Reason, &r.Officer, &r.Office, &r.At, &r.Second, &r.confirmed, &r.Lifter); err != nil {
			return nil, err
		}
		if r.Value.UnmarshalText([]byte(value)) != nil {
			return nil, fmt.Errorf("a restriction: its value: %w", store.ErrDamaged)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// Restrict restricts the person of some records, on the word of an officer, or agrees to what another has said
// with the same value; it takes both. The first word holds for a day by itself. Where a claim to protection is
// known no letter about the person leaves any more ([courier.Guard]), from the first word on and as long as it holds.
//
// done is false while another officer has to agree. The error wraps [ErrRestricted] or [ErrLapsed].
func Restrict(tx *store.Tx, records []Record, value rules.Protection, reason, officer, office string) (done bool, err error) {
	already := 0
	var changed []string // ids of restrictions
	done = true
	for i := range records {
		r := &records[i]
		all, err := restrictions(tx, restrictionsOf, r.Entry)
		if err != nil {
			return false, err
		}
		held := time.Time{} // until when the word of one officer does
		same := slices.IndexFunc(all, func(x Restriction) bool { return x.Value == value && x.holds(tx.Now()) })
		switch {
		case same >= 0 && all[same].confirmed != "":
			already++
			continue
		case same >= 0 && all[same].Officer == officer: // it stands, and waits for the second
			done = false
			continue
		case same >= 0:
			if _, err := tx.Exec(confirmRestriction, officer, tx.Now(), all[same].ID); err != nil {
				return false, err
			}
			changed = append(changed, all[same].ID)
		case slices.ContainsFunc(all, func(x Restriction) bool { return x.Officer == officer && x.Value == value }):
			return false, ErrLapsed
		default:
			held = tx.Now().Add(Alone)
			id := store.NewID()
			if _, err := tx.Exec(insertRestriction, id, r.Entry, value.String(), reason, officer, office, tx.Now(), journal.NewSeal()); err != nil {
				return false, err
			}
			changed = append(changed, id)
			done = false
		}
		if value&rules.Claim != 0 {
			if err := courier.Guard(tx, courier.Guarded{Subject: r.Entry, Who: r.Describe(), Until: held}); err != nil {
				return false, err
			}
		}
	}
	if already == len(records) {
		return true, ErrRestricted
	}
	kind := "restriction"
	if done {
		kind = "restriction-confirmed"
	}
	return done, restrictEvent(tx, kind, records, changed, officer, office)
}

// Lift ends the restrictions of a person; it takes two officers. The error wraps [ErrUnrestricted].
func Lift(tx *store.Tx, records []Record, officer, office string) (done bool, err error) {
	found := false
	var changed []string
	for i := range records {
		all, err := restrictions(tx, restrictionsOf, records[i].Entry)
		if err != nil {
			return false, err
		}
		waits := false
		for _, r := range all {
			found = true
			changed = append(changed, r.ID)
			if r.Lifter == "" || r.Lifter == officer {
				waits = true
				if _, err := tx.Exec(wantLifted, officer, r.ID); err != nil {
					return false, err
				}
				continue
			}
			if _, err := tx.Exec(liftRestriction, officer, tx.Now(), r.ID); err != nil {
				return false, err
			}
			done = true
		}
		if done && !waits {
			if err := courier.Unguard(tx, records[i].Entry); err != nil {
				return false, err
			}
		}
	}
	if !found {
		return false, ErrUnrestricted
	}
	kind := "restriction-lifting"
	if done {
		kind = "restriction-lifted"
	}
	return done, restrictEvent(tx, kind, records, changed, officer, office)
}

// BoundRestrictions is the table of restrictions, whose rows events bind.
var BoundRestrictions = journal.Bound{Table: "restriction", Key: "id", All: `
	SELECT id, subject, value, reason, officer, office, at, second, confirmed, lifter, lift_second, lifted, seal FROM restriction`}

// restrictEvent tells of a step, and not of the value: who reads the journal learns of nobody's claim.
func restrictEvent(tx *store.Tx, kind string, records []Record, changed []string, officer, office string) error {
	var subjects []string
	for _, r := range records {
		subjects = append(subjects, r.Entry)
	}
	rows, err := BoundRestrictions.Rows(tx, changed...)
	if err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{"records": len(records), "rows": rows})
	if err != nil {
		return err
	}
	_, err = journal.Append(tx, journal.Event{Kind: kind, Actor: officer, Office: office, Subjects: subjects, Data: data})
	return err
}

// Describe is what letters call a description of the record's person, by the names of columns.
func (r *Record) Describe() map[string]string {
	who := map[string]string{}
	for _, f := range []Field{FullName, GivenName, Surname, BirthDate, BirthPlace, Nationality, PassportNo, NationalID, PermitNo} {
		if v := r.Get(f); v != "" {
			who[f.String()] = v
		}
	}
	return who
}
