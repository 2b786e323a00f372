-- +goose Up

-- Package desk/office explains this table.

-- One notice for one address: kind, class and due are what it says, and there is nothing about anybody in it. at is
-- when it may be told; next when it is tried next, '' when it is no longer; begun when it was first tried; ended when
-- it was sent, or given up (failed is 1).
CREATE TABLE notice (
    id      TEXT   NOT NULL PRIMARY KEY,
    office  TEXT   NOT NULL,
    officer TEXT   NOT NULL,
    address TEXT   NOT NULL,
    kind    TEXT   NOT NULL,
    class   TEXT   NOT NULL,
    due     TEXT   NOT NULL,
    zone    TEXT   NOT NULL,
    at      TEXT   NOT NULL,
    next    TEXT   NOT NULL,
    begun   TEXT   NOT NULL,
    tries   BIGINT NOT NULL,
    ended   TEXT   NOT NULL,
    failed  BIGINT NOT NULL
);
CREATE INDEX notice_next ON notice (next) WHERE next <> '';
CREATE INDEX notice_ended ON notice (ended) WHERE ended <> '';
