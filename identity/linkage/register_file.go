package linkage

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
)

// A register as a file: see index_file.go, with "mitra register 2\n" at the beginning
// and, in the blocks:
//
//	length (4), JSON: as of an index, and the least weights, recall, the keys, how many
//	  records of each side are those of the run
//	tokens and values: as of an index
//	for each comparison: 1 if words are features (1), number (4); each: word (4),
//	  ascending, by how many records it is held (4)
//	for each part of keys: number (4); each: feature (4), ascending, how rare it is (1)
//	for each side: records as of an index, how many of them are linked (4); if the spec
//	  has a column of registers, of the first: number (4), their names as texts, and for
//	  each record the number of its register (4), from 1, or 0
//	pairs: number (4); each: places of the records (4, 4), weight (8)
//	refused values of keys: number (4); each 8, ascending
//
// It holds names and numbers of people in the clear as well.
const registerMagic = "mitra register 2\n"

type registerHead struct {
	fileHead
	Recall  float64     `json:"blocking_recall"`
	Least   float64     `json:"least"` // weight
	Trained [2]int      `json:"trained"`
	Keys    []keyInFile `json:"keys"`
}

type keyInFile struct {
	Parts []int `json:"parts"`
	Least int   `json:"least"` // quarter bits
	Most  int   `json:"most"`  // records of a block
}

// WriteTo writes the register, with records that have not been linked yet.
// [ReadRegister] reads it. The file holds names and numbers of people in the clear: its
// keeper encrypts it.
func (r *Register) WriteTo(w io.Writer) (int64, error) {
	r.settle()
	f := newFileWriter(w, registerMagic)
	h := registerHead{fileHead: fileHead{r.tables.plan.spec, r.model, r.headings, r.idCols}, Recall: r.recall, Least: r.least}
	for i, k := range r.ring.keys {
		in := keyInFile{Least: k.least, Most: r.ring.most[i]}
		for _, p := range k.parts {
			in.Parts = append(in.Parts, int(p))
		}
		h.Keys = append(h.Keys, in)
	}
	for n, s := range r.rolls() {
		h.Trained[n] = s.trained
	}
	head, err := json.Marshal(h)
	if err != nil {
		return 0, err
	}
	f.text(string(head))
	at := f.tables(r.tables, r.tables.everything())
	for _, t := range r.ring.words {
		has := byte(0)
		if t.has {
			has = 1
		}
		f.byte(has)
		f.number(uint32(len(t.hash)))
		for i, h := range t.hash {
			f.number(h)
			f.number(t.count[i])
		}
	}
	for _, t := range r.ring.known {
		f.number(uint32(len(t.hash)))
		for i, h := range t.hash {
			f.number(h)
			f.byte(t.bits[i])
		}
	}
	for _, s := range r.rolls() {
		f.records(r.tables, records{rows: s.rows, ids: s.ids}, at)
		f.number(uint32(s.linked))
		if s.hasRegisters() {
			f.number(uint32(len(s.registers.text) - 1))
			for _, name := range s.registers.text[1:] {
				f.text(name)
			}
			for _, i := range s.register {
				f.number(i)
			}
		}
	}
	f.number(uint32(len(r.pairs)))
	for _, p := range r.pairs {
		f.number(uint32(p.Left))
		f.number(uint32(p.Right))
		f.double(p.Weight)
	}
	refused := make([]uint64, 0, len(r.ring.refused))
	for c := range r.ring.refused {
		refused = append(refused, c)
	}
	slices.Sort(refused)
	f.number(uint32(len(refused)))
	for _, c := range refused {
		f.long(c)
	}
	return f.close()
}

// ReadRegister reads what [Register.WriteTo] wrote; see [ReadIndex] for memory and
// errors.
func ReadRegister(in io.Reader) (*Register, error) {
	f := newFileReader(in)
	r := f.register()
	f.end()
	if f.err != nil {
		return nil, fmt.Errorf("%s: %w", f.part, f.err)
	}
	r.tables.admitGuests()
	return r, nil
}

func (f *fileReader) register() *Register {
	if !f.magic(registerMagic, "no register, or one of another version") {
		return nil
	}
	var h registerHead
	f.json(&h)
	t := f.tables(&h.fileHead)
	f.beside.Wait()
	if f.err == nil && h.Model.OneToOne && h.Model.Duplicates {
		f.fail("records of one file have one partner at most")
	}
	if f.err != nil {
		return nil
	}
	r := newRegister(h, t)
	f.keyring(r, h.Keys)
	for n, s := range r.rolls() {
		in := f.records(t)
		s.ids, s.rows, s.linked, s.trained = in.ids, in.rows, int(f.number()), h.Trained[n]
		if s.linked > len(s.ids) || s.trained < 0 || s.trained > s.linked {
			f.fail("%d records, %d of the run, %d linked", len(s.ids), s.trained, s.linked)
		}
		if s.hasRegisters() {
			f.registers(s)
		}
	}
	f.pairs(r)
	f.part = "refused values"
	for n := f.number(); n > 0 && f.err == nil; n-- {
		r.ring.refused[f.long()] = true
	}
	return r
}

// registers reads where records are from.
func (f *fileReader) registers(s *Roll) {
	f.part = "registers"
	for n := f.number(); n > 0 && f.err == nil; n-- {
		if at := len(s.registers.text); int(s.registers.number(f.text())) != at {
			f.fail("register %d has no name of its own", at)
		}
	}
	for range s.ids {
		i := f.number()
		if int(i) >= len(s.registers.text) {
			f.fail("a record is of register %d", i)
		}
		if f.err != nil {
			return
		}
		s.register = append(s.register, i)
	}
}

// keyring reads keys and what they are made of.
func (f *fileReader) keyring(r *Register, keys []keyInFile) {
	t, k := r.tables, &r.ring
	n := [2]float64{float64(r.model.Records[0]), float64(r.model.Records[1])}
	if t.dedup {
		n[1] = n[0]
	}
	k.fresh, k.refused, k.words = freshBits(n), map[uint64]bool{}, make([]wordCounts, len(t.plan.comps))
	for c := range k.words {
		f.part = "words of " + t.plan.comps[c].name
		w, d := &k.words[c], t.plan.comps[c].dom
		w.has = f.byte() == 1
		for n := f.number(); n > 0 && f.err == nil; n-- {
			w.hash, w.count = append(w.hash, f.ascending(w.hash)), append(w.count, f.number())
		}
		switch {
		case !w.has:
		case d.kind != Text:
			f.fail("they are not a text's")
		default:
			d.worded = true
		}
	}
	parts := t.layout().parts
	k.known = make([]knownBits, len(parts))
	for i := range k.known {
		f.part = "features of " + parts[i].name
		b := &k.known[i]
		for n := f.number(); n > 0 && f.err == nil; n-- {
			b.hash, b.bits = append(b.hash, f.ascending(b.hash)), append(b.bits, f.byte())
		}
	}
	f.part = "keys"
	for i, in := range keys {
		var of []uint8
		for j, p := range in.Parts {
			if p < 0 || p >= len(parts) || j > 0 && p < in.Parts[j-1] || j > 1 && p == in.Parts[j-2] {
				f.fail("key %d has part %d", i, p)
				return
			}
			of = append(of, uint8(p))
		}
		if len(of) == 0 || len(of) > maxKeyParts || in.Least < 0 || in.Most < 1 || in.Most > widest || i >= len(parts)+keptKeys*maxKeyParts {
			f.fail("key %d is none", i)
			return
		}
		key := newKey(of...)
		key.least = in.Least
		k.keys, k.most = append(k.keys, key), append(k.most, in.Most)
	}
	for i := range k.keys {
		k.keys[i].nest(k.keys)
	}
}

// ascending reads a number that is more than the last.
func (f *fileReader) ascending(before []uint32) uint32 {
	n := f.number()
	if len(before) > 0 && n <= before[len(before)-1] {
		f.fail("%d stands behind %d", n, before[len(before)-1])
	}
	return n
}

func (f *fileReader) pairs(r *Register) {
	f.part = "pairs"
	for n := f.number(); n > 0 && f.err == nil; n-- {
		p := Pair{Left: int(f.number()), Right: int(f.number()), Weight: math.Float64frombits(f.long())}
		if p.Left >= r.side[0].linked || p.Right >= r.side[1].linked || r.tables.dedup && p.Left >= p.Right || math.IsNaN(p.Weight) || math.IsInf(p.Weight, 0) {
			f.fail("there is no pair %d and %d of weight %g", p.Left, p.Right, p.Weight)
			return
		}
		r.pairs = append(r.pairs, p)
	}
}
