package linkage_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"mitra/identity/linkage"
)

// Bytes of a file are changed at random and the checksum made right again: what
// cannot be read says so, what can be is an index like another.
func TestReadIndexOfChangedFiles(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	var related bytes.Buffer
	relatedIndex(t, 40).WriteTo(&related)
	for _, good := range [][]byte{savedBytes(t, 2), related.Bytes()} {
		good = good[:len(good)-32]
		read := 0
		for range 300 {
			b := bytes.Clone(good)
			for range 1 + rng.IntN(3) {
				switch i := rng.IntN(len(b)); rng.IntN(3) {
				case 0:
					b[i] ^= 1 << rng.IntN(8)
				case 1:
					b[i] = byte(rng.IntN(256))
				case 2:
					copy(b[i:], b[max(0, i-1-rng.IntN(8)):i])
				}
			}
			start := time.Now()
			x, err := linkage.ReadIndex(bytes.NewReader(linkage.WithChecksum(b)))
			if err == nil {
				read++
				x.Search([]string{"1", "Budi Santoso", "M", "1990-01-02", "A1234567"}, 5)
				x.Search([]string{"1", "Mary Smith", "High Road 3", "Town", "12345", "0812345678"}, 5)
				x.Add("new", []string{"1", "Budi Santoso", "M", "1990-01-02", "A1234567"})
				x.Remove("P1")
				x.Merge()
				x.WriteTo(io.Discard)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("%v", took)
			}
		}
		t.Log(read, "of 300 could be read")
	}
}
