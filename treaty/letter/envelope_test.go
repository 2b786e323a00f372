package letter_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mitra/treaty/card"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

func TestSealAndOpen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := randomLetter(t)
		text := must(letter.Sign(cambodia.keys.Current, l))
		env := must(letter.Seal(text, l.Header, cambodia.keys.Current, indonesia.seal()))
		e, err := letter.ParseEnvelope(env, keys)
		if err != nil {
			t.Fatal(err)
		}
		if e.String() != env || e.Hash() != signed.Hash([]byte(env)) || e.ID != l.ID || e.SealID != indonesia.seal().ID {
			t.Error("the envelope tells of another letter")
		}
		got, err := e.Open(indonesia.keys.Opener, keys)
		if err != nil {
			t.Fatal(err)
		}
		l.KeyID, l.Schema = cambodia.keys.Current.ID(), letter.SchemaID(l.Type)
		if d := cmp.Diff(l, got, unread); d != "" {
			t.Error(d)
		}
		if _, err := e.Open(cambodia.keys.Opener, keys); letter.CodeOf(err) != letter.CannotOpen {
			t.Errorf("opened by another node: %v", err)
		}
	})
}

// changed is a text with one character changed.
func changed(t *rapid.T, text string) string {
	b := []byte(text)
	i := rapid.IntRange(0, len(b)-1).Draw(t, "at")
	c := rapid.OneOf(rapid.SampledFrom([]byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=")), rapid.Byte()).Draw(t, "to")
	if b[i] == c {
		c ^= 1
	}
	b[i] = c
	return string(b)
}

func TestAChangedCharacterIsRefused(t *testing.T) {
	l := sample("enquiry", 0)
	text := must(letter.Sign(cambodia.keys.Current, l))
	env := must(letter.Seal(text, l.Header, cambodia.keys.Current, indonesia.seal()))
	receipt := must(letter.Stored(must(letter.ParseEnvelope(env, keys)), signed.Hash([]byte("leaf")), "", now).Sign(indonesia.keys.Current))
	rapid.Check(t, func(t *rapid.T) {
		if _, err := letter.Open(changed(t, text), keys); letter.CodeOf(err) == "" {
			t.Errorf("letter: %v", err)
		}
		if _, err := letter.ParseEnvelope(changed(t, env), keys); letter.CodeOf(err) == "" {
			t.Errorf("envelope: %v", err)
		}
		if _, err := letter.ParseReceipt(changed(t, receipt), keys); letter.CodeOf(err) == "" {
			t.Errorf("receipt: %v", err)
		}
	})
}

func TestLengthTellsOnlyThePaddedSize(t *testing.T) {
	length := func(l letter.Letter) (text, env int) {
		s := must(letter.Sign(cambodia.keys.Current, l))
		return len(s), len(must(letter.Seal(s, l.Header, cambodia.keys.Current, indonesia.seal())))
	}
	byBlocks := map[int]int{}
	for n := 0; n < 3000; n += 37 {
		l := sample("ping", 0)
		l.Payload = json.RawMessage(`{"pad":"` + strings.Repeat("x", n) + `"}`)
		text, env := length(l)
		blocks := (4 + text + 1023) / 1024
		if was, ok := byBlocks[blocks]; ok && was != env {
			t.Fatalf("two letters of %d KiB have envelopes of %d and %d bytes", blocks, was, env)
		}
		byBlocks[blocks] = env
	}
	if len(byBlocks) < 4 {
		t.Errorf("only %d sizes were seen", len(byBlocks))
	}
	_, hit := length(sample("answer", 1))
	_, miss := length(sample("answer", 0))
	_, nothing := length(sample("nothing-to-release", 0))
	if hit != miss || hit != nothing {
		t.Errorf("pending, no-hit and nothing to release have envelopes of %d, %d and %d bytes", hit, miss, nothing)
	}
}

func TestEnvelopeRefuses(t *testing.T) {
	k, to := cambodia.keys.Current, indonesia.seal()
	l := sample("ping", 0)
	text := must(letter.Sign(k, l))
	h := letter.EnvelopeHeader{Protocol: 1, Suite: "X1", Issuer: kh, Audience: id, ID: l.ID, Issued: l.Issued, Expires: l.Expires, KeyID: k.ID(), SealID: to.ID}
	with := func(change func(*letter.EnvelopeHeader)) string {
		h := h
		change(&h)
		return must(letter.SealAs(text, h, k, to))
	}
	good := with(func(*letter.EnvelopeHeader) {})
	parts := strings.Split(good, ".")
	again := func(head, body string) string {
		b := must(signed.Decode(body))
		return head + "." + body + "." + signed.Base64.EncodeToString(k.Raw([]byte("MXP/1 envelope\n"+head+"\n"+signed.Hash(b)+"\n")))
	}
	head := func(s string) string { return again(signed.Base64.EncodeToString([]byte(s)), parts[1]) }
	plain := string(must(signed.Decode(parts[0])))
	body := must(signed.Decode(parts[1]))
	for _, c := range []struct {
		name, text string
		want       letter.Code
	}{
		{"good", good, ""},
		{"empty", "", letter.Malformed},
		{"too large", strings.Repeat("a", letter.MaxEnvelope+1), letter.TooLarge},
		{"four parts", good + ".", letter.Malformed},
		{"line break", good + "\n", letter.Malformed},
		{"large header", head(plain[:len(plain)-1] + strings.Repeat(" ", 3000) + "}"), letter.Malformed},
		{"member unknown", head(plain[:len(plain)-1] + `,"x":1}`), letter.Malformed},
		{"member twice", head(plain[:len(plain)-1] + `,"mxp":1}`), letter.Malformed},
		{"protocol", with(func(h *letter.EnvelopeHeader) { h.Protocol = 2 }), letter.Malformed},
		{"suite", with(func(h *letter.EnvelopeHeader) { h.Suite = "X2" }), letter.Malformed},
		{"kid", with(func(h *letter.EnvelopeHeader) { h.KeyID = "x" }), letter.Malformed},
		{"hid", with(func(h *letter.EnvelopeHeader) { h.SealID = "x" }), letter.Malformed},
		{"times", with(func(h *letter.EnvelopeHeader) { h.Expires = h.Issued }), letter.Malformed},
		{"short body", again(parts[0], signed.Base64.EncodeToString(body[:1136])), letter.Malformed},
		{"cut body", again(parts[0], signed.Base64.EncodeToString(body[:len(body)-1])), letter.Malformed},
		{"short signature", good[:len(good)-4], letter.Malformed},
		{"key unknown", with(func(h *letter.EnvelopeHeader) { h.KeyID = to.ID }), letter.KeyUnknown},
		{"another key", with(func(h *letter.EnvelopeHeader) { h.KeyID = cambodia.keys.Next.ID() }), letter.SignatureWrong},
		{"issuer", with(func(h *letter.EnvelopeHeader) { h.Issuer = "mitra/VN/0191f6a2-7c1e-7b44-9d1a-5f0e6c3b2a12" }), letter.IssuerUnknown},
		{"body changed", parts[0] + "." + signed.Base64.EncodeToString(append(body[:len(body)-1:len(body)-1], body[len(body)-1]^1)) + "." + parts[2], letter.SignatureWrong},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := letter.ParseEnvelope(c.text, keys); letter.CodeOf(err) != c.want || c.want == "" && err != nil {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
	// What only its receiver can find.
	moved := again(signed.Base64.EncodeToString([]byte(strings.Replace(plain, l.ID, mid(2), 1))), parts[1])
	for _, c := range []struct {
		name, text string
		want       letter.Code
	}{
		{"sealed for another", must(letter.SealAs(text, h, k, cambodia.seal())), letter.CannotOpen},
		{"key unknown here", with(func(h *letter.EnvelopeHeader) { h.SealID = cambodia.seal().ID }), letter.CannotOpen},
		{"body changed", again(parts[0], signed.Base64.EncodeToString(append(body[:len(body)-1:len(body)-1], body[len(body)-1]^1))), letter.CannotOpen},
		{"another header", moved, letter.CannotOpen},
		{"header in other spelling", head(" " + plain), letter.CannotOpen},
		{"aud differs", with(func(h *letter.EnvelopeHeader) { h.Audience = "mitra/VN/0191f6a2-7c1e-7b44-9d1a-5f0e6c3b2a12" }), letter.HeaderDiffers},
		{"mid differs", with(func(h *letter.EnvelopeHeader) { h.ID = mid(2) }), letter.HeaderDiffers},
		{"iat differs", with(func(h *letter.EnvelopeHeader) { h.Issued-- }), letter.HeaderDiffers},
		{"exp differs", with(func(h *letter.EnvelopeHeader) { h.Expires++ }), letter.HeaderDiffers},
		{"not a letter", must(letter.SealAs("hello", h, k, to)), letter.Malformed},
		{"another's letter", must(letter.SealAs(must(letter.Sign(cambodia.keys.Next, l)), h, k, to)), letter.HeaderDiffers},
		{"padding not zero", must(letter.SealPlain(strings.Repeat("\x00", 1023)+"x", h, k, to)), letter.CannotOpen},
		{"length beyond the end", must(letter.SealPlain("\x00\x00\x04\x00"+strings.Repeat("x", 1020), h, k, to)), letter.CannotOpen},
		{"length beyond all", must(letter.SealPlain("\xff\xff\xff\xff"+strings.Repeat("x", 1020), h, k, to)), letter.CannotOpen},
		{"more padding than needed", must(letter.SealPlain(strings.Repeat("\x00", 2048), h, k, to)), letter.CannotOpen},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := letter.ParseEnvelope(c.text, keys)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := e.Open(indonesia.keys.Opener, keys); letter.CodeOf(err) != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
	if _, err := letter.Seal(text, l.Header, k, card.SealKey{Suite: "X2"}); err == nil {
		t.Error("sealed in a way that is not known")
	}
}

func TestRevokedKey(t *testing.T) {
	after := must(cambodia.keys.Revoke(cambodia.keys.Current.ID()))
	d := card.Details{Node: kh, Authority: "SYNTHETIC", TLS: cambodia.Chain[0].TLS, Journal: fixed(13).Public()}
	c := must(cambodia.Append(must(card.Follow(cambodia.Last(), cambodia.keys, after, d, now+100, card.Revocation{ID: cambodia.keys.Current.ID(), At: now + 50}))))
	l := sample("ping", 0)
	text := must(letter.Sign(cambodia.keys.Current, l))
	env := must(letter.Seal(text, l.Header, cambodia.keys.Current, indonesia.seal()))
	for stored, want := range map[int64]letter.Code{now + 49: "", now + 50: letter.KeyRevoked} {
		if _, err := letter.ParseEnvelope(env, letter.KeysOf(c, stored)); letter.CodeOf(err) != want {
			t.Errorf("stored at %+d: %v, want %q", stored-now, err, want)
		}
	}
}

func TestFor(t *testing.T) {
	l := sample("ping", 0)
	e := must(letter.ParseEnvelope(must(letter.Seal(must(letter.Sign(cambodia.keys.Current, l)), l.Header, cambodia.keys.Current, indonesia.seal())), keys))
	for _, c := range []struct {
		node string
		at   int64
		want letter.Code
	}{
		{id, now, ""}, {id, now - 300, ""}, {id, now - 301, letter.FromTheFuture},
		{id, l.Expires - 1, ""}, {id, l.Expires, letter.Expired}, {kh, now, letter.NotForUs},
	} {
		if err := e.For(c.node, c.at); letter.CodeOf(err) != c.want {
			t.Errorf("%s at %+d: %v, want %q", c.node, c.at-now, err, c.want)
		}
	}
}

func TestCodes(t *testing.T) {
	for code, status := range map[letter.Code]int{letter.Malformed: 400, letter.TooLarge: 413, letter.MidReused: 409, letter.Rate: 429, letter.CannotOpen: 0, letter.QuotaExhausted: 0} {
		if !code.Known() || code.Status() != status || code.Title() == "" {
			t.Errorf("%s: %d %q", code, code.Status(), code.Title())
		}
	}
	if letter.Code("no_idea").Known() {
		t.Error("a code that nobody has is known")
	}
}
