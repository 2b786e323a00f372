package agreement

const insertAgreement = `
	INSERT INTO agreement (hash, peer, document, in_force_from, in_force_until, adopted_at, event)
	VALUES ($1, $2, $3, $4, $5, $6, $7)`

const selectAgreements = `
	SELECT hash, document FROM agreement WHERE peer = $1 ORDER BY in_force_from, hash`

const selectAdopted = `
	SELECT hash, peer, document, in_force_from, in_force_until, adopted_at, event FROM agreement ORDER BY event`

const selectUsed = `
	SELECT used FROM agreement_quota
	WHERE agreement = $1 AND article = $2 AND purpose = $3 AND issuer = $4 AND day = $5`

const takeUnit = `
	INSERT INTO agreement_quota (agreement, article, purpose, issuer, day, used)
	VALUES ($1, $2, $3, $4, $5, 1)
	ON CONFLICT (agreement, article, purpose, issuer, day) DO UPDATE SET used = agreement_quota.used + 1`
