package enquiry

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"mitra/store"
	"mitra/treaty/courier"
	"mitra/treaty/letter"
)

// Words are what a peer has released of a person, as its own words: they stand beside what this node holds, and
// overwrite nothing.
type Words struct {
	Record map[string]string `json:"record"`
	AsOf   string            `json:"as_of,omitempty"`
	// Letter is the mid of the release, Office and Officer who wrote it, by the pseudonyms of the peer.
	Letter  string    `json:"letter"`
	Office  string    `json:"office"`
	Officer string    `json:"officer"`
	At      time.Time `json:"at"`
}

// hear takes in an answer of a peer to what this node has asked.
func (d *Desk) hear(tx *store.Tx, l letter.Letter) error {
	r, err := find(tx, l.Conversation)
	switch {
	case errors.Is(err, ErrUnknown), err == nil && (!r.ours || r.peer != l.Issuer):
		return &letter.Refusal{Code: letter.ConversationUnknown, Err: errors.New("nothing was asked in this conversation")}
	case err != nil:
		return err
	case r.over(): // and keeps its first ending
		return d.event(tx, "enquiry-late", node, r.purpose, subjects(r.subject), map[string]any{"cid": r.cid, "type": l.Type})
	}
	ending, words := "", ""
	var payload map[string]json.RawMessage
	if err := json.Unmarshal(l.Payload, &payload); err != nil {
		return err
	}
	value := func(member string) (s string) {
		_ = json.Unmarshal(payload[member], &s) // its schema has been checked
		return s
	}
	k := kinds[r.typ]
	switch l.Type {
	case "answer":
		if !k.first {
			return notAsked("this kind of question has another answer")
		}
		if value("result") == noHit {
			ending = noHit
		}
	case "release":
		w := Words{Letter: l.ID, Office: l.Requesting, Officer: value("officer"), AsOf: value("as_of"), At: d.Now()}
		if err := json.Unmarshal(payload["record"], &w.Record); err != nil {
			return err
		}
		for name := range w.Record {
			if !slices.Contains(r.wants, name) {
				return notAsked("the release has a field that was not asked for")
			}
		}
		text, err := json.Marshal(w)
		if err != nil {
			return err
		}
		ending, words = released, string(text)
	case "nothing-to-release":
		if !k.first {
			return notAsked("this kind of question has another answer")
		}
		ending = nothing
	default:
		if l.Type != k.closing {
			return notAsked("this kind of question has another answer")
		}
		ending = value(k.member)
		if k.hands && !slices.Contains(r.values(), ending) {
			return notAsked("this answer does not follow on the one before")
		}
		if ending == declined {
			var why struct{ Reason struct{ Code string } }
			_ = json.Unmarshal(l.Payload, &why) // its schema has been checked
			text, err := json.Marshal(Words{Record: map[string]string{"reason": why.Reason.Code}, Letter: l.ID, Office: l.Requesting, At: d.Now()})
			if err != nil {
				return err
			}
			words = string(text)
		}
	}
	if r.taken() {
		_, err = tx.Exec(endAccepted, ending, "", d.Now(), l.Conversation)
	} else if ending == "" {
		_, err = tx.Exec(setState, pending, l.Conversation)
	} else {
		_, err = tx.Exec(endEnquiry, ending, "", d.Now(), words, l.Conversation)
	}
	if err != nil {
		return err
	}
	return d.event(tx, "enquiry-heard", node, r.purpose, subjects(r.subject), map[string]any{"cid": r.cid, "type": l.Type})
}

// notAsked refuses an answer that was not asked for. It stays sealed with its refusal, as evidence, and is not
// shown.
func notAsked(why string) error {
	return &letter.Refusal{Code: letter.Code("field_not_allowed"), Err: errors.New(why)}
}

// more takes in that a peer wants more of the person of an enquiry. Where nobody was found, that ends as it would if
// somebody had been.
func (d *Desk) more(tx *store.Tx, l letter.Letter) (keep bool, err error) {
	r, err := find(tx, l.Conversation)
	switch {
	case errors.Is(err, ErrUnknown), err == nil && (r.ours || r.peer != l.Issuer || !kinds[r.typ].first):
		return false, &letter.Refusal{Code: letter.ConversationUnknown, Err: errors.New("nothing can be released in this conversation")}
	case err != nil:
		return false, err
	}
	wants := r.wants
	for _, f := range wanted(l) {
		if !slices.Contains(wants, f) {
			wants = append(wants, f)
		}
	}
	now := d.Now()
	purpose, err := purposeIn(tx, l.Issuer, l)
	if err != nil {
		return false, err
	}
	due, _ := purpose.Due(l.Clock, now)
	state, finish := pending, ""
	if r.state == asked { // the node's own answer comes first
		state = asked
	}
	if r.found != found {
		key, err := d.keyIn(tx)
		if err != nil {
			return false, err
		}
		at, err := d.finish(tx, key, l.ID, l.Clock, now, due)
		if err != nil {
			return false, err
		}
		finish = store.Time(at)
	}
	if _, err := tx.Exec(moreWanted, list(wants), state, finish, now, due, l.Conversation); err != nil {
		return false, err
	}
	return r.found == found, d.event(tx, "enquiry-more", node, r.purpose, nil, map[string]any{"cid": r.cid})
}

// withdraw takes in that a peer no longer asks, and lets go of what it has asked.
func (d *Desk) withdraw(tx *store.Tx, l letter.Letter) error {
	r, err := find(tx, l.Conversation)
	if err != nil || r.over() {
		return err
	}
	if _, err := tx.Exec(endAnew, withdrawn, "", d.Now(), l.Conversation); err != nil {
		return err
	}
	if err := courier.ForgetConversation(tx, l.Issuer, l.Conversation); err != nil {
		return err
	}
	return d.event(tx, "enquiry-withdrawn", node, r.purpose, nil, map[string]any{"cid": r.cid})
}
