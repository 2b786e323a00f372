package keyring_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"mitra/node/keyring"
)

const phrase = "five words that are random"

// typed is a passphrase as it is typed: the answers to prompts, in their order.
func typed(t *testing.T, answers ...string) (*keyring.Passphrase, *[]string) {
	t.Helper()
	var prompts []string
	return &keyring.Passphrase{
		Of: "the keys", Variable: "KEYRING_TEST_FILE", Credential: "cred", Work: 4,
		Terminal: func(prompt string) (string, error) {
			prompts = append(prompts, prompt)
			if len(prompts) > len(answers) {
				t.Errorf("asked once more: %q", prompt)
				return "", errors.New("asked too often")
			}
			return answers[len(prompts)-1], nil
		},
	}, &prompts
}

func list(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		fi, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if fi.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", e.Name(), fi.Mode())
		}
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func TestPlainProtectedAndBack(t *testing.T) {
	dir := t.TempDir()
	plain := keyring.Ring{Dir: dir}
	for _, name := range []string{"a", "b"} {
		if err := plain.Create(name, []byte("secret "+name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := plain.Create("a", nil); !errors.Is(err, keyring.ErrExists) {
		t.Errorf("twice: %v", err)
	}
	pass, prompts := typed(t, phrase, phrase)
	if n, err := (keyring.Ring{Dir: dir, Passphrase: pass}).Protect("a", "b", "absent"); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	if got := list(t, dir); got != "a.age b.age" {
		t.Fatal(got)
	}
	if len(*prompts) != 2 || !strings.HasPrefix((*prompts)[0], "New passphrase of the keys") {
		t.Errorf("prompts %q", *prompts)
	}
	for _, name := range []string{"a", "b"} {
		file, err := os.ReadFile(filepath.Join(dir, name+".age"))
		if err != nil || bytes.Contains(file, []byte("secret")) || !bytes.HasPrefix(file, []byte("age-encryption.org/v1\n-> scrypt ")) {
			t.Errorf("%s: %v %q", name, err, file)
		}
	}
	// One question for all files of a process.
	pass, prompts = typed(t, phrase)
	ring := keyring.Ring{Dir: dir, Passphrase: pass}
	for _, name := range []string{"a", "b", "a"} {
		if got, err := ring.Read(name); err != nil || string(got) != "secret "+name {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
	if len(*prompts) != 1 {
		t.Errorf("prompts %q", *prompts)
	}
	if _, err := plain.Read("a"); !errors.Is(err, keyring.ErrNoPassphrase) {
		t.Errorf("without a passphrase: %v", err)
	}
	pass, _ = typed(t, "another passphrase")
	if _, err := (keyring.Ring{Dir: dir, Passphrase: pass}).Read("a"); !errors.Is(err, keyring.ErrWrongPassphrase) || strings.Contains(err.Error(), "another") {
		t.Errorf("a wrong passphrase: %v", err)
	}
	if _, err := plain.Read("absent"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
	if n, err := ring.Unprotect("a", "b", "absent"); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	if got := list(t, dir); got != "a b" {
		t.Fatal(got)
	}
}

// TestCutOff puts a folder into every state in which a killed process can leave it:
// each can be read, and each way can be gone to its end.
func TestCutOff(t *testing.T) {
	var sealed bytes.Buffer
	to, err := age.NewScryptRecipient(phrase)
	if err != nil {
		t.Fatal(err)
	}
	to.SetWorkFactor(4)
	w, err := age.Encrypt(&sealed, to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("secret")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, state := range []map[string]string{
		{"a": "secret", "a.age.new": "half"},
		{"a": "secret", "a.age": sealed.String()},
		{"a.age": sealed.String(), "a.new": "sec"},
		{"a": "secret", "b.age": sealed.String()},
	} {
		for _, protect := range []bool{true, false} {
			dir := t.TempDir()
			for name, text := range state {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			pass, _ := typed(t, phrase, phrase)
			ring := keyring.Ring{Dir: dir, Passphrase: pass}
			if got, err := ring.Read("a"); err != nil || string(got) != "secret" {
				t.Fatalf("%v: %q %v", state, got, err)
			}
			do, suffix := ring.Unprotect, ""
			if protect {
				do, suffix = ring.Protect, ".age"
			}
			if _, err := do("a", "b"); err != nil {
				t.Fatalf("%v: %v", state, err)
			}
			for _, name := range []string{"a", "b"} {
				if !ring.Has(name) {
					continue
				}
				if _, err := os.Stat(filepath.Join(dir, name+suffix)); err != nil || ring.Plain(name) == protect || ring.Protected(name) != protect {
					t.Errorf("%v: %s is not as it should be: %s", state, name, list(t, dir))
				}
				if got, err := ring.Read(name); err != nil || string(got) != "secret" {
					t.Errorf("%v: %q %v", state, got, err)
				}
			}
		}
	}
}

// TestOnePassphrase: secrets never come to be under two.
func TestOnePassphrase(t *testing.T) {
	dir := t.TempDir()
	pass, _ := typed(t, phrase, phrase)
	if err := (keyring.Ring{Dir: dir, Passphrase: pass}).Create("a", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := (keyring.Ring{Dir: dir}).Create("b", []byte("x")); err != nil {
		t.Fatal(err)
	}
	pass, _ = typed(t, "quite another one")
	if n, err := (keyring.Ring{Dir: dir, Passphrase: pass}).Protect("a", "b"); n != 0 || !errors.Is(err, keyring.ErrWrongPassphrase) {
		t.Errorf("%d %v", n, err)
	}
	if got := list(t, dir); got != "a.age b" {
		t.Error(got)
	}
}

func TestWhereAPassphraseComesFrom(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file("cred", phrase+"\r\n", 0o440) // as systemd may show it
	good, loose := file("good", phrase+"\n", 0o600), file("loose", phrase, 0o640)
	two, empty, long := file("two", "one line\nand another\n", 0o600), file("empty", "\n", 0o600), file("long", strings.Repeat("x", 2000), 0o600)
	short := file("short", "short\n", 0o600)
	ring := keyring.Ring{Dir: t.TempDir()}
	ring.Passphrase, _ = typed(t, phrase, phrase)
	if err := ring.Create("a", []byte("x")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what, variable, credentials string
		want                        error
	}{
		{"a file", good, "", nil},
		{"a credential", "", dir, nil},
		{"no credential of the name", "", ring.Dir, keyring.ErrNoPassphrase},
		{"a loose file", loose, dir, keyring.ErrLoose},
		{"no file", filepath.Join(dir, "absent"), dir, fs.ErrNotExist},
		{"two lines", two, "", keyring.ErrBadPassphrase},
		{"an empty file", empty, "", keyring.ErrBadPassphrase},
		{"a long file", long, "", keyring.ErrBadPassphrase},
		{"a wrong one", short, "", keyring.ErrWrongPassphrase},
		{"nothing", "", "", keyring.ErrNoPassphrase},
	} {
		t.Setenv("KEYRING_TEST_FILE", c.variable)
		t.Setenv("CREDENTIALS_DIRECTORY", c.credentials)
		ring.Passphrase = &keyring.Passphrase{Of: "it", Variable: "KEYRING_TEST_FILE", Credential: "cred"}
		if _, err := ring.Read("a"); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.what, err, c.want)
		}
	}
	t.Setenv("KEYRING_TEST_FILE", short)
	if err := ring.Create("new", nil); !errors.Is(err, keyring.ErrBadPassphrase) {
		t.Errorf("a short new one: %v", err)
	}
	t.Setenv("KEYRING_TEST_FILE", "")
	for _, answers := range [][]string{{"short"}, {phrase, phrase + "r"}, {""}} {
		ring.Passphrase, _ = typed(t, answers...)
		if err := ring.Create("new", nil); !errors.Is(err, keyring.ErrBadPassphrase) {
			t.Errorf("typed %q: %v", answers, err)
		}
	}
	if got := list(t, ring.Dir); got != "a.age" {
		t.Error(got)
	}
}

// TestRefused: files that are loose or damaged, in either form.
func TestRefused(t *testing.T) {
	dir := t.TempDir()
	ring := keyring.Ring{Dir: dir}
	ring.Passphrase, _ = typed(t, phrase, phrase)
	if err := ring.Create("a", []byte("x")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "a.age")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		changed := bytes.Clone(whole)
		changed[i] ^= 1
		if err := os.WriteFile(path, changed, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ring.Read("a"); !errors.Is(err, keyring.ErrDamaged) && !errors.Is(err, keyring.ErrWrongPassphrase) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
	for _, name := range []string{"a.age", "b"} {
		if err := os.WriteFile(filepath.Join(dir, name), whole, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(dir, name), 0o604); err != nil {
			t.Fatal(err)
		}
		if _, err := ring.Read(strings.TrimSuffix(name, ".age")); !errors.Is(err, keyring.ErrLoose) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "a.age.new")); err == nil {
		t.Error("something unfinished is left")
	}
}
