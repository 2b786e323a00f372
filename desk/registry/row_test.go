package registry

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"mitra/table"
)

// FuzzImportRow reads a whole file through the row parser. Whatever it holds,
// each row is either one that can be stored or has a reason.
func FuzzImportRow(f *testing.F) {
	for _, s := range []string{
		threeResidents,
		"\ufeffid;nama;tgl lahir\r\nR1;Sri Contoh;17-05-2533\r\n",
		"ល.រ,ឈ្មោះ,ភេទ,ថ្ងៃកំណើត\n១,សុខ គំរូ,ស្រី,១៧/០៥/១៩៩០\n",
		"No\tname\tNIK\tphone\n1\tSri\t3171015705900001\t+62 812\n",
		"full_name,passport_no,entry_date,nationality\nSri Contoh,X1234567,none,ID\n,,,\n\"=cmd|' /C calc'!A0\",-,n/a,\n",
		"name,dob\n\"a\nb\",1990-00-00\nx,00/00/1990\n",
	} {
		f.Add(s, uint8(0))
	}
	f.Add("full_name,permit_no,valid_until\nSri,WP 17,31/12/24\n", uint8(1))
	f.Fuzz(func(t *testing.T, content string, noun uint8) {
		n := Nouns[int(noun)%len(Nouns)]
		r, err := table.New("fuzz", []byte(content), table.Options{})
		if err != nil {
			return
		}
		l, err := lay(r.Header(), n, nil, nil)
		if err != nil {
			return
		}
		p, q := newParser(n, "fuzz", l, testDay), newParser(n, "fuzz", l, testDay)
		for {
			in, err := r.Next()
			if e, ok := err.(*table.Error); ok && e.Row {
				continue
			}
			if err == io.EOF || err != nil {
				return
			}
			out := p.parse(in.Line, in.Cells)
			if len(out.faults) > 0 {
				if _, why := tell(out.faults); why == "" {
					t.Error("a row is rejected without a reason")
				}
				continue
			}
			if out.key == "" || len(out.key) > longestID+len(passportPrefix) || !utf8.ValidString(out.key) {
				t.Errorf("key %q", out.key)
			}
			if !json.Valid([]byte(out.given)) || !json.Valid([]byte(out.fields)) || !utf8.ValidString(out.given+out.fields) {
				t.Errorf("stored as %s %s", out.given, out.fields)
			}
			var fields Fields
			if err := fields.parse(out.fields); err != nil {
				t.Errorf("%v: %s", err, out.fields)
			}
			if cells, err := texts(out.given); err != nil || !slices.Equal(cells, in.Cells) {
				t.Errorf("cells are not kept as given: %q, %v", cells, err)
			}
			if again := q.parse(in.Line, in.Cells); again.key != out.key || again.hash != out.hash {
				t.Error("the same row is read in two ways")
			}
		}
	})
}

// TestHashIgnoresOrder: a list arranged anew says the same; any other cell does
// not.
func TestHashIgnoresOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		header := []string{"no", "full_name", "passport_no", "remark", "birth_date", "colour"}
		cells := []string{
			rapid.StringMatching(`[0-9]{1,3}`).Draw(t, "no"), "Sri Contoh",
			rapid.SampledFrom([]string{"", "X1234567"}).Draw(t, "passport"),
			rapid.StringMatching(`[a-z]{0,4}`).Draw(t, "remark"), "1990-05-17",
			rapid.StringMatching(`[a-z]{0,4}`).Draw(t, "colour"),
		}
		parse := func(header, cells []string, line int) row {
			l, err := lay(header, Residents, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			r := newParser(Residents, "s", l, testDay).parse(line, cells)
			if len(r.faults) > 0 {
				t.Fatal(r.faults)
			}
			return r
		}
		a := parse(header, cells, 2)
		order := rapid.Permutation([]int{0, 1, 2, 3, 4, 5}).Draw(t, "order")
		h2, c2 := make([]string, 6), make([]string, 6)
		for i, j := range order {
			h2[i], c2[i] = header[j], cells[j]
			if header[j] == "no" {
				c2[i] += "7"
			}
		}
		if b := parse(h2, c2, 99); a.key != b.key || a.hash != b.hash {
			t.Fatal("the order of columns, or the row's number, is content")
		}
		cells[3] += "x"
		if b := parse(header, cells, 2); a.hash == b.hash {
			t.Fatal("a remark is no content")
		} else if strings.HasPrefix(a.key, contentPrefix) && a.key == b.key {
			t.Fatal("two contents have one key")
		}
	})
}
