package evidence_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"mitra/treaty/evidence"
)

// Both nodes prove the same conversation, to somebody who has the two first cards.
func TestBothProveIt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c corridor) {
		cid := c.talk(4)
		for _, n := range []*node{c.kh, c.id} {
			b, err := n.export(cid).Bytes()
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(b, []byte("BUDI SANTOSO")) { // it is signed, not hidden; but nothing else has it
				t.Error("the file has more of a letter than the letter")
			}
			f, err := evidence.Read(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			rep := evidence.Verify(f, false, c.kh.cards[0], c.id.cards[0])
			if !rep.OK || len(rep.Faults)+len(rep.Open) > 0 || len(rep.Letters) != 4 || len(rep.Parties) != 2 || len(rep.Agreements) != 1 {
				out, _ := json.MarshalIndent(rep, "", " ")
				t.Fatalf("%s: %s", n.name, out)
			}
			for i, want := range []string{"enquiry", "answer", "release-request", "release"} {
				l := rep.Letters[i]
				if l.Type != want || l.Stored == "" || l.Judged == "" || l.Refused != "" || !l.Witnessed || !l.Promised || l.Payload != nil || (l.Decided != "") != (i < 3) {
					t.Errorf("%s: letter %d: %+v", n.name, i, l)
				}
			}
			for _, p := range rep.Parties {
				if !p.Compared || len(strings.Fields(p.Fingerprint)) != 7 {
					t.Errorf("%+v", p)
				}
			}
			if rep := evidence.Verify(f, true); !rep.OK || rep.Parties[0].Compared || !strings.Contains(rep.CannotKnow, "seven words") || !bytes.Contains(rep.Letters[0].Payload, []byte("BUDI")) {
				t.Errorf("without the cards: %+v", rep)
			}
			t.Logf("%d bytes", len(b))
		}
	})
}
