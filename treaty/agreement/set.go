package agreement

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// ErrSet: agreements that cannot stand beside each other.
var ErrSet = errors.New("these agreements do not fit together")

// A Set is every agreement that two nodes have had, each in force in its time. The
// zero value holds none.
type Set struct {
	terms []term // in order of time
}

// term is when one is in force: from begin to before end.
type term struct {
	doc        Document
	hash       string
	begin, end time.Time
	replaced   bool // a later version ends it, not its own last day
}

// NewSet puts agreements together, in any order. They are between the same two
// nodes; a version follows the one before, which is there, and begins on a later day;
// nothing is followed twice, and no two are in force at the same time. Else the error
// wraps [ErrSet].
func NewSet(docs ...Document) (Set, error) {
	var s Set
	byHash := map[string]int{}
	for i, d := range docs {
		begin, end := d.terms.term()
		t := term{doc: d, hash: d.Hash(), begin: begin, end: end}
		if _, twice := byHash[t.hash]; twice {
			return Set{}, fmt.Errorf("%w: agreement %s is there twice", ErrSet, t.hash)
		}
		if !sameNodes(d.terms, docs[0].terms) {
			return Set{}, fmt.Errorf("%w: agreement %s is between other nodes than agreement %s", ErrSet, t.hash, s.terms[0].hash)
		}
		byHash[t.hash] = i
		s.terms = append(s.terms, t)
	}
	followed := map[int]bool{}
	for _, t := range s.terms {
		if t.doc.terms.Replaces == "" {
			continue
		}
		i, ok := byHash[t.doc.terms.Replaces]
		if !ok {
			return Set{}, fmt.Errorf("%w: agreement %s replaces one that is not here; adopt that one first", ErrSet, t.hash)
		}
		old := &s.terms[i]
		switch {
		case followed[i]:
			return Set{}, fmt.Errorf("%w: agreement %s is replaced by two", ErrSet, old.hash)
		case t.doc.terms.ID != old.doc.terms.ID:
			return Set{}, fmt.Errorf("%w: agreement %s replaces one with another id", ErrSet, t.hash)
		case t.doc.terms.Version != old.doc.terms.Version+1:
			return Set{}, fmt.Errorf("%w: agreement %s has version %d and replaces version %d", ErrSet, t.hash, t.doc.terms.Version, old.doc.terms.Version)
		case !t.begin.After(old.begin):
			return Set{}, fmt.Errorf("%w: agreement %s has to begin on a later day than the one that it replaces", ErrSet, t.hash)
		}
		followed[i] = true
		old.replaced = t.begin.Before(old.end)
		if old.replaced {
			old.end = t.begin
		}
	}
	slices.SortFunc(s.terms, func(a, b term) int { return a.begin.Compare(b.begin) })
	for i := 1; i < len(s.terms); i++ {
		if s.terms[i].begin.Before(s.terms[i-1].end) {
			return Set{}, fmt.Errorf("%w: agreements %s and %s are in force at the same time, and neither replaces the other", ErrSet, s.terms[i-1].hash, s.terms[i].hash)
		}
	}
	return s, nil
}

func sameNodes(a, b Agreement) bool {
	has := func(n string) bool {
		return slices.ContainsFunc(b.Parties, func(p Party) bool { return p.Node == n })
	}
	return !slices.ContainsFunc(a.Parties, func(p Party) bool { return !has(p.Node) })
}

// All are the documents, in the order in which they come into force.
func (s Set) All() (out []Document) {
	for _, t := range s.terms {
		out = append(out, t.doc)
	}
	return out
}

// Find returns the agreement of a hash, in force or not.
func (s Set) Find(hash string) (Document, bool) {
	t, ok := s.find(hash)
	return t.doc, ok
}

func (s Set) find(hash string) (term, bool) {
	i := slices.IndexFunc(s.terms, func(t term) bool { return t.hash == hash })
	if i < 0 {
		return term{}, false
	}
	return s.terms[i], true
}

// InForce returns the agreement that is in force at a time: the one that a letter written
// then has to name.
func (s Set) InForce(at time.Time) (Document, bool) {
	for _, t := range s.terms {
		if !at.Before(t.begin) && at.Before(t.end) {
			return t.doc, true
		}
	}
	return Document{}, false
}
