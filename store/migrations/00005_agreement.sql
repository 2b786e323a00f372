-- +goose Up

-- Package treaty/agreement explains these two tables.

-- An agreement adopted with a peer, by the hash of its payload. Never changed.
CREATE TABLE agreement (
    hash           TEXT  NOT NULL PRIMARY KEY,
    peer           TEXT  NOT NULL, -- node name
    document       BYTEA NOT NULL, -- as it was signed
    in_force_from  TEXT  NOT NULL, -- yyyy-mm-dd, its own first and last day; what replaces
    in_force_until TEXT  NOT NULL, -- it may end it earlier
    adopted_at     TEXT  NOT NULL,
    event          TEXT  NOT NULL  -- id of the journal event
);
CREATE INDEX agreement_peer ON agreement (peer);

-- How many conversations a node has begun under a purpose on a day of UTC.
CREATE TABLE agreement_quota (
    agreement TEXT   NOT NULL, -- hash
    article   TEXT   NOT NULL,
    purpose   TEXT   NOT NULL,
    issuer    TEXT   NOT NULL, -- node name
    day       TEXT   NOT NULL, -- yyyy-mm-dd
    used      BIGINT NOT NULL,
    PRIMARY KEY (agreement, article, purpose, issuer, day)
);
