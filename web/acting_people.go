package web

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"mitra/desk/account"
	"mitra/desk/enquiry"
	"mitra/desk/guest"
	"mitra/desk/registry"
	"mitra/desk/search"
	"mitra/desk/status"
	"mitra/desk/watch"
	"mitra/rules"
	"mitra/store"
	"mitra/treaty/journal"
)

// Search looks for somebody. It counts, and leaves the event of a search.
func (a Acting) Search(ctx context.Context, q search.Query) (search.Answer, error) {
	if err := a.s.searched.add(a.who.ID, a.s.Now()); err != nil {
		return search.Answer{}, err
	}
	return a.s.People.Ask(ctx, q, a.searcher())
}

// Held is what is held of a person, as far as the officer may see it.
type Held struct {
	Records []registry.Record // the one that was opened first; no other where the rest is withheld
	Fields  []registry.Field  // of them that are shown
	Whole   status.Whole
	Lines   []enquiry.Line // conversations about the person, for those who may see enquiries
	Hidden  int            // of peers about somebody who is restricted, which nobody opens
	// Referred are those to guest offices, for those who may refer.
	Referred []guest.View
}

// OpenPerson opens the person of a record, by its entry. It counts, and leaves the event of a view. The error wraps [ErrNoPage] where no
// register lists the record now.
func (a Acting) OpenPerson(ctx context.Context, entry string) (h Held, err error) {
	if err := a.s.opened.add(a.who.ID, a.s.Now()); err != nil {
		return h, err
	}
	h.Fields = wholeFields(a.protection())
	h.Records, h.Whole, err = a.s.Person(ctx, a.reader(), a.today(), a.lang(), entry)
	if err != nil {
		return h, noPerson(err)
	}
	if h.Whole.Withheld {
		h.Records, h.Fields = h.Records[:1], search.Shown()
		return h, nil
	}
	if a.who.May(account.Refer) {
		if h.Referred, err = a.s.Guests.About(ctx, entriesOf(h.Records), a.referrer()); err != nil {
			return h, err
		}
	}
	if !a.who.May(account.SeeEnquiries) {
		return h, nil
	}
	about, err := a.s.Enquiries.About(ctx, entriesOf(h.Records), a.officer())
	for _, l := range about {
		if l.Hidden {
			h.Hidden++
		} else {
			h.Lines = append(h.Lines, l.Line)
		}
	}
	return h, err
}

func entriesOf(records []registry.Record) (out []string) {
	for i := range records {
		out = append(out, records[i].Entry)
	}
	return out
}

func noPerson(err error) error {
	if errors.Is(err, ErrNoPerson) {
		return errNoPage
	}
	return err
}

// Errors of restricting, which repeat nothing.
var (
	// ErrProtection: there is no such value on the axis of protection.
	ErrProtection = errors.New("somebody is restricted for what they may need protection from: there is no such value")
	// ErrReason: it is too long, or has what no line has.
	ErrReason = errors.New("want a reason of at most 500 letters in one line")
)

// mostReason is how many letters the reason of a restriction has.
const mostReason = 500

// Restrict restricts the person of a record on the officer's word, or agrees to that of another. told is done, or waits while another has
// to agree; or noted for those who may not see protection: whether it was so before, or another has agreed, is not theirs to learn.
func (a Acting) Restrict(ctx context.Context, entry, protection, reason string) (told string, err error) {
	var value rules.Protection
	switch {
	case value.UnmarshalText([]byte(protection)) != nil || value == rules.NoneKnown:
		return "", ErrProtection
	case strings.ContainsFunc(reason, unicode.IsControl) || len([]rune(reason)) > mostReason:
		return "", ErrReason
	}
	done, err := a.s.Restrict(ctx, entry, value, reason, a.by())
	switch {
	case !a.protection() && (err == nil || errors.Is(err, registry.ErrRestricted)):
		return "noted", nil
	case err != nil:
		return "", noPerson(err)
	case done:
		return "done", nil
	}
	return "waits", nil
}

// Lift ends a restriction on the words of two officers, who can see that there is one. told is done, waits, or none.
func (a Acting) Lift(ctx context.Context, entry string) (told string, err error) {
	if !a.protection() {
		return "", errRight
	}
	switch done, err := a.s.Lift(ctx, entry, a.by()); {
	case errors.Is(err, registry.ErrUnrestricted):
		return "none", nil
	case err != nil:
		return "", noPerson(err)
	case done:
		return "done", nil
	}
	return "waits", nil
}

// Holds are the restrictions that hold, after one by its id, so many at most, with an event of seeing whom they are about. next is the last of
// them where there are more, and all how many there are. The error wraps [ErrNoPage] where there is none of that id.
func (a Acting) Holds(ctx context.Context, after string, most int) (list []registry.Hold, next string, all int, err error) {
	if err := a.s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = registry.HoldsNow(tx)
		return err
	}); err != nil {
		return nil, "", 0, err
	}
	all = len(list)
	if after != "" {
		at := slices.IndexFunc(list, func(h registry.Hold) bool { return h.ID == after })
		if at < 0 {
			return nil, "", 0, errNoPage
		}
		list = list[at+1:]
	}
	if len(list) > most {
		list, next = list[:most], list[most-1].ID
	}
	var seen []string
	for _, h := range list {
		seen = append(append(seen, h.Entries...), h.Gone...)
	}
	if len(seen) == 0 {
		return list, next, all, nil
	}
	return list, next, all, a.event(ctx, "status.class", a.purpose(), seen, nil)
}

// Named are the records to which sources give an id, for those who look into looking: they see no people.
func (a Acting) Named(ctx context.Context, register, id string) (found []registry.Record, err error) {
	noun, err := registry.ParseNoun(register)
	if err != nil || id == "" || len(id) > 200 {
		return nil, nil
	}
	err = a.s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		found, err = registry.Find(tx, noun, registry.KeyOfID(id))
		return err
	})
	return found, err
}

// Lookers are who has looked at a person.
type Lookers struct {
	Entry   string
	Noun    string
	Records int
	Watched bool // whoever opens the record is told of
	Looks   []Look
	All     bool      // everything that was done is shown, and not only who looked
	Back    time.Time // how far the journal was read, where it goes further
	Before  string    // the event to read on from
}

// A Look is an event about the person.
type Look struct {
	journal.Event
	Key string // of its kind in words; empty where there are none
}

// Lookers reads who has looked at the person of a record, the newest first, before an event or from the end. It leaves an event itself.
// The error wraps [ErrNoPage].
func (a Acting) Lookers(ctx context.Context, entry, before string) (body Lookers, err error) {
	if before != "" && !store.IsID(before) {
		return body, errNoPage
	}
	body = Lookers{Entry: entry, All: a.protection()}
	entries, err := a.s.Entries(ctx, entry)
	if err != nil && !errors.Is(err, ErrNoPerson) {
		return body, err
	}
	if len(entries) == 0 {
		entries = []string{entry} // a register has let go of it, and the journal has not
	}
	body.Records = len(entries)
	if err := a.s.DB.Read(ctx, func(tx *store.Tx) error {
		from, err := registry.Brought(tx, entry)
		if err != nil {
			return err
		}
		if from == nil {
			return errNoPage
		}
		body.Noun = string(from.Noun)
		all, err := watch.All(tx)
		body.Watched = slices.ContainsFunc(all, func(w watch.Watched) bool { return w.Entry == entry })
		return err
	}); err != nil {
		return body, err
	}
	if err := a.event(ctx, kindLookers, a.purpose(), entries, nil); err != nil {
		return body, err
	}
	err = a.s.DB.Read(ctx, func(tx *store.Tx) error { return body.read(tx, before, entries) })
	if errors.Is(err, journal.ErrNoEvent) {
		err = errNoPage
	}
	return body, err
}

// read looks through the journal for who has looked at the person of some records, the newest first.
func (p *Lookers) read(tx *store.Tx, before string, entries []string) error {
	p.Looks, p.Back, p.Before = nil, time.Time{}, ""
	last, read, err := journal.NewestAbout(tx, journal.House, before, looksRead, entries, func(e journal.Event) error {
		about := slices.ContainsFunc(e.Subjects, func(s string) bool { return slices.Contains(entries, s) })
		if !about || !p.All && !slices.Contains(lookKinds, e.Kind) {
			return nil
		}
		if len(p.Looks) == looksShown {
			return errEnough
		}
		l := Look{Event: e}
		if slices.Contains(lookKinds, e.Kind) {
			l.Key = "people.look." + e.Kind
		}
		if !p.All && tells(e) {
			l.Purpose = ""
		}
		p.Looks = append(p.Looks, l)
		return nil
	})
	switch {
	case errors.Is(err, errEnough):
		end := p.Looks[looksShown-1]
		p.Before, p.Back = end.ID, end.At
		return nil
	case err == nil && read == looksRead:
		p.Before, p.Back = last.ID, last.At
	}
	return err
}

// tells reports whether what an event was for may tell of a restriction.
func tells(e journal.Event) bool {
	return strings.HasPrefix(e.Kind, "enquiry-") || strings.HasPrefix(e.Kind, "referred")
}
