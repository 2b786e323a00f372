package card

import (
	"crypto/hpke"
	"fmt"
)

// A Suite is a way to seal letters.
type Suite struct {
	ID   string
	KEM  hpke.KEM
	KDF  hpke.KDF
	AEAD hpke.AEAD
	// Encapsulated is how many bytes the KEM adds to what is sealed.
	Encapsulated int
}

// suites are those this program knows, the best first.
var suites = []Suite{
	{"X1", hpke.MLKEM768X25519(), hpke.HKDFSHA256(), hpke.AES256GCM(), 1088 + 32},
}

// SuiteByID finds a suite.
func SuiteByID(id string) (Suite, error) {
	for _, s := range suites {
		if s.ID == id {
			return s, nil
		}
	}
	return Suite{}, fmt.Errorf("%w: a sealing key's suite", ErrUnknownSuite)
}
