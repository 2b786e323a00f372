-- +goose Up

-- Package desk/status explains these tables.

-- What officers have said of a permit and a resident, by the entries of the registry: append-only, in the order of seq. act is same,
-- different, agree, disagree or undo; two is 1 where another officer has to agree before it holds. weight and model are what the
-- officer was shown, permit_version and resident_version the versions of the records.
CREATE TABLE pair_decision (
    id               TEXT   NOT NULL PRIMARY KEY,
    permit           TEXT   NOT NULL,
    resident         TEXT   NOT NULL,
    seq              BIGINT NOT NULL,
    act              TEXT   NOT NULL,
    two              BIGINT NOT NULL,
    reason           TEXT   NOT NULL,
    officer          TEXT   NOT NULL,
    office           TEXT   NOT NULL,
    at               TEXT   NOT NULL,
    weight           DOUBLE PRECISION NOT NULL,
    model            TEXT   NOT NULL,
    permit_version   TEXT   NOT NULL,
    resident_version TEXT   NOT NULL,
    seal             BYTEA  NOT NULL,
    UNIQUE (permit, resident, seq)
);
CREATE INDEX pair_decision_resident ON pair_decision (resident);

-- The pairs of the last run that wait for an officer, in the order in which they are looked at; what officers say moves state from
-- open to waiting (for a second officer), same or different. Derived: each run makes it anew. guarded is 1 where the class of the
-- resident is kept from those who may not see protection.
CREATE TABLE review_pair (
    permit   TEXT   NOT NULL,
    resident TEXT   NOT NULL,
    place    BIGINT NOT NULL,
    concern  BIGINT NOT NULL,
    guarded  BIGINT NOT NULL,
    state    TEXT   NOT NULL,
    PRIMARY KEY (permit, resident)
);
CREATE INDEX review_pair_state ON review_pair (state, place, permit, resident, guarded, concern);
CREATE INDEX review_pair_resident ON review_pair (resident);
