package enquiry

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"mitra/identity/person"
	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/courier"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

// An Officer is who acts.
type Officer struct {
	Name, Office string
	// Rights are those of an officer who has signed in; nil at the command line, where the rota says them ([Desk.May]).
	Rights []Right
}

// A Question is what one authority asks another about one person or document.
type Question struct {
	Peer     string            // node name or country
	Purpose  string            // its code in the agreement
	Clock    string            // class; empty: the slowest that the purpose has
	Handling string            // code; empty: the purpose's first
	Grading  string            // such as B2, where the purpose needs one
	Person   map[string]string // by the names of columns
	Document map[string]string // of a document verification: kind, issuer, number …
	Concern  string            // of a welfare check
	Alert    Alert             // where the purpose begins with one
	Referral Referral          // likewise
	Release  []string          // fields that are wanted if the person is found
	Case     string            // the national case; it does not leave
	Subject  string            // entry of the registry's record that it is asked from; may be empty
}

// An Alert tells of somebody, or of a document, to look out for, or of a pattern, which is about nobody.
type Alert struct {
	Kind    string `json:"kind"`   // missing, document, suspect or pattern
	Action  string `json:"action"` // inform_sender, verify_document or check_identity
	Issued  string `json:"issued_on"`
	Expires string `json:"expires_on"` // the last day on which it holds
	Summary string `json:"summary,omitempty"`
}

// Asked is a question that was written.
type Asked struct {
	Conversation string    `json:"conversation"`
	Peer         string    `json:"peer"`
	Article      string    `json:"article"`
	Purpose      string    `json:"purpose"`
	Clock        string    `json:"clock"`
	Due          time.Time `json:"due"`
	// Sent are the members that describe the person in the letter; Withheld those that were given, and that the
	// purpose does not let be told.
	Sent     []string `json:"sent"`
	Withheld []string `json:"withheld"`
}

// clockLate is after how long a clock begins that no receipt has begun (PROTOCOL 18).
const clockLate = 15 * time.Minute

// Ask writes the letter that begins a conversation. The error wraps [ErrQuestion], [ErrRight], one of package
// courier, or is the refusal of the agreement.
func (d *Desk) Ask(ctx context.Context, q Question, by Officer) (a Asked, err error) {
	l, a, p, err := d.prepare(ctx, q, by)
	if err != nil {
		return a, err
	}
	salt := make([]byte, 32)
	rand.Read(salt)
	if q.Case != "" {
		l.Reference = commitment(salt, q.Case)
	}
	sealed, err := d.Seal(l, p)
	if err != nil {
		return a, err
	}
	if q.Subject != "" {
		sealed.Subjects = []string{q.Subject}
	}
	begun := time.Unix(l.Issued, 0).Add(clockLate)
	person, err := json.Marshal(q.Person)
	if err != nil {
		return a, err
	}
	if err := d.DB.Write(ctx, func(tx *store.Tx) error {
		if err := courier.Queue(tx, by.Name, sealed); err != nil {
			return err
		}
		if _, err := tx.Exec(insertEnquiry, l.ID, p.Node, int64(1), l.Type, l.Agreement, l.Article, l.Purpose, l.Handling, l.Clock,
			list(q.Release), begun, a.Due, until(l), asked, int64(absent), "", "", q.Subject, string(person), q.Case, salt, journal.NewSeal()); err != nil {
			return err
		}
		if kinds[l.Type].tells {
			if _, err := tx.Exec(endEnquiry, tells, by.Name, d.Now(), "", l.ID); err != nil {
				return err
			}
		}
		return d.event(tx, "enquiry-asked", by, l.Purpose, subjects(q.Subject), map[string]any{"cid": l.ID, "type": l.Type, "peer": p.Country})
	}); err != nil {
		return a, err
	}
	d.wake()
	return a, nil
}

// Draft is what [Desk.Ask] would send, and nothing is sent: for whoever looks at it before. The conversation has no id that counts.
func (d *Desk) Draft(ctx context.Context, q Question, by Officer) (a Asked, payload json.RawMessage, err error) {
	l, a, _, err := d.prepare(ctx, q, by)
	return a, l.Payload, err
}

// prepare makes the letter of a question, but for its commitment to the national case.
func (d *Desk) prepare(ctx context.Context, q Question, by Officer) (l letter.Letter, a Asked, p courier.Peer, err error) {
	var doc agreement.Document
	if err := d.DB.Read(ctx, func(tx *store.Tx) error {
		p, doc, err = d.inForce(tx, q.Peer)
		return err
	}); err != nil {
		return l, a, p, err
	}
	key, err := d.key(ctx)
	if err != nil {
		return l, a, p, err
	}
	article, purpose, err := purposeOf(doc.Agreement(), q.Purpose)
	if err != nil {
		return l, a, p, err
	}
	now := d.Now()
	if l, a, err = d.compose(q, purpose, pseudonym(key, by.Office), now); err != nil {
		return l, a, p, err
	}
	if kinds[l.Type].owned() && purpose.Decides == "supervisor" {
		if err := d.may(by, Supervise, "the agreement has a supervisor decide it"); err != nil {
			return l, a, p, err
		}
	}
	if err := d.apart(ctx, by, "", l.Clock, q.Person, q.Document); err != nil {
		return l, a, p, err
	}
	if len(q.Referral.View) > 0 {
		if err := d.sees(ctx, q, by); err != nil {
			return l, a, p, err
		}
	}
	if l.ID, err = letter.NewID(); err != nil {
		return l, a, p, err
	}
	l.Issuer, l.Audience, l.Conversation = d.Self, p.Node, l.ID
	l.Agreement, l.Article, l.Purpose = doc.Hash(), article, purpose.Code
	l.Requesting = pseudonym(key, by.Office)
	a.Conversation, a.Peer, a.Article, a.Purpose = l.ID, p.Node, article, purpose.Code
	a.Due, _ = purpose.Due(a.Clock, now.Add(clockLate))
	return l, a, p, nil
}

// inForce is a peer, and the agreement with it that is in force.
func (d *Desk) inForce(tx *store.Tx, peer string) (p courier.Peer, doc agreement.Document, err error) {
	if p, err = courier.FindPeer(tx, peer); err != nil {
		return p, doc, err
	}
	set, err := agreement.Load(tx, p.Node)
	if err != nil {
		return p, doc, err
	}
	doc, ok := set.InForce(d.Now())
	if !ok {
		return p, doc, fmt.Errorf("%w: no agreement with %s is in force", ErrQuestion, p.Country)
	}
	return p, doc, nil
}

// A Purpose is one for which this node may ask a peer, or tell it something.
type Purpose struct {
	agreement.Purpose
	Article string
	Type    string // of the letter that begins it
}

// Purposes are those for which this node may begin conversations with a peer, under the agreement in force.
func (d *Desk) Purposes(ctx context.Context, peer string) (out []Purpose, err error) {
	err = d.DB.Read(ctx, func(tx *store.Tx) error {
		out = nil
		_, doc, err := d.inForce(tx, peer)
		if err != nil {
			return err
		}
		for _, art := range doc.Agreement().Articles {
			for _, p := range art.Purposes {
				i := slices.IndexFunc(p.Begin, func(t string) bool { _, ok := kinds[t]; return ok })
				if i >= 0 && p.Quota[country(d.Self)] > 0 && (p.From == nil || slices.Contains(p.From, country(d.Self))) {
					out = append(out, Purpose{p, art.ID, p.Begin[i]})
				}
			}
		}
		return nil
	})
	return out, err
}

// Wants are the codes that a referral can say that somebody needs, and those of views on protection.
func Wants() (needed, viewed []string) { return slices.Clone(needs), slices.Clone(views) }

// Declines are the codes of why a referral is declined.
func Declines() []string { return slices.Clone(declines) }

// compose makes the letter of a question of an office, but for its parties and ids.
func (d *Desk) compose(q Question, purpose agreement.Purpose, office string, now time.Time) (l letter.Letter, a Asked, err error) {
	i := slices.IndexFunc(purpose.Begin, func(t string) bool { _, ok := kinds[t]; return ok })
	if i < 0 {
		return l, a, fmt.Errorf("%w: nobody is asked about a person for the purpose %s", ErrQuestion, purpose.Code)
	}
	l.Type = purpose.Begin[i]
	who := map[string]string{}
	for name, v := range q.Person {
		if v, err = tidy(name, v, now); err != nil {
			return l, a, err
		}
		if v == "" {
			continue
		}
		if !slices.Contains(purpose.Keys, name) && !(kinds[l.Type].owned() && slices.Contains(purpose.Fields, name)) {
			a.Withheld = append(a.Withheld, name)
			continue
		}
		who[name] = v
	}
	slices.Sort(a.Withheld)
	a.Sent = slices.Sorted(maps.Keys(who))
	payload := map[string]any{}
	switch l.Type {
	case "alert":
		if err := q.alert(payload, who, purpose, now); err != nil {
			return l, a, err
		}
	case "referral":
		if err := q.referral(payload, who, purpose, office); err != nil {
			return l, a, err
		}
	case "document-verification":
		if q.Document["number"] == "" || q.Document["issuer"] == "" || q.Document["kind"] == "" {
			return l, a, fmt.Errorf("%w: a document has a kind, the state that issued it, and a number", ErrQuestion)
		}
		payload["document"] = q.Document
		if len(who) > 0 {
			payload["holder"] = who
		}
	default:
		if !identifies(who) {
			return l, a, fmt.Errorf("%w: nothing in it identifies one person: want the number of a document, or a name and a date or year of birth; for the purpose %s can be told %s",
				ErrQuestion, purpose.Code, strings.Join(purpose.Keys, ", "))
		}
		payload["person"] = who
	}
	if l.Type != "alert" && q.Alert.Kind != "" {
		return l, a, fmt.Errorf("%w: the purpose %s is no alert", ErrQuestion, purpose.Code)
	}
	if l.Type != "referral" && (len(q.Referral.Needs) > 0 || len(q.Referral.View) > 0 || q.Referral.Basis != Basis{} || q.Referral.Summary != "") {
		return l, a, fmt.Errorf("%w: the purpose %s is no referral", ErrQuestion, purpose.Code)
	}
	switch {
	case l.Type == "welfare-check":
		payload["concern"] = q.Concern
	case q.Concern != "":
		return l, a, fmt.Errorf("%w: a concern is of a welfare check", ErrQuestion)
	}
	if len(q.Release) > 0 {
		if l.Type != "enquiry" {
			return l, a, fmt.Errorf("%w: the purpose %s has a closed answer, and no fields to be released", ErrQuestion, purpose.Code)
		}
		for _, f := range q.Release {
			if !slices.Contains(purpose.Fields, f) {
				return l, a, fmt.Errorf("%w: the purpose %s does not let %s be released; it lets %s", ErrQuestion, purpose.Code, f, strings.Join(purpose.Fields, ", "))
			}
		}
		payload["release"] = q.Release
	}
	if l.Payload, err = json.Marshal(payload); err != nil {
		return l, a, err
	}
	l.Handling, l.Clock, l.Grading = q.Handling, q.Clock, q.Grading
	if l.Handling == "" {
		l.Handling = purpose.Handling[0]
	}
	if l.Clock == "" {
		l.Clock = slowest(purpose)
	}
	if _, ok := purpose.Due(l.Clock, now); !ok {
		return l, a, fmt.Errorf("%w: the purpose %s has no clock %s; it has %s", ErrQuestion, purpose.Code, l.Clock, clockNames(purpose))
	}
	a.Clock = l.Clock
	l.Issued = now.Unix()
	l.Retain = l.Issued + int64(purpose.Retention)*24*3600
	l.Expires = min(l.Issued+letter.MaxLife, l.Retain)
	l.Schema = letter.SchemaID(l.Type)
	return l, a, nil
}

// tidy writes a value that describes somebody as letters have it. The error does not repeat it.
func tidy(name, v string, now time.Time) (string, error) {
	v = strings.Join(strings.Fields(v), " ")
	switch {
	case v == "":
		return "", nil
	case name == "birth_date":
		d, err := person.ParseDate(v, now.Year())
		if err != nil {
			return "", fmt.Errorf("%w: %s: want a date such as 1994-05-17, or the year", ErrQuestion, name)
		}
		return d.String(), nil
	case name == "nationality":
		c, err := person.ParseCountry(v)
		if err != nil {
			return "", fmt.Errorf("%w: %s: want three letters such as IDN", ErrQuestion, name)
		}
		return string(c), nil
	case slices.Contains(numbers, name):
		return strings.ReplaceAll(v, " ", ""), nil
	}
	return v, nil
}

// numbers are the members that are numbers of documents.
var numbers = []string{"passport_no", "national_id", "permit_no"}

// identifies reports whether a description can be of one person: by a number of a document, or by a name and
// at least the year of birth.
func identifies(who map[string]string) bool {
	has := func(n string) bool { return who[n] != "" }
	return slices.ContainsFunc(numbers, has) || has("birth_date") && (has("full_name") || has("given_name") || has("surname"))
}

// purposeOf finds a purpose by its code, which may be of the form article/purpose.
func purposeOf(a agreement.Agreement, code string) (article string, p agreement.Purpose, err error) {
	var known []string
	for _, art := range a.Articles {
		for _, p := range art.Purposes {
			if code == p.Code || code == art.ID+"/"+p.Code {
				return art.ID, p, nil
			}
			if slices.ContainsFunc(p.Begin, func(t string) bool { _, ok := kinds[t]; return ok }) {
				known = append(known, p.Code)
			}
		}
	}
	return "", p, fmt.Errorf("%w: the agreement has no such purpose; it has %s", ErrQuestion, strings.Join(known, ", "))
}

// slowest is the class of clock that gives the other the longest.
func slowest(p agreement.Purpose) string {
	best := p.Clocks[0]
	for _, c := range p.Clocks {
		if c.Class != release && c.Hours > best.Hours {
			best = c
		}
	}
	return best.Class
}

// release is the class of the clock that begins when an officer has found somebody.
const release = "release"

func clockNames(p agreement.Purpose) string {
	var names []string
	for _, c := range p.Clocks {
		names = append(names, c.Class)
	}
	return strings.Join(names, ", ")
}

// commitment hides a national case: SHA-256 over salt and reference, which auditors can open.
func commitment(salt []byte, reference string) string {
	h := sha256.New()
	h.Write(salt)
	h.Write([]byte(reference))
	return signed.Base64.EncodeToString(h.Sum(nil))
}

// pseudonym is the id of an office or officer on the wire: the same for the same, and nobody else's.
func pseudonym(key []byte, name string) string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte("office\x00" + name))
	return "o-" + hex.EncodeToString(m.Sum(nil)[:8])
}

// key is the node's secret for coins and pseudonyms. It never changes.
func (d *Desk) key(ctx context.Context) (key []byte, err error) {
	if k := d.secret.Load(); k != nil {
		return *k, nil
	}
	if err = d.DB.Write(ctx, func(tx *store.Tx) error { key, err = keyIn(tx); return err }); err == nil {
		d.secret.Store(&key)
	}
	return key, err
}

// keyIn is key in a transaction, which may have made it and be undone.
func (d *Desk) keyIn(tx *store.Tx) ([]byte, error) {
	if k := d.secret.Load(); k != nil {
		return *k, nil
	}
	return keyIn(tx)
}

func readKey(tx *store.Tx) (key []byte, err error) {
	err = tx.QueryRow(selectKey).Scan(&key)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return key, err
}

// keyIn is the node's secret, made when it is first needed. It stands in the database, so that a restored node
// answers as before.
func keyIn(tx *store.Tx) ([]byte, error) {
	key, err := readKey(tx)
	if err != nil || key != nil {
		return key, err
	}
	fresh := make([]byte, 32)
	rand.Read(fresh)
	if _, err := tx.Exec(insertKey, fresh); err != nil {
		return nil, err
	}
	rows, err := BoundKey.Rows(tx, "1")
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(map[string]any{"rows": rows})
	if err != nil {
		return nil, err
	}
	if _, err := journal.Append(tx, journal.Event{Kind: "enquiry-key", Actor: node.Name, Data: data}); err != nil {
		return nil, err
	}
	return readKey(tx)
}

// The tables of this desk, whose rows events bind.
var (
	BoundEnquiries = journal.Bound{Table: "enquiry", Key: "cid", All: `
	SELECT cid, peer, ours, type, agreement, article, purpose, handling, clock, wants, begun, due, until, state, ending, officer, ended,
		told, found, leave, finish, subject, person, words, reference, salt, seal FROM enquiry`}
	BoundKey = journal.Bound{Table: "enquiry_key", Key: "CAST(id AS TEXT)", All: `SELECT CAST(id AS TEXT) AS id, key FROM enquiry_key`}
)

func (d *Desk) event(tx *store.Tx, kind string, by Officer, purpose string, subjects []string, data map[string]any) error {
	if cid, ok := data["cid"].(string); ok {
		rows, err := BoundEnquiries.Rows(tx, cid)
		if err != nil {
			return err
		}
		if rows["enquiry "+cid] != "" { // it is not there yet where a pattern is told of
			data["rows"] = rows
		}
	}
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	_, err = journal.Append(tx, journal.Event{Kind: kind, Actor: by.Name, Office: by.Office, Purpose: purpose, Subjects: subjects, Data: text})
	return err
}

func (d *Desk) wake() {
	if d.Wake != nil {
		d.Wake()
	}
}

func subjects(entries ...string) []string {
	return slices.DeleteFunc(entries, func(e string) bool { return e == "" })
}

// list is names as they are stored.
func list(names []string) string {
	if names == nil {
		names = []string{}
	}
	b, _ := json.Marshal(names) // of texts it cannot fail
	return string(b)
}
