package search

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"mitra/desk/registry"
	"mitra/identity/linkage"
	"mitra/store"
)

// indexed are the columns of the registers by which people are found.
var indexed = []registry.Field{
	registry.FullName, registry.GivenName, registry.Surname, registry.BirthDate, registry.Sex,
	registry.Nationality, registry.PassportNo, registry.PermitNo, registry.NationalID, registry.Phone,
}

func columnOf(f registry.Field) int { return slices.Index(indexed, f) }

// spec says what the columns hold.
func spec() linkage.Spec {
	kinds := map[registry.Field]linkage.Kind{
		registry.FullName: linkage.FullName, registry.GivenName: linkage.GivenName, registry.Surname: linkage.FamilyName,
		registry.BirthDate: linkage.BirthDate, registry.Sex: linkage.SexKind, registry.Nationality: linkage.CountryKind,
		registry.PassportNo: linkage.Document, registry.PermitNo: linkage.Document, registry.NationalID: linkage.NationalID,
		registry.Phone: linkage.Phone,
	}
	s := linkage.Spec{Name: "registers"}
	for _, f := range indexed {
		s.Fields = append(s.Fields, linkage.Field{Name: f.String(), Kind: kinds[f]})
	}
	return s
}

func headings() []string {
	out := make([]string, len(indexed))
	for i, f := range indexed {
		out[i] = f.String()
	}
	return out
}

func cellsOf(r *registry.Record, to []string) []string {
	to = to[:0]
	for _, f := range indexed {
		to = append(to, r.Get(f))
	}
	return to
}

// A Finder answers searches among the current records of a node's registers. It is
// safe for concurrent use.
type Finder struct {
	db    *store.DB
	cache Cache

	mu   sync.Mutex      // one catches up at a time
	live map[string]bool // batches whose records are in the index
	came int             // records that came since values were counted
	kept bool            // the cache is as the index

	reading sync.RWMutex
	index   *linkage.Index
}

// Open makes a finder, from its cache if that can be read, and catches up with the
// database. Why a cache could not be read is of no interest: it is written anew by
// [Finder.Keep].
func Open(ctx context.Context, db *store.DB, cache Cache) (*Finder, error) {
	f := &Finder{db: db, cache: cache}
	if k, err := cache.load(); err == nil {
		f.index, f.live, f.came, f.kept = k.index, k.live, k.came, true
	}
	_, err := f.Sync(ctx)
	return f, err
}

// Len is the number of records.
func (f *Finder) Len() int { return f.at().Len() }

func (f *Finder) at() *linkage.Index {
	f.reading.RLock()
	defer f.reading.RUnlock()
	return f.index
}

// Sync catches up with the database, and reports whether there was anything new.
func (f *Finder) Sync(ctx context.Context) (changed bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	err = f.db.Read(ctx, func(tx *store.Tx) error {
		ids, err := registry.LiveBatches(tx)
		if err != nil {
			return err
		}
		fresh := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return f.live[id] })
		if f.index != nil && len(fresh) == 0 && len(ids) == len(f.live) {
			return nil
		}
		changed, f.kept = true, false
		if f.index == nil || len(ids)-len(fresh) != len(f.live) { // or a batch is gone
			return f.begin(tx)
		}
		return f.follow(tx, fresh)
	})
	return changed, err
}

// begin makes the index of all current records.
func (f *Finder) begin(tx *store.Tx) error {
	batches, err := registry.Batches(tx)
	if err != nil {
		return err
	}
	var failed error
	x, err := linkage.NewIndex(spec(), headings(), -1, nil, func(yield func(string, []string) bool) {
		var cells []string
		stop := errors.New("enough")
		for _, n := range registry.Nouns {
			err := registry.Current(tx, n, func(r *registry.Record) error {
				if cells = cellsOf(r, cells); !yield(r.Entry, cells) {
					return stop
				}
				return nil
			})
			if err != nil {
				if err != stop {
					failed = err
				}
				return
			}
		}
	})
	if err = errors.Join(failed, err); err != nil {
		return err
	}
	live := make(map[string]bool, len(batches))
	for _, b := range batches {
		live[b.ID] = true
	}
	f.live, f.came = live, 0
	f.reading.Lock()
	f.index = x
	f.reading.Unlock()
	return nil
}

// follow takes in batches that went live since.
func (f *Finder) follow(tx *store.Tx, fresh []string) error {
	batches, err := registry.Batches(tx)
	if err != nil {
		return err
	}
	batches = slices.DeleteFunc(batches, func(b *registry.Batch) bool { return !slices.Contains(fresh, b.ID) })
	came := f.came
	for _, b := range batches {
		came += int(b.Counts.New + b.Counts.Changed)
	}
	if came > recount && came > f.index.Len()/4 {
		return f.begin(tx)
	}
	var cells []string
	for _, b := range batches {
		err := registry.Versions(tx, b, func(r *registry.Record) error {
			f.index.Remove(r.Entry)
			if r.Ended {
				return nil
			}
			cells = cellsOf(r, cells)
			return f.index.Add(r.Entry, cells)
		})
		if err != nil {
			return err
		}
		f.live[b.ID] = true
	}
	f.came = came
	return nil
}

// recount is how many records come at least before values are counted anew.
const recount = 1000

// Follow catches up every so often until ctx ends. told hears of each failure; the
// next turn may do better.
func (f *Finder) Follow(ctx context.Context, told func(error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if _, err := f.Sync(ctx); err != nil && ctx.Err() == nil && told != nil {
				told(err)
			}
		}
	}
}

// every is how often a finder that follows asks what is new.
const every = 500 * time.Millisecond

// Keep writes the cache if the index has changed since it was read or written.
func (f *Finder) Keep() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kept {
		return nil
	}
	return f.save()
}

func (f *Finder) save() error {
	if err := f.cache.save(kept{f.index, f.live, f.came}); err != nil {
		return fmt.Errorf("the index of people was not kept: %w", err)
	}
	f.kept = true
	return nil
}

// Forget takes records out of the index and of its cache, by their entries, and
// returns how many there were. Whoever erases records calls it once they are gone
// from the database.
func (f *Finder) Forget(entries ...string) (n int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range entries {
		n += f.index.Remove(e)
	}
	if err := f.index.Merge(); err != nil {
		return n, err
	}
	return n, f.save()
}
