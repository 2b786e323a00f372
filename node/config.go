package node

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"mitra/node/backup"
	"mitra/web"
)

// Config is what mitra.toml says.
type Config struct {
	Country   string `toml:"country"`   // ISO 3166-1 alpha-2
	Authority string `toml:"authority"` // as it signs letters
	ID        string `toml:"id"`        // of this node, given by init, never changed
	Database  string `toml:"database"`  // sqlite, file:PATH (a file that holds a DSN) or env (MITRA_DB)
	Synthetic bool   `toml:"synthetic,omitempty"`

	// Where the node listens, host:port; the defaults where mitra.toml of an earlier
	// program has none.
	Exchange string `toml:"exchange"` // to its peers
	Desk     string `toml:"desk"`     // to officers
	Metrics  string `toml:"metrics"`  // to whoever watches over it, on this machine only
	// DeskCertificate and DeskKey are files in PEM for a desk that officers of other offices reach,
	// absolute or in the node's folder; both or neither.
	DeskCertificate string `toml:"desk_certificate"`
	DeskKey         string `toml:"desk_key"`
	// Endpoint is how peers reach the exchange: https://host:port, "" if that is where it
	// listens, or "none" if nobody can call this node and it fetches its letters.
	Endpoint string `toml:"endpoint"`

	// How officers are told that something waits (rota.toml says which): the mail server, smtp:// or smtps://, and
	// who writes; files, absolute or in the node's folder, with the name and password for it, and with the key under
	// which webhooks are signed. All may be empty.
	NoticeSMTP  string `toml:"notice_smtp"`
	NoticeFrom  string `toml:"notice_from"`
	NoticeLogin string `toml:"notice_login"`
	NoticeKey   string `toml:"notice_key"`

	// OIDC is the provider at which officers may sign in, the table [oidc]; nil where there is none.
	OIDC *OIDC `toml:"oidc"`

	// Backup is where backups go that nobody is asked about, the table [backup]; nil where there is no such place.
	Backup *Backups `toml:"backup"`
}

// Backups are those that are made without a word of whoever has them made: at the desk, and by mitra backup without a file.
type Backups struct {
	Folder     string   `toml:"folder"`     // absolute, and in no node's folder
	Recipients []string `toml:"recipients"` // public keys of age; whoever has one of the keys opens them
}

// OIDC is a provider of sign-ins (OpenID Connect) that knows this desk.
type OIDC struct {
	Issuer     string `toml:"issuer"`             // as it calls itself: https://…
	ClientID   string `toml:"client_id"`          // as it calls this desk
	SecretFile string `toml:"client_secret_file"` // mode 0600, absolute or in the node's folder
	Label      string `toml:"label"`              // as officers call it; the issuer's host where it is empty
}

// Default listeners.
const (
	DefaultExchange = "127.0.0.1:8443"
	DefaultDesk     = "127.0.0.1:8080"
	DefaultMetrics  = "127.0.0.1:9090"
)

// complete fills in what mitra.toml does not say.
func (c *Config) complete() {
	c.Exchange = cmp.Or(c.Exchange, DefaultExchange)
	c.Desk = cmp.Or(c.Desk, DefaultDesk)
	c.Metrics = cmp.Or(c.Metrics, DefaultMetrics)
}

// endpoint is what the node's card says of where it is reached; "" if it only fetches.
func (c Config) endpoint() string {
	switch c.Endpoint {
	case "":
		return "https://" + c.Exchange
	case "none":
		return ""
	}
	return c.Endpoint
}

// kind is the kind of the node's database.
func (c Config) kind() string {
	if c.Database == "sqlite" {
		return "SQLite"
	}
	return "PostgreSQL"
}

// deskTLS is whether the desk is served by TLS.
func (c Config) deskTLS() bool { return c.DeskCertificate != "" && c.DeskKey != "" }

// listener says what is wrong with an address to listen at, "" if nothing is.
func listener(address string, loopback bool) string {
	host, port, err := net.SplitHostPort(address)
	if n, perr := strconv.Atoi(port); err != nil || perr != nil || n < 1 || n > 65535 {
		return "want host:port, such as 127.0.0.1:8443"
	}
	if ip := net.ParseIP(host); loopback && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "want an address of this machine only, such as 127.0.0.1"
	}
	return ""
}

// Validate lists every fault of the configuration.
func (c Config) Validate() error { return misconfigured("", nil, c.faults()) }

func (c Config) faults() (all []fault) {
	wrong := func(key, says string) { all = append(all, fault{key, says}) }
	if len(c.Country) != 2 || strings.ToUpper(c.Country) != c.Country || strings.Trim(c.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		wrong("country", "want the two capital letters of ISO 3166-1, such as KH or ID")
	}
	if strings.TrimSpace(c.Authority) == "" {
		wrong("authority", "want the name of the authority")
	}
	if strings.ContainsAny(c.Authority, "\n\r\x00") {
		wrong("authority", "want one line")
	}
	if c.ID == "" {
		wrong("id", "missing; it was written by mitra init")
	}
	if path := strings.TrimPrefix(c.Database, "file:"); !utf8.ValidString(path) || strings.ContainsFunc(path, unicode.IsControl) {
		wrong("database", "want a path in UTF-8 and in one line, as mitra.toml can hold it")
	}
	if c.Database != "sqlite" && c.Database != "env" && !strings.HasPrefix(c.Database, "file:") {
		wrong("database", `want "sqlite", "env" or "file:PATH"`)
	}
	for _, l := range []struct {
		key, address string
		loopback     bool
	}{{"exchange", c.Exchange, false}, {"desk", c.Desk, false}, {"metrics", c.Metrics, true}} {
		if says := listener(l.address, l.loopback); says != "" {
			wrong(l.key, says)
		}
	}
	switch {
	case (c.DeskCertificate == "") != (c.DeskKey == ""):
		wrong("desk_certificate, desk_key", "want both or neither")
	case !c.deskTLS() && listener(c.Desk, false) == "" && listener(c.Desk, true) != "":
		wrong("desk", "other machines reach it only by TLS: name desk_certificate and desk_key, or want an address of this machine, such as 127.0.0.1")
	}
	if c.Exchange == c.Desk || c.Desk == c.Metrics || c.Metrics == c.Exchange {
		wrong("exchange, desk, metrics", "want three different addresses")
	}
	if e := c.endpoint(); e != "" && (c.Endpoint != "" || listener(c.Exchange, false) == "") {
		if u, perr := url.Parse(e); perr != nil || u.Scheme != "https" || u.Port() == "" || u.Hostname() == "" || u.Path != "" || u.RawQuery != "" || u.User != nil {
			wrong("endpoint", `want https://host:port as peers reach it, "" if they reach it where it listens, or "none"`)
		} else if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsUnspecified() {
			wrong("endpoint", "peers cannot call "+u.Hostname()+": name the address by which they reach this node")
		}
	}
	if c.NoticeSMTP != "" {
		if u, err := url.Parse(c.NoticeSMTP); err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
			wrong("notice_smtp", "want smtp://host:587 (STARTTLS) or smtps://host:465, without a name or password: those stand in the file of notice_login")
		}
	}
	if (c.NoticeSMTP == "") != (c.NoticeFrom == "") {
		wrong("notice_smtp, notice_from", "want both or neither")
	}
	if a, err := mail.ParseAddress(c.NoticeFrom); c.NoticeFrom != "" && (err != nil || a.Address != c.NoticeFrom) {
		wrong("notice_from", "want one address, such as mitra@authority.example")
	}
	if c.NoticeLogin != "" && c.NoticeSMTP == "" {
		wrong("notice_login", "there is no server to log in to: name notice_smtp, or take it out")
	}
	if o := c.OIDC; o != nil {
		if u, err := url.Parse(o.Issuer); err != nil || !web.Guarded(o.Issuer) || u.RawQuery != "" || u.ForceQuery {
			wrong("oidc.issuer", "want the address by which the provider calls itself, such as https://id.authority.example")
		}
		for key, value := range map[string]string{"oidc.client_id": o.ClientID, "oidc.client_secret_file": o.SecretFile} {
			if strings.TrimSpace(value) == "" || strings.ContainsFunc(value, unicode.IsControl) {
				wrong(key, "want what the provider's operator has given you, in one line")
			}
		}
		if utf8.RuneCountInString(o.Label) > 40 || strings.ContainsFunc(o.Label, unicode.IsControl) {
			wrong("oidc.label", "want a name of 40 characters at most, in one line")
		}
	}
	if b := c.Backup; b != nil {
		if !filepath.IsAbs(b.Folder) || strings.ContainsFunc(b.Folder, unicode.IsControl) {
			wrong("backup.folder", "want a folder by its whole path, such as /srv/backup")
		}
		if to, err := backup.Recipients(b.Recipients); err != nil {
			wrong("backup.recipients", err.Error()+": want public keys of one kind as age-keygen prints them, such as age1…")
		} else if len(to) == 0 {
			wrong("backup.recipients", "want at least one public key of age, such as age1…")
		}
	}
	return all
}

func (h Home) readConfig() (Config, error) {
	var c Config
	b, err := os.ReadFile(h.Config())
	if errors.Is(err, fs.ErrNotExist) {
		return c, fmt.Errorf("%w: %s has no mitra.toml", ErrNoHome, string(h))
	}
	if err != nil {
		return c, err
	}
	return parseConfig(b, h.Config())
}

// parseConfig reads the text of a configuration, and lists everything that is wrong with it. file is
// what it is called there.
func parseConfig(b []byte, file string) (c Config, err error) {
	var said map[string]any
	if err := toml.Unmarshal(b, &said); err != nil {
		return c, unreadable(file, err)
	}
	texts := map[string]*string{
		"country": &c.Country, "authority": &c.Authority, "id": &c.ID, "database": &c.Database, "exchange": &c.Exchange, "endpoint": &c.Endpoint,
		"desk": &c.Desk, "desk_certificate": &c.DeskCertificate, "desk_key": &c.DeskKey, "metrics": &c.Metrics,
		"notice_smtp": &c.NoticeSMTP, "notice_from": &c.NoticeFrom, "notice_login": &c.NoticeLogin, "notice_key": &c.NoticeKey,
	}
	var faults []fault
	if table, ok := said["oidc"].(map[string]any); ok {
		c.OIDC = &OIDC{}
		for key, into := range map[string]*string{"issuer": &c.OIDC.Issuer, "client_id": &c.OIDC.ClientID, "client_secret_file": &c.OIDC.SecretFile, "label": &c.OIDC.Label} {
			texts["oidc."+key] = into
		}
		delete(said, "oidc")
		for key, value := range table {
			said["oidc."+key] = value
		}
	}
	mistyped := map[string]bool{}
	if table, ok := said["backup"].(map[string]any); ok {
		c.Backup = &Backups{}
		texts["backup.folder"] = &c.Backup.Folder
		delete(said, "backup")
		for key, value := range table {
			if key == "recipients" {
				if c.Backup.Recipients, ok = listOf(value); !ok {
					mistyped["backup.recipients"] = true
					faults = append(faults, fault{"backup.recipients", "want a list of texts in quotes"})
				}
				continue
			}
			said["backup."+key] = value
		}
	}
	for key, value := range said {
		into, known := texts[key]
		ok := true
		switch {
		case known:
			*into, ok = value.(string)
		case key == "synthetic":
			c.Synthetic, ok = value.(bool)
		default:
			faults = append(faults, fault{key, "there is no such key: mend its name, or take it out"})
		}
		if !ok {
			mistyped[key] = true
			says := "want text in quotes"
			if !known {
				says = "want true or false"
			}
			faults = append(faults, fault{key, says})
		}
	}
	c.complete()
	for _, f := range c.faults() {
		if !mistyped[f.key] {
			faults = append(faults, f)
		}
	}
	return c, misconfigured(file, b, faults)
}

// listOf is a list of texts.
func listOf(value any) (texts []string, ok bool) {
	all, ok := value.([]any)
	for _, x := range all {
		text, is := x.(string)
		texts, ok = append(texts, text), ok && is
	}
	return texts, ok
}

// misconfigured is the error of faults that are seen only where the node runs.
func (n *Node) misconfigured(faults []fault) error {
	if len(faults) == 0 {
		return nil
	}
	text, _ := os.ReadFile(n.Home.Config()) // it only says in which lines
	return misconfigured(n.Home.Config(), text, faults)
}

// text is the configuration as init writes it.
func (c Config) text() string {
	var b strings.Builder
	w := func(comment, key string, value any) {
		fmt.Fprintf(&b, "# %s\n%s = ", comment, key)
		if s, ok := value.(string); ok {
			fmt.Fprintf(&b, "%s\n\n", tomlString(s))
			return
		}
		fmt.Fprintf(&b, "%v\n\n", value)
	}
	b.WriteString("# A Mitra node. Written by mitra init; read at every start.\n\n")
	w("The state whose authority runs this node (ISO 3166-1, two letters).", "country", c.Country)
	w("The authority's name, as letters and reports carry it.", "authority", c.Authority)
	w("This node's identifier. It stands in the signed journal: never change it.", "id", c.ID)
	w("Where the data is: \"sqlite\" (mitra.db in this folder), \"env\" (a PostgreSQL DSN\n# in MITRA_DB) or \"file:PATH\" (a file, mode 0600, that holds the DSN).", "database", c.Database)
	w("Where this node listens to its peers: mutual TLS, nobody else is let in.", "exchange", c.Exchange)
	w("How peers reach it: \"https://host:port\", \"\" if that is where it listens, or \"none\" if nobody\n# can call this node: it then fetches its letters. After a change: mitra keys card", "endpoint", c.Endpoint)
	w("Where officers' browsers reach it: on this machine, or on any address with the two files below.", "desk", c.Desk)
	w("For officers of other offices: the certificate, with those above it, and its key, in PEM, from your\n# authority's own certificate service. The key's file has mode 0600. After a change: start again.", "desk_certificate", c.DeskCertificate)
	fmt.Fprintf(&b, "desk_key = %s\n\n", tomlString(c.DeskKey))
	w("Where health (/healthz, /readyz) and metrics (/metrics) are told, on this machine.", "metrics", c.Metrics)
	w("The mail server by which officers are told that something waits, smtp://host:587 or smtps://host:465;\n# rota.toml says who is told. Never what it is about.", "notice_smtp", c.NoticeSMTP)
	fmt.Fprintf(&b, "notice_from = %s\n\n", tomlString(c.NoticeFrom))
	w("Files of mode 0600: name and password for that server, in two lines; the key under which webhooks are signed.", "notice_login", c.NoticeLogin)
	fmt.Fprintf(&b, "notice_key = %s\n\n", tomlString(c.NoticeKey))
	if c.Synthetic {
		w("Every record of this node is made up. Pages and exports say SYNTHETIC.", "synthetic", true)
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func tomlString(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\t", `\t`).Replace(s) + `"`
}
