package notice

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"mitra/desk/office"
)

// patience is how long a server may take to answer.
const patience = 10 * time.Second

// A Mailer sends mail by a server. What goes to another machine goes by TLS or not at all.
type Mailer struct {
	Server         *url.URL // smtp://host:port (STARTTLS) or smtps://host:port
	From           string
	User, Password string         // "" where the server wants none
	Roots          *x509.CertPool // nil: those of the system

	dial mail.DialContextFunc // for tests of servers that are elsewhere
}

// session is a connection to the server, on which it has said who it is and taken name and password. done closes it,
// whatever became of it.
func (m *Mailer) session(ctx context.Context) (c *mail.Client, done func(), err error) {
	host := m.Server.Hostname()
	config := &tls.Config{ServerName: host, RootCAs: m.Roots, MinVersion: tls.VersionTLS12}
	port, policy := 587, mail.TLSMandatory
	ip := net.ParseIP(host)
	tlsFirst := m.Server.Scheme == "smtps"
	switch {
	case tlsFirst:
		port, policy = 465, mail.NoTLS // it is there already
	case host == "localhost" || ip != nil && ip.IsLoopback():
		policy = mail.TLSOpportunistic
	}
	if p, err := strconv.Atoi(m.Server.Port()); err == nil {
		port = p
	}
	// The connection is made here, since the library leaves one open on which it has failed.
	var conn net.Conn
	dial := func(ctx context.Context, network, address string) (_ net.Conn, err error) {
		plain := m.dial
		if plain == nil {
			plain = new(net.Dialer).DialContext
		}
		if conn, err = plain(ctx, network, address); err != nil || !tlsFirst {
			return conn, err
		}
		secured := tls.Client(conn, config)
		return secured, secured.HandshakeContext(ctx)
	}
	done = func() {
		if conn != nil {
			conn.Close()
		}
	}
	options := []mail.Option{
		mail.WithPort(port), mail.WithTimeout(patience), mail.WithTLSConfig(config), mail.WithTLSPolicy(policy), mail.WithDialContextFunc(dial),
	}
	if m.User != "" {
		options = append(options, mail.WithUsername(m.User), mail.WithPassword(m.Password),
			mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlain, mail.SMTPAuthLogin))
	}
	if c, err = mail.NewClient(host, options...); err == nil {
		err = c.DialWithContext(ctx)
	}
	return c, done, err
}

// Reach reports whether the server answers, by TLS, and takes the name and password.
func (m *Mailer) Reach(ctx context.Context) error {
	c, done, err := m.session(ctx)
	defer done()
	if err != nil {
		return err
	}
	return c.Close()
}

func (m *Mailer) send(ctx context.Context, to string, x office.Message, node string) error {
	title, err := subject()
	if err != nil {
		return err
	}
	body, err := text(x, node)
	if err != nil {
		return err
	}
	letter := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := errors.Join(letter.From(m.From), letter.To(to)); err != nil {
		return err
	}
	_, domain, _ := strings.Cut(m.From, "@")
	letter.SetMessageIDWithValue(x.ID + "@" + domain) // the same when it is sent again
	letter.SetDate()
	letter.Subject(title)
	letter.SetGenHeader("Auto-Submitted", "auto-generated")
	letter.SetBodyString(mail.TypeTextPlain, body)
	c, done, err := m.session(ctx)
	defer done()
	if err != nil {
		return err
	}
	if err := c.Send(letter); err != nil {
		return err
	}
	_ = c.Close() // the server has taken it
	return nil
}
