package letter_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

func golden(f *testing.F) (v vectors) {
	b, err := os.ReadFile(vectorFile)
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil {
		f.Fatal(err)
	}
	return v
}

// resigned puts a signature that fits on a JWS, as an issuer might who means harm: a fuzzer
// does not find one.
func resigned(text string, k signed.Key) string {
	part := strings.Split(text, ".")
	if len(part) != 3 {
		return text
	}
	head := part[0] + "." + part[1]
	return head + "." + signed.Base64.EncodeToString(k.Raw([]byte(head)))
}

func FuzzLetter(f *testing.F) {
	v := golden(f)
	for _, x := range v.Letters {
		f.Add(x.Text)
	}
	for _, x := range v.Invalid {
		f.Add(x.Text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, text := range []string{text, resigned(text, cambodia.keys.Current)} {
			l, err := letter.Open(text, keys)
			if err != nil {
				if letter.CodeOf(err) == "" {
					t.Errorf("not a refusal: %v", err)
				}
				continue
			}
			again, err := letter.Sign(cambodia.keys.Current, l)
			if err != nil {
				t.Fatalf("opened, but cannot be signed: %v", err)
			}
			got, err := letter.Open(again, keys)
			if d := cmp.Diff(l, got, unread); err != nil || d != "" {
				t.Errorf("signed anew it is another: %v %s", err, d)
			}
		}
	})
}

func FuzzEnvelope(f *testing.F) {
	v := golden(f)
	for _, x := range v.Envelopes {
		f.Add(x.Text)
	}
	for _, x := range v.Invalid {
		f.Add(x.Text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		texts := []string{text}
		if part := strings.Split(text, "."); len(part) == 3 {
			if body, err := signed.Decode(part[1]); err == nil {
				sig := cambodia.keys.Current.Raw([]byte("MXP/1 envelope\n" + part[0] + "\n" + signed.Hash(body) + "\n"))
				texts = append(texts, part[0]+"."+part[1]+"."+signed.Base64.EncodeToString(sig))
			}
		}
		for _, text := range texts {
			e, err := letter.ParseEnvelope(text, keys)
			if err == nil {
				if e.String() != text || e.Hash() != signed.Hash([]byte(text)) {
					t.Error("it is not what was read")
				}
				_, err = e.Open(indonesia.keys.Opener, keys)
			}
			if err != nil && letter.CodeOf(err) == "" {
				t.Errorf("not a refusal: %v", err)
			}
		}
	})
}

func FuzzReceipt(f *testing.F) {
	v := golden(f)
	for _, x := range v.Receipts {
		f.Add(x.Text)
	}
	for _, x := range v.Invalid {
		f.Add(x.Text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, text := range []string{text, resigned(text, indonesia.keys.Current)} {
			r, err := letter.ParseReceipt(text, keys)
			if err != nil {
				if letter.CodeOf(err) == "" {
					t.Errorf("not a refusal: %v", err)
				}
				continue
			}
			again, err := r.Sign(indonesia.keys.Current)
			if err != nil {
				t.Fatalf("read, but cannot be signed: %v", err)
			}
			if got, err := letter.ParseReceipt(again, keys); err != nil || got != r {
				t.Errorf("signed anew it is another: %v", err)
			}
		}
	})
}
