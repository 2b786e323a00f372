package node

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"mitra/desk/search"
	"mitra/node/keyring"
	"mitra/store"
)

// Home is the folder of a node. Everything the node owns stands in it, but for
// a PostgreSQL database:
//
//	mitra.toml   the configuration, with comments
//	mitra.db     the database, unless it is PostgreSQL's
//	keys/        the journal's signing key (mode 0600, or under a passphrase as
//	             journal.key.age) and verifier key
//	heads/       the last signed head of each book: outside the database, so that
//	             a database put back to an older state is noticed
//	rejected/    rows that imports set aside (mode 0600)
//	cache/       the index of people, encrypted; made again where it is missing
type Home string

func (h Home) path(elem ...string) string {
	return filepath.Join(append([]string{string(h)}, elem...)...)
}

// Config, Heads and Rejected are paths in the home.
func (h Home) Config() string   { return h.path("mitra.toml") }
func (h Home) Heads() string    { return h.path("heads") }
func (h Home) Rejected() string { return h.path("rejected") }
func (h Home) database() string { return h.path("mitra.db") }
func (h Home) keys() string     { return h.path("keys") }
func (h Home) people() search.Cache {
	return search.Cache{File: h.path("cache", "people.age"), Key: h.path("keys", "people.key")}
}
func (h Home) verifier() string { return h.path("keys", "journal.pub") }

// Around finds the home that a file at path lies in, or would. path is absolute
// and without symbolic links.
func Around(path string) (Home, bool) {
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		h := Home(dir)
		for _, own := range []string{h.Config(), h.database(), h.verifier()} { // one may be lost
			if _, err := os.Lstat(own); err == nil {
				return h, true
			}
		}
		if filepath.Dir(dir) == dir {
			return "", false
		}
	}
}

// Keeps reports whether the node keeps its own things at path, a place in its
// folder: its settings, keys, heads, database and rejected rows. path is absolute
// and without symbolic links.
func (h Home) Keeps(path string) bool {
	rel, err := filepath.Rel(string(h), path)
	if err != nil {
		return false
	}
	first, _, _ := strings.Cut(filepath.ToSlash(rel), "/")
	switch first {
	case "mitra.toml", "keys", "heads", "rejected", "cache", "run.json":
		return true
	}
	return strings.HasPrefix(first, "mitra.db")
}

// DSNFile is the file that holds the DSN of the node's database; "" where there
// is none, or no node.
func (h Home) DSNFile() string {
	c, err := h.readConfig()
	if path, ok := strings.CutPrefix(c.Database, "file:"); err == nil && ok {
		return path
	}
	return ""
}

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

// Errors about a home; each has a hint on the command line.
var (
	ErrNoHome      = errors.New("no node here")
	ErrHomeExists  = errors.New("a node exists here already")
	ErrConfig      = errors.New("unusable configuration")
	ErrIncomplete  = errors.New("the node's folder is not complete")
	ErrBadDSN      = errors.New("not the DSN of a PostgreSQL database")
	ErrNoDSN       = errors.New("the node's database is PostgreSQL, and MITRA_DB is not set")
	ErrForeignData = errors.New("the database belongs to another node")
)

// Validate lists every fault of the configuration.
func (c Config) Validate() (err error) {
	fault := func(s string) { err = errors.Join(err, fmt.Errorf("%w: %s", ErrConfig, s)) }
	if len(c.Country) != 2 || strings.ToUpper(c.Country) != c.Country || strings.Trim(c.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		fault("country: want the two capital letters of ISO 3166-1, such as KH or ID")
	}
	if strings.TrimSpace(c.Authority) == "" {
		fault("authority: want the name of the authority")
	}
	if strings.ContainsAny(c.Authority, "\n\r\x00") {
		fault("authority: want one line")
	}
	if c.ID == "" {
		fault("id: missing; it was written by mitra init")
	}
	if path := strings.TrimPrefix(c.Database, "file:"); !utf8.ValidString(path) || strings.ContainsFunc(path, unicode.IsControl) {
		fault("database: want a path in UTF-8 and in one line, as mitra.toml can hold it")
	}
	if c.Database != "sqlite" && c.Database != "env" && !strings.HasPrefix(c.Database, "file:") {
		fault(`database: want "sqlite", "env" or "file:PATH"`)
	}
	for _, l := range []struct {
		key, address string
		loopback     bool
	}{{"exchange", c.Exchange, false}, {"desk", c.Desk, false}, {"metrics", c.Metrics, true}} {
		if wrong := listener(l.address, l.loopback); wrong != "" {
			fault(l.key + ": " + wrong)
		}
	}
	switch {
	case (c.DeskCertificate == "") != (c.DeskKey == ""):
		fault("desk_certificate, desk_key: want both or neither")
	case !c.deskTLS() && listener(c.Desk, false) == "" && listener(c.Desk, true) != "":
		fault("desk: other machines reach it only by TLS: name desk_certificate and desk_key, or want an address of this machine, such as 127.0.0.1")
	}
	if c.Exchange == c.Desk || c.Desk == c.Metrics || c.Metrics == c.Exchange {
		fault("exchange, desk, metrics: want three different addresses")
	}
	if e := c.endpoint(); e != "" {
		if u, perr := url.Parse(e); perr != nil || u.Scheme != "https" || u.Port() == "" || u.Hostname() == "" || u.Path != "" || u.RawQuery != "" || u.User != nil {
			fault(`endpoint: want https://host:port as peers reach it, "" if they reach it where it listens, or "none"`)
		} else if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsUnspecified() {
			fault("endpoint: peers cannot call " + u.Hostname() + ": name the address by which they reach this node")
		}
	}
	return err
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
	return parseConfig(b)
}

func parseConfig(b []byte) (c Config, err error) {
	md, err := toml.NewDecoder(bytes.NewReader(b)).Decode(&c)
	if err != nil {
		var pe toml.ParseError
		if errors.As(err, &pe) {
			return c, fmt.Errorf("%w: mitra.toml line %d: %s", ErrConfig, pe.Position.Line, pe.Message)
		}
		return c, fmt.Errorf("%w: mitra.toml: %v", ErrConfig, err)
	}
	if un := md.Undecoded(); len(un) > 0 {
		return c, fmt.Errorf("%w: mitra.toml: unknown key %q", ErrConfig, un[0].String())
	}
	c.complete()
	return c, c.Validate()
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
	if c.Synthetic {
		w("Every record of this node is made up. Pages and exports say SYNTHETIC.", "synthetic", true)
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func tomlString(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\t", `\t`).Replace(s) + `"`
}

// postgres refuses a DSN that would be taken for the name of a file, or cannot
// be read. Its text may hold a password and is not repeated.
func postgres(dsn, from string) (string, error) {
	if !store.IsPostgres(dsn) {
		return "", fmt.Errorf("%s: %w", from, ErrBadDSN)
	}
	if !store.WellFormed(dsn) {
		return "", fmt.Errorf("%s: %w: it is malformed, or names a file that cannot be read", from, ErrBadDSN)
	}
	return dsn, nil
}

// dsn finds the database of the configuration; env is the value of MITRA_DB.
func (h Home) dsn(c Config, env string) (string, error) {
	switch {
	case c.Database == "sqlite":
		return h.database(), nil
	case c.Database == "env":
		if env == "" {
			return "", ErrNoDSN
		}
		return postgres(env, "MITRA_DB")
	}
	return readDSN(strings.TrimPrefix(c.Database, "file:"))
}

// readDSN reads a DSN from a file that only its owner can read.
func readDSN(path string) (string, error) {
	if err := keyring.Private(path); err != nil {
		return "", err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	dsn := strings.TrimSpace(string(b))
	if dsn == "" {
		return "", fmt.Errorf("%s is empty: %w", path, ErrBadDSN)
	}
	return postgres(dsn, path)
}
