package agreement

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// follower is a version that replaces another.
func follower(t *testing.T, of Document, from, until string, changes ...func(*Agreement)) Document {
	t.Helper()
	a := small()
	a.Version, a.Replaces = of.Agreement().Version+1, of.Hash()
	for _, c := range changes {
		c(&a)
	}
	return draft(t, a, from, until)
}

func TestSetRefuses(t *testing.T) {
	first := draft(t, small(), "2026-01-01", "2026-12-31")
	second := follower(t, first, "2026-07-01", "2027-06-30")
	stranger, err := Draft(small(), [2]Party{{"ID", "x", "mitra/ID/0191f6a2-0000-7000-8000-000000000009", signID.Card}, parties()[0]}, "2028-01-01", "2028-12-31")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		docs []Document
		want string
	}{
		{"twice", []Document{first, first}, "there twice"},
		{"other nodes", []Document{first, stranger}, "between other nodes"},
		{"without the one before", []Document{second}, "replaces one that is not here"},
		{"two followers", []Document{first, second, follower(t, first, "2026-08-01", "2026-12-31")}, "replaced by two"},
		{"two followers, after its end", []Document{first, follower(t, first, "2027-02-01", "2027-03-01"), follower(t, first, "2027-04-01", "2027-05-01")}, "replaced by two"},
		{"another id", []Document{first, follower(t, first, "2026-07-01", "2026-12-31", func(a *Agreement) { a.ID = "other" })}, "with another id"},
		{"a version left out", []Document{first, follower(t, first, "2026-07-01", "2026-12-31", func(a *Agreement) { a.Version = 3 })}, "has version 3 and replaces version 1"},
		{"begins on the same day", []Document{first, follower(t, first, "2026-01-01", "2026-12-31")}, "on a later day"},
		{"begins before", []Document{first, follower(t, first, "2025-12-31", "2026-12-31")}, "on a later day"},
		{"beside each other", []Document{first, draft(t, small(), "2026-12-31", "2027-12-31")}, "in force at the same time"},
		{"beside the second", []Document{first, second, draft(t, small(), "2027-06-30", "2027-12-31")}, "in force at the same time"},
	} {
		for range 2 { // in either order
			if _, err := NewSet(c.docs...); !errors.Is(err, ErrSet) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want %s", c.name, err, c.want)
			}
			slices.Reverse(c.docs)
		}
	}
}

// TestOneAfterTheOther: a second version ends the first before its time, a third begins
// after a gap, and a new agreement follows all.
func TestOneAfterTheOther(t *testing.T) {
	first := draft(t, small(), "2026-01-01", "2026-12-31")
	second := follower(t, first, "2026-07-01", "2026-09-30", func(a *Agreement) { a.Articles = a.Articles[:1] })
	third := follower(t, second, "2026-11-01", "2026-11-30")
	anew := draft(t, small(), "2026-12-01", "2026-12-01")
	docs := []Document{anew, third, first, second}
	name := map[string]string{first.Hash(): "first", second.Hash(): "second", third.Hash(): "third", anew.Hash(): "anew"}
	for range len(docs) {
		docs = append(docs[1:], docs[0])
		set, err := NewSet(docs...)
		if err != nil {
			t.Fatal(err)
		}
		if got := set.All(); len(got) != 4 || got[0].Hash() != first.Hash() || got[3].Hash() != anew.Hash() {
			t.Error("not in the order of time")
		}
		for _, c := range []struct{ at, want string }{
			{"2025-12-31T23:59:59Z", ""},
			{"2026-01-01T00:00:00Z", "first"},
			{"2026-01-01T06:59:59+07:00", ""}, // in Phnom Penh and Jakarta it is the new year
			{"2026-06-30T23:59:59Z", "first"},
			{"2026-07-01T00:00:00Z", "second"},
			{"2026-09-30T23:59:59Z", "second"},
			{"2026-10-01T00:00:00Z", ""}, // the first has been replaced: it does not come back
			{"2026-11-01T00:00:00Z", "third"},
			{"2026-12-01T23:59:59Z", "anew"},
			{"2026-12-02T00:00:00Z", ""},
		} {
			at, err := time.Parse(time.RFC3339, c.at)
			if err != nil {
				t.Fatal(err)
			}
			d, ok := set.InForce(at)
			if ok != (c.want != "") || ok && name[d.Hash()] != c.want {
				t.Errorf("%s: %q, want %q", c.at, name[d.Hash()], c.want)
			}
			// A letter has to name the one that is in force when it is written; no matter
			// which one is when it is read.
			for _, d := range docs {
				r := Request{
					Issuer: nodeKH, Audience: nodeID, Agreement: d.Hash(), Article: "a", Purpose: "p", Type: "enquiry", Turn: Begin,
					Handling: "H1", Clock: "normal", Written: at, Until: at,
				}
				want := NotInForce
				if name[d.Hash()] == c.want {
					want = ""
				}
				if got := codeOf(set.Permit(r)); got != want {
					t.Errorf("%s, under the %s: %q, want %q", c.at, name[d.Hash()], got, want)
				}
			}
		}
		at := time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)
		if err := set.Permit(Request{Type: "enquiry", Agreement: first.Hash(), Written: at}); err == nil || err.Error() != "agreement_not_in_force: replaces" {
			t.Errorf("under the first, after the second began: %v", err)
		}
		if d, ok := set.Find(second.Hash()); !ok || d.Hash() != second.Hash() {
			t.Error("the second is not found by its hash")
		}
		if _, ok := set.Find(""); ok {
			t.Error("found by no hash")
		}
	}
	if _, ok := (Set{}).InForce(time.Now()); ok {
		t.Error("something is in force where there is nothing")
	}
}
