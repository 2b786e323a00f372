package backup

import (
	"testing"

	"mitra/store"
)

// FuzzParseRow: a line is read only where it is the one way to write its values.
func FuzzParseRow(f *testing.F) {
	columns := []store.Column{{Name: "t", Kind: store.Text}, {Name: "n", Kind: store.Integer}, {Name: "f", Kind: store.Float}, {Name: "b", Kind: store.Bytes}}
	for _, line := range []string{
		`["a\u0000\"\\ខ",1,0.5,"AAE="]`, `[null,null,null,null]`, `["",-9223372036854775808,"NaN",""]`, `["",0,-0,""]`, `["\u0061",01,1e5,"AAF="]`, `["` + "\n" + `",1,"+Inf","A\nA=="]`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		row := make([]any, len(columns))
		if parseRow(line, columns, row) != nil {
			return
		}
		if again, err := appendRow(nil, columns, row); err != nil || string(again) != string(line)+"\n" {
			t.Errorf("%q was read and is written %q (%v)", line, again, err)
		}
	})
}
