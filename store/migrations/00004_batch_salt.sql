-- +goose Up

-- Random, and '' in batches of earlier programs. The event of an import holds a
-- hash of the file's name and its headings, which strangers chose: without the
-- salt nobody can try out which they were.
ALTER TABLE batch ADD COLUMN salt TEXT NOT NULL DEFAULT '';
