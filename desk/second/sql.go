package second

import (
	"encoding/json"
	"time"

	"mitra/store"
	"mitra/treaty/journal"
)

const (
	columns = `
	SELECT p.id, p.kind, p.body, p.hash, p.subject, p.reason, p.officer, p.office, p.at,
		COALESCE(e.what, ''), COALESCE(e.officer, ''), COALESCE(e.at, ''), COALESCE(e.reason, ''), COALESCE(e.result, ''), COALESCE(u.what, '')
	FROM proposal p
	LEFT JOIN proposal_step e ON e.proposal = p.id AND e.n = 1
	LEFT JOIN proposal_step u ON u.proposal = p.id AND u.n = 2 `

	proposalOf = columns + `WHERE p.id = $1`

	proposalsSince = columns + `WHERE p.at > $1 ORDER BY p.at DESC, p.id DESC`

	// endless are those of a time that nobody has ended.
	endless = columns + `WHERE p.at > $1 AND p.at <= $2 AND e.id IS NULL ORDER BY p.at, p.id`

	insertProposal = `
	INSERT INTO proposal (id, kind, body, hash, subject, reason, officer, office, at, seal)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

	insertStep = `
	INSERT INTO proposal_step (id, proposal, n, what, officer, office, at, reason, result, seal)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (proposal, n) DO NOTHING`
)

// Bound is the table of proposals, and BoundSteps that of what became of them, whose rows events bind.
var (
	Bound = journal.Bound{Table: "proposal", Key: "id", All: `
	SELECT id, kind, body, hash, subject, reason, officer, office, at, seal FROM proposal`}

	BoundSteps = journal.Bound{Table: "proposal_step", Key: "id", All: `
	SELECT id, proposal, n, what, officer, office, at, reason, result, seal FROM proposal_step`}
)

func find(tx *store.Tx, id string) (Proposal, error) {
	all, err := proposals(tx, proposalOf, id)
	if err == nil && len(all) == 0 {
		err = ErrUnknown
	}
	if err != nil {
		return Proposal{}, err
	}
	return all[0], nil
}

func since(tx *store.Tx, from time.Time) ([]Proposal, error) {
	return proposals(tx, proposalsSince, from)
}

func proposals(tx *store.Tx, query string, args ...any) (out []Proposal, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var p Proposal
		var body, at, ended, used string
		if err := rows.Scan(&p.ID, &p.Kind, &body, &p.Hash, &p.Subject, &p.Reason, &p.Officer, &p.Office, &at, &p.State, &p.Second, &ended, &p.Why, &p.Result, &used); err != nil {
			return nil, err
		}
		p.Body = json.RawMessage(body)
		if p.At, err = store.ParseTime(at); err != nil {
			return nil, err
		}
		switch {
		case used != "":
			p.State = Used
		case p.State == "":
			p.State = Waiting
		}
		if ended != "" {
			if p.Ended, err = store.ParseTime(ended); err != nil {
				return nil, err
			}
		}
		p.stateAt(tx.Now())
		out = append(out, p)
	}
	return out, rows.Err()
}
