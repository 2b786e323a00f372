package enquiry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"mitra/identity/person"
	"mitra/store"
	"mitra/treaty/courier"
	"mitra/treaty/letter"
)

// A Desk asks and is asked. Its fields are set before it is used.
type Desk struct {
	DB   *store.DB
	Self string // this node's name
	Log  *slog.Logger
	Now  func() time.Time

	// Seal signs a letter to a peer and seals it.
	Seal func(l letter.Letter, p courier.Peer) (courier.Sealed, error)
	// Decide queues the receipt R3 of a letter that is answered by another.
	Decide func(tx *store.Tx, h letter.Header, answer string) error
	// Wake has what was queued leave at once; nil where nothing is served.
	Wake func()
	// Find finds the records of the node's registers that may be of somebody, described by the names of columns,
	// with a weight of at least so many bits, the likeliest first; nil where the desk only asks.
	Find func(tx *store.Tx, who map[string]string, most int, least float64) ([]Match, error)
	// Among are those of some records that are more likely than not of the person of another, all by their entries.
	Among func(tx *store.Tx, entry string, some []string) ([]string, error)
	// Known is what the node knows of the person of a record.
	Known func(tx *store.Tx, entry string) (Known, error)
	// Tell tells an office that something waits, without saying what, in the transaction of the event that is told of:
	// both are kept or neither. nil where nobody is told.
	Tell func(tx *store.Tx, n Notice) error

	// May says whether an officer has a right; nil where nobody's rights are known, and all have them.
	May func(officer string, what Right) bool
	// Own are the numbers of an officer's own documents; nil where nobody's are known.
	Own func(officer string) []string

	seen   watcher
	secret atomic.Pointer[[]byte]

	// For tests that show what the two are for.
	noDecoys, noSchedule bool
}

// A Right is what not every officer may do.
type Right string

// Rights of officers, where they are known.
const (
	Supervise     Right = "supervise"      // decide what the agreement has a supervisor decide
	SeeProtection Right = "see_protection" // see who is asked about and restricted
)

// may is nil if an officer has a right.
func (d *Desk) may(by Officer, what Right, why string) error {
	if by.Rights != nil && slices.Contains(by.Rights, what) || by.Rights == nil && (d.May == nil || d.May(by.Name, what)) {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrRight, why)
}

// apart is nil unless one of some people or documents is the officer's own. Whoever acts is told no more than that it is for
// another: that a peer asks about somebody is not theirs to learn. The supervisors are told that something needs them.
func (d *Desk) apart(ctx context.Context, by Officer, cid, clock string, all ...map[string]string) error {
	if d.Own == nil {
		return nil
	}
	var own []string
	for _, n := range d.Own(by.Name) {
		own = append(own, person.NormalNumber(n))
	}
	is := func(v string) bool { return v != "" && slices.Contains(own, person.NormalNumber(v)) }
	if !slices.ContainsFunc(all, func(who map[string]string) bool {
		return is(who["number"]) || slices.ContainsFunc(numbers, func(n string) bool { return is(who[n]) })
	}) {
		return nil
	}
	if err := d.DB.Write(ctx, func(tx *store.Tx) error {
		data := map[string]any{}
		if cid != "" {
			data["cid"] = cid
		}
		return errors.Join(d.event(tx, "own-refused", by, "", nil, data), d.tell(tx, Notice{Kind: "clock-over", Clock: clock, Due: d.Now()}))
	}); err != nil {
		return err
	}
	return fmt.Errorf("%w: it is for another officer", ErrRight)
}

// A Match is a record that may be of somebody.
type Match struct {
	Entry       string
	Probability float64
	Weight      float64  // bits
	Because     []Reason // what the weight is made of
}

// A Reason is a comparison, its level, and the bits that it adds to the weight.
type Reason struct {
	Comparison string  `json:"comparison"`
	Level      string  `json:"level"`
	Bits       float64 `json:"bits"`
}

// Known is what the node knows of a person.
type Known struct {
	// Person is the entry that stands for the person among several records.
	Person string
	// Noun, Source and ID say which record that is.
	Noun, Source, ID string
	// Values are what its registers and assessments say, by the names of letters' fields.
	Values map[string]string
	// AsOf is the day for which the assessments hold (yyyy-mm-dd); empty if there are none.
	AsOf string
}

// A Notice tells an office that something waits. It has nothing about anybody.
type Notice struct {
	Kind  string    // clock-half, clock-over, protected
	Clock string    // its class, as the agreement names it
	Due   time.Time // of the clock
}

// Errors of this desk.
var (
	// ErrRight: the officer has not the right to do it.
	ErrRight = errors.New("this is not for the officer who acts")
	// ErrUnknown: no such conversation.
	ErrUnknown = errors.New("no such conversation")
	// ErrAnswered: it has been answered.
	ErrAnswered = errors.New("this enquiry has been answered")
	// ErrEarly: the node's own answer has not left.
	ErrEarly = errors.New("the node's own answer has not left yet; it takes some seconds")
	// ErrQuestion: what is asked cannot be asked.
	ErrQuestion = errors.New("this cannot be asked")
	// ErrAnswer: what is answered cannot be answered.
	ErrAnswer = errors.New("this cannot be answered")
	// ErrOver: nobody may answer any more.
	ErrOver = errors.New("the time in which it could be answered is over")
)

// beat is the pace at which what leaves by itself leaves, and hush how long after the question the node's own
// answer does at the earliest: no more of the time tells what it took to find it.
const (
	beat = 5 * time.Second
	hush = 10 * time.Second
)

func nextBeat(t time.Time) time.Time { return t.Truncate(beat).Add(beat) }
