package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
	"golang.org/x/time/rate"

	"mitra/desk/account"
	"mitra/desk/enquiry"
	"mitra/desk/guest"
	"mitra/desk/office"
	"mitra/desk/registry"
	"mitra/desk/search"
	"mitra/desk/second"
	"mitra/desk/status"
	"mitra/desk/watch"
	"mitra/identity/person"
	"mitra/rules"
	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/courier"
	"mitra/web/chart"
	"mitra/web/report"
)

// A Desk is what the pages work on. Its fields are set before [New].
type Desk struct {
	DB        *store.DB
	People    *search.Finder
	Enquiries *enquiry.Desk
	Guests    *guest.Desk // refers people to offices of other agencies
	Courier   *courier.Courier
	// Joint is the status of a person in which what this node knows and what partners have told meet.
	Joint func(ctx context.Context, r status.Reader, asOf person.Date, lang rules.Lang, id string) (status.Joint, error)
	// Person is what the node holds of the person of a record, by its entry; the event of the reading is written before. Its error,
	// and those of the next three, may be [ErrNoPerson].
	Person func(ctx context.Context, r status.Reader, asOf person.Date, lang rules.Lang, entry string) ([]registry.Record, status.Whole, error)
	// Entries are those of the records of the person of a record: opaque ids, so that it leaves no event.
	Entries func(ctx context.Context, entry string) ([]string, error)
	// Restrict restricts the person of a record on the word of an officer, or agrees to it; Lift ends that. Either takes two.
	Restrict func(ctx context.Context, entry string, value rules.Protection, reason string, by account.By) (done bool, err error)
	Lift     func(ctx context.Context, entry string, by account.By) (done bool, err error)
	// CloseOffice closes an office that nobody needs; its error may be [office.ErrUsed] or [office.ErrUnknown].
	CloseOffice func(ctx context.Context, name string, by account.By) error
	// Rota is the rota in force; nil where there is none.
	Rota func() *office.Rota
	// Report is the picture of the last run, as a reader may see it, and the run; its error may be [status.ErrNoRun].
	Report func(ctx context.Context, r status.Reader, lang rules.Lang) (report.Status, status.Stored, error)
	// Seeks reports whether what a register brings can be matched with people sought.
	Seeks func(ctx context.Context, noun registry.Noun) (bool, error)
	// Evidence is what the node can prove of a conversation, as a file; peer may be empty where it is plain. That it was made, and
	// who has agreed, is an event before anybody has it; with is done in the same transaction.
	Evidence func(ctx context.Context, cid, peer string, by account.By, second string, with func(tx *store.Tx) error) ([]byte, error)
	// Draft is the shipped agreement filled in for a peer, from a day until another; Sign adds the signature of this node to one;
	// Adopt puts one in force that both have signed.
	Draft func(ctx context.Context, p courier.Peer, from, until string) (agreement.Document, error)
	Sign  func(ctx context.Context, d agreement.Document) (agreement.Document, error)
	Adopt func(tx *store.Tx, d agreement.Document, by account.By) error
	// Verify examines the journal of the node, and where records is set also what it has stored.
	Verify func(ctx context.Context, records bool) (Verified, error)
	// Examine looks at everything that can be wrong with the node.
	Examine func(ctx context.Context) []Check
	// BackUp makes a backup where and for whom the operator has said, and tells how many rows are written; nil where nothing is said. Its
	// error may be [ErrBackupFolder]. BackupBytes is how long one of a name is that is there.
	BackUp      func(ctx context.Context, by account.By, tell func(done, total int)) (BackupFile, error)
	BackupBytes func(name string) (int64, bool)
	Log         *slog.Logger
	Now         func() time.Time

	Authority, Country, Node string // who runs the node, and its name
	Synthetic                bool   // every person in it is made up
	Secure                   bool   // it is reached by TLS
	// Cards are accounts that whoever sits at this machine may be, without a password, to look around in a demonstration: only
	// where everybody in it is made up, and only from this machine.
	Cards []string
	// Origins are the addresses of the desk as browsers name them, https://host:port, the one that is told first: passkeys are of one of
	// them, and a provider of sign-ins sends back to them.
	Origins []string
	// Provider is where officers can sign in instead of here; nil: nowhere.
	Provider *Provider
	// Rejected is the folder of rows that imports set aside.
	Rejected string
}

// A Server serves the desk.
type Server struct {
	Desk
	sessions  *scs.SessionManager
	store     *sessionStore // of sessions
	guard     account.Guard
	hashing   chan struct{} // one place for each password that is tried at a time: each takes 19 MiB
	templates map[string]func() (*template.Template, error)
	styles    asset
	script    asset
	opened    opened
	searched  opened
	reviewed  opened
	exported  opened
	there     map[string]bool // pages, by their paths
	verifying sync.Mutex      // the journal is verified once at a time: it reads all of it
	running   sync.Mutex      // and status is computed once at a time
	roll      status.Roll
	uploads   uploads
	lookout   *watch.Lookout
	second    *second.Desk
	examining sync.Mutex // and the node is examined once at a time
	checking  sync.Mutex // evidence is read in memory, one file at a time
	links     linkJobs
	backups   backupWork

	passkeys      passkeys
	passkeyScript asset
	provider      *provider
	answered      once // challenges and states that were answered

	mu    sync.Mutex
	rates map[string]*rate.Limiter
}

// Limits.
const (
	idle       = 30 * time.Minute
	absolute   = 12 * time.Hour
	mostBody   = 64 << 10
	mostUpload = 256 << 20
	uploadTime = 20 * time.Minute // over a slow line
	perSecond  = 20               // requests of one address, in the long run
	burst      = 100
	addresses  = 10_000 // whose pace is remembered
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// An asset is a file whose address changes with what is in it.
type asset struct {
	path, kind string
	body       []byte
}

func assetOf(name, kind string, body []byte) asset {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	return asset{"/static/" + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext, kind, body}
}

// New makes the server of a desk. An error says that an embedded file is damaged.
func New(d Desk) (*Server, error) {
	s := &Server{Desk: d, hashing: make(chan struct{}, 2), rates: map[string]*rate.Limiter{}, templates: map[string]func() (*template.Template, error){}}
	s.second, s.lookout = s.secondDesk(), &watch.Lookout{DB: d.DB}
	s.backups.asked = make(chan account.By, 1)
	s.sessions = scs.New()
	s.store = newSessionStore()
	s.sessions.Store = s.store
	s.sessions.IdleTimeout, s.sessions.Lifetime, s.sessions.HashTokenInStore = idle, absolute, true
	s.sessions.Cookie = scs.SessionCookie{Name: "mitra-" + d.Country, HttpOnly: true, Path: "/", SameSite: http.SameSiteStrictMode, Secure: d.Secure}
	if d.Secure {
		s.sessions.Cookie.Name = "__Host-mitra-" + d.Country // of this host alone, whatever stands beside it
	}
	s.sessions.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		d.Log.Error("a session cannot be read or kept", "error", err)
		http.Error(w, "the session cannot be read", http.StatusInternalServerError)
	}
	css, err := staticFiles.ReadFile("static/desk.css")
	if err != nil {
		return nil, err
	}
	js, err := staticFiles.ReadFile("static/desk.js")
	if err != nil {
		return nil, err
	}
	s.styles = assetOf("desk.css", "text/css; charset=utf-8", append([]byte(chart.Style()), css...))
	s.script = assetOf("desk.js", "text/javascript; charset=utf-8", js)
	if js, err = staticFiles.ReadFile("static/passkey.js"); err != nil {
		return nil, err
	}
	s.passkeyScript = assetOf("passkey.js", "text/javascript; charset=utf-8", js)
	if s.passkeys, err = newPasskeys(d.Origins, d.Country); err != nil {
		return nil, err
	}
	s.provider = newProvider(d.Provider)
	s.there = map[string]bool{"/": true}
	for _, p := range s.pages() {
		if p.method == "GET" {
			s.there[p.path] = true
		}
	}
	return s, errors.Join(s.uploads.clear(d.Rejected), s.parse())
}

// parse finds the templates: each page with the frame around it. A page is read when it is asked
// for, since each has a frame of its own in memory.
func (s *Server) parse() error {
	frame, err := template.New("frame").ParseFS(templateFiles, "templates/frame.html", "templates/parts.html")
	if err != nil {
		return err
	}
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return err
	}
	for _, name := range names {
		base := strings.TrimSuffix(path.Base(name), ".html")
		if base == "frame" || base == "parts" {
			continue
		}
		s.templates[base] = sync.OnceValues(func() (*template.Template, error) {
			t, err := frame.Clone()
			if err != nil {
				return nil, err
			}
			return t.ParseFS(templateFiles, name)
		})
	}
	return nil
}

// A page is a route of the desk.
type page struct {
	method, path string
	right        account.Right
	open         bool // to whoever comes
	people       bool // shows people: whoever opens it has said what for
	upload       bool // takes a file
	do           func(v *visit) error
}

// pages is the table of all pages.
func (s *Server) pages() []page {
	var all []page
	for _, some := range [][]page{
		s.ownPages(), s.passkeyPages(), s.providerPages(), s.homePages(), s.peoplePages(), s.watchPages(), s.reviewPages(), s.enquiryPages(), s.statusPages(), s.registerPages(),
		s.withdrawPages(), s.toolPages(), s.exportPages(), s.nodePages(),
		s.partnerPages(), s.trustPages(),
		s.secondPages(),
		s.officePages(), s.referredPages(),
		s.journalPages(), s.accountPages(), s.tokenPages(),
	} {
		all = append(all, some...)
	}
	return all
}

// Handler is the desk, with all that stands around its pages.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, p := range s.pages() {
		mux.HandleFunc(p.method+" "+p.path, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, p) })
	}
	for _, a := range []asset{s.styles, s.script, s.passkeyScript} {
		mux.HandleFunc("GET "+a.path, a.serve)
	}
	fonts, _ := fs.Sub(staticFiles, "static") // the folder is embedded
	mux.Handle("GET /static/fonts/", keep(http.StripPrefix("/static/", http.FileServerFS(fonts))))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.serve(w, r, page{open: true, do: func(*visit) error { return errNoPage }})
	})

	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.serve(w, r, page{open: true, do: func(*visit) error { return errForeign }})
	}))
	return s.headers(s.paced(s.sessions.LoadAndSave(cross.Handler(mux))))
}

func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
}

func keep(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/") { // no list of files
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		h.ServeHTTP(w, r)
	})
}

// policy is what a page may do: its own style sheet, script, fonts and pictures, and forms to itself.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func (s *Server) headers(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range map[string]string{
			"Content-Security-Policy":      policy,
			"X-Content-Type-Options":       "nosniff",
			"Referrer-Policy":              "no-referrer",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
			"Permissions-Policy":           "camera=(), microphone=(), geolocation=(), interest-cohort=(), publickey-credentials-get=(self), publickey-credentials-create=(self)",
			"Cache-Control":                "no-store",
		} {
			w.Header().Set(name, value)
		}
		if !s.Secure && !here(r.Host) { // a name of somebody else's that was made to lead to this machine
			http.Error(w, "this desk is reached at an address of this machine", http.StatusMisdirectedRequest)
			return
		}
		if s.Secure {
			w.Header().Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
		}
		h.ServeHTTP(w, r)
	})
}

// here reports whether a request names this machine.
func here(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	ip := net.ParseIP(strings.Trim(name, "[]"))
	return name == "localhost" || ip != nil && ip.IsLoopback()
}

// paced answers an address no faster than people click.
func (s *Server) paced(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.pace(addressOf(r)).AllowN(s.Now(), 1) {
			w.Header().Set("Retry-After", "1")
			http.Error(w, "too many requests from this address: wait a moment", http.StatusTooManyRequests)
			return
		}
		h.ServeHTTP(w, r)
	})
}

func (s *Server) pace(address string) *rate.Limiter {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.rates[address]
	if l == nil {
		if len(s.rates) > addresses {
			for who, l := range s.rates { // those who have waited lose nothing
				if l.TokensAt(s.Now()) >= burst || len(s.rates) > 2*addresses {
					delete(s.rates, who)
				}
			}
		}
		l = rate.NewLimiter(perSecond, burst)
		s.rates[address] = l
	}
	return l
}

// addressOf is the address that a request comes from, without the port. Headers of proxies say nothing: anybody can write them.
func addressOf(r *http.Request) string {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	if a := from.Addr().Unmap(); a.Is4() {
		return a.String()
	}
	network, _ := from.Addr().WithZone("").Prefix(64) // of version 6 one house has as many addresses as it likes
	return network.String()
}

// serve answers a request by a page, if whoever asks may.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, p page) {
	most := int64(mostBody)
	if p.upload {
		most = mostUpload
		c, end := http.NewResponseController(w), time.Now().Add(uploadTime)
		if err := errors.Join(c.SetReadDeadline(end), c.SetWriteDeadline(end)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			s.Log.Warn("an upload has the time of a page", "error", err)
		}
	}
	r.Body = http.MaxBytesReader(w, r.Body, most)
	v := &visit{Acting: Acting{s: s}, w: w, r: r, page: p}
	defer func() {
		if what := recover(); what != nil && what != http.ErrAbortHandler {
			v.fail(fmt.Errorf("%w: %s", errPanic, debug.Stack())) // what it panics with may be a value of somebody
		} else if what != nil {
			panic(what) // the answer broke off
		}
	}()
	var form error
	if r.Method == http.MethodPost && !p.upload { // before it is asked who may: it can take its time
		form = unread(r.ParseForm())
	}
	err := v.begin()
	if err == nil && !p.open {
		err = v.admit()
	}
	if err == nil {
		err = form
	}
	if err == nil {
		err = p.do(v)
	}
	if err != nil {
		v.fail(err)
	}
}

// unread is the error of a form that cannot be read; one that is too large says so itself.
func unread(err error) error {
	if _, large := errors.AsType[*http.MaxBytesError](err); err == nil || large {
		return err
	}
	return errForm
}

// Errors of the desk itself.
var (
	errNoPage   = errors.New("no such page")
	errForeign  = errors.New("the request comes from another site")
	errRight    = errors.New("the officer may not do this")
	errRedirect = errors.New("sent elsewhere") // and answered
	errTooMany  = errors.New("more people than an officer opens in an hour")
	errForm     = errors.New("the form cannot be read")
	errPanic    = errors.New("the page panicked")
)

// opened counts the people that each officer has opened lately, or searched for.
type opened struct {
	mu sync.Mutex
	at map[string][]time.Time
}

// mostOpened is how many people an officer opens in an hour, or searches for.
const mostOpened = 120

// add counts one more, unless there are too many.
func (o *opened) add(id string, now time.Time) error { return o.upTo(mostOpened, id, now) }

// upTo is add with another number.
func (o *opened) upTo(most int, id string, now time.Time) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.at == nil {
		o.at = map[string][]time.Time{}
	}
	late := o.at[id]
	for len(late) > 0 && now.Sub(late[0]) > time.Hour {
		late = late[1:]
	}
	if len(late) >= most {
		o.at[id] = late
		return fmt.Errorf("%w: %d", errTooMany, most)
	}
	o.at[id] = append(late, now)
	return nil
}
