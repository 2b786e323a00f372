package courier

// Cards and peers.
const (
	insertCard = `
	INSERT INTO card (node, serial, document, at) VALUES ($1, $2, $3, $4)`

	cardsOf = `
	SELECT document FROM card WHERE node = $1 ORDER BY serial`

	insertPeer = `
	INSERT INTO peer (node, country, state, book, since, reconcile) VALUES ($1, $2, $3, $4, $5, '')`

	setPeerState = `
	UPDATE peer SET state = $1 WHERE node = $2`

	allPeers = `
	SELECT node, country, state, book FROM peer ORDER BY country, node`

	peerRow = `
	SELECT node, country, state, book FROM peer WHERE node = $1`

	peersNamed = `
	SELECT node, country, state, book FROM peer WHERE node = $1 OR country = $1 ORDER BY node`
)

// Letters out.
const (
	insertOut = `
	INSERT INTO outbox (peer, mid, type, envelope, exp, cid, article, purpose, state, tries, next, receipt, seen, code, queued, at)
	SELECT column1, column2, column3, column4, column5, column6, column7, column8, 'waiting', 0, $1, '', 0, '', $1, $1
	FROM (VALUES %s) AS v`

	dueOut = `
	SELECT mid, envelope, tries FROM outbox
	WHERE peer = $1 AND state = 'waiting' AND next <= $2 ORDER BY next, mid LIMIT $3`

	expireOut = `
	UPDATE outbox SET state = 'dead', code = 'expired', at = $1
	WHERE peer = $2 AND state = 'waiting' AND exp < $3 RETURNING mid`

	// storedOut takes mid, receipt and leaf of each, and returns those that had none.
	storedOut = `
	UPDATE outbox SET state = 'stored', receipt = v.column2, leaf = v.column3, at = $1
	FROM (VALUES %s) AS v
	WHERE outbox.peer = $2 AND outbox.mid = v.column1 AND outbox.state IN ('waiting', 'dead') RETURNING outbox.mid`

	nextAgain = `
	UPDATE outbox SET next = $1 WHERE peer = $2 AND state = 'waiting' AND next > $3`

	refusedOut = `
	UPDATE outbox SET state = 'refused', code = $1, at = $2
	WHERE peer = $3 AND mid = $4 AND state = 'waiting'`

	storedTimes = `
	SELECT mid, queued, at FROM outbox WHERE peer = $1 AND state = 'stored' AND mid >= $2 AND mid <= $3`

	triedOut = `
	UPDATE outbox SET tries = tries + 1 WHERE peer = $1 AND mid = $2 AND state = 'waiting'`

	laterOut = `
	UPDATE outbox SET tries = tries + 1, next = $1 WHERE peer = $2 AND mid = $3 AND state = 'waiting'`
)

// Letters in.
const (
	knownIn = `
	SELECT mid, hash, receipt FROM inbox WHERE issuer = $1 AND mid IN (%s)`

	insertIn = `
	INSERT INTO inbox (issuer, mid, hash, envelope, receipt, state, code, letter, at)
	SELECT $1, column1, column2, column3, column4, 'stored', '', '', $2 FROM (VALUES %s) AS v`

	storedIn = `
	SELECT issuer, mid, envelope, at FROM inbox
	WHERE state = 'stored' AND judge <= $1 AND issuer IN (SELECT node FROM peer WHERE state = 'active')
	ORDER BY judge, at, mid LIMIT $2`

	laterIn = `
	UPDATE inbox SET judge = $1 WHERE issuer = $2 AND mid = $3 AND state = 'stored'`

	judgeAgain = `
	UPDATE inbox SET judge = $1 WHERE issuer = $2 AND state = 'stored' AND judge > $3`

	unjudgedIn = `
	SELECT inbox.issuer, inbox.mid FROM inbox, (VALUES %s) AS v
	WHERE inbox.issuer = v.column1 AND inbox.mid = v.column2 AND inbox.state = 'stored'`

	// judgedIn takes issuer, mid and all that changes of each.
	judgedIn = `
	UPDATE inbox SET state = v.column3, code = v.column4, letter = v.column5, cid = v.column6, article = v.column7, purpose = v.column8
	FROM (VALUES %s) AS v WHERE inbox.issuer = v.column1 AND inbox.mid = v.column2`
)

// whoBegan tells whether the first letter of a conversation is this node's (1) or the peer's (0).
// One that was refused has begun nothing. One that expired may have been stored all the same: then
// its receipt was lost.
const whoBegan = `
	SELECT 1 AS ours FROM outbox
	WHERE peer = $1 AND mid = $2 AND cid = $2 AND article = $3 AND purpose = $4 AND code IN ('', 'expired')
	UNION ALL
	SELECT 0 FROM inbox
	WHERE issuer = $1 AND mid = $2 AND cid = $2 AND article = $3 AND purpose = $4 AND state = 'accepted'
	ORDER BY ours DESC`

// firstKnown tells whether the first letter of a conversation is here, and is no longer to be judged.
const firstKnown = `
	SELECT (SELECT COUNT(*) FROM outbox WHERE peer = $1 AND mid = $2) +
		(SELECT COUNT(*) FROM inbox WHERE issuer = $1 AND mid = $2 AND state <> 'stored')`

// Receipts.
const (
	insertReceiptOut = `
	INSERT INTO receipt_out (peer, mid, stage, receipt, hash, due, sent)
	SELECT column1, column2, column3, column4, column5, $1, '' FROM (VALUES %s) AS v WHERE TRUE
	ON CONFLICT (peer, mid, stage) DO NOTHING`

	dueReceipts = `
	SELECT mid, stage, receipt FROM receipt_out WHERE peer = $1 AND sent = '' AND due <= $2 ORDER BY due, mid, stage LIMIT $3`

	dueAgain = `
	UPDATE receipt_out SET due = $1 WHERE peer = $2 AND sent = '' AND due > $3`

	sentReceipts = `
	UPDATE receipt_out SET sent = $1 FROM (VALUES %s) AS v
	WHERE receipt_out.peer = $2 AND receipt_out.mid = v.column1 AND receipt_out.stage = v.column2`

	gotReceipts = `
	UPDATE receipt_out SET sent = $1 WHERE peer = $2 AND sent = '' AND hash IN (%s)`

	// insertReceiptIn takes mid, stage and receipt of each and returns those that are new; it adds
	// none for a letter that was never sent.
	insertReceiptIn = `
	INSERT INTO receipt_in (peer, mid, stage, receipt, at)
	SELECT $1, column1, column2, column3, $2 FROM (VALUES %s) AS v
	WHERE EXISTS (SELECT 1 FROM outbox WHERE outbox.peer = $1 AND outbox.mid = v.column1)
	ON CONFLICT (peer, mid, stage) DO NOTHING RETURNING mid, stage`

	countOut = `
	SELECT COUNT(*) FROM outbox WHERE peer = $1 AND mid = $2`

	envelopeOut = `
	SELECT envelope FROM outbox WHERE peer = $1 AND mid = $2`

	// judgedOut notes why the peer's node refused a letter that it has stored.
	judgedOut = `
	UPDATE outbox SET code = $1 WHERE peer = $2 AND mid = $3`
)

// After a restore.
const (
	newBook = `
	UPDATE peer SET book = $1, reconcile = $2 WHERE node = $3`

	reconcileOf = `
	SELECT reconcile FROM peer WHERE node = $1`

	reconciled = `
	UPDATE peer SET reconcile = '' WHERE node = $1`

	heldOut = `
	SELECT mid, at FROM outbox WHERE peer = $1 AND state = 'stored' AND at >= $2 AND at < $3 ORDER BY at, mid LIMIT $4`

	keepReceipt = `
	INSERT INTO receipt_in (peer, mid, stage, receipt, at)
	SELECT peer, mid, $3, receipt, $4 FROM outbox WHERE peer = $1 AND mid = $2 AND state = 'stored'
	ON CONFLICT (peer, mid, stage) DO NOTHING`

	againOut = `
	UPDATE outbox SET state = 'waiting', tries = 0, seen = 0, next = $1 WHERE peer = $2 AND mid = $3 AND state = 'stored'`
)

// Bundles.
const (
	waitingOut = `
	SELECT envelope FROM outbox WHERE peer = $1 AND state = 'waiting' ORDER BY mid`

	unsentReceipts = `
	SELECT receipt FROM receipt_out WHERE peer = $1 AND sent = '' ORDER BY due, mid, stage`

	// receiptsHad are those that a peer may still be repeating.
	receiptsHad = `
	SELECT receipt FROM receipt_in WHERE peer = $1 AND at >= $2
	UNION ALL
	SELECT receipt FROM outbox WHERE peer = $1 AND state = 'stored' AND at >= $2`

	newestWatch = `
	SELECT size, checkpoint, fault FROM watch WHERE peer = $1 ORDER BY at DESC LIMIT 1`
)

// Witnessing.
const (
	lastCosigned = `
	SELECT COALESCE(MAX(size), 0) FROM cosignature WHERE book = $1`

	bookSizes = `
	SELECT COALESCE((SELECT MAX(size) FROM journal_head WHERE book = $1), 0), COALESCE((SELECT MAX(size) FROM cosignature WHERE book = $1), 0)`

	insertCosignature = `
	INSERT INTO cosignature (book, size, line, at) VALUES ($1, $2, $3, $4)
	ON CONFLICT (book, size) DO NOTHING`

	watchOf = `
	SELECT size, edge, checkpoint, fault FROM watch WHERE peer = $1 AND book = $2`

	saveWatch = `
	INSERT INTO watch (peer, book, size, edge, checkpoint, fault, at) VALUES ($1, $2, $3, $4, $5, '', $6)
	ON CONFLICT (peer, book) DO UPDATE SET size = excluded.size, edge = excluded.edge, checkpoint = excluded.checkpoint, at = excluded.at`

	faultyWatch = `
	UPDATE watch SET fault = $1, at = $2 WHERE peer = $3 AND book = $4`

	insertWatched = `
	INSERT INTO watched (peer, book, size, leaves, at) VALUES ($1, $2, $3, $4, $5)`

	watchedOf = `
	SELECT leaves FROM watched WHERE peer = $1 AND book = $2 ORDER BY size`

	watchedLeaves = `
	SELECT leaves FROM watched WHERE peer = $1 AND at >= $2 ORDER BY at DESC`

	promisesOf = `
	SELECT mid, leaf, at FROM outbox WHERE peer = $1 AND state = 'stored' AND seen = 0`

	seenOut = `
	UPDATE outbox SET seen = $1 WHERE peer = $2 AND mid IN (%s)`
)

// How things stand with a peer; $2 is the time before which what has no answer is missed.
const (
	statusOut = `
	SELECT COUNT(CASE WHEN state = 'waiting' THEN 1 END),
		COUNT(CASE WHEN state = 'waiting' AND tries > 0 THEN 1 END),
		COUNT(CASE WHEN state IN ('dead', 'refused') THEN 1 END),
		COUNT(CASE WHEN state = 'stored' THEN 1 END),
		COUNT(CASE WHEN seen = 2 THEN 1 END),
		COUNT(CASE WHEN state = 'waiting' AND queued < $2 THEN 1 END)
	FROM outbox WHERE peer = $1`

	statusUnjudged = `
	SELECT COUNT(*) FROM outbox WHERE peer = $1 AND state = 'stored' AND at < $2
		AND NOT EXISTS (SELECT 1 FROM receipt_in WHERE receipt_in.peer = outbox.peer AND receipt_in.mid = outbox.mid AND stage = 2)`

	statusIn = `
	SELECT COUNT(*), COUNT(CASE WHEN state = 'stored' THEN 1 END) FROM inbox WHERE issuer = $1`

	statusForked = `
	SELECT COUNT(*) FROM watch WHERE peer = $1 AND fault <> ''`
)
