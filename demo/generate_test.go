package demo

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mitra/identity/person"
)

var published = sync.OnceValue(func() *Corridor { return must(Params{Seed: 1}) })
var second = sync.OnceValue(func() *Corridor { return must(Params{Seed: 1, Second: true}) })

func must(p Params) *Corridor {
	c, err := Generate(p)
	if err != nil {
		panic(err)
	}
	return c
}

func files(c *Corridor) []func(io.Writer) error {
	return []func(io.Writer) error{c.WriteResidents, c.WritePermits, c.WriteTruth, c.WriteExpected}
}

func written(t *testing.T, write func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSameSeedSameBytes holds the bytes of corridors, those of the state of origin
// apart: they may not change those of the host state. A change of the generator
// changes them on purpose: then take the new hashes over.
func TestSameSeedSameBytes(t *testing.T) {
	small := Params{Seed: 7, Residents: 900, Outsiders: 0.02, ExpiredShare: 0.05, EarlierShare: 0.1}
	smallSecond, many := small, Params{Seed: 42, Residents: 5000, Permits: 4000, Outsiders: 0.3, Reports: 3000}
	smallSecond.Second = true
	for _, x := range []struct {
		name         string
		c            *Corridor
		host, origin string
	}{
		{"first", must(small), "e7de4eee2f445885", "a620a68a14ea2a06"},
		{"second", must(smallSecond), "3eda63706c237f91", "c983375cc5c8f329"},
		{"published", published(), "410b82729db326bf", "42d48aabe1d3bc71"},
		{"published, second", second(), "c2e0de9b79c075a9", "9e97cc7404b91a56"},
		{"many outsiders and reports", must(many), "d249961f034f19f9", "9a5d79accaa201ef"},
	} {
		t.Run(x.name, func(t *testing.T) {
			if got := hash(t, x.c.WriteReports, x.c.WriteSought, x.c.WritePlacements, x.c.WriteDepartures, x.c.WriteAlerts); got != x.origin {
				t.Errorf("state of origin: hash %s, want %s", got, x.origin)
			}
			if got := hash(t, files(x.c)...); got != x.host {
				t.Errorf("host state: hash %s, want %s", got, x.host)
			}
		})
	}
	a, b := must(Params{Seed: 1, Residents: 50}), must(Params{Seed: 2, Residents: 50})
	if bytes.Equal(written(t, a.WriteResidents), written(t, b.WriteResidents)) {
		t.Error("two seeds give the same register")
	}
}

func hash(t *testing.T, files ...func(io.Writer) error) string {
	t.Helper()
	sum := sha256.New()
	for _, write := range files {
		if err := write(sum); err != nil {
			t.Fatal(err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// TestPurposesAreApart checks that what is drawn for permits leaves people alone.
func TestPurposesAreApart(t *testing.T) {
	name := func(p Params) map[string][2]string {
		out := make(map[string][2]string)
		for _, r := range must(p).Residents {
			out[r.ID] = [2]string{r.FullName, r.BirthDate}
		}
		return out
	}
	plain := name(Params{Seed: 3, Residents: 400})
	for id, n := range name(Params{Seed: 3, Residents: 400, Outsiders: 0.1, EarlierShare: 0.2, ExpiredShare: 0.1}) {
		if plain[id] != n {
			t.Fatalf("resident %s differs when outsiders are added", id)
		}
	}
}

func TestPublishedFigures(t *testing.T) {
	for name, c := range map[string]*Corridor{"first": published(), "second": second()} {
		if len(c.Residents) != PublishedResidents || len(c.Permits) != PublishedPermits {
			t.Errorf("%s: %d residents and %d permits", name, len(c.Residents), len(c.Permits))
		}
		holders := make(map[string]bool)
		for _, p := range c.Permits {
			if p.Resident == "" {
				t.Fatalf("%s: permit %s belongs to nobody", name, p.ID)
			}
			if holders[p.Resident] {
				t.Fatalf("%s: resident %s has two permits in force", name, p.Resident)
			}
			holders[p.Resident] = true
			from, until := day(t, p.ValidFrom), day(t, p.ValidUntil)
			if asOf := person.FromTime(c.AsOf); from.After(asOf) || until.Before(asOf) {
				t.Fatalf("%s: permit %s is not in force", name, p.ID)
			}
		}
	}
}

// day reads a date that must be a full day.
func day(t *testing.T, s string) person.Date {
	t.Helper()
	d, err := person.ParseDate(s, 2060)
	if err != nil || d.Prec != person.PrecDay {
		t.Fatalf("a date does not load: %v", err)
	}
	return d
}

// TestTruth checks that the truth is about the lists, and adds up.
func TestTruth(t *testing.T) {
	p := Params{Seed: 5, Residents: 4000, Permits: 3600, Outsiders: 0.05, ExpiredShare: 0.06, EarlierShare: 0.2}
	for _, p.Second = range []bool{false, true} {
		c := must(p)
		asOf := person.FromTime(c.AsOf)
		residents := make(map[string]*Resident)
		for i := range c.Residents {
			r := &c.Residents[i]
			if residents[r.ID] != nil {
				t.Fatalf("two residents have the id %s", r.ID)
			}
			residents[r.ID] = r
		}
		seen := make(map[string]bool)
		outsiders := 0
		valid, expired := make(map[string]int), make(map[string]int)
		for _, x := range c.Permits {
			if seen[x.ID] || residents[x.ID] != nil {
				t.Fatalf("the id %s is not unique", x.ID)
			}
			seen[x.ID] = true
			switch {
			case x.Resident == "":
				outsiders++
			case residents[x.Resident] == nil:
				t.Fatalf("permit %s belongs to a resident who is not there", x.ID)
			case day(t, x.ValidUntil).Before(asOf):
				expired[x.Resident]++
			default:
				valid[x.Resident]++
			}
		}
		if len(c.Residents) != p.Residents || len(c.Permits) != p.Permits || outsiders != 180 {
			t.Errorf("%d residents, %d permits, %d outsiders", len(c.Residents), len(c.Permits), outsiders)
		}
		if holders := 3600 - 180 - 720; len(valid) != holders-162 {
			t.Errorf("%d residents with a permit in force, want %d", len(valid), holders-162)
		}
		for id, r := range residents {
			want := map[bool]string{valid[id] > 0: "permit_valid", valid[id] == 0 && expired[id] > 0: "permit_expired"}[true]
			if valid[id] > 1 || want != "" && r.Truth.Work != want || want == "" && r.Truth.Work != "none" && r.Truth.Work != "not_working" {
				t.Fatalf("resident %s: work %s with %d permits in force and %d others", id, r.Truth.Work, valid[id], expired[id])
			}
			expectStay(t, r, asOf)
			expectClass(t, r, asOf)
		}
	}
}

// expectStay checks the truth of the stay against the cells of the row.
func expectStay(t *testing.T, r *Resident, asOf person.Date) {
	t.Helper()
	want := "unknown"
	switch {
	case r.ExitDate != "":
		want = "departed"
		if day(t, r.ExitDate).After(asOf) {
			t.Fatalf("resident %s departed after the day of the list", r.ID)
		}
	case r.EntryDate == "none":
		want = "no_entry_record"
	case r.VisaClass == "RELIEF":
		want = "relief"
	case r.StayUntil != "" && day(t, r.StayUntil).Before(asOf):
		want = "overstay"
	case r.StayUntil != "":
		want = "valid"
	}
	if r.Truth.Stay != want {
		t.Fatalf("resident %s: stay %s, the row says %s", r.ID, r.Truth.Stay, want)
	}
	if r.EntryDate != "" && r.EntryDate != "none" && day(t, r.EntryDate).After(asOf) {
		t.Fatalf("resident %s entered after the day of the list", r.ID)
	}
}

// expectClass checks what the class implies on the axes.
func expectClass(t *testing.T, r *Resident, asOf person.Date) {
	t.Helper()
	x := r.Truth
	child := day(t, x.BirthDate).AddYears(18).After(asOf)
	ok := map[string]bool{
		"CHILD_FIRST":         true,
		"DEPARTED":            x.Stay == "departed",
		"IDENTITY_PENDING":    x.Identity == "claimed" && x.Work != "permit_valid",
		"ENTRY_UNVERIFIED":    x.Stay == "no_entry_record",
		"STAY_IRREGULAR":      x.Stay == "overstay",
		"WORK_TO_RENEW":       x.Work == "permit_expired",
		"REGULAR_NOT_WORKING": x.Work == "not_working" && (x.Stay == "valid" || x.Stay == "relief"),
		"NO_PERMIT_FOUND":     x.Work == "none" && (x.Stay == "valid" || x.Stay == "relief"),
		"REGULAR_HOST":        x.Work == "permit_valid" && x.Stay == "valid",
		"UNDETERMINED":        x.Stay == "unknown",
	}[x.Class]
	if !ok || child != (x.Class == "CHILD_FIRST") {
		t.Fatalf("resident %s: class %s does not go with stay %s, work %s, identity %s", r.ID, x.Class, x.Stay, x.Work, x.Identity)
	}
}

// TestEveryClassOccurs checks that all classes a host state's node can compute
// from these lists are there, and roughly as large as meant.
func TestEveryClassOccurs(t *testing.T) {
	n := make(map[string]int)
	for _, r := range published().Residents {
		n[r.Truth.Class]++
	}
	for class, span := range map[string][2]int{
		"CHILD_FIRST": {800, 1600}, "DEPARTED": {1100, 1700}, "IDENTITY_PENDING": {250, 600}, "ENTRY_UNVERIFIED": {120, 320},
		"STAY_IRREGULAR": {1500, 2500}, "REGULAR_NOT_WORKING": {1000, 2500}, "NO_PERMIT_FOUND": {6500, 9500},
		"REGULAR_HOST": {55_000, 58_307}, "UNDETERMINED": {400, 1000},
	} {
		if n[class] < span[0] || n[class] > span[1] {
			t.Errorf("%s: %d, want %d to %d", class, n[class], span[0], span[1])
		}
	}
	if expired := must(Params{Residents: 2000, ExpiredShare: 0.1}); !slices.ContainsFunc(expired.Residents, func(r Resident) bool { return r.Truth.Class == "WORK_TO_RENEW" }) {
		t.Error("expired permits, and nobody has to renew")
	}
}

// hardness is what differs between the rows of true pairs, as shares.
type hardness struct{ name, birth, birthYear, absent, otherNumber, sex float64 }

func measure(t *testing.T, c *Corridor) hardness {
	t.Helper()
	residents := make(map[string]*Resident)
	for i := range c.Residents {
		residents[c.Residents[i].ID] = &c.Residents[i]
	}
	fold := func(s string) string { return strings.Join(strings.Fields(strings.ToLower(s)), " ") }
	birth := func(s string) person.Date {
		d, err := person.ParseDate(s, 2024)
		if err != nil {
			t.Fatalf("a birth date does not load: %v", err)
		}
		d.Slip = 0
		return d
	}
	var h hardness
	for i := range c.Permits {
		p := &c.Permits[i]
		r := residents[p.Resident]
		if r == nil {
			continue
		}
		add := func(share *float64, differs bool) {
			if differs {
				*share += 1 / float64(len(c.Permits))
			}
		}
		a, b := birth(r.BirthDate), birth(p.BirthDate)
		add(&h.name, fold(r.FullName) != fold(p.FullName))
		add(&h.birth, !a.IsZero() && !b.IsZero() && a != b)
		add(&h.birthYear, !a.IsZero() && !b.IsZero() && a.Year != b.Year)
		add(&h.absent, p.PassportNo == "")
		add(&h.otherNumber, p.PassportNo != "" && r.PassportNo != "" && p.PassportNo != r.PassportNo)
		sa, errA := person.ParseSex(r.Sex)
		sb, errB := person.ParseSex(p.Sex)
		if errA != nil || errB != nil {
			t.Fatalf("a sex does not load: %v %v", errA, errB)
		}
		add(&h.sex, sa != sb && sa != person.SexUnknown && sb != person.SexUnknown)
	}
	return h
}

// TestHardness measures the lists as they are written against what the project
// asks for, and the first process against its own constants.
func TestHardness(t *testing.T) {
	for name, c := range map[string]*Corridor{"first": published(), "second": second()} {
		h := measure(t, c)
		t.Logf("%s: %+v", name, h)
		if h.name < 0.35 || h.name > 0.40 {
			t.Errorf("%s: names of %.3f of the pairs differ, want at least 0.35 and not much more", name, h.name)
		}
		if h.birth < 0.10 || h.birth > 0.12 {
			t.Errorf("%s: birth dates of %.3f of the pairs differ, want at least 0.10 and not much more", name, h.birth)
		}
		if h.absent < 0.08 || h.absent+h.otherNumber < 0.35 || h.absent+h.otherNumber > 0.38 {
			t.Errorf("%s: %.3f of permits without number, %.3f with another, want 0.08 and 0.35 together", name, h.absent, h.otherNumber)
		}
	}
	h := measure(t, published())
	both := func(rate float64) float64 { return 1 - (1-rate)*(1-rate) }
	for _, x := range []struct {
		what      string
		got, want float64
	}{
		{"names", h.name, both(nameFault)},
		{"birth dates", h.birth, both(birthFault) * (1 - 2*birthBlank)},
		{"absent numbers", h.absent, passportAbsent},
		{"other numbers", h.otherNumber, (passportOther + passportFault) * (1 - undocumentedShare(inForce))},
		{"sexes", h.sex, both(sexWrong)},
	} {
		if margin := 4.5 * math.Sqrt(x.want*(1-x.want)/PublishedPermits); math.Abs(x.got-x.want) > margin+0.004*x.want {
			t.Errorf("%s: measured %.4f, the constants say %.4f", x.what, x.got, x.want)
		}
	}
}

// TestOutsiders checks that every second outsider resembles a resident.
func TestOutsiders(t *testing.T) {
	for _, second := range []bool{false, true} {
		c := must(Params{Seed: 4, Residents: 9000, Permits: 7000, Outsiders: 0.03, Second: second})
		names, births := make(map[string]bool), make(map[string]bool)
		for _, r := range c.Residents {
			names[strings.ToLower(r.FullName)] = true
			births[r.Truth.BirthDate] = true
		}
		n, close := 0, 0
		for _, p := range c.Permits {
			if p.Resident != "" {
				continue
			}
			n++
			d, err := person.ParseDate(p.BirthDate, 2024)
			if err != nil {
				t.Fatal(err)
			}
			if names[strings.ToLower(p.FullName)] && len(strings.Fields(p.FullName)) > 1 || births[d.String()] {
				close++
			}
		}
		if n != 210 {
			t.Errorf("%d outsiders, want 210", n)
		}
		if close < n/2 {
			t.Errorf("only %d of %d outsiders share a name or a birth date with a resident", close, n)
		}
	}
}

// TestEveryCellLoads reads the files back, and every date in them.
func TestEveryCellLoads(t *testing.T) {
	for name, c := range map[string]*Corridor{"first": published(), "second": second()} {
		for i, f := range files(c) {
			in := csv.NewReader(bytes.NewReader(written(t, f)))
			if i == 1 {
				in.Comma = ';'
			}
			rows, err := in.ReadAll()
			if err != nil {
				t.Fatalf("%s: file %d: %v", name, i, err)
			}
			if want := 1 + []int{len(c.Residents), len(c.Permits), len(c.Permits), len(c.Residents)}[i]; len(rows) != want {
				t.Errorf("%s: file %d has %d rows, want %d", name, i, len(rows), want)
			}
			if i == 0 && rows[1][1] != c.Residents[0].FullName || i == 1 && rows[1][1] != c.Permits[0].FullName {
				t.Errorf("%s: file %d does not hold the names as written", name, i)
			}
		}
		pivots := map[bool]int{true: 2024, false: 2060}
		for i := range c.Residents {
			r := &c.Residents[i]
			entry := r.EntryDate
			if entry == "none" {
				entry = ""
			}
			for j, s := range []string{r.BirthDate, r.PassportExpiry, entry, r.ExitDate, r.StayUntil} {
				if _, err := person.ParseDate(s, pivots[j == 0]); err != nil {
					t.Fatalf("%s: resident %s: %v", name, r.ID, err)
				}
			}
			if strings.TrimSpace(r.FullName) == "" {
				t.Fatalf("%s: resident %s has no name", name, r.ID)
			}
		}
	}
}

// TestMess checks that what readers stumble over is in the files.
func TestMess(t *testing.T) {
	residents, permits := written(t, published().WriteResidents), written(t, published().WritePermits)
	for what, mess := range map[string]string{
		"a formula": "=cmd|", "a Khmer digit": "០", "a blank that is none": "\u00a0", "a name with blanks before it": "\" ",
		"a cell that begins with a sign": ",+855", "an explicit lack of entry": ",none,",
	} {
		if !bytes.Contains(residents, []byte(mess)) {
			t.Errorf("the register has no %s", what)
		}
	}
	for what, mess := range map[string]string{
		"a formula": "=cmd|", "a Khmer digit": "០", "a date of which only the year is known": ";00/00/", "a date with points": "." + "19",
	} {
		if !bytes.Contains(permits, []byte(mess)) {
			t.Errorf("the permit list has no %s", what)
		}
	}
}

// TestNationalNumbers checks the structure of the numbers and that they say the
// truth.
func TestNationalNumbers(t *testing.T) {
	recorded := 0
	numbers := make(map[string]bool)
	for _, r := range published().Residents {
		s := r.NationalID
		if s == "" {
			continue
		}
		recorded++
		if len(s) != 16 || numbers[s] {
			t.Fatalf("resident %s: number not of 16 digits or held twice", r.ID)
		}
		numbers[s] = true
		b := strings.ReplaceAll(r.Truth.BirthDate, "-", "")
		day, err := strconv.Atoi(s[6:8])
		if err != nil {
			t.Fatal(err)
		}
		if two(day%40) != b[6:8] || s[8:10] != b[4:6] || s[10:12] != b[2:4] {
			t.Fatalf("resident %s: number and birth date disagree", r.ID)
		}
	}
	if share := float64(recorded) / PublishedResidents; share < 0.66 || share > 0.73 {
		t.Errorf("%.3f of residents have a number, want about 0.7", share)
	}
}

// TestPeople checks that the crowd has what makes linking hard.
func TestPeople(t *testing.T) {
	p := newPopulation(1, dateOf(today), 40_000, usualWorld)
	alone, children, boundary := 0, 0, 0
	names, homes := make(map[string]int), make(map[string]int)
	passports := make(map[string]bool)
	for i := range p.people {
		x := &p.people[i]
		if len(x.name.words) == 1 {
			alone++
		}
		if slices.Contains(x.name.words, "") {
			t.Fatalf("a name with an empty word: %q", x.name.words)
		}
		eighteen := x.born.years(18)
		if p.asOf.before(eighteen) {
			children++
		}
		if d := p.asOf; eighteen == d || eighteen == d.plus(1) || eighteen == d.plus(-1) {
			boundary++
		}
		if !x.born.real() || p.asOf.before(x.born) {
			t.Fatalf("person %d has no possible birth date", i)
		}
		for _, d := range []document{x.passport, x.former} {
			if passports[d.number] {
				t.Fatalf("person %d has the passport number of somebody else", i)
			}
			passports[d.number] = true
		}
		names[strings.Join(x.name.words, " ")]++
		homes[x.address]++
	}
	n := float64(len(p.people))
	if share := float64(alone) / n; share < 0.14 || share > 0.21 {
		t.Errorf("%.3f of the people have one name", share)
	}
	if share := float64(children) / n; share < 0.011 || share > 0.02 {
		t.Errorf("%.4f of the people are children", share)
	}
	if boundary < 10 {
		t.Errorf("only %d people turn 18 within a day of the list", boundary)
	}
	most, shared := 0, 0
	for _, k := range names {
		most = max(most, k)
		if k > 1 {
			shared += k
		}
	}
	if most < 24 || most > 90 || float64(shared)/n < 0.2 {
		t.Errorf("the commonest name is borne by %d, and %d people share theirs", most, shared)
	}
	together := 0
	for _, k := range homes {
		if k > 1 {
			together += k
		}
	}
	if float64(together)/n < 0.1 {
		t.Errorf("only %d people share an address", together)
	}
}

// TestFaultsChangeNames checks that every fault of the first process can act,
// leaves the true name alone, and always changes what it returns.
func TestFaultsChangeNames(t *testing.T) {
	p := newPopulation(2, dateOf(today), 4000, usualWorld)
	for i, f := range nameFaults {
		acted := 0
		for j := range p.people {
			x := &p.people[j]
			before := slices.Clone(x.name.words)
			out := f.fault(newStream(9, "fault", j), x, x.name.words)
			if !slices.Equal(before, x.name.words) {
				t.Fatalf("fault %d changed the truth", i)
			}
			if out != nil && !slices.Equal(out, before) {
				acted++
				if strings.TrimSpace(strings.Join(out, "")) == "" {
					t.Fatalf("fault %d left nothing of a name", i)
				}
			}
		}
		if acted < 20 {
			t.Errorf("fault %d acted on %d of 4,000 names", i, acted)
		}
	}
	for j := range p.people {
		if x := &p.people[j]; slices.Equal(earName(newStream(9, "any", j), x), x.name.words) {
			t.Errorf("the faulty name of person %d is the true one", j)
		}
	}
}

func TestRefusedParams(t *testing.T) {
	nan := math.NaN()
	for name, p := range map[string]Params{
		"negative residents":        {Residents: -1},
		"negative permits":          {Permits: -1},
		"negative reports":          {Reports: -1},
		"too many reports":          {Reports: Most + 1},
		"more holders than people":  {Residents: 10, Permits: 11},
		"share above one":           {Outsiders: 1.1},
		"share below zero":          {EarlierShare: -0.1},
		"no share":                  {ExpiredShare: nan},
		"shares above one together": {Outsiders: 0.6, EarlierShare: 0.6},
		"earlier permits of nobody": {Residents: 10, Permits: 10, Outsiders: 0.5, EarlierShare: 0.5},
	} {
		if _, err := Generate(p); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if c := must(Params{Residents: 730, AsOf: time.Date(2025, 6, 1, 23, 0, 0, 0, time.UTC)}); len(c.Permits) != 583 {
		t.Errorf("730 residents have %d permits, want 583", len(c.Permits))
	}
	if c := must(Params{Residents: 10, Permits: 10, Outsiders: 1}); len(c.Permits) != 10 {
		t.Errorf("10 outsiders gave %d permits", len(c.Permits))
	}
}

// TestCheckDigit takes the document number of the specimen in ICAO 9303-4.
func TestCheckDigit(t *testing.T) {
	if got := checkDigit("L898902C3"); got != "6" {
		t.Errorf("check digit %s, want 6", got)
	}
}

func TestExcelSerial(t *testing.T) {
	for want, d := range map[int]date{32874: {1990, 1, 1}, 45364: {2024, 3, 13}} {
		if got := excelSerial(d); got != want {
			t.Errorf("%s is %d, want %d", d.iso(), got, want)
		}
	}
}

func BenchmarkGenerate(b *testing.B) {
	for b.Loop() {
		c := must(Params{Seed: 1})
		for _, f := range files(c) {
			if err := f(io.Discard); err != nil {
				b.Fatal(err)
			}
		}
	}
}
