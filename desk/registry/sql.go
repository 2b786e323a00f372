package registry

// Statements on batches.
const (
	loadingBatch = `
	SELECT id, beat FROM batch WHERE noun = $1 AND source = $2 AND state = 'loading'`

	nextSeq = `
	SELECT COALESCE(MAX(seq), 0) + 1 FROM batch`

	insertBatch = `
	INSERT INTO batch (id, seq, noun, source, state, beat, snapshot, file, file_hash, header, columns,
		records_hash, row_count, new_count, changed, unchanged, ended, rejected, actor, office, event, at, salt)
	VALUES ($1, $2, $3, $4, 'loading', $5, $6, $7, $8, $9, $10, '', 0, 0, 0, 0, 0, 0, $11, $12, '', $5, $13)`

	// beatBatch changes no row if the batch was taken from the process.
	beatBatch = `
	UPDATE batch SET beat = $1 WHERE id = $2 AND state = 'loading'`

	publishBatch = `
	UPDATE batch SET state = 'live', beat = $1, at = $1, records_hash = $2, event = $3,
		row_count = $4, new_count = $5, changed = $6, unchanged = $7, ended = $8, rejected = $9
	WHERE id = $10 AND state = 'loading'`

	killBatch = `
	UPDATE batch SET state = 'dead' WHERE id = $1 AND state = 'loading'`

	killStale = `
	UPDATE batch SET state = 'dead' WHERE state = 'loading' AND beat < $1`

	oneDead = `
	SELECT id, seq FROM batch WHERE state = 'dead' ORDER BY seq LIMIT 1`

	deleteRecords = `
	DELETE FROM record WHERE id IN (SELECT id FROM record WHERE batch = $1 LIMIT $2)`

	deleteBatch = `
	DELETE FROM batch WHERE id = $1 AND state = 'dead'`

	batchColumns = `
	SELECT id, seq, noun, source, snapshot, file, file_hash, header, columns, records_hash,
		row_count, new_count, changed, unchanged, ended, rejected, actor, office, event, at, salt, state, beat, withdrawn
	FROM batch `

	// liveBatches leaves out what loads, is dead or was withdrawn, and nothing else: a batch
	// whose state is damaged is not to go missing.
	liveBatches = batchColumns + `WHERE state NOT IN ('loading', 'dead', 'withdrawn') ORDER BY seq`

	liveBatch = batchColumns + `WHERE state NOT IN ('loading', 'dead', 'withdrawn') AND seq = $1`

	liveBatchByID = batchColumns + `WHERE state NOT IN ('loading', 'dead', 'withdrawn') AND id = $1`

	// finishedBatches has those that were withdrawn, too.
	finishedBatches = batchColumns + `WHERE state NOT IN ('loading', 'dead') ORDER BY seq`

	batchOfRecord = batchColumns + `WHERE state NOT IN ('loading', 'dead') AND seq = (SELECT batch FROM record WHERE id = $1)`

	liveBatchIDs = `
	SELECT id FROM batch WHERE state NOT IN ('loading', 'dead', 'withdrawn') ORDER BY seq`

	liveOfNoun = `
	SELECT id FROM batch WHERE noun = $1 AND state NOT IN ('loading', 'dead', 'withdrawn') LIMIT 1`

	laterBatches = `
	SELECT COUNT(*) FROM batch WHERE noun = $1 AND source = $2 AND seq > $3 AND state NOT IN ('loading', 'dead', 'withdrawn')`

	withdrawBatch = `
	UPDATE batch SET state = 'withdrawn', withdrawn = $1 WHERE id = $2 AND state = 'live'`
)

// recordColumns are the columns of record in the order of a bulk insert.
var recordColumns = []string{"id", "entry", "previous", "batch", "key", "line", "ended", "cells", "fields", "hash"}

// Statements on records. A version is visible when its batch is live, and
// current when no visible version supersedes it.
const (
	// knownVersions lists the versions of a source in batches of a state, the latest last.
	knownVersions = `
	SELECT r.id, r.entry, r.key, r.hash, r.ended
	FROM batch b JOIN record r ON r.batch = b.seq
	WHERE b.noun = $1 AND b.source = $2 AND b.state = $3
	ORDER BY b.seq`

	// superseding lists the versions that are superseded, and the batches that
	// did it. It reads one small index; asking for each record whether another
	// supersedes it would take longer than reading the register.
	superseding = `
	SELECT previous, batch FROM record WHERE previous IS NOT NULL`

	recordsOfBatch = `
	SELECT id, entry, key, line, ended, fields FROM record WHERE batch = $1 ORDER BY line`

	version = `
	SELECT r.id, r.entry, r.key, r.line, r.ended, r.batch, r.cells, r.fields FROM record r`

	visible = ` JOIN batch b ON b.seq = r.batch AND b.state = 'live' `

	versionByID = version + visible + `WHERE r.id = $1`

	// versionKept has versions of lists that were withdrawn, too.
	versionKept = version + ` JOIN batch b ON b.seq = r.batch AND b.state IN ('live', 'withdrawn') WHERE r.id = $1`

	versionsByKey = version + visible + `
	WHERE r.key = $1 AND b.noun = $2 AND r.ended <> 1 AND NOT EXISTS (
		SELECT 1 FROM record n JOIN batch nb ON nb.seq = n.batch
		WHERE n.previous = r.id AND nb.state = 'live')
	ORDER BY b.source, r.id`

	// The first version of an entry has its id; the others name it.
	versionsOfEntry = version + visible + `
	WHERE r.id = $1 OR (r.entry = $1 AND r.previous IS NOT NULL)
	ORDER BY b.seq`
)

// Statements of verification.
const (
	batchRecords = `
	SELECT r.id, r.entry, r.previous, r.key, r.line, r.ended, r.cells, r.fields, r.hash,
		p.entry AS previous_entry, p.key AS previous_key, pb.seq AS previous_seq,
		pb.noun AS previous_noun, pb.source AS previous_source, pb.state AS previous_state
	FROM record r
	LEFT JOIN record p ON p.id = r.previous
	LEFT JOIN batch pb ON pb.seq = p.batch
	WHERE r.batch = $1 ORDER BY r.line, r.id`

	// secondFirst finds keys under which a source has two chains of versions. What a list that was withdrawn has brought begins
	// anew with the version that names it.
	secondFirst = `
	SELECT MIN(r.id) FROM record r JOIN batch b ON b.seq = r.batch AND b.state = 'live'
	WHERE r.previous IS NULL OR r.previous IN (SELECT w.id FROM record w JOIN batch wb ON wb.seq = w.batch WHERE wb.state = 'withdrawn')
	GROUP BY b.noun, b.source, r.key HAVING COUNT(*) > 1
	ORDER BY 1`

	// secondLater finds versions that supersede one that another supersedes, too.
	secondLater = `
	SELECT MIN(r.id) FROM record r JOIN batch b ON b.seq = r.batch AND b.state = 'live'
	WHERE r.previous IS NOT NULL
	GROUP BY r.previous HAVING COUNT(*) > 1
	ORDER BY 1`

	orphans = `
	SELECT r.id FROM record r LEFT JOIN batch b ON b.seq = r.batch WHERE b.id IS NULL ORDER BY r.id`
)

// Restrictions. What was not lifted stands, or has lapsed because nobody agreed.
const (
	restrictionColumns = `
	SELECT id, subject, value, reason, officer, office, at, second, confirmed, lifter FROM restriction `

	restrictionsHeld = restrictionColumns + `WHERE lifted = '' ORDER BY subject, id`

	restrictionsOf = restrictionColumns + `WHERE subject = $1 AND lifted = '' ORDER BY id`

	// countHolds are the restrictions of each person that wait for another officer than $2: said since $1, or to be ended.
	countHolds = `
	SELECT (SELECT COUNT(*) FROM (SELECT DISTINCT officer, at, value FROM restriction WHERE lifted = '' AND confirmed = '' AND at > $1 AND officer <> $2) AS waiting)
		+ (SELECT COUNT(*) FROM (SELECT DISTINCT officer, at, value FROM restriction WHERE lifted = '' AND lifter <> '' AND lifter <> $2 AND confirmed <> '') AS lifting)`

	insertRestriction = `
	INSERT INTO restriction (id, subject, value, reason, officer, office, at, second, confirmed, lifter, lift_second, lifted, seal)
	VALUES ($1, $2, $3, $4, $5, $6, $7, '', '', '', '', '', $8)`

	confirmRestriction = `
	UPDATE restriction SET second = $1, confirmed = $2 WHERE id = $3`

	wantLifted = `
	UPDATE restriction SET lifter = $1 WHERE id = $2`

	liftRestriction = `
	UPDATE restriction SET lift_second = $1, lifted = $2 WHERE id = $3`
)

// Withdrawals of lists.
const (
	withdrawalColumns = `
	SELECT id, batch, reason, officer, office, at, second, ended FROM withdrawal `

	allWithdrawals = withdrawalColumns + `ORDER BY id`

	openWithdrawal = withdrawalColumns + `WHERE batch = $1 AND ended = ''`

	insertWithdrawal = `
	INSERT INTO withdrawal (id, batch, reason, officer, office, at, second, ended, seal)
	VALUES ($1, $2, $3, $4, $5, $6, '', '', $7)`

	endWithdrawal = `
	UPDATE withdrawal SET second = $1, ended = $2 WHERE id = $3`
)
