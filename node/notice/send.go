package notice

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"mitra/desk/office"
)

// ErrNoServer: somebody is to be told by mail, and no server is named.
var ErrNoServer = errors.New("there is no mail server: mitra.toml has no notice_smtp")

// A Sender sends the messages of an outbox: mail, webhooks, and lines of the log.
type Sender struct {
	Node      string  // the authority's name
	Mailer    *Mailer // nil: no mail
	Key       []byte  // under which webhooks are signed; none: they are not
	Log       *slog.Logger
	Transport http.RoundTripper // nil: the usual one
}

// Send sends a message. Its error does not say the address.
func (s *Sender) Send(ctx context.Context, m office.Message) error {
	to, mails := strings.CutPrefix(m.Address, "mailto:")
	switch {
	case m.Address == office.Log:
		s.Log.Warn("something waits for the office", "what", m.Kind, "clock", m.Class, "due", m.Due.UTC().Format(time.RFC3339), "notices", m.Count)
		return nil
	case !mails:
		return s.hook(ctx, m.Address, m)
	case s.Mailer == nil:
		return ErrNoServer
	}
	if err := s.Mailer.send(ctx, to, m, s.Node); err != nil {
		return errors.New("mail: " + strings.ReplaceAll(err.Error(), to, "the address")) // servers repeat it
	}
	return nil
}
