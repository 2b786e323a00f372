package evidence_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/card"
	"mitra/treaty/evidence"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

// clone is the file as somebody else reads it.
func clone(t testing.TB, f evidence.File) evidence.File {
	t.Helper()
	b, err := f.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	out, err := evidence.Read(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// turn changes one character of a text into another of base64.
func turn(s string, i int) string {
	if i < 0 {
		i += len(s)
	}
	to := "A"
	if s[i] == 'A' {
		to = "B"
	}
	return s[:i] + to + s[i+1:]
}

// checkpoint signs any root as a node signs a checkpoint of its book.
func (n *node) checkpoint(book string, size int64, root tlog.Hash) string {
	n.t.Helper()
	secret, err := base64.StdEncoding.DecodeString(strings.SplitN(n.jkey, "+", 5)[4]) // PRIVATE+KEY+name+hash+key
	if err != nil {
		n.t.Fatal(err)
	}
	key := ed25519.NewKeyFromSeed(secret[1:])
	origin := n.name + "/" + book
	vkey, err := note.NewEd25519VerifierKey(origin, key.Public().(ed25519.PublicKey))
	if err != nil {
		n.t.Fatal(err)
	}
	id, err := hex.DecodeString(strings.Split(strings.TrimPrefix(vkey, origin+"+"), "+")[0])
	if err != nil {
		n.t.Fatal(err)
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", origin, size, root)
	return text + "\n— " + origin + " " + base64.StdEncoding.EncodeToString(append(id, ed25519.Sign(key, []byte(text))...)) + "\n"
}

// again signs a receipt with other content.
func (n *node) again(text string, issuer card.Chain, change func(r *letter.Receipt)) string {
	n.t.Helper()
	r, err := letter.ParseReceipt(text, letter.KeysOf(issuer, 0))
	if err != nil {
		n.t.Fatal(err)
	}
	change(&r)
	if text, err = r.Sign(n.keys.Current); err != nil {
		n.t.Fatal(err)
	}
	return text
}

// sizeOf is the size that a checkpoint names.
func sizeOf(t testing.TB, checkpoint string) (book string, size int64) {
	t.Helper()
	lines := strings.Split(checkpoint, "\n")
	if _, err := fmt.Sscan(lines[1], &size); err != nil {
		t.Fatal(err)
	}
	return lines[0][strings.LastIndexByte(lines[0], '/')+1:], size
}

// In the conversation that is tampered with, exported by KH: letter 0 is KH's enquiry with R1 to R3, 1 the answer of ID, 2
// KH's request, 3 ID's release.
func TestEveryFaultIsNamed(t *testing.T) {
	t.Parallel()
	c := newCorridor(t, storetest.SQLite(t), storetest.SQLite(t))
	other := c.talk(2)
	cid := c.talk(4)
	whole, foreign := c.kh.export(cid), c.kh.export(other)
	mid := func(i int) string { return evidence.Verify(whole, false).Letters[i].MID }
	mids := []string{mid(0), mid(1), mid(2), mid(3)}
	revoke := func(n *node, ago int64) json.RawMessage {
		keys := n.keys.RotateSign()
		s, err := card.Follow(n.cards[0], n.keys, keys, n.details, time.Now().Unix()+1, card.Revocation{ID: n.keys.Current.ID(), At: time.Now().Unix() - ago})
		if err != nil {
			t.Fatal(err)
		}
		return s.Bytes()
	}
	stranger := signed.NewKey()
	wrong := tlog.Hash(sha256.Sum256([]byte("another tree")))
	type file = evidence.File
	last := func(f *file) *evidence.Cosigned { return &f.Books[0].Cosigned[len(f.Books[0].Cosigned)-1] }
	for name, x := range map[string]struct {
		change func(f *file)
		code   string
		letter string
		open   bool // it is not shown, and no fault
	}{
		"a letter's payload": {func(f *file) {
			f.Letters[0].Letter = turn(f.Letters[0].Letter, strings.IndexByte(f.Letters[0].Letter, '.')+30)
		}, "letter_signature_wrong", mids[0], false},
		"a letter's signature": {func(f *file) { f.Letters[1].Letter = turn(f.Letters[1].Letter, -20) }, "letter_signature_wrong", mids[1], false},
		"a letter's header":    {func(f *file) { f.Letters[1].Letter = turn(f.Letters[1].Letter, 3) }, "letter_malformed", mids[1], false},
		"another letter under the same mid": {func(f *file) {
			l, err := letter.Open(f.Letters[0].Letter, letter.KeysOf(c.kh.cards, 0))
			if err != nil {
				t.Fatal(err)
			}
			l.Payload = json.RawMessage(`{"person":{"full_name":"SYNTHETIC OTHER"},"release":["stay"]}`)
			if f.Letters[0].Letter, err = letter.Sign(c.kh.keys.Current, l); err != nil {
				t.Fatal(err)
			}
		}, evidence.EventDiffers, mids[0], false},
		"a letter signed by a stranger": {func(f *file) {
			l, err := letter.Open(f.Letters[1].Letter, letter.KeysOf(c.id.cards, 0))
			if err != nil {
				t.Fatal(err)
			}
			if f.Letters[1].Letter, err = letter.Sign(stranger, l); err != nil {
				t.Fatal(err)
			}
		}, "letter_key_unknown", mids[1], false},
		"the key was revoked before R1": {func(f *file) { f.Cards = append(f.Cards, revoke(c.id, 1000)) }, "letter_key_revoked", mids[1], false},
		"the key was revoked after all, and nobody shows when it was recorded": {func(f *file) {
			f.Cards, f.Books[0].Cosigned = append(f.Cards, revoke(c.id, -1000)), nil
		}, "receipt_key_revoked", mids[0], false},
		"a letter's event is put in late": {func(f *file) {
			book := &f.Books[0]
			line, err := journal.Cosign(c.id.jkey, book.Checkpoint, time.Now().Add(time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			book.Cosigned = []evidence.Cosigned{{Cosignature: line}}
		}, evidence.CosignedLate, mids[0], true},
		"the receipts' key was revoked": {func(f *file) { f.Cards = append(f.Cards, revoke(c.id, 1000)) }, "receipt_key_revoked", mids[0], false},
		"the first letter is gone":      {func(f *file) { f.Letters = f.Letters[1:] }, evidence.LetterGone, mids[0], false},
		"a letter in between is gone":   {func(f *file) { f.Letters = slices.Delete(f.Letters, 1, 2) }, evidence.LetterGone, mids[1], false},
		"the last letter is gone":       {func(f *file) { f.Letters = f.Letters[:3] }, evidence.LetterGone, mids[3], false},
		"all letters are gone":          {func(f *file) { f.Letters = nil }, evidence.LetterGone, mids[0], false},
		"a letter stands twice":         {func(f *file) { f.Letters = append(f.Letters, f.Letters[2]) }, evidence.LetterTwice, mids[2], false},
		"a letter of another talk":      {func(f *file) { f.Letters = append(f.Letters, foreign.Letters[0]) }, evidence.LetterOther, other, false},
		"no letter and no envelope":     {func(f *file) { f.Letters[1].Letter = "" }, "letter_malformed", mids[1], false},
		"only an envelope of theirs": {func(f *file) {
			f.Letters[1].Letter = ""
			c.kh.read(func(tx *store.Tx) error {
				return tx.QueryRow(`SELECT envelope FROM inbox WHERE mid = $1`, mids[1]).Scan(&f.Letters[1].Envelope)
			})
		}, evidence.LetterBare, mids[1], false},
		"the envelope's hash": {func(f *file) { f.Letters[2].Hash = turn(f.Letters[2].Hash, 5) }, evidence.EnvelopeDiffers, mids[2], false},

		"a receipt's signature": {func(f *file) { r := &f.Letters[0].Receipts[0]; r.Receipt = turn(r.Receipt, -20) }, "receipt_signature_wrong", mids[0], false},
		"a receipt's payload": {func(f *file) {
			r := &f.Letters[0].Receipts[1]
			r.Receipt = turn(r.Receipt, strings.IndexByte(r.Receipt, '.')+10)
		}, "receipt_malformed", mids[0], false},
		"a receipt by a stranger's key": {func(f *file) {
			r, err := letter.ParseReceipt(f.Letters[0].Receipts[1].Receipt, letter.KeysOf(c.id.cards, 0))
			if err != nil {
				t.Fatal(err)
			}
			if f.Letters[0].Receipts[1].Receipt, err = r.Sign(stranger); err != nil {
				t.Fatal(err)
			}
		}, "receipt_key_unknown", mids[0], false},
		"a receipt by the exporter's own key": {func(f *file) {
			f.Letters[0].Receipts[1].Receipt = c.kh.again(f.Letters[0].Receipts[1].Receipt, c.id.cards, func(*letter.Receipt) {})
		}, "receipt_key_unknown", mids[0], false},
		"a receipt that says another thing": {func(f *file) {
			f.Letters[0].Receipts[1].Receipt = c.id.again(f.Letters[0].Receipts[1].Receipt, c.id.cards, func(r *letter.Receipt) { r.OK, r.Code = false, letter.FieldNotAllowed })
		}, evidence.EventDiffers, mids[0], false},
		"a receipt of another letter": {func(f *file) { f.Letters[0].Receipts[1] = f.Letters[2].Receipts[1] }, evidence.ReceiptStray, mids[0], false},
		"a receipt stands twice":      {func(f *file) { f.Letters[0].Receipts = append(f.Letters[0].Receipts, f.Letters[0].Receipts[2]) }, evidence.ReceiptTwice, mids[0], false},
		"R1 is gone":                  {func(f *file) { f.Letters[0].Receipts = f.Letters[0].Receipts[1:] }, evidence.ReceiptGone, mids[0], false},
		"the exporter's own R1":       {func(f *file) { f.Letters[1].Receipts = f.Letters[1].Receipts[1:] }, evidence.ReceiptGone, mids[1], false},
		"the exporter's own R2":       {func(f *file) { f.Letters[1].Receipts = f.Letters[1].Receipts[:1] }, evidence.ReceiptGone, mids[1], false},
		"R1 of another envelope": {func(f *file) {
			f.Letters[1].Receipts[0].Receipt = c.kh.again(f.Letters[1].Receipts[0].Receipt, c.kh.cards, func(r *letter.Receipt) { r.Envelope = turn(r.Envelope, 3) })
		}, evidence.EnvelopeDiffers, mids[1], false},
		"R1 promises another leaf": {func(f *file) {
			f.Letters[1].Receipts[0].Receipt = c.kh.again(f.Letters[1].Receipts[0].Receipt, c.kh.cards, func(r *letter.Receipt) { r.Leaf = turn(r.Leaf, 3) })
		}, evidence.PromiseDiffers, mids[1], false},
		"R3 names an answer that is not": {func(f *file) {
			f.Letters[3].Receipts = append(f.Letters[3].Receipts, evidence.Receipt{})
			r, err := letter.ParseReceipt(f.Letters[1].Receipts[2].Receipt, letter.KeysOf(c.kh.cards, 0))
			if err != nil {
				t.Fatal(err)
			}
			r.ID, r.Answer = mids[3], mids[1]
			if f.Letters[3].Receipts[2].Receipt, err = r.Sign(c.kh.keys.Current); err != nil {
				t.Fatal(err)
			}
		}, evidence.AnswerDiffers, mids[3], false},
		"no receipts at all": {func(f *file) { f.Letters[0].Receipts = nil }, evidence.NotStored, mids[0], true},

		"an event's text": {func(f *file) {
			e := &f.Letters[0].Event
			e.Event = strings.Replace(e.Event, "letter-out", "letter-ouT", 1)
		}, evidence.EventChanged, mids[0], false},
		"an event's salt":           {func(f *file) { e := &f.Letters[1].Event; e.Salt = turn(e.Salt, 7) }, evidence.EventChanged, mids[1], false},
		"an event's leaf":           {func(f *file) { e := &f.Letters[1].Event; e.Leaf = turn(e.Leaf, 7) }, evidence.EventChanged, mids[1], false},
		"an event's path":           {func(f *file) { e := &f.Letters[1].Event; e.Path[1] = turn(e.Path[1], 7) }, evidence.ProofWrong, mids[1], false},
		"an event's path is short":  {func(f *file) { e := &f.Letters[1].Event; e.Path = e.Path[1:] }, evidence.ProofWrong, mids[1], false},
		"an event's index":          {func(f *file) { f.Letters[2].Event.Index++ }, evidence.ProofWrong, mids[2], false},
		"an event's index, far out": {func(f *file) { f.Letters[2].Event.Index = 1 << 52 }, evidence.ProofWrong, mids[2], false},
		"an index below 0":          {func(f *file) { f.Letters[2].Event.Index = -1 }, evidence.ProofWrong, mids[2], false},
		"a receipt's event": {func(f *file) {
			e := f.Letters[0].Receipts[0].Event
			e.Event = strings.Replace(e.Event, "receipt", "Receipt", 1)
		}, evidence.EventChanged, mids[0], false},
		"a receipt's path":        {func(f *file) { e := f.Letters[0].Receipts[2].Event; e.Path[0] = turn(e.Path[0], 0) }, evidence.ProofWrong, mids[0], false},
		"events change places":    {func(f *file) { f.Letters[0].Event, f.Letters[2].Event = f.Letters[2].Event, f.Letters[0].Event }, evidence.EventDiffers, mids[0], false},
		"a letter without event":  {func(f *file) { f.Letters[0].Event = evidence.Event{} }, evidence.EventGone, mids[0], false},
		"a receipt without event": {func(f *file) { f.Letters[0].Receipts[1].Event = nil }, evidence.EventGone, mids[0], false},
		"another's event":         {func(f *file) { f.Letters[0].Receipts[1].Event = f.Letters[0].Receipts[2].Event }, evidence.EventDiffers, mids[0], false},

		"a promise's path":  {func(f *file) { p := f.Letters[0].Receipts[0].Promise; p.Path[0] = turn(p.Path[0], 9) }, evidence.ProofWrong, mids[0], false},
		"a promise's index": {func(f *file) { f.Letters[0].Receipts[0].Promise.Index-- }, evidence.ProofWrong, mids[0], false},
		"a promise's book":  {func(f *file) { p := f.Letters[0].Receipts[0].Promise; p.Book += "0" }, evidence.BookGone, mids[0], false},
		"no promise shown":  {func(f *file) { f.Letters[0].Receipts[0].Promise = nil }, evidence.PromiseOpen, mids[0], true},
		"a stray promise":   {func(f *file) { f.Letters[0].Receipts[1].Promise = f.Letters[0].Receipts[0].Promise }, evidence.Stray, mids[0], false},
		"no proof of R1's checkpoint": {func(f *file) {
			f.Letters[2].Receipts[0].Head = nil
		}, evidence.ProofGone, mids[2], false},
		"R1's checkpoint is of another tree": {func(f *file) {
			f.Letters[2].Receipts[0].Receipt = c.id.again(f.Letters[2].Receipts[0].Receipt, c.id.cards, func(r *letter.Receipt) {
				book, size := sizeOf(t, r.Head)
				r.Head = c.id.checkpoint(book, size, wrong)
			})
		}, evidence.BookForked, mids[2], false},
		"the exporter's R1 forks its book": {func(f *file) {
			f.Letters[3].Receipts[0].Receipt = c.kh.again(f.Letters[3].Receipts[0].Receipt, c.kh.cards, func(r *letter.Receipt) {
				book, size := sizeOf(t, r.Head)
				r.Head = c.kh.checkpoint(book, size, wrong)
			})
		}, evidence.BookForked, mids[3], false},
		"R1's checkpoint is nobody's": {func(f *file) {
			f.Letters[2].Receipts[0].Receipt = c.id.again(f.Letters[2].Receipts[0].Receipt, c.id.cards, func(r *letter.Receipt) { r.Head = turn(r.Head, -9) })
		}, evidence.CheckpointWrong, mids[2], false},

		"a checkpoint": {func(f *file) { f.Books[0].Checkpoint = turn(f.Books[0].Checkpoint, -9) }, evidence.CheckpointWrong, "", false},
		"a checkpoint of another tree": {func(f *file) {
			book, size := sizeOf(t, f.Books[0].Checkpoint)
			f.Books[0].Checkpoint = c.kh.checkpoint(book, size, wrong)
		}, evidence.CosignWrong, "", false},
		"what was cosigned is of another tree": {func(f *file) {
			book, size := sizeOf(t, f.Books[0].Checkpoint)
			last(f).Checkpoint = f.Books[0].Checkpoint
			f.Books[0].Checkpoint = c.kh.checkpoint(book, size, wrong)
		}, evidence.BookForked, "", false},
		"the peer cosigned another tree": {func(f *file) {
			book, size := sizeOf(t, f.Books[0].Checkpoint)
			at := c.kh.checkpoint(book, size+5, wrong)
			line, err := journal.Cosign(c.id.jkey, at, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			f.Books[0].Cosigned = append(f.Books[0].Cosigned, evidence.Cosigned{Checkpoint: at, Cosignature: line, Path: f.Letters[0].Event.Path})
		}, evidence.BookForked, "", false},
		"two checkpoints of a book": {func(f *file) {
			book, size := sizeOf(t, f.Books[0].Checkpoint)
			f.Books = append(f.Books, evidence.Book{Checkpoint: c.kh.checkpoint(book, size+1, wrong)})
		}, evidence.BookForked, "", false},
		"two checkpoints of the peer's book": {func(f *file) {
			book, size := sizeOf(t, f.Shown[0].Checkpoint)
			f.Shown = append(f.Shown, evidence.Book{Checkpoint: c.id.checkpoint(book, size, wrong)})
		}, evidence.BookForked, "", false},
		"the peer's checkpoint": {func(f *file) { f.Shown[0].Checkpoint = turn(f.Shown[0].Checkpoint, -9) }, evidence.CheckpointWrong, "", false},
		"the peer's book of another tree": {func(f *file) {
			book, size := sizeOf(t, f.Shown[0].Checkpoint)
			f.Shown[0].Checkpoint = c.id.checkpoint(book, size, wrong)
		}, evidence.BookForked, mids[0], false},
		"more events than there can be": {func(f *file) {
			book, _ := sizeOf(t, f.Shown[0].Checkpoint)
			f.Shown[0].Checkpoint = c.id.checkpoint(book, 1<<62, wrong)
		}, evidence.CheckpointWrong, "", false},
		"a book of something else":            {func(f *file) { f.Books[0].Checkpoint = c.kh.checkpoint("house", 7, wrong) }, evidence.CheckpointWrong, "", false},
		"no book":                             {func(f *file) { f.Books = nil }, evidence.BookGone, mids[0], false},
		"a cosignature of another checkpoint": {func(f *file) { f.Books[0].Cosigned[0].Checkpoint = f.Books[0].Checkpoint }, evidence.CosignWrong, "", false},
		"a cosignature's path":                {func(f *file) { k := &f.Books[0].Cosigned[0]; k.Path[0] = turn(k.Path[0], 4) }, evidence.BookForked, "", false},
		"a cosignature":                       {func(f *file) { k := last(f); k.Cosignature = turn(k.Cosignature, -9) }, evidence.CosignWrong, "", false},
		"no cosignature":                      {func(f *file) { f.Books[0].Cosigned = nil }, evidence.NotWitnessed, mids[0], true},
		"the exporter's own cosignature": {func(f *file) {
			line, err := journal.Cosign(c.kh.jkey, f.Books[0].Checkpoint, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			last(f).Cosignature = line
		}, evidence.CosignWrong, "", false},

		"a card": {func(f *file) {
			f.Cards[0] = bytes.Replace(f.Cards[0], []byte(`"signature": "`), []byte(`"signature": "AAAA`), 1)
		}, evidence.CardWrong, "", false},
		"a node without card": {func(f *file) { f.Cards = f.Cards[:1] }, evidence.PartiesWrong, "", false},
		"three nodes": {func(f *file) {
			f.Cards = append(f.Cards, newNode(t, "TH", "0191f6a2-7c1e-7b3a-9d55-0a1b2c3d4e61", storetest.SQLite(t)).cards[0].Bytes())
		}, evidence.PartiesWrong, "", false},
		"a card twice":             {func(f *file) { f.Cards = append(f.Cards, f.Cards[0]) }, evidence.CardWrong, "", false},
		"the exporter":             {func(f *file) { f.Exporter = c.id.name }, evidence.CheckpointWrong, "", false},
		"the conversation":         {func(f *file) { f.Conversation = other }, evidence.LetterOther, mids[0], false},
		"the agreement is gone":    {func(f *file) { f.Agreements = nil }, evidence.AgreementGone, mids[0], false},
		"the agreement twice":      {func(f *file) { f.Agreements = append(f.Agreements, f.Agreements[0]) }, evidence.Stray, "", false},
		"a letter of the exporter": {func(f *file) { f.Letters[0].Envelope = "x" }, evidence.Stray, mids[0], false},
		"an agreement that one has signed": {func(f *file) {
			var d struct {
				Payload    string            `json:"payload"`
				Signatures []json.RawMessage `json:"signatures"`
			}
			if err := json.Unmarshal(f.Agreements[0], &d); err != nil {
				t.Fatal(err)
			}
			d.Signatures = d.Signatures[:1]
			f.Agreements[0], _ = json.Marshal(d)
		}, evidence.AgreementWrong, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			f := clone(t, whole)
			x.change(&f)
			f = clone(t, f)
			rep := evidence.Verify(f, false, c.kh.cards[0], c.id.cards[0])
			found := rep.Faults
			if x.open {
				found = rep.Open
			}
			if x.code == "" && rep.OK && len(rep.Open) == 0 {
				return
			}
			if rep.OK != x.open || !slices.ContainsFunc(found, func(f evidence.Fault) bool { return f.Code == x.code && f.Letter == x.letter && f.What != "" }) {
				t.Errorf("ok %v, faults %+v, open %+v; want %s of %q", rep.OK, rep.Faults, rep.Open, x.code, x.letter)
			}
			for _, f := range append(rep.Faults, rep.Open...) {
				if strings.Contains(f.What, "SYNTHETIC") {
					t.Errorf("a fault tells who it is about: %s", f.What)
				}
			}
		})
	}
	t.Run("another first card", func(t *testing.T) {
		twin := newNode(t, "ID", "0191f6a2-7c1e-7b3a-9d55-0a1b2c3d4e60", storetest.SQLite(t))
		for _, first := range []card.Signed{twin.cards[0], newNode(t, "TH", "0191f6a2-7c1e-7b3a-9d55-0a1b2c3d4e61", storetest.SQLite(t)).cards[0]} {
			rep := evidence.Verify(whole, false, c.kh.cards[0], first)
			if rep.OK || rep.Faults[0].Code != evidence.FirstCard || !strings.Contains(rep.CannotKnow, "seven words") {
				t.Errorf("%+v", rep)
			}
		}
	})
}

// Whatever byte is changed, the file is not what it was, or says the same in other blanks.
func TestAnyByte(t *testing.T) {
	t.Parallel()
	c := newCorridor(t, storetest.SQLite(t), storetest.SQLite(t))
	whole, err := c.id.export(c.talk(2)).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	compact := func(b []byte) string {
		var out bytes.Buffer
		if json.Compact(&out, b) != nil {
			return ""
		}
		return out.String()
	}
	want := compact(whole)
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 1))
	blank, refused, faults := 0, 0, 0
	for range 1000 {
		b := bytes.Clone(whole)
		at, to := r.IntN(len(b)), byte(r.IntN(256))
		if r.IntN(2) == 0 { // of the alphabet that most of it is in
			to = signed.Base64.EncodeToString([]byte{to, to, to})[0]
		}
		if b[at] == to {
			continue
		}
		b[at] = to
		f, err := evidence.Read(bytes.NewReader(b))
		switch {
		case err != nil:
			refused++
		case evidence.Verify(f, false).OK:
			if blank++; compact(b) != want {
				t.Errorf("seed %d: byte %d, %q, became %q, and nothing is found", seed, at, whole[at], to)
			}
		default:
			faults++
		}
	}
	if refused == 0 || faults == 0 {
		t.Errorf("%d refused, %d with faults, %d with other blanks", refused, faults, blank)
	}
}
