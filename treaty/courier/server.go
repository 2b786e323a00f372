package courier

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"mitra/store"
	"mitra/treaty/letter"
	"mitra/treaty/signed"
)

// Limits of requests.
const (
	maxBody    = 32 << 20
	maxHeaders = 16 << 10
	maxBatch   = 64 // letters in a request
	// What one peer may ask. A node that sends all it can stays below; what goes beyond is a
	// fault or an attack, and the other peers must not feel it.
	requestsPerSecond, requestBurst = 400, 800
	lettersPerSecond, letterBurst   = 5_000, 10_000
)

type lettersBody struct {
	Envelopes []string `json:"envelopes"`
}

type result struct {
	Receipt string   `json:"receipt,omitempty"`
	Problem *problem `json:"problem,omitempty"`
}

type resultsBody struct {
	Results []result `json:"results"`
}

// Serve answers the peers on a listener until ctx ends.
func (c *Courier) Serve(ctx context.Context, l net.Listener) error {
	s := &server{Courier: c, doors: map[string]*door{}, ending: ctx.Done()}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /mxp/v1/letters", s.peers(s.letters))
	mux.HandleFunc("GET /mxp/v1/letters", s.peers(s.fetch))
	mux.HandleFunc("GET /mxp/v1/witness", s.peers(s.statement))
	mux.HandleFunc("POST /mxp/v1/cosignature", s.peers(s.cosignature))
	mux.HandleFunc("POST /mxp/v1/receipts", s.peers(s.receipts))
	mux.HandleFunc("POST /mxp/v1/witness", s.peers(s.witnessing))
	mux.HandleFunc("GET /mxp/v1/card", s.peers(s.card))
	srv := &http.Server{
		Handler: mux,
		TLSConfig: serverTLS(c.Certificate, func(pin string) bool {
			_, ok := c.pinned(ctx, pin)
			return ok
		}),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      65 * time.Second, // a long poll waits 30
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeaders,
		// Who is refused at the door is not told of: else strangers fill the log.
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		// What has begun is finished, also at the end.
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	done := make(chan error, 1)
	go func() { done <- srv.ServeTLS(l, "", "") }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	// What has begun is finished: a peer that gets no answer has to send again.
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := srv.Shutdown(end)
	s.mu.Lock()
	for _, d := range s.doors {
		close(d.jobs)
	}
	s.mu.Unlock()
	s.working.Wait()
	return err
}

type server struct {
	*Courier
	mu      sync.Mutex
	doors   map[string]*door
	working sync.WaitGroup
	ending  <-chan struct{}
}

// A door is what one peer comes in by: its rates, and its letters on the way to the database.
type door struct {
	requests, letters *rate.Limiter
	jobs              chan job
}

// job is the letters of one request.
type job struct {
	peer  Peer
	texts []string
	done  chan<- answer
}

type answer struct {
	taken []Taken
	err   error
}

func (s *server) door(peer string) *door {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.doors[peer]
	if d == nil {
		d = &door{
			requests: rate.NewLimiter(requestsPerSecond, requestBurst),
			letters:  rate.NewLimiter(lettersPerSecond, letterBurst),
			jobs:     make(chan job),
		}
		s.doors[peer] = d
		s.working.Go(func() { s.work(d) })
	}
	return d
}

// work stores the letters that come in by a door: those of all requests that wait, in one
// transaction, since a commit costs more than a letter.
func (s *server) work(d *door) {
	for first := range d.jobs {
		jobs := []job{first}
		texts := first.texts
	more:
		for len(texts) < 4*maxBatch {
			select {
			case j, ok := <-d.jobs:
				if !ok {
					break more
				}
				jobs, texts = append(jobs, j), append(texts[:len(texts):len(texts)], j.texts...)
			default:
				break more
			}
		}
		// A request that is given up is stored all the same: its peer will send it again.
		taken, err := s.take(context.Background(), first.peer, texts)
		if err != nil {
			s.Log.Error("letters were not stored", "peer", first.peer.Node, "error", err)
		}
		for _, j := range jobs {
			a := answer{err: err}
			if err == nil {
				a.taken, taken = taken[:len(j.texts)], taken[len(j.texts):]
			}
			j.done <- a
		}
	}
}

// peers finds out who asks, and bounds how much.
func (s *server) peers(do func(w http.ResponseWriter, r *http.Request, p Peer, d *door)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p, ok := s.pinned(r.Context(), Pin(r.TLS.PeerCertificates[0]))
		if !ok {
			refuse(w, refusal(letter.IssuerUnknown, "no card has this key any more"), 0)
			return
		}
		a := &answering{ResponseWriter: w}
		defer func() { s.refused(p, a.refused, 1) }()
		if p.State != Active {
			refuse(a, refusal(letter.Suspended, "the operator of this node has suspended the exchange"), 0)
			return
		}
		s.calls(p.Node)
		d := s.door(p.Node)
		if !d.requests.Allow() {
			refuse(a, refusal(letter.Rate, "too many requests"), time.Second)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		do(a, r, p, d)
	}
}

// read reads a body strictly; it answers, and returns false, if it is none.
func read(w http.ResponseWriter, r *http.Request, v any) bool {
	b, err := io.ReadAll(r.Body)
	if _, large := err.(*http.MaxBytesError); large {
		refuse(w, refusal(letter.TooLarge, "the body is larger than 32 MiB"), 0)
		return false
	}
	if err != nil {
		return false // whoever sent it is gone
	}
	if err := signed.Strict(b, v); err != nil {
		refuse(w, refusal(letter.Malformed, "the body: "+err.Error()), 0)
		return false
	}
	return true
}

func (s *server) letters(w http.ResponseWriter, r *http.Request, p Peer, d *door) {
	var body lettersBody
	if !read(w, r, &body) {
		return
	}
	if n := len(body.Envelopes); n < 1 || n > maxBatch {
		refuse(w, refusal(letter.Malformed, "envelopes: want 1 to 64"), 0)
		return
	}
	if !d.letters.AllowN(s.Now(), len(body.Envelopes)) {
		refuse(w, refusal(letter.Rate, "too many letters"), time.Second)
		return
	}
	done := make(chan answer, 1)
	d.jobs <- job{p, body.Envelopes, done}
	a := <-done
	if a.err != nil {
		refuse(w, refusal(letter.Unavailable, "the letters cannot be stored now"), 5*time.Second)
		return
	}
	for _, t := range a.taken {
		s.refused(p, letter.CodeOf(t.Err), 1)
	}
	reply(w, resultsOf(a.taken))
}

func (s *server) receipts(w http.ResponseWriter, r *http.Request, p Peer, d *door) {
	var body receiptsBody
	if !read(w, r, &body) {
		return
	}
	if n := max(len(body.Receipts), len(body.Got), len(body.Refused)); n < 1 || n > maxReceipts {
		refuse(w, refusal(letter.Malformed, "receipts: want 1 to 256"), 0)
		return
	}
	taken, err := s.takeReceipts(r.Context(), p, body.Receipts)
	if err == nil {
		err = s.settle(r.Context(), p, body.Got, body.Refused)
	}
	if err != nil {
		s.Log.Error("receipts were not stored", "peer", p.Node, "error", err)
		refuse(w, refusal(letter.Unavailable, "the receipts cannot be stored now"), 5*time.Second)
		return
	}
	reply(w, resultsOf(taken))
}

func resultsOf(taken []Taken) resultsBody {
	out := resultsBody{Results: []result{}}
	for _, t := range taken {
		res := result{Receipt: t.Receipt}
		if t.Err != nil {
			p := problemOf(t.Err)
			res.Problem = &p
		}
		out.Results = append(out.Results, res)
	}
	return out
}

func (s *server) card(w http.ResponseWriter, r *http.Request, p Peer, d *door) {
	var body struct {
		Cards []json.RawMessage `json:"cards"`
	}
	if err := s.DB.Read(r.Context(), func(tx *store.Tx) error {
		body.Cards = nil
		own, err := Cards(tx, s.Self)
		for _, card := range own {
			body.Cards = append(body.Cards, card.Bytes())
		}
		return err
	}); err != nil {
		s.Log.Error("the own cards cannot be read", "error", err)
		refuse(w, refusal(letter.Unavailable, "the cards cannot be read now"), 5*time.Second)
		return
	}
	reply(w, body)
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v) // what cannot be written, the peer asks for again
}
