package status_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mitra/desk/registry"
	"mitra/desk/status"
	"mitra/identity/person"
	"mitra/rules"
	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/journal"
)

// A register small enough to know everybody, large enough to train on: twelve
// filler residents with permits, and people who each stand for a rule.
const residentsCSV = `id,full_name,sex,birth_date,passport_no,national_id,entry_date,exit_date,stay_until,visa_class
r01,Budi Santoso,M,1990-05-17,C1000001,,2022-01-05,,2025-01-04,EB
r02,Dewi Lestari,F,1988-11-02,C1000002,,2022-03-09,,2025-03-08,EB
r03,Agus Wijaya,M,1985-02-28,C1000003,,2021-07-01,,2025-06-30,EB
r04,Siti Rahmawati,F,1992-09-14,C1000004,,2023-02-11,,2025-02-10,EB
r05,Joko Prasetyo,M,1979-12-30,C1000005,,2020-10-20,,2025-10-19,EB
r06,Rina Kusumawati,F,1995-04-08,C1000006,,2023-05-05,,2025-05-04,EB
r07,Hendra Gunawan,M,1983-08-21,C1000007,,2019-08-08,,2025-08-07,EB
r08,Yuni Astuti,F,1997-01-19,C1000008,,2023-09-09,,2025-09-08,EB
r09,Bambang Hermanto,M,1976-06-06,C1000009,,2018-04-04,,2025-04-03,EB
r10,Fitri Handayani,F,1991-03-25,C1000010,,2022-11-11,,2025-11-10,EB
child,Putri Maharani,F,2010-07-07,C2000001,,2023-01-01,,2025-01-01,DEPENDANT
gone,Wahyu Nugroho,M,1987-10-10,C2000002,,2022-01-01,2024-01-31,2024-06-01,EB
nobody,Slamet Riyadi Utomo,M,1989-09-09,,,2022-01-01,,2025-01-01,EB
unseen,Tono Sudirjo,M,1990-01-20,C2000003,,none,,2025-01-01,EB
over,Lina Marlina,F,1993-03-03,C2000004,,2022-01-01,,2024-02-01,EB
student,Rizky Firmansyah,M,2003-02-02,C2000005,,2023-01-01,,2025-01-01,STUDENT
without,Eko Susilo,M,1984-04-14,C2000006,,2022-01-01,,2025-01-01,EB
blank,Nur Hidayah,F,1986-06-16,C2000007,,2022-01-01,,,EB
ended,Dian Permata,F,1994-08-18,C2000008,,2022-01-01,,2025-01-01,EB
=cmd|x,Sari Dewanti,F,1981-01-11,C2000009,,2022-01-01,,2025-01-01,RETIRED
`

const permitsCSV = `id,full_name,sex,birth_date,passport_no,permit_no,valid_from,valid_until
p01,BUDI SANTOSO,M,17/05/1990,C1000001,W01,01/01/2024,31/12/2024
p02,DEWI LESTARI,F,02/11/1988,C1000002,W02,01/01/2024,31/12/2024
p03,AGUS WIDJAJA,M,28/02/1985,C1000003,W03,01/01/2024,31/12/2024
p04,SITI RAHMAWATI,F,14/09/1992,C1000004,W04,01/01/2024,31/12/2024
p05,JOKO PRASETYO,M,30/12/1979,C1000005,W05,01/01/2024,31/12/2024
p06,RINA KUSUMAWATI,F,08/04/1995,C1000006,W06,01/01/2024,31/12/2024
p07,HENDRA GUNAWAN,M,21/08/1983,C1000007,W07,01/01/2024,31/12/2024
p08,YUNI ASTUTI,F,19/01/1997,C1000008,W08,01/01/2024,31/12/2024
p09,BAMBANG HERMANTO,M,06/06/1976,C1000009,W09,01/01/2024,31/12/2024
p10,FITRI HANDAYANI,F,25/03/1991,C1000010,W10,01/01/2024,31/12/2024
p10old,FITRI HANDAYANI,F,25/03/1991,C1000010,W10A,01/01/2023,31/12/2023
pend,DIAN PERMATA,F,18/08/1994,C2000008,W11,01/01/2023,31/12/2023
pnone,KEMAL PASHA HUTAPEA,M,05/05/1970,Z9999999,W99,01/01/2024,31/12/2024
`

var asOf = person.Date{Year: 2024, Month: 3, Day: 13, Prec: person.PrecDay}

func load(t *testing.T, db *store.DB, noun registry.Noun, text string) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, string(noun)+".csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	rep, err := registry.Import(t.Context(), db, registry.Options{Noun: noun, Path: path, RejectedDir: dir, Actor: "officer", Office: "hq", Today: asOf})
	if err != nil || rep.Rejected > 0 {
		t.Fatalf("import %s: %+v, %v", noun, rep, err)
	}
}

func run(t *testing.T, db *store.DB) status.Summary {
	t.Helper()
	s, err := status.Run{AsOf: asOf, Node: "KH", Actor: "officer", Office: "hq", Now: time.Now}.Do(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func lines(t *testing.T, db *store.DB, protection bool) map[string]status.Line {
	t.Helper()
	out := map[string]status.Line{}
	if _, err := status.Export(t.Context(), db, status.Reader{Actor: "officer", Office: "hq", Protection: protection}, rules.English, func(l status.Line) error {
		out[l.ResidentID] = l
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func kinds(t *testing.T, db *store.DB) (out []string) {
	t.Helper()
	if err := db.Read(t.Context(), func(tx *store.Tx) error {
		out = nil
		return journal.Events(tx, journal.House, func(e journal.Event) error {
			out = append(out, e.Kind)
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestRunFromRegistersToClasses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, registry.Residents, residentsCSV)
		load(t, db, registry.Permits, permitsCSV)
		s := run(t, db)
		sum := 0
		for _, n := range s.Classes {
			sum += n
		}
		if s.Residents != 20 || sum != 20 || len(s.Classes) != 14 {
			t.Errorf("classes %v of %d residents", s.Classes, s.Residents)
		}
		if s.Permits != 13 || s.PermitsMatched+s.PermitsReview+s.PermitsUnmatched != 13 || s.PermitsMatched != 12 {
			t.Errorf("permits: %+v", s)
		}
		got := lines(t, db, true)
		for id, want := range map[string]string{
			"r01": "REGULAR_HOST", "r03": "REGULAR_HOST", "r10": "REGULAR_HOST", "child": "CHILD_FIRST", "gone": "DEPARTED",
			"nobody": "IDENTITY_PENDING", "unseen": "ENTRY_UNVERIFIED", "over": "STAY_IRREGULAR", "student": "REGULAR_NOT_WORKING",
			"without": "NO_PERMIT_FOUND", "blank": "UNDETERMINED", "ended": "WORK_TO_RENEW", "=cmd|x": "REGULAR_NOT_WORKING",
		} {
			if got[id].Class != want {
				t.Errorf("%s: %s, want %s (%s)", id, got[id].Class, want, got[id].Reasons)
			}
		}
		if l := got["r10"]; l.PermitID != "p10" || l.PermitNo != "W10" || l.Probability < "0.99" {
			t.Errorf("of two permits the one in force is named: %+v", l)
		}
		if l := got["ended"]; l.PermitID != "pend" || l.Work != "permit_expired" {
			t.Errorf("%+v", l)
		}
	})
}

func TestExportWithoutTheRightSaysNothingOfTheProtected(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, registry.Residents, residentsCSV)
		load(t, db, registry.Permits, permitsCSV)
		run(t, db)
		all, seen := lines(t, db, true), lines(t, db, false)
		for id, l := range seen {
			if !status.Protected(rules.Class(all[id].Class)) {
				if l != all[id] {
					t.Errorf("%s differs: %+v", id, l)
				}
				continue
			}
			if want := (status.Line{ResidentID: id, Class: status.AskSupervisor}); l != want {
				t.Errorf("%s shows more than that a supervisor is to be asked: %+v", id, l)
			}
		}
		people, err := status.Show(t.Context(), db, status.Reader{Actor: "clerk", Office: "hq"}, rules.English, "child")
		if err != nil || len(people) != 1 || people[0].Class != status.AskSupervisor || len(people[0].Axes) != 0 || len(people[0].Given) != 0 {
			t.Errorf("%+v, %v", people, err)
		}
	})
}

func TestSecondRunAddsNothingAndACorrectionOnlyItself(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, registry.Residents, residentsCSV)
		load(t, db, registry.Permits, permitsCSV)
		if first := run(t, db); first.Details.Added != 3*20+1 { // one child's protection beside
			t.Errorf("the first run stored %d assessments", first.Details.Added)
		}
		if again := run(t, db); again.Details.Added != 0 {
			t.Errorf("a run over the same registers stored %d assessments", again.Details.Added)
		}
		load(t, db, registry.Residents, strings.Replace(residentsCSV, "2022-01-01,,2024-02-01,EB", "2022-01-01,,2024-12-31,EB", 1))
		if third := run(t, db); third.Details.Added != 1 {
			t.Errorf("one corrected date stored %d assessments", third.Details.Added)
		}
		people, err := status.Show(t.Context(), db, status.Reader{Actor: "officer", Office: "hq", Protection: true}, rules.English, "over")
		if err != nil || len(people) != 1 {
			t.Fatal(err)
		}
		i := slices.IndexFunc(people[0].Axes, func(a status.AxisView) bool { return a.Axis == "stay" })
		if a := people[0].Axes[i]; a.Value != "valid" || len(a.History) != 1 || a.History[0].Value != "overstay" {
			t.Errorf("the earlier assessment is not kept: %+v", a)
		}
		if got := kinds(t, db); !slices.Equal(got, []string{"import", "import", "status.run", "status.run", "import", "status.run", "status.show"}) {
			t.Errorf("events %v", got)
		}
	})
}

func TestShowExplainsEveryAxisAndThePermit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, registry.Residents, residentsCSV)
		load(t, db, registry.Permits, permitsCSV)
		run(t, db)
		r := status.Reader{Actor: "officer", Office: "hq", Protection: true}
		for _, lang := range rules.Langs() {
			people, err := status.Show(t.Context(), db, r, lang, "r03")
			if err != nil || len(people) != 1 {
				t.Fatalf("%v, %v", people, err)
			}
			p := people[0]
			if len(p.Axes) != 5 || p.RowText == "" || p.Notice == "" || len(p.Given) == 0 || (p.Mark == "") != (lang == rules.English) {
				t.Errorf("%s: %+v", lang, p)
			}
			for _, a := range p.Axes {
				if len(a.Reasons) == 0 || strings.Contains(strings.Join(a.Reasons, " "), "_") {
					t.Errorf("%s: axis %s is explained by %q", lang, a.Axis, a.Reasons)
				}
			}
			if len(p.Permits) != 1 || p.Permits[0].PermitID != "p03" {
				t.Fatalf("permits %+v", p.Permits)
			}
			l := p.Permits[0]
			sum := l.Prior + l.Rivals
			for _, s := range l.Steps {
				sum += s.Weight + s.Frequency
			}
			if d := sum - l.Weight; d > 1e-9 || d < -1e-9 || l.Rivals > 0.01 {
				t.Errorf("the waterfall adds up to %g, the weight is %g, rivals %g", sum, l.Weight, l.Rivals)
			}
		}
		if _, err := status.Show(t.Context(), db, r, rules.English, "no such id"); !errors.Is(err, status.ErrNoResident) {
			t.Errorf("error %v, want ErrNoResident", err)
		}
	})
}

// The same people in the list of a second source are more records, and not more
// people.
func TestPersonsAreCountedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, registry.Residents, residentsCSV)
		load(t, db, registry.Permits, permitsCSV)
		dir := t.TempDir()
		path := filepath.Join(dir, "embassy.csv")
		text := "id,full_name,birth_date,passport_no\nE1,BUDI SANTOSO,1990-05-17,C1000001\nE2,Dewi Lestari,1999-11-02,C1000002\nE3,Dewi L.,,C1000002\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := registry.Import(t.Context(), db, registry.Options{Noun: registry.Residents, Source: "embassy", Path: path, RejectedDir: dir, Actor: "officer", Today: asOf}); err != nil {
			t.Fatal(err)
		}
		// E1 is r01; E2 has another date of birth, E3 none: that is for an officer.
		s := run(t, db)
		if s.Residents != 23 || s.Persons != 22 {
			t.Errorf("%d records of %d persons, want 23 of 22", s.Residents, s.Persons)
		}
		// A permit is a person's, and so every record's of that person; it counts once.
		// That of Dewi Lestari, who may stand three times in the register, is in doubt.
		if s.PermitsMatched != 11 || s.PermitsReview != 1 || s.PermitsMatched+s.PermitsReview+s.PermitsUnmatched != s.Permits {
			t.Errorf("%d of %d permits matched, %d in review, %d unmatched; want 11 matched, 1 in review", s.PermitsMatched, s.Permits, s.PermitsReview, s.PermitsUnmatched)
		}
		got := lines(t, db, true)
		for _, id := range []string{"r01", "E1"} {
			if got[id].PermitID != "p01" || got[id].Work != "permit_valid" {
				t.Errorf("%s: permit %q, work %s; want p01, permit_valid", id, got[id].PermitID, got[id].Work)
			}
		}
	})
}

func TestNoRunYet(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, err := status.Export(t.Context(), db, status.Reader{Actor: "officer"}, rules.English, func(status.Line) error { return nil })
		if !errors.Is(err, status.ErrNoRun) {
			t.Errorf("error %v, want ErrNoRun", err)
		}
		if s := run(t, db); s.Residents != 0 || s.ExpectedMissed != 0 {
			t.Errorf("a run over empty registers: %+v", s)
		}
	})
}

func TestVerifyFindsWhatWasChanged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		load(t, db, registry.Residents, residentsCSV)
		load(t, db, registry.Permits, permitsCSV)
		run(t, db)
		check := func() []status.Finding {
			t.Helper()
			f, err := status.Verify(context.Background(), db)
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		if f := check(); len(f) != 0 {
			t.Fatalf("nothing was changed, and this was found: %v", f)
		}
		for name, change := range map[string]string{
			"a value":        `UPDATE assessment SET value = 'departed' WHERE axis = 'stay' AND value = 'overstay'`,
			"a reason":       `UPDATE assessment SET reasons = '[]' WHERE axis = 'work' AND value = 'none'`,
			"who decided":    `UPDATE assessment SET officer = 'somebody' WHERE axis = 'protection'`,
			"a row gone":     `DELETE FROM assessment WHERE axis = 'protection'`,
			"a weight":       `UPDATE permit_link SET weight = weight + 1 WHERE band = 'link'`,
			"a link gone":    `DELETE FROM permit_link WHERE band = 'link'`,
			"the run's day":  `UPDATE status_run SET as_of = '2024-03-14'`,
			"the summary":    `UPDATE status_run SET summary = '{}'`,
			"the run gone":   `DELETE FROM status_run`,
			"the model":      `UPDATE linkage_model SET model = '{}'`,
			"the model gone": `DELETE FROM linkage_model`,
			"the officer":    `UPDATE status_run SET actor = 'somebody'`,
			"the office":     `UPDATE status_run SET office = 'elsewhere'`,
			"the time":       `UPDATE status_run SET at = '2020-01-01T00:00:00.000000Z'`,
			"the node":       `UPDATE status_run SET node = 'ID'`,
			"a number":       `UPDATE assessment SET seq = seq + 1`,
		} {
			undo := errors.New("undo")
			var found []status.Finding
			err := db.Write(t.Context(), func(tx *store.Tx) error {
				if n, err := tx.Exec(change); err != nil || n == 0 {
					t.Fatalf("%s: %d rows changed, %v", name, n, err)
				}
				var err error
				if found, err = status.VerifyTx(tx); err != nil {
					t.Fatal(err)
				}
				return undo
			})
			if !errors.Is(err, undo) {
				t.Fatal(err)
			}
			if len(found) == 0 {
				t.Errorf("%s was changed, and nothing was found", name)
			}
		}
	})
}
