package node

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mitra/desk/account"
	"mitra/desk/registry"
	"mitra/desk/status"
	"mitra/identity/person"
	"mitra/rules"
	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/web"
	"mitra/web/report"
)

// Desk is the officers' desk in a browser, wired to the node.
func (s *Service) Desk() web.Desk {
	n := s.Node
	d := web.Desk{
		DB: n.DB, People: s.People, Enquiries: s.Enquiries, Courier: s.Courier,
		Joint: func(ctx context.Context, r status.Reader, asOf person.Date, lang rules.Lang, id string) (status.Joint, error) {
			return n.Joint(ctx, s.People, r, asOf, lang, id)
		},
		Person: func(ctx context.Context, r status.Reader, asOf person.Date, lang rules.Lang, entry string) ([]registry.Record, status.Whole, error) {
			records, w, err := n.Person(ctx, s.People, r, asOf, lang, entry)
			return records, w, personError(err)
		},
		Entries: func(ctx context.Context, entry string) (entries []string, err error) {
			records, err := n.PersonOf(ctx, s.People, entry)
			for i := range records {
				entries = append(entries, records[i].Entry)
			}
			return entries, personError(err)
		},
		Restrict: func(ctx context.Context, entry string, value rules.Protection, reason string, by account.By) (bool, error) {
			done, err := n.Restrict(ctx, s.People, entry, value, reason, by)
			return done, personError(err)
		},
		Lift: func(ctx context.Context, entry string, by account.By) (bool, error) {
			done, err := n.Lift(ctx, s.People, entry, by)
			return done, personError(err)
		},
		Guests: s.Guests, CloseOffice: n.CloseOffice, Rota: (&rotas{home: n.Home, log: s.Log}).now,
		Report: func(ctx context.Context, r status.Reader, lang rules.Lang) (report.Status, status.Stored, error) {
			return n.report(ctx, r, lang, false, time.Now())
		},
		Seeks: n.Seeks,
		Verify: func(ctx context.Context, records bool) (out web.Verified, err error) {
			key, err := n.Home.verifierKey()
			if err != nil {
				return out, err
			}
			var v Verification
			if err := v.examine(ctx, n.DB, key, n.Home.Heads(), records); err != nil {
				return out, err
			}
			return web.Verified{Findings: v.Findings, Unlisted: v.Unlisted, Records: v.Records, Runs: v.Runs, CannotKnow: v.CannotKnow}, nil
		},
		Examine: func(ctx context.Context) (out []web.Check) {
			for _, c := range s.Examine(ctx) {
				here := strings.NewReplacer(string(n.Home), "HOME")
				out = append(out, web.Check{What: c.What, OK: c.OK, Says: here.Replace(c.Says), Mend: here.Replace(c.Mend)})
			}
			return out
		},
		Evidence: func(ctx context.Context, cid, peer string, by account.By, second string, with func(tx *store.Tx) error) ([]byte, error) {
			_, file, err := n.Evidence(ctx, cid, peer, by.Actor, by.Office, second, with)
			return file, err
		},
		Draft: n.DraftAgreement, Sign: n.SignAgreement,
		Adopt: func(tx *store.Tx, d agreement.Document, by account.By) error {
			_, err := n.adopt(tx, d, by.Actor, by.Office)
			return err
		},
		Log: s.Log, Now: time.Now,
		Authority: n.Config.Authority, Country: n.Config.Country, Node: n.Name(), Synthetic: n.Config.Synthetic, Secure: n.Config.deskTLS(),
		Rejected: n.Home.Rejected(), Cards: s.Cards,
	}
	if n.Config.Backup != nil {
		d.BackUp = func(ctx context.Context, by account.By, tell func(done, total int)) (web.BackupFile, error) {
			made, err := n.BackUp(ctx, Making{By: by, Program: s.Program}, func(_ string, done, total int64) { tell(int(done), int(total)) })
			if errors.Is(err, ErrConfig) {
				err = fmt.Errorf("%w: %w", web.ErrBackupFolder, err)
			}
			return web.BackupFile{Name: filepath.Base(made.File), Bytes: made.Bytes, Rows: int(made.Rows())}, err
		}
		d.BackupBytes = n.backupBytes
	}
	return d
}

// personError is an error about somebody as the desk knows it, which does not import this package.
func personError(err error) error {
	if errors.Is(err, ErrNoRecord) {
		return web.ErrNoPerson
	}
	return err
}

// DeskURL is where the officers' desk is served.
func (n *Node) DeskURL() string {
	if n.Config.deskTLS() {
		return "https://" + n.Config.Desk
	}
	return "http://" + n.Config.Desk
}

// origins are the addresses by which browsers name the desk: by the names in its certificate, or that of this machine, and by the one
// where it listens, if that is one.
func (n *Node) origins(by *tls.Config) (all []string) {
	scheme, usual := "http://", "80"
	host, port, err := net.SplitHostPort(n.Config.Desk)
	if err != nil {
		return nil
	}
	names := []string{"localhost"}
	if by != nil {
		scheme, usual = "https://", "443"
		names = by.Certificates[0].Leaf.DNSNames
	}
	if ip := net.ParseIP(host); ip == nil && host != "" {
		names = append([]string{host}, names...)
	} else if ip != nil && !ip.IsUnspecified() {
		names = append(slices.Clone(names), host)
	}
	for _, name := range names {
		origin := scheme + net.JoinHostPort(name, port)
		if port == usual {
			origin = strings.TrimSuffix(origin, ":"+port)
		}
		if !strings.Contains(name, "*") && !slices.Contains(all, origin) {
			all = append(all, origin)
		}
	}
	return all
}

// provider is where officers can sign in instead; nil where there is no such place.
func (n *Node) provider() (*web.Provider, error) {
	o := n.Config.OIDC
	if o == nil {
		return nil, nil
	}
	secret, err := n.secret("oidc.client_secret_file", o.SecretFile)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(o.Issuer)
	if err != nil {
		return nil, n.misconfigured([]fault{{"oidc.issuer", "want an address"}})
	}
	return &web.Provider{Issuer: o.Issuer, Client: o.ClientID, Secret: secret, Label: cmp.Or(o.Label, u.Hostname())}, nil
}
