package letter

import (
	"crypto/hpke"
	"encoding/json"

	"mitra/treaty/card"
	"mitra/treaty/signed"
)

// SealAs seals a text under any header, as a stranger might.
func SealAs(text string, h EnvelopeHeader, k signed.Key, to card.SealKey) (string, error) {
	return seal(text, h, k, to)
}

// SealPlain seals bytes that are not padded.
func SealPlain(plain string, h EnvelopeHeader, k signed.Key, to card.SealKey) (string, error) {
	suite, public, err := to.Public()
	if err != nil {
		return "", err
	}
	b, _ := json.Marshal(h)
	head := signed.Base64.EncodeToString(b)
	enc, s, err := hpke.NewSender(public, suite.KDF, suite.AEAD, h.info())
	if err != nil {
		return "", err
	}
	sealed, err := s.Seal([]byte(head), []byte(plain))
	body := append(enc, sealed...)
	return head + "." + signed.Base64.EncodeToString(body) + "." + signed.Base64.EncodeToString(k.Raw(signedPart(head, body))), err
}
