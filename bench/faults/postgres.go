//go:build linux

package main

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"

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

// databaseSize is how many bytes a database takes on its disk.
func databaseSize(ctx context.Context, dsn string) (size int64, err error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return 0, errors.New("the database's DSN is malformed")
	}
	db := stdlib.OpenDB(*cfg)
	err = db.QueryRowContext(ctx, "SELECT pg_database_size(current_database())").Scan(&size)
	return size, errors.Join(err, db.Close())
}

// moveDatabase moves a database to a folder of its own, which is a disk of its own; back moves it back.
// Nobody may be connected to it.
func moveDatabase(ctx context.Context, dsn, dir string) (back func(ctx context.Context) error, err error) {
	none := func(context.Context) error { return nil }
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return none, errors.New("the database's DSN is malformed")
	}
	name := cfg.Database
	cfg.Database = "postgres"
	admin := stdlib.OpenDB(*cfg)
	var data string
	if err := admin.QueryRowContext(ctx, "SHOW data_directory").Scan(&data); err != nil {
		return none, errors.Join(err, admin.Close())
	}
	// The folder has to be the server's.
	fi, err := os.Stat(data)
	if err != nil {
		return none, errors.Join(err, admin.Close())
	}
	space := filepath.Join(dir, "space")
	owner := fi.Sys().(*syscall.Stat_t)
	if err := errors.Join(os.Mkdir(space, 0o700), os.Chown(space, int(owner.Uid), int(owner.Gid))); err != nil {
		return none, errors.Join(err, admin.Close())
	}
	for up := dir; len(up) > len(os.TempDir()); up = filepath.Dir(up) { // and it has to come there
		if err := os.Chmod(up, 0o711); err != nil {
			return none, errors.Join(err, admin.Close())
		}
	}
	if err := errors.Join(exec1(ctx, admin, "CREATE TABLESPACE mitra_faults LOCATION '"+space+"'"), exec1(ctx, admin, "ALTER DATABASE "+name+" SET TABLESPACE mitra_faults")); err != nil {
		return none, errors.Join(err, admin.Close())
	}
	return func(ctx context.Context) error {
		return errors.Join(exec1(ctx, admin, "ALTER DATABASE "+name+" SET TABLESPACE pg_default"), exec1(ctx, admin, "DROP TABLESPACE mitra_faults"), admin.Close())
	}, nil
}
