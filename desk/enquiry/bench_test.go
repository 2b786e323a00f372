package enquiry_test

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mitra/demo"
	"mitra/desk/enquiry"
	"mitra/store"
	"mitra/treaty/letter"
)

// The node's own decision about an enquiry, from the opened letter to the rows that are written, among
// MITRA_BENCH_PERSONS residents (100,000), half of the questions about one of them, with a few people restricted; the time
// until the answer leaves is not in it. Quantiles in milliseconds.
func BenchmarkDecision(b *testing.B) {
	persons := 100_000
	if text := os.Getenv("MITRA_BENCH_PERSONS"); text != "" {
		var err error
		persons, err = strconv.Atoi(text)
		must(b, err)
	}
	c, err := demo.Generate(demo.Params{Residents: persons, Permits: 1, Seed: 3})
	must(b, err)
	var r, p strings.Builder
	must(b, c.WriteResidents(&r))
	must(b, c.WritePermits(&p))
	before := [2]string{residents, permits}
	residents, permits = r.String(), p.String()
	x := newCorridor(b, "", many)
	residents, permits = before[0], before[1]
	for i := range 20 {
		for _, by := range []string{"a", "b"} {
			officer := liaison
			officer.Name = by
			_, err := x.kh.restrict(c.Residents[i].ID, "vulnerable", officer)
			must(b, err)
		}
	}
	elsewhere, err := demo.Generate(demo.Params{Residents: 2000, Permits: 1, Seed: 77})
	must(b, err)
	var letters []letter.Letter
	now := x.now.Unix()
	for i := range 1000 {
		who := c.Residents[20+i*(persons-20)/1000]
		if i%2 == 0 {
			who = elsewhere.Residents[i]
		}
		person := map[string]string{"full_name": who.FullName, "birth_date": who.Truth.BirthDate}
		if who.PassportNo != "" && i%3 > 0 {
			person["passport_no"] = who.PassportNo
		}
		payload, err := json.Marshal(map[string]any{"person": person, "release": []string{"stay"}})
		must(b, err)
		mid, err := letter.NewID()
		must(b, err)
		letters = append(letters, letter.Letter{Type: "enquiry", Payload: payload, Header: letter.Header{
			Issuer: x.id.n.Name(), Audience: x.kh.n.Name(), ID: mid, Conversation: mid, Issued: now, Expires: now + 3600, Agreement: x.terms.Hash(),
			Article: "migration-information", Purpose: "stay", Handling: "H2", Requesting: "o-1", Clock: "normal", Retain: now + 3600,
		}})
	}
	_, err = x.kh.d.Ask(ctx, enquiry.Question{Peer: "ID", Purpose: "stay", Person: map[string]string{"passport_no": "X1"}}, liaison) // a desk that has begun
	must(b, err)
	var took []float64
	undo := errors.New("undo")
	b.ResetTimer()
	for i := range b.N {
		err := x.kh.n.DB.Write(ctx, func(tx *store.Tx) error {
			start := time.Now()
			if _, mine, err := x.kh.d.Handle(tx, letters[i%len(letters)]); err != nil || !mine {
				return errors.Join(errors.New("not handled"), err)
			}
			took = append(took, float64(time.Since(start).Microseconds())/1000)
			return undo
		})
		if !errors.Is(err, undo) {
			b.Fatal(err)
		}
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2], "p50-ms")
	b.ReportMetric(took[len(took)*99/100], "p99-ms")
}
