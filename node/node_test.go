package node_test

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mitra/node"
	"mitra/node/keyring"
	"mitra/store/storetest"
	"mitra/treaty/journal"
)

func setup() node.Setup { return node.Setup{Country: "kh", Authority: "Office \"A\"", Actor: "admin"} }

// files lists a folder with the content of its files.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	if err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		out[p] = string(b)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestInitThenOpen(t *testing.T) {
	h := node.Home(filepath.Join(t.TempDir(), "a", "home"))
	if err := node.Init(t.Context(), h, setup()); err != nil {
		t.Fatal(err)
	}
	n, err := node.Open(t.Context(), h, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if n.Config.Country != "KH" || n.Config.Authority != `Office "A"` || n.Config.ID == "" {
		t.Errorf("configuration %+v", n.Config)
	}
	rep, err := node.Verify(t.Context(), h, "", true)
	if err != nil || !rep.OK || len(rep.Books) != 1 || rep.Books[0].Size != 2 || rep.Books[0].HeadFile != 2 {
		t.Errorf("the journal after init: %+v, %v", rep, err)
	}
	for _, p := range []string{"mitra.toml", "mitra.db", "keys/journal.key"} {
		if fi, err := os.Stat(filepath.Join(string(h), p)); err != nil || fi.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want mode 0600", p, fi.Mode(), err)
		}
	}
}

func TestInitOverwritesNothing(t *testing.T) {
	for _, rest := range []string{"mitra.toml", "mitra.db", "mitra.db-wal", "keys/journal.key", "heads/house.head", "rejected/x.csv"} {
		t.Run(rest, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, rest)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte("the only copy"), 0o600); err != nil {
				t.Fatal(err)
			}
			before := files(t, dir)
			if err := node.Init(t.Context(), node.Home(dir), setup()); !errors.Is(err, node.ErrHomeExists) {
				t.Errorf("error %v, want ErrHomeExists", err)
			}
			after := files(t, dir)
			if len(after) != len(before) || after[path] != before[path] {
				t.Errorf("before %v, after %v", before, after)
			}
		})
	}
}

func TestInitThatFailsLeavesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := node.Init(ctx, node.Home(dir), setup()); err == nil {
		t.Fatal("an interrupted init succeeded")
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v stands there: %v", files(t, dir), err)
	}
	for _, s := range []node.Setup{{Country: "Cambodia", Authority: "A"}, {Country: "KH"}, {Country: "KH", Authority: "two\nlines"}} {
		if err := node.Init(t.Context(), node.Home(dir), s); !errors.Is(err, node.ErrConfig) {
			t.Errorf("%+v: error %v, want ErrConfig", s, err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(h string) error
		want  error
	}{
		"no home":        {func(h string) error { return os.RemoveAll(h) }, node.ErrNoHome},
		"unknown key":    {func(h string) error { return change(h+"/mitra.toml", "country", "colour") }, node.ErrConfig},
		"wrong country":  {func(h string) error { return change(h+"/mitra.toml", `"KH"`, `"Kampuchea"`) }, node.ErrConfig},
		"loose key":      {func(h string) error { return os.Chmod(h+"/keys/journal.key", 0o644) }, keyring.ErrLoose},
		"lost database":  {func(h string) error { return os.Remove(h + "/mitra.db") }, node.ErrIncomplete},
		"empty database": {func(h string) error { return os.Truncate(h+"/mitra.db", 0) }, node.ErrIncomplete},
		"junk key":       {func(h string) error { return os.WriteFile(h+"/keys/journal.key", []byte("junk"), 0o600) }, node.ErrIncomplete},
		"junk public":    {func(h string) error { return os.WriteFile(h+"/keys/journal.pub", []byte("junk"), 0o600) }, node.ErrIncomplete},
		"another public": {anotherKey, node.ErrIncomplete},
		"lost key":       {func(h string) error { return os.Remove(h + "/keys/journal.key") }, node.ErrIncomplete},
		"no DSN":         {func(h string) error { return change(h+"/mitra.toml", `database = "sqlite"`, `database = "env"`) }, node.ErrNoDSN},
		"not TOML":       {func(h string) error { return os.WriteFile(h+"/mitra.toml", []byte("= ="), 0o600) }, node.ErrConfig},
		"wrong database": {func(h string) error { return change(h+"/mitra.toml", `database = "sqlite"`, `database = "oracle"`) }, node.ErrConfig},
	} {
		t.Run(name, func(t *testing.T) {
			h := filepath.Join(t.TempDir(), "home")
			if err := node.Init(t.Context(), node.Home(h), setup()); err != nil {
				t.Fatal(err)
			}
			if err := c.spoil(h); err != nil {
				t.Fatal(err)
			}
			before := files(t, filepath.Dir(h))
			n, err := node.Open(t.Context(), node.Home(h), "", nil)
			if err == nil {
				n.Close()
			}
			if !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			if after := files(t, filepath.Dir(h)); len(after) != len(before) {
				t.Errorf("a refused start changed the folder: %d files, then %d", len(before), len(after))
			}
		})
	}
}

func change(path, from, to string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(strings.Replace(string(b), from, to, 1)), 0o600)
}

// Two nodes never share a database, and a failed init leaves the first one whole.
func TestInitRefusesAnothersDatabase(t *testing.T) {
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		if !strings.Contains(dsn, "host=") && !strings.HasPrefix(dsn, "postgres") {
			t.Skip("a SQLite node has a database of its own by construction")
		}
		s := setup()
		s.DSN = dsn
		first := node.Home(filepath.Join(t.TempDir(), "first"))
		if err := node.Init(t.Context(), first, s); err != nil {
			t.Fatal(err)
		}
		second := filepath.Join(t.TempDir(), "second")
		if err := node.Init(t.Context(), node.Home(second), s); !errors.Is(err, node.ErrForeignData) {
			t.Errorf("error %v, want ErrForeignData", err)
		}
		if _, err := os.Stat(second); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the refused node left %v", files(t, second))
		}
		n, err := node.Open(t.Context(), first, dsn, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer n.Close()
		if err := n.Settle(t.Context()); err != nil {
			t.Errorf("the first node's journal: %v", err)
		}
	})
}

// anotherKey puts the public half of another key into a home.
func anotherKey(h string) error {
	_, vkey, err := journal.NewKey("mitra/KH/other", rand.Reader)
	if err != nil {
		return err
	}
	return os.WriteFile(h+"/keys/journal.pub", []byte(vkey), 0o600)
}
