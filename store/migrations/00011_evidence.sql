-- +goose Up

-- letter is what was sealed of a letter under an agreement, as it was signed: nobody here can open the
-- envelope, and who proves what was written has to show it. '' where it is not known: it needs no
-- agreement, an earlier program queued it, or it was forgotten and came back from the peer.
ALTER TABLE outbox ADD COLUMN letter TEXT NOT NULL DEFAULT '';
--postgres ALTER TABLE outbox ALTER COLUMN letter SET STORAGE EXTERNAL;

-- The letters of a conversation are found without a look at the others.
CREATE INDEX outbox_conversation ON outbox (cid) WHERE cid <> '';
CREATE INDEX inbox_conversation ON inbox (cid) WHERE cid <> '';
