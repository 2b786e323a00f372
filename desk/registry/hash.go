package registry

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
)

// Hash is the SHA-256 of one version of a record: of noun, source and key, of
// the cells as given under their headings, and of the values as read.
//
// It does not cover where the row stood, the order of columns, empty cells, nor
// running numbers of rows: a list that was sorted anew says the same. It covers
// the values as read, so that a record is read again, with history, when the
// program has learned to read better.
type Hash [sha256.Size]byte

func appendSized(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// hashOf returns the hash and the buffer for the next call. cells and columns
// are nil for the end of a record.
func hashOf(b []byte, n Noun, source, key string, columns []column, cells []string, fields []byte) (Hash, []byte) {
	b = append(b[:0], "mitra record 1\n"...)
	b = appendSized(b, string(n))
	b = appendSized(b, source)
	b = appendSized(b, key)
	for _, c := range columns {
		if c.running || cells[c.at] == "" {
			continue
		}
		b = append(b, 1)
		b = appendSized(b, c.heading)
		b = appendSized(b, cells[c.at])
	}
	b = append(b, 0)
	b = append(b, fields...)
	return sha256.Sum256(b), b
}

// sealOf is the SHA-256 of a stored version: of its hash and of what ties it to
// the others and to its place. Links and assessments name records by these ids,
// so they have to be bound as well as the content.
func sealOf(b []byte, id, entry, previous string, line int64, ended bool, hash Hash) (Hash, []byte) {
	b = append(b[:0], "mitra version 1\n"...)
	b = appendSized(b, id)
	b = appendSized(b, entry)
	b = appendSized(b, previous)
	b = binary.AppendVarint(b, line)
	if ended {
		b = append(b, 1)
	}
	b = append(b, hash[:]...)
	return sha256.Sum256(b), b
}

// versionsHash is the SHA-256 over the sorted hashes, in hexadecimal.
func versionsHash(hashes []Hash) string {
	slices.SortFunc(hashes, func(a, b Hash) int { return bytes.Compare(a[:], b[:]) })
	h := sha256.New()
	for i := range hashes {
		h.Write(hashes[i][:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// labelsHash is the SHA-256, in hexadecimal, of what the file is called and what
// its columns are, as the batch stores it.
func labelsHash(salt, file, header, columns string) string {
	b := []byte("mitra labels 1\n")
	for _, s := range []string{salt, file, header, columns} {
		b = appendSized(b, s)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
