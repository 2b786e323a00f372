package node

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"mitra/desk/enquiry"
	"mitra/desk/guest"
	"mitra/desk/office"
	"mitra/desk/search"
	"mitra/node/keyring"
	"mitra/store"
	"mitra/treaty/card"
	"mitra/treaty/courier"
	"mitra/treaty/journal"
	"mitra/web"
	"mitra/web/api"
)

const (
	// sequenceEvery is how soon an event has its place in the signed journal.
	sequenceEvery = 200 * time.Millisecond
	// rootEvery is how often the root of the house book enters the exchange books.
	rootEvery = time.Hour
	// fullEvery is how often it is tried whether a full disk has room again.
	fullEvery = 2 * time.Second
	// keysEvery is how often it is seen whether a command has changed the keys.
	keysEvery = time.Second
)

// ErrRuns: a process serves this home already.
var ErrRuns = errors.New("this node is being served already")

// ErrCardOld: the settings say other things than the node's card.
var ErrCardOld = errors.New("the node's card no longer says what mitra.toml says")

// Running is what stands in HOME/run.json while a node is served.
type Running struct {
	PID      int    `json:"pid"`
	Exchange string `json:"exchange"`
	Desk     string `json:"desk"`
	Metrics  string `json:"metrics"`
}

func (h Home) run() string { return h.path("run.json") }

// Running is how the node is served now; false if it is not. A file that a killed process left says
// nothing, even where another process has its number.
func (h Home) Running() (Running, bool) {
	var r Running
	b, err := os.ReadFile(h.run())
	if err != nil || json.Unmarshal(b, &r) != nil || r.PID <= 0 || !alive(r.PID) {
		return Running{}, false
	}
	client := http.Client{Timeout: 2 * time.Second}
	defer client.CloseIdleConnections()
	res, err := client.Get(r.Metrics + "/healthz")
	if err != nil {
		return Running{}, false
	}
	res.Body.Close()
	return r, res.StatusCode == http.StatusOK
}

// A Service is a node that can be served: its courier, the index of its people, its desk of enquiries, and what officers
// are told.
type Service struct {
	Node      *Node
	Courier   *courier.Courier
	People    *search.Finder
	Enquiries *enquiry.Desk
	Guests    *guest.Desk
	Notices   *office.Outbox
	Log       *slog.Logger
	// Program is the version of the program, which a backup names for people.
	Program string
	// Cards are accounts that whoever sits at this machine may be, without a password: in a demonstration alone.
	Cards []string
}

// Service makes a node ready to be served. It refuses with a journal that does not verify, with a card that no longer
// says what mitra.toml says ([ErrCardOld]), with a rota or a place for backups that has mistakes ([ErrConfig]), and beside another process that serves it ([ErrRuns]).
func (n *Node) Service(ctx context.Context, log *slog.Logger) (*Service, error) {
	if r, ok := n.Home.Running(); ok && r.PID != os.Getpid() {
		return nil, fmt.Errorf("%w, by process %d", ErrRuns, r.PID)
	}
	c, err := n.Courier(ctx, log)
	if err != nil {
		return nil, err
	}
	if err := n.sound(ctx); err != nil {
		return nil, err
	}
	if err := n.cardHolds(ctx); err != nil {
		return nil, err
	}
	if _, err := n.Home.readRota(); err != nil {
		return nil, err
	}
	if _, _, err := n.backups(); err != nil && !errors.Is(err, ErrNoBackups) { // the disk may come later; officers do not wait for it
		log.Warn("no backup can be made", "error", err)
	}
	notices, err := n.Notices(log)
	if err != nil {
		return nil, err
	}
	people, err := n.People(ctx, func(err error) { log.Warn("the next start takes longer", "error", err) })
	if err != nil {
		return nil, err
	}
	enquiries := n.Enquiries(c, people, log)
	return &Service{Node: n, Courier: c, People: people, Enquiries: enquiries, Guests: n.Guests(enquiries.Own, log), Notices: notices, Log: log}, nil
}

// Serve runs the node until ctx ends, as [Node.Service] and [Service.Serve].
func (n *Node) Serve(ctx context.Context, log *slog.Logger, ready func(Running)) error {
	s, err := n.Service(ctx, log)
	if err != nil {
		return err
	}
	return s.Serve(ctx, ready)
}

// Serve runs the node until ctx ends: letters to and from its peers, enquiries, the journal, health and metrics. ready
// is called when everything listens.
func (s *Service) Serve(ctx context.Context, ready func(Running)) (err error) {
	n, c, log := s.Node, s.Courier, s.Log
	deskTLS, err := n.deskTLS()
	if err != nil {
		return err
	}
	desk := s.Desk()
	desk.Origins = n.origins(deskTLS)
	if desk.Provider, err = n.provider(); err != nil {
		return err
	}
	listeners := map[string]net.Listener{}
	defer func() {
		for _, l := range listeners {
			l.Close()
		}
	}()
	var faults []fault
	for name, address := range map[string]string{"exchange": n.Config.Exchange, "desk": n.Config.Desk, "metrics": n.Config.Metrics} {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
		if err != nil {
			faults = append(faults, fault{name, fmt.Sprintf("cannot listen at %s: %v; another node or program may be there: want an address of this machine with a free port", address, cause(err))})
			continue
		}
		listeners[name] = l
	}
	if err := n.misconfigured(faults); err != nil {
		return err
	}
	if deskTLS != nil {
		listeners["desk"] = tls.NewListener(listeners["desk"], deskTLS)
	}
	pages, err := web.New(desk)
	if err != nil {
		return err
	}
	served, err := api.Handler(ctx, pages)
	if err != nil {
		return err
	}
	tasks := map[string]func(context.Context) error{
		"exchange": func(ctx context.Context) error { return c.Serve(ctx, listeners["exchange"]) },
		"delivery": c.Deliver,
		"letters":  c.Judge,
		"journal":  func(ctx context.Context) error { return n.keep(ctx, log) },
		"roots":    func(ctx context.Context) error { return n.roots(ctx, log) },
		"people": func(ctx context.Context) error {
			s.People.Follow(ctx, func(err error) { log.Error("the index of people does not follow the registers", "error", err) })
			return nil
		},
		"enquiries": s.Enquiries.Run,
		"guests":    s.Guests.Run,
		"notices":   s.Notices.Run,
		"desk":      func(ctx context.Context) error { return serveHTTP(ctx, listeners["desk"], served) },
		"pages":     pages.Run,
		"metrics":   func(ctx context.Context) error { return serveHTTP(ctx, listeners["metrics"], n.health(c)) },
	}
	r := Running{PID: os.Getpid(), Exchange: "https://" + n.Config.Exchange, Desk: n.DeskURL(), Metrics: "http://" + n.Config.Metrics}
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := os.WriteFile(n.Home.run(), append(b, '\n'), 0o600); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(n.Home.run())) }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error)
	for name, task := range tasks {
		go func() {
			err := task(ctx)
			if err != nil {
				err = fmt.Errorf("%s: %w", name, err)
			}
			done <- err
		}()
	}
	ready(r)
	for range tasks {
		if terr := <-done; terr != nil {
			if ctx.Err() == nil {
				log.Error("the node stops", "error", terr)
			}
			err = errors.Join(err, terr)
			cancel() // one that fails takes the others with it: half a node is none
		}
	}
	return err
}

// keep gives events their place in the journal until ctx ends. A disk that is full is waited for: the node
// goes on to answer, and to say that it can store nothing.
func (n *Node) keep(ctx context.Context, log *slog.Logger) error {
	for told := false; ; told = true {
		err := n.Journal.Run(ctx, sequenceEvery)
		if !errors.Is(err, store.ErrDiskFull) && !errors.Is(err, syscall.ENOSPC) {
			return err
		}
		if !told {
			log.Error("the disk is full: events get no place in the journal, and no letters are taken, until there is room", "error", err)
		}
		select {
		case <-time.After(fullEvery):
		case <-ctx.Done():
			return nil
		}
	}
}

// sound makes sure that the journal is what it was: an event must never be put onto a book that was
// changed.
func (n *Node) sound(ctx context.Context) error {
	key, err := n.Home.verifierKey()
	if err != nil {
		return err
	}
	rep, err := journal.Verify(ctx, n.DB, key, n.Home.Heads())
	if err != nil {
		return err
	}
	if !rep.OK() {
		return fmt.Errorf("%w: %d findings", journal.ErrDamaged, len(rep.Findings))
	}
	return nil
}

// cardHolds makes sure that peers are told where the node is.
func (n *Node) cardHolds(ctx context.Context) error {
	s, err := n.Card(ctx)
	if err != nil {
		return err
	}
	if s.Endpoint != n.Config.endpoint() || s.Authority != n.Config.Authority {
		return ErrCardOld
	}
	return nil
}

// Courier carries the node's letters.
func (n *Node) Courier(ctx context.Context, log *slog.Logger) (*courier.Courier, error) {
	id, err := n.identity(ctx)
	if err != nil {
		return nil, err
	}
	cert, err := n.certificate(id)
	if err != nil {
		return nil, err
	}
	skey, err := n.Home.signingKey(n.ring)
	if err != nil {
		return nil, err
	}
	newest, err := n.Card(ctx)
	if err != nil {
		return nil, err
	}
	k := &ownKeys{node: n, log: log, hash: newest.Hash(), read: time.Now()}
	k.keys.Store(&id.keys)
	return &courier.Courier{
		DB: n.DB, Self: n.Config.name(), Keys: k.now, Certificate: cert, Log: log, Now: time.Now,
		JournalKey: skey, Pulls: n.Config.endpoint() == "",
	}, nil
}

// ownKeys are the node's keys, which a command can change while it is served.
type ownKeys struct {
	node *Node
	log  *slog.Logger
	keys atomic.Pointer[card.Keys]
	busy atomic.Bool
	hash string // of the card that tells of them; this and read belong to who has set busy
	read time.Time
}

func (k *ownKeys) now() card.Keys {
	if k.busy.CompareAndSwap(false, true) {
		defer k.busy.Store(false)
		if time.Since(k.read) > keysEvery {
			k.read = time.Now()
			k.look()
		}
	}
	return *k.keys.Load()
}

func (k *ownKeys) look() {
	newest, err := k.node.Card(context.Background())
	if err == nil && newest.Hash() != k.hash {
		var id identity
		if id, err = k.node.identity(context.Background()); err == nil {
			k.hash = newest.Hash()
			k.keys.Store(&id.keys)
		}
	}
	if err != nil {
		k.log.Error("the keys were not read anew", "error", err)
	}
}

// roots puts the root of the house book into the exchange books at once, since a node may be
// stopped more often, and then once in an hour.
func (n *Node) roots(ctx context.Context, log *slog.Logger) error {
	tick := time.NewTicker(rootEvery)
	defer tick.Stop()
	for {
		if err := n.DB.Write(ctx, courier.RootEvent); err != nil && ctx.Err() == nil {
			log.Error("the root of the house book did not enter the exchange books", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// deskTLS is how the desk is served to other machines; nil if it is served to this one only.
func (n *Node) deskTLS() (*tls.Config, error) {
	if !n.Config.deskTLS() {
		return nil, nil
	}
	in := n.Home.inside
	var faults []fault
	for key, path := range map[string]string{"desk_certificate": in(n.Config.DeskCertificate), "desk_key": in(n.Config.DeskKey)} {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			faults = append(faults, fault{key, "no such file: " + path})
		case err != nil:
			faults = append(faults, fault{key, fmt.Sprintf("%s: %v", path, cause(err))})
		case key == "desk_key" && info.Mode().Perm()&0o077 != 0:
			return nil, fmt.Errorf("%w: desk_key: %s has mode %04o, want 0600", keyring.ErrLoose, path, info.Mode().Perm())
		}
	}
	if err := n.misconfigured(faults); err != nil {
		return nil, err
	}
	cert, err := tls.LoadX509KeyPair(in(n.Config.DeskCertificate), in(n.Config.DeskKey))
	if err != nil {
		return nil, n.misconfigured([]fault{{"desk_certificate, desk_key", cause(err).Error()}})
	}
	if now := time.Now(); now.After(cert.Leaf.NotAfter) || now.Before(cert.Leaf.NotBefore) {
		return nil, n.misconfigured([]fault{{"desk_certificate", fmt.Sprintf("it holds from %s to %s: ask for a new one", cert.Leaf.NotBefore.Format(time.DateOnly), cert.Leaf.NotAfter.Format(time.DateOnly))}})
	}
	return &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2", "http/1.1"}}, nil
}

// health tells those who watch over the node how it is.
func (n *Node) health(c *courier.Courier) http.Handler {
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &exchangeMetrics{c})
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
		defer cancel()
		if err := n.DB.Read(ctx, func(tx *store.Tx) error {
			var one int
			return tx.QueryRow(`SELECT 1`).Scan(&one)
		}); err != nil {
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	// A command that has queued a letter has it sent at once.
	mux.HandleFunc("POST /wake", func(w http.ResponseWriter, r *http.Request) { c.Wake() })
	return mux
}

// exchangeMetrics are the numbers of the exchange; none of them is about anybody.
type exchangeMetrics struct{ c *courier.Courier }

func metric(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("mitra_exchange_"+name, help, []string{"country", "node"}, nil)
}

var (
	metricUp      = metric("peer_up", "1 if the peer takes letters, 0 if letters to it have failed or it is suspended.")
	metricOutbox  = metric("outbox_letters", "Letters that wait for the peer.")
	metricDead    = metric("dead_letters", "Letters that expired, or were refused for good.")
	metricSent    = metric("sent_letters", "Letters that the peer has stored.")
	metricGot     = metric("received_letters", "Letters from the peer that are stored here.")
	metricMissing = metric("missing_receipts", "Receipts that are overdue.")
	metricBroken  = metric("broken_promises", "Receipts whose leaf the peer's book did not show in time.")
	metricEvents  = metric("book_events", "Events of the exchange book.")
	metricCosign  = metric("book_cosigned", "Events of the exchange book that the peer has cosigned.")
	metricRefused = prometheus.NewDesc("mitra_exchange_refused_total", "Letters and requests of the peer that were refused since the node is served, by reason.", []string{"country", "node", "code"}, nil)
	metricFault   = metric("peer_fault", "1 if the peer's book was found to be set back or forked.")
)

func (m *exchangeMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{metricUp, metricOutbox, metricDead, metricSent, metricGot, metricMissing, metricBroken, metricEvents, metricCosign, metricFault, metricRefused} {
		ch <- d
	}
}

func (m *exchangeMetrics) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	all, err := m.c.Status(ctx)
	if err != nil {
		m.c.Log.Error("the exchange cannot be counted", "error", err)
		return
	}
	for _, r := range m.c.Refused() {
		ch <- prometheus.MustNewConstMetric(metricRefused, prometheus.CounterValue, float64(r.Times), r.Country, r.Peer, string(r.Code))
	}
	for _, s := range all {
		gauge := func(d *prometheus.Desc, v int64) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), s.Country, s.Node)
		}
		truth := func(b bool) int64 {
			if b {
				return 1
			}
			return 0
		}
		gauge(metricUp, truth(s.State == "up"))
		gauge(metricOutbox, s.Outbox)
		gauge(metricDead, s.Dead)
		gauge(metricSent, s.Sent)
		gauge(metricGot, s.Received)
		gauge(metricMissing, s.ReceiptsMissing)
		gauge(metricBroken, s.PromisesBroken)
		gauge(metricEvents, s.Events)
		gauge(metricCosign, s.Cosigned)
		gauge(metricFault, truth(s.Fault != ""))
	}
}

// serveHTTP answers on a listener of this machine until ctx ends.
func serveHTTP(ctx context.Context, l net.Listener, h http.Handler) error {
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute,
		MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return srv.Shutdown(end)
}

// cause is the innermost of an error.
func cause(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err
}
