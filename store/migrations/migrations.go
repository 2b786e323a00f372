// Package migrations holds the schema: numbered SQL files in goose's format,
// applied in order, each in one transaction, never changed after a release.
//
// The files are read by both databases. Column types are TEXT, BIGINT, DOUBLE
// PRECISION and BYTEA (package store says what they hold); a file has an Up
// section only, since a schema goes forward. What stands in a line behind "--postgres " is for
// PostgreSQL alone: how it keeps what both have.
package migrations

import "embed"

// Files holds every *.sql of this folder.
//
//go:embed *.sql
var Files embed.FS
