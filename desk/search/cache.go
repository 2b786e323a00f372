package search

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"

	"mitra/identity/linkage"
)

// Cache is where a finder keeps its index: File holds it, encrypted, and Key the key,
// both with mode 0600. The zero Cache keeps nothing.
type Cache struct{ File, Key string }

// kept is what a cache holds.
type kept struct {
	index *linkage.Index
	live  map[string]bool
	came  int
}

// cacheHead stands before the index, with its length in four bytes.
type cacheHead struct {
	Columns []string `json:"columns"` // other columns are another program's
	Batches []string `json:"batches"`
	Came    int      `json:"came"`
}

const mostHead = 1 << 24

var errStale = errors.New("the cache is of another program")

func (c Cache) load() (k kept, err error) {
	key, err := os.ReadFile(c.Key)
	if err != nil {
		return k, err
	}
	identity, err := age.ParseX25519Identity(strings.TrimSpace(string(key)))
	if err != nil {
		return k, err
	}
	file, err := os.Open(c.File)
	if err != nil {
		return k, err
	}
	defer file.Close()
	r, err := age.Decrypt(bufio.NewReaderSize(file, 1<<18), identity)
	if err != nil {
		return k, err
	}
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return k, err
	}
	n := binary.LittleEndian.Uint32(size[:])
	if n > mostHead {
		return k, errStale
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return k, err
	}
	var head cacheHead
	if err := json.Unmarshal(text, &head); err != nil {
		return k, err
	}
	if !slices.Equal(head.Columns, headings()) {
		return k, errStale
	}
	if k.index, err = linkage.ReadIndex(r); err != nil {
		return k, err
	}
	k.live, k.came = make(map[string]bool, len(head.Batches)), head.Came
	for _, b := range head.Batches {
		k.live[b] = true
	}
	return k, nil
}

// save writes the key, which is a new one each time, and then the file. A process
// that reads between the two, or beside another that saves, finds a file that the key
// does not open, and makes its index from the database.
func (c Cache) save(k kept) error {
	if c == (Cache{}) {
		return nil
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	if err := replace(c.Key, func(w io.Writer) error {
		_, err := io.WriteString(w, identity.String()+"\n")
		return err
	}); err != nil {
		return err
	}
	return replace(c.File, func(w io.Writer) error {
		out, err := age.Encrypt(w, identity.Recipient())
		if err != nil {
			return err
		}
		head := cacheHead{Columns: headings(), Came: k.came}
		for b := range k.live {
			head.Batches = append(head.Batches, b)
		}
		slices.Sort(head.Batches)
		text, err := json.Marshal(head)
		if err != nil {
			return err
		}
		if _, err := out.Write(append(binary.LittleEndian.AppendUint32(nil, uint32(len(text))), text...)); err != nil {
			return err
		}
		if _, err := k.index.WriteTo(out); err != nil {
			return err
		}
		return out.Close()
	})
}

// replace makes a file in the place of what stands there, or leaves that alone.
func replace(path string, fill func(w io.Writer) error) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // of mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(file.Name())
		}
	}()
	w := bufio.NewWriterSize(file, 1<<18)
	err = errors.Join(fill(w), w.Flush())
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
