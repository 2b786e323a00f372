package registry

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Keys. A record is known within its source by the source's id; without one by
// the number of the document that the noun is about; without that by its
// content. A key shows which: an id stands as it is, the others have a prefix.
const (
	idPrefix       = "id:" // before an id that looks like one of the others
	passportPrefix = "passport:"
	permitPrefix   = "permit:"
	contentPrefix  = "content:"
)

// KeyOfID returns the key of the record to which its source gives this id.
func KeyOfID(id string) string {
	for _, p := range []string{idPrefix, passportPrefix, permitPrefix, contentPrefix} {
		if strings.HasPrefix(id, p) {
			return idPrefix + id
		}
	}
	return id
}

// contentKey makes a key of what the row says: of the values as read, so that a
// date written in another way is the same content, and of the cells of other
// columns as given; not of the place of a column or row.
func (p *rowParser) contentKey(fields []byte, cells []string) string {
	b := append(p.scratch[:0], "mitra content 1\n"...)
	b = appendSized(b, string(p.noun))
	b = appendSized(b, string(fields))
	for _, c := range p.layout.columns {
		if c.field == fieldCount && !c.running && cells[c.at] != "" {
			b = appendSized(appendSized(b, c.heading), cells[c.at])
		}
	}
	p.scratch = b
	sum := sha256.Sum256(b)
	return contentPrefix + hex.EncodeToString(sum[:16])
}
