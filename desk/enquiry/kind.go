package enquiry

import "slices"

// A kind is a type of letter that asks, and how a conversation of it ends.
type kind struct {
	// first: the node itself answers no-hit or pending.
	first bool
	// closing is the type of the letter that answers; its one member says one of values.
	closing, member string
	values          []string
	// neutral is the value that means no record, doubt, refusal and protection alike.
	neutral string
	// tells: nothing is asked. Whoever gets it takes note, and no letter answers, so that its sender does not learn whether
	// somebody is there.
	tells bool
	// hands: somebody is handed over for help. Whoever takes the person on answers twice: then, and when it is done.
	hands bool
}

// owned reports whether what a letter of the kind says is decided by its sender: nothing is asked by it.
func (k kind) owned() bool { return k.tells || k.hands }

// kinds are the types that this desk takes.
var kinds = map[string]kind{
	"enquiry":                  {first: true},
	"nationality-verification": {closing: "nationality-verification-answer", member: "answer", values: []string{"national", "not_national", "not_established"}, neutral: "not_established"},
	"document-verification":    {closing: "document-verification-answer", member: "answer", values: []string{"genuine", "not_genuine", "not_this_holder", "lost_or_stolen", "no_record"}, neutral: "no_record"},
	"alert":                    {tells: true, values: []string{noted}},
	"welfare-check":            {closing: "welfare-check-answer", member: "result", values: []string{"informed", "taken_up", "nothing_to_report"}, neutral: "nothing_to_report"},
	"referral":                 {hands: true, closing: "referral-reply", member: "reply", values: []string{accepted, declined, done, revoked}},
}

// closes reports whether letters of a type end a conversation of some kind.
func closes(typ string) bool {
	for _, k := range kinds {
		if k.closing == typ && !k.tells {
			return true
		}
	}
	return slices.Contains([]string{"release", "nothing-to-release"}, typ)
}

// How conversations end, beside the closed answers of their kinds.
const (
	noHit     = "no-hit"
	released  = "release"
	nothing   = "nothing"
	withdrawn = "withdrawn"
	over      = "over"  // nobody has answered while it could be
	tells     = "told"  // of an alert of this node
	noted     = "noted" // of one of a peer: an officer has read it
	accepted  = "accepted"
	declined  = "declined"
	done      = "done"
	revoked   = "revoked"
)

// States of a conversation.
const (
	asked   = "asked"   // the node's own answer has not left, or not come
	pending = "pending" // an officer's answer is waited for
	ended   = "ended"
)

// What was found of whom a peer asks about.
const (
	absent     = 0
	found      = 1 // an officer has to look
	restricted = 2 // which looks as if nobody were found
)
