//go:build linux

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench/faults:", err)
		os.Exit(1)
	}
}

// options are what the command line says.
type options struct {
	long, docs bool
	turns      bool
	postgres   string
	only       *regexp.Regexp
	root, work string
	seed       uint64
}

func parse(args []string, errw io.Writer) (o options, err error) {
	f := flag.NewFlagSet("bench/faults", flag.ContinueOnError)
	f.SetOutput(errw)
	f.BoolVar(&o.long, "long", false, "200 kills while 5,000 letters flow, minutes of partition, 100,000 requests")
	f.BoolVar(&o.docs, "docs", false, "write the tables into docs/faults.md")
	f.StringVar(&o.postgres, "postgres", os.Getenv("MITRA_TEST_POSTGRES"), "DSN of a PostgreSQL server on which databases may be made (default $MITRA_TEST_POSTGRES)")
	f.BoolVar(&o.turns, "turns", false, "each fault on one kind of database only, in turn; kills on both")
	only := f.String("only", "", "only the faults whose names this regular expression fits")
	f.Uint64Var(&o.seed, "seed", 1, "of the random kills")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("%q is no flag: all is said with flags, see --help", f.Arg(0))
	}
	if o.docs && *only != "" {
		return o, errors.New("--docs and --only: the tables hold every fault")
	}
	if o.docs && o.turns {
		return o, errors.New("--docs and --turns: the tables hold every fault on both kinds of database")
	}
	if o.only, err = regexp.Compile(*only); err != nil {
		return o, fmt.Errorf("--only: %w", err)
	}
	return o, nil
}

func run(ctx context.Context, args []string, out, errw io.Writer) error {
	o, err := parse(args, errw)
	if err != nil {
		return err
	}
	if o.root, err = output(ctx, ".", "go", "list", "-m", "-f", "{{.Dir}}"); err != nil {
		return err
	}
	if o.work, err = os.MkdirTemp("", "faults-*"); err != nil {
		return err
	}
	defer os.RemoveAll(o.work)
	say := func(format string, a ...any) { fmt.Fprintf(errw, format+"\n", a...) }
	say("building mitra with what breaks it")
	bin, err := build(ctx, o.root, o.work)
	if err != nil {
		return err
	}
	runs, err := o.runs(ctx, bin, say)
	if err != nil {
		return err
	}
	outcomes := make([]*outcome, len(runs))
	var wg sync.WaitGroup
	for i, r := range runs {
		wg.Go(func() { outcomes[i] = r(say) })
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	text := markdown(outcomes)
	fmt.Fprint(out, text)
	if o.docs {
		err = between(filepath.Join(o.root, "docs", "faults.md"), text)
	}
	for _, r := range outcomes {
		err = errors.Join(err, r.failed())
	}
	return err
}

// An outcome is what the faults on one kind of nodes gave.
type outcome struct {
	database string
	results  []result
	points   []point
	err      error // that is of no fault alone
}

// failed is what does not hold.
func (o *outcome) failed() error {
	err := o.err
	for _, r := range o.results {
		if r.failed != nil {
			err = errors.Join(err, fmt.Errorf("%s, %s: %w", r.fault, r.database, r.failed))
		}
	}
	return err
}

// runs are the corridors to break, at the same time: most of the time is spent waiting.
func (o options) runs(ctx context.Context, bin string, say func(string, ...any)) (runs []func(say func(string, ...any)) *outcome, err error) {
	rows := slices.Concat(network(o.long), repeated(), kills(o.long), hostile(o.long), states())
	unwanted := func(r row) bool { return !o.only.MatchString(r.fault) || r.long && !o.long }
	rows = slices.DeleteFunc(rows, unwanted)
	add := func(name string, rows []row, dsns []string, inside func(int) ([]string, string), done func() error) {
		if len(rows) == 0 {
			return
		}
		runs = append(runs, func(say func(string, ...any)) *outcome {
			out := &outcome{database: name}
			c, err := newCorridor(ctx, bin, o.root, o.work, name, dsns, inside)
			if err == nil {
				c.seed = o.seed
				out.results = c.attempts(ctx, rows, say)
				out.points = c.points
				if err = c.answers(ctx, c.unsent, c.all...); err != nil {
					err = fmt.Errorf("%s: %w", name, err)
					c.keep()
				}
			}
			out.err = errors.Join(err, c.close())
			if done != nil {
				out.err = errors.Join(out.err, done())
			}
			return out
		})
	}
	// In turn: the full disk is then SQLite's, which needs no mount where none is allowed.
	turn := func(which int) (mine []row) {
		for i, r := range rows {
			if !o.turns || o.postgres == "" || r.both || i%2 == which {
				mine = append(mine, r)
			}
		}
		return mine
	}
	add("SQLite", turn(0), nil, nil, nil)
	if o.postgres != "" {
		dsns, done, err := databases(ctx, o.postgres, 4)
		if err != nil {
			return nil, err
		}
		add("PostgreSQL", turn(1), dsns, nil, done)
	}
	if partition := slices.DeleteFunc(apart(o.long), unwanted); len(partition) > 0 {
		n, err := newNamespaces(ctx)
		if err != nil {
			say("no network namespaces, the partition is that of the links only: %v", err)
			return runs, nil
		}
		add("SQLite in namespaces", partition, nil, n.inside, func() error { n.close(); return nil })
	}
	return runs, nil
}

// keep puts the logs of both nodes into the folder FAULTS_KEEP, for whoever looks for the cause.
func (c *corridor) keep() {
	dir := os.Getenv("FAULTS_KEEP")
	for _, h := range []*home{c.kh, c.id} {
		if dir != "" {
			os.WriteFile(filepath.Join(dir, c.name+"-"+h.country+".log"), []byte(h.log.from(0)), 0o600)
		}
	}
}

// attempts runs rows one after the other.
func (c *corridor) attempts(ctx context.Context, rows []row, say func(string, ...any)) (all []result) {
	for _, r := range rows {
		if ctx.Err() != nil {
			return all
		}
		res := c.attempt(ctx, r)
		how := "holds"
		if res.failed != nil {
			how = "FAILED: " + res.failed.Error()
			c.keep()
		}
		say("%-10s  %s: %s (%.1f s)", c.name, r.fault, how, res.took.Seconds())
		all = append(all, res)
	}
	return all
}
