package second_test

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mitra/desk/second"
	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/journal"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// An office is a desk of one kind, "flag", whose proposals raise a flag that stands as it did when they were made.
type office struct {
	t      *testing.T
	db     *store.DB
	desk   *second.Desk
	rights map[string]bool // "officer right"
	mu     sync.Mutex
	fails  error
}

type flag struct {
	Was, Be string
	Text    string
}

func each(t *testing.T, f func(o *office)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := &office{t: t, db: db, rights: map[string]bool{"ann flag": true, "bo flag": true, "cy flag": true, "dee other": true}}
		o.desk = &second.Desk{DB: db,
			May: func(tx *store.Tx, officer, right string) (bool, error) { return o.rights[officer+" "+right], nil },
			Kinds: map[string]second.Kind{
				"flag": {Right: "flag", Ready: func(ctx context.Context, p second.Proposal, by second.By) (second.Act, error) {
					var b flag
					if err := json.Unmarshal(p.Body, &b); err != nil {
						return second.Act{}, err
					}
					return second.Act{Once: "told to " + by.Actor, Do: func(tx *store.Tx) (string, error) {
						o.mu.Lock()
						defer o.mu.Unlock()
						if o.fails != nil {
							return "", o.fails
						}
						now, err := tx.Texts(`SELECT rows FROM cache WHERE name = 'flag'`)
						if err != nil {
							return "", err
						}
						if strings.Join(now, "") != b.Was {
							return "", second.ErrChanged
						}
						_, err = tx.Exec(`INSERT INTO cache (name, rows) VALUES ('flag', $1) ON CONFLICT (name) DO UPDATE SET rows = excluded.rows`, b.Be)
						return "made " + b.Be, err
					}}, nil
				}},
				"other": {Right: "other"},
			}}
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(`CREATE TABLE cache (name TEXT PRIMARY KEY, rows TEXT NOT NULL)`)
			return err
		}))
		f(o)
	})
}

func by(id string) second.By { return second.By{Actor: id, Office: "hq"} }

func (o *office) propose(officer, subject string, b flag) string {
	o.t.Helper()
	id, err := o.desk.Propose(o.t.Context(), "flag", subject, "because", b, by(officer))
	must(o.t, err)
	return id
}

func (o *office) find(id, officer string) (p second.Proposal, err error) {
	err = o.db.Read(o.t.Context(), func(tx *store.Tx) (err error) {
		p, err = o.desk.Find(tx, id, officer)
		return err
	})
	return p, err
}

func (o *office) state(id string) string {
	o.t.Helper()
	p, err := o.find(id, "ann")
	must(o.t, err)
	return p.State
}

func (o *office) confirm(id, officer string) error {
	o.t.Helper()
	p, err := o.find(id, "ann")
	must(o.t, err)
	_, err = o.desk.Confirm(o.t.Context(), id, p.Hash, by(officer))
	return err
}

func (o *office) flag() string {
	var now []string
	must(o.t, o.db.Read(o.t.Context(), func(tx *store.Tx) (err error) {
		now, err = tx.Texts(`SELECT rows FROM cache WHERE name = 'flag'`)
		return err
	}))
	return strings.Join(now, "")
}

func (o *office) exec(query string, args ...any) {
	o.t.Helper()
	must(o.t, o.db.Write(o.t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	}))
}

func (o *office) kinds() (out []string) {
	must(o.t, o.db.Read(o.t.Context(), func(tx *store.Tx) error {
		out = nil
		return journal.Events(tx, journal.House, func(e journal.Event) error {
			if e.Book != journal.House || len(e.Subjects) != 1 || strings.Contains(string(e.Data), "because") {
				o.t.Errorf("%+v %s", e, e.Data)
			}
			out = append(out, e.Kind+" by "+e.Actor)
			return nil
		})
	}))
	return out
}

func (o *office) verify() (found []string) {
	must(o.t, o.db.Read(o.t.Context(), func(tx *store.Tx) (err error) {
		found, err = journal.VerifyBound(tx, second.Bound, second.BoundSteps)
		return err
	}))
	return found
}

func want(t *testing.T, what string, err, is error) {
	t.Helper()
	if !errors.Is(err, is) {
		t.Errorf("%s: %v, want %v", what, err, is)
	}
}

func TestTwoOfficers(t *testing.T) {
	each(t, func(o *office) {
		id := o.propose("ann", "flag", flag{"", "red", "<b>&"})
		p, err := o.find(id, "bo")
		must(o.t, err)
		if p.State != second.Waiting || p.Officer != "ann" || p.Office != "hq" || p.Reason != "because" || string(p.Body) != `{"Was":"","Be":"red","Text":"<b>&"}` || len(p.Hash) != 43 || !p.For("bo") || p.For("ann") {
			o.t.Errorf("%+v %s", p, p.Body)
		}
		if _, err := o.find(id, "dee"); !errors.Is(err, second.ErrUnknown) {
			o.t.Errorf("who has not the right finds it: %v", err)
		}
		want(o.t, "who has proposed it", o.confirm(id, "ann"), second.ErrOwn)
		want(o.t, "without the right", o.confirm(id, "dee"), second.ErrRight)
		want(o.t, "nobody", o.confirm(id, "eve"), second.ErrRight)
		_, err = o.desk.Confirm(o.t.Context(), id, "another hash", by("bo"))
		want(o.t, "who has looked at another", err, second.ErrChanged)
		_, err = o.desk.Confirm(o.t.Context(), store.NewID(), p.Hash, by("bo"))
		want(o.t, "one that is not there", err, second.ErrUnknown)
		want(o.t, "withdrawn by another", o.desk.Withdraw(o.t.Context(), id, by("bo")), second.ErrUnknown)
		want(o.t, "declined by who has proposed it", o.desk.Decline(o.t.Context(), id, p.Hash, "no", by("ann")), second.ErrOwn)
		want(o.t, "declined without a reason", o.desk.Decline(o.t.Context(), id, p.Hash, " ", by("bo")), second.ErrReason)
		if o.flag() != "" || o.state(id) != second.Waiting {
			o.t.Error("something was done")
		}
		once, err := o.desk.Confirm(o.t.Context(), id, p.Hash, by("bo"))
		must(o.t, err)
		if p, _ := o.find(id, "ann"); once != "told to bo" || o.flag() != "red" || p.State != second.Confirmed || p.Second != "bo" || p.Result != "made red" || p.Ended.IsZero() {
			o.t.Errorf("%q %s %+v", once, o.flag(), p)
		}
		want(o.t, "a second time", o.confirm(id, "cy"), second.ErrEnded)
		want(o.t, "declined after it", o.desk.Decline(o.t.Context(), id, p.Hash, "no", by("cy")), second.ErrEnded)
		want(o.t, "withdrawn after it", o.desk.Withdraw(o.t.Context(), id, by("ann")), second.ErrEnded)
		if got := strings.Join(o.kinds(), ", "); got != "second-proposed by ann, second-confirmed by bo" {
			o.t.Error(got)
		}
		if found := o.verify(); len(found) > 0 {
			o.t.Error(found)
		}
	})
}

func TestProposing(t *testing.T) {
	each(t, func(o *office) {
		propose := func(kind, subject, reason, officer string) error {
			_, err := o.desk.Propose(o.t.Context(), kind, subject, reason, flag{"", "red", ""}, by(officer))
			return err
		}
		want(o.t, "no such kind", propose("nothing", "flag", "because", "ann"), second.ErrUnknown)
		want(o.t, "without the right", propose("flag", "flag", "because", "dee"), second.ErrRight)
		want(o.t, "about oneself", propose("flag", "account:ann", "because", "ann"), second.ErrOwn)
		for _, bad := range []string{"", "  ", "two\nlines", "a\u202eb", strings.Repeat("x", 501)} {
			want(o.t, "a reason", propose("flag", "flag", bad, "ann"), second.ErrReason)
		}
		must(o.t, propose("flag", "account:bo", strings.Repeat("ក", 500), "ann"))
		want(o.t, "the same again", propose("flag", "account:bo", "another reason", "cy"), second.ErrWaits)
		var all []second.Proposal
		must(o.t, o.db.Read(o.t.Context(), func(tx *store.Tx) (err error) {
			all, err = o.desk.Recent(tx, tx.Now().Add(-time.Hour), "bo")
			if none, _ := o.desk.Recent(tx, tx.Now().Add(-time.Hour), "dee"); len(none) != 0 {
				o.t.Errorf("without the right: %d", len(none))
			}
			return err
		}))
		if len(all) != 1 || all[0].For("bo") || !all[0].For("cy") {
			o.t.Errorf("%+v", all)
		}
		want(o.t, "confirmed by whom it is about", o.confirm(all[0].ID, "bo"), second.ErrOwn)
		want(o.t, "declined by whom it is about", o.desk.Decline(o.t.Context(), all[0].ID, all[0].Hash, "no", by("bo")), second.ErrOwn)
		must(o.t, o.desk.Decline(o.t.Context(), all[0].ID, all[0].Hash, "not now", by("cy")))
		if p, _ := o.find(all[0].ID, "ann"); p.State != second.Declined || p.Why != "not now" || p.Second != "cy" || o.flag() != "" {
			o.t.Errorf("%+v", p)
		}
		must(o.t, propose("flag", "account:bo", "again", "ann")) // the first is over
	})
}

// What the world has become since is not passed over, and a failure leaves nothing.
func TestChangedWorld(t *testing.T) {
	each(t, func(o *office) {
		first, other := o.propose("ann", "flag", flag{"", "red", ""}), o.propose("ann", "flag", flag{"", "blue", ""})
		o.fails = errors.New("broken")
		want(o.t, "a failure", o.confirm(first, "bo"), o.fails)
		o.fails = nil
		if o.flag() != "" || o.state(first) != second.Waiting {
			o.t.Error("a failure has left something")
		}
		o.rights["ann flag"] = false
		want(o.t, "its officer has lost the right", confirmAs(o, other, "cy", "bo"), second.ErrChanged)
		o.rights["ann flag"] = true
		must(o.t, o.confirm(first, "bo"))
		want(o.t, "the flag is another", o.confirm(other, "bo"), second.ErrChanged)
		if o.flag() != "red" || o.state(other) != second.Waiting {
			o.t.Errorf("the flag is %s", o.flag())
		}
		must(o.t, o.desk.Withdraw(o.t.Context(), other, by("ann")))
		if o.state(other) != second.Withdrawn {
			o.t.Error(o.state(other))
		}
		want(o.t, "withdrawn", o.confirm(other, "bo"), second.ErrEnded)
	})
}

// confirmAs confirms what finder has found.
func confirmAs(o *office, id, finder, officer string) error {
	p, err := o.find(id, finder)
	must(o.t, err)
	_, err = o.desk.Confirm(o.t.Context(), id, p.Hash, by(officer))
	return err
}

func TestExpiry(t *testing.T) {
	each(t, func(o *office) {
		id := o.propose("ann", "flag", flag{"", "red", ""})
		must(o.t, o.desk.Sweep(o.t.Context()))
		if o.state(id) != second.Waiting {
			o.t.Error("over at once")
		}
		o.exec(`UPDATE proposal SET at = $1 WHERE id = $2`, time.Now().Add(-second.Holds-time.Second), id)
		if o.state(id) != second.Expired {
			o.t.Error(o.state(id))
		}
		want(o.t, "confirmed", o.confirm(id, "bo"), second.ErrExpired)
		want(o.t, "withdrawn", o.desk.Withdraw(o.t.Context(), id, by("ann")), second.ErrExpired)
		must(o.t, o.desk.Sweep(o.t.Context()))
		must(o.t, o.desk.Sweep(o.t.Context()))
		want(o.t, "confirmed", o.confirm(id, "bo"), second.ErrExpired)
		if got := strings.Join(o.kinds(), ", "); got != "second-proposed by ann, second-expired by node" || o.flag() != "" {
			o.t.Error(got)
		}
	})
}

// Whatever became of them, all that waited while the node was not there are ended when it comes back, and those that come to it then;
// and from then on what was done before is not looked at again.
func TestSweepAfterLong(t *testing.T) {
	each(t, func(o *office) {
		year := time.Now().Add(-365 * 24 * time.Hour)
		var ids []string
		for i := range 4 {
			id := o.propose("ann", "flag", flag{"", "red", strconv.Itoa(i)})
			o.exec(`UPDATE proposal SET at = $1 WHERE id = $2`, year.Add(time.Duration(i)*time.Hour), id)
			ids = append(ids, id)
		}
		o.exec(`INSERT INTO proposal_step (id, proposal, n, what, officer, office, at, reason, result, seal) VALUES ('s', $2, 1, 'declined', 'bo', 'hq', $1, '', '', $3)`, year, ids[3], []byte("s"))
		late := o.propose("ann", "flag", flag{"", "red", "late"})
		expired := func(want int) {
			o.t.Helper()
			must(o.t, o.desk.Sweep(o.t.Context()))
			if got := strings.Count(strings.Join(o.kinds(), ", "), "second-expired by node"); got != want {
				o.t.Errorf("%d are ended, want %d", got, want)
			}
		}
		expired(3)
		expired(3)
		o.exec(`UPDATE proposal SET at = $1 WHERE id = $2`, time.Now().Add(-second.Holds-time.Second), late)
		expired(4)
		o.exec(`DELETE FROM proposal_step WHERE proposal = $1`, ids[0])
		expired(4)
	})
}

func TestUsedOnce(t *testing.T) {
	each(t, func(o *office) {
		use := func(id, officer string) error {
			return o.db.Write(o.t.Context(), func(tx *store.Tx) error {
				_, err := o.desk.Use(tx, id, by(officer))
				return err
			})
		}
		id := o.propose("ann", "flag", flag{"", "red", ""})
		want(o.t, "before it is confirmed", use(id, "ann"), second.ErrEnded)
		must(o.t, o.confirm(id, "bo"))
		want(o.t, "by the second", use(id, "bo"), second.ErrUnknown)
		o.rights["ann flag"] = false
		want(o.t, "without the right", use(id, "ann"), second.ErrRight)
		o.rights["ann flag"] = true
		must(o.t, use(id, "ann"))
		want(o.t, "twice", use(id, "ann"), second.ErrEnded)
		if o.state(id) != second.Used {
			o.t.Error(o.state(id))
		}
		late := o.propose("ann", "flag", flag{"red", "blue", ""})
		must(o.t, o.confirm(late, "bo"))
		o.exec(`UPDATE proposal_step SET at = $1 WHERE proposal = $2`, time.Now().Add(-second.Holds-time.Second), late)
		want(o.t, "too late", use(late, "ann"), second.ErrExpired)
	})
}

// Two who confirm at the same time: one does it, and the other is told.
func TestTwoConfirmAtOnce(t *testing.T) {
	each(t, func(o *office) {
		for n := range 5 {
			was := o.flag()
			id := o.propose("ann", "flag", flag{was, was + "x", ""})
			p, err := o.find(id, "ann")
			must(o.t, err)
			errs := make([]error, 2)
			var wg sync.WaitGroup
			for i, officer := range []string{"bo", "cy"} {
				wg.Go(func() { _, errs[i] = o.desk.Confirm(o.t.Context(), id, p.Hash, by(officer)) })
			}
			wg.Wait()
			if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), second.ErrEnded) || o.flag() != was+"x" {
				o.t.Fatalf("%d: %v, the flag is %q", n, errs, o.flag())
			}
		}
	})
}

// Each row is bound: what was changed past the program is found.
func TestVerify(t *testing.T) {
	each(t, func(o *office) {
		id := o.propose("ann", "flag", flag{"", "red", ""})
		must(o.t, o.confirm(id, "bo"))
		if found := o.verify(); len(found) > 0 {
			o.t.Fatal(found)
		}
		for _, change := range []string{
			`UPDATE proposal SET officer = 'cy'`, `UPDATE proposal SET body = '{}'`, `UPDATE proposal SET reason = 'x'`,
			`UPDATE proposal_step SET officer = 'ann'`, `UPDATE proposal_step SET what = 'declined'`, `UPDATE proposal_step SET result = 'x'`,
			`DELETE FROM proposal_step`, `DELETE FROM proposal`,
		} {
			before := len(o.verify())
			o.exec(change)
			if found := o.verify(); len(found) == 0 || len(found) < before {
				o.t.Errorf("%s: %v", change, found)
			}
		}
	})
}

// A proposal whose text was exchanged under its hash is not done.
func TestExchangedBody(t *testing.T) {
	each(t, func(o *office) {
		id := o.propose("ann", "flag", flag{"", "red", ""})
		o.exec(`UPDATE proposal SET body = '{"Was":"","Be":"black"}' WHERE id = $1`, id)
		want(o.t, "exchanged", o.confirm(id, "bo"), second.ErrChanged)
		if o.flag() != "" {
			o.t.Error(o.flag())
		}
	})
}
