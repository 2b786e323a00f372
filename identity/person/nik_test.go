package person

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseNIK(t *testing.T) {
	for _, c := range []struct {
		in   string
		want string // district, birth, sex, serial
	}{
		{"3171011705900001", "317101 1990-05-17 M 0001"},
		{"3171015705900001", "317101 1990-05-17 F 0001"},
		{"3171017112990012", "317101 1999-12-31 F 0012"},
		{"9271012902000003", "927101 2000-02-29 M 0003"},
		{"'3171 0117 0590 0001", "317101 1990-05-17 M 0001"},
		{"317101.170590-0001", "317101 1990-05-17 M 0001"},
		{"៣១៧១០១១៧០៥៩០០០០១", "317101 1990-05-17 M 0001"},
	} {
		k, err := ParseNIK(c.in, 2026)
		got := fmt.Sprintf("%s %s %s %s", k.District, k.Birth, k.Sex, k.Serial)
		if err != nil || got != c.want || k.Birth.Slip != SlipTwoDigitYear {
			t.Errorf("%s: got %s, %v; want %s", c.in, got, err, c.want)
		}
		if k.Province != k.District[:2] || k.Regency != k.District[:4] {
			t.Errorf("%s: province %s and regency %s do not lead to the district", c.in, k.Province, k.Regency)
		}
	}
}

func TestParseNIKRefuses(t *testing.T) {
	for _, c := range []struct{ in, reason, hint string }{
		{"", "fewer", ""},
		{"317101170590000", "fewer", ""},
		{"31710117059000012", "more", ""},
		{"3,171011705900E+15", "not a digit", "rounded"},
		{"3171011705900000", "serial", "rounded"},
		{"317101170590000A", "not a digit", ""},
		{"0171011705900001", "no district", ""},
		{"3100011705900001", "no district", ""},
		{"3171001705900001", "no district", ""},
		{"3171013102900001", "no date", ""},
		{"3171014005900001", "no date", ""}, // 40 is no day of either
		{"3171017205900001", "no date", ""}, // nor is 72
		{"3171011713900001", "no date", ""},
		{"3171012902010001", "no date", ""},
		{"\xff171011705900001", "not a digit", ""},
	} {
		_, err := ParseNIK(c.in, 2026)
		var p *ParseError
		if !errors.As(err, &p) || !strings.Contains(p.Reason, c.reason) || !strings.Contains(p.Hint, c.hint) {
			t.Errorf("%q: got %v; want %q, hint %q", c.in, err, c.reason, c.hint)
		}
	}
}

func TestNIKIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDate(1927, 2026).Draw(t, "birth").Latest()
		d.Slip = SlipTwoDigitYear
		district := fmt.Sprintf("%02d%02d%02d", rapid.IntRange(11, 97).Draw(t, "p"), rapid.IntRange(1, 79).Draw(t, "r"), rapid.IntRange(1, 50).Draw(t, "d"))
		k := NIK{
			Province: district[:2], Regency: district[:4], District: district, Birth: d,
			Sex:    rapid.SampledFrom([]Sex{Male, Female}).Draw(t, "sex"),
			Serial: fmt.Sprintf("%04d", rapid.IntRange(1, 9999).Draw(t, "serial")),
		}
		if got, err := ParseNIK(k.String(), 2026); err != nil || got != k {
			t.Fatalf("%v became %v, %v", k, got, err)
		}
	})
}

// TestNIKDistricts holds the check on places against every district there is.
func TestNIKDistricts(t *testing.T) {
	path := filepath.Join("..", "..", "..", "shared", "eval", "wilayah", "regions.csv")
	f, err := os.Open(path)
	if err != nil {
		t.Skip("the list of districts is not here: ../shared/eval/wilayah/regions.csv")
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	districts := 0
	for _, row := range rows[1:] {
		code := strings.ReplaceAll(row[0], ".", "")
		if len(code) != 6 {
			continue
		}
		districts++
		if k, err := ParseNIK(code+"1705900001", 2026); err != nil || k.District != code {
			t.Errorf("district %s: %v", code, err)
		}
	}
	if districts < 7000 {
		t.Errorf("only %d districts read", districts)
	}
}

func FuzzParseNIK(f *testing.F) {
	for _, s := range []string{"3171011705900001", "3171015705900001", "'3171 0117 0590 0001", "3,17E+15", "៣១៧១០១១៧០៥៩០០០០១", "", "\xff", "3171013102900001"} {
		f.Add(s, 2026)
	}
	f.Fuzz(func(t *testing.T, s string, pivot int) {
		k, err := ParseNIK(s, pivot)
		if err != nil {
			if k != (NIK{}) {
				t.Errorf("%q: an error and a number", s)
			}
			return
		}
		if again, err := ParseNIK(k.String(), pivot); err != nil || again != k {
			t.Errorf("%q: %s is not read back: %v", s, k, err)
		}
	})
}
