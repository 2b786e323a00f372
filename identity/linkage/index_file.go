package linkage

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"slices"
	"strings"
	"sync"

	"mitra/identity/script"
)

// An index as a file, all numbers little-endian:
//
//	"mitra index 2\n"
//	blocks: length (4 bytes, 1 … 65536), bytes; a length of 0 ends them
//	SHA-256 of everything before, 32 bytes
//
// and in the blocks, one after the other:
//
//	length (4), JSON: spec, model, headings, columns of ids
//	tokens: rarity of a new one (8); number (4); each: kind (1), rarity (8), text
//	for each comparison: 1 if it is left out (1), least rarity of names and rarity of
//	  a new value (8, 8), number of values (4); each: rarity (8), and of a name the
//	  number of tokens (1) and their numbers (4 each, from 1, ascending), else a text
//	records: number (4); each: id as a text, and for each comparison and the date of
//	  the national id the number of the value (4), 0 where there is none
//
// A text is its length (4) and its bytes. Rarities are log2 of a frequency, as IEEE
// 754 doubles. What follows from these — sounds, keys, lists — is made again when
// the file is read. The file holds names and numbers of people in the clear: its
// keeper encrypts it.
const fileMagic = "mitra index 2\n"

// ErrDamaged is wrapped by errors about a file that is no index, or not a whole one.
var ErrDamaged = errors.New("damaged file")

const (
	mostBlock  = 1 << 16
	mostAtOnce = 1 << 16 // values that memory is taken for before they are read
)

type fileHead struct {
	Spec     Spec        `json:"spec"` // the index's; the model may be another's
	Model    Model       `json:"model"`
	Headings [2][]string `json:"headings"`
	IDs      [2]int      `json:"ids"`
}

// WriteTo writes the index as it is now; what is added or removed meanwhile may be
// in it or not. [ReadIndex] reads it. Of removed records nothing is written: a value
// or word that no record has any more counts in the file as one that nobody had.
func (x *Index) WriteTo(w io.Writer) (int64, error) {
	x.mu.Lock()
	st, had := x.state.Load(), x.had.clone()
	x.mu.Unlock()
	t, in := st.t, st.records()
	f := newFileWriter(w, fileMagic)
	head, err := json.Marshal(fileHead{t.plan.spec, x.model, x.headings, x.idCols})
	if err != nil {
		return 0, err
	}
	f.text(string(head))
	f.records(t, in, f.tables(t, t.kept(in, had)))
	return f.close()
}

// tables writes the tokens and values that are kept, and returns the number of each in
// the file.
func (f *fileWriter) tables(t *tables, kept holders) (at [][]uint32) {
	words, word := kept.words.list(len(t.tok.text))
	f.double(t.freshWord)
	f.number(uint32(len(words) - 1))
	for _, id := range words[1:] {
		f.byte(byte(t.tok.kind[id]))
		f.double(t.tok.rarity[id])
		f.text(t.tok.text[id])
	}
	for k := range t.plan.comps {
		c := &t.plan.comps[k]
		inert := byte(0)
		if c.inert {
			inert = 1
		}
		f.byte(inert)
		f.double(c.dom.rarest)
		f.double(t.fresh[k])
		values, value := kept.values[k].list(c.dom.size())
		at = append(at, value)
		f.number(uint32(len(values) - 1))
		for _, id := range values[1:] {
			f.double(c.dom.rarity[id])
			if c.kind != FullName {
				f.text(c.dom.text[id])
				continue
			}
			n := &c.dom.name[id]
			f.byte(n.n)
			for _, w := range n.tokens() {
				f.number(word[w])
			}
		}
	}
	return at
}

// records writes rows with the numbers that values have in the file.
func (f *fileWriter) records(t *tables, in records, at [][]uint32) {
	f.number(uint32(len(in.ids)))
	rows, stride := t.renumber(in.rows, at), t.stride()
	for i, id := range in.ids {
		f.text(id)
		for _, v := range rows[i*stride : (i+1)*stride] {
			f.number(v)
		}
	}
}

// fileWriter writes blocks.
type fileWriter struct {
	out   *bufio.Writer
	sum   hash.Hash
	block []byte
	n     int64
	err   error
}

func newFileWriter(w io.Writer, magic string) *fileWriter {
	f := &fileWriter{out: bufio.NewWriterSize(w, 1<<18), sum: sha256.New(), block: make([]byte, 0, 2*mostBlock)}
	f.write([]byte(magic))
	return f
}

func (f *fileWriter) write(b []byte) {
	f.sum.Write(b)
	if f.err == nil {
		var n int
		n, f.err = f.out.Write(b)
		f.n += int64(n)
	}
}

// flush writes whole blocks, or all that there is.
func (f *fileWriter) flush(least int) {
	at := 0
	for len(f.block)-at >= least {
		n := min(mostBlock, len(f.block)-at)
		f.write(binary.LittleEndian.AppendUint32(nil, uint32(n)))
		f.write(f.block[at : at+n])
		at += n
	}
	f.block = append(f.block[:0], f.block[at:]...)
}

func (f *fileWriter) put() {
	if len(f.block) >= mostBlock {
		f.flush(mostBlock)
	}
}

func (f *fileWriter) byte(b byte) { f.block = append(f.block, b); f.put() }
func (f *fileWriter) number(n uint32) {
	f.block = binary.LittleEndian.AppendUint32(f.block, n)
	f.put()
}
func (f *fileWriter) double(x float64) { f.long(math.Float64bits(x)) }
func (f *fileWriter) long(n uint64) {
	f.block = binary.LittleEndian.AppendUint64(f.block, n)
	f.put()
}
func (f *fileWriter) text(s string) {
	f.number(uint32(len(s)))
	f.block = append(f.block, s...)
	f.put()
}

func (f *fileWriter) close() (int64, error) {
	f.flush(1)
	f.write(make([]byte, 4))
	sum := f.sum.Sum(nil)
	f.write(sum)
	if f.err == nil {
		f.err = f.out.Flush()
	}
	return f.n, f.err
}

// ReadIndex reads what [Index.WriteTo] wrote. It takes memory in proportion to what
// it has read, whatever the file claims; errors about what was read wrap
// [ErrDamaged] and say in which part.
func ReadIndex(r io.Reader) (*Index, error) {
	f := newFileReader(r)
	x, in := f.index()
	f.end()
	if f.err != nil {
		return nil, fmt.Errorf("%s: %w", f.part, f.err)
	}
	return x, x.begin(in)
}

// fileReader reads blocks; after an error it gives zeros.
type fileReader struct {
	in    *bufio.Reader
	sum   hash.Hash
	block []byte // what is left of it
	buf   [mostBlock]byte
	small [8]byte
	store strings.Builder
	part  string // that is being read
	// beside works out what follows from values, while the next ones are read.
	beside sync.WaitGroup
	err    error
}

func newFileReader(r io.Reader) *fileReader {
	return &fileReader{in: bufio.NewReaderSize(r, 1<<18), sum: sha256.New(), part: "beginning"}
}

// fail keeps the first fault.
func (f *fileReader) fail(format string, args ...any) {
	if f.err == nil {
		f.err = fmt.Errorf("%w: "+format, append([]any{ErrDamaged}, args...)...)
	}
}

// raw reads past the blocks.
func (f *fileReader) raw(b []byte) bool {
	if f.err != nil {
		return false
	}
	if _, err := io.ReadFull(f.in, b); err != nil {
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			f.fail("the file ends here")
		} else {
			f.err = err
		}
		return false
	}
	return true
}

// next reads a block.
func (f *fileReader) next() bool {
	var b [4]byte
	if !f.raw(b[:]) {
		return false
	}
	f.sum.Write(b[:])
	n := binary.LittleEndian.Uint32(b[:])
	if n == 0 || n > mostBlock {
		f.fail("a block of %d bytes", n)
		return false
	}
	f.block = f.buf[:n]
	if !f.raw(f.block) {
		f.block = nil
		return false
	}
	f.sum.Write(f.block)
	return true
}

// bytes are the next n ≤ 8 bytes.
func (f *fileReader) bytes(n int) []byte {
	if len(f.block) >= n {
		b := f.block[:n]
		f.block = f.block[n:]
		return b
	}
	b := f.small[:n]
	clear(b)
	for at := 0; at < n; {
		if len(f.block) == 0 && !f.next() {
			clear(b)
			return b
		}
		m := copy(b[at:], f.block)
		at, f.block = at+m, f.block[m:]
	}
	return b
}

func (f *fileReader) byte() byte     { return f.bytes(1)[0] }
func (f *fileReader) number() uint32 { return binary.LittleEndian.Uint32(f.bytes(4)) }
func (f *fileReader) long() uint64   { return binary.LittleEndian.Uint64(f.bytes(8)) }
func (f *fileReader) rarity() float64 {
	x := math.Float64frombits(f.long())
	if !(x <= 0 && x >= -1<<10) { // bits; sums of them stay numbers
		f.fail("%g is no rarity", x)
	}
	return x
}

// text reads a text; those of one file share memory.
func (f *fileReader) text() string {
	n := int(f.number())
	if f.err != nil {
		return ""
	}
	if n <= len(f.block) {
		if f.store.Cap()-f.store.Len() < n {
			f.store = strings.Builder{}
			f.store.Grow(max(1<<16, n))
		}
		from := f.store.Len()
		f.store.Write(f.block[:n])
		f.block = f.block[n:]
		return f.store.String()[from:]
	}
	var long []byte
	for len(long) < n {
		if len(f.block) == 0 && !f.next() {
			return ""
		}
		m := min(n-len(long), len(f.block))
		long, f.block = append(long, f.block[:m]...), f.block[m:]
	}
	return string(long)
}

func (f *fileReader) index() (*Index, records) {
	defer f.beside.Wait()
	if !f.magic(fileMagic, "no index, or one of another version") {
		return nil, records{}
	}
	var head fileHead
	f.json(&head)
	t := f.tables(&head)
	if f.err != nil {
		return nil, records{}
	}
	in := f.records(t)
	f.beside.Wait()
	if f.err != nil {
		return nil, records{}
	}
	t.admitGuests()
	return newIndex(head.Model, t, head.Headings, head.IDs), in
}

// magic reads with what a file begins; wrong is what to say of another.
func (f *fileReader) magic(want, wrong string) bool {
	magic := make([]byte, len(want))
	if !f.raw(magic) {
		return false
	}
	if string(magic) != want {
		f.fail("%s", wrong)
	}
	f.sum.Write(magic)
	return f.err == nil
}

// json reads the head.
func (f *fileReader) json(head any) {
	f.part = "model"
	if text := f.text(); f.err == nil {
		if err := json.Unmarshal([]byte(text), head); err != nil {
			f.fail("%v", err)
		}
	}
}

// tables reads values. Guests are not admitted yet.
func (f *fileReader) tables(head *fileHead) *tables {
	if f.err != nil {
		return nil
	}
	right := head.Headings[1]
	if head.Model.Duplicates {
		right = nil
	}
	l, err := New(head.Spec, head.Headings[0], right, head.IDs[0], head.IDs[1])
	if err == nil && len(l.plan.comps) > mostComparisons {
		err = errors.New("too many columns")
	}
	if err != nil {
		f.fail("%v", err)
		return nil
	}
	f.fits(l, &head.Model)
	t := &tables{Linker: l, values: make([]lookup, len(l.plan.comps)), guest: make([]uint32, len(l.plan.comps)),
		wordsFrom: make([]uint32, len(l.plan.comps)), fresh: make([]float64, len(l.plan.comps))}
	l.side = [2]*Side{}
	l.tok.mixed = true
	f.tokens(t)
	for k := range l.plan.comps {
		f.part = "values of " + l.plan.comps[k].name
		f.values(t, k)
	}
	if f.err != nil {
		return nil
	}
	if len(head.Model.Related) > 0 {
		l.kin = l.relatives()
	}
	l.tok.interner = interner{}
	return t
}

// fits checks that a model has the comparisons that the columns make.
func (f *fileReader) fits(l *Linker, m *Model) {
	if len(m.Comparisons) != len(l.plan.comps) {
		f.fail("the model has %d comparisons, the columns make %d", len(m.Comparisons), len(l.plan.comps))
		return
	}
	// What a file says need not have been learned from anything.
	unlikely := func(bits float64) bool { return !(math.Abs(bits) <= 1<<10) }
	none := func(p float64) bool { return !(p >= 0 && p <= 2) } // the shares of a model are not exact
	if unlikely(m.Prior) {
		f.fail("a prior of %g bits", m.Prior)
	}
	for k, c := range m.Comparisons {
		if have := &l.plan.comps[k]; c.Name != have.name || c.Kind != have.kind || len(c.Levels) != len(have.levels()) {
			f.fail("comparison %d is not that of the columns", k+1)
			return
		}
		for i, v := range c.Levels {
			if none(v.M) || none(v.U) || none(v.Freq) || unlikely(v.Weight()) {
				f.fail("comparison %d, level %d: no probabilities", k+1, i)
			}
		}
	}
	for _, r := range m.Related {
		if len(r.R) != len(m.Comparisons) || unlikely(r.Prior) {
			f.fail("related people have other comparisons")
			return
		}
		for k := range r.R {
			if r.R[k] != nil && len(r.R[k]) != len(m.Comparisons[k].Levels) || slices.ContainsFunc(r.R[k], none) {
				f.fail("related people have other levels")
				return
			}
		}
	}
}

func (f *fileReader) tokens(t *tables) {
	f.part = "tokens"
	tok := t.tok
	tok.rarity = []float64{0}
	t.freshWord = f.rarity()
	for n := f.number(); n > 0 && f.err == nil; n-- {
		kind, rarity, text := f.byte(), f.rarity(), f.text()
		if text == "" || kind > byte(script.Generation) {
			f.fail("token %d is none", len(tok.text))
			return
		}
		tok.text, tok.kind, tok.rarity = append(tok.text, text), append(tok.kind, script.Kind(kind)), append(tok.rarity, rarity)
	}
	texts := tok.text[1:]
	f.beside.Go(func() {
		for _, text := range texts {
			tok.hash, tok.set, tok.skeleton = append(tok.hash, hashString(text)), append(tok.set, letters(text)), append(tok.skeleton, skeletonHash(text))
		}
	})
}

func (f *fileReader) values(t *tables, k int) {
	c := &t.plan.comps[k]
	d := c.dom
	c.exact = uint8(len(c.levels()) - 1)
	d.interner, d.raw, d.rarity = interner{}, nil, []float64{0}
	d.count = [2][]int32{}
	var texts []string
	c.inert = f.byte() == 1
	d.rarest, t.fresh[k] = f.rarity(), f.rarity()
	for n := f.number(); n > 0 && f.err == nil; n-- {
		rarity := f.rarity()
		if c.kind == FullName {
			var v nameValue
			if v.n = f.byte(); v.n == 0 || v.n > maxTokens {
				f.fail("name %d has %d tokens", len(d.name), v.n)
				return
			}
			for i := range v.tokens() {
				v.tok[i] = f.number()
				if v.tok[i] == 0 || int(v.tok[i]) >= len(t.tok.text) || i > 0 && v.tok[i] <= v.tok[i-1] {
					f.fail("name %d has token %d", len(d.name), v.tok[i])
					return
				}
			}
			t.weigh(&v)
			d.name, d.rarity = append(d.name, v), append(d.rarity, rarity)
			continue
		}
		text := f.text()
		if text == "" || (c.kind == BirthDate || c.kind == OtherDate) && dateOf(text).String() != text {
			f.fail("value %d is none", len(d.rarity))
			return
		}
		texts, d.rarity = append(texts, text), append(d.rarity, rarity)
	}
	f.beside.Go(func() {
		for _, text := range texts {
			d.append(text, hashString(text), dateOf(text))
		}
	})
}

// append appends a value and what follows from it, but for its rarity.
func (d *domain) append(text string, h uint64, date dateValue) {
	d.text, d.hash, d.sketch = append(d.text, text), append(d.hash, h), append(d.sketch, sketchOf(text))
	switch d.kind {
	case BirthDate, OtherDate:
		d.date = append(d.date, date)
	case Document, NationalID:
		d.keyed = append(d.keyed, hashString(ocrClass(text)))
	case Text:
		var buf [guestWords]uint32
		d.words = append(d.words, wordHashes(buf[:0], text)...)
		d.wordsAt = append(d.wordsAt, uint32(len(d.words)))
	}
}

// dateOf reads what dateValue.String writes.
func dateOf(text string) (d dateValue) {
	if len(text) == len("2006-01-02") {
		d.year, d.month, d.day = int16(number(text[:4])), uint8(number(text[5:7])), uint8(number(text[8:]))
	}
	return d
}

func (f *fileReader) records(t *tables) (in records) {
	f.part = "records"
	stride := t.stride()
	n := f.number()
	in.ids, in.rows = make([]string, 0, min(n, mostAtOnce)), make([]uint32, 0, int(min(n, mostAtOnce))*stride)
	for ; n > 0 && f.err == nil; n-- {
		in.ids = append(in.ids, f.text())
		for k := range stride {
			v, of := f.number(), k
			if k == stride-1 {
				of = t.birth
			}
			if of < 0 && v != none || of >= 0 && int(v) >= len(t.plan.comps[of].dom.rarity) {
				f.fail("record %d has value %d", len(in.ids), v)
			}
			in.rows = append(in.rows, v)
		}
	}
	return in
}

// end checks that nothing follows but the checksum, and that it is right.
func (f *fileReader) end() {
	if f.err != nil {
		return
	}
	f.part = "end"
	var b [4]byte
	if !f.raw(b[:]) {
		return
	}
	if len(f.block) > 0 || b != [4]byte{} {
		f.fail("more than the records that were promised")
		return
	}
	f.sum.Write(b[:])
	var sum [sha256.Size]byte
	if f.raw(sum[:]) && string(f.sum.Sum(nil)) != string(sum[:]) {
		f.fail("the checksum is another: something has changed since it was written")
	}
}
