package script

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// evalFile reads a file of the shared evaluation data, which lies beside the
// checkout and not in it, or skips the test.
func evalFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "eval", filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("evaluation data %s is not here", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

type romanisedPair struct{ khmer, latin string }

func khmerPairs(t *testing.T) map[romanisedPair]bool {
	var rows []struct{ GivenName, Surname, RomanizedGiven, RomanizedSurname string }
	if err := json.Unmarshal(evalFile(t, "kname/khmer_names.json"), &rows); err != nil {
		t.Fatal(err)
	}
	pairs := map[romanisedPair]bool{}
	for _, r := range rows {
		pairs[romanisedPair{r.GivenName, strings.ToLower(r.RomanizedGiven)}] = true
		pairs[romanisedPair{r.Surname, strings.ToLower(r.RomanizedSurname)}] = true
	}
	return pairs
}

func TestRomanisationAgainstList(t *testing.T) {
	pairs := khmerPairs(t)
	var exact, sound int
	for p := range pairs {
		latin := KhmerToLatin(p.khmer)
		if latin == p.latin {
			exact++
		}
		if Skeleton(latin) == Skeleton(p.latin) {
			sound++
		} else {
			t.Logf("%s: %s, the list says %s", p.khmer, latin, p.latin)
		}
	}
	t.Logf("of %d distinct Khmer names %d are romanised as in the list, %d have the same skeleton", len(pairs), exact, sound)
	if 100*exact < 80*len(pairs) || 100*sound < 93*len(pairs) {
		t.Errorf("of %d names only %d exact, %d by sound", len(pairs), exact, sound)
	}
}

func TestSkeletonDiscriminates(t *testing.T) {
	tokens := map[string]bool{}
	add := func(name string) {
		for _, tok := range Parse(name).Tokens {
			tokens[tok.Text] = true
		}
	}
	for _, file := range []string{"faker_id/given_male.csv", "faker_id/given_female.csv", "faker_id/surname.csv", "indonesian_names/names.csv"} {
		r := csv.NewReader(strings.NewReader(string(evalFile(t, file))))
		rows, err := r.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			add(row[0])
		}
	}
	for p := range khmerPairs(t) {
		add(p.latin)
	}
	blocks := map[string]int{}
	for tok := range tokens {
		blocks[Skeleton(tok)]++
	}
	var squares, most int
	for _, n := range blocks {
		squares += n * n
		most = max(most, n)
	}
	expected := float64(squares) / float64(len(tokens))
	t.Logf("%d tokens, %d skeletons; a token shares its block with %.2f on average, %d at most", len(tokens), len(blocks), expected, most)
	if expected > 2 || most > 12 {
		t.Errorf("blocks too large: %.2f on average, %d at most", expected, most)
	}
}
