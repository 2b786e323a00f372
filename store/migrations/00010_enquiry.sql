-- +goose Up

-- Rows of these tables are bound by events of the house book: each that changes a row names the digest of
-- what it is then. seal is random, so that nobody can try out what stands there.

-- Package treaty/courier: people about whom no letter leaves. subject is the registry's entry, who
-- describes the person (JSON, by the names of columns); until is '' where it holds until it is ended.
CREATE TABLE guarded (
    subject TEXT NOT NULL PRIMARY KEY,
    who     TEXT NOT NULL,
    at      TEXT NOT NULL,
    until   TEXT NOT NULL,
    seal    BYTEA NOT NULL -- random
);

-- Package desk/enquiry explains these tables.

-- One conversation in which somebody or something is asked about. ours is 1 where this node asked. state is
-- asked (no answer yet), pending or ended; ending says how. Of what a peer has asked, found is 1 where an officer has to
-- look, 2 where the person is restricted; leave is when the node's own answer goes, and end when its own
-- ending does, '' where there is none. begun is when the clock began, due when it is over, until when
-- nobody answers any more. person (JSON) is whom this node asked about, words what the peer has released.
CREATE TABLE enquiry (
    cid       TEXT   NOT NULL PRIMARY KEY,
    peer      TEXT   NOT NULL,
    ours      BIGINT NOT NULL,
    type      TEXT   NOT NULL,
    agreement TEXT   NOT NULL,
    article   TEXT   NOT NULL,
    purpose   TEXT   NOT NULL,
    handling  TEXT   NOT NULL,
    clock     TEXT   NOT NULL,
    wants     TEXT   NOT NULL,
    begun     TEXT   NOT NULL,
    due       TEXT   NOT NULL,
    until     TEXT   NOT NULL,
    state     TEXT   NOT NULL,
    ending    TEXT   NOT NULL,
    officer   TEXT   NOT NULL,
    ended     TEXT   NOT NULL,
    told      BIGINT NOT NULL, -- 1: half of the time is over, 2: all of it, and the office has been told
    found     BIGINT NOT NULL,
    leave     TEXT   NOT NULL,
    finish    TEXT   NOT NULL,
    subject   TEXT   NOT NULL, -- entry: whom it is about, as far as this node knows
    person    TEXT   NOT NULL,
    words     TEXT   NOT NULL,
    reference TEXT   NOT NULL, -- the national case, and the salt of its commitment
    salt      BYTEA,
    seal      BYTEA  NOT NULL -- random
);
CREATE INDEX enquiry_leave ON enquiry (leave) WHERE leave <> '';
CREATE INDEX enquiry_finish ON enquiry (finish) WHERE finish <> '';
CREATE INDEX enquiry_open ON enquiry (ours, due) WHERE ended = '';
CREATE INDEX enquiry_subject ON enquiry (subject) WHERE subject <> '';
CREATE INDEX enquiry_ended ON enquiry (clock, ended) WHERE ended <> '';

-- The key of the coin that says which of those who are not found look as if they were.
CREATE TABLE enquiry_key (
    id  BIGINT NOT NULL PRIMARY KEY,
    key BYTEA  NOT NULL
);

-- Package desk/registry: people who are restricted, by the entries of their records. officer has said so and
-- second has agreed; lifter wants it ended, and it is not until another does too.
CREATE TABLE restriction (
    id        TEXT NOT NULL PRIMARY KEY,
    subject   TEXT NOT NULL,
    value     TEXT NOT NULL, -- of the axis protection
    reason    TEXT NOT NULL,
    officer   TEXT NOT NULL,
    office    TEXT NOT NULL,
    at        TEXT NOT NULL,
    second    TEXT NOT NULL,
    confirmed TEXT NOT NULL,
    lifter    TEXT NOT NULL,
    lift_second TEXT NOT NULL,
    lifted    TEXT NOT NULL,
    seal      BYTEA NOT NULL -- random
);
CREATE INDEX restriction_subject ON restriction (subject);
CREATE INDEX restriction_holds ON restriction (subject) WHERE lifted = '';
