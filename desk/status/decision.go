package status

import (
	"cmp"
	"fmt"
	"slices"

	"mitra/desk/registry"
	"mitra/identity/person"
	"mitra/store"
	"mitra/treaty/journal"
)

// What an officer says of a permit and a resident.
const (
	Same      = "same"      // they are of one person
	Different = "different" // they are not
	Agree     = "agree"     // with what another has said, which holds from then on
	Disagree  = "disagree"  // with it: then it does not hold, and the pair stays open
	Undo      = "undo"      // ends what holds, or takes back what waits
)

// An Act is one thing that an officer said of a permit and a resident. Acts are never changed.
type Act struct {
	ID, Permit, Resident string // entries
	Seq                  int64  // among those of the pair, from 1
	Act                  string
	Two                  bool // another has to agree before it holds
	Reason               string
	Officer, Office, At  string
	// What the officer was shown.
	Weight                         float64
	Model                          string
	PermitVersion, ResidentVersion string
}

// pairState is what the acts of a pair come to.
type pairState struct {
	acts    []Act
	held    *Act   // what holds: same or different
	second  string // who agreed with it
	waiting *Act   // for a second officer
	// words are what each officer has last said: same or different. One that its officer took back is none.
	words map[string]string
}

// States of a pair.
const (
	Open    = "open"
	Waiting = "waiting"
)

// is is the state: open, waiting, same or different.
func (s *pairState) is() string {
	switch {
	case s.waiting != nil:
		return Waiting
	case s.held != nil:
		return s.held.Act
	}
	return Open
}

func opposite(value string) string {
	if value == Same {
		return Different
	}
	return Same
}

// say adds an act, which is the next one.
func (s *pairState) say(a Act) {
	if s.words == nil {
		s.words = map[string]string{}
	}
	s.acts = append(s.acts, a)
	switch last := &s.acts[len(s.acts)-1]; a.Act {
	case Same, Different:
		s.words[a.Officer] = a.Act
		if a.Two {
			s.waiting = last
		} else {
			s.held, s.second = last, ""
		}
	case Agree:
		s.words[a.Officer] = s.waiting.Act
		s.held, s.second, s.waiting = s.waiting, a.Officer, nil
	case Disagree:
		s.words[a.Officer] = opposite(s.waiting.Act)
		s.waiting = nil
	case Undo:
		if s.waiting != nil {
			if s.waiting.Officer == a.Officer {
				delete(s.words, a.Officer)
			}
			s.waiting = nil
			return
		}
		if s.held.Officer == a.Officer || s.second == a.Officer {
			delete(s.words, a.Officer)
		}
		s.held, s.second = nil, ""
	}
}

// sound reports whether an act can come next.
func (s *pairState) sound(a Act) bool {
	next := a.Seq == int64(len(s.acts))+1
	switch a.Act {
	case Same, Different:
		return next && s.waiting == nil
	case Agree, Disagree:
		return next && s.waiting != nil && s.waiting.Officer != a.Officer
	case Undo:
		return next && (s.waiting != nil || s.held != nil)
	}
	return false
}

// Why a decision takes a second officer. None of it has to do with protection: being asked for another would tell.
const (
	StakePassport = "passport_no" // one person, though the numbers differ
	StakeNational = "national_id"
	StakeBirth    = "birth_date"
	StakeUnlikely = "unlikely" // one person, though it is not likely
	StakeLikely   = "likely"   // two persons, though it is likely that they are one
	StakeReversal = "reversal" // another officer has said otherwise
)

// Probabilities beyond which an officer does not decide against the comparison alone.
const (
	leastSame     = 0.7
	mostDifferent = 0.95
)

// stakes are the reasons why value takes a second officer, if officer says it.
func (s *pairState) stakes(value, officer string, probability float64, permit, resident *registry.Record) (out []string) {
	if value == Same {
		for _, x := range []struct {
			stake string
			field registry.Field
		}{{StakePassport, registry.PassportNo}, {StakeNational, registry.NationalID}} {
			a, b := person.NormalNumber(permit.Get(x.field)), person.NormalNumber(resident.Get(x.field))
			if a != "" && b != "" && a != b {
				out = append(out, x.stake)
			}
		}
		if a, b := permit.Birth(), resident.Birth(); !a.IsZero() && !b.IsZero() && (a.Latest().Before(b.Earliest()) || b.Latest().Before(a.Earliest())) {
			out = append(out, StakeBirth)
		}
		if probability < leastSame {
			out = append(out, StakeUnlikely)
		}
	} else if probability >= mostDifferent {
		out = append(out, StakeLikely)
	}
	against := s.held != nil && s.held.Act != value // one's own too: what a run may rest on is not turned over alone
	for other, word := range s.words {
		against = against || other != officer && word != value
	}
	if against {
		out = append(out, StakeReversal)
	}
	return out
}

// BoundDecisions is the table of what officers have said, whose rows events bind.
var BoundDecisions = journal.Bound{Table: "pair_decision", Key: "id", All: `
	SELECT id, permit, resident, seq, act, two, reason, officer, office, at, weight, model, permit_version, resident_version, seal FROM pair_decision`}

// readStates reads what officers have said of every pair, by permit and resident.
func readStates(tx *store.Tx) (map[[2]string]pairState, error) {
	acts, err := readActs(tx, selectActs)
	if err != nil {
		return nil, err
	}
	return statesOf(acts)
}

// readState reads what officers have said of one pair.
func readState(tx *store.Tx, permit, resident string) (pairState, error) {
	acts, err := readActs(tx, selectActsOf, permit, resident)
	if err != nil {
		return pairState{}, err
	}
	all, err := statesOf(acts)
	return all[[2]string{permit, resident}], err
}

// statesOf puts acts together by their pairs.
func statesOf(acts []Act) (map[[2]string]pairState, error) {
	slices.SortFunc(acts, func(a, b Act) int {
		return cmp.Or(cmp.Compare(a.Permit, b.Permit), cmp.Compare(a.Resident, b.Resident), cmp.Compare(a.Seq, b.Seq))
	})
	out := map[[2]string]pairState{}
	for _, a := range acts {
		key := [2]string{a.Permit, a.Resident}
		s := out[key]
		if !s.sound(a) {
			return nil, fmt.Errorf("what an officer decided of a pair: its number or act: %w", store.ErrDamaged)
		}
		s.say(a)
		out[key] = s
	}
	return out, nil
}
