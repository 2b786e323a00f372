package guest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"mitra/store"
	"mitra/treaty/journal"
)

// A Line is a referral in a list. It names nobody.
type Line struct {
	ID, Office     string
	Purpose, Basis string
	State          string
	Officer        string // who has referred the person
	Second         string // who has agreed; empty: nobody
	At, Until      time.Time
	Answered       time.Time // zero: not yet
}

// live reports whether it goes on.
func (l Line) live() bool { return slices.Contains([]string{Waiting, Open, Accepted}, l.State) }

// A View is a referral with what was handed over; nothing of that is left where it has ended.
type View struct {
	Line
	Values           []Value
	Protection       []string // views
	Reason, Ground   string
	Answer, Answerer string
	Entry            string // a record of the person, for officers of this node
}

func (r row) view() (v View, err error) {
	v = View{Line: r.Line, Answer: r.answer, Answerer: r.answerer}
	if r.given == "" {
		return v, nil
	}
	var g given
	if json.Unmarshal([]byte(r.given), &g) != nil {
		return v, fmt.Errorf("referral %s: %w", r.ID, store.ErrDamaged)
	}
	v.Values, v.Protection, v.Reason, v.Ground = g.Values, g.View, g.Reason, g.Ground
	return v, nil
}

// shown is how many lines a list has.
const shown = 200

// List are the referrals to the officer's own office, those that go on first.
func (d *Desk) List(ctx context.Context, by Officer) ([]Line, error) {
	return d.lines(ctx, listOf, by.Office, int64(shown))
}

// Sent are those to all guest offices, for officers of this node.
func (d *Desk) Sent(ctx context.Context) ([]Line, error) {
	return d.lines(ctx, sent, int64(shown))
}

func (d *Desk) lines(ctx context.Context, query string, args ...any) (out []Line, err error) {
	err = d.DB.Read(ctx, func(tx *store.Tx) error {
		out = nil
		rows, err := rowsOf(tx, query, args...)
		for _, r := range rows {
			if r.live() && !d.Now().Before(r.Until) { // nobody has come to erase it yet
				r.State = Expired
			}
			out = append(out, r.Line)
		}
		return err
	})
	return out, err
}

// Open is a referral to the officer's own office, while it may be read there. The event of the view is written before. The error
// wraps [ErrOver], or [ErrUnknown]: that there is one for another office is nobody's to learn.
func (d *Desk) Open(ctx context.Context, id string, by Officer) (v View, err error) {
	err = d.DB.Write(ctx, func(tx *store.Tx) error {
		r, err := d.readable(tx, id, by)
		if err != nil {
			return err
		}
		if v, err = r.view(); err != nil {
			return err
		}
		return event(tx, "referred-shown", r, by, nil)
	})
	return v, err
}

// readable finds a referral that the officer's office may read now.
func (d *Desk) readable(tx *store.Tx, id string, by Officer) (row, error) {
	r, err := find(tx, id)
	if err != nil {
		return r, err
	}
	switch ends, err := d.ends(tx, r); {
	case r.Office != by.Office || r.State == Waiting:
		return r, ErrUnknown
	case err != nil:
		return r, err
	case ends || !r.live():
		return r, ErrOver
	}
	return r, nil
}

// Answer is that of the guest office: [Accepted], [Declined] or [Done], with a short text, which one that declines has. What was
// declined or done is not read there any more. The error wraps [ErrUnknown], [ErrAnswer] or [ErrOver].
func (d *Desk) Answer(ctx context.Context, id, state, text string, by Officer) error {
	text = strings.TrimSpace(text)
	switch {
	case !slices.Contains([]string{Accepted, Declined, Done}, state):
		return fmt.Errorf("%w: want accepted, declined or done", ErrAnswer)
	case !prose(text, mostShort):
		return fmt.Errorf("%w: want a text of %d characters at most", ErrAnswer, mostShort)
	case state == Declined && text == "":
		return fmt.Errorf("%w: want why it is declined", ErrAnswer)
	}
	return d.DB.Write(ctx, func(tx *store.Tx) error {
		r, err := d.readable(tx, id, by)
		if err != nil {
			return err
		}
		if state == Accepted && r.State == Accepted || state == Declined && r.State == Accepted {
			return ErrOver
		}
		if _, err := tx.Exec(answer, state, text, by.ID, d.Now(), id); err != nil {
			return err
		}
		if state != Accepted {
			if _, err := tx.Exec(rub, journal.NewSeal(), id); err != nil {
				return err
			}
		}
		return event(tx, "referred-answered", r, by, map[string]any{"state": state})
	})
}

// Look is a referral for an officer of this node who may refer. The event of the view is written before. The error wraps
// [ErrUnknown], or [ErrRight] where the person is restricted and the officer may not see protection.
func (d *Desk) Look(ctx context.Context, id string, by Officer) (v View, err error) {
	err = d.DB.Write(ctx, func(tx *store.Tx) error {
		r, err := find(tx, id)
		if err != nil {
			return err
		}
		k, err := d.known(tx, r.subjects)
		switch {
		case err != nil:
			return err
		case (r.danger || k.danger() || k.closed) && !by.Protection:
			return fmt.Errorf("%w: it is for a supervisor who may see protection", ErrRight)
		}
		if v, err = r.view(); err != nil {
			return err
		}
		if len(k.records) > 0 {
			v.Entry = k.records[0].Entry
		}
		r.Purpose = cmp.Or(by.Purpose, r.Purpose)
		return event(tx, "referred-shown", r, by, nil)
	})
	return v, err
}

// About are the referrals of the person of some records, by their entries, the newest first, without what was handed over. Those of
// somebody who was held to be in danger then are for who may see protection, as in [Desk.Look]. That they are shown is an event of the
// page that shows the person.
func (d *Desk) About(ctx context.Context, entries []string, by Officer) (out []View, err error) {
	err = d.DB.Read(ctx, func(tx *store.Tx) error {
		out = nil
		seen := map[string]bool{}
		for _, e := range entries {
			rows, err := rowsOf(tx, about, e)
			if err != nil {
				return err
			}
			for _, r := range rows {
				if !seen[r.ID] && (by.Protection || !r.danger) {
					seen[r.ID] = true
					out = append(out, View{Line: r.Line, Answer: r.answer, Answerer: r.answerer})
				}
			}
		}
		slices.SortFunc(out, func(a, b View) int { return strings.Compare(b.ID, a.ID) })
		return nil
	})
	return out, err
}

// Verify compares the table by which the referrals of a person are found with the referrals, which events bind; found has a line for
// each difference, without an entry.
func Verify(tx *store.Tx) (found []string, err error) {
	want := map[[2]string]bool{}
	read := func(query string, yield func(first, second string)) error {
		rows, err := tx.Query(query)
		if err != nil {
			return err
		}
		defer rows.Close()
		var r store.Row
		for rows.Next() {
			if err := r.Scan(rows); err != nil {
				return err
			}
			yield(r.Text(0), r.Text(1)) // a value of another type is "", which is no id
		}
		return rows.Err()
	}
	err = read(allReferred, func(id, subjects string) {
		var entries []string
		_ = json.Unmarshal([]byte(subjects), &entries) // what is damaged, its event tells of
		for _, e := range entries {
			want[[2]string{e, id}] = true
		}
	})
	if err != nil {
		return nil, err
	}
	err = read(allSubjects, func(entry, id string) {
		if key := [2]string{entry, id}; want[key] {
			delete(want, key)
		} else {
			found = append(found, "a row of referred_subject is not what referred says")
		}
	})
	for range want {
		found = append(found, "a row of referred_subject is gone that referred tells of")
	}
	return found, err
}
