-- +goose Up

-- Package treaty/courier explains these tables.

-- The cards of this node and of its peers, as they were handed over.
CREATE TABLE card (
    node     TEXT   NOT NULL,
    serial   BIGINT NOT NULL,
    document BYTEA  NOT NULL,
    at       TEXT   NOT NULL,
    PRIMARY KEY (node, serial)
);

-- The nodes that this one exchanges letters with. state is active or suspended; book is
-- the exchange book of the peer's epoch; reconcile is the time of the backup from which the node
-- was put back, until the peer is asked what came since.
CREATE TABLE peer (
    node      TEXT NOT NULL PRIMARY KEY,
    country   TEXT NOT NULL,
    state     TEXT NOT NULL,
    book      TEXT NOT NULL,
    since     TEXT NOT NULL,
    reconcile TEXT NOT NULL
);

-- Letters to peers. state is waiting, stored (the peer has given its receipt R1), dead (it
-- has not, in time) or refused (code says why). leaf is what R1 promises, seen whether the
-- peer's book was shown to have it.
CREATE TABLE outbox (
    peer     TEXT   NOT NULL,
    mid      TEXT   NOT NULL,
    type     TEXT   NOT NULL,
    envelope TEXT   NOT NULL,
    exp      BIGINT NOT NULL,
    state    TEXT   NOT NULL,
    tries    BIGINT NOT NULL,
    next     TEXT   NOT NULL,
    receipt  TEXT   NOT NULL,
    leaf     BYTEA,
    seen     BIGINT NOT NULL,
    code     TEXT   NOT NULL,
    queued   TEXT   NOT NULL,
    at       TEXT   NOT NULL,
    PRIMARY KEY (peer, mid)
);
CREATE INDEX outbox_due ON outbox (peer, next) WHERE state = 'waiting';
CREATE INDEX outbox_promised ON outbox (peer, at) WHERE state = 'stored' AND seen = 0;

-- Letters from peers. receipt is the one R1 that each has for ever. state is stored, accepted
-- or refused (code says why); letter is what was in the envelope, once it was opened.
CREATE TABLE inbox (
    issuer   TEXT NOT NULL,
    mid      TEXT NOT NULL,
    hash     TEXT NOT NULL,
    envelope TEXT NOT NULL,
    receipt  TEXT NOT NULL,
    state    TEXT NOT NULL,
    code     TEXT NOT NULL,
    letter   TEXT NOT NULL,
    at       TEXT NOT NULL,
    PRIMARY KEY (issuer, mid)
);
CREATE INDEX inbox_stored ON inbox (at) WHERE state = 'stored';

-- Receipts to peers, which leave at due or after; sent is '' until the peer has them.
CREATE TABLE receipt_out (
    peer    TEXT   NOT NULL,
    mid     TEXT   NOT NULL,
    stage   BIGINT NOT NULL,
    receipt TEXT   NOT NULL,
    hash    TEXT   NOT NULL,
    due     TEXT   NOT NULL,
    sent    TEXT   NOT NULL,
    PRIMARY KEY (peer, mid, stage)
);
CREATE INDEX receipt_out_due ON receipt_out (peer, due) WHERE sent = '';
CREATE INDEX receipt_out_hash ON receipt_out (hash) WHERE sent = '';

-- Receipts R2 and R3 from peers.
CREATE TABLE receipt_in (
    peer    TEXT   NOT NULL,
    mid     TEXT   NOT NULL,
    stage   BIGINT NOT NULL,
    receipt TEXT   NOT NULL,
    at      TEXT   NOT NULL,
    PRIMARY KEY (peer, mid, stage)
);

-- What this node has seen, as their witness, of the books that peers keep of the exchange
-- with it. fault is '' or why nothing is cosigned any more, with the statement that showed it.
CREATE TABLE watch (
    peer       TEXT   NOT NULL,
    book       TEXT   NOT NULL,
    size       BIGINT NOT NULL,
    edge       BYTEA  NOT NULL,
    checkpoint TEXT   NOT NULL,
    fault      TEXT   NOT NULL,
    at         TEXT   NOT NULL,
    PRIMARY KEY (peer, book)
);

-- The leaves that statements have shown, 32 bytes each, up to the event of number size.
CREATE TABLE watched (
    peer   TEXT   NOT NULL,
    book   TEXT   NOT NULL,
    size   BIGINT NOT NULL,
    leaves BYTEA  NOT NULL,
    at     TEXT   NOT NULL,
    PRIMARY KEY (peer, book, size)
);
CREATE INDEX watched_at ON watched (peer, at);

-- What peers have cosigned of this node's books.
CREATE TABLE cosignature (
    book TEXT   NOT NULL,
    size BIGINT NOT NULL,
    line TEXT   NOT NULL,
    at   TEXT   NOT NULL,
    PRIMARY KEY (book, size)
);
