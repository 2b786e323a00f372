package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Live search: the ten names most like one, among very many. PostgreSQL's
// pg_trgm is the peer. The names are distinct full names of the synthetic
// country, and every query has a fault in every word of its name.

// search is what a search engine did.
type search struct {
	p50, p99 time.Duration
	hits     float64 // share of queries with their name among the first ten
	built    time.Duration
	memory   int64 // bytes; 0 if it is not known
}

// searchNames makes n distinct names, and queries with the place of the name that
// each looks for.
func searchNames(n, queries int, seed uint64) (names, ask []string, want []int) {
	c := newCountry(seed)
	c.pcg.Seed(seed, 0x5ea4c4)
	seen := make(map[string]bool, n)
	for len(names) < n {
		name := c.words.given[c.r.IntN(2)].at(c.r.Float64()) + " " + c.words.surnames.at(c.r.Float64())
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	e := scribe{c, 1}
	for len(ask) < queries {
		at := c.r.IntN(n)
		words := strings.Fields(names[at])
		for i, w := range words {
			for words[i] == w {
				words[i] = e.mistype(w)
			}
		}
		ask, want = append(ask, strings.Join(words, " ")), append(want, at)
	}
	return names, ask, want
}

// trigrams measures pg_trgm on a server: a table of the names, unlogged and with a
// GIN index, in a schema of its own that is dropped at the end.
func trigrams(ctx context.Context, dsn string, names, ask []string, want []int) (s search, err error) {
	db, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return s, fmt.Errorf("%w: --postgres takes the DSN of a server, such as .ci/postgres starts", err)
	}
	defer db.Close(context.WithoutCancel(ctx))
	const schema = "mitra_bench_linkage"
	defer db.Exec(context.WithoutCancel(ctx), "DROP SCHEMA IF EXISTS "+schema+" CASCADE")
	for _, q := range []string{
		"DROP SCHEMA IF EXISTS " + schema + " CASCADE",
		"CREATE SCHEMA " + schema,
		"SET search_path = " + schema + ", public",
		"CREATE EXTENSION IF NOT EXISTS pg_trgm",
		"CREATE UNLOGGED TABLE names (id int, name text)",
	} {
		if _, err := db.Exec(ctx, q); err != nil {
			return s, fmt.Errorf("%s: %w", q, err)
		}
	}
	start := time.Now()
	rows := pgx.CopyFromSlice(len(names), func(i int) ([]any, error) { return []any{int32(i), names[i]}, nil })
	if _, err := db.CopyFrom(ctx, pgx.Identifier{"names"}, []string{"id", "name"}, rows); err != nil {
		return s, err
	}
	for _, q := range []string{"CREATE INDEX ON names USING gin (name gin_trgm_ops)", "ANALYZE names"} {
		if _, err := db.Exec(ctx, q); err != nil {
			return s, fmt.Errorf("%s: %w", q, err)
		}
	}
	built := time.Since(start)
	s, err = timed(ask, want, func(q string) ([]int, error) {
		r, err := db.Query(ctx, "SELECT id FROM names WHERE name % $1 ORDER BY similarity(name, $1) DESC, id LIMIT 10", q)
		if err != nil {
			return nil, err
		}
		return pgx.CollectRows(r, pgx.RowTo[int])
	})
	s.built = built
	return s, err
}

// timed asks all queries, the first tenth of them once more before to warm up.
func timed(ask []string, want []int, top func(string) ([]int, error)) (s search, err error) {
	for _, q := range ask[:(len(ask)+9)/10] {
		if _, err := top(q); err != nil {
			return s, err
		}
	}
	took := make([]time.Duration, len(ask))
	for i, q := range ask {
		start := time.Now()
		got, err := top(q)
		if err != nil {
			return s, err
		}
		took[i] = time.Since(start)
		if slices.Contains(got, want[i]) {
			s.hits += 1 / float64(len(ask))
		}
	}
	slices.Sort(took)
	s.p50, s.p99 = took[len(took)/2], took[len(took)*99/100]
	return s, nil
}
