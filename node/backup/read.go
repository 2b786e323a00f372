package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"slices"
	"strings"

	"filippo.io/age"

	"mitra/node/keyring"
)

// A Reader reads a backup in the order in which it was written: [Reader.Files],
// each [Reader.Table], and [Reader.Close], which alone says that all of it came
// and nothing else.
type Reader struct {
	Manifest Manifest

	tar   *tar.Reader
	plain io.Reader
	entry *tar.Header // that comes next; nil: none was looked for, or it was used
	sums  sums        // of what came
	next  int         // table to come
}

const (
	ageIntro    = "age-encryption.org/v1\n"
	scryptIntro = ageIntro + "-> scrypt "
)

// WithPassphrase reports whether a file that begins like this is a backup that a
// passphrase opens. It returns [ErrNotBackup] where it cannot be a backup at all.
func WithPassphrase(r *bufio.Reader) (bool, error) {
	head, err := r.Peek(len(scryptIntro))
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	if !strings.HasPrefix(string(head), ageIntro) {
		if strings.HasPrefix(ageIntro, string(head)) && len(head) > 0 {
			return false, ErrTruncated
		}
		return false, ErrNotBackup
	}
	return string(head) == scryptIntro, nil
}

// Open begins to read a backup. Its errors, and those of the methods, wrap one of
// the errors of this package, [keyring.ErrWrongPassphrase], or an error of the
// system.
func Open(r *bufio.Reader, with ...age.Identity) (*Reader, error) {
	scrypt, err := WithPassphrase(r)
	if err != nil {
		return nil, err
	}
	plain, err := age.Decrypt(r, with...)
	if none := (*age.NoIdentityMatchError)(nil); errors.As(err, &none) {
		if scrypt {
			return nil, keyring.ErrWrongPassphrase
		}
		return nil, ErrIdentity
	}
	if err != nil {
		return nil, unreadable(err)
	}
	if scrypt {
		runtime.GC() // the memory that it used, or the heap may grow to twice of it
	}
	b := &Reader{plain: plain, tar: tar.NewReader(plain)}
	b.sums.Files, b.sums.Tables = []fileSum{}, []Sum{}
	h, err := b.peek()
	switch {
	case err != nil && (errors.Is(err, ErrTruncated) || system(err)):
		return nil, err
	case err != nil || h == nil || h.Name != manifestName:
		if err := b.authentic(); err != nil {
			return nil, err
		}
		return nil, ErrNotBackup // encrypted for us, and something else
	}
	text, err := b.content(mostJSON)
	if err != nil {
		return nil, err
	}
	var version struct {
		Format int `json:"format"`
	}
	if json.Unmarshal(text, &version) == nil && version.Format > Format {
		return nil, Manifest{Format: version.Format}.validate()
	}
	if err := strict(text, &b.Manifest); err != nil {
		return nil, fmt.Errorf("%w: its manifest cannot be read", ErrDamaged)
	}
	b.sums.Manifest = sumOf(text)
	return b, b.Manifest.validate()
}

// authentic reads on for the error that age has for what was changed, which says
// more than what the change led to.
func (b *Reader) authentic() error {
	if _, err := io.Copy(io.Discard, b.plain); err != nil {
		return unreadable(err)
	}
	return nil
}

func strict(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if d.More() {
		return errors.New("more than one value")
	}
	return nil
}

// system reports whether err is the system's about the file, and not about what
// is in it.
func system(err error) bool {
	path := (*fs.PathError)(nil)
	return errors.As(err, &path)
}

// unreadable is what an error of age or tar means.
func unreadable(err error) error {
	switch {
	case system(err), errors.Is(err, ErrDamaged), errors.Is(err, ErrTruncated):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return ErrTruncated
	}
	return ErrDamaged
}

func damaged(what string) error { return fmt.Errorf("%w: %s", ErrDamaged, what) }

// peek is the entry that comes next; nil at the end.
func (b *Reader) peek() (*tar.Header, error) {
	if b.entry != nil {
		return b.entry, nil
	}
	h, err := b.tar.Next()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, unreadable(err)
	}
	if h.Typeflag != tar.TypeReg || h.Format != tar.FormatUSTAR { // others can claim to be large with nothing in them
		return nil, damaged("an entry is no plain file")
	}
	b.entry = h
	return h, nil
}

// content reads the entry that comes next.
func (b *Reader) content(most int64) ([]byte, error) {
	h, err := b.peek()
	if err != nil {
		return nil, err
	}
	if h == nil {
		return nil, ErrTruncated
	}
	if h.Size > most {
		return nil, damaged("an entry is too large")
	}
	b.entry = nil
	text, err := io.ReadAll(b.tar)
	if err != nil {
		return nil, unreadable(err)
	}
	return text, nil
}

// Files hands out the files of the node's folder.
func (b *Reader) Files(yield func(name string, content []byte) error) error {
	for {
		h, err := b.peek()
		if err != nil {
			return err
		}
		if h == nil || !strings.HasPrefix(h.Name, filesDir) {
			return nil
		}
		name := strings.TrimPrefix(h.Name, filesDir)
		if !IsFile(name) || len(b.sums.Files) == mostFiles || slices.ContainsFunc(b.sums.Files, func(f fileSum) bool { return f.Name == name }) {
			return damaged("a file in it belongs to no node")
		}
		content, err := b.content(mostFile)
		if err != nil {
			return err
		}
		b.sums.Files = append(b.sums.Files, fileSum{name, sumOf(content)})
		if err := yield(name, content); err != nil {
			return err
		}
	}
}

// Table hands out the rows of the next table of the manifest. The slice is used
// again for the next row; what is in it is not.
func (b *Reader) Table(yield func(row []any) error) error {
	if b.next == len(b.Manifest.Tables) {
		return errors.New("more tables are read than the manifest names")
	}
	t := b.Manifest.Tables[b.next]
	b.next++
	hash, sum := sha256.New(), Sum{Name: t.Name}
	row := make([]any, len(t.Columns))
	var line []byte
	for pieces := 1; ; pieces++ {
		h, err := b.peek()
		if err != nil {
			return err
		}
		if h == nil || h.Name != pieceName(t.Name, pieces) {
			break
		}
		b.entry = nil
		in := bufio.NewReaderSize(io.TeeReader(b.tar, hash), 1<<16)
		for {
			line = line[:0]
			for {
				part, err := in.ReadSlice('\n')
				line = append(line, part...)
				if err == nil || len(line) == 0 && errors.Is(err, io.EOF) {
					break
				}
				if errors.Is(err, io.EOF) {
					return damaged("table " + t.Name + ": a row breaks off")
				}
				if !errors.Is(err, bufio.ErrBufferFull) {
					return unreadable(err)
				}
				if len(line) > mostRow {
					return damaged("table " + t.Name + ": a row is too large")
				}
			}
			if len(line) == 0 {
				break
			}
			if err := parseRow(line[:len(line)-1], t.Columns, row); err != nil {
				return damaged("table " + t.Name + ": " + err.Error())
			}
			sum.Rows++
			if err := yield(row); err != nil {
				return err
			}
		}
	}
	sum.SHA256 = hex.EncodeToString(hash.Sum(nil))
	b.sums.Tables = append(b.sums.Tables, sum)
	return nil
}

// Close makes sure that the backup came whole, and returns what came of the
// tables.
func (b *Reader) Close() ([]Sum, error) {
	h, err := b.peek()
	if err != nil {
		return nil, err
	}
	if h == nil {
		return nil, ErrTruncated
	}
	if h.Name != sumsName || b.next != len(b.Manifest.Tables) {
		return nil, damaged("its entries are not those that the manifest names")
	}
	text, err := b.content(mostJSON)
	if err != nil {
		return nil, err
	}
	var want sums
	if err := strict(text, &want); err != nil {
		return nil, damaged("its sums cannot be read")
	}
	if want.Manifest != b.sums.Manifest || !slices.Equal(want.Files, b.sums.Files) {
		return nil, damaged("its files are not those that were put in")
	}
	for i, t := range b.sums.Tables {
		if i >= len(want.Tables) || want.Tables[i] != t {
			return nil, damaged("table " + t.Name + ": the rows are not those that were put in")
		}
	}
	if h, err := b.peek(); err != nil || h != nil || len(want.Tables) != len(b.sums.Tables) {
		return nil, errors.Join(err, damaged("there is more than belongs in it"))
	}
	return b.sums.Tables, b.authentic()
}
