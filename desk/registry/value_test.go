package registry

import (
	"slices"
	"strings"
	"testing"

	"mitra/store/storetest"
	"mitra/table"
)

// TestEntryDate: only an explicit value speaks.
func TestEntryDate(t *testing.T) {
	db := storetest.SQLite(t)
	for cell, want := range map[string]State{
		"": Blank, "-": Blank, " - ": Blank, "n/a": Blank, "N/A": Blank, "unknown": Blank, "Tidak diketahui": Blank, "?": Blank,
		"none": None, "NONE": None, "nihil": None, "Tidak Ada": None, "គ្មាន": None, "no entry record": None, "No record": None,
		"2023-01-31": Given, "31/01/2023": Given, "៣១/០១/២០២៣": Given, "2026-01-31": Given,
	} {
		content := "id,full_name,entry_date\nR1,Sri Contoh," + cell + "\n"
		load(t, db, content, Options{})
		r := current(t, db, Residents)["residents/R1"]
		if got := r.State(EntryDate); got != want {
			t.Errorf("%q: state %d, want %d", cell, got, want)
		}
		if (want == Given) != !r.Date(EntryDate).IsZero() {
			t.Errorf("%q: date %v", cell, r.Date(EntryDate))
		}
	}
	load(t, db, "id,full_name\nR2,Budi Rekaan\n", Options{})
	if got := current(t, db, Residents)["residents/R2"].State(EntryDate); got != Absent {
		t.Errorf("without the column: state %d, want Absent", got)
	}
	r, err := try(t, db, "id,full_name,entry_date\nR1,Sri Contoh,maybe\n", Options{})
	refused(t, err, CodeNoUsableRows)
	counts(t, r, Counts{Rows: 1, Rejected: 1})
}

func TestRepairsAreKept(t *testing.T) {
	r := one(t, storetest.SQLite(t), lines("id,full_name,birth_date,passport_expiry,stay_until", "R1,Sri Contoh,17/05/2533,17/05/31,45500"), Options{})
	if r.Get(BirthDate) != "1990-05-17" || r.Get(PassportExpiry) != "2031-05-17" || r.Get(StayUntil) != "2024-07-27" {
		t.Errorf("%+v", r.Fields)
	}
	for i, column := range []string{"birth_date: ", "passport_expiry: ", "stay_until: "} {
		if len(r.Fields.Repairs) != 3 || !strings.HasPrefix(r.Fields.Repairs[i], column) || r.Fields.Repairs[i] == column {
			t.Fatalf("repairs: %q", r.Fields.Repairs)
		}
	}
}

// TestTwoDigitYears: a date of birth is past, an expiry may be ahead.
func TestTwoDigitYears(t *testing.T) {
	r := one(t, storetest.SQLite(t), lines("id,full_name,birth_date,passport_expiry", "R1,Sri Contoh,17/05/31,17/05/31"), Options{})
	if r.Get(BirthDate) != "1931-05-17" || r.Get(PassportExpiry) != "2031-05-17" {
		t.Errorf("%+v", r.Fields)
	}
}

func TestNationalID(t *testing.T) {
	db := storetest.SQLite(t)
	load(t, db, lines("id,full_name,nationality,national_id",
		"good,Sri Contoh,Indonesia,3171 0157 0590 0001",
		"bad,Sri Contoh,Indonesia,3171-99-1234",
		"foreign,Sok Kumru,Cambodia,010 123 456",
		"none,Sri Contoh,Indonesia,-"), Options{})
	got := current(t, db, Residents)
	for id, want := range map[string]string{"good": "3171015705900001", "bad": "3171-99-1234", "foreign": "010 123 456", "none": ""} {
		r := got["residents/"+id]
		if r.Get(NationalID) != want || r.MalformedNationalID() != (id == "bad") {
			t.Errorf("%s: %q, malformed %v", id, r.Get(NationalID), r.MalformedNationalID())
		}
	}
}

func TestValues(t *testing.T) {
	r := newReader(testDay)
	for _, c := range []struct {
		typ        valueType
		cell, want string
		ok         bool
	}{
		{nameType, "Sri   Contoh", "Sri Contoh", true},
		{nameType, "Sri\tContoh\u00a0Rekaan", "Sri Contoh Rekaan", true},
		{nameType, "Na", "Na", true},
		{nameType, "Null", "Null", true},
		{nameType, "N/A", "", true},
		{nameType, "—", "", true},
		{nameType, strings.Repeat("x", longestName+1), "", false},
		{idType, strings.Repeat("x", longestID+1), "", false},
		{idType, "R\x001", "", false},
		{idType, "None", "None", true},
		{idType, "?", "", true},
		{sexType, "L", "M", true},
		{sexType, "ស្រី", "F", true},
		{sexType, "x", "X", true},
		{sexType, "perhaps", "", false},
		{countryType, "ID", "IDN", true},
		{countryType, "Kamboja", "KHM", true},
		{countryType, "Atlantis", "", false},
		{documentType, "x 123-4567", "X1234567", true},
		{documentType, "nil", "", true},
		{phoneType, "+62 812-345 678", "+62812345678", true},
		{phoneType, "០១២ ៣៤៥ ៦៧៨", "012345678", true},
		{phoneType, "ext. 7", "ext. 7", true},
		{birthType, "2024-03-13", "2024-03-13", true},
		{birthType, "2024-03-14", "", false},
		{birthType, "2024", "2024", true},
		{birthType, "31/02/1990", "", false},
		{validityType, "none", "", true},
		{statementType, "none", NoneStated, true},
		{procedureType, "Placed", "placed", true},
		{procedureType, "self-reported", "self_reported", true},
		{procedureType, "somehow", "", false},
		{textType, "=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0", true},
		{textType, "tidak ada", "tidak ada", true},
	} {
		v, _, _, err := r.value(c.typ, c.cell)
		if v != c.want && c.ok || (err == nil) != c.ok {
			t.Errorf("%.40q as type %d: %q, %v", c.cell, c.typ, v, err)
		}
		if err != nil && len(c.cell) > 3 && strings.Contains(reason(err), c.cell) {
			t.Errorf("the reason tells the value %q", c.cell)
		}
	}
}

// TestAliases: each noun's own columns and all aliases lead to one column each.
func TestAliases(t *testing.T) {
	for _, n := range Nouns {
		owner := make(map[string]Field)
		for _, c := range n.columns() {
			f, ok := n.fieldNamed(c.Name)
			if !ok {
				t.Fatalf("%s has no column %s", n, c.Name)
			}
			for _, name := range append([]string{c.Name}, c.Aliases...) {
				h := table.NormalHeader(name)
				if other, taken := owner[h]; taken && other != f {
					t.Errorf("%s: %q means %s and %s", n, name, other, f)
				}
				owner[h] = f
				if runningNumbers[h] {
					t.Errorf("%s: %q is a running number", n, name)
				}
			}
		}
	}
}

// TestColumnsOfTheContract holds the canonical columns against the command
// line's contract.
func TestColumnsOfTheContract(t *testing.T) {
	for n, want := range map[Noun]string{
		Residents:  "id,full_name,given_name,surname,sex,birth_date,birth_place,nationality,passport_no,passport_expiry,national_id,entry_date,exit_date,stay_until,visa_class,address,phone",
		Permits:    "id,full_name,given_name,surname,sex,birth_date,nationality,passport_no,permit_no,valid_from,valid_until,employer,occupation,sector",
		Placements: "id,full_name,destination,employer,occupation,agency,registered_on,procedure",
		Departures: "id,full_name,departed_on,port,carrier,destination",
		Reports:    "id,full_name,reported_on,reported_by,last_contact,last_place,summary",
		Alerts:     "id,full_name,kind,handling,issued_on,expires_on,office",
	} {
		var names []string
		for _, f := range n.Fields() {
			names = append(names, f.String())
		}
		for _, w := range strings.Split(want, ",") {
			if !slices.Contains(names, w) {
				t.Errorf("%s lack %s", n, w)
			}
		}
		if (n == Residents || n == Permits) && strings.Join(names, ",") != want {
			t.Errorf("%s: %s", n, strings.Join(names, ","))
		}
		if p, err := ParseNoun(string(n)); p != n || err != nil {
			t.Errorf("ParseNoun(%s): %v", n, err)
		}
	}
}
