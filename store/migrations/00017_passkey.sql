-- +goose Up

-- Package desk/account explains these tables.

-- A key on a device of an officer. credential is its id at the device (base64url), handle what the device calls the account,
-- record the public key and what else is known of it (JSON); uses is the device's own count, 0 where it keeps none; used is '' until then.
CREATE TABLE passkey (
    id         TEXT   NOT NULL PRIMARY KEY,
    account    TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    credential TEXT   NOT NULL UNIQUE,
    handle     TEXT   NOT NULL,
    record     TEXT   NOT NULL,
    uses       BIGINT NOT NULL,
    made       TEXT   NOT NULL,
    used       TEXT   NOT NULL,
    seal       BYTEA  NOT NULL
);
CREATE INDEX passkey_account ON passkey (account);

-- Who an account is at the provider of sign-ins: code is a hash of provider and person.
CREATE TABLE account_subject (
    account TEXT  NOT NULL PRIMARY KEY,
    code    TEXT  NOT NULL UNIQUE,
    made    TEXT  NOT NULL,
    seal    BYTEA NOT NULL
);
