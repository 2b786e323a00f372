package status

import (
	"fmt"
	"testing"

	"mitra/identity/linkage"
)

// A permit belongs to every record of its owner, also to one so unlike the permit
// that no comparison finds it; and it counts as that of the record most like it.
func TestAPermitIsEveryRecordsOfItsOwner(t *testing.T) {
	header := []string{"id", "full_name", "birth_date", "passport_no"}
	l, err := linkage.New(linkage.Spec{}, header, header, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	in := &input{linker: l}
	resident := func(name, born, passport string, person int) {
		id := fmt.Sprint("r", len(in.residents))
		l.Left().Add(id, []string{id, name, born, passport})
		if person < 0 {
			person = len(in.residents)
		}
		in.residents = append(in.residents, residentEntry{entry: id, person: person})
	}
	permit := func(name, born, passport string) {
		id := fmt.Sprint("p", len(in.permits))
		l.Right().Add(id, []string{id, name, born, passport})
		in.permits = append(in.permits, permitEntry{entry: id, key: id})
	}
	// The first record of the person is but like the permit; the second is the same.
	resident("Budi Santosa", "1990", "", -1)
	resident("Budi Santoso", "1990-05-17", "C1000001", 0)
	resident("Zulfikar", "1950-01-02", "X9", 0)
	permit("Budi Santoso", "1990-05-17", "C1000001")
	names := []string{"Dewi Lestari", "Agus Wijaya", "Rina Kusumawati", "Hendra Gunawan", "Yuni Astuti", "Fitri Handayani", "Joko Prasetyo", "Siti Rahmawati"}
	for i := range 40 {
		name, born, passport := names[i%len(names)], fmt.Sprintf("19%02d-%02d-%02d", 60+i, 1+i%12, 1+i%28), fmt.Sprintf("C2%06d", 7919*i%1000000)
		resident(name, born, passport, -1)
		permit(name, born, passport)
	}
	m, err := reconcile(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	var own float64
	bands := map[int]string{}
	for _, p := range m.pairs {
		if p.permit == 0 {
			bands[p.resident] = p.band
			if p.resident == 1 {
				own = p.weight
			}
		}
	}
	if len(bands) != 3 || bands[0] != bandLink || bands[1] != bandLink || bands[2] != bandLink {
		t.Errorf("the permit is linked with %v, want with all three records of its owner", bands)
	}
	if m.linked != 41 || m.review != 0 || m.unmatched != 0 {
		t.Errorf("%d permits linked, %d in review, %d unmatched; want 41", m.linked, m.review, m.unmatched)
	}

	pairs := []linkage.Pair{{Left: 0, Right: 0, Weight: 1}, {Left: 1, Right: 0, Weight: own}, {Left: 2, Right: 0, Weight: 3}, {Left: 3, Right: 1, Weight: 20}}
	got := in.perPerson(pairs, 0.5)
	if len(got) != 2 || got[0] != (linkage.Pair{Left: 0, Right: 0, Weight: own}) || got[1] != pairs[3] {
		t.Errorf("strongest pairs of each person: %v", got)
	}
}
