package notice

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"mitra/desk/office"
	"mitra/node/notice/noticetest"
)

var message = office.Message{
	ID: "01a2", Officer: "sok", Address: "mailto:sok@k.example", Kind: office.Half, Class: "urgent",
	Due: time.Date(2026, 12, 1, 1, 0, 0, 0, time.UTC), Zone: time.FixedZone("", 7*3600), Count: 3,
}

func sender(t *testing.T, s *noticetest.Server, scheme string) *Sender {
	t.Helper()
	u, err := url.Parse(scheme + "://" + s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	return &Sender{Node: "Authority K (SYNTHETIC)", Mailer: &Mailer{Server: u, From: "mitra@k.example", Roots: s.Roots}, Log: slog.New(slog.DiscardHandler)}
}

// The golden text: whoever changes it sees what an officer sees.
const golden = `Something waits at the desk of Authority K (SYNTHETIC).
Clock: urgent, 2026-12-01 08:00 +07:00. Notices in this message: 3.
To look: mitra enquiry inbox

Ada yang menunggu di meja kerja Authority K (SYNTHETIC).
Batas waktu: urgent, 2026-12-01 08:00 +07:00. Jumlah pemberitahuan dalam pesan ini: 3.
Untuk melihat: mitra enquiry inbox
Teks ini belum ditinjau oleh penutur bahasa. (Not yet reviewed by a speaker.)

មានកិច្ចការរង់ចាំនៅតុការងាររបស់ Authority K (SYNTHETIC)។
កាលកំណត់៖ urgent, 2026-12-01 08:00 +07:00។ ចំនួនការជូនដំណឹងក្នុងសារនេះ៖ 3។
ដើម្បីមើល៖ mitra enquiry inbox
អត្ថបទនេះ មិនទាន់បានពិនិត្យដោយអ្នកចេះភាសានៅឡើយទេ។ (Not yet reviewed by a speaker.)
`

func TestMail(t *testing.T) {
	for name, c := range map[string]struct {
		how    noticetest.How
		scheme string
	}{
		"STARTTLS": {noticetest.How{User: "mitra", Password: "secret words"}, "smtp"},
		"TLS":      {noticetest.How{TLS: true, User: "mitra", Password: "secret words"}, "smtps"},
	} {
		t.Run(name, func(t *testing.T) {
			server := noticetest.Serve(t, c.how)
			s := sender(t, server, c.scheme)
			s.Mailer.User, s.Mailer.Password = "mitra", "secret words"
			if err := s.Mailer.Reach(t.Context()); err != nil {
				t.Error(err)
			}
			if err := s.Send(t.Context(), message); err != nil {
				t.Fatal(err)
			}
			got := server.Took()
			if len(got) != 1 || !got[0].Encrypted || got[0].To != "sok@k.example" || got[0].Subject != "Mitra: please look at the desk" || got[0].ID != "<01a2@k.example>" || got[0].Text != golden {
				t.Errorf("%+v", got)
			}
			s.Mailer.Password = "wrong"
			if err := s.Mailer.Reach(t.Context()); err == nil {
				t.Error("a wrong password is taken")
			}
			s.Mailer.Roots = nil
			if err := s.Send(t.Context(), message); err == nil || len(server.Took()) > 0 {
				t.Errorf("mail went to a server whose certificate nobody knows: %v", err)
			}
		})
	}
}

// Without TLS mail goes to this machine only.
func TestMailNeedsTLS(t *testing.T) {
	server := noticetest.Serve(t, noticetest.How{NoTLS: true})
	s := sender(t, server, "smtp")
	if err := s.Send(t.Context(), message); err != nil || len(server.Took()) != 1 {
		t.Errorf("to this machine: %v", err)
	}
	s.Mailer.Server.Host = "mail.example:587"
	s.Mailer.dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.Addr)
	}
	if err := s.Send(t.Context(), message); err == nil || len(server.Took()) != 0 {
		t.Errorf("to another machine: %v", err)
	}
	if err := s.Mailer.Reach(t.Context()); err == nil {
		t.Error("a server without TLS is as it should be")
	}
}

func TestErrorsDoNotSayTheAddress(t *testing.T) {
	server := noticetest.Serve(t, noticetest.How{Refuse: "sok@k.example"})
	s := sender(t, server, "smtp")
	if err := s.Send(t.Context(), message); err == nil || strings.Contains(err.Error(), "sok") {
		t.Error(err)
	}
	s.Mailer = nil
	if err := s.Send(t.Context(), message); !errors.Is(err, ErrNoServer) {
		t.Error(err)
	}
	hook := message
	hook.Address = "https://127.0.0.1:1/sok-token"
	if err := s.Send(t.Context(), hook); err == nil || strings.Contains(err.Error(), "token") {
		t.Error(err)
	}
}

func TestWebhook(t *testing.T) {
	type request struct {
		header http.Header
		body   []byte
	}
	var got []request
	status := http.StatusNoContent
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got = append(got, request{r.Header, b})
		if status == http.StatusFound {
			http.Redirect(w, r, "/elsewhere", status)
			return
		}
		w.WriteHeader(status)
	}))
	defer server.Close()
	s := &Sender{Node: "Authority K", Key: []byte("a key of the house"), Log: slog.New(slog.DiscardHandler)}
	m := message
	m.Address = server.URL + "/sok"
	if err := s.Send(t.Context(), m); err != nil || len(got) != 1 {
		t.Fatal(err, len(got))
	}
	mac := hmac.New(sha256.New, s.Key)
	mac.Write(got[0].body)
	if want := "sha256=" + hex.EncodeToString(mac.Sum(nil)); got[0].header.Get(SignatureHeader) != want || got[0].header.Get(IDHeader) != "01a2" {
		t.Errorf("headers %v", got[0].header)
	}
	var said map[string]any
	d := json.NewDecoder(bytes.NewReader(got[0].body))
	if err := d.Decode(&said); err != nil || len(said) != 5 || said["kind"] != "clock-half" || said["class"] != "urgent" || said["due"] != "2026-12-01T01:00:00Z" || said["count"] != 3.0 || said["node"] != "Authority K" {
		t.Errorf("%v %v", said, err)
	}
	s.Key = nil
	if err := s.Send(t.Context(), m); err != nil || got[1].header.Get(SignatureHeader) != "" {
		t.Errorf("without a key: %v %v", err, got[1].header)
	}
	for _, status = range []int{http.StatusInternalServerError, http.StatusNotFound, http.StatusFound} {
		before := len(got)
		if err := s.Send(t.Context(), m); err == nil || len(got) != before+1 {
			t.Errorf("status %d: %v after %d requests", status, err, len(got)-before)
		}
	}
}

func TestLog(t *testing.T) {
	var log bytes.Buffer
	s := &Sender{Log: slog.New(slog.NewTextHandler(&log, nil))}
	m := message
	m.Address = office.Log
	if err := s.Send(t.Context(), m); err != nil || !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "clock=urgent") {
		t.Error(err, log.String())
	}
}
