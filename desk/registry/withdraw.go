package registry

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"mitra/store"
	"mitra/treaty/journal"
)

// Errors of withdrawing a list.
var (
	// ErrNoBatch: there is no such list, or nobody wants it withdrawn.
	ErrNoBatch = errors.New("no such list")
	// ErrLater: later lists of the same source were compared with this one.
	ErrLater = errors.New("a later list of the same source has to be withdrawn first")
	// ErrLoading: another is being compared with it.
	ErrLoading = errors.New("a list of the same source is being loaded")
	// ErrAsked: an officer wants it withdrawn already.
	ErrAsked = errors.New("an officer has asked for this already")
	// ErrReason: one line of a reason is needed.
	ErrReason = errors.New("want a reason in one line")
)

// mostReason is how many letters the reason of a withdrawal has.
const mostReason = 500

// A Withdrawal is the wish of an officer that a list that was loaded by mistake no longer counts, and what came of it.
type Withdrawal struct {
	ID, Batch, Reason, Officer, Office string
	At                                 time.Time
	Second                             string    // who has agreed; empty: nobody
	Ended                              time.Time // when that was, or when it was taken back; zero while it is open
}

// Done reports whether the list is withdrawn.
func (w Withdrawal) Done() bool { return w.Second != "" }

// KindWithdrawn is the kind of the event by which a list is withdrawn; those of asking for it and of taking that back come before.
const (
	KindWithdrawn    = "import-withdrawn"
	kindWithdrawing  = "import-withdrawing"
	kindNotWithdrawn = "import-kept"
)

// withdrawnEvent is the data of these events.
type withdrawnEvent struct {
	Batch string            `json:"batch"`
	Rows  map[string]string `json:"rows"`
}

// BoundWithdrawals is the table of withdrawals, whose rows events bind.
var BoundWithdrawals = journal.Bound{Table: "withdrawal", Key: "id", All: `
	SELECT id, batch, reason, officer, office, at, second, ended, seal FROM withdrawal`}

// Withdrawals are all that there were, the oldest first.
func Withdrawals(tx *store.Tx) (out []Withdrawal, err error) {
	return withdrawals(tx, allWithdrawals)
}

func withdrawals(tx *store.Tx, query string, args ...any) (out []Withdrawal, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var w Withdrawal
		var at, ended string
		if err := rows.Scan(&w.ID, &w.Batch, &w.Reason, &w.Officer, &w.Office, &at, &w.Second, &ended); err != nil {
			return nil, err
		}
		w.At, err = store.ParseTime(at)
		if err == nil && ended != "" {
			w.Ended, err = store.ParseTime(ended)
		}
		if err != nil {
			return nil, fmt.Errorf("a withdrawal: its time: %w", store.ErrDamaged)
		}
		out = append(out, w)
	}
	return out, rows.Err()
}

// AskToWithdraw keeps that an officer wants a list withdrawn; nothing else changes until another agrees ([Withdraw]). The error
// wraps [ErrNoBatch], [ErrReason], [ErrAsked], [ErrLater] or [ErrLoading].
func AskToWithdraw(tx *store.Tx, batch, reason, officer, office string) error {
	if reason == "" || len([]rune(reason)) > mostReason || strings.ContainsFunc(reason, unicode.IsControl) {
		return ErrReason
	}
	if _, err := withdrawable(tx, batch); err != nil {
		return err
	}
	open, err := withdrawals(tx, openWithdrawal, batch)
	if err != nil {
		return err
	}
	if len(open) > 0 {
		return ErrAsked
	}
	id := store.NewID()
	if _, err := tx.Exec(insertWithdrawal, id, batch, reason, officer, office, tx.Now(), journal.NewSeal()); err != nil {
		return err
	}
	_, err = withdrawEvent(tx, kindWithdrawing, id, batch, officer, office)
	return err
}

// Withdraw agrees to what another officer has asked for: the list no longer counts. What its records said before is what they say
// again, and those that it brought are no longer there. Its rows stay, for verification, and so that a record that comes again under
// its key is the same one, with all that was decided about it since.
//
// Only the last list of a source can be withdrawn: what came later was compared with it. The error wraps [ErrNoBatch], [ErrAlone],
// [ErrLater] or [ErrLoading].
func Withdraw(tx *store.Tx, batch, officer, office string) error {
	b, err := withdrawable(tx, batch)
	if err != nil {
		return err
	}
	open, err := withdrawals(tx, openWithdrawal, batch)
	switch {
	case err != nil:
		return err
	case len(open) == 0:
		return ErrNoBatch
	case open[0].Officer == officer:
		return ErrAlone
	}
	if _, err := tx.Exec(endWithdrawal, officer, tx.Now(), open[0].ID); err != nil {
		return err
	}
	event, err := withdrawEvent(tx, KindWithdrawn, open[0].ID, batch, officer, office)
	if err != nil {
		return err
	}
	n, err := tx.Exec(withdrawBatch, event, b.ID)
	if err == nil && n != 1 {
		err = ErrNoBatch
	}
	return err
}

// KeepList takes back that a list is to be withdrawn. The error wraps [ErrNoBatch].
func KeepList(tx *store.Tx, batch, officer, office string) error {
	open, err := withdrawals(tx, openWithdrawal, batch)
	if err != nil {
		return err
	}
	if len(open) == 0 {
		return ErrNoBatch
	}
	if _, err := tx.Exec(endWithdrawal, "", tx.Now(), open[0].ID); err != nil {
		return err
	}
	_, err = withdrawEvent(tx, kindNotWithdrawn, open[0].ID, batch, officer, office)
	return err
}

// withdrawable is a list that holds, and with which nothing that holds was compared.
func withdrawable(tx *store.Tx, id string) (*Batch, error) {
	list, err := batches(tx, liveBatchByID, id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, ErrNoBatch
	}
	b := list[0]
	var later int64
	if err := tx.QueryRow(laterBatches, string(b.Noun), b.Source, b.Seq).Scan(&later); err != nil {
		return nil, err
	}
	if later > 0 {
		return nil, ErrLater
	}
	var loading, beat string
	switch err := tx.QueryRow(loadingBatch, string(b.Noun), b.Source).Scan(&loading, &beat); {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return nil, err
	case beat >= store.Time(tx.Now().Add(-Silence)):
		return nil, ErrLoading
	default: // its process is dead; should it wake up, it finds that its batch is gone
		if _, err := tx.Exec(killBatch, loading); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func withdrawEvent(tx *store.Tx, kind, id, batch, officer, office string) (event string, err error) {
	rows, err := BoundWithdrawals.Rows(tx, id)
	if err != nil {
		return "", err
	}
	data, err := json.Marshal(withdrawnEvent{batch, rows})
	if err != nil {
		return "", err
	}
	e, err := journal.Append(tx, journal.Event{Kind: kind, Actor: officer, Office: office, Data: data})
	return e.ID, err
}

// RestrictedIn are the entries of people who are restricted and whom the registers no longer have once a list is withdrawn: from then
// on their restriction keeps back nothing that a list says of them under another key.
func RestrictedIn(tx *store.Tx, batch string) (entries []string, err error) {
	list, err := batches(tx, liveBatchByID, batch)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	held, err := Restrictions(tx)
	if err != nil || len(held) == 0 {
		return nil, err
	}
	err = Versions(tx, list[0], func(r *Record) error {
		if _, is := held[r.Entry]; is && r.Entry == r.ID {
			entries = append(entries, strings.Clone(r.Entry))
		}
		return nil
	})
	return entries, err
}

// Loaded are the lists that hold and those that were withdrawn ([Batch.Withdrawn]), the oldest first.
func Loaded(tx *store.Tx) ([]*Batch, error) { return batches(tx, finishedBatches) }

// Brought is the list that brought an entry, whether or not it was withdrawn since; nil if there is none.
func Brought(tx *store.Tx, entry string) (*Batch, error) {
	list, err := batches(tx, batchOfRecord, entry)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

// ChangedSince counts the lists of some kinds that were loaded after a time and hold, and those that were withdrawn after it.
func ChangedSince(tx *store.Tx, at time.Time, nouns ...Noun) (loaded, withdrawn int, err error) {
	all, err := Loaded(tx)
	if err != nil {
		return 0, 0, err
	}
	ended := map[string]time.Time{}
	done, err := Withdrawals(tx)
	for _, w := range done {
		if w.Done() {
			ended[w.Batch] = w.Ended
		}
	}
	for _, b := range all {
		of := len(nouns) == 0
		for _, n := range nouns {
			of = of || b.Noun == n
		}
		switch {
		case !of:
		case b.Withdrawn == "" && b.At.After(at):
			loaded++
		case b.Withdrawn != "" && ended[b.ID].After(at) && !b.At.After(at): // one that came and went since has changed nothing
			withdrawn++
		}
	}
	return loaded, withdrawn, err
}
