package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

const file = "status-kh-1.toml"

func source(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestShippedPack(t *testing.T) {
	p := pack(t)
	sum := sha256.Sum256([]byte(source(t)))
	if want := hex.EncodeToString(sum[:]); p.Hash != want {
		t.Errorf("hash %s is not the file's %s", p.Hash, want)
	}
	if p.Name() != "status-kh-1" || !strings.Contains(p.Certainty, "approved by no authority") || p.Authority != "none" {
		t.Errorf("%s, authority %q, certainty %q: a draft must say that it is one", p.Name(), p.Authority, p.Certainty)
	}
	for i, c := range Classes() {
		if i >= len(p.Rows) || p.Rows[i].Class != c {
			t.Errorf("row %d is not %s", i+1, c)
		}
	}
	if len(p.Rows) != 14 {
		t.Errorf("%d rows, want 14", len(p.Rows))
	}
	for _, l := range []Lang{Indonesian, Khmer} {
		if mark, needed := p.Mark(l); mark == "" || !needed {
			t.Errorf("%s: texts that no speaker has reviewed carry no mark", l)
		}
	}
	if _, needed := p.Mark(English); needed {
		t.Error("English carries the mark of an unreviewed language")
	}
	if r, ok := p.Row("departed"); !ok || r.Class != Departed {
		t.Error("Row does not find a row by its id")
	}
	if _, ok := p.Row("absent"); ok {
		t.Error("Row finds a row that is not there")
	}
}

func TestLoadAndStatus(t *testing.T) {
	for asOf, ok := range map[string]bool{
		"2024-03-13": true, "2015-01-01": true, "2014-12-31": false, "2099-12-31": true,
		"2024-02-30": false, "2024": false, "": false, "13/03/2024": false,
	} {
		p, err := Status(asOf)
		if (err == nil) != ok || ok && p.Name() != "status-kh-1" {
			t.Errorf("Status(%q): %v", asOf, err)
		}
	}
	if _, err := Status("2014-12-31"); !errors.Is(err, ErrNoPack) {
		t.Errorf("before the first pack: %v, want ErrNoPack", err)
	}
	for _, name := range []string{"", "status-kh", "status-kh-2", "../status-kh-1"} {
		if _, err := Load(name); !errors.Is(err, ErrNoPack) {
			t.Errorf("Load(%q): %v, want ErrNoPack", name, err)
		}
	}
}

// Of several versions the one in force judges, and the newest where periods
// overlap; the end of a period belongs to it.
func TestChoosesTheVersionInForce(t *testing.T) {
	second := edit(t, source(t), "version = 1", "version = 2")
	second = edit(t, second, `in_force_from = "2015-01-01"`, `in_force_from = "2026-01-01"`)
	first := edit(t, source(t), `in_force_until = ""`, `in_force_until = "2026-06-30"`)
	all, err := readAll(fstest.MapFS{
		"status-kh-1.toml": {Data: []byte(first)},
		"status-kh-2.toml": {Data: []byte(second)},
		"README.md":        {Data: []byte("not a pack")},
	})
	if err != nil {
		t.Fatal(err)
	}
	for asOf, want := range map[string]int{"2025-12-31": 1, "2026-01-01": 2, "2026-06-30": 2, "2026-07-01": 2} {
		if p, err := choose(all, asOf); err != nil || p.Version != want {
			t.Errorf("%s: %v, %v, want version %d", asOf, p, err, want)
		}
	}
	if p, err := choose(all[:1], "2026-06-30"); err != nil || p.Version != 1 {
		t.Errorf("the last day of a period: %v", err)
	}
	if _, err := choose(all[:1], "2026-07-01"); !errors.Is(err, ErrNoPack) {
		t.Errorf("the day after the period: %v, want ErrNoPack", err)
	}
	if all[0].Hash == all[1].Hash {
		t.Error("two versions have one hash")
	}
	if _, err := readAll(fstest.MapFS{"status-xx-1.toml": {Data: []byte(first)}}); err == nil {
		t.Error("a pack under another's name was accepted")
	}
}

func edit(t testing.TB, s, old, new string) string {
	t.Helper()
	if strings.Count(s, old) == 0 {
		t.Fatalf("the pack has no %q", old)
	}
	return strings.Replace(s, old, new, 1)
}

func TestRefusesFaultyPacks(t *testing.T) {
	for _, c := range []struct{ name, old, new, says string }{
		{"unknown key", `version = 1`, "version = 1\ncolour = 1", "unknown key colour"},
		{"unknown key in a row", `bars_contact = true`, `bars_contacts = true`, "unknown key"},
		{"unknown axis in a condition", `when = [{ stay = ["departed"] }]`, `when = [{ stays = ["departed"] }]`, "unknown key"},
		{"value of no axis", `stay = ["departed"]`, `stay = ["gone"]`, `axis stay has no value "gone"`},
		{"condition that always holds", `when = [{ stay = ["departed"] }]`, `when = [{}]`, "names no axis"},
		{"condition on nobody", `protection = ["claim"]`, `protection = ["none_known"]`, "could never hold"},
		{"no row for everything else", `otherwise = true`, `when = [{ stay = ["unknown"] }]`, "everything else"},
		{"row for everything else too early", `when = [{ stay = ["departed"] }]`, `otherwise = true`, "everything else"},
		{"class twice", `class = "PROTECT"`, `class = "DEPARTED"`, "has a row already"},
		{"class unknown", `class = "DEPARTED"`, `class = "GONE"`, "unknown"},
		{"row id twice", `id = "departed"`, `id = "protect"`, "used twice"},
		{"duty not described", `duties = ["stop_counting"`, `duties = ["stop_counting_days"`, "not described"},
		{"duty that nothing uses", `duties = ["stop_counting", "follow_case"]`, `duties = ["stop_counting"]`, "nothing uses it"},
		{"text missing", `title.km = "បានចាកចេញ"`, `title.km = " "`, `row departed, title: text in "km"`},
		{"language missing", "[languages.km]", "[languages.kh]", "languages.km: missing"},
		{"unreviewed without a mark", `mark = "Rancangan teks, belum ditinjau oleh penutur yang berwenang."`, `mark = ""`, "needs its mark"},
		{"placeholder differs", `id = "Izin tinggal berlaku sampai {until}."`, `id = "Izin tinggal berlaku sampai {hingga}."`, `reason stay_valid: text in "id"`},
		{"placeholder open", `{until}; days`, `{until; days`, "reason stay_overstay"},
		{"brace too many", `en = "The permission to stay runs`, `en = "}The permission to stay runs`, "reason stay_valid"},
		{"value name missing", `relief = { en = "relief granted"`, `reliefs = { en = "relief granted"`, "value stay.relief"},
		{"period backwards", `in_force_until = ""`, `in_force_until = "2014-01-01"`, "in_force_until"},
		{"period not a date", `in_force_from = "2015-01-01"`, `in_force_from = "2015"`, "in_force_from"},
		{"nobody stands behind it", `authority = "none"`, `authority = ""`, "authority"},
		{"visa name twice", `names = ["es",`, `names = ["es", "spouse",`, "stands twice"},
		{"visa effect unknown", `effect = "relief"`, `effect = "reliefs"`, "effect"},
		{"confined to nobody", `node = "ID"`, `node = ""`, "confined"},
		{"carriage return", "\n", "\r\n", "canonical form"},
		{"not UTF-8", "Departed", "Departed\xff", "canonical form"},
		{"not TOML", "[[row]]", "[[row", ""},
	} {
		_, err := Parse([]byte(edit(t, source(t), c.old, c.new)))
		if err == nil {
			t.Errorf("%s: accepted", c.name)
		} else if !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want it to say %q", c.name, err, c.says)
		}
	}
	if _, err := Parse([]byte("\ufeff" + source(t))); err == nil {
		t.Error("a byte-order mark was accepted")
	}
	if _, err := Parse(nil); err == nil {
		t.Error("an empty pack was accepted")
	}
}

// No input makes the parser panic, and what it accepts decides everybody. The
// seeds are small: the shipped file would leave no time to vary it.
func FuzzParse(f *testing.F) {
	f.Add([]byte("id = \"status-xx\"\nversion = 1\nin_force_from = \"2015-01-01\"\n[languages.en]\nreviewed = true\n"))
	f.Add([]byte("[[row]]\nid = \"a\"\nclass = \"PROTECT\"\nwhen = [{ stay = [\"valid\"], protection = [\"child\"] }]\ntitle.en = \"x\"\n"))
	f.Add([]byte("[[row]]\notherwise = true\nduties = [\"d\"]\n[[duty]]\nid = \"d\"\ncontact = true\n"))
	f.Add([]byte("[reason.stay_valid]\nen = \"until {until}\"\nid = \"{until\"\nkm = \"}\"\n[value.stay]\nvalid = { en = \"x\" }\n"))
	f.Add([]byte("visa_filler = [\"visa\"]\n[[visa]]\nid = \"v\"\neffect = \"relief\"\nnames = [\"a b\"]\n[[confined]]\naxis = \"origin\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse(data)
		if err != nil {
			return
		}
		if d := p.Decide(Axes{}); !d.Class.Known() || d.Row == "" {
			t.Errorf("an accepted pack leaves somebody without a class")
		}
	})
}

func BenchmarkParse(b *testing.B) {
	data := []byte(source(b))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Parse(data); err != nil {
			b.Fatal(err)
		}
	}
}
