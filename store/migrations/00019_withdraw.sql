-- +goose Up

-- Package desk/registry explains this. A list that was loaded by mistake is withdrawn: its batch is in the state withdrawn, and
-- withdrawn is the id of the event that says so, '' of the others.
ALTER TABLE batch ADD COLUMN withdrawn TEXT NOT NULL DEFAULT '';

-- A version can be superseded again after the list that did it was withdrawn. That no two lists that hold do it is verified.
DROP INDEX record_previous;
CREATE INDEX record_previous ON record (previous) WHERE previous IS NOT NULL;

-- Who wants a list withdrawn, and why. ended is '' while another officer has to agree; second is who has, '' where it was taken
-- back. Rows are bound by events of the house book; seal is random.
CREATE TABLE withdrawal (
    id      TEXT  NOT NULL PRIMARY KEY,
    batch   TEXT  NOT NULL,
    reason  TEXT  NOT NULL,
    officer TEXT  NOT NULL,
    office  TEXT  NOT NULL,
    at      TEXT  NOT NULL,
    second  TEXT  NOT NULL,
    ended   TEXT  NOT NULL,
    seal    BYTEA NOT NULL
);
CREATE UNIQUE INDEX withdrawal_open ON withdrawal (batch) WHERE ended = '';
