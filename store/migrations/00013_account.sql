-- +goose Up

-- Package desk/account explains this table.

-- An officer who may sign in. roles is a JSON array; protection, changed and disabled are 0 or 1: may see protection; has
-- to change the password, since another has given it; may no longer sign in. since is the time before which no session holds.
CREATE TABLE account (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    office     TEXT   NOT NULL,
    roles      TEXT   NOT NULL,
    protection BIGINT NOT NULL,
    lang       TEXT   NOT NULL,
    password   TEXT   NOT NULL,
    changed    BIGINT NOT NULL,
    disabled   BIGINT NOT NULL,
    since      TEXT   NOT NULL,
    made       TEXT   NOT NULL,
    seal       BYTEA  NOT NULL
);
