package status

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mitra/rules"

	"pgregory.net/rapid"
)

func TestRender(t *testing.T) {
	p := pack(t)
	r := because("permit_ended", arg("permit", "KH-7"), arg("until", "2024-01-31"))
	for l, want := range map[rules.Lang]string{
		rules.English:    "Permit KH-7 ended on 2024-01-31.",
		rules.Indonesian: "Izin kerja KH-7 berakhir pada 2024-01-31.",
		rules.Khmer:      "លិខិតអនុញ្ញាតធ្វើការ KH-7 បានផុតកំណត់នៅ 2024-01-31។",
	} {
		if got := r.Render(p, l); got != want {
			t.Errorf("%s: %q, want %q", l, got, want)
		}
	}
	if got := because("from_another_pack", arg("until", "2024")).Render(p, rules.English); got != "from_another_pack until=2024" {
		t.Errorf("a reason the pack does not know: %q", got)
	}
}

// The texts of the pack are those that this package uses, no more and no less:
// a key that only one side knows would be shown bare, or never.
func TestKeysAreThoseOfThePack(t *testing.T) {
	used := map[string]bool{ // built in two pieces in childReason
		"child_register": true, "child_register_possible": true, "child_permit": true, "child_permit_possible": true,
		"stay_overstay": true, "stay_overstay_at_least": true, // chosen in overstay
	}
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if f, ok := call.Fun.(*ast.Ident); ok && f.Name == "because" {
				if key, ok := call.Args[0].(*ast.BasicLit); ok {
					s, _ := strconv.Unquote(key.Value)
					used[s] = true
				}
			}
			return true
		})
	}
	p := pack(t)
	got, want := slices.Sorted(maps.Keys(used)), slices.Sorted(maps.Keys(p.Reasons))
	for _, k := range got {
		if _, ok := p.Reasons[k]; !ok {
			t.Errorf("the pack has no text for %q", k)
		}
	}
	for _, k := range want {
		if !used[k] {
			t.Errorf("nothing gives the reason %q", k)
		}
	}
}

func TestReasonJSON(t *testing.T) {
	r := because("k", arg("until", `a"b\<ខ`), arg("from", ""))
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"key":"k","args":{"until":"a\"b\\\u003cខ","from":""}}`; string(b) != want {
		t.Errorf("%s, want %s", b, want)
	}
	if got := string(AppendReasons(nil, []Reason{because("a"), because("b", arg("n", "1"))})); got != `[{"key":"a"},{"key":"b","args":{"n":"1"}}]` {
		t.Error(got)
	}
	if got := string(AppendReasons(nil, nil)); got != "[]" {
		t.Error(got)
	}
	for _, bad := range []string{`1`, `{"key":1}`, `{"key":"a","args":[]}`, `{"key":"a","args":{"n":1}}`, `{"key":"a","args":{"n":{}}}`, `{"key":"a","more":1}`, `{"key":"a","args":null}`} {
		if err := json.Unmarshal([]byte(bad), &r); err == nil {
			t.Errorf("%s was accepted", bad)
		}
	}
}

func TestReasonJSONReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Reason{Key: rapid.String().Draw(t, "key")}
		for i := range rapid.IntRange(0, 3).Draw(t, "args") {
			r.Args = append(r.Args, arg("n"+strconv.Itoa(i), rapid.String().Draw(t, "value")))
		}
		b := r.AppendJSON(nil)
		if !json.Valid(b) {
			t.Fatalf("not JSON: %s", b)
		}
		var back Reason
		if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(back, r) {
			t.Fatalf("%s reads back as %+v, %v", b, back, err)
		}
	})
}

func FuzzReasonJSON(f *testing.F) {
	f.Add([]byte(`{"key":"stay_valid","args":{"until":"2024-05-01"}}`))
	f.Add([]byte(`{"key":"a","args":{"a":"1","a":"2"}}`))
	f.Add([]byte(`{"key":"a","args":{"`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var r, back Reason
		if json.Unmarshal(data, &r) != nil {
			return
		}
		if err := json.Unmarshal(r.AppendJSON(nil), &back); err != nil || !reflect.DeepEqual(r, back) {
			t.Errorf("%+v reads back as %+v, %v", r, back, err)
		}
	})
}

// The same of the texts of a joint status.
func TestKeysAreThoseOfTheJointTexts(t *testing.T) {
	keys := func(file, pattern string) map[string]bool {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]bool{}
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(b), -1) {
			out[m[1]] = true
		}
		return out
	}
	used, written := keys("joint.go", `"(joint_[a-z_]+)"`), keys("../../rules/joint.toml", `(?m)^\[reason\.(joint_[a-z_]+)\]`)
	if len(used) == 0 || !maps.Equal(used, written) {
		t.Errorf("used %v, written %v", slices.Sorted(maps.Keys(used)), slices.Sorted(maps.Keys(written)))
	}
}
