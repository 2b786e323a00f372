-- +goose Up

-- The conversation of a letter and what allows it, so that letters of a conversation find its
-- first one; '' where it needs no agreement, and in the inbox until a letter is accepted. judge is
-- when a letter that was stored is judged at the earliest: one that came before the first of its
-- conversation waits for it.
ALTER TABLE outbox ADD COLUMN cid TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN article TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN purpose TEXT NOT NULL DEFAULT '';
ALTER TABLE inbox ADD COLUMN cid TEXT NOT NULL DEFAULT '';
ALTER TABLE inbox ADD COLUMN article TEXT NOT NULL DEFAULT '';
ALTER TABLE inbox ADD COLUMN purpose TEXT NOT NULL DEFAULT '';
ALTER TABLE inbox ADD COLUMN judge TEXT NOT NULL DEFAULT '';
DROP INDEX inbox_stored;
CREATE INDEX inbox_stored ON inbox (judge, at) WHERE state = 'stored';
