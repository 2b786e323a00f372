package rules

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The golden file is the whole table as a lawyer would read it: a change of the
// pack shows there as a difference that needs no knowledge of the file format.
func TestTableAsText(t *testing.T) {
	p := pack(t)
	var b strings.Builder
	fmt.Fprintf(&b, "%s, in force from %s until %q\nauthority: %s; %s\n", p.Name(), p.From, p.Until, p.Authority, p.Certainty)
	for i, r := range p.Rows {
		fmt.Fprintf(&b, "\n%d %s (%s)\n", i+1, r.Class, r.ID)
		writeConditions(&b, r.When)
		if r.Otherwise {
			b.WriteString("  otherwise\n")
		}
		if r.BarsContact {
			b.WriteString("  bars contact with the other state\n")
		}
		for _, l := range Langs() {
			fmt.Fprintf(&b, "  %s: %s. %s\n", l, r.Title.In(l), r.Text.In(l))
		}
		fmt.Fprintf(&b, "  duties: %s\n", strings.Join(r.Duties, ", "))
	}
	for _, a := range p.Additions {
		fmt.Fprintf(&b, "\naddition %s\n", a.ID)
		writeConditions(&b, a.When)
		fmt.Fprintf(&b, "  duties: %s\n", strings.Join(a.Duties, ", "))
	}
	for _, c := range p.Confined {
		fmt.Fprintf(&b, "\n%s %s only at %s, elsewhere %s\n", c.Axis, c.Value, c.Node, c.ReadAs)
	}
	b.WriteString("\nduties\n")
	for _, d := range p.Duties {
		contact := ""
		if d.Contact {
			contact = " (needs the other state)"
		}
		fmt.Fprintf(&b, "  %s%s\n", d.ID, contact)
		for _, l := range Langs() {
			fmt.Fprintf(&b, "    %s: %s\n", l, d.Text.In(l))
		}
	}
	const golden = "testdata/status-kh-1.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the table is not that of %s; read the difference, then run with -update", golden)
	}
}

func writeConditions(b *strings.Builder, when []Condition) {
	for i, c := range when {
		word := "  when"
		if i > 0 {
			word = "  or"
		}
		b.WriteString(word)
		part(b, AxisIdentity, c.Identity)
		part(b, AxisStay, c.Stay)
		part(b, AxisWork, c.Work)
		part(b, AxisOrigin, c.Origin)
		part(b, AxisProtection, c.Protection)
		b.WriteString("\n")
	}
}

func part[T fmt.Stringer](b *strings.Builder, a Axis, values []T) {
	if len(values) == 0 {
		return
	}
	var names []string
	for _, v := range values {
		names = append(names, v.String())
	}
	fmt.Fprintf(b, " [%s: %s]", a, strings.Join(names, " | "))
}

// A Khmer text is written in Khmer script, and the Latin ones are not.
func TestScriptOfTexts(t *testing.T) {
	p := pack(t)
	texts := []Text{p.Notice}
	for _, r := range p.Rows {
		texts = append(texts, r.Title, r.Text)
	}
	for _, d := range p.Duties {
		texts = append(texts, d.Text)
	}
	for _, r := range p.Reasons {
		texts = append(texts, r)
	}
	for _, names := range p.Values {
		for _, v := range names {
			texts = append(texts, v)
		}
	}
	for _, x := range texts {
		if x.EN == x.ID || x.ID == x.KM {
			t.Errorf("%q stands untranslated", x.EN)
		}
		if x.KM[0] != '{' && !strings.ContainsFunc(x.KM, func(r rune) bool { return unicode.Is(unicode.Khmer, r) }) {
			t.Errorf("%q: the Khmer is not in Khmer script", x.EN)
		}
		if strings.ContainsFunc(x.EN+x.ID, func(r rune) bool { return unicode.Is(unicode.Khmer, r) }) {
			t.Errorf("%q: Khmer letters in a Latin text", x.EN)
		}
	}
}

func TestReason(t *testing.T) {
	p := pack(t)
	for _, c := range []struct {
		lang Lang
		key  string
		args []Arg
		want string // empty: an error
	}{
		{English, "stay_valid", []Arg{{"until", "2024-05-01"}}, "The permission to stay runs until 2024-05-01."},
		{Indonesian, "stay_valid", []Arg{{"until", "2024-05-01"}}, "Izin tinggal berlaku sampai 2024-05-01."},
		{Khmer, "stay_valid", []Arg{{"until", "2024-05-01"}}, "ការអនុញ្ញាតស្នាក់នៅមានសុពលភាពដល់ 2024-05-01។"},
		{"fr", "stay_valid", []Arg{{"until", "2024-05-01"}}, "The permission to stay runs until 2024-05-01."},
		{English, "origin_said", []Arg{{"office", "KP2MI"}, {"origin", "not_a_worker"}}, "KP2MI says: not as a worker."},
		{Indonesian, "protection_said", []Arg{{"protection", "child+claim"}, {"office", "KBRI"}}, "KBRI mencatat: anak, atau usia diragukan; permohonan pelindungan internasional."},
		{English, "stay_overstay", []Arg{{"until", "{days}"}, {"days", "3"}}, "The permission to stay ended on {days}; days since: 3."},
		{English, "no_such_reason", nil, ""},
		{English, "stay_valid", nil, ""},
		{English, "stay_valid", []Arg{{"until", "x"}, {"from", "y"}}, ""},
	} {
		got, err := p.Reason(c.lang, c.key, c.args...)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s %s: %q, %v, want %q", c.lang, c.key, got, err, c.want)
		}
	}
}

func TestVisa(t *testing.T) {
	p := pack(t)
	for class, want := range map[string]string{
		"ES": "student", "es": "student", "E-S": "student", "ES (student)": "student",
		"Visa class: Pelajar": "student", "ទិដ្ឋាការនិស្សិត": "student", "ទិដ្ឋាការ និស្សិត": "student",
		"Retirement visa": "retired", "ER": "retired", "dependant": "dependant", "Family dependent": "dependant",
		"ikut suami": "dependant", "Diplomatic / Official": "official", "DINAS": "official",
		"fine relief": "relief", "Overstay relief": "relief", "pemutihan": "relief",
		"": "", "  ": "", "visa": "", "EB": "", "E": "", "T": "", "B": "", "tourist": "",
		"student worker": "", "ES / ER": "", "non-student": "", "suami": "",
	} {
		v, ok := p.Visa(class)
		if ok != (want != "") || v.ID != want {
			t.Errorf("Visa(%q) = %q, %v, want %q", class, v.ID, ok, want)
		}
	}
	if v, _ := p.Visa("relief"); v.Effect != VisaRelief {
		t.Errorf("relief has the effect %q", v.Effect)
	}
	if v, _ := p.Visa("ES"); v.Effect != VisaNotWorking {
		t.Errorf("a student visa has the effect %q", v.Effect)
	}
}

// Visa classes come from registers: whatever stands there, spelling apart, the
// answer is the same and nothing panics.
func FuzzVisa(f *testing.F) {
	for _, s := range []string{"ES (student)", "Visa class: Pelajar", "ទិដ្ឋាការ និស្សិត", "\u200b", "İ", "EB"} {
		f.Add(s)
	}
	p := pack(f)
	f.Fuzz(func(t *testing.T, class string) {
		v, ok := p.Visa(class)
		if again, okAgain := p.Visa("visa (" + class + ")"); ok && (!okAgain || again.ID != v.ID) {
			t.Errorf("%q is %q, and with the word visa %q", class, v.ID, again.ID)
		}
	})
}
