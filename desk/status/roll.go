package status

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/google/uuid"

	"mitra/desk/registry"
	"mitra/rules"
	"mitra/store"
)

// A Roll lists the residents of a class, as the last run left them, a page at a time. The class of a resident is not stored, so
// the first question after a run reads every assessment once and keeps the opaque ids by class: 16 bytes for each resident. Its
// zero value is ready; it may be asked by several at once.
type Roll struct {
	mu      sync.Mutex
	run     string // whose classes these are
	classes map[rules.Class][]uuid.UUID
	guarded []uuid.UUID // of all protected classes, for those who may not tell them apart
}

// RollPage is a page of residents of one class.
type RollPage struct {
	Run   Stored
	Pack  *rules.StatusPack
	Class string // as it is shown to the reader
	Lines []RollLine
	Next  string // what to go on after; empty at the end
}

// RollLine is one resident.
type RollLine struct {
	Entry, ID, Source, Name string
	Restricted              bool // now; for those who may see protection
}

// ErrNoClass is returned for a class that there is not, or that the reader may not tell apart.
var ErrNoClass = errors.New("no such class")

// Page returns the next residents of a class after an entry, in the order in which the node came to know them, and writes the one
// event of the reading. Without the right to see protection the protected classes are [AskSupervisor] together, and so is, from
// then on, whoever has been restricted since the run. Who has ended in the register since is left out.
func (l *Roll) Page(ctx context.Context, db *store.DB, r Reader, class, after string, most int) (p RollPage, err error) {
	var from uuid.UUID
	if after != "" {
		if from, err = uuid.Parse(after); err != nil || !store.IsID(after) {
			return p, ErrNoClass
		}
	}
	if err := db.Read(ctx, func(tx *store.Tx) (err error) {
		p, err = l.page(tx, r, class, from, most)
		return err
	}); err != nil {
		return RollPage{}, err
	}
	subjects := make([]string, len(p.Lines))
	for i, line := range p.Lines {
		subjects[i] = line.Entry
	}
	// Which protected class it was, and so how many are in it, is not for whoever reads the journal.
	told := class
	if Protected(rules.Class(class)) {
		told = AskSupervisor
	}
	return p, r.record(ctx, db, "status.class", map[string]any{"run": p.Run.ID, "class": told, "with_protection": r.Protection}, subjects)
}

// Ready reads the classes of the last run, so that the next question finds them read.
func (l *Roll) Ready(ctx context.Context, db *store.DB) error {
	return db.Read(ctx, func(tx *store.Tx) error {
		run, err := Last(tx)
		if err != nil {
			return err
		}
		pack, err := run.Rules()
		if err != nil {
			return err
		}
		_, _, err = l.of(tx, run, pack)
		return err
	})
}

func (l *Roll) page(tx *store.Tx, r Reader, class string, after uuid.UUID, most int) (p RollPage, err error) {
	known := rules.Class(class).Known() && (r.Protection || !Protected(rules.Class(class)))
	if !known && (class != AskSupervisor || r.Protection) {
		return p, ErrNoClass
	}
	p.Class = class
	if p.Run, err = Last(tx); err != nil {
		return p, err
	}
	if p.Pack, err = p.Run.Rules(); err != nil {
		return p, err
	}
	classes, guarded, err := l.of(tx, p.Run, p.Pack)
	if err != nil {
		return p, err
	}
	now, err := restrictedNow(tx, p.Run, p.Pack)
	if err != nil {
		return p, err
	}
	restricted := map[uuid.UUID]bool{}
	for entry := range now {
		id, err := uuid.Parse(entry)
		if err != nil {
			return p, fmt.Errorf("a restriction: its subject: %w", store.ErrDamaged)
		}
		restricted[id] = true
	}
	ids := classes[rules.Class(class)]
	if class == AskSupervisor {
		ids = withRestricted(guarded, classes, restricted)
	}
	at, found := slices.BinarySearchFunc(ids, after, compareIDs)
	if found {
		at++
	}
	records := registry.NewReading(tx)
	for ; at < len(ids); at++ {
		id := ids[at]
		if restricted[id] && !r.Protection && class != AskSupervisor {
			continue
		}
		rec, err := records.Latest(id.String())
		if err != nil {
			return p, err
		}
		if rec == nil {
			continue
		}
		if len(p.Lines) == most {
			p.Next = p.Lines[most-1].Entry
			break
		}
		p.Lines = append(p.Lines, RollLine{rec.Entry, SourceID(rec), rec.Source(), rec.Name().Whole(), restricted[id] && r.Protection})
	}
	return p, nil
}

// restrictedNow are the entries whose restrictions make a class protected, whatever the last run says.
func restrictedNow(tx *store.Tx, run Stored, pack *rules.StatusPack) (map[string]bool, error) {
	restrictions, err := registry.Restrictions(tx)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for entry, all := range restrictions {
		for _, x := range all {
			// By itself: what else is known of the person makes it no less protected.
			alone := rules.Axes{Node: run.Node, Identity: rules.IdentityDocumented, Protection: x.Value}
			if Protected(pack.Decide(alone).Class) {
				out[entry] = true
			}
		}
	}
	return out, nil
}

// withRestricted adds to those of protected classes whoever is restricted now and was in another class.
func withRestricted(guarded []uuid.UUID, classes map[rules.Class][]uuid.UUID, restricted map[uuid.UUID]bool) []uuid.UUID {
	out := guarded
	for id, is := range restricted {
		if !is {
			continue
		}
		for class, ids := range classes {
			if _, in := slices.BinarySearchFunc(ids, id, compareIDs); in && !Protected(class) {
				out = append(out[:len(out):len(out)], id)
			}
		}
	}
	if len(out) > len(guarded) {
		slices.SortFunc(out, compareIDs)
	}
	return out
}

func compareIDs(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) }

// of are the residents of a run by class, which nobody changes.
func (l *Roll) of(tx *store.Tx, run Stored, pack *rules.StatusPack) (map[rules.Class][]uuid.UUID, []uuid.UUID, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.run == run.ID {
		return l.classes, l.guarded, nil
	}
	held, values, err := readValues(tx, run.Office)
	if err != nil {
		return nil, nil, err
	}
	classes := map[rules.Class][]uuid.UUID{}
	decided := map[[5]uint16]rules.Class{} // there are few combinations, and many residents
	for i := range held {
		h := &held[i]
		class, ok := decided[h.value]
		if !ok {
			axes, err := axesFrom(run.Node, func(i int) string { return values[h.value[i]] })
			if err != nil {
				return nil, nil, err
			}
			class = pack.Decide(axes).Class
			decided[h.value] = class
		}
		classes[class] = append(classes[class], h.resident)
	}
	var guarded []uuid.UUID
	for class, ids := range classes {
		slices.SortFunc(ids, compareIDs)
		if Protected(class) {
			guarded = append(guarded, ids...)
		}
	}
	slices.SortFunc(guarded, compareIDs)
	l.run, l.classes, l.guarded = run.ID, classes, guarded
	return classes, guarded, nil
}
