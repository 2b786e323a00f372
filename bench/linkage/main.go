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
	"strconv"
	"strings"
)

// queries of the live search.
const queries = 500

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(os.Args) > 2 && os.Args[1] == launch {
		os.Exit(launched(os.Args[2], os.Args[3:]))
	}
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench/linkage:", err)
		os.Exit(1)
	}
}

// options are what the command line says.
type options struct {
	work, eval, file, truth string
	rows, mitraRows         []int
	runs, people, search    int
	postgres                string
	seed                    uint64
	docs                    bool
	root                    string // of the checkout
}

func parse(args []string, errw io.Writer) (o options, err error) {
	f := flag.NewFlagSet("bench/linkage", flag.ContinueOnError)
	f.SetOutput(errw)
	f.StringVar(&o.work, "work", "", "folder for programs and files (default one of the user's cache)")
	f.StringVar(&o.eval, "eval", "", "folder with febrl/dataset4a.csv and dataset4b.csv (default ../shared/eval beside the checkout)")
	f.StringVar(&o.file, "file", "", "compare on this CSV file as well; needs --truth")
	f.StringVar(&o.truth, "truth", "", "the column of --file that names the person")
	rows := f.String("rows", "100000,1000000", "sizes of the synthetic files; 0 for none")
	mitraRows := f.String("mitra-rows", "10000000", "sizes that Mitra alone links; 0 for none")
	f.IntVar(&o.runs, "runs", 5, "runs of each program, whose medians count")
	f.Uint64Var(&o.seed, "seed", 1, "of the synthetic people")
	f.BoolVar(&o.docs, "docs", false, "write the tables into docs/linkage.md and the picture into docs/linkage-bench.svg")
	f.IntVar(&o.search, "search", 0, "only measure live search among so many names, by Mitra and by pg_trgm on the server of --postgres")
	f.StringVar(&o.postgres, "postgres", os.Getenv("MITRA_TEST_POSTGRES"), "DSN of a PostgreSQL server with pg_trgm (default $MITRA_TEST_POSTGRES)")
	f.IntVar(&o.people, "people", 0, "only write a synthetic file of so many records to standard output")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("%q is no flag: all is said with flags, see --help", f.Arg(0))
	}
	if (o.file == "") != (o.truth == "") {
		return o, errors.New("--file and --truth go together: name a CSV file, and its column that names the person")
	}
	if o.runs < 1 {
		return o, fmt.Errorf("--runs %d: want 1 or more", o.runs)
	}
	if o.rows, err = sizes("--rows", *rows); err != nil {
		return o, err
	}
	o.mitraRows, err = sizes("--mitra-rows", *mitraRows)
	return o, err
}

func sizes(name, list string) (out []int, err error) {
	for s := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil || n < 0 {
			return nil, fmt.Errorf("%s %q: want numbers of records with commas between, such as 100000,1000000", name, list)
		}
		if n > 0 {
			out = append(out, n)
		}
	}
	return out, nil
}

func run(ctx context.Context, args []string, out, errw io.Writer) error {
	o, err := parse(args, errw)
	if err != nil {
		return err
	}
	if o.people > 0 {
		return WritePeople(out, o.people, o.seed)
	}
	if o.search > 0 {
		names, ask, want := searchNames(o.search, queries, o.seed)
		s, err := mitraLive(names, ask, want)
		if err != nil {
			return err
		}
		printSearch(out, true, "Mitra", o.search, s)
		if o.postgres == "" {
			fmt.Fprintln(errw, "no --postgres: pg_trgm was not measured")
		} else if s, err = trigrams(ctx, o.postgres, names, ask, want); err != nil {
			return err
		} else {
			printSearch(out, false, "pg_trgm, GIN", o.search, s)
		}
		if err := peopleLive(out, o.search, queries, o.seed); err != nil {
			return err
		}
		return screeningLive(out, min(o.search, 100_000), 10*queries, o.seed)
	}
	say := func(format string, a ...any) { fmt.Fprintf(errw, format+"\n", a...) }
	b, err := prepare(ctx, o, say)
	if err != nil {
		return err
	}
	sets, err := b.sets(say)
	if err != nil {
		return err
	}
	var results []result
	var failed error // a set that fails, for want of memory say, does not lose the others
	for _, s := range sets {
		r, err := b.compare(ctx, s, say)
		s.remove()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", s.name, err))
			continue
		}
		results = append(results, r...)
	}
	text := markdown(results, o.runs)
	fmt.Fprint(out, text)
	if failed != nil {
		return failed
	}
	picture := filepath.Join(b.work, "linkage-bench.svg")
	if o.docs {
		picture = filepath.Join(b.root, "docs", "linkage-bench.svg")
		if err := between(filepath.Join(b.root, "docs", "linkage.md"), "![Time, memory and errors of Mitra and Splink](linkage-bench.svg)\n\n"+text); err != nil {
			return err
		}
	}
	say("picture: %s", picture)
	return os.WriteFile(picture, draw(results), 0o644)
}
