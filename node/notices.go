package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"mitra/desk/office"
	"mitra/node/keyring"
	"mitra/node/notice"
)

// Notices is the outbox of what officers are told, as mitra.toml says. It refuses secret files that others can read.
func (n *Node) Notices(log *slog.Logger) (*office.Outbox, error) {
	s := &notice.Sender{Node: n.Config.Authority, Log: log}
	if n.Config.Synthetic && !strings.Contains(s.Node, "SYNTHETIC") {
		s.Node += " (SYNTHETIC)"
	}
	var err error
	if s.Mailer, err = n.mailer(); err != nil {
		return nil, err
	}
	if n.Config.NoticeKey != "" {
		key, err := n.secret("notice_key", n.Config.NoticeKey)
		if err != nil {
			return nil, err
		}
		s.Key = []byte(key)
	}
	return &office.Outbox{DB: n.DB, Log: log, Now: time.Now, Send: s.Send}, nil
}

// mailer sends mail; nil where no server is named.
func (n *Node) mailer() (*notice.Mailer, error) {
	c := n.Config
	if c.NoticeSMTP == "" {
		return nil, nil
	}
	server, err := url.Parse(c.NoticeSMTP)
	if err != nil {
		return nil, n.misconfigured([]fault{{"notice_smtp", "want smtp://host:587 or smtps://host:465"}})
	}
	m := &notice.Mailer{Server: server, From: c.NoticeFrom}
	if c.NoticeLogin != "" {
		login, err := n.secret("notice_login", c.NoticeLogin)
		if err != nil {
			return nil, err
		}
		user, password, two := strings.Cut(login, "\n")
		m.User, m.Password = strings.TrimRight(user, "\r"), strings.TrimRight(password, "\r\n")
		if !two || m.User == "" || m.Password == "" {
			return nil, n.misconfigured([]fault{{"notice_login", "want a file of two lines: the name, and the password"}})
		}
	}
	return m, nil
}

// secret reads a file that only its owner can read, without the end of its last line.
func (n *Node) secret(key, path string) (string, error) {
	path = n.Home.inside(path)
	switch err := keyring.Private(path); {
	case errors.Is(err, fs.ErrNotExist):
		return "", n.misconfigured([]fault{{key, "no such file: " + path}})
	case errors.Is(err, keyring.ErrLoose):
		return "", fmt.Errorf("%s: %w", key, err)
	case err != nil:
		return "", n.misconfigured([]fault{{key, fmt.Sprintf("%s: %v", path, cause(err))}})
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	text := strings.TrimRight(string(b), "\r\n")
	if text == "" {
		return "", n.misconfigured([]fault{{key, path + " is empty"}})
	}
	return text, nil
}

// TellNow sends what waits for officers from a command, since the node may not be served. What goes wrong is told of in
// the log: it keeps no letter from its way.
func (n *Node) TellNow(ctx context.Context, log *slog.Logger) {
	if _, served := n.Home.Running(); served {
		return
	}
	o, err := n.Notices(log)
	if err == nil {
		o.AtOnce = true
		err = o.Turn(ctx)
	}
	if err != nil {
		log.Error("notices to officers wait", "error", err)
	}
}
