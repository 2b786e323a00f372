-- +goose Up

-- Package desk/second explains these tables. Rows are added to them, and never changed; events of the house book bind them.

-- What one officer wants done that takes two. body (JSON) names it completely, and hash is that of its bytes; subject is what it
-- is about, as events name it.
CREATE TABLE proposal (
    id      TEXT  NOT NULL PRIMARY KEY,
    kind    TEXT  NOT NULL,
    body    TEXT  NOT NULL,
    hash    TEXT  NOT NULL,
    subject TEXT  NOT NULL,
    reason  TEXT  NOT NULL,
    officer TEXT  NOT NULL,
    office  TEXT  NOT NULL,
    at      TEXT  NOT NULL,
    seal    BYTEA NOT NULL -- random
);
CREATE INDEX proposal_at ON proposal (at);

-- What became of a proposal: n is 1 for its end, of which there is one, and 2 where what it made has been handed over. result is
-- what was made and is kept.
CREATE TABLE proposal_step (
    id       TEXT   NOT NULL PRIMARY KEY,
    proposal TEXT   NOT NULL,
    n        BIGINT NOT NULL,
    what     TEXT   NOT NULL, -- confirmed, declined, withdrawn, expired or used
    officer  TEXT   NOT NULL,
    office   TEXT   NOT NULL,
    at       TEXT   NOT NULL,
    reason   TEXT   NOT NULL,
    result   TEXT   NOT NULL,
    seal     BYTEA  NOT NULL -- random
);
CREATE UNIQUE INDEX proposal_step_once ON proposal_step (proposal, n);
