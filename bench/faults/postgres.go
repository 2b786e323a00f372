//go:build linux

package main

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"mitra/store"
)

// databases makes databases on a PostgreSQL server; done drops them.
func databases(ctx context.Context, server string, n int) (dsns []string, done func() error, err error) {
	cfg, err := pgx.ParseConfig(server)
	if err != nil {
		return nil, nil, errors.New("--postgres is malformed")
	}
	admin := stdlib.OpenDB(*cfg)
	var names []string
	done = func() error {
		var err error
		for _, name := range names {
			err = errors.Join(err, exec1(context.WithoutCancel(ctx), admin, "DROP DATABASE "+name+" WITH (FORCE)"))
		}
		return errors.Join(err, admin.Close())
	}
	for range n {
		name := "mitra_faults_" + strings.ReplaceAll(store.NewID(), "-", "")
		if err := exec1(ctx, admin, "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'UTF8'"); err != nil {
			return nil, nil, errors.Join(err, done())
		}
		names = append(names, name)
		dsn := server + " dbname=" + name
		if u, uerr := url.Parse(server); strings.Contains(server, "://") && uerr == nil {
			u.Path = "/" + name
			dsn = u.String()
		}
		dsns = append(dsns, dsn)
	}
	return dsns, done, nil
}

func exec1(ctx context.Context, db *sql.DB, statement string) error {
	_, err := db.ExecContext(ctx, statement)
	return err
}
