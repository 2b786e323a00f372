package office_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"mitra/desk/office"
)

// example is a rota of two offices in zones without and with summer time.
const example = `
[[officer]]
id = "sok"
addresses = ["mailto:sok@k.example", "https://hooks.k.example/sok"]
deputies = ["dara"]
absent = [{from = 2026-12-07, until = 2026-12-09}]

[[officer]]
id = "dara"
addresses = ["mailto:dara@k.example"]
absent = [{from = 2026-12-09, until = 2026-12-09}]

[[officer]]
id = "night"
addresses = ["mailto:night@k.example"]

[[officer]]
id = "chief"
addresses = ["mailto:chief@k.example"]
deputies = ["vice"]
protection = true
absent = [{from = "2026-12-21", until = "2026-12-21"}]

[[officer]]
id = "vice"
addresses = ["mailto:vice@k.example"]

[[office]]
id = "hq"
name = "Headquarters"
zone = "Asia/Phnom_Penh"
holidays = [2026-12-10]
hours = {monday = "07:30-11:30, 14:00-17:00", tuesday = "07:30-11:30", wednesday = "07:30-11:30", thursday = "07:30-11:30", friday = "07:30-11:30"}
duty = [{officers = ["sok"]}]
night = [{officers = ["night"]}]
supervisors = ["chief"]
fallback = "mailto:desk@k.example"

[[office]]
id = "embassy"
name = "Embassy"
zone = "Europe/Brussels"
clocks = ["border"]
hours = {sunday = "02:30-12:00"}
duty = [{officers = ["dara"], days = ["sunday"]}]
supervisors = ["vice"]
`

func read(t testing.TB, text string) *office.Rota {
	t.Helper()
	r, faults, err := office.Read([]byte(text))
	if err != nil || len(faults) > 0 {
		t.Fatal(faults, err)
	}
	return r
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestRights(t *testing.T) {
	r := read(t, example)
	for id, want := range map[string][2]bool{"chief": {true, true}, "vice": {true, false}, "sok": {}, "nobody": {}, "": {}} {
		if got := [2]bool{r.Supervises(id), r.SeesProtection(id)}; got != want {
			t.Errorf("%s: %v, want %v", id, got, want)
		}
	}
}

func TestTell(t *testing.T) {
	r := read(t, example)
	for _, c := range []struct{ what, kind, class, now, when, who string }{
		{"in open hours, at once", office.Half, "normal", "2026-12-01T08:00:00+07:00", "2026-12-01T08:00:00+07:00", "sok sok"},
		{"the hour has just ended", office.Half, "normal", "2026-12-01T11:30:00+07:00", "2026-12-02T07:30:00+07:00", "sok sok"},
		{"over noon", office.Half, "normal", "2026-11-30T12:00:00+07:00", "2026-11-30T14:00:00+07:00", "sok sok"},
		{"over a weekend", office.Half, "priority", "2026-12-04T18:00:00+07:00", "2026-12-07T07:30:00+07:00", "dara"},
		{"over a holiday", office.Half, "normal", "2026-12-09T20:00:00+07:00", "2026-12-11T07:30:00+07:00", "sok sok"},
		{"urgent at night", office.Half, "urgent", "2026-12-01T23:00:00+07:00", "2026-12-01T23:00:00+07:00", "night"},
		{"life at a weekend", office.Half, "life", "2026-12-05T10:00:00+07:00", "2026-12-05T10:00:00+07:00", "night"},
		{"urgent on a holiday", office.Half, "urgent", "2026-12-10T08:00:00+07:00", "2026-12-10T08:00:00+07:00", "night"},
		{"urgent by day", office.Half, "urgent", "2026-12-01T09:00:00+07:00", "2026-12-01T09:00:00+07:00", "sok sok"},
		{"a deputy stands in", office.Half, "normal", "2026-12-07T08:00:00+07:00", "2026-12-07T08:00:00+07:00", "dara"},
		{"no deputy either: a supervisor", office.Half, "normal", "2026-12-09T08:00:00+07:00", "2026-12-09T08:00:00+07:00", "chief vice"},
		{"the end: supervisor and deputies", office.Over, "normal", "2026-12-01T08:00:00+07:00", "2026-12-01T08:00:00+07:00", "chief vice"},
		{"the end at night waits", office.Over, "normal", "2026-12-01T20:00:00+07:00", "2026-12-02T07:30:00+07:00", "chief vice"},
		{"the end of what cannot wait", office.Over, "urgent", "2026-12-01T20:00:00+07:00", "2026-12-01T20:00:00+07:00", "chief vice"},
		{"protection: who may see it", office.Protected, "normal", "2026-12-01T08:00:00+07:00", "2026-12-01T08:00:00+07:00", "chief"},
		{"protection: else the log, not the fallback", office.Protected, "normal", "2026-12-21T08:00:00+07:00", "2026-12-21T08:00:00+07:00", ""},
		{"another office's clock", office.Half, "border", "2026-12-06T10:00:00+01:00", "2026-12-06T10:00:00+01:00", "dara"},
		{"nobody on duty there: a supervisor", office.Half, "border", "2026-12-05T10:00:00+01:00", "2026-12-05T10:00:00+01:00", "vice"},
	} {
		told := r.Tell(office.Notice{Kind: c.kind, Class: c.class}, at(t, c.now))
		var who []string
		for _, x := range told {
			if !x.At.Equal(at(t, c.when)) {
				t.Errorf("%s: told at %s", c.what, x.At)
			}
			if x.Officer != "" {
				who = append(who, x.Officer)
			} else if x.Address != office.Log {
				t.Errorf("%s: %+v", c.what, x)
			}
		}
		if got := strings.Join(who, " "); got != c.who || len(told) == 0 {
			t.Errorf("%s: told %q, want %q", c.what, got, c.who)
		}
	}
	if told := (*office.Rota)(nil).Tell(office.Notice{Kind: office.Half}, at(t, "2026-12-01T08:00:00Z")); len(told) != 1 || told[0].Address != office.Log {
		t.Errorf("without a rota: %+v", told)
	}
}

// An office whose clocks skip the moment at which it opens, or show it twice, opens once all the same.
func TestSummerTime(t *testing.T) {
	r := read(t, strings.Replace(example, `clocks = ["border"]`, `clocks = ["normal"]`, 1))
	tell := func(now string) time.Time {
		return r.Tell(office.Notice{Kind: office.Over, Class: "normal"}, at(t, now))[0].At
	}
	for _, now := range []string{"2027-03-27T12:00:00Z", "2027-10-30T12:00:00Z"} { // on the next days the clocks change
		opens := tell(now)
		if got := opens.UTC().Format("15:04"); got != "00:30" && got != "01:30" {
			t.Errorf("opens at %s", opens)
		}
		for m := range 12 * 60 { // it is open from then to noon, and again no earlier than in a week
			x := opens.Add(time.Duration(m-120) * time.Minute)
			want := x
			if x.Before(opens) {
				want = opens
			}
			if noon := 12 * 60; x.Hour()*60+x.Minute() >= noon {
				break
			}
			if got := tell(x.Format(time.RFC3339)); !got.Equal(want) {
				t.Fatalf("at %s: told at %s, want %s", x, got, want)
			}
		}
	}
}

// What a notice about a question on somebody under protection says, one about the end of a clock could say.
func TestOutward(t *testing.T) {
	now := at(t, "2026-12-01T08:00:00Z")
	n := office.Notice{Kind: office.Protected, Class: "urgent", Due: now.Add(8 * time.Hour)}.Outward(now)
	if want := (office.Notice{Kind: office.Over, Class: "urgent", Due: now}); n != want {
		t.Errorf("%+v", n)
	}
}

func TestEveryFaultIsNamed(t *testing.T) {
	_, faults, err := office.Read([]byte(`
colour = "red"
[[officer]]
id = "Sok"
addresses = ["sok@k.example", "http://k.example/x", "mailto:Sok <sok@k.example>", "mailto:a@b.example\nBcc: c@d.example"]
deputies = ["nobody"]
absent = [{from = 2026-12-09, until = 2026-12-01}]
protection = "yes"
own = ["N12"]
[[officer]]
id = "two"
addresses = "mailto:two@k.example"
[[officer]]
id = "two"
addresses = ["http://127.0.0.1:9/x"]
[[office]]
id = "a"
zone = "Asia/Angkor"
hours = {monday = "17:00-07:30", funday = "1"}
holidays = ["soon"]
duty = [{officers = ["ghost"], days = ["montag"]}]
[[office]]
id = "a"
name = "B"
zone = "UTC"
hours = {}
clocks = ["life", "life"]
supervisors = ["two"]
`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range faults {
		got = append(got, f.Key)
		if strings.Contains(f.Says, "sok@") {
			t.Errorf("an address stands in %q", f.Says)
		}
	}
	for _, want := range []string{
		"colour", "officer[0].id", "officer[0].addresses", "officer[0].deputies", "officer[0].absent[0].until", "officer[0].protection", "officer[0].own",
		"officer[1].addresses", "officer[2].id", "office[0].name", "office[0].zone", "office[0].hours.monday", "office[0].hours.funday",
		"office[0].holidays", "office[0].duty[0].officers", "office[0].duty[0].days", "office[0].supervisors",
		"office[1].id", "office[1].hours", "office[1].clocks", "office[1].duty",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is not named; named are %q", want, got)
		}
	}
	if n := len(slices.DeleteFunc(got, func(s string) bool { return s != "officer[0].addresses" })); n != 4 {
		t.Errorf("%d of four addresses are named", n)
	}
}

// The rota of the documentation is sound, and leaves no gap.
func TestDocumentedRota(t *testing.T) {
	b, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(b), "```toml\n# rota.toml\n")
	text, _, ends := strings.Cut(text, "```")
	if !found || !ends {
		t.Fatal("docs/operations.md has no rota")
	}
	r := read(t, text)
	if gaps := r.Gaps(at(t, "2026-12-14T00:00:00+07:00"), 28*24*time.Hour); len(gaps) > 0 {
		t.Errorf("%+v", gaps)
	}
	if told := r.Tell(office.Notice{Kind: office.Half, Class: "normal"}, at(t, "2026-12-24T08:00:00+07:00")); told[0].Officer != "dara" {
		t.Errorf("%+v", told)
	}
}

func TestGaps(t *testing.T) {
	now := at(t, "2026-12-07T00:00:00+07:00")
	gaps := read(t, example).Gaps(now, 24*time.Hour)
	for _, g := range gaps { // the embassy has no supervisor who may see protection; headquarters has
		if g.Office != "embassy" || g.Kind != office.Protected {
			t.Errorf("%+v", g)
		}
	}
	if len(gaps) == 0 {
		t.Error("no gap")
	}
	gaps = read(t, example).Gaps(at(t, "2026-12-21T00:00:00+07:00"), 24*time.Hour)
	if !slices.ContainsFunc(gaps, func(g office.Gap) bool {
		return g.Office == "hq" && g.Kind == office.Protected && g.Until.Sub(g.From) == 24*time.Hour
	}) {
		t.Errorf("%+v", gaps)
	}
}
