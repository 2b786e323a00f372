// Package mitra_test keeps the rules of the house that no compiler keeps.
package mitra_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p pkg
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 5 {
		t.Fatalf("go list names only %d packages", len(all))
	}
	return all
}

// rank is a room's place in the order of imports: a room imports only rooms of
// a lower rank, or, where mayPeer says so, of its own.
var rank = map[string]int{"cmd": 6, "demo": 5, "node": 4, "web": 3, "desk": 2, "treaty": 1, "identity": 0, "store": 0, "table": 0, "rules": 0, "bench": 6}

func room(path string) string {
	rest, ok := strings.CutPrefix(path, "mitra/")
	if !ok {
		return ""
	}
	return strings.SplitN(rest, "/", 2)[0]
}

// TestImportsRunOneWay is DESIGN §4: cmd → demo → node → web → desk → treaty →
// {identity, store, table, rules}.
func TestImportsRunOneWay(t *testing.T) {
	for _, p := range packages(t) {
		from := room(p.ImportPath)
		if from == "" {
			continue // the root, which holds this test only
		}
		if _, ok := rank[from]; !ok {
			t.Errorf("%s stands in no room of the house", p.ImportPath)
			continue
		}
		for _, i := range p.Imports {
			to := room(i)
			if to == "" {
				continue
			}
			switch {
			case rank[to] > rank[from]:
				t.Errorf("%s imports %s: imports run the other way", p.ImportPath, i)
			case rank[to] == rank[from] && to != from:
				t.Errorf("%s imports %s: rooms side by side do not know each other", p.ImportPath, i)
			case from == "desk" && to == "desk" && i != "mitra/desk/office" && i != "mitra/desk/registry" && !strings.HasPrefix(i, p.ImportPath+"/"):
				t.Errorf("%s imports %s: a desk imports no desk but office and registry", p.ImportPath, i)
			}
		}
	}
}

// TestIdentityIsPure is DESIGN §4: no database, network, clock or log.
func TestIdentityIsPure(t *testing.T) {
	for _, p := range packages(t) {
		if room(p.ImportPath) != "identity" {
			continue
		}
		for _, d := range p.Deps {
			switch {
			case d == "database/sql", d == "net", d == "net/http", d == "log", d == "log/slog", d == "os/exec":
				t.Errorf("%s depends on %s: it must stay pure", p.ImportPath, d)
			case room(d) != "" && room(d) != "identity":
				t.Errorf("%s depends on %s: identity knows nothing of the house", p.ImportPath, d)
			}
		}
	}
}

// TestNoCgo: the product builds anywhere Go does.
func TestNoCgo(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if .CgoFiles}}{{.ImportPath}}{{end}}", "./cmd/mitra").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	for _, p := range strings.Fields(string(out)) {
		if strings.Contains(p, ".") { // a module, not the standard library
			t.Errorf("%s needs cgo", p)
		}
	}
}
