package rules

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// ErrNoPack says that no pack of that name is shipped, or that none may judge
// the date asked for.
var ErrNoPack = errors.New("no such rule pack")

//go:embed status-*.toml
var shipped embed.FS

//go:embed joint.toml
var joint []byte

// jointTexts are the texts of a joint status.
var jointTexts = sync.OnceValues(func() (map[string]Text, error) {
	var file struct {
		Reasons map[string]Text `toml:"reason"`
	}
	md, err := toml.Decode(string(joint), &file)
	if err != nil {
		return nil, fmt.Errorf("joint.toml: %w", err)
	}
	if unknown := md.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("joint.toml: unknown key %s", unknown[0])
	}
	var f faults
	checkReasons(&f, file.Reasons)
	return file.Reasons, errors.Join(f...)
})

// packs reads every shipped pack once; they are immutable afterwards.
var packs = sync.OnceValues(func() ([]*StatusPack, error) { return readAll(shipped) })

// Load returns the pack called name, such as status-kh-1, whether or not it is
// still in force: a stored assessment is explained by the pack that made it.
// The error wraps [ErrNoPack] if there is none.
func Load(name string) (*StatusPack, error) {
	all, err := packs()
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if p.Name() == name {
			return p, nil
		}
	}
	return nil, fmt.Errorf("%w: %q", ErrNoPack, name)
}

// Status returns the pack in force on the as-of date (yyyy-mm-dd), the highest
// version where several are. The error wraps [ErrNoPack] if there is none.
func Status(asOf string) (*StatusPack, error) {
	all, err := packs()
	if err != nil {
		return nil, err
	}
	return choose(all, asOf)
}

func choose(all []*StatusPack, asOf string) (*StatusPack, error) {
	if _, err := time.Parse(time.DateOnly, asOf); err != nil {
		return nil, errors.New("the as-of date must be a full date, yyyy-mm-dd")
	}
	var best *StatusPack
	earliest := ""
	for _, p := range all {
		if p.InForce(asOf) && (best == nil || p.Version > best.Version) {
			best = p
		}
		if earliest == "" || p.From < earliest {
			earliest = p.From
		}
	}
	if best == nil {
		return nil, fmt.Errorf("%w: no status table is in force on %s; the first begins on %s", ErrNoPack, asOf, earliest)
	}
	return best, nil
}

func readAll(files fs.FS) ([]*StatusPack, error) {
	names, err := fs.Glob(files, "status-*.toml")
	if err != nil {
		return nil, err
	}
	var all []*StatusPack
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		p, err := Parse(data)
		if err != nil {
			return nil, fmt.Errorf("rule pack %s: %w", name, err)
		}
		if want := strings.TrimSuffix(name, ".toml"); p.Name() != want {
			return nil, fmt.Errorf("rule pack %s calls itself %s", name, p.Name())
		}
		all = append(all, p)
	}
	return all, nil
}

// Parse reads a pack from the bytes of its file. It refuses unknown keys, axis
// values that do not exist, missing texts, placeholders that differ between
// languages, and a table that could leave somebody without a class; the error
// lists every fault of the content.
func Parse(data []byte) (*StatusPack, error) {
	if !utf8.Valid(data) || bytes.ContainsRune(data, '\r') || bytes.HasPrefix(data, []byte("\ufeff")) {
		return nil, errors.New("not in canonical form: want UTF-8 without byte-order mark and carriage returns")
	}
	var p StatusPack
	md, err := toml.Decode(string(data), &p)
	if err != nil {
		return nil, err
	}
	if unknown := md.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("unknown key %s", unknown[0])
	}
	if err := p.index(); err != nil {
		return nil, err
	}
	if err := p.validate(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	p.Hash = hex.EncodeToString(sum[:])
	return &p, nil
}

// index builds the look-ups and refuses names that would be ambiguous.
func (p *StatusPack) index() (faults error) {
	p.duties = make(map[string]int)
	for i, d := range p.Duties {
		if _, twice := p.duties[d.ID]; twice || d.ID == "" {
			faults = errors.Join(faults, fmt.Errorf("duty %q: id missing or used twice", d.ID))
		}
		p.duties[d.ID] = i
	}
	p.visas = make(map[string]int)
	for i, v := range p.Visas {
		for _, name := range v.Names {
			key := strings.Join(visaWords(name), " ")
			if _, twice := p.visas[key]; twice || key == "" {
				faults = errors.Join(faults, fmt.Errorf("visa %q: name %q is empty or stands twice", v.ID, name))
			}
			p.visas[key] = i
		}
	}
	return faults
}

// known reports whether a duty of that id exists.
func (p *StatusPack) known(duty string) bool { _, ok := p.duties[duty]; return ok }

func (p *StatusPack) usesDuty(id string) bool {
	return slices.ContainsFunc(p.Rows, func(r Row) bool { return slices.Contains(r.Duties, id) }) ||
		slices.ContainsFunc(p.Additions, func(a Addition) bool { return slices.Contains(a.Duties, id) })
}
