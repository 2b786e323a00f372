package office_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"mitra/desk/office"
	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/journal"
)

func TestUnits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		write := func(f func(tx *store.Tx) error) error { return db.Write(t.Context(), f) }
		open := func(u office.Unit) error {
			return write(func(tx *store.Tx) error { return office.Open(tx, u, "sari", "hq") })
		}
		shut := func(name string) error {
			return write(func(tx *store.Tx) error { return office.Close(tx, name, "sari", "hq") })
		}
		all := func() (out []office.Unit) {
			if err := db.Read(t.Context(), func(tx *store.Tx) (err error) {
				out, err = office.Units(tx)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return out
		}
		// A node begins with its headquarters and where its officers are, told of by one event; a second time does nothing.
		for _, want := range []int{3, 0} {
			if err := write(func(tx *store.Tx) error {
				rows, err := office.Found(tx, "embassy", "Kantor Wilayah")
				if len(rows) != want {
					t.Errorf("%d rows are told of, want %d", len(rows), want)
				}
				if err != nil || want == 0 {
					return err
				}
				return appendRows(tx, rows)
			}); err != nil {
				t.Fatal(err)
			}
		}
		if u := all(); len(u) != 3 || u[1].Name != "embassy" || u[1].Kind != office.Embassy || u[0].Kind != office.Headquarters {
			t.Errorf("%+v", u)
		}
		guest := office.Unit{Name: "Ministry of Labour", Kind: office.Guest, Agency: office.Labour}
		if err := open(guest); err != nil {
			t.Fatal(err)
		}
		for what, u := range map[string]office.Unit{
			"no name": {Kind: office.Airport}, "two lines": {Name: "a\nb", Kind: office.Airport}, "turned": {Name: "a\u202eb", Kind: office.Airport},
			"space around": {Name: " a", Kind: office.Airport}, "long": {Name: strings.Repeat("a", 101), Kind: office.Airport}, "no kind": {Name: "a"}, "no such kind": {Name: "a", Kind: "ship"},
			"a guest of nobody": {Name: "a", Kind: office.Guest}, "a guest of no agency": {Name: "a", Kind: office.Guest, Agency: "army"}, "an airport of the police": {Name: "a", Kind: office.Airport, Agency: office.Police},
		} {
			if err := open(u); !errors.Is(err, office.ErrUnit) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := open(guest); !errors.Is(err, office.ErrTaken) {
			t.Errorf("twice: %v", err)
		}
		if err := shut(guest.Name); err != nil {
			t.Fatal(err)
		}
		for what, err := range map[string]error{"again": shut(guest.Name), "none": shut("nowhere")} {
			if !errors.Is(err, office.ErrUnknown) {
				t.Errorf("closing %s: %v", what, err)
			}
		}
		if err := shut(office.First); !errors.Is(err, office.ErrUsed) {
			t.Errorf("the headquarters are closed: %v", err)
		}
		if err := open(office.Unit{Name: guest.Name, Kind: office.Guest, Agency: office.Police}); !errors.Is(err, office.ErrTaken) {
			t.Errorf("a closed office of labour is opened for the police: %v", err)
		}
		if u := all(); len(u) != 4 || u[3].Name != guest.Name || u[3].Closed.IsZero() {
			t.Errorf("closed ones stand last: %+v", u)
		}
		if err := open(guest); err != nil {
			t.Errorf("opened again: %v", err)
		}
		// Two at once: one opens it.
		var group sync.WaitGroup
		errs := make([]error, 2)
		for i := range errs {
			group.Go(func() { errs[i] = open(office.Unit{Name: "airport", Kind: office.Airport}) })
		}
		group.Wait()
		if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), office.ErrTaken) {
			t.Errorf("two at once: %v", errs)
		}
		verify := func() (found []string) {
			if err := db.Read(t.Context(), func(tx *store.Tx) (err error) {
				found, err = journal.VerifyBound(tx, office.BoundUnits)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return found
		}
		if f := verify(); len(f) > 0 {
			t.Errorf("nothing was changed: %v", f)
		}
		if err := write(func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE office SET kind = 'headquarters', agency = '' WHERE agency = 'labour'`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if len(verify()) == 0 {
			t.Error("a guest office that became ours past the program is not found")
		}
	})
}

// appendRows is the event that tells of rows.
func appendRows(tx *store.Tx, rows map[string]string) error {
	data := `{"rows":{`
	for name, digest := range rows {
		if !strings.HasSuffix(data, "{") {
			data += ","
		}
		data += `"` + name + `":"` + digest + `"`
	}
	_, err := journal.Append(tx, journal.Event{Kind: "init", Actor: "a", Data: []byte(data + "}}")})
	return err
}
