package courier

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"mitra/store"
	"mitra/treaty/card"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

// told is what events say of letters, receipts, cards and peers, by what they are about.
type told struct {
	cards    map[string]journal.Event // hash of a card
	out, in  map[string]journal.Event // peer and mid of a letter
	receipts map[string]journal.Event // kind, peer, mid and stage of a receipt
	dead     map[string]journal.Event // peer and mid
	refused  map[string]journal.Event // peer and mid
	broken   map[string]bool          // peer and mid
	states   map[string]string        // peer → active or suspended
	books    map[string]string        // peer → its newest book
	added    map[string]journal.Event // peer → event of its first card
	forked   map[string]bool          // book of a peer
	forgot   map[string]bool          // mid of a letter that is not to be read again
	roots    map[string][]root        // book → what it says of the house book, the oldest first
	opened   map[string]string        // book → event that opened it after a restore
	names    []string                 // of all books
}

// mention is what the data of an event of the exchange may hold.
type mention struct {
	Node     string `json:"node"`
	Serial   int    `json:"serial"`
	Card     string `json:"card"`
	MID      string `json:"mid"`
	Type     string `json:"type"`
	Envelope string `json:"env"`
	Stage    int    `json:"r"`
	Receipt  string `json:"receipt"`
	Was      string `json:"was"`
	Code     string `json:"code"`
	Book     string `json:"book"`
	House    string `json:"house"`
	CID      string `json:"cid"`
	Article  string `json:"art"`
	Purpose  string `json:"pur"`
	Letter   string `json:"letter"`

	MIDs []string `json:"mids"`
}

// A root is a checkpoint of the house book as an exchange book names it.
type root struct {
	index int64 // of the event
	note  string
}

func key(parts ...any) string { return fmt.Sprintln(parts...) }

// tellings reads the events of the house book and of the exchange books.
func tellings(tx *store.Tx, self string) (t told, err error) {
	t = told{
		cards: map[string]journal.Event{}, out: map[string]journal.Event{}, in: map[string]journal.Event{}, receipts: map[string]journal.Event{},
		dead: map[string]journal.Event{}, refused: map[string]journal.Event{}, broken: map[string]bool{}, states: map[string]string{}, books: map[string]string{},
		added: map[string]journal.Event{}, forked: map[string]bool{}, forgot: map[string]bool{}, roots: map[string][]root{},
		opened: map[string]string{},
	}
	type renewal struct {
		by string
		e  journal.Event
	}
	renewed := map[string]renewal{} // receipt → the one in its place
	changed := map[string]string{}  // peer → event of its newest state
	opened := map[string]string{}   // peer → event of its newest book
	peers := map[string]string{}    // what a book begins with → peer
	rows, err := tx.Query(allPeers)
	if err != nil {
		return t, err
	}
	var r store.Row
	for rows.Next() {
		if err := r.Scan(rows); err != nil {
			rows.Close()
			return t, err
		}
		if node := r.Text(0); card.CheckNode(node) == nil {
			peers[book(node)] = node
		}
	}
	if err := rows.Err(); err != nil {
		return t, err
	}
	rows.Close()
	books, err := journal.Books(tx)
	if err != nil {
		return t, err
	}
	t.names = books
	for _, name := range books {
		first, _, _ := strings.Cut(name, ".")
		peer, ok := peers[first]
		if !ok && name != journal.House {
			if strings.HasPrefix(name, "exchange-") {
				t.books[name] = "" // of a peer that is gone
			}
			continue
		}
		err := journal.Events(tx, name, func(e journal.Event) error {
			var m mention
			if json.Unmarshal(e.Data, &m) != nil {
				return nil
			}
			if name == journal.House {
				switch e.Kind {
				case "card":
					t.cards[key(self, m.Serial, m.Card)] = e
				case kindForgotten:
					for _, mid := range m.MIDs {
						t.forgot[mid] = true
					}
				}
				return nil
			}
			switch e.Kind {
			case "card":
				t.cards[key(peer, m.Serial, m.Card)] = e
				if _, ok := t.added[peer]; !ok {
					t.added[peer] = e
					if changed[peer] == "" {
						t.states[peer] = Active
					}
					if opened[peer] == "" {
						t.books[peer] = name
					}
				}
			case "peer-" + Active, "peer-" + Suspended:
				if e.ID > changed[peer] {
					changed[peer], t.states[peer] = e.ID, strings.TrimPrefix(e.Kind, "peer-")
				}
			case "epoch-opened":
				t.opened[name] = e.ID
				if e.ID > opened[peer] { // books come by name, not by time
					opened[peer], t.books[peer] = e.ID, name
				}
			case "letter-out":
				t.out[key(peer, m.MID)] = e
			case "letter-in":
				t.in[key(peer, m.MID)] = e
			case "receipt-out", "receipt-in":
				t.receipts[key(e.Kind, peer, m.MID, m.Stage, m.Receipt)] = e
			case "receipt-renewed":
				renewed[key("receipt-out", peer, m.MID, m.Stage, m.Was)] = renewal{key("receipt-out", peer, m.MID, m.Stage, m.Receipt), e}
			case "letter-dead":
				t.dead[key(peer, m.MID)] = e
			case "letter-refused":
				t.refused[key(peer, m.MID)] = e
			case "promise-broken":
				t.broken[key(peer, m.MID)] = true
			case "fork":
				t.forked[key(peer, m.Book)] = true
			case "root":
				t.roots[name] = append(t.roots[name], root{e.Index, m.House})
			}
			return nil
		})
		if err != nil {
			return t, err
		}
	}
	for was := range renewed { // only the last one is kept
		if _, ok := t.receipts[was]; !ok {
			continue
		}
		delete(t.receipts, was)
		last, n := renewed[was], 0
		for next, ok := renewed[last.by]; ok && n < len(renewed); next, ok = renewed[last.by] {
			last, n = next, n+1
		}
		t.receipts[last.by] = last.e
	}
	return t, nil
}

// before says whether an event of a peer's books came before another. Their places tell, not their times: a
// clock may have been set back.
func (t told) before(a, b journal.Event) bool {
	switch {
	case a.Book != b.Book:
		return t.opened[a.Book] < t.opened[b.Book]
	case a.Index >= 0 && b.Index >= 0:
		return a.Index < b.Index
	case a.Index < 0 && b.Index < 0: // neither has a place yet
		return a.ID < b.ID
	}
	return b.Index < 0
}

// A Report is what [Verify] has found.
type Report struct {
	Found []string // what is wrong, without a value of any letter
	// Witnesses are, by book, those whose cosignatures were checked. The house book is witnessed by
	// whoever has cosigned an exchange book that names its root.
	Witnesses map[string][]Witness
}

// A Witness is a peer that has cosigned a book.
type Witness struct {
	Node string
	Size int64 // events that it vouches for
}

// Verify compares what the exchange has stored with the events that tell of it, and with the signatures on
// it. self is this node's name.
func Verify(ctx context.Context, db *store.DB, self string) (rep Report, err error) {
	err = db.Read(ctx, func(tx *store.Tx) error {
		rep = Report{Witnesses: map[string][]Witness{}}
		t, err := tellings(tx, self)
		if err != nil {
			return err
		}
		v := verifier{tx: tx, told: t, self: self, chains: map[string]card.Chain{}, known: map[string][]journal.Event{}, again: map[string]bool{}, witnesses: rep.Witnesses,
			find: func(what string, args ...any) { rep.Found = append(rep.Found, fmt.Sprintf(what, args...)) }}
		for _, part := range []func() error{v.cards, v.peers, v.outbox, v.readJudgements, v.inbox, v.receiptsOut, v.receiptsIn, v.watches, v.cosignatures, v.roots} {
			if err := part(); err != nil {
				return err
			}
		}
		slices.Sort(rep.Found)
		return nil
	})
	if err != nil {
		return Report{}, fmt.Errorf("verify the exchange: %w", err)
	}
	return rep, nil
}

type verifier struct {
	tx      *store.Tx
	told    told
	self    string
	chains  map[string]card.Chain      // by node
	known   map[string][]journal.Event // of each card of a chain
	judged  map[string]*letter.Receipt // R2 of letters in
	answers map[string]string          // peer and mid of a letter out → code of its R2
	again   map[string]bool            // peer and mid of a letter out that was sent again after its peer was restored
	ofBook  map[string]string          // see bookPeers
	find    func(what string, args ...any)

	witnesses map[string][]Witness
}

// each calls check with every row; it returns what is wrong with one, or "".
func (v *verifier) each(what, query string, check func(r *store.Row) string) error {
	rows, err := v.tx.Query(query)
	if err != nil {
		return err
	}
	defer rows.Close()
	var r store.Row
	for n := 1; rows.Next(); n++ {
		if err := r.Scan(rows); err != nil {
			return err
		}
		wrong := check(&r)
		if bad := r.Damaged(); len(bad) > 0 {
			wrong = "it holds a value of another type in " + strings.Join(bad, ", ")
		}
		if wrong != "" {
			v.find("%s %d: %s", what, n, wrong)
		}
	}
	return rows.Err()
}

func (v *verifier) cards() error {
	err := v.each("card", `SELECT node, serial, document, at FROM card ORDER BY node, serial`, func(r *store.Row) string {
		node, serial, document, at := r.Text(0), r.Int(1), r.Bytes(2), r.Text(3)
		s, err := card.Parse(document)
		if err != nil || s.Node != node || int64(s.Serial) != serial {
			return "it is not the card that it is kept as"
		}
		k := key(node, s.Serial, s.Hash())
		e, ok := v.told.cards[k]
		delete(v.told.cards, k)
		if !ok || at != store.Time(e.At) {
			return "no event tells of it, or of this time"
		}
		chain, err := v.chains[node].Append(s)
		if err != nil {
			return "it does not follow the card before"
		}
		v.chains[node], v.known[node] = chain, append(v.known[node], e)
		return ""
	})
	for range v.told.cards {
		v.find("a card is gone that an event tells of")
	}
	return err
}

// ignorance is how long after the card of a revocation has come things may still be stored that its key
// has signed: they were under way, or checked by the cards of a moment before.
const ignorance = time.Minute

// keys find the keys of a node for what an event tells of that was stored at a time: by the cards that were
// known here when it came, or with those that have come since. So what was stored before its key was rotated or
// its revocation was known stays what it is, also where it is dated by a clock that was ahead; and so does what
// this node has signed itself.
func (v *verifier) keys(node string, stored time.Time, e journal.Event) letter.Keys {
	chain, known := v.chains[node], 0
	for known < len(chain) && v.told.before(v.known[node][known], e) && v.known[node][known].At.Add(ignorance).Before(stored) {
		known++
	}
	if node == v.self {
		return ownKeys(chain)
	}
	return func(name, id string, written int64) (k ed25519.PublicKey, err error) {
		for n := known; n <= len(chain); n++ {
			if k, err = letter.KeysOf(chain[:n], stored.Unix())(name, id, written); err == nil || n == known && errors.Is(err, card.ErrRevokedKey) {
				break
			}
		}
		return k, err
	}
}

func (v *verifier) peers() error {
	seen := map[string]bool{}
	err := v.each("peer", `SELECT node, country, state, book, since FROM peer ORDER BY node`, func(r *store.Row) string {
		node, country, state, name, since := r.Text(0), r.Text(1), r.Text(2), r.Text(3), r.Text(4)
		seen[node] = true
		e, ok := v.told.added[node]
		chain := v.chains[node]
		switch {
		case !ok || len(chain) == 0:
			return "no event tells of it"
		case country != chain[0].Country, since != store.Time(e.At):
			return "country or time are not those of its first card"
		case state != v.told.states[node]:
			return "events say another state"
		case name != v.told.books[node]:
			return "events name another book"
		}
		return ""
	})
	for name, peer := range v.told.books {
		if peer == "" {
			v.find("a peer is gone whose book %s is there", name)
		}
	}
	return err
}

func (v *verifier) outbox() error {
	v.answers = map[string]string{}
	if err := v.each("receipt in", `SELECT peer, mid, stage, receipt, at FROM receipt_in WHERE stage IN (1, 2)`, func(r *store.Row) string {
		peer, mid, stage, text := r.Text(0), r.Text(1), r.Int(2), r.Text(3)
		at, err := store.ParseTime(r.Text(4))
		if err != nil {
			return "its time is none"
		}
		if stage == letter.StageStored {
			v.again[key(peer, mid)] = true
			return ""
		}
		e := v.told.receipts[key("receipt-in", peer, mid, stage, signed.Hash([]byte(text)))]
		rec, err := letter.ParseReceipt(text, v.keys(peer, at, e))
		if err != nil || rec.ID != mid {
			return "its peer has not signed it"
		}
		v.answers[key(peer, mid)] = string(rec.Code)
		return ""
	}); err != nil {
		return err
	}
	err := v.each("letter out", `SELECT peer, mid, type, envelope, exp, state, receipt, leaf, seen, code, queued, at, cid, article, purpose, letter FROM outbox ORDER BY peer, mid`, func(r *store.Row) string {
		peer, mid, typ, envelope, exp, state, receipt, seen, code, queued, at := r.Text(0), r.Text(1), r.Text(2), r.Text(3), r.Int(4), r.Text(5), r.Text(6), r.Int(8), r.Text(9), r.Text(10), r.Text(11)
		var leaf []byte
		if !r.Null(7) {
			leaf = r.Bytes(7)
		}
		k := key(peer, mid)
		e, ok := v.told.out[k]
		delete(v.told.out, k)
		var m mention
		if !ok || json.Unmarshal(e.Data, &m) != nil || m.Type != typ || m.Envelope != signed.Hash([]byte(envelope)) ||
			m.CID != r.Text(12) || m.Article != r.Text(13) || m.Purpose != r.Text(14) || queued != store.Time(e.At) {
			return "no event tells of it, or of another one"
		}
		if text := r.Text(15); text == "" && m.Letter != "" && !v.told.forgot[mid] || text != "" && m.Letter != signed.Hash([]byte(text)) {
			return "the letter is not the one that was sealed"
		}
		sealed, err := letter.ParseEnvelope(envelope, v.keys(v.self, e.At, e))
		if err != nil || sealed.Expires != exp || sealed.ID != mid || sealed.Audience != peer {
			return "it is not what its envelope says"
		}
		got, stored := v.told.receipts[key("receipt-in", peer, mid, letter.StageStored, signed.Hash([]byte(receipt)))]
		if receipt != "" && !stored {
			return "no event tells of its receipt"
		}
		if promised := leafOf(receipt); promised != signed.Base64.EncodeToString(leaf) {
			return "its leaf is not that of its receipt"
		}
		refused, isRefused := v.told.refused[k]
		dead, isDead := v.told.dead[k]
		last := e.At // of the events that tell of its state
		switch {
		case state == "refused":
			last = refused.At
		case state == "dead":
			last = dead.At
		case receipt != "":
			last = got.At
		}
		again := v.again[k] && receipt != "" // the receipt is that of before, until there is another
		switch {
		case at != store.Time(last):
			return "its time is not that of the event"
		case state == "stored" && receipt == "", state == "dead" && !isDead, state == "refused" && !isRefused, state == "waiting" && isRefused,
			state != "stored" && receipt != "" && !again, state == "waiting" && isDead && !again,
			!slices.Contains([]string{"waiting", "stored", "dead", "refused"}, state):
			return "its state is not what the events say"
		case seen < 0 || seen > promiseJudged, seen == promiseBroken && !v.told.broken[k], seen != promiseBroken && v.told.broken[k] && !v.again[k]:
			return "the events say another thing of its promise"
		}
		want := v.answers[k] // what R2 says
		switch {
		case want != "":
		case state == "dead":
			want = "expired"
		case state == "refused":
			var m mention
			if json.Unmarshal(refused.Data, &m) == nil {
				want = m.Code
			}
		}
		if isDead && state == "stored" && code == "" && want == "expired" {
			want = "" // no node should say that by R2; it went when R1 came
		}
		if code != want {
			return "its code is not what the events say"
		}
		return ""
	})
	for range v.told.out {
		v.find("a letter out is gone that an event tells of")
	}
	return err
}

// leafOf is the leaf that a receipt R1 promises; "" where there is none.
func leafOf(receipt string) string {
	parts := strings.Split(receipt, ".")
	if len(parts) != 3 {
		return ""
	}
	b, err := signed.Decode(parts[1])
	var body struct {
		Leaf string `json:"leaf"`
	}
	if err != nil || json.Unmarshal(b, &body) != nil {
		return ""
	}
	return body.Leaf
}

func (v *verifier) inbox() error {
	err := v.each("letter in", `SELECT issuer, mid, hash, envelope, receipt, state, code, letter, at, cid, article, purpose FROM inbox ORDER BY issuer, mid`, func(r *store.Row) string {
		issuer, mid, hash, envelope, receipt, state, code, text, at := r.Text(0), r.Text(1), r.Text(2), r.Text(3), r.Text(4), r.Text(5), r.Text(6), r.Text(7), r.Text(8)
		k := key(issuer, mid)
		e, ok := v.told.in[k]
		delete(v.told.in, k)
		var m mention
		forgotten := state == "accepted" && text == "" && !strings.Contains(envelope, ".") && v.told.forgot[mid]
		if !ok || json.Unmarshal(e.Data, &m) != nil || m.Envelope != hash || !forgotten && signed.Hash([]byte(envelope)) != hash || at != store.Time(e.At) {
			return "no event tells of it, or of another one"
		}
		stored, err := store.ParseTime(at)
		if err != nil {
			return "its time is none"
		}
		rec, err := letter.ParseReceipt(receipt, v.keys(v.self, stored, e))
		if err != nil || rec.ID != mid || rec.Envelope != hash {
			return "its receipt is not the one that it was given"
		}
		judged := v.judged[k]
		var in conversation // of what was accepted
		switch {
		case state == "stored" && (judged != nil || code != "" || text != ""), state == "accepted" && (judged == nil || !judged.OK || code != ""),
			state == "refused" && (judged == nil || judged.OK || code != string(judged.Code) || text != ""),
			!slices.Contains([]string{"stored", "accepted", "refused"}, state):
			return "its state is not what its receipts say"
		case forgotten: // its conversation is what it was said to be when it could be read
			return ""
		case state == "accepted":
			l, err := letter.Open(text, v.keys(issuer, stored, e))
			if err != nil || l.ID != mid || l.Issuer != issuer {
				return "the letter is not the one that was in the envelope"
			}
			in = conversationOf(l.Type, l.Header)
		}
		if (conversation{r.Text(9), r.Text(10), r.Text(11)}) != in {
			return "its conversation is not the letter's own"
		}
		return ""
	})
	for range v.told.in {
		v.find("a letter in is gone that an event tells of")
	}
	return err
}

// readJudgements reads the receipts R2 that this node has given.
func (v *verifier) readJudgements() error {
	v.judged = map[string]*letter.Receipt{}
	return v.each("receipt out", `SELECT peer, mid, receipt FROM receipt_out WHERE stage = 2`, func(r *store.Row) string {
		peer, mid, text := r.Text(0), r.Text(1), r.Text(2)
		if rec, err := letter.ParseReceipt(text, v.keys(v.self, time.Time{}, journal.Event{})); err == nil && rec.ID == mid {
			v.judged[key(peer, mid)] = &rec
		}
		return ""
	})
}

func (v *verifier) receiptsOut() error {
	stored := map[string]string{} // R1 of letters in
	if err := v.each("letter in", `SELECT issuer, mid, receipt FROM inbox`, func(r *store.Row) string {
		stored[key(r.Text(0), r.Text(1))] = r.Text(2)
		return ""
	}); err != nil {
		return err
	}
	return v.each("receipt out", `SELECT peer, mid, stage, receipt, hash FROM receipt_out ORDER BY peer, mid, stage`, func(r *store.Row) string {
		peer, mid, stage, text, hash := r.Text(0), r.Text(1), r.Int(2), r.Text(3), r.Text(4)
		if signed.Hash([]byte(text)) != hash {
			return "it is not the one of its hash"
		}
		if stage == letter.StageStored {
			if stored[key(peer, mid)] != text {
				return "it is not the one that the letter has"
			}
			return ""
		}
		k := key("receipt-out", peer, mid, stage, hash)
		_, ok := v.told.receipts[k]
		delete(v.told.receipts, k)
		if !ok {
			return "no event tells of it"
		}
		return ""
	})
}

func (v *verifier) receiptsIn() error {
	err := v.each("receipt in", `SELECT peer, mid, stage, receipt, at FROM receipt_in ORDER BY peer, mid, stage`, func(r *store.Row) string {
		peer, mid, stage, text, at := r.Text(0), r.Text(1), r.Int(2), r.Text(3), r.Text(4)
		k := key("receipt-in", peer, mid, stage, signed.Hash([]byte(text)))
		e, ok := v.told.receipts[k]
		delete(v.told.receipts, k)
		if !ok || stage != letter.StageStored && at != store.Time(e.At) { // an R1 is kept here when a letter is sent again
			return "no event tells of it, or of this time"
		}
		if stage == letter.StageStored {
			if _, err := store.ParseTime(at); err != nil {
				return "its time is none"
			}
		}
		return ""
	})
	for k := range v.told.receipts {
		if !strings.HasPrefix(k, "receipt-in") || !strings.Contains(k, fmt.Sprint(" ", letter.StageStored, " ")) { // R1 stands with its letter
			v.find("a receipt is gone that an event tells of")
		}
	}
	return err
}

// watches makes sure that what was seen of the peers' books is what they have signed.
func (v *verifier) watches() error {
	type seen struct {
		size   int64
		leaves [][]byte
	}
	books := map[string]*seen{}
	if err := v.each("leaves of a peer's book", `SELECT peer, book, size, leaves, at FROM watched ORDER BY peer, book, size`, func(r *store.Row) string {
		k, leaves := key(r.Text(0), r.Text(1)), r.Bytes(3)
		if _, err := store.ParseTime(r.Text(4)); err != nil {
			return "its time is none"
		}
		if books[k] == nil {
			books[k] = &seen{}
		}
		b := books[k]
		for leaf := range slices.Chunk(slices.Clone(leaves), 32) {
			b.leaves = append(b.leaves, leaf)
		}
		if b.size += int64(len(leaves) / 32); b.size != r.Int(2) {
			return "leaves are missing before it"
		}
		return ""
	}); err != nil {
		return err
	}
	err := v.each("book of a peer", `SELECT peer, book, size, edge, checkpoint, fault, at FROM watch ORDER BY peer, book`, func(r *store.Row) string {
		peer, name, size, edge, checkpoint, fault, at := r.Text(0), r.Text(1), r.Int(2), r.Bytes(3), r.Text(4), r.Text(5), r.Text(6)
		k := key(peer, name)
		b, ok := books[k]
		delete(books, k)
		if !ok || len(v.chains[peer]) == 0 {
			return "nothing is known of its leaves, or of its node"
		}
		vkey, err := (Peer{Node: peer, Cards: v.chains[peer]}).journalKey()
		if err != nil {
			return "its node's key is none"
		}
		whole, err := journal.WatchOf(b.leaves, checkpoint, vkey, name)
		if err != nil || whole.Size != size || string(whole.Edge) != string(edge) {
			return "its leaves do not lead to the checkpoint that was cosigned"
		}
		if (fault != "") != v.told.forked[k] {
			return "the events say another thing of its fault"
		}
		if _, err := store.ParseTime(at); err != nil {
			return "its time is none"
		}
		return ""
	})
	for range books {
		v.find("what was cosigned of a peer's book is gone")
	}
	return err
}

func (v *verifier) cosignatures() error {
	heads := map[string]map[int64]string{}
	for name := range v.bookPeers() {
		var err error
		if heads[name], err = v.heads(name); err != nil {
			return err
		}
	}
	return v.each("cosignature", `SELECT book, size, line, at FROM cosignature ORDER BY book, size`, func(r *store.Row) string {
		name, size, text, at := r.Text(0), r.Int(1), r.Text(2), r.Text(3)
		peer, ok := v.bookPeers()[name]
		if !ok {
			return "it is of no book that a peer witnesses"
		}
		vkey, err := (Peer{Node: peer, Cards: v.chains[peer]}).journalKey()
		if err != nil {
			return "the witness's key is none"
		}
		if _, err := journal.CheckCosignature(text, heads[name][size], vkey); err != nil {
			return "it does not fit the checkpoint"
		}
		if _, err := store.ParseTime(at); err != nil {
			return "its time is none"
		}
		v.witnesses[name] = []Witness{{peer, size}} // sizes come in order
		return ""
	})
}

// heads are the checkpoints of a book by size.
func (v *verifier) heads(book string) (map[int64]string, error) {
	rows, err := v.tx.Query(`SELECT size, note FROM journal_head WHERE book = $1`, book)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	heads := map[int64]string{}
	var r store.Row
	for rows.Next() {
		if err := r.Scan(rows); err != nil {
			return nil, err
		}
		heads[r.Int(0)] = r.Text(1)
	}
	return heads, rows.Err()
}

// roots makes sure that the house book has each checkpoint that an exchange book names: whoever
// rewrote it with the node's own key could not rewrite what a peer has cosigned.
func (v *verifier) roots() error {
	heads, err := v.heads(journal.House)
	if err != nil {
		return err
	}
	sizes := map[string]int64{} // by note
	for size, note := range heads {
		sizes[note] = size
	}
	house := map[string]int64{} // by peer
	for name, peer := range v.bookPeers() {
		for _, r := range v.told.roots[name] {
			size, ok := sizes[r.note]
			if !ok {
				v.find("book %s at %d: it names a root that the house book never had", name, r.index)
				continue
			}
			if w := v.witnesses[name]; len(w) > 0 && r.index >= 0 && r.index < w[0].Size {
				house[peer] = max(house[peer], size)
			}
		}
	}
	for _, peer := range slices.Sorted(maps.Keys(house)) {
		v.witnesses[journal.House] = append(v.witnesses[journal.House], Witness{peer, house[peer]})
	}
	return nil
}

// bookPeers are the peers of this node's exchange books.
func (v *verifier) bookPeers() map[string]string {
	if v.ofBook == nil {
		v.ofBook = map[string]string{}
		for _, name := range v.told.names {
			first, _, _ := strings.Cut(name, ".")
			for peer := range v.chains {
				if peer != v.self && book(peer) == first {
					v.ofBook[name] = peer
				}
			}
		}
	}
	return v.ofBook
}
