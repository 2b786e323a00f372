package node_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"mitra/node"
	"mitra/node/keyring"
)

const oidc = `
[oidc]
issuer = "https://id.authority.example"
client_id = "mitra"
client_secret_file = "oidc.secret"
`

// withOIDC adds a provider to the settings of a node, with a secret of a mode.
func withOIDC(h node.Home, text string, mode os.FileMode) error {
	f, err := os.OpenFile(h.Config(), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close(), os.WriteFile(string(h)+"/oidc.secret", []byte("a secret\n"), mode), os.Chmod(string(h)+"/oidc.secret", mode))
}

// What is wrong with a provider is told at the start, with its line; that it cannot be reached is not, and keeps no node from serving.
func TestOIDCRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		mode os.FileMode
		want error
		says string
	}{
		"issuer without TLS": {strings.Replace(oidc, "https:", "http:", 1), 0o600, node.ErrConfig, "oidc.issuer: want"},
		"issuer of no kind":  {strings.Replace(oidc, "https://id", "id", 1), 0o600, node.ErrConfig, "oidc.issuer: want"},
		"issuer with a name": {strings.Replace(oidc, "https://", "https://a:b@", 1), 0o600, node.ErrConfig, "oidc.issuer: want"},
		"no client":          {strings.Replace(oidc, `client_id = "mitra"`, "", 1), 0o600, node.ErrConfig, "oidc.client_id: want"},
		"no secret":          {strings.Replace(oidc, `client_secret_file = "oidc.secret"`, "", 1), 0o600, node.ErrConfig, "oidc.client_secret_file: want"},
		"a secret in it":     {oidc + "client_secret = \"x\"\n", 0o600, node.ErrConfig, "oidc.client_secret: there is no such key"},
		"a number":           {oidc + "label = 7\n", 0o600, node.ErrConfig, "oidc.label: want text"},
		"a long label":       {oidc + "label = \"" + strings.Repeat("x", 41) + "\"\n", 0o600, node.ErrConfig, "oidc.label: want a name"},
		"no table":           {"oidc = \"x\"\n", 0o600, node.ErrConfig, "oidc: there is no such key"},
		"loose secret":       {oidc, 0o640, keyring.ErrLoose, "0640"},
		"no file":            {strings.Replace(oidc, "oidc.secret", "gone.secret", 1), 0o600, node.ErrConfig, "oidc.client_secret_file: no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			h := servable(t)
			if err := withOIDC(h, c.text, c.mode); err != nil {
				t.Fatal(err)
			}
			n, err := node.Open(t.Context(), h, "", nil)
			if err == nil {
				defer n.Close()
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				err = n.Serve(ctx, slog.New(slog.DiscardHandler), func(node.Running) { t.Error("it is served"); cancel() })
			}
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "a secret\n") {
				t.Errorf("error %v, want %v with %q", err, c.want, c.says)
			}
		})
	}
}

// A desk with a name in its certificate has passkeys at that name, and nowhere else; a provider that nobody can reach is offered.
func TestSignInOfTheDesk(t *testing.T) {
	h := servable(t)
	pool := deskCertificate(t, string(h), time.Now().Add(100*24*time.Hour), "desk.example", "*.desk.example")
	if err := errors.Join(byTLS(h), withOIDC(h, oidc+"label = \"Ministry\"\n", 0o600)); err != nil {
		t.Fatal(err)
	}
	if found := node.Examine(t.Context(), h, "", nil, slog.New(slog.DiscardHandler)); !slices.ContainsFunc(found, func(c node.Check) bool { return c.What == "sign-in" && c.OK }) {
		t.Errorf("the doctor does not look at the provider: %+v", found)
	}
	n, err := node.Open(t.Context(), h, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	ctx, cancel := context.WithCancel(t.Context())
	running, done := make(chan node.Running, 1), make(chan error, 1)
	go func() {
		done <- n.Serve(ctx, slog.New(slog.DiscardHandler), func(r node.Running) { running <- r })
	}()
	var r node.Running
	select {
	case r = <-running:
	case err := <-done:
		t.Fatal(err)
	}
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	port := r.Desk[strings.LastIndex(r.Desk, ":"):]
	for host, want := range map[string]bool{"desk.example" + port: true, "DESK.example" + port: true, "desk.example": false, "desk.example:1": false, "a.desk.example" + port: false, "127.0.0.1" + port: false, "elsewhere.example" + port: false} {
		req, err := http.NewRequest("GET", r.Desk+"/signin", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || strings.Contains(string(b), "data-begin") != want || !strings.Contains(string(b), "Sign in with Ministry") {
			t.Errorf("%s: passkeys: %v (%v)", host, !want, err)
		}
	}
	client.CloseIdleConnections()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
