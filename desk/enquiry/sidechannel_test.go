package enquiry_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mitra/demo"
	"mitra/desk/enquiry"
	"mitra/store"
	"mitra/treaty/courier"
	"mitra/treaty/letter"
)

// Who is asked about in an attack, as the attacker would like to know it.
const (
	unknown    = iota // in no register
	restricted        // in the registers, and restricted
	refused           // found, and an officer says nothing
	released          // found, and an officer releases
)

// A seen conversation is all that an asker gets: what the answers say, how long they are, when they leave.
type seen struct {
	who     int
	asked   string // without regard to spelling: the same question has the same answer
	answer  string
	sizes   [2]int           // of the envelopes of answer and ending
	delays  [2]time.Duration // from the question to each
	ending  string
	created time.Time
}

// An attack asks a node many things, in small changes of a few questions, over some weeks, while an officer works.
type attack struct {
	*corridor
	rng    *rand.Rand
	all    map[string]*seen  // by conversation
	office []task            // what the officer will do
	last   string            // mid of the last letter seen
	said   map[string]string // what letters of the node that is asked say, by their mids
}

type task struct {
	at  time.Time
	cid string
}

// spell is a question about somebody with small changes, such as people make them.
func (a *attack) spell(r demo.Resident) map[string]string {
	who := described(r)
	name := strings.Fields(r.FullName)
	switch a.rng.IntN(5) {
	case 0:
		slices.Reverse(name)
	case 1:
		if n := name[len(name)-1]; len(n) > 4 { // one letter is gone
			i := 1 + a.rng.IntN(len(n)-2)
			name[len(name)-1] = n[:i] + n[i+1:]
		}
	case 2:
		delete(who, "passport_no")
	case 3:
		who["birth_date"] = who["birth_date"][:7]
	}
	who["full_name"] = strings.Join(name, " ")
	return who
}

// run asks n questions.
func (a *attack) run(n int) {
	t := a.t
	elsewhere, err := demo.Generate(demo.Params{Residents: 1500, Seed: 99})
	must(t, err)
	var strangers []demo.Resident
	for _, r := range elsewhere.Residents {
		if r.PassportNo != "" && strings.Contains(r.FullName, " ") {
			strangers = append(strangers, r)
		}
	}
	const hidden = 60
	for i := range hidden {
		for _, by := range []enquiry.Officer{liaison, second} {
			_, err := a.kh.restrict(known[i].ID, "vulnerable", by)
			must(t, err)
		}
	}
	seal := a.kh.d.Seal
	a.kh.d.Seal = func(l letter.Letter, p courier.Peer) (courier.Sealed, error) {
		a.said[l.ID] = string(l.Payload)
		return seal(l, p)
	}
	const together = 20
	for asked := 0; asked < n; asked += together {
		for range together {
			var r demo.Resident
			var who int
			switch p := a.rng.Float64(); {
			case p < 0.30:
				who, r = unknown, strangers[a.rng.IntN(len(strangers))]
			case p < 0.40:
				who, r = restricted, known[a.rng.IntN(hidden)]
			case p < 0.50:
				who, r = refused, known[hidden+a.rng.IntN(30)]
			default:
				who, r = released, known[hidden+30+a.rng.IntN(len(known)-hidden-30)]
			}
			person := a.spell(r)
			q, err := a.id.d.Ask(ctx, enquiry.Question{Peer: "KH", Purpose: "stay", Person: person, Release: []string{"stay"}}, officer)
			must(t, err)
			a.all[q.Conversation] = &seen{who: who, asked: enquiry.Essence(person), created: a.now}
		}
		a.carry()
		a.until(a.now.Add(time.Duration(20+a.rng.IntN(2400)) * time.Second))
	}
	a.until(a.now.Add(8 * 24 * time.Hour))
	a.carry()
}

// until lets time go by, with whatever is due in it.
func (a *attack) until(end time.Time) {
	for {
		next := end
		if len(a.office) > 0 && a.office[0].at.Before(next) {
			next = a.office[0].at
		}
		var due string
		must(a.t, a.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
			return tx.QueryRow(`SELECT COALESCE(MIN(at), '') FROM (
				SELECT leave AS at FROM enquiry WHERE leave <> '' UNION ALL SELECT finish FROM enquiry WHERE finish <> '' AND leave = '' AND ended = '') AS x`).Scan(&due)
		}))
		if due != "" {
			at, err := store.ParseTime(due)
			must(a.t, err)
			at = at.Truncate(time.Second).Add(time.Second) // the desk looks once in a second
			if at.Before(next) {
				next = at
			}
		}
		a.now = latest(a.now, next)
		must(a.t, a.kh.d.Turn(ctx))
		a.watch()
		for len(a.office) > 0 && !a.office[0].at.After(a.now) {
			a.decide(a.office[0].cid)
			a.office = a.office[1:]
			a.watch()
		}
		if !a.now.Before(end) {
			return
		}
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// decide is the officer.
func (a *attack) decide(cid string) {
	if a.all[cid].who == released {
		v, err := a.kh.d.Show(ctx, cid, liaison)
		must(a.t, err)
		if len(v.Candidates) > 0 {
			if _, err := a.kh.d.Answer(ctx, cid, enquiry.Decision{Record: v.Candidates[0].Record, Release: []string{"stay"}}, liaison); err == nil {
				return
			}
		}
	}
	_, err := a.kh.d.Answer(ctx, cid, enquiry.Decision{Nothing: true}, liaison)
	must(a.t, err)
}

// watch takes in the letters that have left since.
func (a *attack) watch() {
	must(a.t, a.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT mid, cid, type, envelope, next FROM outbox WHERE mid > $1 AND cid <> '' ORDER BY mid`, a.last)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var mid, cid, typ, envelope, next string
			if err := rows.Scan(&mid, &cid, &typ, &envelope, &next); err != nil {
				return err
			}
			a.last = mid
			leaves, err := store.ParseTime(next)
			if err != nil {
				return err
			}
			s, i := a.all[cid], 1
			if typ == "answer" {
				i = 0
				s.answer = "no-hit"
				if strings.Contains(a.said[mid], "pending") {
					s.answer = "pending"
				}
			} else {
				s.ending = typ
			}
			s.sizes[i], s.delays[i] = len(envelope), latest(leaves, a.now).Sub(s.created)
		}
		return rows.Err()
	}))
	// An officer takes hours, now and then days.
	must(a.t, a.kh.n.DB.Read(ctx, func(tx *store.Tx) error {
		cids, err := tx.Texts(`SELECT cid FROM enquiry WHERE ended = '' AND ours = 0 AND found = 1 AND state = 'pending'`)
		for _, cid := range cids {
			if !slices.ContainsFunc(a.office, func(x task) bool { return x.cid == cid }) {
				hours := math.Exp(math.Log(6) + a.rng.NormFloat64())
				a.office = append(a.office, task{a.now.Add(time.Duration(min(hours, 150) * float64(time.Hour))), cid})
			}
		}
		slices.SortFunc(a.office, func(x, y task) int { return x.at.Compare(y.at) })
		return err
	}))
}

// betrayed is what tells people apart who must not be: each line a difference that chance does not explain.
func (a *attack) betrayed() (out []string) {
	pick := func(who func(s *seen) bool) (of []*seen) {
		for _, s := range a.all {
			if who(s) {
				of = append(of, s)
			}
		}
		return of
	}
	compare := func(what string, x, y []*seen, value func(s *seen) float64) {
		if p := kolmogorov(x, y, value); p < 1e-4 {
			out = append(out, fmt.Sprintf("%s: p = %.2g (%d and %d)", what, p, len(x), len(y)))
		}
	}
	// A restricted person and somebody unknown.
	r, u := pick(func(s *seen) bool { return s.who == restricted }), pick(func(s *seen) bool { return s.who == unknown })
	// Asking the same again tells nothing more: it is counted once.
	pendings := func(of []*seen) (n, all int) {
		questions := map[string]bool{}
		for _, s := range of {
			questions[s.asked] = questions[s.asked] || s.answer == "pending"
		}
		for _, yes := range questions {
			if yes {
				n++
			}
		}
		return n, len(questions)
	}
	rn, rall := pendings(r)
	un, uall := pendings(u)
	if p := proportions(rn, rall, un, uall); p < 1e-4 {
		out = append(out, fmt.Sprintf("restricted people are answered pending more or less often than unknown ones: %d of %d, %d of %d different questions", rn, rall, un, uall))
	}
	compare("the time of the answer tells a restricted person from an unknown one", r, u, func(s *seen) float64 { return s.delays[0].Seconds() })
	compare("the length of the answer tells a restricted person from an unknown one", r, u, func(s *seen) float64 { return float64(s.sizes[0]) })
	// Everybody, found or not: when and how long the node's own answer is.
	f, n := pick(func(s *seen) bool { return s.who >= refused }), pick(func(s *seen) bool { return s.who < refused })
	compare("the time of the answer tells who is found", f, n, func(s *seen) float64 { return s.delays[0].Seconds() })
	compare("the length of the answer tells who is found", f, n, func(s *seen) float64 { return float64(s.sizes[0]) })
	// Nothing to release: of somebody found, or of nobody.
	nothing := func(s *seen) bool { return s.ending == "nothing-to-release" }
	f, n = pick(func(s *seen) bool { return nothing(s) && s.who >= refused }), pick(func(s *seen) bool { return nothing(s) && s.who < refused })
	compare("the time of nothing to release tells whether somebody is there", f, n, func(s *seen) float64 { return s.delays[1].Seconds() })
	compare("the length of nothing to release tells whether somebody is there", f, n, func(s *seen) float64 { return float64(s.sizes[1]) })
	// To be told nothing makes it no likelier that somebody is there.
	here := func(of []*seen) (n int) {
		for _, s := range of {
			if s.who != unknown {
				n++
			}
		}
		return n
	}
	all, ended := pick(func(*seen) bool { return true }), append(f, n...)
	before, after := float64(here(all))/float64(len(all)), float64(here(ended))/float64(max(1, len(ended)))
	if after > before+3*math.Sqrt(before*(1-before)/float64(max(1, len(ended)))) {
		out = append(out, fmt.Sprintf("nothing to release says that somebody is there: %.2f, where %.2f are (%d endings)", after, before, len(ended)))
	}
	return out
}

// proportions is the chance that two shares differ as much by chance (normal approximation).
func proportions(a, n, b, m int) float64 {
	p := float64(a+b) / float64(n+m)
	if p == 0 || p == 1 {
		return 1
	}
	z := math.Abs(float64(a)/float64(n)-float64(b)/float64(m)) / math.Sqrt(p*(1-p)*(1/float64(n)+1/float64(m)))
	return math.Erfc(z / math.Sqrt2)
}

// kolmogorov is the chance that two samples of one distribution differ as much (Kolmogorov and Smirnov, asymptotic).
func kolmogorov(x, y []*seen, value func(s *seen) float64) float64 {
	if len(x) == 0 || len(y) == 0 {
		return 1
	}
	type point struct {
		v float64
		x bool
	}
	var all []point
	for _, s := range x {
		all = append(all, point{value(s), true})
	}
	for _, s := range y {
		all = append(all, point{value(s), false})
	}
	slices.SortFunc(all, func(a, b point) int { return cmp.Compare(a.v, b.v) })
	n, m, d := float64(len(x)), float64(len(y)), 0.0
	fx, fy := 0.0, 0.0
	for i, p := range all {
		if p.x {
			fx += 1 / n
		} else {
			fy += 1 / m
		}
		if i+1 == len(all) || all[i+1].v > p.v {
			d = max(d, math.Abs(fx-fy))
		}
	}
	e := math.Sqrt(n * m / (n + m))
	l := (e + 0.12 + 0.11/e) * d
	sum := 0.0
	for j := 1.0; j < 100; j++ {
		sum += 2 * math.Pow(-1, j-1) * math.Exp(-2*j*j*l*l)
	}
	return min(1, max(0, sum))
}

// No difference in content, size or time separates a restricted person from one who is unknown, nor an officer's nothing
// to release from the node's own; and the same attack finds somebody where decoys or the schedule are left out. A long run
// asks 10,000 questions: MITRA_QUESTIONS=10000.
func TestSideChannel(t *testing.T) {
	questions := 500
	if text := os.Getenv("MITRA_QUESTIONS"); text != "" {
		var err error
		questions, err = strconv.Atoi(text)
		must(t, err)
	}
	for name, c := range map[string]struct {
		questions int
		without   func(d *enquiry.Desk)
		betrays   bool
	}{
		"as it is":             {questions, func(*enquiry.Desk) {}, false},
		"without decoys":       {600, (*enquiry.Desk).WithoutDecoys, true},
		"without the schedule": {300, (*enquiry.Desk).WithoutSchedule, true},
	} {
		t.Run(name, func(t *testing.T) {
			a := &attack{corridor: newCorridor(t, "", many), rng: rand.New(rand.NewPCG(1, 2)), all: map[string]*seen{}, said: map[string]string{}}
			c.without(a.kh.d)
			a.run(c.questions)
			found := a.betrayed()
			for _, what := range found {
				t.Log(what)
			}
			if (len(found) > 0) != c.betrays {
				t.Errorf("%d questions: %d differences", len(a.all), len(found))
			}
			ends := map[string]int{}
			for _, s := range a.all {
				ends[fmt.Sprint([]string{"unknown", "restricted", "refused", "released"}[s.who], " ", s.answer, " ", s.ending)]++
			}
			t.Log(ends)
		})
	}
}
