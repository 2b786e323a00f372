-- +goose Up

-- What a page asks for is found without a look at everything else that there ever was.

-- Package desk/guest: which records somebody was referred by. It says what the subjects of referred do, an entry at a time, and nothing more:
-- that is verified. An entry is an id of 36 letters: the first stands at the third of a JSON array, the next ones 39 further each.
CREATE TABLE referred_subject (
    entry    TEXT NOT NULL,
    referral TEXT NOT NULL,
    PRIMARY KEY (entry, referral)
);
INSERT INTO referred_subject (entry, referral)
WITH RECURSIVE part (entry, referral, subjects, place) AS (
    SELECT substr(subjects, 3, 36), id, subjects, 3 FROM referred
    UNION ALL
    SELECT substr(subjects, place + 39, 36), referral, subjects, place + 39 FROM part WHERE place + 39 < length(subjects)
)
SELECT DISTINCT entry, referral FROM part WHERE length(entry) = 36;

-- In the order of the lists: what goes on first, then the newest.
CREATE INDEX referred_all ON referred ((CASE WHEN state IN ('waits', 'open', 'accepted') THEN 0 ELSE 1 END), id DESC);
DROP INDEX referred_office;
CREATE INDEX referred_office ON referred (office, (CASE WHEN state IN ('waits', 'open', 'accepted') THEN 0 ELSE 1 END), id DESC);
CREATE INDEX referred_at ON referred (office, at);
CREATE INDEX referred_kept ON referred (id) WHERE given <> '' OR answer <> '';

-- Package desk/enquiry: lists, and what is to be forgotten.
CREATE INDEX enquiry_own ON enquiry (cid) WHERE ours = 1;
CREATE INDEX enquiry_hidden ON enquiry (cid) WHERE found = 2;
CREATE INDEX enquiry_alert ON enquiry (cid) WHERE type = 'alert' AND until <> '';
CREATE INDEX enquiry_referral ON enquiry (due, cid) WHERE type = 'referral' AND ending IN ('', 'accepted') AND until <> '';
CREATE INDEX enquiry_until ON enquiry (until, cid) WHERE until <> '';

-- Package treaty/courier: a letter of this node by its id alone.
CREATE INDEX outbox_letter ON outbox (mid) WHERE letter <> '';
