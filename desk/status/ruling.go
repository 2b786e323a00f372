package status

import (
	"cmp"
	"errors"
	"slices"

	"mitra/desk/registry"
	"mitra/identity/linkage"
	"mitra/store"
)

// A ruling is what an officer has decided of a permit and a resident, as a run finds it.
type ruling struct {
	permit, resident int // indexes into the lists that are reconciled
	id               string
	same             bool
	// stale: one of the records says something else now than when it was decided, so that somebody has to look again.
	stale bool
	// waits: nothing holds until a second officer agrees. The evidence is kept for that officer, and nothing else follows.
	waits bool
}

// decidedRecords are the records of which officers have decided something, by their entries, as they are now.
type decidedRecords map[string]*decidedRecord

type decidedRecord struct {
	index   int
	version string // empty: no list has it now
	cells   []string
}

func recordsDecided(states map[[2]string]pairState) decidedRecords {
	out := decidedRecords{}
	for pair, s := range states {
		if s.is() != Open {
			out[pair[0]], out[pair[1]] = cmp.Or(out[pair[0]], &decidedRecord{}), cmp.Or(out[pair[1]], &decidedRecord{})
		}
	}
	return out
}

// see takes a record as it is now.
func (d decidedRecords) see(index int, rec *registry.Record, cells []string) {
	if r := d[rec.Entry]; r != nil {
		r.index, r.version, r.cells = index, rec.ID, cells
	}
}

// rulings are the decisions, and what waits to be one, on records that lists have now, in the order of their entries.
func (d decidedRecords) rulings(tx *store.Tx, states map[[2]string]pairState) (out []ruling, err error) {
	var pairs [][2]string
	for pair, s := range states {
		if s.is() != Open && d[pair[0]].version != "" && d[pair[1]].version != "" {
			pairs = append(pairs, pair)
		}
	}
	slices.SortFunc(pairs, func(a, b [2]string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	for _, pair := range pairs {
		p, r, held := d[pair[0]], d[pair[1]], states[pair].held
		if held == nil {
			out = append(out, ruling{permit: p.index, resident: r.index, waits: true})
			continue
		}
		x := ruling{permit: p.index, resident: r.index, id: held.ID, same: held.Act == Same}
		for _, side := range []struct {
			then string
			now  *decidedRecord
		}{{held.PermitVersion, p}, {held.ResidentVersion, r}} {
			changed, err := saysOther(tx, side.then, side.now.version, side.now.cells)
			if err != nil {
				return nil, err
			}
			x.stale = x.stale || changed
		}
		out = append(out, x)
	}
	return out, nil
}

// saysOther reports whether a version of a record says something else of what linkage compares than the one before.
func saysOther(tx *store.Tx, then, now string, cells []string) (bool, error) {
	if then == now {
		return false, nil
	}
	old, err := registry.Version(tx, then)
	if errors.Is(err, registry.ErrNoRecord) {
		return true, nil // it was erased: what was decided on is not known any more
	}
	return err == nil && !slices.Equal(comparedCells(&old), cells), err
}

// said is what officers have decided, for the assignment.
type said struct {
	owner map[int]given     // of permits
	has   map[int][]int     // the permits that a person was given
	apart map[[2]int]string // persons and permits that are not theirs, with the id of the decision
	again map[[2]int]bool   // persons and permits that somebody has to look at again
	kept  map[int]bool      // permits that nobody gets until then
	pairs map[[2]int]bool   // residents and permits of all of it
}

// given is who has a permit by the word of an officer.
type given struct {
	person int
	id     string
}

func (in *input) decided() said {
	s := said{map[int]given{}, map[int][]int{}, map[[2]int]string{}, map[[2]int]bool{}, map[int]bool{}, map[[2]int]bool{}}
	for _, r := range in.rulings {
		of := in.residents[r.resident].person
		s.pairs[[2]int{r.resident, r.permit}] = true
		switch {
		case r.waits:
		case r.stale:
			s.again[[2]int{of, r.permit}] = true
			s.kept[r.permit] = s.kept[r.permit] || r.same
		case r.same:
			s.owner[r.permit] = given{of, r.id}
			s.has[of] = append(s.has[of], r.permit)
		default:
			s.apart[[2]int{of, r.permit}] = r.id
		}
	}
	return s
}

// others are the pairs of persons and permits that the program may assign beside what officers have decided.
func (s said) others(pairs []linkage.Pair, clash func(a, b int) bool) []linkage.Pair {
	return slices.DeleteFunc(pairs, func(p linkage.Pair) bool {
		is := [2]int{p.Left, p.Right}
		_, taken := s.owner[p.Right]
		return taken || s.kept[p.Right] || s.again[is] || s.apart[is] != "" ||
			slices.ContainsFunc(s.has[p.Left], func(permit int) bool { return clash(permit, p.Right) })
	})
}
