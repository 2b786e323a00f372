-- +goose Up

-- Package desk/registry explains these two tables.

-- One import. seq counts batches in the order in which they began; batches of
-- one source go live in that order too, since one of them loads at a time.
-- beat is the last sign of life of the process that loads it.
CREATE TABLE batch (
    id           TEXT   NOT NULL PRIMARY KEY,
    seq          BIGINT NOT NULL UNIQUE,
    noun         TEXT   NOT NULL,
    source       TEXT   NOT NULL,
    state        TEXT   NOT NULL, -- loading, live, dead
    beat         TEXT   NOT NULL,
    snapshot     BIGINT NOT NULL,
    file         TEXT   NOT NULL, -- base name
    file_hash    TEXT   NOT NULL, -- SHA-256, hexadecimal
    header       TEXT   NOT NULL, -- JSON array of the column names as given
    columns      TEXT   NOT NULL, -- JSON object: canonical name → index in header
    records_hash TEXT   NOT NULL, -- SHA-256 over the sorted record hashes; '' until live
    row_count    BIGINT NOT NULL,
    new_count    BIGINT NOT NULL,
    changed      BIGINT NOT NULL,
    unchanged    BIGINT NOT NULL,
    ended        BIGINT NOT NULL,
    rejected     BIGINT NOT NULL,
    actor        TEXT   NOT NULL,
    office       TEXT   NOT NULL,
    event        TEXT   NOT NULL, -- id of the journal event; '' until live
    at           TEXT   NOT NULL  -- when it began, then when it went live
);
CREATE UNIQUE INDEX batch_loading ON batch (noun, source) WHERE state = 'loading';

-- One version of one record: what a source said in one batch.
CREATE TABLE record (
    id       TEXT   NOT NULL PRIMARY KEY,
    entry    TEXT   NOT NULL, -- id of the first version
    previous TEXT,            -- id of the version that this one supersedes
    batch    BIGINT NOT NULL, -- batch.seq
    key      TEXT   NOT NULL,
    line     BIGINT NOT NULL, -- in the file; 0 for an end
    ended    BIGINT NOT NULL, -- 1: the source no longer lists it
    cells    TEXT   NOT NULL, -- JSON array as given
    fields   TEXT   NOT NULL, -- JSON object of the values as read
    hash     BYTEA  NOT NULL
);
CREATE INDEX record_batch ON record (batch, line);
CREATE INDEX record_key ON record (key);
CREATE UNIQUE INDEX record_previous ON record (previous) WHERE previous IS NOT NULL;
CREATE INDEX record_later ON record (entry) WHERE previous IS NOT NULL;
