-- +goose Up

-- Another change of the same time has this number.
SELECT 1;
