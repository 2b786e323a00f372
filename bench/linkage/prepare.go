package main

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"mitra/demo"
)

//go:embed splink_run.py
var splinkRun []byte

// pins are the packages that the Python environment gets, and nothing newer.
var pins = []string{"splink==4.0.17", "duckdb==2.0.1", "sqlglot==30.30.0"}

// bench is a workplace with both programs.
type bench struct {
	options
	mitra, python, script string
}

// prepare builds mitra and makes the Python environment, once.
func prepare(ctx context.Context, o options, say func(string, ...any)) (*bench, error) {
	mod, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return nil, fmt.Errorf("go env GOMOD: %w: run this in a checkout of Mitra", err)
	}
	o.root = filepath.Dir(strings.TrimSpace(string(mod)))
	if o.eval == "" {
		o.eval = filepath.Join(o.root, "..", "shared", "eval")
	}
	if o.work == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			cache = os.TempDir()
		}
		o.work = filepath.Join(cache, "mitra-bench-linkage")
	}
	if o.work, err = filepath.Abs(o.work); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.work, 0o700); err != nil {
		return nil, fmt.Errorf("%w: name another folder with --work", err)
	}
	b := &bench{options: o, mitra: filepath.Join(o.work, "mitra"), script: filepath.Join(o.work, "splink_run.py")}
	say("building mitra")
	build := exec.CommandContext(ctx, "go", "build", "-o", b.mitra, "./cmd/mitra")
	build.Dir, build.Env = o.root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build ./cmd/mitra: %w: %s", err, lastLine(string(out)))
	}
	if err := os.WriteFile(b.script, splinkRun, 0o600); err != nil {
		return nil, err
	}
	return b, b.venv(ctx, say)
}

// venv makes the Python environment, unless it is there with these very pins.
func (b *bench) venv(ctx context.Context, say func(string, ...any)) error {
	dir := filepath.Join(b.work, "venv")
	b.python = filepath.Join(dir, "bin", "python")
	stamp, want := filepath.Join(dir, "pins"), strings.Join(pins, " ")
	if have, err := os.ReadFile(stamp); err == nil && string(have) == want {
		return nil
	}
	say("installing %s", want)
	for _, argv := range [][]string{
		{"python3", "-m", "venv", dir},
		append([]string{b.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"}, pins...),
	} {
		if out, err := exec.CommandContext(ctx, argv[0], argv[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s: Splink needs Python 3.10 or later with venv, and once its package index",
				strings.Join(argv[:3], " "), err, lastLine(string(out)))
		}
	}
	return os.WriteFile(stamp, []byte(want), 0o600)
}

// set is one file, or two, with truth.
type set struct {
	name  string
	files []string
	truth func(file string) (*people, error)
	// hide is the column of truth, where its name does not say that it is one.
	hide  string
	rows  int          // of a synthetic file
	alone bool         // Mitra alone links it
	make  func() error // writes the files, which are ours to remove then
}

func (s set) remove() {
	if s.make != nil {
		for _, f := range s.files {
			os.Remove(f)
		}
	}
}

// sets lists what is compared. The files of people are written as they are needed.
func (b *bench) sets(say func(string, ...any)) (out []set, err error) {
	a, z := filepath.Join(b.eval, "febrl", "dataset4a.csv"), filepath.Join(b.eval, "febrl", "dataset4b.csv")
	switch _, err := os.Stat(a); {
	case errors.Is(err, fs.ErrNotExist):
		say("note: FEBRL 4 is left out: there is no %s; --eval names its folder", a)
	case err != nil:
		return nil, err
	default:
		out = append(out, set{name: "FEBRL 4", files: []string{a, z}, truth: func(f string) (*people, error) { return readPeople(f, "rec_id", febrlPerson) }})
	}
	if b.file != "" {
		path, err := filepath.Abs(b.file)
		if err != nil {
			return nil, err
		}
		out = append(out, set{name: filepath.Base(path), files: []string{path}, hide: b.truth,
			truth: func(f string) (*people, error) { return readPeople(f, b.truth, itself) }})
	}
	out = append(out, b.corridor())
	for i, list := range [][]int{b.rows, b.mitraRows} {
		for _, n := range list {
			path := filepath.Join(b.work, fmt.Sprintf("people-%d.csv", n))
			out = append(out, set{name: "people " + thousands(int64(n)), rows: n, alone: i == 1, files: []string{path},
				truth: func(f string) (*people, error) { return readPeople(f, "cluster", itself) },
				make:  func() error { return write(path, func(w io.Writer) error { return WritePeople(w, n, b.seed) }) }})
		}
	}
	return out, nil
}

// corridor is the register of residents and the list of permits of the demo.
func (b *bench) corridor() set {
	residents, permits := filepath.Join(b.work, "residents.csv"), filepath.Join(b.work, "permits.csv")
	truth := map[string]*people{}
	return set{
		name: "corridor", files: []string{residents, permits},
		truth: func(f string) (*people, error) { return truth[f], nil },
		make: func() error {
			c, err := demo.Generate(demo.Params{Seed: b.seed})
			if err != nil {
				return err
			}
			truth[residents] = newPeople(len(c.Residents), func(i int) (id, who string) { return c.Residents[i].ID, c.Residents[i].ID })
			truth[permits] = newPeople(len(c.Permits), func(i int) (id, who string) { return c.Permits[i].ID, c.Permits[i].Resident })
			return errors.Join(write(residents, c.WriteResidents), write(permits, c.WritePermits))
		},
	}
}

func write(path string, content func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	return errors.Join(content(w), w.Flush(), f.Close())
}

func itself(s string) string { return s }

// febrlPerson is N of rec-N-org and rec-N-dup-K.
func febrlPerson(id string) string {
	parts := strings.Split(id, "-")
	if len(parts) < 3 {
		return ""
	}
	return parts[1]
}
