// Package noticetest is a mail server for tests, small and real: it speaks SMTP with STARTTLS, or TLS from the start.
package noticetest

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"
)

// How a server speaks.
type How struct {
	TLS      bool // from the start
	NoTLS    bool // no STARTTLS either
	User     string
	Password string
	Refuse   string // an address that it does not take
}

// A Mail is what the server has taken, as its reader sees it.
type Mail struct {
	From, To, ID, Subject, Text string
	Raw                         string
	Encrypted                   bool // on its way here
	User                        string
}

// A Server takes mail on this machine until the test ends.
type Server struct {
	Addr  string // host:port
	Roots *x509.CertPool

	how  How
	tls  *tls.Config
	mu   sync.Mutex
	took []Mail
	fail bool
}

// Serve begins to take mail.
func Serve(t testing.TB, how How) *Server {
	t.Helper()
	s := &Server{how: how}
	s.certify(t)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Addr = l.Addr().String()
	var open sync.WaitGroup
	open.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if how.TLS {
				c = tls.Server(c, s.tls)
			}
			open.Go(func() {
				defer c.Close()
				_ = c.SetDeadline(time.Now().Add(30 * time.Second))
				_ = s.talk(c)
			})
		}
	})
	t.Cleanup(func() { l.Close(); open.Wait() })
	return s
}

func (s *Server) certify(t testing.TB) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"mail.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	s.Roots = x509.NewCertPool()
	s.Roots.AddCert(cert)
	s.tls = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// Fail has the server refuse everything, or take mail again.
func (s *Server) Fail(fail bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = fail
}

// Took returns what has come since it was last called.
func (s *Server) Took() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	took := s.took
	s.took = nil
	return took
}

// talk is one session.
func (s *Server) talk(c net.Conn) error {
	in := bufio.NewReader(c)
	say := func(format string, args ...any) { fmt.Fprintf(c, format+"\r\n", args...) }
	var m Mail
	m.Encrypted = s.how.TLS
	say("220 mail")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return err
		}
		line = strings.TrimRight(line, "\r\n")
		verb, rest, _ := strings.Cut(line, " ")
		s.mu.Lock()
		fail := s.fail
		s.mu.Unlock()
		switch verb = strings.ToUpper(verb); {
		case verb == "EHLO":
			say("250-mail")
			if !m.Encrypted && !s.how.NoTLS {
				say("250-STARTTLS")
			}
			if s.how.User != "" && m.Encrypted {
				say("250-AUTH PLAIN")
			}
			say("250 8BITMIME")
		case verb == "STARTTLS" && !s.how.NoTLS:
			say("220 go on")
			c = tls.Server(c, s.tls)
			in, m.Encrypted = bufio.NewReader(c), true
		case verb == "AUTH":
			_, word, _ := strings.Cut(rest, " ")
			plain, _ := base64.StdEncoding.DecodeString(word)
			if string(plain) != "\x00"+s.how.User+"\x00"+s.how.Password {
				say("535 no")
				continue
			}
			m.User = s.how.User
			say("235 yes")
		case fail:
			say("451 later")
		case verb == "MAIL" && s.how.User != m.User:
			say("530 who are you")
		case verb == "MAIL":
			say("250 yes")
		case verb == "RCPT":
			m.To = strings.Trim(strings.TrimPrefix(rest, "TO:"), "<>")
			if m.To == s.how.Refuse {
				say("550 <%s> is not here", m.To)
				continue
			}
			say("250 yes")
		case verb == "DATA":
			say("354 go on")
			if err := s.data(in, m); err != nil {
				return err
			}
			say("250 taken")
		case verb == "QUIT":
			say("221 bye")
			return nil
		case verb == "NOOP", verb == "RSET":
			say("250 yes")
		default:
			say("502 what")
		}
	}
}

func (s *Server) data(in *bufio.Reader, m Mail) error {
	var raw strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return err
		}
		if strings.TrimRight(line, "\r\n") == "." {
			break
		}
		raw.WriteString(strings.TrimPrefix(line, "."))
	}
	m.Raw = raw.String()
	letter, err := mail.ReadMessage(strings.NewReader(m.Raw))
	if err != nil {
		return err
	}
	var body io.Reader = letter.Body
	switch strings.ToLower(letter.Header.Get("Content-Transfer-Encoding")) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	m.From, m.ID, m.Text = letter.Header.Get("From"), letter.Header.Get("Message-Id"), strings.ReplaceAll(string(text), "\r\n", "\n")
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(letter.Header.Get("Subject")); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.took = append(s.took, m)
	return nil
}
