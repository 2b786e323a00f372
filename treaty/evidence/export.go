package evidence

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/card"
	"mitra/treaty/courier"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

// ErrPending: an event has no place in its book yet; the keeper gives it one within a moment.
var ErrPending = errors.New("an event has no place in the journal yet")

// Export puts together what this node, self, can prove of a conversation. peer may be empty where one node
// alone has written under this cid. The error wraps [ErrPending] or one of [courier.Conversation].
func Export(tx *store.Tx, self, cid, peer string) (File, error) {
	p, letters, err := courier.Conversation(tx, cid, peer)
	if err != nil {
		return File{}, err
	}
	x := exporter{tx: tx, peer: p, own: map[string]head{}, file: File{
		Format: Format, Conversation: cid, Exporter: self, Cards: []json.RawMessage{}, Agreements: []json.RawMessage{}, Letters: []Letter{}, Books: []Book{}, Shown: []Book{},
	}}
	own, err := courier.Cards(tx, self)
	if err != nil {
		return File{}, err
	}
	for _, s := range slices.Concat(own, p.Cards) {
		x.file.Cards = append(x.file.Cards, s.Bytes())
	}
	if err := x.agreements(letters); err != nil {
		return File{}, err
	}
	if err := x.books(own, letters); err != nil {
		return File{}, err
	}
	for _, l := range letters {
		if err := x.letter(l); err != nil {
			return File{}, err
		}
	}
	if err := x.shown(letters); err != nil {
		return File{}, err
	}
	return x.file, nil
}

type exporter struct {
	tx   *store.Tx
	peer courier.Peer
	file File
	own  map[string]head // by book
}

// agreements adds those that letters name.
func (x *exporter) agreements(letters []courier.Kept) error {
	set, err := agreement.Load(x.tx, x.peer.Node)
	if err != nil {
		return err
	}
	named := map[string]bool{}
	for _, l := range letters {
		var h letter.Header
		if o, err := signed.Parse(l.Letter, letterType); err == nil && json.Unmarshal(o.Header, &h) == nil {
			named[h.Agreement] = true
		}
	}
	for _, d := range set.All() {
		if named[d.Hash()] {
			x.file.Agreements = append(x.file.Agreements, d.Bytes())
		}
	}
	return nil
}

// records are the events of letters and their receipts.
func records(letters []courier.Kept) (all []journal.Record) {
	for _, l := range letters {
		all = append(all, l.Event)
		for _, r := range l.Receipts {
			if r.Event.Book != "" {
				all = append(all, r.Event)
			}
		}
	}
	return all
}

// books chooses for each of this node's books the cosignatures that first cover its events, and a checkpoint that
// covers all of them: the last of these that are cosigned, or where that is too early the last there is.
func (x *exporter) books(own card.Chain, letters []courier.Kept) error {
	events := map[string][]int64{} // index of each that has to be covered, by book
	for _, r := range records(letters) {
		if r.Index < 0 {
			return ErrPending
		}
		events[r.Book] = append(events[r.Book], r.Index)
	}
	for _, l := range letters {
		for _, r := range l.Receipts {
			if name, size := headIn(r); !l.Ours && name != "" {
				events[name] = append(events[name], size-1)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(events)) {
		slices.Sort(events[name])
		if err := x.book(own, name, events[name]); err != nil {
			return fmt.Errorf("book %s: %w", name, err)
		}
	}
	return nil
}

func (x *exporter) book(own card.Chain, name string, events []int64) error {
	var b Book
	var sizes []int64 // of what was cosigned
	covered := int64(0)
	for _, index := range events {
		if index < covered {
			continue
		}
		size, line, err := courier.CosignedOver(x.tx, name, index)
		if err != nil {
			return err
		}
		if size == 0 {
			break // nor is what follows
		}
		text, err := journal.CheckpointAt(x.tx, name, size)
		if err != nil {
			return err
		}
		b.Cosigned, sizes, covered = append(b.Cosigned, Cosigned{Checkpoint: text, Cosignature: line}), append(sizes, size), size
	}
	if last := len(sizes) - 1; last >= 0 && covered > events[len(events)-1] {
		b.Checkpoint, b.Cosigned[last].Checkpoint = b.Cosigned[last].Checkpoint, ""
	} else {
		var err error
		if b.Checkpoint, err = journal.LastCheckpoint(x.tx, name); err != nil {
			return err
		}
	}
	h, err := openHead(own, b.Checkpoint)
	if err != nil {
		return fmt.Errorf("%w: its checkpoint: %w", journal.ErrDamaged, err)
	}
	if h.Size <= events[len(events)-1] {
		return ErrPending
	}
	for i, size := range sizes {
		path, err := journal.Growth(x.tx, name, size, h.Size)
		if err != nil {
			return err
		}
		b.Cosigned[i].Path = hashes(path)
	}
	x.own[name] = h
	x.file.Books = append(x.file.Books, b)
	return nil
}

func (x *exporter) letter(l courier.Kept) error {
	out := Letter{Letter: l.Letter, Hash: l.Hash, Receipts: []Receipt{}}
	if l.Letter == "" {
		out.Envelope = l.Envelope
	}
	var err error
	if out.Event, err = x.event(l.Event); err != nil {
		return err
	}
	for _, r := range l.Receipts {
		add := Receipt{Receipt: r.Text}
		if r.Event.Book != "" {
			e, err := x.event(r.Event)
			if err != nil {
				return err
			}
			add.Event = &e
		}
		if name, size := headIn(r); !l.Ours && name != "" {
			path, err := journal.Growth(x.tx, name, size, x.own[name].Size)
			if err != nil {
				return err
			}
			add.Head = hashes(path)
		}
		out.Receipts = append(out.Receipts, add)
	}
	x.file.Letters = append(x.file.Letters, out)
	return nil
}

func (x *exporter) event(r journal.Record) (Event, error) {
	path, err := journal.Path(x.tx, r.Book, x.own[r.Book].Size, r.Index)
	return Event{
		Index: r.Index, Salt: signed.Base64.EncodeToString(r.Salt), Event: string(r.Event), Leaf: signed.Base64.EncodeToString(r.Leaf), Path: hashes(path),
	}, err
}

// shown adds what the peer's books show of its receipts R1.
func (x *exporter) shown(letters []courier.Kept) error {
	books, err := x.peer.Shown(x.tx)
	if err != nil {
		return err
	}
	var leaves [][]byte
	heads := map[string][]int64{}
	for _, l := range letters {
		for _, r := range l.Receipts {
			if !l.Ours || r.Stage != letter.StageStored {
				continue
			}
			leaves = append(leaves, promised(r.Text).leaf)
			if name, size := headIn(r); name != "" {
				heads[name] = append(heads[name], size)
			}
		}
	}
	for _, b := range books {
		old := slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(heads[b.Name]))), func(size int64) bool { return size > b.Size })
		places, grown, err := b.Leaves(x.tx).Prove(leaves, old)
		if err != nil {
			return fmt.Errorf("what is kept of book %s of %s: %w", b.Name, x.peer.Node, err)
		}
		if len(places)+len(grown) == 0 {
			continue
		}
		x.file.Shown = append(x.file.Shown, Book{Checkpoint: b.Checkpoint})
		if b.Fault != "" { // what contradicts it
			x.file.Shown = append(x.file.Shown, Book{Checkpoint: b.Fault})
		}
		x.place(b.Name, letters, places, grown)
	}
	return nil
}

// place adds the proofs of one book of the peer's to its receipts.
func (x *exporter) place(book string, letters []courier.Kept, places map[string]journal.Place, grown map[int64]tlog.TreeProof) {
	for i, l := range letters {
		for j, r := range l.Receipts {
			if !l.Ours || r.Stage != letter.StageStored {
				continue
			}
			to := &x.file.Letters[i].Receipts[j]
			if at, ok := places[string(promised(r.Text).leaf)]; ok {
				to.Promise = &Promise{Book: book, Index: at.Index, Path: hashes(at.Path)}
			}
			if name, size := headIn(r); name == book {
				if path, ok := grown[size]; ok {
					to.Head = hashes(path)
				}
			}
		}
	}
}

// stored is what a receipt R1 promises, before anybody has checked it.
type stored struct {
	leaf []byte
	head string
}

func promised(receipt string) (s stored) {
	var body struct{ Leaf, Head string }
	if o, err := signed.Parse(receipt, "mxp-receipt"); err == nil && json.Unmarshal(o.Unverified(), &body) == nil {
		s.leaf, _ = signed.Decode(body.Leaf)
		s.head = body.Head
	}
	return s
}

// headIn is the checkpoint that a receipt R1 names, by its book and size; empty where it names none.
func headIn(r courier.KeptReceipt) (book string, size int64) {
	if r.Stage != letter.StageStored {
		return "", 0
	}
	origin, rest, _ := strings.Cut(promised(r.Text).head, "\n")
	line, _, _ := strings.Cut(rest, "\n")
	if _, err := fmt.Sscan(line, &size); err != nil || size < 1 {
		return "", 0
	}
	return bookOf(origin), size
}

func hashes[P ~[]tlog.Hash](path P) []string {
	out := make([]string, len(path))
	for i, h := range path {
		out[i] = signed.Base64.EncodeToString(h[:])
	}
	return out
}
