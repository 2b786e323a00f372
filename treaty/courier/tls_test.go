package courier

import (
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"
)

func identity(t *testing.T, node string) (tls.Certificate, string) {
	t.Helper()
	c, err := Certificate(NewIdentity(), node)
	if err != nil {
		t.Fatal(err)
	}
	return c, Pin(c.Leaf)
}

// shake has a client call a server and returns what each of them says to it.
func shake(t *testing.T, server, client *tls.Config) (atServer, atClient error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			done <- err
			return
		}
		defer c.Close()
		s := tls.Server(c, server)
		if err = s.Handshake(); err == nil {
			_, err = s.Write([]byte("ok"))
		}
		done <- err
	}()
	c, err := tls.Dial("tcp", l.Addr().String(), client)
	if err == nil {
		_, err = c.Read(make([]byte, 2)) // a server's refusal comes after the client is done
		c.Close()
	}
	return <-done, err
}

func TestPinnedBothWays(t *testing.T) {
	kh, khPin := identity(t, "mitra/KH/x")
	id, idPin := identity(t, "mitra/ID/y")
	stranger, strangerPin := identity(t, "mitra/KH/x") // the same name says nothing
	if khPin == strangerPin {
		t.Fatal("two keys have one pin")
	}
	knows := func(pins ...string) func(string) bool {
		return func(pin string) bool { return strings.Contains(strings.Join(pins, " "), pin) }
	}
	if s, c := shake(t, serverTLS(kh, knows(idPin)), clientTLS(id, []string{khPin})); s != nil || c != nil {
		t.Errorf("two that know each other: %v, %v", s, c)
	}
	if s, c := shake(t, serverTLS(kh, knows(idPin)), clientTLS(stranger, []string{khPin})); !errors.Is(s, ErrStranger) || c == nil {
		t.Errorf("a client that the server does not know: %v, %v", s, c)
	}
	if s, c := shake(t, serverTLS(stranger, knows(idPin)), clientTLS(id, []string{khPin})); s == nil || !errors.Is(c, ErrStranger) {
		t.Errorf("a server that the client does not know: %v, %v", s, c)
	}
	nobody := clientTLS(id, []string{khPin})
	nobody.Certificates = nil
	if s, _ := shake(t, serverTLS(kh, knows(idPin)), nobody); s == nil {
		t.Error("a client without a certificate is let in")
	}
	old := clientTLS(id, []string{khPin})
	old.MinVersion, old.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	if s, _ := shake(t, serverTLS(kh, knows(idPin)), old); s == nil {
		t.Error("TLS 1.2 is spoken")
	}
}
