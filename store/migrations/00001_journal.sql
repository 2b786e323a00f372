-- +goose Up

-- Package treaty/journal explains these three tables.

-- One event. idx is its index in the tree of its book, NULL until the sequencer
-- has given one. salt and event are NULL once the event has been erased; leaf
-- is the SHA-256 of salt and event, and stays.
CREATE TABLE journal_leaf (
    id    TEXT NOT NULL PRIMARY KEY,
    book  TEXT NOT NULL,
    idx   BIGINT,
    salt  BYTEA,
    event BYTEA,
    leaf  BYTEA NOT NULL,
    UNIQUE (book, idx)
);
CREATE INDEX journal_leaf_pending ON journal_leaf (book, id) WHERE idx IS NULL;

-- The hashes of a book's Merkle tree, in the order of tlog.StoredHashIndex.
CREATE TABLE journal_hash (
    book TEXT NOT NULL,
    pos  BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (book, pos)
);

-- The signed checkpoints of a book, one for each size at which one was signed.
CREATE TABLE journal_head (
    book TEXT NOT NULL,
    size BIGINT NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (book, size)
);

-- A task that one process at a time may do, who does it, and until when it is
-- theirs without another word.
CREATE TABLE lease (
    name   TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    until  TEXT NOT NULL
);
