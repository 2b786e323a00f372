package enquiry

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/letter"
)

// A pattern is what questions of a peer look like together that no single one does: a register asked for in singles, or
// one person asked about again and again. It stops no question, since each may be owed its answer; the office is
// told, and two authorities talk.
type pattern string

const (
	inOrder  pattern = "in_order" // names come in the order of a list
	inARow   pattern = "in_a_row" // numbers of documents follow each other
	repeated pattern = "repeated" // one person, in small changes
	quotaUse pattern = "quota"    // most of what a day allows
)

// From what a pattern is told.
const (
	remembered = 40             // questions of a peer that are looked at together
	runLength  = 20             // names in order, of the last ones
	rowLength  = 10             // numbers that lie close to the one before
	rowStep    = 50             // how close
	repeats    = 5              // questions about one person
	window     = 24 * time.Hour // in which
	muchUsed   = 0.8            // of a quota
)

// watcher remembers what peers have asked lately, in memory alone: nothing of it is written, and it is gone when
// the node stops.
type watcher struct {
	mu    sync.Mutex
	peers map[string]*watched
}

type watched struct {
	questions []question
	told      map[pattern]telling
}

// telling is when a pattern was told of, and after which question: a transaction that runs again tells it again.
type telling struct {
	at  time.Time
	cid string
}

type question struct {
	cid, name, number string
	at                time.Time
}

// note takes a question in, and returns patterns that were not told of within the last day.
func (w *watcher) note(peer, cid string, who map[string]string, now time.Time, used, quota int) (out []pattern) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.peers == nil {
		w.peers = map[string]*watched{}
	}
	p := w.peers[peer]
	if p == nil {
		p = &watched{told: map[pattern]telling{}}
		w.peers[peer] = p
	}
	p.questions = slices.DeleteFunc(p.questions, func(q question) bool { return now.Sub(q.at) > window || q.cid == cid })
	name, _, _ := strings.Cut(essence(map[string]string{"full_name": who["full_name"], "given_name": who["given_name"], "surname": who["surname"], "birth_date": who["birth_date"]}), "\x00\x00")
	p.questions = append(p.questions, question{cid, name, digits(who["passport_no"]), now})
	if n := len(p.questions); n > remembered {
		p.questions = p.questions[n-remembered:]
	}
	for kind, is := range map[pattern]bool{
		inOrder: ordered(p.questions), inARow: consecutive(p.questions), repeated: again(p.questions, name),
		quotaUse: quota > 0 && float64(used) >= muchUsed*float64(quota),
	} {
		if last, ok := p.told[kind]; is && (!ok || last.cid == cid || now.Sub(last.at) > window) {
			p.told[kind] = telling{now, cid}
			out = append(out, kind)
		}
	}
	slices.Sort(out)
	return out
}

// ordered reports whether the last names come in order, up or down.
func ordered(all []question) bool {
	if len(all) < runLength {
		return false
	}
	last := all[len(all)-runLength:]
	up, down := 0, 0
	for i := 1; i < len(last); i++ {
		switch c := strings.Compare(last[i-1].name, last[i].name); {
		case c < 0:
			up++
		case c > 0:
			down++
		}
	}
	return max(up, down) >= runLength-2 // one may be out of place
}

// consecutive reports whether numbers follow each other.
func consecutive(all []question) bool {
	n := 0
	for i := 1; i < len(all); i++ {
		a, err1 := strconv.ParseInt(all[i-1].number, 10, 64)
		b, err2 := strconv.ParseInt(all[i].number, 10, 64)
		if err1 == nil && err2 == nil && a != b && b-a <= rowStep && a-b <= rowStep {
			n++
		}
	}
	return n >= rowLength
}

// again reports whether one person was asked about time and again.
func again(all []question, name string) bool {
	n := 0
	for _, q := range all {
		if q.name == name && name != "" {
			n++
		}
	}
	return n >= repeats
}

// digits are those of a number.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// patterns tells the office of patterns in the questions of a peer.
func (d *Desk) patterns(tx *store.Tx, l letter.Letter, p agreement.Purpose) error {
	people := letter.Persons(l)
	if len(people) == 0 {
		return nil
	}
	used, err := agreement.Used(tx, l.Agreement, l.Article, l.Purpose, l.Issuer, time.Unix(l.Issued, 0))
	if err != nil {
		return err
	}
	for _, kind := range d.seen.note(l.Issuer, l.ID, people[0], d.Now(), used, p.Quota[country(l.Issuer)]) {
		if err := d.event(tx, "enquiry-pattern", node, l.Purpose, nil, map[string]any{"cid": l.ID, "pattern": kind}); err != nil {
			return err
		}
		// In the words of a clock that is over: that something needs a supervisor. Which, the journal and the log say.
		if err := d.tell(tx, Notice{Kind: "clock-over", Clock: l.Clock, Due: d.Now()}); err != nil {
			return err
		}
		d.Log.Warn("questions of a peer make a pattern; the two offices should talk", "peer", l.Issuer, "purpose", l.Purpose, "pattern", string(kind))
	}
	return nil
}

// country is the country in a node's name.
func country(name string) string {
	parts := strings.Split(name, "/")
	if len(parts) != 3 {
		return ""
	}
	return parts[1]
}
