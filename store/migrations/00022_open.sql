-- +goose Up

-- Package treaty/courier: letters whose receipts are missing are counted without a look at the letters. After a partner was away there are many.
DROP INDEX outbox_open;
CREATE INDEX outbox_open ON outbox (peer, at, mid) WHERE state = 'stored' AND seen < 2;

-- Package desk/registry: restrictions that wait for a second officer, and those that somebody wants ended.
CREATE INDEX restriction_alone ON restriction (at) WHERE lifted = '' AND confirmed = '';
CREATE INDEX restriction_lifting ON restriction (lifter) WHERE lifted = '' AND lifter <> '';
