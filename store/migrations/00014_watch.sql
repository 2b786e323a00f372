-- +goose Up

-- Package desk/watch explains this table.

-- A record whose opening is told of to auditors, by its entry in the registry. ended is '' while it is watched.
CREATE TABLE watched_record (
    id     TEXT  NOT NULL PRIMARY KEY,
    entry  TEXT  NOT NULL,
    actor  TEXT  NOT NULL, -- who has begun it
    office TEXT  NOT NULL,
    since  TEXT  NOT NULL,
    ender  TEXT  NOT NULL, -- who has ended it
    ended  TEXT  NOT NULL,
    seal   BYTEA NOT NULL
);
CREATE UNIQUE INDEX watched_record_entry ON watched_record (entry) WHERE ended = '';
