-- +goose Up

-- Package desk/status explains these tables. All are append-only.

-- A trained linkage model, by its hash: what explains the weight of a link for
-- as long as the link is kept.
CREATE TABLE linkage_model (
    hash  TEXT NOT NULL PRIMARY KEY,
    model TEXT NOT NULL
);

-- One run of the reconciliation. summary is what the command printed, weights
-- the histogram of match weights.
CREATE TABLE status_run (
    id        TEXT NOT NULL PRIMARY KEY,
    at        TEXT NOT NULL,
    as_of     TEXT NOT NULL,
    node      TEXT NOT NULL, -- its country
    actor     TEXT NOT NULL,
    office    TEXT NOT NULL,
    pack      TEXT NOT NULL,
    pack_hash TEXT NOT NULL,
    model     TEXT NOT NULL,
    summary   TEXT NOT NULL
);

-- What a run held of a permit and a resident, by the entries of the registry.
-- A row stands until a later run writes the next one for the same two. band is
-- link, review (an officer has to look), possible (too unlikely for that, too
-- likely to be left out) or none (no longer). levels are the comparison levels
-- and frequency adjustments in the order of the model.
CREATE TABLE permit_link (
    permit   TEXT NOT NULL,
    resident TEXT NOT NULL,
    seq      BIGINT NOT NULL,
    band     TEXT NOT NULL,
    weight   DOUBLE PRECISION NOT NULL,
    levels   TEXT NOT NULL,
    model    TEXT NOT NULL,
    run      TEXT NOT NULL,
    PRIMARY KEY (permit, resident, seq)
);
CREATE INDEX permit_link_resident ON permit_link (resident);

-- What an office holds of one resident on one axis. A row supersedes the one
-- before it in seq. The class is not stored: the rule pack of the run derives it
-- from the axes. An axis on which nobody has said anything has no row.
CREATE TABLE assessment (
    resident    TEXT NOT NULL,
    axis        TEXT NOT NULL,
    office      TEXT NOT NULL,
    seq         BIGINT NOT NULL,
    value       TEXT NOT NULL,
    reasons     TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    officer     TEXT NOT NULL, -- 'computed' where no officer decided
    run         TEXT NOT NULL,
    PRIMARY KEY (resident, axis, office, seq)
);
