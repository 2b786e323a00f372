package courier

// Cards and peers.
const (
	insertCard = `
	INSERT INTO card (node, serial, document, at) VALUES ($1, $2, $3, $4)`

	cardsOf = `
	SELECT document FROM card WHERE node = $1 ORDER BY serial`

	insertPeer = `
	INSERT INTO peer (node, country, state, book, since) VALUES ($1, $2, $3, $4, $5)`

	setPeerState = `
	UPDATE peer SET state = $1 WHERE node = $2`

	allPeers = `
	SELECT node, country, state, book FROM peer ORDER BY country, node`

	peersNamed = `
	SELECT node, country, state, book FROM peer WHERE node = $1 OR country = $1 ORDER BY node`
)
