package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"

	"mitra/node"
	"mitra/store"
	"mitra/treaty/card"
	"mitra/treaty/courier"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if len(os.Args) == 4 && os.Args[1] == side {
		err = served(ctx, os.Args[2], os.Args[3], os.Stdin, os.Stdout)
	} else {
		err = run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench/exchange:", err)
		os.Exit(1)
	}
}

// options are what the command line says.
type options struct {
	letters, alone, waiting, senders, size, runs int
	events                                       int64
	databases, profile                           string
	docs                                         bool
}

func parse(args []string, errw io.Writer) (o options, err error) {
	f := flag.NewFlagSet("bench/exchange", flag.ContinueOnError)
	f.SetOutput(errw)
	f.IntVar(&o.letters, "letters", 10_000, "letters of the batched run; a fifth of them one by one")
	f.IntVar(&o.alone, "alone", 500, "letters that are sent alone, one after the other")
	f.IntVar(&o.waiting, "waiting", 100_000, "letters that wait for a dead peer; 0 for none")
	f.IntVar(&o.senders, "senders", 8, "who send one by one at the same time")
	f.IntVar(&o.size, "size", 2048, "bytes of a letter's payload")
	f.IntVar(&o.runs, "runs", 3, "runs of each measurement, whose medians count")
	f.Int64Var(&o.events, "events", 10_000_000, "events of the largest book of a journal; 0 for none")
	f.StringVar(&o.databases, "databases", "postgres,sqlite", "of both nodes")
	f.StringVar(&o.profile, "profile", "", "folder for processor profiles of both nodes")
	f.BoolVar(&o.docs, "docs", false, "write the table into docs/exchange.md")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("%q is no flag: all is said with flags, see --help", f.Arg(0))
	}
	if o.letters < 100 || o.alone < 10 || o.senders < 1 || o.runs < 1 || o.size < 0 || o.size > 700_000 || o.waiting < 0 || o.events < 0 {
		return o, errors.New("want --letters from 100, --alone from 10, --senders and --runs from 1, --size to 700000")
	}
	for name := range strings.SplitSeq(o.databases, ",") {
		if name != "postgres" && name != "sqlite" {
			return o, fmt.Errorf("--databases %q: want postgres, sqlite, or both with a comma between", o.databases)
		}
	}
	return o, nil
}

func run(ctx context.Context, args []string, out, errw io.Writer) (err error) {
	o, err := parse(args, errw)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "mitra-exchange-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o755); err != nil { // PostgreSQL's user has to get to its folder
		return err
	}
	var f floor
	if f.steps, err = cryptography(o.size, 2000); err != nil {
		return err
	}
	if f.sync, err = durable(dir); err != nil {
		return err
	}
	var all []measured
	for database := range strings.SplitSeq(o.databases, ",") {
		fmt.Fprintln(errw, "two nodes on", database)
		m, err := measure(ctx, o, database, filepath.Join(dir, database), errw)
		if err != nil {
			return fmt.Errorf("%s: %w", database, err)
		}
		all = append(all, m)
	}
	text := table(o, f, all)
	if o.events > 0 {
		costs, err := journalCosts(ctx, dir, o.events, errw)
		if err != nil {
			return fmt.Errorf("journal: %w", err)
		}
		text += journalTable(costs)
	}
	if _, err := io.WriteString(out, text); err != nil {
		return err
	}
	if o.docs {
		return between(filepath.Join("docs", "exchange.md"), text)
	}
	return nil
}

// A process serves one node.
type process struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Scanner
	name string
}

// serve starts one, and waits until it listens.
func serve(ctx context.Context, name, home, dsn, profile string, errw io.Writer) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, side, home, profile)
	cmd.Env = append(os.Environ(), "MITRA_DB="+dsn)
	cmd.Stderr = errw
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p := &process{cmd, in, bufio.NewScanner(out), name}
	p.out.Buffer(nil, 64<<20)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	_, err = p.answer()
	return p, err
}

func (p *process) answer() (got outcome, err error) {
	if !p.out.Scan() {
		return got, fmt.Errorf("node %s ended: %w", p.name, errors.Join(p.out.Err(), p.cmd.Wait()))
	}
	if err := json.Unmarshal(p.out.Bytes(), &got); err != nil {
		return got, err
	}
	if got.Error != "" {
		return got, fmt.Errorf("node %s: %s", p.name, got.Error)
	}
	return got, nil
}

func (p *process) obey(o order) (outcome, error) {
	b, err := json.Marshal(o)
	if err == nil {
		_, err = p.in.Write(append(b, '\n'))
	}
	if err != nil {
		return outcome{}, err
	}
	return p.answer()
}

func (p *process) stop() error { return errors.Join(p.in.Close(), p.cmd.Wait()) }

// measure sets two nodes up, and a third that is never there, and measures them.
func measure(ctx context.Context, o options, database, dir string, errw io.Writer) (m measured, err error) {
	m.database = database
	if err := os.Mkdir(dir, 0o755); err != nil {
		return m, err
	}
	countries := []string{"KH", "ID", "TH"}
	homes, dsns, cards := map[string]string{}, map[string]string{}, map[string]card.Signed{}
	nodes := map[string]*node.Node{}
	var servers []int
	for _, c := range countries {
		homes[c] = filepath.Join(dir, c)
		if database == "postgres" && c != "TH" { // which is never served
			pg, err := newCluster(ctx, filepath.Join(dir, "pg-"+c))
			if err != nil {
				return m, err
			}
			defer func() { err = errors.Join(err, pg.stop(context.WithoutCancel(ctx))) }()
			dsns[c] = pg.dsn()
			pid, err := pg.pid()
			if err != nil {
				return m, err
			}
			servers = append(servers, pid)
		}
		if err := node.Init(ctx, node.Home(homes[c]), node.Setup{
			Country: c, Authority: "Authority of " + c, DSN: dsns[c], Actor: "bench",
			Exchange: "127.0.0.1:0", Desk: "127.0.0.1:0", Metrics: "127.0.0.1:0",
		}); err != nil {
			return m, err
		}
		n, err := node.Open(ctx, node.Home(homes[c]), dsns[c], nil)
		if err != nil {
			return m, err
		}
		defer n.Close()
		if cards[c], err = n.Card(ctx); err != nil {
			return m, err
		}
		nodes[c] = n
	}
	for _, x := range [][2]string{{"KH", "ID"}, {"ID", "KH"}, {"KH", "TH"}} {
		n, s := nodes[x[0]], cards[x[1]]
		if err := n.DB.Write(ctx, func(tx *store.Tx) error {
			_, err := courier.AddPeer(tx, n.Name(), s, s.Fingerprint(), "bench")
			return err
		}); err != nil {
			return m, err
		}
	}
	at := map[string]*process{}
	for _, c := range countries[:2] {
		profile := ""
		if o.profile != "" {
			profile = filepath.Join(o.profile, database+"-"+c+".pprof")
		}
		p, err := serve(ctx, c, homes[c], dsns[c], profile, errw)
		if err != nil {
			return m, err
		}
		defer func() { err = errors.Join(err, p.stop()) }()
		at[c] = p
	}
	idle, err := at["ID"].obey(order{Do: "memory"})
	if err != nil {
		return m, err
	}
	m.idle, m.idleOwn = idle.Bytes, idle.Own
	kh := at["KH"]
	costs := func() (c cost, err error) {
		if c.nodes, err = spent(kh.cmd.Process.Pid, at["ID"].cmd.Process.Pid); err != nil {
			return c, err
		}
		c.databases, err = spent(servers...)
		return c, err
	}
	send := func(do string, letters, senders int) (r rates, took []float64, err error) {
		for range o.runs {
			before, err := costs()
			if err != nil {
				return nil, nil, err
			}
			got, err := kh.obey(order{Do: do, Peer: "ID", Letters: letters, Senders: senders, Size: o.size})
			if err != nil {
				return nil, nil, err
			}
			if _, err := kh.obey(order{Do: "settle", Peer: "ID"}); err != nil {
				return nil, nil, err
			}
			after, err := costs()
			if err != nil {
				return nil, nil, err
			}
			n := float64(letters)
			r, took = append(r, rate{n / got.Seconds, cost{(after.nodes - before.nodes) / n, (after.databases - before.databases) / n}}), append(took, got.Took...)
		}
		return r, took, nil
	}
	for _, first := range []order{{Do: "batch", Peer: "ID", Letters: 500, Size: o.size}, {Do: "settle", Peer: "ID"}} { // warm
		if _, err := kh.obey(first); err != nil {
			return m, err
		}
	}
	if m.batched, _, err = send("batch", o.letters, 0); err != nil {
		return m, err
	}
	if m.single, m.busy, err = send("one by one", o.letters/5, o.senders); err != nil {
		return m, err
	}
	if _, m.alone, err = send("one by one", o.alone, 1); err != nil {
		return m, err
	}
	if o.waiting == 0 {
		return m, nil
	}
	if _, err := kh.obey(order{Do: "queue", Peer: "TH", Letters: o.waiting, Size: o.size}); err != nil {
		return m, err
	}
	if m.batchedBeside, _, err = send("batch", o.letters, 0); err != nil {
		return m, err
	}
	if m.singleBeside, _, err = send("one by one", o.letters/5, o.senders); err != nil {
		return m, err
	}
	return m, nil
}
