package letter_test

import (
	"testing"

	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

func BenchmarkSignAndSeal(b *testing.B) {
	l, k, to := sample("enquiry", 0), cambodia.keys.Current, indonesia.seal()
	for b.Loop() {
		must(letter.Seal(must(letter.Sign(k, l)), l.Header, k, to))
	}
}

func sealed() string {
	k := cambodia.keys.Current
	l := sample("enquiry", 0)
	return must(letter.Seal(must(letter.Sign(k, l)), l.Header, k, indonesia.seal()))
}

func BenchmarkParseEnvelope(b *testing.B) {
	text, keys := sealed(), letter.KeysOf(cambodia.Chain, now)
	for b.Loop() {
		must(letter.ParseEnvelope(text, keys))
	}
}

func BenchmarkOpen(b *testing.B) {
	keys := letter.KeysOf(cambodia.Chain, now)
	e := must(letter.ParseEnvelope(sealed(), keys))
	for b.Loop() {
		must(e.Open(indonesia.keys.Opener, keys))
	}
}

func BenchmarkReceiptSign(b *testing.B) {
	r := letter.Stored(must(letter.ParseEnvelope(sealed(), keys)), signed.Hash(nil), "", now)
	for b.Loop() {
		must(r.Sign(indonesia.keys.Current))
	}
}

func BenchmarkParseReceipt(b *testing.B) {
	text := must(letter.Stored(must(letter.ParseEnvelope(sealed(), keys)), signed.Hash(nil), "", now).Sign(indonesia.keys.Current))
	keys := letter.KeysOf(indonesia.Chain, now)
	for b.Loop() {
		must(letter.ParseReceipt(text, keys))
	}
}
