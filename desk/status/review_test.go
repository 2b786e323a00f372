package status_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"mitra/desk/registry"
	"mitra/desk/status"
	"mitra/identity/linkage"
	"mitra/rules"
	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/journal"
)

// Residents and permits that leave doubts: several residents are like each permit, one a little more.
const doubtfulResidents = `near,Kartika Anggraini,F,1981-03-13,D0000001,,2022-01-01,,2025-01-01,EB
far,Kartika Anggraeni,F,1981-03-13,D0000002,,2022-01-01,,2025-01-01,EB
far2,Kartika Anggraeny,F,1981-03-13,D0000012,,2022-01-01,,2025-01-01,EB
even,Bayu Ardiansyah,M,1977-11-30,D0000003,,2022-01-01,,2025-01-01,EB
odd,Bayu Ardiansyah,,1977-11-30,D0000004,,2022-01-01,,2025-01-01,EB
sure,Sri Mulyani Hastuti,F,1983-10-02,D0000005,,2022-01-01,,2025-01-01,EB
unsure,Sri Mulyani Hastuty,,1983-10-02,D0000006,,2022-01-01,,2025-01-01,EB
day,Indra Lesmana,M,1984-05-06,D0000007,,2022-01-01,,2024-02-01,EB
days,Indra Lesmono,M,1984-05-06,D0000008,,2022-01-01,,2025-01-01,EB
young,Maya Puspita,F,2009-06-01,D0000009,,2022-01-01,,2025-01-01,EB
younger,Maya Puspito,F,2009-06-01,D0000010,,2022-01-01,,2025-01-01,EB
`

const doubtfulPermits = `qnear,KARTIKA ANGGRAINI,F,13/03/1981,,Q1,01/01/2024,31/12/2024
qeven,BAYU ARDIANSYAH,M,30/11/1977,,Q2,01/01/2024,31/12/2024
qsure,SRI MULYANI HASTUTI,F,02/10/1983,,Q3,01/01/2024,31/12/2024
qday,INDRA LESMANA,M,05/05/1984,,Q4,01/01/2024,31/12/2024
qyoung,MAYA PUSPITA,F,01/06/2009,,Q5,01/01/2024,31/12/2024
`

// doubts is a node with doubtful pairs after a run.
type doubts struct {
	*testing.T
	db *store.DB
}

func eachDoubts(t *testing.T, f func(d doubts)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, registry.Residents, residentsCSV+doubtfulResidents)
		load(t, db, registry.Permits, permitsCSV+doubtfulPermits)
		run(t, db)
		f(doubts{t, db})
	})
}

// officer is a reviewer who sees protection.
func officer(name string) status.Reviewer {
	return status.Reviewer{Reader: status.Reader{Actor: name, Office: "hq", Purpose: "status", Protection: true}}
}

func (d doubts) entry(n registry.Noun, id string) (entry string) {
	d.Helper()
	if err := d.db.Read(d.Context(), func(tx *store.Tx) error {
		found, err := registry.Find(tx, n, registry.KeyOfID(id))
		if err == nil && len(found) > 0 {
			entry = found[0].Entry
		}
		return err
	}); err != nil || entry == "" {
		d.Fatalf("%s: %v", id, err)
	}
	return entry
}

// open opens the pair of a resident and the permit that is like theirs.
func (d doubts) open(r status.Reviewer, resident string) status.Pair {
	d.Helper()
	p, err := status.OpenReview(d.Context(), d.db, r, d.entry(registry.Permits, "q"+resident), d.entry(registry.Residents, resident))
	if err != nil {
		d.Fatalf("%s opens %s: %v", r.Actor, resident, err)
	}
	return p
}

// word is what is said of a pair as it was opened.
func word(p status.Pair, act, reason string) status.Word {
	return status.Word{Permit: p.Permit.Entry, Resident: p.Resident.Entry, Act: act, Reason: reason, Seen: p.Seen, PermitVersion: p.Permit.ID, ResidentVersion: p.Resident.ID}
}

// say has an officer open a pair and say something, which leads to a state.
func (d doubts) say(r status.Reviewer, resident, act, reason, state string) {
	d.Helper()
	got, err := status.Decide(d.Context(), d.db, r, word(d.open(r, resident), act, reason))
	if err != nil || got != state {
		d.Fatalf("%s says %s of %s: %q, %v; want %s", r.Actor, act, resident, got, err, state)
	}
}

// fails has an officer say something that cannot be said.
func (d doubts) fails(r status.Reviewer, w status.Word, want error) {
	d.Helper()
	if state, err := status.Decide(d.Context(), d.db, r, w); !errors.Is(err, want) {
		d.Errorf("%s says %s: %q, %v; want %v", r.Actor, w.Act, state, err, want)
	}
}

// queue is whom the reviewer's queue has, two at a time.
func (d doubts) queue(r status.Reviewer) (ids []string) {
	d.Helper()
	for after := ""; ; {
		p, err := status.Review(d.Context(), d.db, r, after, 2)
		if err != nil {
			d.Fatal(err)
		}
		for _, l := range p.Lines {
			ids = append(ids, l.Resident.Get(registry.ID))
		}
		if after = p.Next; after == "" {
			break
		}
	}
	if n := d.count(r); n.Open != len(ids) {
		d.Errorf("%d are counted, %q listed", n.Open, ids)
	}
	return ids
}

func (d doubts) count(r status.Reviewer) (n status.ReviewCount) {
	d.Helper()
	if err := d.db.Read(d.Context(), func(tx *store.Tx) (err error) {
		n, err = status.CountReview(tx, r)
		return err
	}); err != nil {
		d.Fatal(err)
	}
	return n
}

func (d doubts) link(resident string) status.LinkView {
	d.Helper()
	people, err := status.Show(d.Context(), d.db, status.Reader{Actor: "reader", Protection: true}, rules.English, resident)
	if err != nil || len(people) != 1 {
		d.Fatalf("%v, %v", people, err)
	}
	for _, l := range people[0].Permits {
		if strings.HasPrefix(l.PermitID, "q") {
			return l
		}
	}
	return status.LinkView{}
}

func (d doubts) events(kind string) (out []journal.Event) {
	d.Helper()
	if err := d.db.Read(d.Context(), func(tx *store.Tx) error {
		out = nil
		return journal.Events(tx, journal.House, func(e journal.Event) error {
			if e.Kind == kind {
				out = append(out, e)
			}
			return nil
		})
	}); err != nil {
		d.Fatal(err)
	}
	return out
}

func TestTheQueueIsInTheOrderOfConcernAndKeepsProtectionFromOthers(t *testing.T) {
	eachDoubts(t, func(d doubts) {
		chief, clerk := officer("chief"), officer("clerk")
		clerk.Protection = false
		if got := d.queue(chief); len(got) != 5 || got[0] != "day" || !slices.Contains(got, "young") {
			d.Errorf("who sees protection has %q; the overstay comes first", got)
		}
		// The child's place is by stay and work as everybody's; for others it is not there, and the rest is in the same order.
		all := d.queue(chief)
		if got, want := d.queue(clerk), slices.DeleteFunc(all, func(id string) bool { return id == "young" }); !slices.Equal(got, want) {
			d.Errorf("the clerk has %q, want %q", got, want)
		}
		listed := d.events("review.listed")
		last := listed[len(listed)-1]
		if len(last.Subjects) != 4 || last.Actor != "clerk" || last.Purpose != "status" {
			d.Errorf("the event of a page: %+v", last)
		}
		if _, err := status.OpenReview(d.Context(), d.db, clerk, d.entry(registry.Permits, "qyoung"), d.entry(registry.Residents, "young")); !errors.Is(err, status.ErrNoPair) {
			d.Errorf("the clerk opens the child: %v", err)
		}
		d.fails(clerk, word(d.open(chief, "young"), status.Same, ""), status.ErrNoPair)
		// Whoever is restricted today is not there for others, without a run.
		if err := d.db.Write(d.Context(), func(tx *store.Tx) error {
			found, err := registry.Find(tx, registry.Residents, registry.KeyOfID("sure"))
			if err != nil {
				return err
			}
			_, err = registry.Restrict(tx, found, rules.PossibleVictim, "", "chief", "hq")
			return err
		}); err != nil {
			d.Fatal(err)
		}
		if got := d.queue(clerk); slices.Contains(got, "sure") || len(got) != 3 {
			d.Errorf("restricted, and the clerk has %q", got)
		}
		if got := d.queue(chief); !slices.Equal(got, all) && len(got) != 5 {
			d.Errorf("restricted, and the chief has %q", got)
		}
		// One opening is one event about both, and rivals that are shown.
		before := len(d.events("review.opened"))
		p := d.open(clerk, "even")
		opened := d.events("review.opened")
		if e := opened[len(opened)-1]; len(opened) != before+1 || !slices.Equal(e.Subjects[:2], []string{p.Permit.Entry, p.Resident.Entry}) || e.Purpose != "status" {
			d.Errorf("the event of an opening: %+v", e)
		}
		if len(p.Rivals) != 1 || !p.Rivals[0].Other || p.Rivals[0].Probability > 0.4 || p.Hidden {
			d.Errorf("rivals %+v, hidden %v", p.Rivals, p.Hidden)
		}
		sum := p.Link.Prior + p.Link.Rivals
		for _, b := range p.Link.Steps {
			sum += b.Weight + b.Frequency
		}
		if diff := sum - p.Link.Weight; diff > 1e-9 || diff < -1e-9 || p.ReviewFrom != 0.5 || p.LinkFrom != 0.99 || p.Link.Model == "" {
			d.Errorf("the waterfall: %g and %g, thresholds %g and %g", sum, p.Link.Weight, p.ReviewFrom, p.LinkFrom)
		}
	})
}

func TestWhatIsOpenedByGarbageIsNotThere(t *testing.T) {
	eachDoubts(t, func(d doubts) {
		q, r := d.entry(registry.Permits, "qnear"), d.entry(registry.Residents, "near")
		for _, pair := range [][2]string{{"", ""}, {q, "near"}, {r, q}, {q, store.NewID()}, {store.NewID(), r}, {q, d.entry(registry.Residents, "far")},
			{d.entry(registry.Permits, "p01"), d.entry(registry.Residents, "r01")}} {
			if _, err := status.OpenReview(d.Context(), d.db, officer("a"), pair[0], pair[1]); !errors.Is(err, status.ErrNoPair) {
				d.Errorf("%q: %v", pair, err)
			}
		}
		for _, after := range []string{"x", q, q + "." + "x", strings.ToUpper(q) + "." + r, "." + r} {
			if _, err := status.Review(d.Context(), d.db, officer("a"), after, 2); !errors.Is(err, status.ErrNoPair) {
				d.Errorf("after %q: %v", after, err)
			}
		}
		w := word(d.open(officer("a"), "near"), "maybe", "")
		d.fails(officer("a"), w, status.ErrSaid)
		w.Act, w.Reason = status.Same, strings.Repeat("ខ", 501)
		d.fails(officer("a"), w, status.ErrReason)
		w.Reason = "a\x00b"
		d.fails(officer("a"), w, status.ErrReason)
	})
}

func TestARunHonoursWhatWasDecided(t *testing.T) {
	eachDoubts(t, func(d doubts) {
		a, chief := officer("a"), officer("chief")
		chief.Supervisor = true
		before, weight := lines(d.T, d.db, true)["near"], d.link("near").Weight
		d.say(a, "near", status.Same, "", status.Same)
		d.say(a, "even", status.Different, "seen the papers", status.Different)
		if got := d.queue(a); slices.Contains(got, "near") || slices.Contains(got, "even") || len(got) != 3 {
			d.Errorf("decided, and still in the queue: %q", got)
		}
		if l := d.link("near"); l.Band != "review" || l.Decided == nil || l.Decided.Value != status.Same {
			d.Errorf("before a run: %+v", l)
		}
		s := run(d.T, d.db)
		got := lines(d.T, d.db, true)["near"]
		if got.PermitID != "qnear" || got.Work != "permit_valid" || before.Work != "unknown" || !strings.Contains(got.Reasons, "An officer decided that permit Q1 is this person's.") {
			d.Errorf("near: %+v, before %+v", got, before)
		}
		if l := d.link("near"); l.Band != "link" || l.Weight != weight || l.Decided == nil || l.Decided.Officer != "a" || l.Decided.Office != "hq" {
			d.Errorf("near: %+v, the weight was %g", l, weight)
		}
		if l := d.link("even"); l.Band != "none" || l.Decided == nil || l.Decided.Reason != "seen the papers" || len(l.Steps) == 0 {
			d.Errorf("even: %+v", l)
		}
		if l := lines(d.T, d.db, true)["even"]; l.Work != "none" || !strings.Contains(l.Reasons, "An officer decided that permit Q2 is not this person's.") {
			d.Errorf("even: %+v", l)
		}
		if s.PermitsMatched+s.PermitsReview+s.PermitsUnmatched != s.Permits || s.PermitsReview != 3 || s.PermitsUnmatched != 2 {
			d.Errorf("%d matched, %d in review, %d unmatched of %d", s.PermitsMatched, s.PermitsReview, s.PermitsUnmatched, s.Permits)
		}
		sum := 0
		for _, n := range s.Classes {
			sum += n
		}
		if sum != s.Residents {
			d.Errorf("the classes have %d of %d", sum, s.Residents)
		}
		if again := run(d.T, d.db); again.Details.Added != 0 {
			d.Errorf("a run over the same added %d assessments", again.Details.Added)
		}
		if got := d.queue(a); len(got) != 3 {
			d.Errorf("after two runs: %q", got)
		}
		// A run rests on it: now only a supervisor undoes it, with a reason.
		d.fails(a, word(d.open(a, "near"), status.Undo, "mistyped"), status.ErrUndo)
		d.fails(chief, word(d.open(chief, "near"), status.Undo, " "), status.ErrReason)
		d.say(chief, "near", status.Undo, "another passport was found", status.Open)
		d.say(chief, "even", status.Undo, "too", status.Open)
		if got := d.queue(a); !slices.Contains(got, "near") || !slices.Contains(got, "even") {
			d.Errorf("undone, and not in the queue: %q", got)
		}
		run(d.T, d.db)
		if got := lines(d.T, d.db, true)["near"]; got != before {
			d.Errorf("undone: %+v, before anything was decided %+v", got, before)
		}
		if p := d.open(a, "near"); len(p.Acts) != 2 || p.Acts[0].Act != status.Same || p.Acts[1].Act != status.Undo || p.State != status.Open {
			d.Errorf("what was undone is not kept: %+v", p.Acts)
		}
		if people, err := status.Show(d.Context(), d.db, status.Reader{Actor: "reader", Protection: true}, rules.Khmer, "near"); err != nil || len(people[0].Axes[2].History) != 2 {
			d.Errorf("the assessments between are not kept: %+v, %v", people, err)
		}
	})
}

// Whoever decides undoes it as long as no run rests on it, without anybody; and nobody else does.
func TestUndoingOnesOwn(t *testing.T) {
	eachDoubts(t, func(d doubts) {
		d.say(officer("a"), "near", status.Same, "", status.Same)
		d.fails(officer("b"), word(d.open(officer("b"), "near"), status.Undo, "no"), status.ErrUndo)
		d.say(officer("a"), "near", status.Undo, "", status.Open)
		d.fails(officer("a"), word(d.open(officer("a"), "near"), status.Undo, ""), status.ErrUndo)
		d.say(officer("a"), "near", status.Different, "", status.Different) // one's own word, taken back, binds nobody
		d.say(officer("a"), "near", status.Undo, "", status.Open)
		d.say(officer("b"), "near", status.Same, "", status.Same)
	})
}

func TestHighStakesTakeTwo(t *testing.T) {
	eachDoubts(t, func(d doubts) {
		a, b, c := officer("a"), officer("b"), officer("c")
		for _, x := range []struct {
			resident, act string
			stakes        []string
		}{
			{"near", status.Same, nil},
			{"near", status.Different, nil},
			{"even", status.Same, []string{status.StakeUnlikely}},
			{"even", status.Different, nil},
			{"sure", status.Same, nil},
			{"sure", status.Different, []string{status.StakeLikely}},
			{"day", status.Same, []string{status.StakeBirth}},
			{"young", status.Different, []string{status.StakeLikely}},
		} {
			p := d.open(a, x.resident)
			got := p.ForSame
			if x.act == status.Different {
				got = p.ForDifferent
			}
			if !slices.Equal(got, x.stakes) {
				d.Errorf("%s of %s (%.4f): %q, want %q", x.act, x.resident, p.Link.Probability, got, x.stakes)
			}
		}
		// Without a reason it is not even begun; with one it waits, holds nothing, and is shown to others than the first.
		d.fails(a, word(d.open(a, "day"), status.Same, ""), status.ErrReason)
		d.say(a, "day", status.Same, "the passport was shown", status.Waiting)
		run(d.T, d.db)
		if l := d.link("day"); l.Band != "review" || l.Decided != nil {
			d.Errorf("one word, and a run took it: %+v", l)
		}
		if n, m := d.count(a), d.count(b); n.Second != 0 || m.Second != 1 || slices.Contains(d.queue(b), "day") {
			d.Errorf("waiting for a: %d, for b: %d", n.Second, m.Second)
		}
		lines, err := status.WaitingReview(d.Context(), d.db, b, 10)
		if err != nil || len(lines) != 1 || lines[0].Act.Officer != "a" || lines[0].Resident.Get(registry.ID) != "day" {
			d.Errorf("waiting: %+v, %v", lines, err)
		}
		p := d.open(a, "day")
		d.fails(a, word(p, status.Agree, ""), status.ErrSecond)
		d.fails(b, word(p, status.Same, "x"), status.ErrSaid)
		// The second disagrees: it stays open, both words are kept, and the third goes against one of them.
		d.say(b, "day", status.Disagree, "not the same face", status.Open)
		if p := d.open(c, "day"); len(p.Acts) != 2 || p.Acts[0].Reason == "" || p.Acts[1].Reason == "" || !slices.Contains(p.ForSame, status.StakeReversal) || !slices.Contains(p.ForDifferent, status.StakeReversal) {
			d.Errorf("after a disagreement: %+v, %q, %q", p.Acts, p.ForSame, p.ForDifferent)
		}
		d.say(c, "day", status.Same, "found the birth certificate", status.Waiting)
		d.say(a, "day", status.Agree, "", status.Same)
		run(d.T, d.db)
		if l := d.link("day"); l.Band != "link" || l.Decided == nil || l.Decided.Officer != "c" || l.Decided.Second != "a" {
			d.Errorf("two words: %+v", l)
		}
		// To turn it over takes two again, and meanwhile it holds.
		p = d.open(b, "day")
		if !slices.Contains(p.ForDifferent, status.StakeReversal) {
			d.Errorf("a reversal: %q", p.ForDifferent)
		}
		d.say(b, "day", status.Different, "two people came", status.Waiting)
		run(d.T, d.db)
		if l := d.link("day"); l.Band != "link" || l.Decided.Value != status.Same {
			d.Errorf("while the reversal waits: %+v", l)
		}
		d.say(c, "day", status.Agree, "", status.Different)
		s := run(d.T, d.db)
		if l := d.link("day"); l.Band != "none" || l.Decided.Value != status.Different || s.PermitsMatched+s.PermitsReview+s.PermitsUnmatched != s.Permits {
			d.Errorf("turned over: %+v", l)
		}
		// Nobody goes round it: what a supervisor undoes is not turned over by the same supervisor.
		chief := officer("chief")
		chief.Supervisor = true
		d.say(chief, "day", status.Undo, "I know better", status.Open)
		if p := d.open(chief, "day"); !slices.Contains(p.ForSame, status.StakeReversal) {
			d.Errorf("undone by a supervisor: %q", p.ForSame)
		}
	})
}

func TestTwoOfficersAtOnce(t *testing.T) {
	eachDoubts(t, func(d doubts) {
		first, second := d.open(officer("a"), "near"), d.open(officer("b"), "near")
		var wg sync.WaitGroup
		var errs [2]error
		for i, p := range []status.Pair{first, second} {
			wg.Go(func() {
				act := []string{status.Same, status.Different}[i]
				_, errs[i] = status.Decide(d.Context(), d.db, officer([]string{"a", "b"}[i]), word(p, act, ""))
			})
		}
		wg.Wait()
		won := slices.Index(errs[:], nil)
		if won < 0 || !errors.Is(errs[1-won], status.ErrDecided) {
			d.Fatalf("both at once: %v", errs)
		}
		if p := d.open(officer("c"), "near"); len(p.Acts) != 1 || p.Held.Officer != []string{"a", "b"}[won] {
			d.Errorf("what holds: %+v", p.Acts)
		}
	})
}

// A decision is about what the records said. When one of them says something else, it does not hold by itself.
func TestAChangedRecordBringsThePairBack(t *testing.T) {
	eachDoubts(t, func(d doubts) {
		a := officer("a")
		d.say(a, "near", status.Same, "", status.Same)
		d.say(a, "even", status.Different, "", status.Different)
		run(d.T, d.db)
		// What has nothing to do with who it is changes nothing.
		all := residentsCSV + doubtfulResidents
		load(d.T, d.db, registry.Residents, strings.Replace(all, "D0000001,,2022-01-01,,2025-01-01", "D0000001,,2022-01-01,,2025-06-01", 1))
		run(d.T, d.db)
		if l := d.link("near"); l.Band != "link" || l.Decided == nil {
			d.Fatalf("another end of the stay: %+v", l)
		}
		shown := d.open(a, "near")
		load(d.T, d.db, registry.Residents, strings.NewReplacer("near,Kartika Anggraini", "near,Kartini Anggraini", "even,Bayu Ardiansyah,M", "even,Bayu Ardiyansyah,M").Replace(all))
		d.fails(a, word(shown, status.Different, "x"), status.ErrChanged)
		s := run(d.T, d.db)
		if l := d.link("near"); l.Band != "review" {
			d.Errorf("another name, and near still has the permit: %+v", l)
		}
		if s.PermitsMatched+s.PermitsReview+s.PermitsUnmatched != s.Permits {
			d.Errorf("%d matched, %d in review, %d unmatched of %d", s.PermitsMatched, s.PermitsReview, s.PermitsUnmatched, s.Permits)
		}
		p, err := status.Review(d.Context(), d.db, a, "", 50)
		if err != nil {
			d.Fatal(err)
		}
		for _, id := range []string{"near", "even"} {
			i := slices.IndexFunc(p.Lines, func(l status.ReviewLine) bool { return l.Resident.Get(registry.ID) == id })
			if i < 0 || !p.Lines[i].Again {
				d.Errorf("%s is not back in the queue with its note: %+v", id, p.Lines)
			}
		}
		if p := d.open(a, "near"); !p.Stale || p.State != status.Open || p.Held == nil {
			d.Errorf("the page of the pair: %+v", p)
		}
		d.say(a, "near", status.Same, "new papers", map[bool]string{true: status.Waiting, false: status.Same}[len(d.open(a, "near").ForSame) > 0])
	})
}

func TestNobodyDecidesAboutThemselves(t *testing.T) {
	eachDoubts(t, func(d doubts) {
		self := officer("near")
		self.Own = []string{"d 000 0001"}
		if slices.Contains(d.queueOf(self), "near") {
			d.Error("the officer's own pair is in the queue")
		}
		p := d.open(officer("a"), "near")
		if _, err := status.OpenReview(d.Context(), d.db, self, p.Permit.Entry, p.Resident.Entry); !errors.Is(err, status.ErrOwn) {
			d.Errorf("opened by oneself: %v", err)
		}
		d.fails(self, word(p, status.Same, ""), status.ErrOwn)
		if n := len(d.events("own-refused")); n != 2 {
			d.Errorf("%d events of it", n)
		}
	})
}

// queueOf is the queue on one page.
func (d doubts) queueOf(r status.Reviewer) (ids []string) {
	d.Helper()
	p, err := status.Review(d.Context(), d.db, r, "", 50)
	if err != nil {
		d.Fatal(err)
	}
	for _, l := range p.Lines {
		ids = append(ids, l.Resident.Get(registry.ID))
	}
	return ids
}

func TestTheJournalBindsDecisions(t *testing.T) {
	eachDoubts(t, func(d doubts) {
		d.say(officer("a"), "near", status.Same, "why", status.Same)
		d.say(officer("a"), "day", status.Same, "the passport was shown", status.Waiting)
		if e := d.events("review.decided"); len(e) != 2 || len(e[0].Subjects) != 2 || strings.Contains(string(e[0].Data), "why") || e[0].Purpose != "status" {
			d.Errorf("events %+v", e)
		}
		undo := errors.New("undo")
		for _, change := range []string{
			`UPDATE pair_decision SET act = 'different' WHERE two = 0`, `UPDATE pair_decision SET two = 0 WHERE two = 1`, `UPDATE pair_decision SET officer = 'b'`,
			`UPDATE pair_decision SET reason = ''`, `UPDATE pair_decision SET at = '2020-01-01T00:00:00.000000Z'`, `DELETE FROM pair_decision WHERE two = 1`, `UPDATE pair_decision SET resident_version = 'x'`,
			`SELECT 1`,
		} {
			var found []string
			if err := d.db.Write(d.Context(), func(tx *store.Tx) (err error) {
				if _, err := tx.Exec(change); err != nil {
					return err
				}
				if found, err = journal.VerifyBound(tx, status.BoundDecisions); err != nil {
					return err
				}
				return undo
			}); !errors.Is(err, undo) {
				d.Fatal(err)
			}
			if (len(found) == 0) != (change == `SELECT 1`) {
				d.Errorf("%s: %q", change, found)
			}
		}
	})
}

// What was decided is listed with whom it concerns, newest first; what is protected is not, for those who may not see it.
func TestDecidedIsListed(t *testing.T) {
	eachDoubts(t, func(d doubts) {
		a, clerk := officer("a"), officer("clerk")
		clerk.Protection = false
		for _, id := range []string{"near", "young", "even"} {
			d.say(a, id, map[bool]string{true: status.Different, false: status.Same}[id == "even"], "", map[bool]string{true: status.Different, false: status.Same}[id == "even"])
		}
		list := func(r status.Reviewer, most int) (ids []string) {
			for before := ""; ; {
				lines, next, err := status.DecidedReview(d.Context(), d.db, r, before, most)
				if err != nil {
					d.Fatal(err)
				}
				for _, l := range lines {
					ids = append(ids, l.Resident.Get(registry.ID))
					if !l.Holds || l.Undo != (r.Actor == "a") || linkage.Probability(l.Act.Weight) != l.Probability {
						d.Errorf("%+v", l)
					}
				}
				if before = next; before == "" {
					return ids
				}
			}
		}
		if got := list(a, 2); !slices.Equal(got, []string{"even", "young", "near"}) {
			d.Errorf("listed %q", got)
		}
		if got := list(clerk, 2); !slices.Equal(got, []string{"even", "near"}) {
			d.Errorf("listed for the clerk %q", got)
		}
		if _, _, err := status.DecidedReview(d.Context(), d.db, a, "x", 2); !errors.Is(err, status.ErrNoPair) {
			d.Errorf("before garbage: %v", err)
		}
	})
}
