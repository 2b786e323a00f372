package enquiry_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mitra/desk/enquiry"
	"mitra/node/notice/noticetest"
)

// rotaText is an office that is always open; hook is a webhook.
const rotaText = `
[[officer]]
id = "sok"
addresses = ["mailto:sok@k.example", "%s"]
[[officer]]
id = "chief"
addresses = ["mailto:chief@k.example"]
protection = true
[[officer]]
id = "vice"
addresses = ["mailto:vice@k.example"]
[[office]]
id = "hq"
name = "Headquarters"
zone = "Asia/Phnom_Penh"
duty = [{officers = ["sok"]}]
supervisors = ["chief", "vice"]
fallback = "mailto:desk@k.example"
[office.hours]
monday = "00:00-24:00"
tuesday = "00:00-24:00"
wednesday = "00:00-24:00"
thursday = "00:00-24:00"
friday = "00:00-24:00"
saturday = "00:00-24:00"
sunday = "00:00-24:00"
`

var when = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d`)

// What officers are told by mail and webhooks names nobody, no conversation and no peer; a question about somebody who
// is restricted is told to those who may see it alone, in the words in which they are told of the end of any clock.
func TestNoticesNameNobody(t *testing.T) {
	corridors(t, func(t *testing.T, x *corridor) {
		server := noticetest.Serve(t, noticetest.How{NoTLS: true})
		var mu sync.Mutex
		var posted []string
		hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			mu.Lock()
			defer mu.Unlock()
			posted = append(posted, string(b))
		}))
		defer hook.Close()
		must(t, os.WriteFile(x.kh.n.Home.Rota(), fmt.Appendf(nil, rotaText, hook.URL), 0o600))
		x.kh.n.Config.NoticeSMTP, x.kh.n.Config.NoticeFrom = "smtp://"+server.Addr, "mitra@k.example"
		outbox, err := x.kh.n.Notices(slog.New(slog.NewTextHandler(&x.kh.log, nil)))
		must(t, err)
		outbox.Now = x.kh.d.Now
		var all []noticetest.Mail
		sent := func() map[string]noticetest.Mail {
			t.Helper()
			x.now = x.now.Add(2 * time.Minute)
			must(t, outbox.Turn(ctx))
			to := map[string]noticetest.Mail{}
			for _, m := range server.Took() {
				to[m.To] = m
				all = append(all, m)
			}
			return to
		}
		want := func(to map[string]noticetest.Mail, addresses ...string) {
			t.Helper()
			var got []string
			for a := range to {
				got = append(got, strings.TrimSuffix(a, "@k.example"))
			}
			slices.Sort(got)
			if !slices.Equal(got, addresses) {
				t.Errorf("told %q, want %q", got, addresses)
			}
		}

		_, err = x.kh.restrict(known[1].ID, "possible_victim", liaison)
		must(t, err)
		hidden := x.ask(enquiry.Question{Person: described(known[1]), Clock: "urgent", Release: []string{"stay"}})
		protected := sent()
		want(protected, "chief")
		x.kh.log.Reset()
		seen := x.ask(enquiry.Question{Person: described(known[8]), Clock: "urgent", Release: []string{"stay"}})
		want(sent())
		x.pass(4 * time.Hour)
		want(sent(), "sok")
		x.pass(5 * time.Hour)
		over := sent()
		want(over, "chief", "vice")

		look := func(m noticetest.Mail) string { return m.Subject + "\n" + when.ReplaceAllString(m.Text, "WHEN") }
		if a, b := look(protected["chief@k.example"]), look(over["chief@k.example"]); a != b {
			t.Errorf("a question about somebody who is restricted is told as\n%s\nthe end of a clock as\n%s", a, b)
		}
		if len(posted) != 1 || len(all) != 4 {
			t.Errorf("%d webhooks, %d mails", len(posted), len(all))
		}
		for _, m := range all {
			posted = append(posted, m.Raw+m.Subject+m.Text)
		}
		betrays := []string{hidden.Conversation, seen.Conversation, x.id.n.Name(), "protect", "restrict", "victim", "stay"}
		for _, r := range []map[string]string{described(known[1]), described(known[8])} {
			betrays = append(betrays, strings.Fields(r["full_name"])...)
			betrays = append(betrays, r["birth_date"], r["passport_no"])
		}
		for _, said := range append(posted, x.kh.log.String()) {
			for _, word := range betrays {
				if strings.Contains(strings.ToLower(said), strings.ToLower(word)) {
					t.Errorf("%q stands in\n%s", word, said)
				}
			}
		}
	})
}
