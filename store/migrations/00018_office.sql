-- +goose Up

-- Rows of these tables are bound by events of the house book: each event that changes rows names the digest of what they are then.

-- Package desk/office: the offices of the node. kind is headquarters, airport, embassy or guest; agency is whose a guest office is,
-- '' for the others. closed is '' while officers may work in it. The node makes the first rows when it is opened: events tell of them.
CREATE TABLE office (
    name   TEXT  NOT NULL PRIMARY KEY,
    kind   TEXT  NOT NULL,
    agency TEXT  NOT NULL,
    opened TEXT  NOT NULL,
    closed TEXT  NOT NULL,
    seal   BYTEA NOT NULL -- random
);

-- Package desk/guest: what was handed over, of one person, to a guest office. subjects (JSON) are the entries of the person's records; given
-- (JSON) is the copy that was handed over, '' once it is erased, with answer; then seal is new, so that no digest tells of it. danger
-- is 1 where two officers have to agree: second has. state is waits, open, accepted, declined, done, withdrawn or expired.
CREATE TABLE referred (
    id       TEXT   NOT NULL PRIMARY KEY,
    office   TEXT   NOT NULL,
    subjects TEXT   NOT NULL,
    purpose  TEXT   NOT NULL,
    basis    TEXT   NOT NULL,
    given    TEXT   NOT NULL,
    danger   BIGINT NOT NULL,
    officer  TEXT   NOT NULL,
    at       TEXT   NOT NULL,
    second   TEXT   NOT NULL,
    until    TEXT   NOT NULL,
    state    TEXT   NOT NULL,
    answer   TEXT   NOT NULL,
    answerer TEXT   NOT NULL,
    answered TEXT   NOT NULL,
    seal     BYTEA  NOT NULL -- random
);
CREATE INDEX referred_office ON referred (office, until);
