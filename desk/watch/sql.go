package watch

import "mitra/treaty/journal"

const (
	columns = `
	SELECT id, entry, actor, office, since FROM watched_record `

	active = columns + `WHERE ended = '' ORDER BY since, id`

	insertWatch = `
	INSERT INTO watched_record (id, entry, actor, office, since, ender, ended, seal)
	VALUES ($1, $2, $3, $4, $5, '', '', $6) ON CONFLICT (entry) WHERE ended = '' DO NOTHING`

	endWatch = `
	UPDATE watched_record SET ender = $1, ended = $2 WHERE entry = $3 AND ended = '' RETURNING id`
)

// Bound is the table of watched records, whose rows events bind.
var Bound = journal.Bound{Table: "watched_record", Key: "id", All: `
	SELECT id, entry, actor, office, since, ender, ended, seal FROM watched_record`}
