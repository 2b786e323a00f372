package status

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
)

// Fingerprint identifies what an assessment says and rests on: the axis, the
// value, who says it, every reason with its arguments, the records named as
// evidence, and the hash of the rule pack. An assessment is stored only when
// this differs from the last one stored for the person and axis.
//
// Left out are the as-of date and the one argument that moves with it alone, the
// days of an overstay: the day after says nothing new. Match probabilities are
// left out too (no reason carries one), because every import shifts them a
// little; a permit that crosses from one band to another changes the evidence.
// The fingerprint is the first half of a SHA-256 in base64: it guards against
// chance, since whoever could make two assessments alike could as well store
// neither.
func Fingerprint(a Assessment, packHash string) string {
	b := make([]byte, 0, 512)
	b = field(b, packHash)
	b = field(b, string(a.Axis))
	b = field(b, a.Value)
	if a.Computed {
		b = field(b, "computed")
	} else {
		b = field(b, "determined")
	}
	b = count(b, len(a.Reasons))
	for _, r := range a.Reasons {
		b = field(b, r.Key)
		for _, x := range r.Args {
			if x.Name != argDays {
				b = field(b, x.Name)
				b = field(b, x.Value)
			}
		}
		b = count(b, 0) // ends the arguments: no argument has an empty name
	}
	b = count(b, len(a.Evidence))
	for _, e := range a.Evidence {
		b = field(b, e)
	}
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// field appends a text with its length, so that no two lists of texts have the
// same bytes.
func field(b []byte, s string) []byte { return append(count(b, len(s)), s...) }

func count(b []byte, n int) []byte { return binary.AppendUvarint(b, uint64(n)) }
