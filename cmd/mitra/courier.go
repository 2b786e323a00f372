package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"mitra/node"
	"mitra/store"
	"mitra/treaty/courier"
)

type courierCmd struct {
	Status courierStatusCmd `cmd:"" help:"How the exchange with each peer stands."`
	Ping   courierPingCmd   `cmd:"" help:"Send test letters to a peer and wait for the receipt of each."`
	Export courierExportCmd `cmd:"" help:"Write what waits for a peer into a file, for somebody to carry."`
	Import courierImportCmd `cmd:"" help:"Take in a file that a peer has written."`
}

// courierOf is the node's courier, for a command.
func courierOf(e *env, n *node.Node) (*courier.Courier, error) {
	return n.Courier(e.ctx, slog.New(slog.NewTextHandler(e.errw, nil)))
}

type courierStatusCmd struct{}

func (c *courierStatusCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		all, err := n.ExchangeStatus(e.ctx)
		if err != nil {
			return err
		}
		return e.answer(map[string]any{"peers": all}, func(w io.Writer) {
			if len(all) == 0 {
				fmt.Fprintln(w, "no peers")
			}
			for _, s := range all {
				fmt.Fprintf(w, "%s %s: %s waiting, %d sent, %d received, %d dead, %d receipts missing; %d of %d events cosigned\n",
					s.Country, s.State, count(s.Outbox, "letter"), s.Sent, s.Received, s.Dead, s.ReceiptsMissing, s.Cosigned, s.Events)
				if s.PromisesBroken > 0 {
					fmt.Fprintf(w, "  %s of its receipts were not kept: its book did not show what they promise\n", count(s.PromisesBroken, "promise"))
				}
				if s.Fault != "" {
					fmt.Fprintf(w, "  FAULT: %s\n", s.Fault)
				}
			}
			if _, running := n.Home.Running(); !running {
				fmt.Fprintf(w, "this node is not being served: letters wait until %s serve runs\n", e.self())
			}
		})
	})
}

type courierPingCmd struct {
	Peer    string        `arg:"" help:"Its country or node name."`
	Count   int           `default:"1" help:"How many letters."`
	Size    int           `default:"0" help:"Bytes of a letter's payload."`
	Timeout time.Duration `default:"30s" help:"How long to wait for receipts."`
}

// errUnanswered: not every test letter has its receipt; the result has been printed.
var errUnanswered = errors.New("not every letter has its receipt")

// pinged is what courier ping prints.
type pinged struct {
	Sent     int     `json:"sent"`
	Receipts int     `json:"receipts"`
	Seconds  float64 `json:"seconds"`
	P50      float64 `json:"p50_ms"`
	P99      float64 `json:"p99_ms"`
}

func (c *courierPingCmd) Run(e *env) error {
	if c.Count < 1 || c.Count > 1_000_000 || c.Size < 0 || c.Size > 700_000 || c.Timeout <= 0 {
		return unusable("usage", "such as --count 100 --size 2048 --timeout 1m", "want --count from 1 to 1000000, --size from 0 to 700000, and a --timeout")
	}
	return e.with(func(n *node.Node) error {
		p, err := findPeer(e, n, c.Peer)
		if err != nil {
			return err
		}
		co, err := courierOf(e, n)
		if err != nil {
			return err
		}
		// Where the node is not served, the command carries the letters itself.
		running, served := n.Home.Running()
		if !served {
			ctx, cancel := context.WithCancel(e.ctx)
			done := make(chan error, 1)
			go func() { done <- co.Deliver(ctx) }()
			defer func() { cancel(); <-done }()
		}
		wake := func() {
			if !served {
				co.Wake()
				return
			}
			if res, err := http.Post(running.Metrics+"/wake", "", nil); err == nil {
				res.Body.Close()
			}
		}
		payload, err := json.Marshal(map[string]string{"pad": strings.Repeat("x", c.Size)})
		if err != nil {
			return err
		}
		begun := time.Now()
		mids := make([]string, 0, c.Count)
		for len(mids) < c.Count {
			var batch []courier.Sealed
			for range min(64, c.Count-len(mids)) {
				s, err := co.Ping(p, payload)
				if err != nil {
					return err
				}
				batch = append(batch, s)
			}
			if err := n.DB.Write(e.ctx, func(tx *store.Tx) error { return courier.Queue(tx, e.g.As, batch...) }); err != nil {
				return err
			}
			for _, s := range batch {
				mids = append(mids, s.ID)
			}
			wake()
		}
		res := pinged{Sent: len(mids)}
		took, err := c.await(e, n, p, mids, begun)
		if err != nil {
			return &kept{err, "the letters stay in the outbox, and are sent when the node is served"}
		}
		res.Receipts, res.Seconds = len(took), time.Since(begun).Seconds()
		if len(took) > 0 {
			slices.Sort(took)
			res.P50, res.P99 = took[len(took)/2], took[min(len(took)-1, len(took)*99/100)]
		}
		if err := e.settle(n); err != nil {
			return err
		}
		if err := e.answer(res, func(w io.Writer) {
			fmt.Fprintf(w, "%s sent, %s in %.2f s", count(res.Sent, "letter"), count(res.Receipts, "receipt"), res.Seconds)
			if res.Receipts > 0 {
				fmt.Fprintf(w, "; half of them after %.0f ms, 99 %% after %.0f ms", res.P50, res.P99)
			}
			fmt.Fprintln(w)
		}); err != nil {
			return err
		}
		if res.Receipts < res.Sent {
			return errUnanswered
		}
		return nil
	})
}

// await waits until every letter has its receipt, and returns how many milliseconds each took.
func (c *courierPingCmd) await(e *env, n *node.Node, p courier.Peer, mids []string, begun time.Time) (took []float64, err error) {
	end := begun.Add(c.Timeout)
	for {
		took, err = n.ReceiptTimes(e.ctx, p.Node, mids)
		if err != nil || len(took) == len(mids) || !time.Now().Before(end) {
			return took, err
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-e.ctx.Done():
			return took, e.ctx.Err()
		}
	}
}

type courierExportCmd struct {
	File string `arg:"" type:"file" help:"Such as OUT.mxp."`
	Peer string `help:"Its country or node name; can be left out where there is one peer." placeholder:"PEER"`
}

func (c *courierExportCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		peer := c.Peer
		if peer == "" {
			var err error
			if peer, err = n.OnlyPeer(e.ctx); err != nil {
				return err
			}
		}
		co, err := courierOf(e, n)
		if err != nil {
			return err
		}
		// What is due leaves with the file: the node may not be served.
		if err := n.Enquiries(co, nil, co.Log).Turn(e.ctx); err != nil {
			return err
		}
		n.TellNow(e.ctx, co.Log)
		var m courier.Moved
		if err := writeFile(c.File, 0o600, func(w io.Writer) (err error) {
			m, err = co.Export(e.ctx, w, peer)
			return err
		}); err != nil {
			return err
		}
		return e.answer(m, func(w io.Writer) {
			fmt.Fprintf(w, "%s and %s for %s stand in %s\n", count(m.Letters, "letter"), count(m.Receipts, "receipt"), m.Peer, c.File)
		})
	})
}

type courierImportCmd struct {
	File string `arg:"" type:"file" help:"A file that the peer's courier export has written."`
}

func (c *courierImportCmd) Run(e *env) error {
	return e.with(func(n *node.Node) error {
		f, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer f.Close()
		co, err := courierOf(e, n)
		if err != nil {
			return err
		}
		people, err := e.people(n)
		if err != nil {
			return err
		}
		n.Enquiries(co, people, co.Log)
		m, err := co.Import(e.ctx, f)
		if err != nil {
			return fmt.Errorf("%s: %w", c.File, err)
		}
		if err := co.JudgeAll(e.ctx); err != nil {
			return &kept{err, "what came is stored, and will be opened"}
		}
		n.TellNow(e.ctx, co.Log)
		if err := e.settle(n); err != nil {
			return err
		}
		return e.answer(m, func(w io.Writer) {
			fmt.Fprintf(w, "%s and %s came from %s", count(m.Letters, "letter"), count(m.Receipts, "receipt"), m.Peer)
			if m.Refused > 0 {
				fmt.Fprintf(w, "; %d were refused", m.Refused)
			}
			fmt.Fprintln(w)
		})
	})
}
