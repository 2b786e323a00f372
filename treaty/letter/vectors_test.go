package letter_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

var update = flag.Bool("update", false, "write the golden files anew")

const vectorFile = "testdata/vectors.json"

// vectors are what another implementation checks itself by.
type vectors struct {
	About     string       `json:"about"`
	Nodes     []nodeVector `json:"nodes"`
	Letters   []vector     `json:"letters"`
	Envelopes []vector     `json:"envelopes"`
	Receipts  []vector     `json:"receipts"`
	Invalid   []badVector  `json:"invalid"`
}

type nodeVector struct {
	Node        string          `json:"node"`
	Keys        json.RawMessage `json:"keys"`
	Card        json.RawMessage `json:"card"`
	Fingerprint string          `json:"fingerprint"`
}

type vector struct {
	Name string `json:"name"`
	Text string `json:"text"`
	// Payload is what is signed in a letter or receipt.
	Payload string `json:"payload,omitempty"`
	// Hash and Letter are the envelope hash and what is in it.
	Hash   string `json:"hash,omitempty"`
	Letter string `json:"letter,omitempty"`
}

type badVector struct {
	Name string `json:"name"`
	// Kind is letter, envelope, opened (the envelope is as it should be, what is in it is not)
	// or receipt.
	Kind string      `json:"kind"`
	Text string      `json:"text"`
	Code letter.Code `json:"code"`
}

// makeVectors makes all vectors; sealing is random, so the envelopes are those of known
// where it has them.
func makeVectors(known vectors) vectors {
	sealed := map[string]string{}
	for _, e := range known.Envelopes {
		sealed[e.Name] = e.Text
	}
	for _, e := range known.Invalid {
		sealed[e.Name] = e.Text
	}
	once := func(name string, seal func() (string, error)) string {
		if sealed[name] == "" {
			sealed[name] = must(seal())
		}
		return sealed[name]
	}
	k, to := cambodia.keys.Current, indonesia.seal()
	v := vectors{About: "Letters, envelopes and receipts between two nodes with fixed keys, and what is refused with which code. Everybody in them is invented (SYNTHETIC)."}
	for _, p := range []party{cambodia, indonesia} {
		v.Nodes = append(v.Nodes, nodeVector{p.name, must(p.keys.Secret()), p.Chain[0].Bytes(), p.Chain[0].Fingerprint()})
	}
	for _, typ := range letter.Types() {
		for n := range payloads[typ] {
			l := sample(typ, n)
			text := must(letter.Sign(k, l))
			name := fmt.Sprintf("%s %d", typ, n+1)
			v.Letters = append(v.Letters, vector{Name: name, Text: text, Payload: payloads[typ][n]})
			if n == 0 && (typ == "enquiry" || typ == "answer" || typ == "statistics") {
				env := once(name, func() (string, error) { return letter.Seal(text, l.Header, k, to) })
				v.Envelopes = append(v.Envelopes, vector{Name: name, Text: env, Hash: signed.Hash([]byte(env)), Letter: text})
			}
		}
	}
	enquiry := sample("enquiry", 0)
	var env string
	for _, e := range v.Envelopes {
		if e.Name == "enquiry 1" {
			env = e.Text
		}
	}
	e := must(letter.ParseEnvelope(env, keys))
	head := "mitra/ID/0191f6a2-7c1e-7b44-9d1a-5f0e6c3b2a11/exchange-0191f6a2-7c1e-7b44-9d1a-5f0e6c3b2a10\n17\n" + "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=\n"
	for _, r := range []struct {
		name string
		letter.Receipt
	}{
		{"R1", letter.Stored(e, signed.Hash([]byte("leaf")), head, now+1)},
		{"R1 of an empty book", letter.Stored(e, signed.Hash([]byte("leaf")), "", now+1)},
		{"R2", must(letter.Judged(e, nil, now+5))},
		{"R2 refused", must(letter.Judged(e, &letter.Refusal{Code: letter.FieldNotAllowed, Err: errors.New("")}, now+5))},
		{"R3", letter.Decided(enquiry.Header, mid(2), now+10)},
	} {
		text := must(r.Sign(indonesia.keys.Current))
		payload := must(signed.Decode(strings.Split(text, ".")[1]))
		v.Receipts = append(v.Receipts, vector{Name: r.name, Text: text, Payload: string(payload)})
	}

	bad := func(name, kind, text string, code letter.Code) {
		v.Invalid = append(v.Invalid, badVector{name, kind, text, code})
	}
	h := header("ping")
	h.Schema = letter.SchemaID("ping")
	set := func(change func(*letter.Header)) letter.Header { h := h; change(&h); return h }
	ping := raw(k, "mxp-letter/ping", h, nil, `{}`)
	part := strings.Split(ping, ".")
	bad("padding", "letter", ping+"==", letter.Malformed)
	bad("bits that stand for nothing", "letter", part[0]+"."+part[1]+"."+part[2][:85]+"B", letter.Malformed)
	bad("line break", "letter", part[0]+"\n."+part[1]+"."+part[2], letter.Malformed)
	bad("another payload", "letter", part[0]+"."+signed.Base64.EncodeToString([]byte(`{"n":1}`))+"."+part[2], letter.SignatureWrong)
	bad("a receipt for a letter", "letter", v.Receipts[0].Text, letter.Malformed)
	bad("a member that the header does not have", "letter", raw(k, "mxp-letter/ping", h, map[string]any{"x": 1}, `{}`), letter.Malformed)
	bad("a header that demands an extension", "letter", critical(k), letter.CritUnknown)
	bad("a member twice", "letter", raw(k, "mxp-letter/ping", h, nil, `{"n":1,"n":1}`), letter.Malformed)
	bad("a number that is not whole", "letter", raw(k, "mxp-letter/ping", h, nil, `{"n":1.0}`), letter.Malformed)
	bad("null", "letter", raw(k, "mxp-letter/ping", h, nil, `{"n":null}`), letter.Malformed)
	bad("a life of 31 days", "letter", raw(k, "mxp-letter/ping", set(func(h *letter.Header) { h.Expires = h.Issued + 31*24*3600 }), nil, `{}`), letter.Malformed)
	bad("a mid of version 4", "letter", raw(k, "mxp-letter/ping", set(func(h *letter.Header) { h.ID = "018e3490-5c00-4000-8000-000000000001"; h.Conversation = h.ID }), nil, `{}`), letter.Malformed)
	bad("an answer to nothing", "letter", raw(k, "mxp-letter/answer", func() letter.Header {
		a := header("answer")
		a.Schema, a.InReplyTo, a.Conversation = letter.SchemaID("answer"), "", a.ID
		return a
	}(), nil, `{"result":"no-hit"}`), letter.Malformed)
	bad("no agreement", "letter", raw(k, "mxp-letter/enquiry", set(func(h *letter.Header) { h.Schema = letter.SchemaID("enquiry") }), nil, `{"person":{"surname":"SYNTHETIC"}}`), letter.Malformed)
	bad("no such type", "letter", raw(k, "mxp-letter/gossip", set(func(h *letter.Header) { h.Schema = letter.SchemaID("gossip") }), nil, `{}`), letter.TypeUnknown)
	bad("the receiver's key", "letter", raw(indonesia.keys.Current, "mxp-letter/ping", h, nil, `{}`), letter.KeyUnknown)
	bad("a third node", "letter", raw(k, "mxp-letter/ping", set(func(h *letter.Header) { h.Issuer = "mitra/VN/0191f6a2-7c1e-7b44-9d1a-5f0e6c3b2a12" }), nil, `{}`), letter.IssuerUnknown)
	bad("a schema that does not fit", "letter", raw(k, "mxp-letter/ping", h, nil, `{"x":1}`), letter.SchemaInvalid)
	bad("a schema of later times", "letter", raw(k, "mxp-letter/ping", set(func(h *letter.Header) { h.Schema = "urn:mxp:schema:ping:2" }), nil, `{}`), letter.SchemaInvalid)
	eh := letter.EnvelopeHeader{Protocol: 1, Suite: "X1", Issuer: kh, Audience: id, ID: h.ID, Issued: h.Issued, Expires: h.Expires, KeyID: k.ID(), SealID: to.ID}
	as := func(name, kind string, code letter.Code, change func(*letter.EnvelopeHeader)) {
		bad(name, kind, once(name, func() (string, error) {
			eh := eh
			change(&eh)
			return letter.SealAs(ping, eh, k, to)
		}), code)
	}
	ep := strings.Split(env, ".")
	body := must(signed.Decode(ep[1]))
	flip := append(body[:len(body)-1:len(body)-1], body[len(body)-1]^1)
	resign := func(head string, body []byte) string {
		return head + "." + signed.Base64.EncodeToString(body) + "." + signed.Base64.EncodeToString(k.Raw([]byte("MXP/1 envelope\n"+head+"\n"+signed.Hash(body)+"\n")))
	}
	bad("a body changed on the way", "envelope", ep[0]+"."+signed.Base64.EncodeToString(flip)+"."+ep[2], letter.SignatureWrong)
	bad("a body of another length", "envelope", resign(ep[0], body[:len(body)-1]), letter.Malformed)
	bad("an envelope in two parts", "envelope", ep[0]+"."+ep[1], letter.Malformed)
	as("no such suite", "envelope", letter.Malformed, func(h *letter.EnvelopeHeader) { h.Suite = "X2" })
	as("a key that nobody has", "envelope", letter.KeyUnknown, func(h *letter.EnvelopeHeader) { h.KeyID = signed.KeyID([]byte("nobody")) })
	bad("a body changed by its sender", "opened", resign(ep[0], flip), letter.CannotOpen)
	as("a sealing key that the receiver does not have", "opened", letter.CannotOpen, func(h *letter.EnvelopeHeader) { h.SealID = cambodia.seal().ID })
	bad("padding that is not zero", "opened", once("padding that is not zero", func() (string, error) {
		return letter.SealPlain(strings.Repeat("\x00", 1023)+"x", eh, k, to)
	}), letter.CannotOpen)
	as("another audience outside", "opened", letter.HeaderDiffers, func(h *letter.EnvelopeHeader) { h.Audience = "mitra/VN/0191f6a2-7c1e-7b44-9d1a-5f0e6c3b2a12" })
	as("another mid outside", "opened", letter.HeaderDiffers, func(h *letter.EnvelopeHeader) { h.ID = mid(2) })
	as("another time outside", "opened", letter.HeaderDiffers, func(h *letter.EnvelopeHeader) { h.Expires-- })
	receipt := func(payload string) string {
		return must(signed.Sign(indonesia.keys.Current, "mxp-receipt", nil, []byte(payload)))
	}
	common := fmt.Sprintf(`"iss":%q,"aud":%q,"mid":%q,"at":%d`, id, kh, mid(1), now)
	bad("no such stage", "receipt", receipt(`{"r":4,`+common+`}`), letter.Malformed)
	bad("R1 with a judgement", "receipt", receipt(`{"r":1,`+common+`,"env":"`+e.Hash()+`","leaf":"`+e.Hash()+`","head":"","ok":true}`), letter.Malformed)
	bad("R1 without a leaf", "receipt", receipt(`{"r":1,`+common+`,"env":"`+e.Hash()+`","head":""}`), letter.Malformed)
	bad("R2 refused for no reason", "receipt", receipt(`{"r":2,`+common+`,"ok":false}`), letter.Malformed)
	bad("R3 that answers by the letter itself", "receipt", receipt(`{"r":3,`+common+`,"answer":"`+mid(1)+`"}`), letter.Malformed)
	rp := strings.Split(v.Receipts[2].Text, ".")
	bad("a receipt with another's signature", "receipt", rp[0]+"."+rp[1]+"."+strings.Split(v.Receipts[0].Text, ".")[2], letter.SignatureWrong)
	return v
}

func TestVectors(t *testing.T) {
	var known vectors
	if !*update {
		b, err := os.ReadFile(vectorFile)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &known); err != nil {
			t.Fatal(err)
		}
	}
	v := makeVectors(known)
	text := append(must(json.MarshalIndent(v, "", " ")), '\n')
	if *update {
		if err := os.WriteFile(vectorFile, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if golden := must(os.ReadFile(vectorFile)); !bytes.Equal(golden, text) {
		t.Errorf("what is made differs from %s; -update writes it anew", vectorFile)
	}
	for _, x := range v.Letters {
		l, err := letter.Open(x.Text, keys)
		if err != nil || string(l.Payload) != x.Payload {
			t.Errorf("%s: %v", x.Name, err)
		}
	}
	for _, x := range v.Envelopes {
		e, err := letter.ParseEnvelope(x.Text, keys)
		if err != nil || e.Hash() != x.Hash {
			t.Errorf("%s: %v", x.Name, err)
			continue
		}
		l, err := e.Open(indonesia.keys.Opener, keys)
		want, _ := letter.Open(x.Letter, keys)
		if err != nil || l.ID != want.ID || !bytes.Equal(l.Payload, want.Payload) {
			t.Errorf("%s: %v", x.Name, err)
		}
	}
	for _, x := range v.Receipts {
		if _, err := letter.ParseReceipt(x.Text, keys); err != nil {
			t.Errorf("%s: %v", x.Name, err)
		}
	}
	names := map[string]bool{}
	for _, x := range v.Invalid {
		if names[x.Name] {
			t.Errorf("two vectors are called %q", x.Name)
		}
		names[x.Name] = true
		var err error
		switch x.Kind {
		case "letter":
			_, err = letter.Open(x.Text, keys)
		case "envelope":
			_, err = letter.ParseEnvelope(x.Text, keys)
		case "opened":
			e, wrong := letter.ParseEnvelope(x.Text, keys)
			if wrong != nil {
				t.Errorf("%s: refused before it is opened: %v", x.Name, wrong)
				continue
			}
			_, err = e.Open(indonesia.keys.Opener, keys)
		case "receipt":
			_, err = letter.ParseReceipt(x.Text, keys)
		}
		if letter.CodeOf(err) != x.Code {
			t.Errorf("%s: %v, want %s", x.Name, err, x.Code)
		}
	}
}

// TestSecondImplementation has the vectors judged by a program that shares no code with this
// one. MITRA_TEST_PYTHON names a Python that has the modules; .ci/run makes one.
func TestSecondImplementation(t *testing.T) {
	python := os.Getenv("MITRA_TEST_PYTHON")
	if python == "" {
		python = "python3"
		probe := "import jsonschema, cryptography.hazmat.primitives.asymmetric.mlkem"
		if out, err := exec.Command(python, "-c", probe).CombinedOutput(); err != nil {
			t.Skipf("no python3 with the modules cryptography (48 or later) and jsonschema: set MITRA_TEST_PYTHON to one\n%s", out)
		}
	}
	must(os.Stat("testdata/verify.py")) // so that go test knows that it depends on it
	out, err := exec.Command(python, "testdata/verify.py", vectorFile, "../card/testdata/vectors.json").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var v vectors
	if err := json.Unmarshal(must(os.ReadFile(vectorFile)), &v); err != nil {
		t.Fatal(err)
	}
	if n, want := bytes.Count(out, []byte("ok ")), len(v.Nodes)+len(v.Letters)+len(v.Envelopes)+len(v.Receipts)+len(v.Invalid); n < want {
		t.Errorf("it judged %d vectors, want %d and those of cards\n%s", n, want, out)
	}
	// It must not say yes to everything.
	broken := v
	broken.Letters = append([]vector(nil), v.Letters...)
	broken.Letters[0].Text = v.Letters[1].Text[:len(v.Letters[1].Text)-86] + v.Letters[0].Text[len(v.Letters[0].Text)-86:]
	file := t.TempDir() + "/broken.json"
	if err := os.WriteFile(file, must(json.Marshal(broken)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(python, "testdata/verify.py", file).CombinedOutput(); err == nil || !bytes.Contains(out, []byte("WRONG letter "+v.Letters[0].Name)) {
		t.Errorf("a wrong signature passes: %v\n%s", err, out)
	}
}
