-- +goose Up

-- How the exchange with a peer stands is told without a look at all its letters. seen is 0 until the
-- peer's book was shown to have what R1 promises; then 1, or 3 when R2 is there too; 2 where it has not.
UPDATE outbox SET seen = 3 WHERE state = 'stored' AND seen = 1
    AND EXISTS (SELECT 1 FROM receipt_in AS r WHERE r.peer = outbox.peer AND r.mid = outbox.mid AND r.stage = 2);
DROP INDEX outbox_promised;
CREATE INDEX outbox_open ON outbox (peer, at) WHERE state = 'stored' AND seen < 2;
CREATE INDEX outbox_broken ON outbox (peer) WHERE seen = 2;
CREATE INDEX outbox_ended ON outbox (peer) WHERE state IN ('dead', 'refused');
