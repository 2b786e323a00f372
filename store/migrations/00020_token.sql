-- +goose Up

-- Package desk/account explains these tables.

-- By an API token a program acts for an officer. hash is the SHA-256 of its secret; scope a JSON array of rights, of which it has those
-- that its account has too; used the hour in which it was used last, and revoked when it was ended, both empty where neither has been.
CREATE TABLE api_token (
    id      TEXT  NOT NULL PRIMARY KEY,
    account TEXT  NOT NULL,
    name    TEXT  NOT NULL,
    hash    BYTEA NOT NULL UNIQUE,
    scope   TEXT  NOT NULL,
    made    TEXT  NOT NULL,
    expires TEXT  NOT NULL,
    used    TEXT  NOT NULL,
    revoked TEXT  NOT NULL,
    seal    BYTEA NOT NULL
);

CREATE INDEX api_token_account ON api_token (account);

-- A request that a program may repeat, for a day: key and request are SHA-256 hashes. status is 0 while it is being done, and 1 where the
-- process ended meanwhile; body is the answer, without people and passwords.
CREATE TABLE api_request (
    token   TEXT   NOT NULL,
    key     BYTEA  NOT NULL,
    request BYTEA  NOT NULL,
    status  BIGINT NOT NULL,
    body    TEXT   NOT NULL,
    begun   TEXT   NOT NULL,
    PRIMARY KEY (token, key)
);

CREATE INDEX api_request_begun ON api_request (begun);
