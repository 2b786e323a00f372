package status

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"mitra/desk/registry"
	"mitra/identity/linkage"
	"mitra/identity/person"
	"mitra/rules"
	"mitra/store"
	"mitra/treaty/journal"
)

// A Reviewer is an officer who looks at doubtful pairs.
type Reviewer struct {
	Reader
	Supervisor bool
	Own        []string // the numbers of the officer's own documents
}

// Errors of reviewing.
var (
	// ErrNoPair: nothing waits there, or the reviewer may not see it.
	ErrNoPair = errors.New("no such pair is to be reviewed")
	// ErrDecided: another officer has said something since the reviewer looked.
	ErrDecided = errors.New("another officer was faster")
	// ErrChanged: a record has changed since the reviewer looked, or since what the reviewer agrees with was said.
	ErrChanged = errors.New("a record has changed meanwhile")
	// ErrGiven: the permit was given to somebody else.
	ErrGiven = errors.New("an officer has decided that the permit is somebody else's")
	// ErrOwn: the reviewer is one of the two.
	ErrOwn = errors.New("it is for another officer")
	// ErrSecond: it takes another person than the one who said so first.
	ErrSecond = errors.New("another officer has to agree")
	// ErrReason: a reason is missing, or is none.
	ErrReason = errors.New("this takes a reason")
	// ErrUndo: only the officer who decided undoes it, before a run rests on it, or a supervisor.
	ErrUndo = errors.New("this officer may not undo it")
	// ErrSaid: that cannot be said of the pair as it is.
	ErrSaid = errors.New("this cannot be said of the pair now")
)

// A Concern is what the pair may mean for the resident. It follows from stay and work alone, so that the order of the queue
// tells nothing of protection.
type Concern int64

// The concerns, the most pressing first.
const (
	Overstays Concern = iota // the stay has run out, and this may be the permit
	NoPermit                 // no permit in force is known, unless it is this one
	HasPermit                // another permit is
	HasLeft
)

func concernOf(a rules.Axes) Concern {
	switch {
	case a.Stay == rules.StayDeparted:
		return HasLeft
	case a.Stay == rules.StayOverstay:
		return Overstays
	case a.Work == rules.WorkPermitValid:
		return HasPermit
	}
	return NoPermit
}

// storeReview makes the queue of what a run left in doubt, and of what waits for a second officer.
func storeReview(tx *store.Tx, in *input, m *matching, sheets []sheet) error {
	states, err := readStates(tx) // others may have been faster than the run
	if err != nil {
		return err
	}
	stale := map[string]bool{}
	for _, r := range in.rulings {
		if r.stale {
			stale[r.id] = true
		}
	}
	waiting := map[string][]string{} // residents → permits
	for pair, s := range states {
		if s.waiting != nil {
			waiting[pair[1]] = append(waiting[pair[1]], pair[0])
		}
	}
	type line struct {
		permit, resident string
		concern          Concern
		guarded          bool
		weight           float64
		state            string
	}
	var all []line
	add := func(permit string, resident int, weight float64) {
		o := &sheets[resident].outcome
		l := line{permit, in.residents[resident].entry, concernOf(o.Axes), Protected(o.Decision.Class), weight, Open}
		s := states[[2]string{l.permit, l.resident}]
		if s.waiting != nil || s.held != nil && !stale[s.held.ID] {
			l.state = s.is()
		}
		all = append(all, l)
	}
	for _, p := range m.pairs {
		if p.band == bandReview {
			add(in.permits[p.permit].entry, p.resident, p.weight)
		}
	}
	if len(waiting) > 0 {
		listed := map[[2]string]bool{}
		for _, l := range all {
			listed[[2]string{l.permit, l.resident}] = true
		}
		there := map[string]bool{} // permits that a list still has
		for _, p := range in.permits {
			there[p.entry] = true
		}
		for i := range in.residents {
			for _, permit := range waiting[in.residents[i].entry] {
				if there[permit] && !listed[[2]string{permit, in.residents[i].entry}] {
					add(permit, i, 0)
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b line) int {
		return cmp.Or(cmp.Compare(a.concern, b.concern), cmp.Compare(b.weight, a.weight), cmp.Compare(a.permit, b.permit), cmp.Compare(a.resident, b.resident))
	})
	if _, err := tx.Exec(clearReview); err != nil {
		return err
	}
	_, err = tx.Bulk("review_pair", reviewColumns, func(yield func([]any) bool) {
		row := make([]any, len(reviewColumns))
		for i, l := range all {
			row[0], row[1], row[2], row[3], row[4], row[5] = l.permit, l.resident, int64(i), int64(l.concern), flag(l.guarded), l.state
			if !yield(row) {
				return
			}
		}
	})
	return err
}

// ListWithdrawn takes the pairs of records that no list has any more out of the queue, in the transaction that withdraws one: reading
// past them would take longer the more they are. The next run makes the queue anew.
func ListWithdrawn(tx *store.Tx) error {
	_, err := tx.Exec(clearUnlisted)
	return err
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// A ReviewLine is a pair of the queue, or of what was decided.
type ReviewLine struct {
	Permit, Resident *registry.Record
	Probability      float64
	Concern          Concern
	// Again: it was decided before, and a record has changed since, or the decision was undone.
	Again bool
	// Act is what an officer said, in a list of that; Holds is whether it holds now, and Undo whether the reader may undo it.
	Act         *Act
	Holds, Undo bool

	state pairState
}

// A ReviewPage is a page of the queue.
type ReviewPage struct {
	Lines []ReviewLine
	Next  string // what to go on after; empty at the end
}

// ReviewCount is how many pairs wait.
type ReviewCount struct{ Open, Second int }

// CountReview counts the open pairs, and those that wait for the reviewer as the second officer.
func CountReview(tx *store.Tx, r Reviewer) (n ReviewCount, err error) {
	h, err := hiddenFrom(tx, r.Reader)
	if err != nil {
		return n, err
	}
	rows, err := tx.Query(selectReviewOpen, Open, h.guarded)
	if err != nil {
		return n, err
	}
	for rows.Next() { // however many are restricted: how long it takes tells of nobody
		var permit, resident string
		if err := rows.Scan(&permit, &resident); err != nil {
			rows.Close()
			return n, err
		}
		if !h.entries[permit] && !h.entries[resident] {
			n.Open++
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return n, err
	}
	waiting, err := readWaiting(tx, h)
	for _, w := range waiting {
		if w.officer != r.Actor {
			n.Second++
		}
	}
	return n, err
}

// hidden are the residents whom a reader may not see in the queue.
type hidden struct {
	guarded int64           // the most that the column may say
	entries map[string]bool // of people who are restricted now
}

func hiddenFrom(tx *store.Tx, r Reader) (h hidden, err error) {
	if r.Protection {
		return hidden{guarded: 1}, nil
	}
	run, err := Last(tx)
	if errors.Is(err, ErrNoRun) {
		return hidden{}, nil
	}
	if err != nil {
		return h, err
	}
	pack, err := run.Rules()
	if err != nil {
		return h, err
	}
	h.entries, err = restrictedNow(tx, run, pack)
	return h, err
}

// waitingPair waits for a second officer.
type waitingPair struct{ permit, resident, officer string }

func readWaiting(tx *store.Tx, h hidden) (out []waitingPair, err error) {
	rows, err := tx.Query(selectWaiting)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var w waitingPair
		var guarded int64
		if err := rows.Scan(&w.permit, &w.resident, &guarded, &w.officer); err != nil {
			return nil, err
		}
		if guarded <= h.guarded && !h.entries[w.resident] && !h.entries[w.permit] {
			out = append(out, w)
		}
	}
	return out, rows.Err()
}

// Review returns the next open pairs of the last run after one of them, "PERMIT.RESIDENT" by their entries, and writes the one
// event of the reading. Whose class is protected is left out for those who may not see that, and so is who the reader is.
func Review(ctx context.Context, db *store.DB, r Reviewer, after string, most int) (p ReviewPage, err error) {
	if err := db.Read(ctx, func(tx *store.Tx) error {
		p = ReviewPage{}
		h, err := hiddenFrom(tx, r.Reader)
		if err != nil {
			return err
		}
		return openPairs(tx, h, after, func(permit, resident string, concern Concern) (bool, error) {
			l, err := reviewLine(tx, r, permit, resident)
			if err != nil || l == nil {
				return true, err
			}
			if len(p.Lines) == most {
				last := p.Lines[most-1]
				p.Next = last.Permit.Entry + "." + last.Resident.Entry
				return false, nil
			}
			l.Concern = concern
			p.Lines = append(p.Lines, *l)
			return true, nil
		})
	}); err != nil {
		return ReviewPage{}, err
	}
	return p, r.listed(ctx, db, "open", p.Lines)
}

// NextReview is the first open pair after one, or else the first of all, by the entries of permit and resident; empty where
// there is none. It shows nobody, and leaves no event.
func NextReview(tx *store.Tx, r Reviewer, after string) (permit, resident string, err error) {
	h, err := hiddenFrom(tx, r.Reader)
	if err != nil {
		return "", "", err
	}
	for _, from := range []string{after, ""} {
		if err := openPairs(tx, h, from, func(p, q string, _ Concern) (bool, error) {
			if p+"."+q == after {
				return true, nil
			}
			l, err := reviewLine(tx, r, p, q)
			if err == nil && l != nil {
				permit, resident = p, q
			}
			return l == nil, err
		}); err != nil || permit != "" || from == "" {
			return permit, resident, err
		}
	}
	return "", "", nil
}

// openPairs hands out the open pairs after one, in their order, until yield says that it is enough.
func openPairs(tx *store.Tx, h hidden, after string, yield func(permit, resident string, concern Concern) (bool, error)) error {
	place := int64(-2) // before every place
	permit, resident, _ := strings.Cut(after, ".")
	if after != "" {
		if !store.IsID(permit) || !store.IsID(resident) {
			return ErrNoPair
		}
		var state string
		switch err := tx.QueryRow(selectReviewPlace, permit, resident).Scan(&place, &state); {
		case errors.Is(err, sql.ErrNoRows): // a run has come between: from the beginning
			place = -2
		case err != nil:
			return err
		}
	}
	const some = 64
	for {
		type found struct {
			permit, resident string
			concern          int64
		}
		var all []found
		rows, err := tx.Query(selectReview, Open, h.guarded, place, permit, resident, some)
		if err != nil {
			return err
		}
		for rows.Next() {
			var f found
			if err := rows.Scan(&f.permit, &f.resident, &f.concern); err != nil {
				rows.Close()
				return err
			}
			all = append(all, f)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
		for _, f := range all {
			if h.entries[f.resident] || h.entries[f.permit] {
				continue
			}
			if on, err := yield(f.permit, f.resident, Concern(f.concern)); err != nil || !on {
				return err
			}
		}
		if len(all) < some {
			return nil
		}
		last, state := all[len(all)-1], ""
		permit, resident = last.permit, last.resident
		if err := tx.QueryRow(selectReviewPlace, permit, resident).Scan(&place, &state); err != nil {
			return err
		}
	}
}

// reviewLine is what the list shows of a pair; nil where a list no longer has one of the two, or the reader is one of them.
func reviewLine(tx *store.Tx, r Reviewer, permit, resident string) (*ReviewLine, error) {
	var l ReviewLine
	var err error
	if l.Permit, err = registry.Latest(tx, permit); err != nil || l.Permit == nil {
		return nil, err
	}
	if l.Resident, err = registry.Latest(tx, resident); err != nil || l.Resident == nil || r.own(l.Permit, l.Resident) {
		return nil, err
	}
	links, err := readLinks(tx, selectLinkOfPair, permit, resident)
	if err != nil {
		return nil, err
	}
	for _, link := range links {
		l.Probability = linkage.Probability(link.weight)
	}
	l.state, err = readState(tx, permit, resident)
	l.Again = len(l.state.acts) > 0
	return &l, err
}

// listed writes the event of a list.
func (r Reviewer) listed(ctx context.Context, db *store.DB, what string, lines []ReviewLine) error {
	var subjects []string
	for _, l := range lines {
		subjects = append(subjects, l.Permit.Entry, l.Resident.Entry)
	}
	return r.record(ctx, db, "review.listed", map[string]any{"list": what, "pairs": len(lines)}, subjects)
}

// own reports whether a record is the reviewer's own, by the numbers of documents.
func (r Reviewer) own(records ...*registry.Record) bool {
	for _, rec := range records {
		for _, f := range []registry.Field{registry.PassportNo, registry.NationalID, registry.PermitNo} {
			if n := person.NormalNumber(rec.Get(f)); n != "" && slices.ContainsFunc(r.Own, func(own string) bool { return person.NormalNumber(own) == n }) {
				return true
			}
		}
	}
	return false
}

// WaitingReview returns the pairs that wait for the reviewer as the second officer, the oldest first, and writes the event of the reading.
func WaitingReview(ctx context.Context, db *store.DB, r Reviewer, most int) (lines []ReviewLine, err error) {
	if err := db.Read(ctx, func(tx *store.Tx) error {
		lines = nil
		h, err := hiddenFrom(tx, r.Reader)
		if err != nil {
			return err
		}
		all, err := readWaiting(tx, h)
		if err != nil {
			return err
		}
		for _, w := range all {
			if len(lines) == most {
				break
			}
			if w.officer == r.Actor {
				continue
			}
			l, err := reviewLine(tx, r, w.permit, w.resident)
			if err != nil {
				return err
			}
			if l == nil {
				continue
			}
			l.Act = l.state.waiting
			lines = append(lines, *l)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	return lines, r.listed(ctx, db, "waiting", lines)
}

// DecidedReview returns what officers have said lately, before an act by its id or from the last on, and writes the event of the
// reading.
func DecidedReview(ctx context.Context, db *store.DB, r Reviewer, before string, most int) (lines []ReviewLine, next string, err error) {
	if before == "" {
		before = "~" // after every id
	} else if !store.IsID(before) {
		return nil, "", ErrNoPair
	}
	if err := db.Read(ctx, func(tx *store.Tx) error {
		lines, next = nil, ""
		acts, err := readActs(tx, selectActsBefore, before, most+1)
		if err != nil {
			return err
		}
		if len(acts) > most {
			acts = acts[:most]
			next = acts[most-1].ID
		}
		h, err := hiddenFrom(tx, r.Reader)
		if err != nil {
			return err
		}
		for _, a := range acts {
			hides, err := h.hides(tx, a.Permit, a.Resident)
			if err != nil {
				return err
			}
			if hides {
				continue
			}
			l, err := reviewLine(tx, r, a.Permit, a.Resident)
			if err != nil {
				return err
			}
			if l == nil {
				continue
			}
			s := &l.state
			l.Act = &a
			l.Holds = s.held != nil && s.held.ID == a.ID
			if l.Holds && s.waiting == nil || s.waiting != nil && s.waiting.ID == a.ID {
				if l.Undo, err = r.mayUndo(tx, s); err != nil {
					return err
				}
			}
			lines = append(lines, *l)
		}
		return nil
	}); err != nil {
		return nil, "", err
	}
	return lines, next, r.listed(ctx, db, "decided", lines)
}

// hides reports whether a pair is kept from the reader: by the class of the resident in the last run, or by a restriction.
func (h hidden) hides(tx *store.Tx, permit, resident string) (bool, error) {
	if h.guarded > 0 {
		return false, nil
	}
	if h.entries[permit] || h.entries[resident] {
		return true, nil
	}
	_, guarded, err := standingOf(tx, resident)
	return guarded, err
}

// standingOf is what the last run holds of a resident, for the queue.
func standingOf(tx *store.Tx, resident string) (c Concern, guarded bool, err error) {
	run, err := Last(tx)
	if err != nil {
		if errors.Is(err, ErrNoRun) {
			err = nil
		}
		return NoPermit, true, err
	}
	pack, err := run.Rules()
	if err != nil {
		return 0, true, err
	}
	history, err := readHistory(tx, resident, run.Office)
	if err != nil {
		return 0, true, err
	}
	all := rules.AllAxes()
	axes, err := axesFrom(run.Node, func(i int) string {
		if list := history[string(all[i])]; len(list) > 0 {
			return list[0].value
		}
		return ""
	})
	return concernOf(axes), Protected(pack.Decide(axes).Class), err
}

// mayUndo reports whether the reviewer may end what holds or waits: a supervisor, or whoever said it as long as no run rests on it.
func (r Reviewer) mayUndo(tx *store.Tx, s *pairState) (bool, error) {
	last := cmp.Or(s.waiting, s.held)
	if last == nil {
		return false, nil
	}
	if r.Supervisor || s.waiting != nil && s.waiting.Officer == r.Actor {
		return true, nil
	}
	if s.waiting != nil || s.held.Officer != r.Actor && s.second != r.Actor {
		return false, nil
	}
	var place int64
	var state string
	err := tx.QueryRow(selectReviewPlace, last.Permit, last.Resident).Scan(&place, &state)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// A Pair is a permit and a resident who may be one person, for an officer to look at.
type Pair struct {
	Permit, Resident *registry.Record
	Link             LinkView
	ReviewFrom       float64 // thresholds of the model, as probabilities
	LinkFrom         float64
	Concern          Concern
	// State is Open, Waiting, Same or Different. Held is what holds and Second who agreed with it; Waiting is what waits for a second
	// officer. Stale says that a record has changed since what holds was decided.
	State         string
	Held, Waiting *Act
	Second        string
	Stale         bool
	Mine          bool // what waits is the reviewer's own word
	MayUndo       bool
	Acts          []Act
	Seen          int64 // the number of the last act, for [Decide]
	// ForSame and ForDifferent are the reasons why each takes a second officer.
	ForSame, ForDifferent []string
	Rivals                []Rival
	Hidden                bool // there is a rival whom the reviewer may not see
	Given                 bool // the permit is somebody else's by the word of an officer
	Next                  string
}

// A Rival is another permit that may be the resident's, or another resident whose the permit may be.
type Rival struct {
	Permit, Resident string // entries
	Name             string
	PermitNo         string
	From, Until      string
	Other            bool // another resident; else another permit
	Band             string
	Probability      float64
}

// OpenReview shows a pair, and writes the one event of the reading, with the permit and the resident as its subjects, and rivals
// after them. The error may be [ErrNoPair] or [ErrOwn].
func OpenReview(ctx context.Context, db *store.DB, r Reviewer, permit, resident string) (p Pair, err error) {
	if err := db.Read(ctx, func(tx *store.Tx) (err error) {
		p, err = r.pair(tx, permit, resident)
		return err
	}); err != nil {
		return Pair{}, r.refused(ctx, db, err)
	}
	subjects := []string{permit, resident}
	for _, x := range p.Rivals {
		if x.Other {
			subjects = append(subjects, x.Resident)
		} else {
			subjects = append(subjects, x.Permit)
		}
	}
	return p, r.record(ctx, db, "review.opened", map[string]any{"rivals": len(p.Rivals)}, subjects)
}

// refused leaves the event of an officer whose own record it was.
func (r Reviewer) refused(ctx context.Context, db *store.DB, err error) error {
	if errors.Is(err, ErrOwn) {
		return errors.Join(err, r.record(ctx, db, "own-refused", map[string]any{}, nil))
	}
	return err
}

// seen reads the two records and what is known of the pair, if the reviewer may see it.
func (r Reviewer) seen(tx *store.Tx, permit, resident string) (p Pair, link storedLink, s pairState, err error) {
	no := func(err error) (Pair, storedLink, pairState, error) { return Pair{}, storedLink{}, pairState{}, err }
	if !store.IsID(permit) || !store.IsID(resident) {
		return no(ErrNoPair)
	}
	links, err := readLinks(tx, selectLinkOfPair, permit, resident)
	if err != nil {
		return no(err)
	}
	if s, err = readState(tx, permit, resident); err != nil {
		return no(err)
	}
	if len(links) == 0 || links[0].levels == "" || links[0].band != bandReview && len(s.acts) == 0 {
		return no(ErrNoPair)
	}
	h, err := hiddenFrom(tx, r.Reader)
	if err != nil {
		return no(err)
	}
	hides, err := h.hides(tx, permit, resident)
	if err != nil || hides {
		return no(cmp.Or(err, ErrNoPair))
	}
	if p.Permit, err = registry.Latest(tx, permit); err != nil || p.Permit == nil {
		return no(cmp.Or(err, ErrNoPair))
	}
	if p.Resident, err = registry.Latest(tx, resident); err != nil || p.Resident == nil {
		return no(cmp.Or(err, ErrNoPair))
	}
	if r.own(p.Permit, p.Resident) {
		return no(ErrOwn)
	}
	if s.held != nil {
		if p.Stale, err = s.held.stale(tx, p.Permit, p.Resident); err != nil {
			return no(err)
		}
	}
	given, contrary, err := decidedElsewhere(tx, p.Permit, p.Resident, s.held)
	p.Given, p.Stale = given, p.Stale || contrary
	return p, links[0], s, err
}

// stale reports whether one of the records says something else now than when it was decided.
func (a *Act) stale(tx *store.Tx, permit, resident *registry.Record) (bool, error) {
	changed, err := saysOther(tx, a.PermitVersion, permit.ID, comparedCells(permit))
	if err == nil && !changed {
		changed, err = saysOther(tx, a.ResidentVersion, resident.ID, comparedCells(resident))
	}
	return changed, err
}

// decidedElsewhere is what officers have said of the permit and other residents: given, whether it is another person's by that,
// and contrary, whether held, which may be nil, cannot hold beside it ([input.contradictions]).
func decidedElsewhere(tx *store.Tx, permit, resident *registry.Record, held *Act) (given, contrary bool, err error) {
	acts, err := readActs(tx, selectActsOfPermit, permit.Entry)
	if err != nil {
		return false, false, err
	}
	states, err := statesOf(acts)
	if err != nil {
		return false, false, err
	}
	for pair, s := range states {
		if s.held == nil || pair[1] == resident.Entry {
			continue
		}
		other, err := registry.Latest(tx, pair[1])
		if err != nil {
			return false, false, err
		}
		if other == nil {
			continue
		}
		one := samePerson(other) != "" && samePerson(other) == samePerson(resident)
		given = given || !one && s.held.Act == Same
		if held == nil || one == (s.held.Act == held.Act) || !one && held.Act != Same {
			continue
		}
		stale, err := s.held.stale(tx, permit, other)
		if err != nil {
			return false, false, err
		}
		contrary = contrary || !stale
	}
	return given, contrary, nil
}

func (r Reviewer) pair(tx *store.Tx, permit, resident string) (Pair, error) {
	p, link, s, err := r.seen(tx, permit, resident)
	if err != nil {
		return p, err
	}
	if p.Link, err = linkView(tx, link, p.Resident); err != nil {
		return p, err
	}
	model, err := readModel(tx, link.model)
	if err != nil {
		return p, err
	}
	p.ReviewFrom, p.LinkFrom = model.Spec.Review, model.Spec.Link
	if p.Concern, _, err = standingOf(tx, resident); err != nil {
		return p, err
	}
	p.State, p.Held, p.Waiting, p.Second, p.Acts, p.Seen = s.is(), s.held, s.waiting, s.second, s.acts, int64(len(s.acts))
	if p.Stale && p.State != Waiting {
		p.State = Open
	}
	p.Mine = s.waiting != nil && s.waiting.Officer == r.Actor
	if p.MayUndo, err = r.mayUndo(tx, &s); err != nil {
		return p, err
	}
	p.ForSame = s.stakes(Same, r.Actor, p.Link.Probability, p.Permit, p.Resident)
	p.ForDifferent = s.stakes(Different, r.Actor, p.Link.Probability, p.Permit, p.Resident)
	if err := r.rivals(tx, &p); err != nil {
		return p, err
	}
	next, of, err := NextReview(tx, r, permit+"."+resident)
	if next != "" && (next != permit || of != resident) {
		p.Next = next + "/" + of
	}
	return p, err
}

// rivals adds the other permits of the resident and the other residents of the permit, the likeliest first.
func (r Reviewer) rivals(tx *store.Tx, p *Pair) error {
	h, err := hiddenFrom(tx, r.Reader)
	if err != nil {
		return err
	}
	for _, other := range []bool{false, true} {
		query, of := selectLinksOf, p.Resident.Entry
		if other {
			query, of = selectLinksOfPermit, p.Permit.Entry
		}
		links, err := readLinks(tx, query, of)
		if err != nil {
			return err
		}
		for _, l := range links {
			if l.band == bandNone || l.permit == p.Permit.Entry && l.resident == p.Resident.Entry {
				continue
			}
			entry := l.permit
			if other {
				entry = l.resident
				hides, err := h.hides(tx, p.Permit.Entry, entry)
				if err != nil {
					return err
				}
				if hides {
					p.Hidden = true
					continue
				}
			}
			rec, err := registry.Latest(tx, entry)
			if err != nil {
				return err
			}
			if rec == nil || r.own(rec) {
				continue
			}
			p.Rivals = append(p.Rivals, Rival{l.permit, l.resident, rec.Name().Whole(), rec.Get(registry.PermitNo), rec.Get(registry.ValidFrom), rec.Get(registry.ValidUntil),
				other, l.band, linkage.Probability(l.weight)})
		}
	}
	slices.SortStableFunc(p.Rivals, func(a, b Rival) int { return cmp.Compare(b.Probability, a.Probability) })
	return nil
}

// A Word is what an officer says of a pair that [OpenReview] has shown.
type Word struct {
	Permit, Resident               string
	Act                            string // Same, Different, Agree, Disagree or Undo
	Reason                         string // needed where it takes a second officer, and where a supervisor undoes what another decided
	Seen                           int64  // as it was shown
	PermitVersion, ResidentVersion string
}

// mostReason is how many letters a reason has.
const mostReason = 500

// Decide adds the word of an officer, with its event. state is what the pair is then: [Waiting] while another officer has to
// agree. The error may be any of this file's; where it is, nothing has changed. It never overwrites: what was said since the
// officer looked is [ErrDecided].
func Decide(ctx context.Context, db *store.DB, r Reviewer, w Word) (state string, err error) {
	w.Reason = strings.TrimSpace(w.Reason)
	if utf8.RuneCountInString(w.Reason) > mostReason || strings.ContainsFunc(w.Reason, func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\r' }) {
		return "", ErrReason
	}
	err = db.Write(ctx, func(tx *store.Tx) (err error) {
		state, err = r.decide(tx, w)
		return err
	})
	return state, r.refused(ctx, db, err)
}

func (r Reviewer) decide(tx *store.Tx, w Word) (string, error) {
	p, link, s, err := r.seen(tx, w.Permit, w.Resident)
	if err != nil {
		return "", err
	}
	if w.Seen != int64(len(s.acts)) {
		return "", ErrDecided
	}
	a := Act{ID: store.NewID(), Permit: w.Permit, Resident: w.Resident, Seq: w.Seen + 1, Act: w.Act, Reason: w.Reason, Officer: r.Actor, Office: r.Office, At: store.Time(tx.Now()),
		Weight: link.weight, Model: link.model, PermitVersion: p.Permit.ID, ResidentVersion: p.Resident.ID}
	if w.Act != Undo && (w.PermitVersion != p.Permit.ID || w.ResidentVersion != p.Resident.ID) {
		return "", ErrChanged
	}
	value, kind := w.Act, "review.decided"
	switch w.Act {
	case Same, Different:
		if s.waiting != nil || s.held != nil && s.held.Act == w.Act && !p.Stale {
			return "", ErrSaid
		}
		a.Two = len(s.stakes(w.Act, r.Actor, linkage.Probability(link.weight), p.Permit, p.Resident)) > 0
		if a.Two && w.Reason == "" {
			return "", ErrReason
		}
	case Agree, Disagree:
		if s.waiting == nil {
			return "", ErrSaid
		}
		if s.waiting.Officer == r.Actor {
			return "", ErrSecond
		}
		kind, value = "review.disagreed", ""
		if w.Act == Agree {
			kind, value = "review.agreed", s.waiting.Act
			for _, x := range []struct {
				then string
				now  *registry.Record
			}{{s.waiting.PermitVersion, p.Permit}, {s.waiting.ResidentVersion, p.Resident}} {
				if changed, err := saysOther(tx, x.then, x.now.ID, comparedCells(x.now)); err != nil || changed {
					return "", cmp.Or(err, ErrChanged)
				}
			}
		}
	case Undo:
		may, err := r.mayUndo(tx, &s)
		if err != nil || !may {
			return "", cmp.Or(err, ErrUndo)
		}
		if last := cmp.Or(s.waiting, s.held); last.Officer != r.Actor && w.Reason == "" {
			return "", ErrReason
		}
		kind = "review.undone"
	default:
		return "", ErrSaid
	}
	if value == Same && p.Given {
		return "", ErrGiven
	}
	if _, err := tx.Exec(insertAct, a.ID, a.Permit, a.Resident, a.Seq, a.Act, a.Two, a.Reason, a.Officer, a.Office, a.At, a.Weight, a.Model, a.PermitVersion, a.ResidentVersion, journal.NewSeal()); err != nil {
		return "", err
	}
	s.say(a)
	concern, guarded, err := standingOf(tx, w.Resident)
	if err != nil {
		return "", err
	}
	now := s.is()
	if w.Act == Disagree && p.Stale {
		now = Open // what held before no longer does
	}
	if _, err := tx.Exec(putReview, a.Permit, a.Resident, int64(concern), flag(guarded), now); err != nil {
		return "", err
	}
	rows, err := BoundDecisions.Rows(tx, a.ID)
	if err != nil {
		return "", err
	}
	data, err := json.Marshal(map[string]any{"second": a.Two, "rows": rows})
	if err != nil {
		return "", err
	}
	_, err = journal.Append(tx, journal.Event{Kind: kind, Actor: r.Actor, Office: r.Office, Purpose: r.Purpose, Subjects: []string{a.Permit, a.Resident}, Data: data})
	return s.is(), err
}

// Decided is what holds of a permit and a resident by the word of an officer.
type Decided struct {
	Value   string `json:"value"` // same or different
	Officer string `json:"officer"`
	Office  string `json:"office"`
	Second  string `json:"second,omitempty"` // who agreed
	At      string `json:"at"`
	Reason  string `json:"reason,omitempty"`
}

// decidedOf is what holds of a resident's permits, by their entries.
func decidedOf(tx *store.Tx, resident string) (map[string]*Decided, error) {
	acts, err := readActs(tx, selectActsOfResident, resident)
	if err != nil {
		return nil, err
	}
	states, err := statesOf(acts)
	if err != nil {
		return nil, fmt.Errorf("a resident: %w", err)
	}
	out := map[string]*Decided{}
	for pair, s := range states {
		if h := s.held; h != nil {
			out[pair[0]] = &Decided{h.Act, h.Officer, h.Office, s.second, h.At, h.Reason}
		}
	}
	return out, nil
}
