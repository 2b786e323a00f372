package letter_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

func TestReceipts(t *testing.T) {
	l := sample("enquiry", 0)
	e := must(letter.ParseEnvelope(must(letter.Seal(must(letter.Sign(cambodia.keys.Current, l)), l.Header, cambodia.keys.Current, indonesia.seal())), keys))
	refused := must(letter.Judged(e, &letter.Refusal{Code: letter.FieldNotAllowed, Err: errors.New("stay_until")}, now))
	for _, r := range []letter.Receipt{
		letter.Stored(e, signed.Hash([]byte("leaf")), "", now),
		letter.Stored(e, signed.Hash([]byte("leaf")), strings.Repeat("checkpoint\n", 300), now),
		must(letter.Judged(e, nil, now)),
		refused,
		letter.Decided(l.Header, mid(2), now),
	} {
		text, err := r.Sign(indonesia.keys.Current)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > letter.MaxReceipt {
			t.Errorf("a receipt of %d bytes", len(text))
		}
		got, err := letter.ParseReceipt(text, keys)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(r, got); d != "" {
			t.Error(d)
		}
		if err := got.Check(e); err != nil {
			t.Error(err)
		}
	}
	other := must(letter.ParseEnvelope(must(letter.Seal(must(letter.Sign(cambodia.keys.Current, l)), l.Header, cambodia.keys.Current, indonesia.seal())), keys))
	if err := letter.Stored(other, signed.Hash(nil), "", now).Check(e); letter.CodeOf(err) != letter.HeaderDiffers {
		t.Errorf("R1 of another envelope with the same mid: %v", err)
	}
	if refused.OK || refused.Code != letter.FieldNotAllowed {
		t.Errorf("%v %s", refused.OK, refused.Code)
	}
	if _, err := letter.Judged(e, errors.New("disk full"), now); err == nil {
		t.Error("the node's own trouble is a judgement")
	}
}

func TestReceiptRefuses(t *testing.T) {
	k := indonesia.keys.Current
	hash := signed.Hash([]byte("x"))
	base := map[string]any{"iss": id, "aud": kh, "mid": mid(1), "at": int64(now)}
	sign := func(typ string, header map[string]any, members map[string]any) string {
		p := map[string]any{}
		for _, m := range []map[string]any{base, members} {
			for n, v := range m {
				if p[n] = v; v == nil {
					delete(p, n)
				}
			}
		}
		return must(signed.Sign(k, typ, header, must(json.Marshal(p))))
	}
	type m = map[string]any
	r1 := m{"r": 1, "env": hash, "leaf": hash, "head": ""}
	and := func(a m, n string, v any) m {
		out := m{n: v}
		for k, x := range a {
			if k != n {
				out[k] = x
			}
		}
		return out
	}
	for _, c := range []struct {
		name, text string
		want       letter.Code
	}{
		{"good", sign("mxp-receipt", nil, r1), ""},
		{"good R2", sign("mxp-receipt", nil, m{"r": 2, "ok": true}), ""},
		{"too large", strings.Repeat("a", letter.MaxReceipt+1), letter.TooLarge},
		{"a letter", sign("mxp-letter/ping", nil, r1), letter.Malformed},
		{"header", sign("mxp-receipt", m{"x": 1}, r1), letter.Malformed},
		{"no stage", sign("mxp-receipt", nil, m{"ok": true}), letter.Malformed},
		{"stage 4", sign("mxp-receipt", nil, m{"r": 4}), letter.Malformed},
		{"no head", sign("mxp-receipt", nil, and(r1, "head", nil)), letter.Malformed},
		{"long head", sign("mxp-receipt", nil, and(r1, "head", strings.Repeat("x", 5000))), letter.Malformed},
		{"leaf", sign("mxp-receipt", nil, and(r1, "leaf", "x")), letter.Malformed},
		{"more", sign("mxp-receipt", nil, and(r1, "ok", true)), letter.Malformed},
		{"unknown", sign("mxp-receipt", nil, and(r1, "x", true)), letter.Malformed},
		{"at", sign("mxp-receipt", nil, and(r1, "at", 0)), letter.Malformed},
		{"to itself", sign("mxp-receipt", nil, and(r1, "aud", id)), letter.Malformed},
		{"no ok", sign("mxp-receipt", nil, m{"r": 2, "code": "malformed"}), letter.Malformed},
		{"no code", sign("mxp-receipt", nil, m{"r": 2, "ok": false}), letter.Malformed},
		{"a code though ok", sign("mxp-receipt", nil, m{"r": 2, "ok": true, "code": "malformed"}), letter.Malformed},
		{"code unknown", sign("mxp-receipt", nil, m{"r": 2, "ok": false, "code": "no_idea"}), letter.Malformed},
		{"answer", sign("mxp-receipt", nil, m{"r": 3, "answer": "x"}), letter.Malformed},
		{"answers itself", sign("mxp-receipt", nil, m{"r": 3, "answer": mid(1)}), letter.Malformed},
		{"in another's name", sign("mxp-receipt", nil, m{"r": 2, "ok": true, "iss": kh, "aud": id}), letter.KeyUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := letter.ParseReceipt(c.text, keys); letter.CodeOf(err) != c.want || c.want == "" && err != nil {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
	for _, r := range []letter.Receipt{{}, {Stage: 1, Issuer: id, Audience: kh, ID: mid(1), At: now}, {Stage: 2, Issuer: id, Audience: kh, ID: mid(1), At: now}} {
		if _, err := r.Sign(k); letter.CodeOf(err) != letter.Malformed {
			t.Errorf("%+v is signed: %v", r, err)
		}
	}
}
