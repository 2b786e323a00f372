package store

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	oldestPostgres = 150000 // server_version_num of the oldest release supported

	// postgresConns is the number of sessions. Those that are idle are kept for a while: a new one
	// costs the server more than all that is done for a letter.
	postgresConns = 16
)

func openPostgres(ctx context.Context, dsn string) (*DB, error) { return connect(ctx, dsn, nil) }

// connect opens a pool of sessions with the parameters of every session and
// those of more.
func connect(ctx context.Context, dsn string, more map[string]string) (*DB, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		// The parser's error quotes the string, and hides a password only where
		// it recognises one.
		return nil, errors.New("the PostgreSQL connection string is malformed")
	}
	cfg.RuntimeParams["application_name"] = "mitra"
	cfg.RuntimeParams["timezone"] = "UTC"
	cfg.RuntimeParams["synchronous_commit"] = "on" // what is acknowledged is on disk
	maps.Copy(cfg.RuntimeParams, more)
	pool := stdlib.OpenDB(*cfg)
	pool.SetMaxOpenConns(postgresConns)
	pool.SetMaxIdleConns(postgresConns)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	if err := checkPostgres(ctx, pool); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	both := newPool(pool)
	return &DB{dialect: PostgreSQL, write: both, read: both}, nil
}

// WellFormed reports whether the connection string of a PostgreSQL server can be
// read, with the files that it names. It does not connect.
func WellFormed(dsn string) bool {
	_, err := pgx.ParseConfig(dsn)
	return err == nil
}

// checkPostgres connects and refuses a server that would not keep what we
// store as we store it.
func checkPostgres(ctx context.Context, pool *sql.DB) error {
	var version int
	var encoding string
	err := pool.QueryRowContext(ctx,
		`SELECT current_setting('server_version_num')::int, current_setting('server_encoding')`).Scan(&version, &encoding)
	if err != nil {
		return connectError(err)
	}
	if version < oldestPostgres {
		return fmt.Errorf("PostgreSQL %d is too old: version %d or later is needed", version/10000, oldestPostgres/10000)
	}
	if encoding != "UTF8" {
		return fmt.Errorf("the PostgreSQL database has the encoding %s: UTF8 is needed", encoding)
	}
	return nil
}

// connectError says why there is no connection without repeating from the
// connection string, as the driver's text does.
func connectError(err error) error {
	const text = "connect to PostgreSQL: "
	var pg *pgconn.PgError
	var op *net.OpError
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	switch {
	case errors.As(err, &pg):
		return &Error{kind: postgresKind(pg), text: text + postgresText(pg), cause: err}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &Error{text: text + "no answer in time", cause: err}
	case errors.As(err, &dns):
		return &Error{text: text + "the server's name cannot be resolved", cause: err}
	case errors.As(err, &cert):
		return &Error{text: text + "the server's certificate is of no authority known here, of another name, or not in its time: sslrootcert names that of its authority", cause: err}
	case strings.Contains(err.Error(), "refused TLS"):
		return &Error{text: text + "the server speaks no TLS, which sslmode demands", cause: err}
	case errors.As(err, &op):
		return &Error{text: text + op.Err.Error(), cause: err}
	}
	return &Error{text: text + "the server refused the connection or does not speak its protocol", cause: err}
}
