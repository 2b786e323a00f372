package node_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mitra/node"
	"mitra/node/keyring"
)

// deskCertificate writes a certificate for this machine and its key into a folder.
func deskCertificate(t *testing.T, dir string, until time.Time, names ...string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "desk"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: names,
		NotBefore: until.Add(-365 * 24 * time.Hour), NotAfter: until,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"desk.crt": {Type: "CERTIFICATE", Bytes: der}, "desk.key": {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return pool
}

// servable is a node on free addresses.
func servable(t *testing.T) node.Home {
	t.Helper()
	h := node.Home(filepath.Join(t.TempDir(), "home"))
	s := setup()
	s.Exchange, s.Desk, s.Metrics = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	if err := node.Init(t.Context(), h, s); err != nil {
		t.Fatal(err)
	}
	return h
}

func byTLS(h node.Home) error {
	return errors.Join(change(h.Config(), `desk_certificate = ""`, `desk_certificate = "desk.crt"`), change(h.Config(), `desk_key = ""`, `desk_key = "desk.key"`))
}

// Officers of other offices reach the desk by TLS 1.3, and nobody without it.
func TestDeskByTLS(t *testing.T) {
	h := servable(t)
	pool := deskCertificate(t, string(h), time.Now().Add(100*24*time.Hour))
	if err := byTLS(h); err != nil {
		t.Fatal(err)
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
	res, err := client.Get(r.Desk + "/")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK || res.TLS == nil || res.TLS.Version != tls.VersionTLS13 {
		t.Errorf("%s: %s, %+v", r.Desk, res.Status, res.TLS)
	}
	if res, err := http.Get("http" + strings.TrimPrefix(r.Desk, "https")); err == nil {
		res.Body.Close()
		if res.StatusCode == http.StatusOK {
			t.Error("the desk speaks without TLS too")
		}
	}
	old := client
	old.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS12}}
	if res, err := old.Get(r.Desk + "/"); err == nil {
		res.Body.Close()
		t.Error("the desk speaks TLS 1.2")
	}
	client.CloseIdleConnections()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestDeskRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(h node.Home) error
		want  error
		says  string
	}{
		"other machines without TLS": {func(h node.Home) error { return change(h.Config(), "desk = \"127.0.0.1", "desk = \"0.0.0.0") }, node.ErrConfig, "only by TLS"},
		"half of it":                 {func(h node.Home) error { return change(h.Config(), `desk_key = ""`, `desk_key = "desk.key"`) }, node.ErrConfig, "both or neither"},
		"no file":                    {func(h node.Home) error { return errors.Join(byTLS(h), os.Remove(string(h)+"/desk.key")) }, node.ErrConfig, "desk_key: no such file"},
		"no files": {func(h node.Home) error {
			return errors.Join(byTLS(h), os.Remove(string(h)+"/desk.key"), os.Remove(string(h)+"/desk.crt"))
		}, node.ErrConfig, "desk.crt\n"}, // and what stands behind is told too
		"no certificate": {func(h node.Home) error {
			return errors.Join(byTLS(h), os.WriteFile(string(h)+"/desk.crt", []byte("x"), 0o600))
		}, node.ErrConfig, "PEM"},
		"loose key": {func(h node.Home) error { return errors.Join(byTLS(h), os.Chmod(string(h)+"/desk.key", 0o640)) }, keyring.ErrLoose, "0640"},
		"expired": {func(h node.Home) error {
			deskCertificate(t, string(h), time.Now().Add(-time.Hour))
			return byTLS(h)
		}, node.ErrConfig, "holds from"},
	} {
		t.Run(name, func(t *testing.T) {
			h := servable(t)
			deskCertificate(t, string(h), time.Now().Add(100*24*time.Hour))
			if err := c.spoil(h); err != nil {
				t.Fatal(err)
			}
			n, err := node.Open(t.Context(), h, "", nil)
			if err == nil {
				defer n.Close()
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				err = n.Serve(ctx, slog.New(slog.DiscardHandler), func(node.Running) { t.Error("it is served") })
			}
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want %v with %q", err, c.want, c.says)
			}
		})
	}
}

// The doctor tells of a certificate before it ends.
func TestDoctorOnTheDesk(t *testing.T) {
	h := servable(t)
	if err := byTLS(h); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		days int
		ok   bool
	}{{100, true}, {10, false}, {-1, false}} {
		deskCertificate(t, string(h), time.Now().Add(time.Duration(c.days)*24*time.Hour))
		if err := os.Chmod(string(h)+"/desk.crt", 0o644); err != nil { // it is public
			t.Fatal(err)
		}
		seen := 0
		for _, check := range node.Examine(t.Context(), h, "", nil, slog.New(slog.DiscardHandler)) {
			if check.What == "files" && !check.OK {
				t.Errorf("%+v", check)
			}
			if check.What != "desk" {
				continue
			}
			if seen++; check.OK != c.ok {
				t.Errorf("%d days: %+v", c.days, check)
			}
		}
		if seen != 1 {
			t.Errorf("%d days: told %d times", c.days, seen)
		}
	}
}
