package courier

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

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
	dead     map[string]bool          // peer and mid
	refused  map[string]string        // peer and mid → code
	broken   map[string]bool          // peer and mid
	states   map[string]string        // peer → active or suspended
	books    map[string]string        // peer → its newest book
	added    map[string]journal.Event // peer → event of its first card
	forked   map[string]bool          // book of a peer
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
	Code     string `json:"code"`
	Book     string `json:"book"`
}

func key(parts ...any) string { return fmt.Sprintln(parts...) }

// tellings reads the events of the house book and of the exchange books.
func tellings(tx *store.Tx, self string) (t told, err error) {
	t = told{
		cards: map[string]journal.Event{}, out: map[string]journal.Event{}, in: map[string]journal.Event{}, receipts: map[string]journal.Event{},
		dead: map[string]bool{}, refused: map[string]string{}, broken: map[string]bool{}, states: map[string]string{}, books: map[string]string{},
		added: map[string]journal.Event{}, forked: map[string]bool{},
	}
	peers := map[string]string{} // what a book begins with → peer
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
				if e.Kind == "card" {
					t.cards[key(self, m.Serial, m.Card)] = e
				}
				return nil
			}
			switch e.Kind {
			case "card":
				t.cards[key(peer, m.Serial, m.Card)] = e
				if _, ok := t.added[peer]; !ok {
					t.added[peer], t.states[peer], t.books[peer] = e, Active, name
				}
			case "peer-" + Active, "peer-" + Suspended:
				t.states[peer] = strings.TrimPrefix(e.Kind, "peer-")
			case "epoch-opened":
				t.books[peer] = name
			case "letter-out":
				t.out[key(peer, m.MID)] = e
			case "letter-in":
				t.in[key(peer, m.MID)] = e
			case "receipt-out", "receipt-in":
				t.receipts[key(e.Kind, peer, m.MID, m.Stage, m.Receipt)] = e
			case "letter-dead":
				t.dead[key(peer, m.MID)] = true
			case "letter-refused":
				t.refused[key(peer, m.MID)] = m.Code
			case "promise-broken":
				t.broken[key(peer, m.MID)] = true
			case "fork":
				t.forked[key(peer, m.Book)] = true
			}
			return nil
		})
		if err != nil {
			return t, err
		}
	}
	return t, nil
}

// Verify compares what the exchange has stored with the events that tell of it, and with the signatures on
// it. It returns what is wrong, by kinds and mids, without a value of any letter. vkey is this node's
// public journal key.
func Verify(ctx context.Context, db *store.DB, self, vkey string) (found []string, err error) {
	err = db.Read(ctx, func(tx *store.Tx) error {
		found = nil
		t, err := tellings(tx, self)
		if err != nil {
			return err
		}
		v := verifier{tx: tx, told: t, self: self, vkey: vkey, chains: map[string]card.Chain{}, find: func(what string, args ...any) { found = append(found, fmt.Sprintf(what, args...)) }}
		for _, part := range []func() error{v.cards, v.peers, v.outbox, v.inbox, v.receiptsOut, v.receiptsIn, v.watches, v.cosignatures} {
			if err := part(); err != nil {
				return err
			}
		}
		slices.Sort(found)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("verify the exchange: %w", err)
	}
	return found, nil
}

type verifier struct {
	tx         *store.Tx
	told       told
	self, vkey string
	chains     map[string]card.Chain // by node
	find       func(what string, args ...any)
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
		v.chains[node] = chain
		return ""
	})
	for range v.told.cards {
		v.find("a card is gone that an event tells of")
	}
	return err
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
	err := v.each("letter out", `SELECT peer, mid, type, envelope, exp, state, receipt, leaf, seen, code, queued FROM outbox ORDER BY peer, mid`, func(r *store.Row) string {
		peer, mid, typ, envelope, exp, state, receipt, seen, code, queued := r.Text(0), r.Text(1), r.Text(2), r.Text(3), r.Int(4), r.Text(5), r.Text(6), r.Int(8), r.Text(9), r.Text(10)
		var leaf []byte
		if !r.Null(7) {
			leaf = r.Bytes(7)
		}
		k := key(peer, mid)
		e, ok := v.told.out[k]
		delete(v.told.out, k)
		var m mention
		if !ok || json.Unmarshal(e.Data, &m) != nil || m.Type != typ || m.Envelope != signed.Hash([]byte(envelope)) || queued != store.Time(e.At) {
			return "no event tells of it, or of another one"
		}
		if head, err := letter.ReadHeader(envelope); err != nil || head.Expires != exp {
			return "its time is not that of its envelope"
		}
		_, stored := v.told.receipts[key("receipt-in", peer, mid, letter.StageStored, signed.Hash([]byte(receipt)))]
		if receipt != "" && !stored {
			return "no event tells of its receipt"
		}
		if promised := leafOf(receipt); promised != signed.Base64.EncodeToString(leaf) {
			return "its leaf is not that of its receipt"
		}
		refused, isRefused := v.told.refused[k]
		switch {
		case state == "stored" && receipt == "", state == "dead" && !v.told.dead[k], state == "refused" && !isRefused,
			state == "waiting" && (isRefused || v.told.dead[k]), !slices.Contains([]string{"waiting", "stored", "dead", "refused"}, state):
			return "its state is not what the events say"
		case seen < 0 || seen > promiseBroken || (seen == promiseBroken) != v.told.broken[k]:
			return "the events say another thing of its promise"
		}
		want := ""
		switch state {
		case "dead":
			want = "expired"
		case "refused":
			want = refused
		case "stored":
			want = code // R2 says it: see receiptsIn
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
	own := v.chains[v.self]
	err := v.each("letter in", `SELECT issuer, mid, hash, envelope, receipt, state, code, letter, at FROM inbox ORDER BY issuer, mid`, func(r *store.Row) string {
		issuer, mid, hash, envelope, receipt, state, code, text, at := r.Text(0), r.Text(1), r.Text(2), r.Text(3), r.Text(4), r.Text(5), r.Text(6), r.Text(7), r.Text(8)
		k := key(issuer, mid)
		e, ok := v.told.in[k]
		delete(v.told.in, k)
		var m mention
		if !ok || json.Unmarshal(e.Data, &m) != nil || m.Envelope != hash || signed.Hash([]byte(envelope)) != hash || at != store.Time(e.At) {
			return "no event tells of it, or of another one"
		}
		stored, err := store.ParseTime(at)
		if err != nil {
			return "its time is none"
		}
		rec, err := letter.ParseReceipt(receipt, letter.KeysOf(own, stored.Unix()))
		if err != nil || rec.ID != mid || rec.Envelope != hash {
			return "its receipt is not the one that it was given"
		}
		judged := v.judgement(issuer, mid)
		switch {
		case state == "stored" && (judged != nil || code != "" || text != ""), state == "accepted" && (judged == nil || !judged.OK || code != ""),
			state == "refused" && (judged == nil || judged.OK || code != string(judged.Code) || text != ""),
			!slices.Contains([]string{"stored", "accepted", "refused"}, state):
			return "its state is not what its receipts say"
		case state == "accepted":
			l, err := letter.Open(text, letter.KeysOf(v.chains[issuer], stored.Unix()))
			if err != nil || l.ID != mid || l.Issuer != issuer {
				return "the letter is not the one that was in the envelope"
			}
		}
		return ""
	})
	for range v.told.in {
		v.find("a letter in is gone that an event tells of")
	}
	return err
}

// judgement is the receipt R2 that this node has given a letter; nil if it has given none.
func (v *verifier) judgement(peer, mid string) *letter.Receipt {
	var text string
	if err := v.tx.QueryRow(`SELECT receipt FROM receipt_out WHERE peer = $1 AND mid = $2 AND stage = 2`, peer, mid).Scan(&text); err != nil {
		return nil
	}
	r, err := letter.ParseReceipt(text, letter.KeysOf(v.chains[v.self], v.tx.Now().Unix()))
	if err != nil {
		return nil
	}
	return &r
}
