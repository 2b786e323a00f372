package card_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mitra/treaty/card"
	"mitra/treaty/signed"
)

var update = flag.Bool("update", false, "write the golden files anew")

const node = "mitra/KH/0191f6a2-7c1e-7b44-9d1a-5f0e6c3b2a10"

func details() card.Details {
	return card.Details{
		Node: node, Authority: "General Department of Immigration (SYNTHETIC)",
		TLS: []string{signed.Hash([]byte("tls"))}, Journal: fixed(99).Public(), Endpoint: "https://kh.example:8443",
	}
}

func seed(n byte) string { return signed.Base64.EncodeToString(bytes.Repeat([]byte{n}, 32)) }

func fixed(n byte) signed.Key {
	k, err := signed.FromSeed(bytes.Repeat([]byte{n}, 32))
	if err != nil {
		panic(err)
	}
	return k
}

// keys are those of fixed seeds: two to sign, the others to seal.
func keys(current, next byte, seal ...byte) card.Keys {
	f := map[string]any{"form": "mxp-keys/1", "sign": []string{seed(current), seed(next)}}
	var s []map[string]string
	for _, n := range seal {
		s = append(s, map[string]string{"suite": "X1", "key": seed(n)})
	}
	f["seal"] = s
	b, _ := json.Marshal(f)
	k, err := card.ParseKeys(b)
	if err != nil {
		panic(err)
	}
	return k
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// chain are three cards: the signing key is rotated, then a key is revoked and a sealing
// key added.
func chain() (card.Chain, []card.Keys) {
	k := []card.Keys{keys(1, 2, 11), keys(2, 3, 11), keys(3, 4, 12, 11)}
	one := must(card.Make(details(), k[0], 1000))
	two := must(card.Follow(one, k[0], k[1], details(), 2000))
	three := must(card.Follow(two, k[1], k[2], details(), 3000, card.Revocation{ID: k[1].Current.ID(), At: 2900}))
	return card.Chain{one, two, three}, k
}

func TestChain(t *testing.T) {
	c, k := chain()
	if err := c.Verify(); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		key             byte
		written, stored int64
		want            error
	}{
		{1, 999, 1000, card.ErrUnknownKey}, // no card held
		{1, 1000, 1000, nil},
		{1, 1999, 2500, nil}, // under way while the key changed
		{1, 2000, 2500, card.ErrUnknownKey},
		{2, 1500, 1500, nil}, // the next key counts too
		{2, 2500, 2899, nil},
		{2, 2500, 2900, card.ErrRevokedKey},
		{2, 1500, 9999, card.ErrRevokedKey}, // an older date does not help a thief
		{2, 3000, 2800, card.ErrUnknownKey},
		{3, 3000, 3000, nil},
		{5, 3000, 3000, card.ErrUnknownKey},
	} {
		got, err := c.SignKey(fixed(x.key).ID(), x.written, x.stored)
		if !errors.Is(err, x.want) || err == nil && !got.Equal(fixed(x.key).Public()) {
			t.Errorf("key %d written %d stored %d: %v, want %v", x.key, x.written, x.stored, err, x.want)
		}
	}
	for at, want := range map[int64]byte{1000: 11, 2999: 11, 3000: 12} {
		got, err := c.SealKey(at)
		o, ok := k[2].Opener(got.ID)
		if err != nil || !ok || signed.Base64.EncodeToString(must(o.Private.Bytes())) != seed(want) {
			t.Errorf("sealing key at %d: %v, %v", at, got.ID, err)
		}
	}
	if _, err := c.SealKey(999); !errors.Is(err, card.ErrUnknownKey) {
		t.Error(err)
	}
	if s, ok := c.At(2500); !ok || s.Serial != 2 || c.Last().Serial != 3 {
		t.Errorf("the card of 2500 is %d, the last %d", s.Serial, c.Last().Serial)
	}
}

func TestChainRefuses(t *testing.T) {
	c, k := chain()
	thief := keys(21, 22, 23)
	other := details()
	other.Node = "mitra/ID/0191f6a2-7c1e-7b44-9d1a-5f0e6c3b2a10"
	late := details()
	late.Authority = "Another authority"
	foreign := must(card.Make(other, thief, 1000))
	// Cards that their makers could sign, but not introduce.
	alone := must(card.Make(details(), thief, 1000))
	forged := must(card.Follow(alone, thief, thief, details(), 2000))
	forged = resigned(t, forged, func(p map[string]any) { p["previous"] = c[0].Hash() }, thief.Current)
	fork := must(card.Follow(c[0], k[0], k[1], late, 2000))
	past := resigned(t, c[1], func(p map[string]any) { p["from"] = 999 }, k[1].Current, k[0].Current)
	byRevoked := resigned(t, c[2], func(map[string]any) {}, k[2].Current, k[1].Current)
	onlyRevoked := resigned(t, c[2], func(p map[string]any) {
		p["sign"] = []any{map[string]any{"kid": thief.Current.ID(), "key": signed.Base64.EncodeToString(thief.Current.Public())}}
	}, thief.Current, k[1].Current)
	stray := resigned(t, c[1], func(map[string]any) {}, k[1].Current, k[0].Current, thief.Current)
	for _, x := range []struct {
		name  string
		cards card.Chain
		want  error
	}{
		{"empty", nil, card.ErrGap},
		{"begins late", c[1:], card.ErrGap},
		{"missing", card.Chain{c[0], c[2]}, card.ErrGap},
		{"swapped", card.Chain{c[0], c[2], c[1]}, card.ErrGap},
		{"replayed", card.Chain{c[0], c[1], c[0]}, card.ErrKnown},
		{"the last again", card.Chain{c[0], c[1], c[1]}, card.ErrKnown},
		{"fork", card.Chain{c[0], c[1], fork}, card.ErrFork},
		{"follows a fork", card.Chain{c[0], fork, c[2]}, card.ErrFork},
		{"another node", card.Chain{c[0], foreign}, card.ErrOtherNode},
		{"a second first card", card.Chain{c[0], alone}, card.ErrFork},
		{"forged", card.Chain{c[0], forged}, card.ErrIntroduction},
		{"back in time", card.Chain{c[0], past}, card.ErrMalformed},
		{"introduced by a revoked key alone", card.Chain{c[0], c[1], onlyRevoked}, card.ErrIntroduction},
		{"a stray signature", card.Chain{c[0], stray}, card.ErrSignature},
	} {
		t.Run(x.name, func(t *testing.T) {
			if err := x.cards.Verify(); !errors.Is(err, x.want) {
				t.Errorf("%v, want %v", err, x.want)
			}
		})
	}
	// The next key vouches too, so a revoked one beside it does no harm.
	if err := (card.Chain{c[0], c[1], byRevoked}).Verify(); err != nil {
		t.Error(err)
	}
	if _, err := card.Follow(c[0], thief, thief, details(), 2000); !errors.Is(err, card.ErrIntroduction) {
		t.Errorf("made without a key of the card before: %v", err)
	}
	got, err := c[:2].Append(c[0])
	if err == nil || len(got) != 2 {
		t.Errorf("a refused card changes the chain: %d, %v", len(got), err)
	}
}

// resigned is a card with another payload, signed by keys.
func resigned(t *testing.T, s card.Signed, change func(map[string]any), by ...signed.Key) card.Signed {
	t.Helper()
	var f struct{ Payload string }
	if err := json.Unmarshal(s.Bytes(), &f); err != nil {
		t.Fatal(err)
	}
	var p map[string]any
	d := json.NewDecoder(bytes.NewReader(must(signed.Decode(f.Payload))))
	d.UseNumber()
	if err := d.Decode(&p); err != nil {
		t.Fatal(err)
	}
	change(p)
	doc := signed.NewDocument(card.Type, must(json.Marshal(p)))
	for _, k := range by {
		doc = must(doc.Sign(k))
	}
	out, err := card.Parse(doc.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestKeys(t *testing.T) {
	k := must(card.NewKeys())
	c := card.Chain{must(card.Make(details(), k, 1000))}
	first := c[0].Seal[0].ID
	for i := range 6 {
		next := must(k.RotateSign().RotateSeal())
		c = must(c.Append(must(card.Follow(c.Last(), k, next, details(), int64(2000+i)))))
		k = must(card.ParseKeys(must(next.Secret())))
	}
	if n := len(c.Last().Seal); n != 4 {
		t.Errorf("a card shows %d sealing keys, want the newest 4", n)
	}
	if _, ok := k.Opener(first); !ok {
		t.Error("the first sealing key is gone, though letters may be under way")
	}
	if _, ok := k.Forget(first).Opener(first); ok {
		t.Error("a forgotten key is still there")
	}
	// Every kind of key can be revoked, and the card that says so is believed.
	for _, id := range []string{k.Current.ID(), k.Next.ID(), c.Last().Seal[0].ID, c.Last().Seal[3].ID} {
		after := must(k.Revoke(id))
		after = must(card.ParseKeys(must(after.Secret())))
		s, err := card.Follow(c.Last(), k, after, details(), 3000, card.Revocation{ID: id, At: 3000})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Append(must(card.Parse(s.Bytes()))); err != nil {
			t.Fatal(err)
		}
		for _, shown := range s.Seal {
			if shown.ID == id {
				t.Error("a revoked sealing key is still shown")
			}
		}
	}
	if _, err := k.Revoke("nobody"); !errors.Is(err, card.ErrUnknownKey) {
		t.Error(err)
	}
	lost := keys(1, 2, 11)
	lost = must(lost.Revoke(must(card.Make(details(), lost, 1)).Seal[0].ID))
	if s := must(card.Make(details(), lost, 1)); len(s.Seal) != 1 {
		t.Errorf("%d sealing keys after the only one is revoked", len(s.Seal))
	}
	for _, text := range []string{fmt.Sprint(k), fmt.Sprintf("%#v", k), fmt.Sprintf("%+v", &k)} {
		if strings.Contains(text, "rivate") || strings.Contains(text, signed.Base64.EncodeToString(k.Current.Seed())) || len(text) > 80 {
			t.Errorf("a secret in %q", text)
		}
	}
	for _, text := range []string{"", "{}", `{"form":"mxp-keys/2"}`, strings.Replace(string(must(k.Secret())), `"X1"`, `"X9"`, 1)} {
		if _, err := card.ParseKeys([]byte(text)); err == nil {
			t.Errorf("%.40q is read as keys", text)
		}
	}
}

func TestParseNamesEveryFault(t *testing.T) {
	c, k := chain()
	for name, change := range map[string]func(*card.Card){
		"mxp":       func(c *card.Card) { c.Protocol = 2 },
		"node":      func(c *card.Card) { c.Node = "mitra/kh/0191f6a2-7c1e-7b44-9d1a-5f0e6c3b2a10" },
		"country":   func(c *card.Card) { c.Country = "ID" },
		"authority": func(c *card.Card) { c.Authority = "a\nb" },
		"serial":    func(c *card.Card) { c.Serial = 0 },
		"previous":  func(c *card.Card) { c.Previous = "x" },
		"from":      func(c *card.Card) { c.From = -1 },
		"sign":      func(c *card.Card) { c.Sign = []card.SignKey{} },
		"sign[1]":   func(c *card.Card) { c.Sign[1] = c.Sign[0] },
		"sign[0]":   func(c *card.Card) { c.Sign[0].ID = c.Sign[1].ID },
		"seal":      func(c *card.Card) { c.Seal = []card.SealKey{} },
		"seal[0]":   func(c *card.Card) { c.Seal[0].Suite = "X2" },
		"tls":       func(c *card.Card) { c.TLS = []string{"a", "b", "c", "d"} },
		"tls[0]":    func(c *card.Card) { c.TLS = []string{"x"} },
		"journal":   func(c *card.Card) { c.Journal = c.Sign[0].Key },
		"endpoint":  func(c *card.Card) { c.Endpoint = "https://kh.example:8443/" },
		"versions":  func(c *card.Card) { c.Versions = []string{} },
		"suites":    func(c *card.Card) { c.Suites = []string{"X1", "X1"} },
		"revoked[0]": func(c *card.Card) {
			c.Revoked = []card.Revocation{{ID: c.Sign[0].ID, At: 1}}
		},
	} {
		p := c[0].Card
		p.Sign = append([]card.SignKey(nil), p.Sign...)
		p.Seal = append([]card.SealKey(nil), p.Seal...)
		change(&p)
		p.TLS = append(p.TLS, "also wrong")
		_, err := card.Parse(must(signed.NewDocument(card.Type, must(json.Marshal(p))).Sign(k[0].Current)).Bytes())
		if !errors.Is(err, card.ErrMalformed) || !strings.Contains(err.Error(), name+":") || !strings.Contains(err.Error(), fmt.Sprintf("tls[%d]:", len(p.TLS)-1)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	unsigned := must(signed.NewDocument(card.Type, must(json.Marshal(c[0].Card))).Sign(fixed(50)))
	if _, err := card.Parse(unsigned.Bytes()); !errors.Is(err, card.ErrSignature) {
		t.Errorf("signed by another: %v", err)
	}
	for _, e := range []string{"http://a:1", "https://a", "https://:1", "https://a:0", "https://a:99999", "https://u@a:1", "https://a:1?q", "https://a:1#f", "HTTPS://a:1", "https://a :1", "https://a:01x"} {
		p := c[0].Card
		p.Endpoint = e
		if p.Check() == nil {
			t.Errorf("%q is an endpoint", e)
		}
	}
	p := c[0].Card
	p.Endpoint, p.Authority = "https://[2001:db8::1]:8443", "អគ្គនាយកដ្ឋាន\u200bអន្តោប្រវេសន៍"
	// A suite of later times is passed over.
	p.Suites = []string{"X9", "X1"}
	p.Seal = append([]card.SealKey{{ID: signed.KeyID([]byte("key")), Suite: "X9", Key: signed.Base64.EncodeToString([]byte("key"))}}, p.Seal...)
	s, err := card.Parse(must(signed.NewDocument(card.Type, must(json.Marshal(p))).Sign(k[0].Current)).Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := (card.Chain{s}).SealKey(1000); err != nil || got.Suite != "X1" {
		t.Errorf("%v, %v", got.Suite, err)
	}
}

func TestAChangedByteIsRefused(t *testing.T) {
	c, _ := chain()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, len(c)-1).Draw(t, "card")
		b := c[n].Bytes()
		i := rapid.IntRange(0, len(b)-1).Draw(t, "at")
		to := rapid.Byte().Draw(t, "to")
		if b[i] == to {
			return
		}
		b[i] = to
		s, err := card.Parse(b)
		if err != nil {
			return
		}
		if _, err := c[:n].Append(s); err != nil {
			return
		}
		// Spaces and line breaks of the file may differ: nothing else.
		if !bytes.Equal(s.Bytes(), c[n].Bytes()) {
			t.Errorf("changed at %d to %q and still a card", i, to)
		}
	})
}

func TestFingerprint(t *testing.T) {
	c, k := chain()
	seen := map[string]bool{}
	for i := range 200 {
		d := details()
		d.Authority = fmt.Sprint("authority ", i)
		s := must(card.Make(d, k[0], 1000))
		f := s.Fingerprint()
		if seen[f] {
			t.Fatalf("two cards have the fingerprint %q", f)
		}
		seen[f] = true
		if w := strings.Fields(f); len(w) != 7 || len(w[0]) != 6 || strings.Join(w, " ") != f {
			t.Fatalf("not seven words of three syllables: %q", f)
		}
		if card.SameFingerprint(c[0], f) {
			t.Fatal("another card has the same fingerprint")
		}
	}
	f := c[0].Fingerprint()
	for _, typed := range []string{f, strings.ToUpper(f), strings.ReplaceAll(f, " ", "-"), strings.ReplaceAll(f, " ", "\r\n"), " " + strings.ReplaceAll(f, " ", "") + "\n", strings.ReplaceAll(f, " ", " – ")} {
		if !card.SameFingerprint(c[0], typed) {
			t.Errorf("%q is not taken for %q", typed, f)
		}
	}
	for _, typed := range []string{"", f[:len(f)-1], f + "a", f[7:], strings.Replace(f, f[:1], "x", 1)} {
		if card.SameFingerprint(c[0], typed) {
			t.Errorf("%q is taken for %q", typed, f)
		}
	}
}

// vectors are what another implementation checks itself by.
type vectors struct {
	About   string       `json:"about"`
	Cards   []vector     `json:"cards"`
	Invalid []badVectors `json:"invalid"`
}

type vector struct {
	Keys        json.RawMessage `json:"keys"`
	Card        json.RawMessage `json:"card"`
	Hash        string          `json:"hash"`
	Fingerprint string          `json:"fingerprint"`
}

type badVectors struct {
	Name  string            `json:"name"`
	Cards []json.RawMessage `json:"cards"`
	Error string            `json:"error"`
}

var sentinels = map[string]error{"malformed": card.ErrMalformed, "signature": card.ErrSignature, "known": card.ErrKnown,
	"fork": card.ErrFork, "gap": card.ErrGap, "introduction": card.ErrIntroduction}

func TestVectors(t *testing.T) {
	c, k := chain()
	thief := keys(21, 22, 23)
	forged := resigned(t, must(card.Follow(must(card.Make(details(), thief, 1000)), thief, thief, details(), 2000)),
		func(p map[string]any) { p["previous"] = c[0].Hash() }, thief.Current)
	want := vectors{About: "Three cards of one node, each following the one before, with the keys behind them (fixed seeds; SYNTHETIC), and chains that are refused."}
	for i, s := range c {
		want.Cards = append(want.Cards, vector{must(k[i].Secret()), s.Bytes(), s.Hash(), s.Fingerprint()})
	}
	bad := func(name, code string, cards ...card.Signed) {
		v := badVectors{Name: name, Error: code}
		for _, s := range cards {
			v.Cards = append(v.Cards, s.Bytes())
		}
		want.Invalid = append(want.Invalid, v)
	}
	bad("missing", "gap", c[0], c[2])
	bad("swapped", "gap", c[0], c[2], c[1])
	bad("replayed", "known", c[0], c[1], c[0])
	bad("forged", "introduction", c[0], forged)
	bad("two cards in one place", "fork", c[0], must(card.Follow(c[0], k[0], k[1], details(), 2001)), c[1])
	broken := bytes.Replace(c[0].Bytes(), []byte(`"signature": "`), []byte(`"signature": "AAAA`), 1)
	want.Invalid = append(want.Invalid, badVectors{"signature of another length", []json.RawMessage{broken}, "malformed"})
	var p map[string]any
	json.Unmarshal(c[0].Bytes(), &p)
	p["payload"] = signed.Base64.EncodeToString(bytes.Replace(must(signed.Decode(p["payload"].(string))), []byte("General"), []byte("general"), 1))
	want.Invalid = append(want.Invalid, badVectors{"payload changed", []json.RawMessage{must(json.Marshal(p))}, "signature"})

	const file = "testdata/vectors.json"
	text := append(must(json.MarshalIndent(want, "", " ")), '\n')
	if *update {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(golden, text) {
		t.Error("the cards differ from testdata/vectors.json; -update writes it anew")
	}
	var got vectors
	if err := json.Unmarshal(golden, &got); err != nil {
		t.Fatal(err)
	}
	var built card.Chain
	for _, v := range got.Cards {
		s, err := card.Parse(v.Card)
		if err != nil {
			t.Fatal(err)
		}
		if s.Hash() != v.Hash || s.Fingerprint() != v.Fingerprint {
			t.Errorf("card %d: hash or fingerprint differs", s.Serial)
		}
		if built, err = built.Append(s); err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range got.Invalid {
		var built card.Chain
		var err error
		for _, b := range v.Cards {
			var s card.Signed
			if s, err = card.Parse(b); err == nil {
				built, err = built.Append(s)
			}
			if err != nil {
				break
			}
		}
		if want := sentinels[v.Error]; want == nil || !errors.Is(err, want) {
			t.Errorf("%s: %v, want %s", v.Name, err, v.Error)
		}
	}
}

func FuzzCard(f *testing.F) {
	c, k := chain()
	for i, s := range c {
		f.Add(s.Bytes())
		f.Add(must(k[i].Secret()))
	}
	for _, s := range c {
		f.Add(must(json.Marshal(s.Card)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if k, err := card.ParseKeys(b); err == nil {
			again, err := card.ParseKeys(must(k.Secret()))
			if err != nil || again.Current.ID() != k.Current.ID() || again.Next.ID() != k.Next.ID() {
				t.Errorf("keys written anew are others: %v", err)
			}
		}
		// As it is, and as a payload with signatures that fit: a fuzzer does not find one.
		doc := must(must(signed.NewDocument(card.Type, b).Sign(k[0].Current)).Sign(k[1].Current))
		for _, b := range [][]byte{b, doc.Bytes()} {
			s, err := card.Parse(b)
			if err != nil {
				continue
			}
			again, err := card.Parse(s.Bytes())
			if err != nil || again.Hash() != s.Hash() || !card.SameFingerprint(again, s.Fingerprint()) {
				t.Errorf("written anew it is another: %v", err)
			}
			for n := range c {
				if longer, err := c[:n].Append(s); err == nil && longer.Verify() != nil {
					t.Errorf("appended, and then not a chain: %v", longer.Verify())
				}
			}
		}
	})
}
