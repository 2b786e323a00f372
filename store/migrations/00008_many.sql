-- +goose Up

-- Where many letters wait, those whose time is over are found without a look at the others.
CREATE INDEX outbox_expires ON outbox (peer, exp) WHERE state = 'waiting';

-- What is sealed or signed cannot be made smaller: PostgreSQL need not try.
--postgres ALTER TABLE outbox ALTER COLUMN envelope SET STORAGE EXTERNAL;
--postgres ALTER TABLE inbox ALTER COLUMN envelope SET STORAGE EXTERNAL;
--postgres ALTER TABLE inbox ALTER COLUMN letter SET STORAGE EXTERNAL;
