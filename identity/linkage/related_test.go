package linkage_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"mitra/identity/linkage"
)

// settlement is a register of households in towns, in which a share of the people
// stand a second time, with slips. The entity of a row is the part of its id
// before the stroke.
func settlement(households int, twice float64, seed uint64) [][]string {
	rng := rand.New(rand.NewPCG(seed, 77))
	syllable := strings.Fields("ka ri to mi sa lo ne da pu ve ga hu")
	word := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(syllable[rng.IntN(len(syllable))])
		}
		return b.String()
	}
	list := func(n, syllables int) (out []string) {
		for range n {
			out = append(out, word(syllables))
		}
		return out
	}
	given, family, streets := list(400, 4), list(400, 4), list(120, 3)
	towns := list(40, 3)
	slip := func(s string) string {
		if len(s) < 3 {
			return s
		}
		i := rng.IntN(len(s) - 1)
		return s[:i] + s[i+1:]
	}
	var rows [][]string
	entity := 0
	for range households {
		surname, town := family[rng.IntN(len(family))], rng.IntN(len(towns))
		zip := fmt.Sprintf("%d%02d", 100+town, rng.IntN(4))
		street := fmt.Sprintf("%d %s street", 1+rng.IntN(300), streets[rng.IntN(len(streets))])
		line := fmt.Sprintf("0%08d", rng.IntN(1e8))
		for range 1 + rng.IntN(5) {
			phone := line
			if rng.IntN(2) == 0 {
				phone = fmt.Sprintf("0%08d", rng.IntN(1e8))
			}
			entity++
			row := []string{fmt.Sprintf("%d/a", entity), given[rng.IntN(len(given))] + " " + surname, street, towns[town], zip, phone}
			rows = append(rows, row)
			if rng.Float64() >= twice {
				continue
			}
			again := append([]string{fmt.Sprintf("%d/b", entity)}, row[1:]...)
			for k := 1; k < len(again); k++ {
				switch rng.IntN(12) {
				case 0:
					again[k] = ""
				case 1, 2:
					again[k] = slip(again[k])
				}
			}
			rows = append(rows, again)
		}
	}
	rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	return rows
}

// A household or a town is not a person, whether many people stand twice in the
// register or nobody does.
func TestRelatedPeople(t *testing.T) {
	for _, twice := range []float64{0.25, 0} {
		rows := settlement(1800, twice, 5)
		l, err := linkage.New(linkage.Spec{}, []string{"id", "full_name", "address", "city", "postcode", "phone"}, nil, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		entity := func(i int) string { e, _, _ := strings.Cut(rows[i][0], "/"); return e }
		for _, r := range rows {
			l.Left().Add(r[0], r)
		}
		res, err := l.Run(linkage.Options{})
		if err != nil {
			t.Fatal(err)
		}
		truth := 0
		for _, r := range rows {
			if strings.HasSuffix(r[0], "/b") {
				truth++
			}
		}
		var right, wrong, sure, surelyWrong int
		for _, p := range res.Pairs {
			switch same := entity(p.Left) == entity(p.Right); {
			case same:
				right++
			default:
				wrong++
			}
			if p.P() >= 0.99 {
				sure++
				if entity(p.Left) != entity(p.Right) {
					surelyWrong++
				}
			}
		}
		t.Logf("%.0f %% twice: %d records, %d true pairs, %d found and %d wrong; at 0.99 %d and %d wrong", 100*twice, len(rows), truth, right, wrong, sure, surelyWrong)
		if truth > 0 && (right < truth*9/10 || wrong > truth/4) {
			t.Errorf("%d of %d pairs found, %d wrong ones", right, truth, wrong)
		}
		if surelyWrong > len(rows)/100 {
			t.Errorf("%d links at 0.99 are wrong, of %d records", surelyWrong, len(rows))
		}
	}
}
