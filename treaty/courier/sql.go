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
	INSERT INTO outbox (peer, mid, type, envelope, exp, cid, article, purpose, letter, state, tries, next, receipt, seen, code, queued, at)
	VALUES ($2, $3, $4, $5, $6, $7, $8, $9, $10, 'waiting', 0, $11, '', 0, '', $1, $1)`

	dueOut = `
	SELECT mid, envelope, tries FROM outbox
	WHERE peer = $1 AND state = 'waiting' AND next <= $2 ORDER BY next, mid LIMIT $3`

	expireOut = `
	UPDATE outbox SET state = 'dead', code = CASE code WHEN '' THEN 'expired' ELSE code END, at = $1
	WHERE peer = $2 AND state = 'waiting' AND exp < $3 RETURNING mid`

	// storedOut takes what has no receipt yet. What was given up has not expired after all.
	storedOut = `
	UPDATE outbox SET state = 'stored', receipt = $4, leaf = $5, at = $1,
		code = CASE WHEN state = 'dead' AND code = 'expired' THEN '' ELSE code END
	WHERE peer = $2 AND mid = $3 AND state IN ('waiting', 'dead')`

	nextAgain = `
	UPDATE outbox SET next = $1 WHERE peer = $2 AND state = 'waiting' AND next > $3`

	refusedOut = `
	UPDATE outbox SET state = 'refused', code = CASE code WHEN '' THEN $1 ELSE code END, at = $2
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
	SELECT hash, receipt FROM inbox WHERE issuer = $1 AND mid = $2`

	insertIn = `
	INSERT INTO inbox (issuer, mid, hash, envelope, receipt, state, code, letter, at)
	VALUES ($1, $3, $4, $5, $6, 'stored', '', '', $2)`

	// storedIn names those that are left out, so that it goes by the index of what waits and not by that of
	// all letters of a peer.
	storedIn = `
	SELECT issuer, mid, envelope, at FROM inbox
	WHERE state = 'stored' AND judge <= $1 AND issuer NOT IN (SELECT node FROM peer WHERE state <> 'active')
	ORDER BY judge, at, mid LIMIT $2`

	laterIn = `
	UPDATE inbox SET judge = $1 WHERE issuer = $2 AND mid = $3 AND state = 'stored'`

	judgeAgain = `
	UPDATE inbox SET judge = $1 WHERE state = 'stored' AND judge > $2`

	stateIn = `
	SELECT state FROM inbox WHERE issuer = $1 AND mid = $2`

	judgedIn = `
	UPDATE inbox SET state = $3, code = $4, letter = $5, cid = $6, article = $7, purpose = $8 WHERE issuer = $1 AND mid = $2`

	// forgetIn leaves the outer header of the envelope: it tells for which key it was sealed.
	forgetIn = `
	UPDATE inbox SET letter = '', envelope = $3 WHERE issuer = $1 AND mid = $2 AND state = 'accepted'`

	conversationIn = `
	SELECT mid FROM inbox WHERE cid = $2 AND cid <> '' AND issuer = $1 AND state = 'accepted' ORDER BY mid`

	forgetOut = `
	UPDATE outbox SET letter = '' WHERE cid = $2 AND cid <> '' AND peer = $1 AND letter <> '' RETURNING mid`

	storedAt = `
	SELECT at FROM outbox WHERE peer = $1 AND mid = $2 AND state = 'stored'`

	letterOut = `
	SELECT letter FROM outbox WHERE mid = $1 AND letter <> ''`

	letterIn = `
	SELECT letter FROM inbox WHERE issuer = $1 AND mid = $2 AND state = 'accepted' AND letter <> ''`

	envelopeIn = `
	SELECT envelope FROM inbox WHERE issuer = $1 AND mid = $2`
)

// About whom no letter leaves.
const (
	insertGuarded = `
	INSERT INTO guarded (subject, who, at, until, seal) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (subject) DO UPDATE SET who = excluded.who, until = CASE guarded.until WHEN '' THEN '' ELSE excluded.until END`

	deleteGuarded = `
	DELETE FROM guarded WHERE subject = $1`

	allGuarded = `
	SELECT subject, who FROM guarded WHERE until = '' OR until > $1 ORDER BY subject`
)

// What tells which sealing keys are disused; mids ascend with time.
const (
	storedBefore = `
	SELECT COUNT(*) FROM inbox WHERE state = 'stored' AND at <= $1`

	newestBefore = `
	SELECT envelope FROM inbox WHERE issuer = $1 AND at <= $2 ORDER BY mid DESC LIMIT 1`
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
	VALUES ($2, $3, $4, $5, $6, $1, '')
	ON CONFLICT (peer, mid, stage) DO NOTHING`

	dueReceipts = `
	SELECT mid, stage, receipt FROM receipt_out WHERE peer = $1 AND sent = '' AND due <= $2 ORDER BY due, mid, stage LIMIT $3`

	dueAgain = `
	UPDATE receipt_out SET due = $1 WHERE peer = $2 AND sent = '' AND due > $3`

	sentReceipts = `
	UPDATE receipt_out SET sent = $1 WHERE peer = $2 AND mid = $3 AND stage = $4`

	// renewedReceipt is one that is signed anew.
	renewedReceipt = `
	UPDATE receipt_out SET receipt = $1, hash = $2 WHERE peer = $3 AND mid = $4 AND stage = $5 AND hash = $6`

	gotReceipts = `
	UPDATE receipt_out SET sent = $1 WHERE peer = $2 AND sent = '' AND hash = $3`

	// insertReceiptIn adds none for a letter that was never sent.
	insertReceiptIn = `
	INSERT INTO receipt_in (peer, mid, stage, receipt, at)
	SELECT peer, mid, $4, $5, $2 FROM outbox WHERE peer = $1 AND mid = $3
	ON CONFLICT (peer, mid, stage) DO NOTHING`

	countOut = `
	SELECT COUNT(*) FROM outbox WHERE peer = $1 AND mid = $2`

	envelopeOut = `
	SELECT envelope FROM outbox WHERE peer = $1 AND mid = $2`

	// judgedOut notes why the peer's node refused a letter that it has stored; nothing takes its place.
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

	// taughtIn are the letters of an agreement that a peer may have forgotten.
	taughtIn = `
	SELECT mid, envelope, cid, article, purpose, receipt, letter FROM inbox
	WHERE issuer = $1 AND mid > $2 AND state = 'accepted' AND cid <> '' AND letter <> '' AND length(envelope) <= $6 AND at >= $3 AND at < $4
	ORDER BY mid LIMIT $5`

	laterReceipts = `
	SELECT receipt FROM receipt_out WHERE peer = $1 AND mid = $2 AND stage > 1 ORDER BY stage`

	againOut = `
	UPDATE outbox SET state = 'waiting', tries = 0, seen = 0, next = $1 WHERE peer = $2 AND mid = $3 AND state = 'stored'`
)

// Bundles.
const (
	waitingOut = `
	SELECT envelope FROM outbox WHERE peer = $1 AND state = 'waiting' ORDER BY mid`

	unsentReceipts = `
	SELECT mid, stage, receipt FROM receipt_out WHERE peer = $1 AND sent = '' ORDER BY due, mid, stage`

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
	SELECT mid, leaf, at FROM outbox WHERE peer = $1 AND state = 'stored' AND seen < 2 AND seen = 0`

	// keptOut and brokenOut say of a promise whether the peer's book keeps it.
	keptOut = `
	UPDATE outbox SET seen = CASE WHEN EXISTS (SELECT 1 FROM receipt_in AS r WHERE r.peer = $1 AND r.mid = $2 AND r.stage = 2) THEN 3 ELSE 1 END
	WHERE peer = $1 AND mid = $2`

	brokenOut = `
	UPDATE outbox SET seen = 2 WHERE peer = $1 AND mid = $2`

	// keptBefore tells of one letter whose promise is known to be kept, and which has no R2: mostly R2 comes
	// before; keptJudged notes that it has come.
	keptBefore = `
	SELECT mid FROM outbox WHERE peer = $1 AND state = 'stored' AND seen < 2 AND seen = 1 LIMIT 1`

	keptJudged = `
	UPDATE outbox SET seen = 3 WHERE peer = $1 AND mid = $2 AND seen = 1`
)

// How things stand with a peer; $2 is the time before which what has no answer is missed.
const (
	statusOut = `
	SELECT (SELECT COUNT(*) FROM outbox WHERE peer = $1),
		(SELECT COUNT(*) FROM outbox WHERE peer = $1 AND state = 'waiting'),
		(SELECT COUNT(*) FROM outbox WHERE peer = $1 AND state = 'waiting' AND queued < $2),
		(SELECT COUNT(*) FROM (SELECT 1 AS tried FROM outbox WHERE peer = $1 AND state = 'waiting' AND tries > 0 LIMIT 1) AS t),
		(SELECT COUNT(*) FROM outbox WHERE peer = $1 AND state IN ('dead', 'refused')),
		(SELECT COUNT(*) FROM outbox WHERE peer = $1 AND seen = 2)`

	statusUnjudged = `
	SELECT COUNT(*) FROM outbox WHERE peer = $1 AND state = 'stored' AND seen < 2 AND at < $2
		AND NOT EXISTS (SELECT 1 FROM receipt_in AS r WHERE r.peer = outbox.peer AND r.mid = outbox.mid AND r.stage = 2)`

	// statusIn looks for those to be judged among these, not among all of the issuer.
	statusIn = `
	SELECT (SELECT COUNT(*) FROM inbox WHERE issuer = $1),
		(SELECT COUNT(*) FROM inbox WHERE state = 'stored' AND judge >= '' AND issuer || '' = $1)`

	statusForked = `
	SELECT COUNT(*) FROM watch WHERE peer = $1 AND fault <> ''`
)

// What is kept of a conversation; $2 is a peer, or ”. Those that tell of receipts have the time from which on
// their events can stand in a book; ” where only the receipt knows.
const (
	keptLettersOut = `
	SELECT peer, mid, letter, envelope, '' AS hash, queued FROM outbox WHERE cid = $1 AND cid <> '' AND ($2 = '' OR peer = $2) ORDER BY mid`

	keptLettersIn = `
	SELECT issuer, mid, letter, envelope, hash, at FROM inbox
	WHERE cid = $1 AND cid <> '' AND state = 'accepted' AND ($2 = '' OR issuer = $2) ORDER BY mid`

	keptReceiptsOut = `
	SELECT 1 AS stage, receipt, '' FROM inbox WHERE issuer = $1 AND mid = $2
	UNION ALL
	SELECT stage, receipt, '' FROM receipt_out WHERE peer = $1 AND mid = $2 AND stage > 1
	ORDER BY stage`

	keptReceiptsIn = `
	SELECT 1 AS stage, receipt, at FROM outbox WHERE peer = $1 AND mid = $2 AND receipt <> ''
	UNION ALL
	SELECT stage, receipt, at FROM receipt_in WHERE peer = $1 AND mid = $2 AND stage > 1
	ORDER BY stage`

	cosignatureOver = `
	SELECT size, line FROM cosignature WHERE book = $1 AND size > $2 ORDER BY size LIMIT 1`

	watchesOf = `
	SELECT book, size, checkpoint, fault FROM watch WHERE peer = $1 ORDER BY book`
)
