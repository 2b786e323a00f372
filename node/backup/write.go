package backup

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"

	"filippo.io/age"
)

// A Writer writes a backup: its files, then its tables in the order of the
// manifest, then [Writer.Close].
type Writer struct {
	m    Manifest
	sums sums
	seal io.WriteCloser
	tar  *tar.Writer
	next int    // table to come
	row  []byte // the piece that is being filled
}

// Create begins a backup that recipients can open; a passphrase is the only
// recipient of its file.
func Create(w io.Writer, m Manifest, to ...age.Recipient) (*Writer, error) {
	if err := m.validate(); err != nil {
		return nil, err
	}
	seal, err := age.Encrypt(w, to...)
	if err != nil {
		return nil, fmt.Errorf("encrypt the backup: %w", err)
	}
	if _, scrypt := to[0].(*age.ScryptRecipient); scrypt {
		runtime.GC() // the memory that it used, or the heap may grow to twice of it
	}
	b := &Writer{m: m, seal: seal, tar: tar.NewWriter(seal)}
	text, err := marshal(m)
	if err != nil {
		return nil, err
	}
	b.sums.Manifest = sumOf(text)
	b.sums.Files, b.sums.Tables = []fileSum{}, []Sum{}
	return b, b.entry(manifestName, text)
}

const (
	manifestName = "manifest.json"
	sumsName     = "sums.json"
	filesDir     = "files/"
	tablesDir    = "tables/"
)

func pieceName(table string, n int) string {
	return fmt.Sprintf("%s%s/%08d.jsonl", tablesDir, table, n)
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// marshal is JSON for people to read.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(v)
	return b.Bytes(), err
}

func (b *Writer) entry(name string, content []byte) error {
	if err := b.tar.WriteHeader(&tar.Header{
		Format: tar.FormatUSTAR, Typeflag: tar.TypeReg, Name: name, Mode: 0o600, Size: int64(len(content)), ModTime: b.m.At,
	}); err != nil {
		return err
	}
	_, err := b.tar.Write(content)
	return err
}

// File adds a file of the node's folder.
func (b *Writer) File(name string, content []byte) error {
	if !IsFile(name) || len(content) > mostFile || len(b.sums.Files) == mostFiles || b.next > 0 {
		return errors.New("a file that a backup cannot hold here: " + name)
	}
	b.sums.Files = append(b.sums.Files, fileSum{name, sumOf(content)})
	return b.entry(filesDir+name, content)
}

// Table adds the next table of the manifest. rows calls its argument with each
// row: one value for each column, nil, string, int64, float64 or []byte.
func (b *Writer) Table(rows func(yield func(row []any) error) error) error {
	if b.next == len(b.m.Tables) {
		return errors.New("more tables than the manifest names")
	}
	t := b.m.Tables[b.next]
	b.next++
	hash, sum, pieces := sha256.New(), Sum{Name: t.Name}, 0
	flush := func() error {
		pieces++
		hash.Write(b.row)
		err := b.entry(pieceName(t.Name, pieces), b.row)
		b.row = b.row[:0]
		return err
	}
	b.row = b.row[:0]
	err := rows(func(row []any) (err error) {
		before := len(b.row)
		if b.row, err = appendRow(b.row, t.Columns, row); err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
		if len(b.row)-before > mostRow {
			return fmt.Errorf("table %s: a row is too large for a backup", t.Name)
		}
		sum.Rows++
		if len(b.row) < piece {
			return nil
		}
		return flush()
	})
	if err == nil && len(b.row) > 0 {
		err = flush()
	}
	sum.SHA256 = hex.EncodeToString(hash.Sum(nil))
	b.sums.Tables = append(b.sums.Tables, sum)
	return err
}

// Close writes the end, without which there is no backup, and returns what went
// into the tables. It does not close the writer below.
func (b *Writer) Close() ([]Sum, error) {
	if b.next != len(b.m.Tables) {
		return nil, errors.New("fewer tables than the manifest names")
	}
	text, err := marshal(b.sums)
	if err != nil {
		return nil, err
	}
	if err := b.entry(sumsName, text); err != nil {
		return nil, err
	}
	if err := b.tar.Close(); err != nil {
		return nil, err
	}
	return b.sums.Tables, b.seal.Close()
}
