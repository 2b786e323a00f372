package courier_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/courier"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
)

// ask sends a request as a node would, with its key.
func (n *node) ask(to *node, method, path string, body []byte, header ...string) (int, string) {
	n.t.Helper()
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{n.courier.Certificate}},
	}}
	defer client.CloseIdleConnections()
	req, err := http.NewRequest(method, to.card.Endpoint+path, bytes.NewReader(body))
	if err != nil {
		n.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return res.StatusCode, err.Error()
	}
	return res.StatusCode, string(b)
}

// sealed is an envelope of a ping from a node to another, changed before it is signed.
func (n *node) sealed(to *node, change func(l *letter.Letter)) string {
	n.t.Helper()
	mid, err := letter.NewID()
	if err != nil {
		n.t.Fatal(err)
	}
	now := time.Now().Unix()
	l := letter.Letter{Type: "ping", Payload: json.RawMessage(`{}`), Header: letter.Header{
		Issuer: n.name, Audience: to.name, ID: mid, Conversation: mid, Issued: now, Expires: now + 3600, Schema: letter.SchemaID("ping"),
	}}
	if change != nil {
		change(&l)
	}
	s, err := courier.Seal(l, n.peer(to), n.keys)
	if err != nil {
		n.t.Fatal(err)
	}
	return s.Envelope
}

// kinds counts the events of a node's book of a peer by their kind.
func (n *node) kinds(peer *node) map[string]int {
	n.t.Helper()
	out, p := map[string]int{}, n.peer(peer)
	if err := n.db.Read(n.t.Context(), func(tx *store.Tx) error {
		clear(out)
		return journal.Events(tx, p.Book, func(e journal.Event) error {
			out[e.Kind]++
			return nil
		})
	}); err != nil {
		n.t.Fatal(err)
	}
	return out
}

func letters(envelopes ...string) []byte {
	b, _ := json.Marshal(map[string]any{"envelopes": envelopes})
	return b
}

// codes are the outcomes of a batch: "ok" or the code of the problem.
func codes(t *testing.T, body string) (out []string) {
	t.Helper()
	var a struct {
		Results []struct {
			Receipt string
			Problem struct{ Type string }
		}
	}
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	for _, r := range a.Results {
		if r.Receipt != "" {
			out = append(out, "ok")
		} else {
			out = append(out, strings.TrimPrefix(r.Problem.Type, "urn:mxp:error:"))
		}
	}
	return out
}

func TestEveryRefusal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		kh, id := newNode(t, "KH", db), newNode(t, "ID", storetest.SQLite(t))
		meet(kh, id)
		kh.start()
		good := id.sealed(kh, nil)
		status, first := id.ask(kh, "POST", "/mxp/v1/letters", letters(good))
		if status != 200 || codes(t, first)[0] != "ok" {
			t.Fatalf("%d %s", status, first)
		}
		// The same again, twice in a request too: the identical receipt.
		if status, again := id.ask(kh, "POST", "/mxp/v1/letters", letters(good)); status != 200 || again != first {
			t.Errorf("the receipt of a duplicate is another: %d %s", status, again)
		}
		other := id.sealed(kh, nil)
		_, both := id.ask(kh, "POST", "/mxp/v1/letters", letters(other, other))
		var twice struct{ Results []struct{ Receipt string } }
		if err := json.Unmarshal([]byte(both), &twice); err != nil || twice.Results[0].Receipt == "" || twice.Results[0] != twice.Results[1] {
			t.Errorf("twice in one request: %v %s", err, both)
		}
		mid := func(to string) func(l *letter.Letter) {
			return func(l *letter.Letter) { l.ID, l.Conversation = to, to }
		}
		known, err := letter.NewID()
		if err != nil {
			t.Fatal(err)
		}
		id.ask(kh, "POST", "/mxp/v1/letters", letters(id.sealed(kh, mid(known))))
		changed := []byte(id.sealed(kh, nil))
		if at := len(changed) - 40; changed[at] == 'A' { // another character of base64url
			changed[at] = 'B'
		} else {
			changed[at] = 'A'
		}
		for _, c := range []struct {
			name, envelope, want string
		}{
			{"nothing", "", "malformed"},
			{"noise", "a.b.c", "malformed"},
			{"a changed signature", string(changed), "signature_wrong"},
			{"another letter under a known mid", id.sealed(kh, mid(known)), "mid_reused"},
			{"for somebody else", id.sealed(kh, func(l *letter.Letter) { l.Audience = "mitra/TH/0191f6a2-7c1e-7b3a-9d55-0a1b2c3d4e61" }), "not_for_us"},
			{"expired", id.sealed(kh, func(l *letter.Letter) { l.Issued -= 7200; l.Expires = l.Issued + 60 }), "expired"},
			{"from the future", id.sealed(kh, func(l *letter.Letter) { l.Issued += 3600; l.Expires += 3600 }), "from_the_future"},
		} {
			status, body := id.ask(kh, "POST", "/mxp/v1/letters", letters(c.envelope))
			if status != 200 || codes(t, body)[0] != c.want {
				t.Errorf("%s: %d %s, want %s", c.name, status, body, c.want)
			}
		}
		for _, c := range []struct {
			name, method, path, body, want string
			status                         int
		}{
			{"no JSON", "POST", "/mxp/v1/letters", "x", "malformed", 400},
			{"no letters", "POST", "/mxp/v1/letters", `{"envelopes":[]}`, "malformed", 400},
			{"65 letters", "POST", "/mxp/v1/letters", string(letters(make([]string, 65)...)), "malformed", 400},
			{"another member", "POST", "/mxp/v1/letters", `{"envelopes":["x"],"more":1}`, "malformed", 400},
			{"no receipts", "POST", "/mxp/v1/receipts", `{"receipts":[]}`, "malformed", 400},
			{"a statement about no book", "POST", "/mxp/v1/witness", `{"old":0,"leaves":[],"checkpoint":"x"}`, "not_for_us", 422},
			{"waiting for ever", "GET", "/mxp/v1/letters?wait=31", "", "malformed", 400},
			{"40 MB", "POST", "/mxp/v1/letters", `{"envelopes":["` + strings.Repeat("x", 40<<20) + `"]}`, "too_large", 413},
		} {
			status, body := id.ask(kh, c.method, c.path, []byte(c.body))
			if status != c.status || !strings.Contains(body, "urn:mxp:error:"+c.want+`"`) {
				t.Errorf("%s: %d %.200s, want %d %s", c.name, status, body, c.status, c.want)
			}
		}
		if status, _ := id.ask(kh, "GET", "/mxp/v1/card", nil, "X-Long", strings.Repeat("x", 64<<10)); status != 431 && status != 0 {
			t.Errorf("64 KiB of headers: %d", status)
		}
		told := map[letter.Code]int64{}
		for _, r := range kh.courier.Refused() {
			told[r.Code] += r.Times
			if r.Peer != id.name || r.Country != "ID" {
				t.Errorf("refused of %+v", r)
			}
		}
		// Seven letters and eight requests.
		for code, times := range map[letter.Code]int64{"malformed": 8, "signature_wrong": 1, "mid_reused": 1, "not_for_us": 2, "expired": 1, "from_the_future": 1, "too_large": 1} {
			if told[code] != times {
				t.Errorf("%s: counted %d times, want %d", code, told[code], times)
			}
		}
		if got := kh.count(`SELECT COUNT(*) FROM inbox`); got != 3 {
			t.Errorf("%d letters were stored, want 3", got)
		}
		if got := kh.kinds(id); got["letter-in"] != 3 || got["mid-reused"] != 1 || got["card"] != 1 {
			t.Errorf("events in the exchange book: %v", got)
		}
		// A stranger is not let in, and a suspended peer not heard.
		stranger := newNode(t, "ID", storetest.SQLite(t))
		if status, body := stranger.ask(kh, "GET", "/mxp/v1/card", nil); status != 0 {
			t.Errorf("a stranger is answered: %d %s", status, body)
		}
		kh.write(func(tx *store.Tx) error { return courier.SetState(tx, id.name, courier.Suspended, "admin") })
		time.Sleep(1100 * time.Millisecond)
		if status, body := id.ask(kh, "POST", "/mxp/v1/letters", letters(id.sealed(kh, nil))); status != 403 || !strings.Contains(body, "urn:mxp:error:suspended") {
			t.Errorf("a suspended peer: %d %s", status, body)
		}
	})
}
