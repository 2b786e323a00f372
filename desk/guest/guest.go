package guest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"mitra/desk/office"
	"mitra/desk/registry"
	"mitra/identity/person"
	"mitra/rules"
	"mitra/store"
	"mitra/treaty/courier"
	"mitra/treaty/journal"
)

// A Desk refers people to guest offices. Its fields are set before it is used.
type Desk struct {
	DB  *store.DB
	Now func() time.Time
	Log *slog.Logger
	// Own are the numbers of an officer's own documents; nil where nobody's are known.
	Own func(officer string) []string
	// Told is what partners hold the person of some records to be; nil where there are none.
	Told func(tx *store.Tx, entries []string) (rules.Protection, error)
}

// An Officer acts: of this node, or of a guest office.
type Officer struct {
	ID, Office string
	Protection bool // may see protection
	// Purpose is what an officer of this node looks at people for; a guest looks for that of the referral.
	Purpose string
}

// A Field names a value: a column of a record, by the record's entry.
type Field struct{ Entry, Column string }

// A Referral is what an officer hands over, and why.
type Referral struct {
	Office  string // a guest office
	Purpose string // one of [Purposes]
	Basis   string // [Consent] or [Law]
	// Ground is how consent was given and to what, or the law by its name.
	Ground string
	Reason string
	Until  time.Time // from then on nobody there reads it; [Longest] from now at most
	Fields []Field
	// View is what officers here hold the person to be on the axis of protection, each value by its name.
	View []string
}

// Bases of a referral.
const (
	Consent = "consent"
	Law     = "law"
)

// Longest is how long a guest office may read what was handed over.
const Longest = 90 * 24 * time.Hour

// perDay is how many people are handed to an office in a day: referring one after the other is no way to copy a register.
const perDay = 50

// Lengths of texts, in characters.
const (
	mostReason = 1000
	mostShort  = 500
)

// Purposes are what for somebody can be referred.
func Purposes() []string {
	return []string{"labour_rights", "reception", "identity_document", "return", "shelter", "medical", "psychosocial", "legal", "interpreter", "family_tracing",
		"reintegration", "protection_from_threat"}
}

// Views are what can be told of protection. A claim to asylum is none of them.
func Views() []string {
	return []string{"possible_victim", "presumed_victim", "identified_victim", "smuggled", "child", "vulnerable"}
}

// States of a referral.
const (
	Waiting   = "waits" // for a second officer; the guest office does not see it
	Open      = "open"
	Accepted  = "accepted"
	Declined  = "declined"
	Done      = "done"
	Withdrawn = "withdrawn"
	Expired   = "expired"
)

// Errors of this desk.
var (
	// ErrUnknown: there is no such referral, or none for who asks.
	ErrUnknown = errors.New("no such referral")
	// ErrRight: the officer may not do it.
	ErrRight = errors.New("this is not for the officer who acts")
	// ErrReferral: it cannot be handed over so; the error says why, and repeats no value.
	ErrReferral = errors.New("this cannot be referred")
	// ErrAnswer: it cannot be answered so.
	ErrAnswer = errors.New("this cannot be answered")
	// ErrOver: somebody has ended or answered it.
	ErrOver = errors.New("this referral has been answered or ended")
)

func bad(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrReferral, fmt.Sprintf(format, args...))
}

// Offered are the columns of a list that can be handed over; protection says whether the officer may see it. What a family has told
// is for those alone, and an alert is somebody else's word under a handling of its own.
func Offered(noun registry.Noun, protection bool) (out []registry.Field) {
	if noun == registry.Alerts {
		return nil
	}
	for _, f := range noun.Fields() {
		told := f == registry.Summary || f == registry.ReportedBy || f == registry.LastContact || f == registry.LastPlace
		if f != registry.ID && (protection || !told) {
			out = append(out, f)
		}
	}
	return out
}

// whereabouts are the columns by which somebody can be found.
var whereabouts = []string{
	registry.Address.String(), registry.Phone.String(), registry.Employer.String(), registry.LastPlace.String(), registry.Destination.String(),
	registry.Agency.String(), registry.Port.String(), registry.Carrier.String(), registry.Summary.String(), registry.ReportedBy.String(),
}

// prose reports whether a text is one that people write, of at most so many characters.
func prose(s string, most int) bool {
	return utf8.RuneCountInString(s) <= most && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' || unicode.Is(unicode.Bidi_Control, r)
	})
}

// check says what is wrong with a referral, whoever it is of.
func (r Referral) check(now time.Time) error {
	switch {
	case !slices.Contains(Purposes(), r.Purpose):
		return bad("want what for")
	case r.Basis != Consent && r.Basis != Law:
		return bad("want why it may be told: the person's consent, or a law")
	case strings.TrimSpace(r.Ground) == "" || !prose(r.Ground, mostShort):
		return bad("want how consent was given and to what, or the name of the law, in %d characters", mostShort)
	case strings.TrimSpace(r.Reason) == "" || !prose(r.Reason, mostReason):
		return bad("want the reason, in %d characters", mostReason)
	case !r.Until.After(now) || r.Until.Sub(now) > Longest:
		return bad("want until when: a day within 90 days")
	case len(r.Fields) == 0:
		return bad("want at least one field: nothing is handed over that is not named")
	case slices.ContainsFunc(r.View, func(v string) bool { return !slices.Contains(Views(), v) }):
		return bad("a view is one of %s; a claim to asylum never leaves", strings.Join(Views(), ", "))
	}
	return nil
}

// known is what this node knows of the person of some records.
type known struct {
	records []registry.Record
	entries []string
	own     rules.Protection // what officers here hold
	told    rules.Protection // what partners do
	closed  bool             // nothing about the person leaves
}

func (d *Desk) known(tx *store.Tx, entries []string) (k known, err error) {
	restricted, err := registry.RestrictionsOf(tx, entries...)
	if err != nil {
		return k, err
	}
	var described []map[string]string
	for _, e := range entries {
		r, err := registry.Latest(tx, e)
		if err != nil {
			return k, err
		}
		k.entries = append(k.entries, e)
		for _, x := range restricted[e] {
			k.own |= x.Value
		}
		if r != nil {
			k.records = append(k.records, *r)
			described = append(described, r.Describe())
		}
	}
	if d.Told != nil {
		if k.told, err = d.Told(tx, entries); err != nil {
			return k, err
		}
	}
	err = courier.Held(tx, entries, described)
	k.closed = errors.Is(err, courier.ErrNoContact) || (k.own|k.told)&rules.Claim != 0
	if k.closed {
		err = nil
	}
	return k, err
}

// danger reports whether somebody holds that the person needs protection.
func (k known) danger() bool { return k.own|k.told != rules.NoneKnown }

// young reports whether the person may be under age by any record: the year alone is looked at.
func (k known) young(now time.Time) bool {
	return slices.ContainsFunc(k.records, func(r registry.Record) bool { y := int(r.Birth().Year); return y > 0 && now.Year()-y <= 18 })
}

// is reports whether the person is an officer.
func (d *Desk) is(k known, officer string) bool {
	if d.Own == nil {
		return false
	}
	var own []string
	for _, n := range d.Own(officer) {
		own = append(own, person.NormalNumber(n))
	}
	return slices.ContainsFunc(k.records, func(r registry.Record) bool {
		return slices.ContainsFunc([]registry.Field{registry.PassportNo, registry.NationalID, registry.PermitNo}, func(f registry.Field) bool {
			n := person.NormalNumber(r.Get(f))
			return n != "" && slices.Contains(own, n)
		})
	})
}

// permit says why an officer may not refer the person.
func (d *Desk) permit(k known, by Officer) error {
	switch {
	case d.is(k, by.ID):
		return errOwn
	case (k.danger() || k.closed) && !by.Protection: // which of the two is not theirs to learn
		return fmt.Errorf("%w: it is for a supervisor who may see protection", ErrRight)
	case k.closed:
		return courier.ErrNoContact
	}
	return nil
}

// errOwn: somebody acts on themselves. They are told that it is for another officer.
var errOwn = fmt.Errorf("%w: it is for another officer", ErrRight)

// refused leaves the event of somebody who wanted to act on themselves.
func (d *Desk) refused(ctx context.Context, by Officer, err error) error {
	if !errors.Is(err, errOwn) {
		return err
	}
	return errors.Join(err, d.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := journal.Append(tx, journal.Event{Kind: "own-refused", Actor: by.ID, Office: by.Office, Data: []byte("{}")})
		return err
	}))
}

// Refer refers the person of some records, named by their entries, to a guest office. waits is true where a second officer has to
// agree first. The error wraps [ErrReferral], [ErrRight], [ErrUnknown] or [courier.ErrNoContact].
func (d *Desk) Refer(ctx context.Context, entries []string, r Referral, by Officer) (id string, waits bool, err error) {
	now := d.Now()
	if err := r.check(now); err != nil {
		return "", false, err
	}
	id = store.NewID()
	err = d.DB.Write(ctx, func(tx *store.Tx) error {
		u, err := office.FindOpen(tx, r.Office)
		if errors.Is(err, office.ErrUnknown) || err == nil && u.Kind != office.Guest {
			return bad("want a guest office that is open")
		}
		if err != nil {
			return err
		}
		k, err := d.known(tx, entries)
		switch {
		case err != nil:
			return err
		case len(k.records) == 0:
			return ErrUnknown
		}
		if err := d.permit(k, by); err != nil {
			return err
		}
		if err := k.allows(u.Agency, r, by, now); err != nil {
			return err
		}
		var lately int
		if err := tx.QueryRow(countLately, r.Office, now.Add(-24*time.Hour)).Scan(&lately); err != nil {
			return err
		}
		if lately >= perDay {
			return bad("%d people have been referred to this office in a day, which is the most", perDay)
		}
		given, err := k.copied(r, by)
		if err != nil {
			return err
		}
		text, err := json.Marshal(given)
		if err != nil {
			return err
		}
		subjects, err := json.Marshal(k.entries)
		if err != nil {
			return err
		}
		waits = k.danger()
		state := Open
		if waits {
			state = Waiting
		}
		if _, err := tx.Exec(insertReferred, id, r.Office, string(subjects), r.Purpose, r.Basis, string(text), waits, by.ID, now, r.Until, state, journal.NewSeal()); err != nil {
			return err
		}
		for _, e := range k.entries {
			if _, err := tx.Exec(insertSubject, e, id); err != nil {
				return err
			}
		}
		return event(tx, "referred", row{Line: Line{ID: id, Office: r.Office, Purpose: r.Purpose}, subjects: k.entries}, by, map[string]any{"basis": r.Basis, "fields": len(given.Values)})
	})
	return id, waits, d.refused(ctx, by, err)
}

// allows says what of a referral cannot be told to an agency.
func (k known) allows(agency office.Agency, r Referral, by Officer, now time.Time) error {
	for _, v := range r.View {
		var p rules.Protection
		switch {
		case !by.Protection:
			return fmt.Errorf("%w: a view on protection is told by those who may see it", ErrRight)
		case p.UnmarshalText([]byte(v)) != nil || k.own&p == 0:
			return bad("a view is told of a person whom officers here have restricted so")
		}
	}
	if agency != office.Police || r.Basis == Consent {
		return nil
	}
	switch {
	case len(r.View) > 0:
		return bad("the police are told a view on protection with the person's consent alone")
	case (k.danger() || k.young(now)) && slices.ContainsFunc(r.Fields, func(f Field) bool { return slices.Contains(whereabouts, f.Column) }):
		return bad("where the person is, and a telephone, are told to the police with the person's consent alone")
	}
	return nil
}

// A Value is one value that was handed over, as a list had it.
type Value struct {
	Record int    `json:"record"` // values of one record have the same number, from 1
	Noun   string `json:"noun"`
	Loaded string `json:"loaded"` // the day on which the list was loaded (yyyy-mm-dd)
	Column string `json:"column"`
	Value  string `json:"value"`
}

// given is the copy.
type given struct {
	Values []Value  `json:"values"`
	View   []string `json:"view,omitempty"`
	Reason string   `json:"reason"`
	Ground string   `json:"ground"`
}

// copied are the values that a referral names, in the order of the lists; each field is looked up in the record that it names.
func (k known) copied(r Referral, by Officer) (g given, err error) {
	g = given{View: r.View, Reason: r.Reason, Ground: r.Ground}
	left := slices.Clone(r.Fields)
	for i := range k.records {
		x := &k.records[i]
		for _, f := range Offered(x.Batch.Noun, by.Protection) {
			at := slices.Index(left, Field{x.Entry, f.String()})
			if at < 0 || x.Get(f) == "" {
				continue
			}
			left = slices.DeleteFunc(left, func(l Field) bool { return l == left[at] })
			g.Values = append(g.Values, Value{i + 1, string(x.Batch.Noun), x.Batch.At.UTC().Format(time.DateOnly), f.String(), x.Get(f)})
		}
	}
	if len(left) > 0 {
		return g, bad("a field is not there, or cannot be handed over: look at the person again")
	}
	return g, nil
}

// Agree is the word of the second officer. The error wraps [ErrUnknown], [ErrOver], [ErrRight], [registry.ErrAlone] or
// [courier.ErrNoContact].
func (d *Desk) Agree(ctx context.Context, id string, by Officer) error {
	return d.refused(ctx, by, d.DB.Write(ctx, func(tx *store.Tx) error {
		r, err := find(tx, id)
		if err != nil {
			return err
		}
		k, err := d.known(tx, r.subjects)
		if err != nil {
			return err
		}
		switch {
		case !by.Protection:
			return fmt.Errorf("%w: it is for a supervisor who may see protection", ErrRight)
		case r.State != Waiting || !d.Now().Before(r.Until):
			return ErrOver
		case r.Officer == by.ID:
			return registry.ErrAlone
		}
		if err := d.permit(k, by); err != nil {
			return err
		}
		n, err := tx.Exec(agree, by.ID, Open, id, Waiting)
		if err != nil || n == 0 {
			return errors.Join(err, over(n))
		}
		return event(tx, "referred-agreed", r, by, nil)
	}))
}

func over(n int64) error {
	if n == 0 {
		return ErrOver
	}
	return nil
}

// Withdraw ends a referral, and erases what was handed over. Any supervisor may. The error wraps [ErrUnknown] or [ErrOver].
func (d *Desk) Withdraw(ctx context.Context, id string, by Officer) error {
	return d.DB.Write(ctx, func(tx *store.Tx) error {
		r, err := find(tx, id)
		if err != nil {
			return err
		}
		return end(tx, r, Withdrawn, "referred-withdrawn", by)
	})
}

// end ends a referral that goes on, and erases the copy.
func end(tx *store.Tx, r row, state, kind string, by Officer) error {
	n, err := tx.Exec(endReferred, state, journal.NewSeal(), r.ID, Waiting, Open, Accepted)
	if err != nil || n == 0 {
		return errors.Join(err, over(n))
	}
	return event(tx, kind, r, by, nil)
}

// node acts where nobody does.
var node = Officer{ID: "node"}

// Run ends what is over, until ctx does.
func (d *Desk) Run(ctx context.Context) error {
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		if err := d.Turn(ctx); err != nil && ctx.Err() == nil {
			d.Log.Error("referrals to guest offices that are over wait to be erased", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// Turn does once what [Desk.Run] does: what has expired is erased, and what is about somebody about whom nothing leaves any more
// is withdrawn.
func (d *Desk) Turn(ctx context.Context) error {
	var ids []string
	if err := d.DB.Read(ctx, func(tx *store.Tx) error {
		ids = nil
		rows, err := rowsOf(tx, kept)
		for i := 0; i < len(rows) && err == nil; i++ {
			var ends bool
			if ends, err = d.ends(tx, rows[i]); ends {
				ids = append(ids, rows[i].ID)
			}
		}
		return err
	}); err != nil {
		return err
	}
	for _, id := range ids {
		if err := d.DB.Write(ctx, func(tx *store.Tx) error {
			r, err := find(tx, id)
			if err != nil {
				return err
			}
			switch ends, err := d.ends(tx, r); {
			case err != nil || !ends:
				return err
			case d.Now().Before(r.Until):
				return end(tx, r, Withdrawn, "referred-withdrawn", node)
			}
			if r.live() {
				r.State = Expired
			}
			if _, err := tx.Exec(erase, r.State, journal.NewSeal(), id); err != nil {
				return err
			}
			return event(tx, "referred-expired", r, node, nil)
		}); err != nil {
			return err
		}
	}
	return nil
}

// ends reports whether the node ends a referral now, or erases what is left of it.
func (d *Desk) ends(tx *store.Tx, r row) (bool, error) {
	if !d.Now().Before(r.Until) || !r.live() {
		return !d.Now().Before(r.Until), nil
	}
	k, err := d.known(tx, r.subjects)
	return k.closed, err
}

// Waits is why a guest office is still needed, for [office.Close]: somebody is referred to it.
func Waits(tx *store.Tx, name string) error {
	var n int
	if err := tx.QueryRow(countLive, name).Scan(&n); err != nil || n == 0 {
		return err
	}
	return fmt.Errorf("%w: %d people are referred to it; withdraw that first", office.ErrUsed, n)
}

// event tells of a step. It names the person by entries, and says nothing of what was handed over: its row's digest binds that.
func event(tx *store.Tx, kind string, r row, by Officer, data map[string]any) error {
	rows, err := Bound.Rows(tx, r.ID)
	if err != nil {
		return err
	}
	if data == nil {
		data = map[string]any{}
	}
	data["rows"], data["referral"], data["to"] = rows, r.ID, r.Office
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	_, err = journal.Append(tx, journal.Event{Kind: kind, Actor: by.ID, Office: by.Office, Purpose: r.Purpose, Subjects: r.subjects, Data: text})
	return err
}
