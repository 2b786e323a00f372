package registry

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"mitra/store"
	"mitra/store/storetest"
	"mitra/table"
)

func look(t *testing.T, content string, o Options) Preview {
	t.Helper()
	o.Path, o.Noun, o.Actor, o.Today = file(t, "list.csv", content), Residents, "officer-1", testDay
	p, err := Look(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestLookTellsColumnsAndNobody(t *testing.T) {
	p := look(t, lines("Nama,Tgl Lahir,Paspor,Odd", "Wati Contoh,1990-05-17,X1234567,a", "Budi Contoh,31/31/1990,X7654321,", ",1990-01-01,,b"), Options{})
	want := []PreviewColumn{{"Nama", "full_name", 2, 0}, {"Tgl Lahir", "birth_date", 3, 1}, {"Paspor", "passport_no", 2, 0}, {"Odd", "", 2, 0}}
	if !slices.Equal(p.Columns, want) || p.Rows != 3 || p.Rejected != 2 || !p.All || !p.Named || p.Wrong != nil || len(p.Hash) != 64 {
		t.Errorf("%+v", p)
	}
	// A first line that may be somebody's is not told.
	p = look(t, lines("Wati Contoh,1990-05-17,X1234567", "Budi Contoh,1985-01-30,X7654321"), Options{})
	if p.Named || p.Wrong == nil || p.Wrong.Code != CodeNoName || p.Columns[0].Heading != "" || p.Columns[0].Filled != 1 || strings.Contains(p.Wrong.Error(), "Wati") {
		t.Errorf("%+v", p)
	}
	// Two columns that mean the same are both shown as what they mean.
	p = look(t, lines("name,nama lengkap,dob", "Wati Contoh,Contoh Wati,1990-05-17"), Options{})
	if p.Wrong == nil || p.Wrong.Code != table.CodeAmbiguousColumn || p.Columns[0].Field != "full_name" || p.Columns[1].Field != "full_name" || p.Columns[2].Field != "birth_date" {
		t.Errorf("%+v", p)
	}
}

func TestMeaningIsWhatTheOfficerSays(t *testing.T) {
	content := lines("kode,name,other,dob", "A,Wati Contoh,Contoh Wati,1990-05-17", "A,Budi Contoh,Contoh Budi,1985-01-30")
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := Options{Meaning: []string{"", "", "full_name", "birth_date"}}
		if p := look(t, content, o); p.Wrong != nil || p.Columns[0].Field != "" || p.Columns[1].Field != "" || p.Columns[2].Field != "full_name" {
			t.Errorf("%+v", p)
		}
		r := load(t, db, content, o)
		if r.New != 2 || r.Rejected != 0 || len(r.Notes) != 0 {
			t.Errorf("%+v", r)
		}
		if err := db.Read(t.Context(), func(tx *store.Tx) error {
			return Current(tx, Residents, func(r *Record) error {
				if n := r.Get(FullName); !strings.HasPrefix(n, "Contoh") || r.Get(ID) != "" {
					t.Errorf("%q, id %q", n, r.Get(ID))
				}
				return nil
			})
		}); err != nil {
			t.Fatal(err)
		}
		for _, bad := range [][]string{{}, {"full_name"}, {"", "", "no_such", ""}, {"", "", "permit_no", ""}, {"full_name", "full_name", "", ""}, {"", "", "", ""}} {
			if _, err := try(t, db, content, Options{Meaning: bad}); err == nil {
				t.Errorf("%q: loaded", bad)
			} else if _, ok := errors.AsType[*table.Error](err); !ok {
				t.Errorf("%q: %v", bad, err)
			}
		}
	})
}
