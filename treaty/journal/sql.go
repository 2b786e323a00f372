package journal

const insertLeaf = `
	INSERT INTO journal_leaf (id, book, salt, event, leaf) VALUES ($1, $2, $3, $4, $5)`

const selectLeaf = `
	SELECT id, salt, event, leaf FROM journal_leaf WHERE book = $1 AND idx = $2`

const eraseLeaf = `
	UPDATE journal_leaf SET salt = NULL, event = NULL WHERE book = $1 AND idx = $2`

// pendingBooks skips through the index of what has no place yet, from book to book: SQLite would
// answer a DISTINCT by reading the index of all events.
const pendingBooks = `
	WITH RECURSIVE found (book) AS (
		SELECT (SELECT book FROM journal_leaf WHERE idx IS NULL ORDER BY book, id LIMIT 1)
		UNION ALL
		SELECT (SELECT l.book FROM journal_leaf AS l WHERE l.idx IS NULL AND l.book > found.book ORDER BY l.book, l.id LIMIT 1)
		FROM found WHERE found.book IS NOT NULL
	)
	SELECT book FROM found WHERE book IS NOT NULL`

const pendingLeaves = `
	SELECT leaf FROM journal_leaf WHERE book = $1 AND idx IS NULL ORDER BY id LIMIT $2`

// indexPending numbers exactly the rows that pendingLeaves returns in the same
// transaction, in the same order.
const indexPending = `
	UPDATE journal_leaf SET idx = numbered.idx
	FROM (
		SELECT id, $1 + ROW_NUMBER() OVER (ORDER BY id) - 1 AS idx
		FROM (SELECT id FROM journal_leaf WHERE book = $2 AND idx IS NULL ORDER BY id LIMIT $3) AS pending
	) AS numbered
	WHERE journal_leaf.id = numbered.id`

const selectHash = `
	SELECT hash FROM journal_hash WHERE book = $1 AND pos = $2`

const insertHead = `
	INSERT INTO journal_head (book, size, note) VALUES ($1, $2, $3)`

const lastHead = `
	SELECT size, note FROM journal_head WHERE book = $1 ORDER BY size DESC LIMIT 1`

const countHeads = `
	SELECT COUNT(*) FROM (SELECT size FROM journal_head WHERE book = $1 LIMIT 2) AS first_two`

// headBooks lists the books that have a checkpoint by skipping through the
// primary key, since there may be millions of checkpoints.
const headBooks = `
	WITH RECURSIVE found (book) AS (
		SELECT MIN(book) FROM journal_head
		UNION ALL
		SELECT (SELECT MIN(h.book) FROM journal_head AS h WHERE h.book > found.book)
		FROM found WHERE found.book IS NOT NULL
	)
	SELECT book FROM found WHERE book IS NOT NULL`

const allBooks = `
	SELECT book FROM journal_leaf UNION SELECT book FROM journal_hash UNION SELECT book FROM journal_head`

const leafBooks = `
	SELECT DISTINCT book FROM journal_leaf ORDER BY book`

const bookLeaves = `
	SELECT id FROM journal_leaf WHERE book = $1 ORDER BY id`

const headOf = `
	SELECT note FROM journal_head WHERE book = $1 AND size = $2`

// headUpTo is the last checkpoint of a book that is larger than $2 and not than $3.
const headUpTo = `
	SELECT size, note FROM journal_head WHERE book = $1 AND size > $2 AND size <= $3 ORDER BY size DESC LIMIT 1`

const leavesBetween = `
	SELECT leaf FROM journal_leaf WHERE book = $1 AND idx >= $2 AND idx < $3 ORDER BY idx`

// takeLease changes a row if the lease is free, lapsed or the holder's own, or
// runs longer than any is given for: then the clock was set back since.
const takeLease = `
	INSERT INTO lease (name, holder, until) VALUES ($1, $2, $3)
	ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
	WHERE lease.holder = excluded.holder OR lease.until < $4 OR lease.until > $5`

const dropLease = `
	DELETE FROM lease WHERE name = $1 AND holder = $2`

// Verification reads in pages of the tree; a page's bounds are $2 and $3.
const (
	verifyLeaves = `
	SELECT id, idx, salt, event, leaf FROM journal_leaf
	WHERE book = $1 AND idx >= $2 AND idx < $3 ORDER BY idx`

	verifyHashes = `
	SELECT pos, hash FROM journal_hash
	WHERE book = $1 AND pos >= $2 AND pos < $3 ORDER BY pos`

	verifyHeads = `
	SELECT size, note FROM journal_head
	WHERE book = $1 AND size > $2 AND size <= $3 ORDER BY size`

	verifyPending = `
	SELECT id, idx, salt, event, leaf FROM journal_leaf
	WHERE book = $1 AND idx IS NULL ORDER BY id`

	// What lies outside the tree of size or hash count $2.
	strayLeaves = `
	SELECT id, idx FROM journal_leaf WHERE book = $1 AND (idx < 0 OR idx >= $2) ORDER BY idx`
	strayHashes = `
	SELECT pos FROM journal_hash WHERE book = $1 AND (pos < 0 OR pos >= $2) ORDER BY pos`
	strayHeads = `
	SELECT size FROM journal_head WHERE book = $1 AND (size <= 0 OR size > $2) ORDER BY size`

	headsDown = `
	SELECT size, note FROM journal_head WHERE book = $1 ORDER BY size DESC`
)
