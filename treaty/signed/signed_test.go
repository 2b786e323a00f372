package signed_test

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"pgregory.net/rapid"

	"mitra/treaty/signed"
)

func key(n byte) signed.Key {
	k, err := signed.FromSeed([]byte(strings.Repeat(string(rune('a'+n)), 32)))
	if err != nil {
		panic(err)
	}
	return k
}

func TestSignAndVerify(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payload := rapid.SliceOf(rapid.Byte()).Draw(t, "payload")
		k := key(rapid.Byte().Draw(t, "key") % 20)
		text, err := signed.Sign(k, "mxp-test", map[string]any{"iss": "a"}, payload)
		if err != nil {
			t.Fatal(err)
		}
		o, err := signed.Parse(text, "mxp-test")
		if err != nil {
			t.Fatal(err)
		}
		got, err := o.Verify(k.Public())
		if err != nil || string(got) != string(payload) {
			t.Fatalf("%v: %q, want %q", err, got, payload)
		}
		if _, err := o.Verify(key(21).Public()); !errors.Is(err, signed.ErrSignature) {
			t.Errorf("another key verifies it: %v", err)
		}
		// Whatever character is changed, nothing is left.
		b := []byte(text)
		i := rapid.IntRange(0, len(b)-1).Draw(t, "at")
		c := rapid.Byte().Draw(t, "to")
		if b[i] == c {
			return
		}
		b[i] = c
		if o, err := signed.Parse(string(b), "mxp-test"); err == nil {
			if _, err := o.Verify(k.Public()); err == nil {
				t.Errorf("changed at %d to %q and still valid", i, c)
			}
		}
	})
}

// TestOtherImplementation has go-jose read what is signed here, and sign the same bytes.
func TestOtherImplementation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payload := rapid.SliceOf(rapid.Byte()).Draw(t, "payload")
		// Of \b and \f two encoders of JSON make two spellings; what stands in headers has neither.
		member := rapid.String().Filter(func(s string) bool { return !strings.ContainsAny(s, "\b\f") }).Draw(t, "member")
		k := key(rapid.Byte().Draw(t, "key") % 20)
		text, err := signed.Sign(k, "mxp-test", map[string]any{"iss": member, "iat": 7}, payload)
		if err != nil {
			t.Fatal(err)
		}
		jws, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.EdDSA})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := jws.Verify(k.Public()); err != nil || string(got) != string(payload) {
			t.Fatalf("go-jose reads %q, %v", got, err)
		}
		s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: ed25519.NewKeyFromSeed(k.Seed())},
			(&jose.SignerOptions{}).WithType("mxp-test").WithHeader("kid", k.ID()).WithHeader("iss", member).WithHeader("iat", 7))
		if err != nil {
			t.Fatal(err)
		}
		if jws, err = s.Sign(payload); err != nil {
			t.Fatal(err)
		}
		if theirs, err := jws.CompactSerialize(); err != nil || theirs != text {
			t.Errorf("go-jose signs %s, %v; want %s", theirs, err, text)
		}
	})
}

// resign puts another header before a payload, signed or not: what matters is that it is refused.
func resign(t *testing.T, header, payload string) string {
	t.Helper()
	head := signed.Base64.EncodeToString([]byte(header)) + "." + signed.Base64.EncodeToString([]byte(payload))
	return head + "." + signed.Base64.EncodeToString(key(0).Raw([]byte(head)))
}

func TestParseRefuses(t *testing.T) {
	kid := key(0).ID()
	ok := fmt.Sprintf(`{"alg":"EdDSA","kid":%q,"typ":"mxp-test"}`, kid)
	if o, err := signed.Parse(resign(t, ok, "x"), "mxp-test"); err != nil {
		t.Fatal(err)
	} else if _, err := o.Verify(key(0).Public()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text string
		want       error
	}{
		{"empty", "", signed.ErrMalformed},
		{"two parts", "a.b", signed.ErrMalformed},
		{"four parts", "a.b.c.d", signed.ErrMalformed},
		{"padding", resign(t, ok, "x") + "=", signed.ErrMalformed},
		{"line break", resign(t, ok, "x") + "\n", signed.ErrMalformed},
		{"stray bits", resign(t, ok, "x")[:len(resign(t, ok, "x"))-1] + "B", signed.ErrMalformed},
		{"no algorithm", resign(t, fmt.Sprintf(`{"alg":"none","kid":%q,"typ":"mxp-test"}`, kid), "x"), signed.ErrMalformed},
		{"HMAC", resign(t, fmt.Sprintf(`{"alg":"HS256","kid":%q,"typ":"mxp-test"}`, kid), "x"), signed.ErrMalformed},
		{"no key", resign(t, `{"alg":"EdDSA","typ":"mxp-test"}`, "x"), signed.ErrMalformed},
		{"twice", resign(t, fmt.Sprintf(`{"alg":"EdDSA","kid":%q,"typ":"mxp-test","typ":"mxp-test"}`, kid), "x"), signed.ErrMalformed},
		{"another type", resign(t, fmt.Sprintf(`{"alg":"EdDSA","kid":%q,"typ":"mxp-card"}`, kid), "x"), signed.ErrType},
		{"critical", resign(t, fmt.Sprintf(`{"alg":"EdDSA","kid":%q,"typ":"mxp-test","crit":["b64"],"b64":false}`, kid), "x"), signed.ErrCritical},
		{"large header", resign(t, fmt.Sprintf(`{"alg":"EdDSA","kid":%q,"typ":"mxp-test","x":%q}`, kid, strings.Repeat("x", 5000)), "x"), signed.ErrMalformed},
		{"unencoded", resign(t, fmt.Sprintf(`{"alg":"EdDSA","kid":%q,"typ":"mxp-test","b64":false}`, kid), "x"), signed.ErrMalformed},
		{"an embedded key", resign(t, fmt.Sprintf(`{"alg":"EdDSA","kid":%q,"typ":"mxp-test","jwk":{"kty":"OKP","crv":"X","x":"AA"}}`, kid), "x"), signed.ErrMalformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := signed.Parse(c.text, "mxp-test"); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

func TestDocument(t *testing.T) {
	d := signed.NewDocument("mxp-agreement", []byte(`{"a":1}`))
	if again, err := signed.ParseDocument(d.Bytes(), "mxp-agreement"); err != nil || again.Hash() != d.Hash() {
		t.Errorf("a document that nobody has signed yet is not read: %v", err)
	}
	for _, n := range []byte{0, 1, 0} { // the second time of a key changes nothing
		var err error
		if d, err = d.Sign(key(n)); err != nil {
			t.Fatal(err)
		}
	}
	d, err := signed.ParseDocument(d.Bytes(), "mxp-agreement")
	if err != nil {
		t.Fatal(err)
	}
	if ids := d.KeyIDs(); len(ids) != 2 || ids[0] != key(0).ID() || ids[1] != key(1).ID() {
		t.Errorf("signed by %v", ids)
	}
	for n, want := range []bool{true, true, false} {
		if got := d.SignedBy(key(byte(n)).Public()); got != want {
			t.Errorf("signed by key %d: %v", n, got)
		}
	}
	if string(d.Unverified()) != `{"a":1}` || d.Hash() != signed.Hash([]byte(`{"a":1}`)) {
		t.Error("the payload is another")
	}
	if _, err := signed.ParseDocument(d.Bytes(), "mxp-card"); !errors.Is(err, signed.ErrType) {
		t.Errorf("an agreement passes for a card: %v", err)
	}
	other := strings.Replace(string(d.Bytes()), signed.Base64.EncodeToString([]byte(`{"a":1}`)), signed.Base64.EncodeToString([]byte(`{"a":2}`)), 1)
	forged, err := signed.ParseDocument([]byte(other), "mxp-agreement")
	if err != nil {
		t.Fatal(err)
	}
	if forged.SignedBy(key(0).Public()) {
		t.Error("another payload under the same signature")
	}
}

func TestParseDocumentRefuses(t *testing.T) {
	d, err := signed.NewDocument("mxp-card", []byte("{}")).Sign(key(0))
	if err != nil {
		t.Fatal(err)
	}
	good := string(d.Bytes())
	var g struct {
		Payload    string           `json:"payload"`
		Signatures []map[string]any `json:"signatures"`
	}
	if err := json.Unmarshal([]byte(good), &g); err != nil {
		t.Fatal(err)
	}
	g.Signatures = append(g.Signatures, g.Signatures[0])
	twice, _ := json.Marshal(g)
	g.Signatures[1] = map[string]any{"header": map[string]any{"x": 1}}
	unprotected, _ := json.Marshal(g)
	for name, text := range map[string]string{
		"empty": "", "null": "null", "list": "[]", "no payload": `{"signatures":[]}`,
		"twice signed": string(twice), "unprotected header": string(unprotected),
		"after": good + "{}", "payload twice": `{"payload":"e30","payload":"e30","signatures":[]}`,
		"stray bits": `{"payload":"e31","signatures":[]}`,
	} {
		if _, err := signed.ParseDocument([]byte(text), "mxp-card"); !errors.Is(err, signed.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStrict(t *testing.T) {
	type inner struct {
		N int `json:"n"`
	}
	type object struct {
		A string          `json:"a"`
		B []inner         `json:"b,omitempty"`
		M map[string]int  `json:"m,omitempty"`
		R json.RawMessage `json:"r,omitempty"`
	}
	for text, ok := range map[string]bool{
		`{"a":"x"}`: true,
		` {"a":"x","b":[{"n":1},{"n":2}],"m":{"k":1},"r":{"any":[1]}} `: true,
		`{"A":"x"}`:                     false, // encoding/json would take it
		`{"a":"x","a":"y"}`:             false,
		`{"a":"x","b":[{"N":1}]}`:       false,
		`{"a":"x","b":[{"n":1,"n":2}]}`: false,
		`{"a":"x","m":{"k":1,"k":2}}`:   false,
		`{"a":"x","r":{"k":1,"k":2}}`:   false,
		`{"a":null}`:                    false,
		`{"a":1}`:                       false,
		`{"a":"x"} {}`:                  false,
		`{"a":"x"`:                      false,
		"{\"a\":\"\xff\"}":              false,
		`{"a":"x","r":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`: false,
		`{"a":"x","r":9007199254740991}`:                                          true,
		`{"a":"x","r":9007199254740992}`:                                          false,
		`{"a":"x","r":{"n":[1.5]}}`:                                               false,
		`{"a":"x","r":[` + strings.Repeat("1,", 19_999) + `1]}`:                   true,
		`{"a":"x","r":[` + strings.Repeat("1,", 20_000) + `1]}`:                   false,
		`{"a":"x","r":1e3}`:                                                       false,
		`{"a":"x","r":-0}`:                                                        false,
		`[]`:                                                                      false, `1`: false, ``: false,
	} {
		var v object
		if err := signed.Strict([]byte(text), &v); (err == nil) != ok {
			t.Errorf("%.100s: %v", text, err)
		}
	}
	for _, text := range []string{`{"a":31415926}`, `{"31415926":1}`, `{"r":{"31415926":null}}`, `{"m":{"31415926":"x"}}`, `{"m":{"31415926":1,"31415926":1}}`} {
		var v object
		if err := signed.Strict([]byte(text), &v); err == nil || strings.Contains(err.Error(), "31415926") {
			t.Errorf("the error repeats what a stranger wrote: %v", err)
		}
	}
}

func FuzzParse(f *testing.F) {
	text, _ := signed.Sign(key(0), "mxp-test", nil, []byte("{}"))
	f.Add(text)
	d, _ := signed.NewDocument("mxp-test", []byte("{}")).Sign(key(0))
	f.Add(string(d.Bytes()))
	f.Fuzz(func(t *testing.T, s string) {
		if o, err := signed.Parse(s, "mxp-test"); err == nil {
			if _, err := o.Verify(key(0).Public()); err == nil && s != text && len(s) < len(text) {
				t.Errorf("%q verifies", s)
			}
		}
		if d, err := signed.ParseDocument([]byte(s), "mxp-test"); err == nil {
			again, err := signed.ParseDocument(d.Bytes(), "mxp-test")
			if err != nil || again.Hash() != d.Hash() || len(again.KeyIDs()) != len(d.KeyIDs()) {
				t.Errorf("written anew it is another: %v", err)
			}
		}
	})
}
