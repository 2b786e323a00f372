package linkage_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"mitra/identity/linkage"
)

// newcomer is a record on its way into a register.
type newcomer struct {
	right bool
	id    string
	cells []string
}

// registerOf trains on some records; the others come later.
func registerOf(t testing.TB, spec linkage.Spec, headings []string, two bool, o linkage.Options, records []newcomer) (*linkage.Register, *linkage.Result) {
	t.Helper()
	var right []string
	if two {
		right = headings
	}
	l, err := linkage.New(spec, headings, right, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if r.right {
			l.Right().Add(r.id, r.cells)
		} else {
			l.Left().Add(r.id, r.cells)
		}
	}
	res, err := l.Run(o)
	if err != nil {
		t.Fatal(err)
	}
	reg, err := l.Register(res)
	if err != nil {
		t.Fatal(err)
	}
	return reg, res
}

func addTo(r *linkage.Register, records []newcomer) linkage.Linked {
	for _, n := range records {
		if n.right {
			r.Right().Add(n.id, n.cells)
		} else {
			r.Left().Add(n.id, n.cells)
		}
	}
	return r.Link(nil)
}

func savedAndRead(t testing.TB, r *linkage.Register) *linkage.Register {
	t.Helper()
	var b bytes.Buffer
	n, err := r.WriteTo(&b)
	if err != nil || n != int64(b.Len()) {
		t.Fatalf("%d bytes of %d, %v", n, b.Len(), err)
	}
	out, err := linkage.ReadRegister(&b)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

type shownPair struct {
	Left, Right    string
	Weight, Rivals float64
}

func pairsOf(r *linkage.Register) (out []shownPair) {
	for _, p := range r.Pairs(r.Least()) {
		out = append(out, shownPair{r.Left().ID(p.Left), r.Right().ID(p.Right), p.Weight, p.Rivals})
	}
	return out
}

// nearly: sums of bits are made in another order.
var nearly = cmpopts.EquateApprox(0, 1e-5)

// groupsOf are groups or, of two sides, assigned pairs.
func groupsOf(r *linkage.Register) (out []string) {
	if !r.Model().Duplicates {
		for _, p := range r.Assign(r.Pairs(0.5)) {
			out = append(out, r.Left().ID(p.Left)+","+r.Right().ID(p.Right))
		}
		return out
	}
	for i, g := range r.Cluster(r.Pairs(r.Least())) {
		out = append(out, r.Left().ID(i)+","+r.Left().ID(g))
	}
	slices.Sort(out)
	return out
}

func sameRegister(t interface{ Fatalf(string, ...any) }, got, want *linkage.Register) {
	if d := cmp.Diff(pairsOf(want), pairsOf(got), nearly); d != "" {
		t.Fatalf("pairs (-together +one after the other):\n%s", d)
	}
	if d := cmp.Diff(groupsOf(want), groupsOf(got)); d != "" {
		t.Fatalf("groups (-together +one after the other):\n%s", d)
	}
}

// populations are records of several kinds, one file or two.
func populations(n int) map[string]struct {
	headings []string
	two      bool
	records  []newcomer
	options  linkage.Options
	spec     linkage.Spec
} {
	type population = struct {
		headings []string
		two      bool
		records  []newcomer
		options  linkage.Options
		spec     linkage.Spec
	}
	out := map[string]population{}
	a, b := town(n, 21)
	var one, two []newcomer
	for i := range a {
		one = append(one, newcomer{false, a[i].id, cellsOf(a[i])}, newcomer{false, b[i].id, cellsOf(b[i])})
		two = append(two, newcomer{false, a[i].id, cellsOf(a[i])}, newcomer{true, b[i].id, cellsOf(b[i])})
	}
	out["town"] = population{headings: header, records: one, options: linkage.Options{Min: 0.01}}
	out["two files"] = population{headings: header, two: true, records: two, options: linkage.Options{}}
	out["two files, many"] = population{headings: header, two: true, records: two, options: linkage.Options{Many: true}}
	var people []newcomer
	for _, r := range settlement(n/3, 0.3, 3) {
		people = append(people, newcomer{false, r[0], r})
	}
	out["settlement"] = population{headings: []string{"id", "full_name", "address", "city", "postcode", "phone"}, records: people, options: linkage.Options{Min: 0.01}}
	// Addresses have more words than are features, and only those who come later have
	// national ids that tell a birth date.
	var long []newcomer
	rng := rand.New(rand.NewPCG(8, 8))
	words := strings.Fields("north south upper lower market river temple harbour school bridge gate hill old new garden mill station tower well field")
	for i := range a {
		address := ""
		for range 4 + rng.IntN(4) {
			address += words[min(rng.IntN(len(words)), rng.IntN(len(words)))] + " "
		}
		id := func(r row) string {
			if d := r.birth; i > n/2 && len(d) == 10 && rng.IntN(3) > 0 {
				return "317301" + d[8:10] + d[5:7] + d[2:4] + fmt.Sprintf("%04d", i+1)
			}
			return ""
		}
		mistyped := b[i].birth
		if rng.IntN(5) == 0 {
			mistyped = "1970-06-15"
		}
		long = append(long, newcomer{false, a[i].id, []string{a[i].id, a[i].name, a[i].birth, id(a[i]), address + "street"}},
			newcomer{false, b[i].id, []string{b[i].id, b[i].name, mistyped, id(b[i]), address}})
	}
	out["long addresses, national ids"] = population{headings: []string{"id", "full_name", "birth_date", "national_id", "address"}, records: long, options: linkage.Options{Min: 0.01}}
	var listed []newcomer // everybody stands twice in the first list, which is known to list a person once
	for i := range a {
		for j, r := range []row{a[i], a[i], b[i]} {
			list := "residents"
			if j == 2 {
				list = "permits"
			}
			id := fmt.Sprint(r.id, "-", j)
			listed = append(listed, newcomer{false, id, []string{id, r.name, r.sex, r.birth, r.passport, list}})
		}
	}
	out["lists"] = population{headings: append(slices.Clone(header), "list"), records: listed,
		options: linkage.Options{Min: 0.01}, spec: linkage.Spec{Register: "list"}}
	return out
}

// strict is how many quarter bits more keys ask for.
const strict = 16

// Whatever came when, and whatever went again: the result is that of all who are left
// together, under one model.
func TestRegisterForgetsTheOrder(t *testing.T) {
	for name, p := range populations(180) {
		t.Run(name, func(t *testing.T) {
			p.options.Min = 1e-4 // much that is no match is kept as well
			trained, _ := registerOf(t, p.spec, p.headings, p.two, p.options, p.records[:len(p.records)/2])
			var b bytes.Buffer
			if _, err := trained.WriteTo(&b); err != nil {
				t.Fatal(err)
			}
			rapid.Check(t, func(t *rapid.T) {
				read := func() *linkage.Register {
					r, err := linkage.ReadRegister(bytes.NewReader(b.Bytes()))
					if err != nil {
						t.Fatalf("%v", err)
					}
					return r
				}
				first, later := p.records[:len(p.records)/2], p.records[len(p.records)/2:]
				rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 1))
				later = slices.Clone(later)
				rng.Shuffle(len(later), func(i, j int) { later[i], later[j] = later[j], later[i] })
				gone := map[string]bool{}
				// Either records are added to those of the run, or all of them to a register
				// that is not so small that everybody is compared with everybody.
				r, together := read(), read().Bare()
				if rapid.Bool().Draw(t, "strict") {
					r, together = read().Bare().Strict(strict), together.Strict(strict)
					addTo(r, first)
				}
				defer linkage.Portion(rapid.IntRange(50, 500).Draw(t, "portion"))()
				for n := rapid.IntRange(1, 4).Draw(t, "batches"); n > 0; n-- {
					batch := later
					if n > 1 {
						batch = later[:rng.IntN(len(later)+1)]
					}
					later = later[len(batch):]
					if rapid.Bool().Draw(t, "wrong at first") {
						var wrong []newcomer
						for _, c := range batch {
							if rng.IntN(10) == 0 {
								wrong = append(wrong, newcomer{c.right, c.id, p.records[rng.IntN(len(p.records))].cells})
							}
						}
						addTo(r, wrong)
					}
					addTo(r, batch)
					if rapid.Bool().Draw(t, "some go") {
						for _, c := range slices.Concat(first, batch) {
							if rng.IntN(20) == 0 && !gone[c.id] {
								gone[c.id] = true
								side := r.Left()
								if c.right {
									side = r.Right()
								}
								if !side.Remove(c.id) || side.Remove(c.id) {
									t.Fatalf("%s was not there, or is still", c.id)
								}
							}
						}
					}
					if rapid.Bool().Draw(t, "saved") {
						var b bytes.Buffer
						if _, err := r.WriteTo(&b); err != nil {
							t.Fatalf("%v", err)
						}
						again, err := linkage.ReadRegister(&b)
						if err != nil {
							t.Fatalf("%v", err)
						}
						r = again
					}
				}
				addTo(together, slices.DeleteFunc(slices.Clone(p.records), func(n newcomer) bool { return gone[n.id] }))
				sameRegister(t, r, together)
			})
		})
	}
}

// A register compares what the run compared that it was made from, neither more nor
// less, and weighs it the same; only rivals are weighed again.
func TestRegisterBeginsWithTheRun(t *testing.T) {
	for name, p := range populations(2000) {
		t.Run(name, func(t *testing.T) {
			r, res := registerOf(t, p.spec, p.headings, p.two, p.options, p.records)
			read := savedAndRead(t, r)
			sameRegister(t, read, r)
			together := read.Bare()
			if got := addTo(together, p.records); got.Compared != res.Compared || res.GivenUp != 0 {
				t.Errorf("%d pairs compared and %d given up, %d and %d by the run", got.Compared, got.GivenUp, res.Compared, res.GivenUp)
			}
			sameRegister(t, r, together)
			if len(pairsOf(r)) < 700 || res.Compared > int64(len(p.records)*len(p.records)/8) {
				t.Errorf("only %d pairs, of %d compared", len(pairsOf(r)), res.Compared)
			}
		})
	}
}

// A value that too many hold brings nothing, whenever they came.
func TestRegisterRefusesWhatManyHold(t *testing.T) {
	p := populations(260)["town"]
	half := len(p.records) / 2
	// Later ones have a passport number that is none.
	later := slices.Clone(p.records[half:])
	for i := range later {
		if i%3 > 0 {
			later[i].cells = slices.Clone(later[i].cells)
			later[i].cells[4] = "PENDING01"
		}
	}
	trained, _ := registerOf(t, p.spec, p.headings, false, p.options, p.records[:half])
	rng := rand.New(rand.NewPCG(5, 5))
	var want *linkage.Register
	for range 20 {
		r := savedAndRead(t, trained)
		r.Narrow(30)
		rng.Shuffle(len(later), func(i, j int) { later[i], later[j] = later[j], later[i] })
		lost := int64(0)
		for from := 0; from < len(later); {
			to := min(from+1+rng.IntN(100), len(later))
			undo := linkage.Portion(1 + rng.IntN(60))
			lost += addTo(r, later[from:to]).GivenUp
			undo()
			from = to
			if rng.IntN(3) == 0 {
				r = savedAndRead(t, r)
			}
		}
		if lost == 0 || r.Refused() == 0 {
			t.Fatalf("%d pairs given up, %d values refused", lost, r.Refused())
		}
		if want == nil {
			want = r
			continue
		}
		sameRegister(t, r, want)
	}
	r := savedAndRead(t, trained)
	addTo(r, later)
	if r.Refused() != 0 {
		t.Errorf("%d values were refused that a run would compare", r.Refused())
	}
}

func TestRegisterKnowsWhoIsThere(t *testing.T) {
	p := populations(260)["town"]
	r, _ := registerOf(t, p.spec, p.headings, false, p.options, p.records)
	before := pairsOf(r)
	if got := addTo(r, p.records[:50]); got.New != 0 || got.Compared != 0 {
		t.Errorf("the same records again: %+v", got)
	}
	other := slices.Clone(p.records[7].cells)
	other[1] = "Somebody Else"
	if got := addTo(r, []newcomer{{false, p.records[7].id, other}}); got.New != 1 || r.Left().Len() != len(p.records) {
		t.Errorf("one has changed: %+v, %d records", got, r.Left().Len())
	}
	if got := addTo(r, p.records[7:8]); got.New != 1 {
		t.Errorf("and again: %+v", got)
	}
	if d := cmp.Diff(before, pairsOf(r), nearly); d != "" {
		t.Error(d)
	}
	if r.Left().Remove("nobody") {
		t.Error("nobody was removed")
	}
}

func TestRegisterOfNothing(t *testing.T) {
	l, err := linkage.New(linkage.Spec{}, header, nil, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	res, err := l.Run(linkage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Register(res); !errors.Is(err, linkage.ErrUntrained) {
		t.Errorf("%v, want ErrUntrained", err)
	}
}

func TestRegisterOfFEBRL(t *testing.T) {
	for _, files := range [][]string{{"febrl/dataset3.csv"}, {"febrl/dataset4a.csv", "febrl/dataset4b.csv"}} {
		var records []newcomer
		var headings []string
		for i, file := range files {
			h, rows := evalFile(t, file)
			for _, row := range rows {
				records = append(records, newcomer{i == 1, row[0], row})
			}
			headings = h
		}
		two := len(files) == 2
		rng := rand.New(rand.NewPCG(1, 3))
		rng.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
		half := len(records) / 2
		r, _ := registerOf(t, linkage.Spec{}, headings, two, linkage.Options{Min: 0.01}, records[:half])
		together := savedAndRead(t, r).Bare()
		for from := half; from < len(records); from += 1000 {
			addTo(r, records[from:min(from+1000, len(records))])
			r = savedAndRead(t, r)
		}
		addTo(together, records)
		sameRegister(t, r, together)
		pairs := r.Pairs(0.5)
		if two {
			pairs = r.Assign(pairs)
		}
		var s score
		s.fn = truePairs(records)
		for _, p := range pairs {
			if febrlEntity(r.Left().ID(p.Left)) == febrlEntity(r.Right().ID(p.Right)) {
				s.tp++
				s.fn--
			} else {
				s.fp++
			}
		}
		t.Logf("%s: trained on half, F1 of pairs %.5f (%d wrong, %d missed)", files[0], s.f1(), s.fp, s.fn)
		if s.f1() < 0.998 {
			t.Errorf("%s: F1 %.5f", files[0], s.f1())
		}
	}
}

func truePairs(records []newcomer) (n int) {
	count := map[string]int{}
	for _, r := range records {
		n += count[febrlEntity(r.id)]
		count[febrlEntity(r.id)]++
	}
	return n
}

func savedRegister(t testing.TB) []byte {
	p := populations(260)["two files"]
	r, _ := registerOf(t, p.spec, p.headings, true, p.options, p.records[:60])
	addTo(r, p.records[60:70])
	var b bytes.Buffer
	if _, err := r.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadRegisterSaysWhatIsDamaged(t *testing.T) {
	good := savedRegister(t)
	for _, c := range []struct {
		name, says string
		bytes      []byte
	}{
		{"nothing", "beginning", nil},
		{"an index", "no register", savedBytes(t, 1)},
		{"half", "ends here", good[:len(good)/2]},
		{"a changed id", "checksum", bytes.Replace(good, []byte("L00001"), []byte("L00002"), 1)},
	} {
		r, err := linkage.ReadRegister(bytes.NewReader(c.bytes))
		if r != nil || !errors.Is(err, linkage.ErrDamaged) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want a word of %q", c.name, err, c.says)
		}
	}
	for i := 0; i < len(good); i += 101 {
		b := bytes.Clone(good)
		b[i] ^= 0x55
		if _, err := linkage.ReadRegister(bytes.NewReader(b)); err == nil {
			t.Fatalf("byte %d was changed and nobody saw", i)
		}
	}
}

// What is read may be anything: what passes for a register can be linked onto, and
// kept again.
func FuzzReadRegister(f *testing.F) {
	f.Add([]byte("mitra register 2\n"))
	for _, b := range smallRegisters(f) {
		f.Add(b)
	}
	f.Fuzz(linkOntoAnything)
}

// The same with a few bytes of a register changed, which a fuzzer takes long to come
// to.
func TestHostileRegisters(t *testing.T) {
	n := 300
	if os.Getenv("MITRA_EVERY") != "" {
		n = 20_000
	}
	for i, good := range smallRegisters(t) {
		rng := rand.New(rand.NewPCG(uint64(i), 5))
		head := bytes.IndexByte(good, '{')
		end := head + int(binary.LittleEndian.Uint32(good[head-4:])) // its length stands before it
		if !json.Valid(good[head:end]) {
			t.Fatal("this is not the head")
		}
		for range n {
			b := bytes.Clone(good)
			for range 1 + rng.IntN(3) {
				at := rng.IntN(len(b))
				switch rng.IntN(4) {
				case 0: // a digit of the head
					if at = head + rng.IntN(end-head); b[at] >= '0' && b[at] <= '9' {
						b[at] = '0' + byte(rng.IntN(10))
					}
				case 1:
					b[at] ^= 1 << rng.IntN(8)
				case 2:
					b[at] = byte(rng.IntN(4))
				default:
					b[at] = 0xff
				}
			}
			linkOntoAnything(t, b)
		}
	}
}

// smallRegisters are some, without their checksums: of few records, so that a change
// is likely to be in what is said of them all.
func smallRegisters(t testing.TB) (out [][]byte) {
	all := populations(90)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		p := all[name]
		r, _ := registerOf(t, p.spec, p.headings, p.two, p.options, p.records[:40])
		addTo(r, p.records[40:44])
		var b bytes.Buffer
		if _, err := r.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		out = append(out, b.Bytes()[:b.Len()-32])
	}
	return out
}

func linkOntoAnything(t *testing.T, b []byte) {
	r, err := linkage.ReadRegister(bytes.NewReader(linkage.WithChecksum(b)))
	if err != nil {
		return
	}
	r.Left().Add("new", []string{"1", "Budi Santoso", "M", "1990-01-02", "A1234567"})
	r.Right().Remove("R1")
	if n := r.Left().Len(); n > 1 {
		r.Left().Add("newer", []string{r.Left().ID(n - 1), "Budi Santosa", "M", "1990-02-01", "A1234568"})
	}
	r.Link(nil)
	pairs := r.Pairs(0.01)
	for _, p := range pairs {
		_, _ = r.Left().ID(p.Left), r.Right().ID(p.Right)
	}
	if r.Model().OneToOne {
		r.Assign(pairs)
	}
	if r.Model().Duplicates {
		r.Cluster(pairs)
	}
	var again bytes.Buffer
	if _, err := r.WriteTo(&again); err != nil {
		t.Fatal(err)
	}
	if _, err := linkage.ReadRegister(&again); err != nil {
		t.Errorf("what was written is not read again: %v", err)
	}
}
