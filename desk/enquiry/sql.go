package enquiry

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"mitra/store"
)

const (
	insertEnquiry = `
	INSERT INTO enquiry (cid, peer, ours, type, agreement, article, purpose, handling, clock, wants, begun, due, until,
		state, ending, officer, ended, told, found, leave, finish, subject, person, words, reference, salt, seal)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, '', '', '', 0, $15, $16, $17, $18, $19, '', $20, $21, $22)`

	columns = `
	SELECT cid, peer, ours, type, agreement, article, purpose, handling, clock, wants, begun, due, until,
		state, ending, officer, ended, told, found, leave, finish, subject, person, words, reference
	FROM enquiry `

	enquiryOf = columns + `WHERE cid = $1`

	// openEnquiries are those that wait for somebody here, the most urgent first.
	openEnquiries = columns + `WHERE ours = 0 AND ended = '' AND state = 'pending' AND found = 1
		AND ($2 = '' OR (due, cid) > (SELECT due, cid FROM enquiry WHERE cid = $2)) ORDER BY due, cid LIMIT $1`

	// hiddenEnquiries are those about people who are restricted.
	hiddenEnquiries = columns + `WHERE found = 2 AND ours = 0 AND ($2 = '' OR cid < $2) ORDER BY cid DESC LIMIT $1`

	ownEnquiries = columns + `WHERE ours = 1 AND ($2 = '' OR cid < $2) ORDER BY cid DESC LIMIT $1`

	// alerts are those of peers that are in force.
	alerts = columns + `WHERE ours = 0 AND type = 'alert' AND ending IN ('', 'noted') AND until <> ''
		AND ($2 = '' OR cid < $2) ORDER BY cid DESC LIMIT $1`

	// referrals are those, of both sides, of which nobody has said that they are done.
	referrals = columns + `WHERE type = 'referral' AND ending IN ('', 'accepted') AND until <> ''
		AND ($2 = '' OR (due, cid) > (SELECT due, cid FROM enquiry WHERE cid = $2)) ORDER BY due, cid LIMIT $1`

	// What has no subject is in no index of subjects; a statement says so, since the database does not know what it is asked for.
	ofSubject = columns + `WHERE subject = $1 AND subject <> '' `

	// viewsOf are referrals of a peer that an officer has taken to be about the person of a record.
	viewsOf = ofSubject + `AND ours = 0 AND type = 'referral' AND ending IN ('accepted', 'done', 'revoked') ORDER BY cid`

	aboutSubject = ofSubject + `AND ours = 1 AND words <> '' ORDER BY ended, cid`

	leaving = columns + `WHERE leave <> '' AND leave <= $1 ORDER BY leave, cid LIMIT $2`

	finishing = columns + `WHERE finish <> '' AND finish <= $1 AND leave = '' AND ended = '' ORDER BY finish, cid LIMIT $2`

	// running are the clocks that somebody has to be told of: at half of the time, and when it is over.
	running = columns + `WHERE ended = '' AND told < 2 AND (ours = 1 OR found = 1) ORDER BY due, cid`

	outdated = columns + `WHERE until <> '' AND until < $1 ORDER BY until, cid LIMIT $2`

	setState = `
	UPDATE enquiry SET state = $1 WHERE cid = $2 AND ended = ''`

	hasLeft = `
	UPDATE enquiry SET state = $1, leave = '' WHERE cid = $2 AND leave <> ''`

	// endEnquiry changes no row where it was ended before.
	endEnquiry = `
	UPDATE enquiry SET state = 'ended', ending = $1, officer = $2, ended = $3, words = $4, leave = '', finish = '' WHERE cid = $5 AND ended = ''`

	endAnew = `
	UPDATE enquiry SET state = 'ended', ending = $1, officer = $2, ended = $3, leave = '', finish = '' WHERE cid = $4 AND until <> ''`

	// endAccepted ends what was accepted, once.
	endAccepted = `
	UPDATE enquiry SET ending = $1, officer = $2, ended = $3 WHERE cid = $4 AND ending = 'accepted' AND until <> ''`

	setSubject = `
	UPDATE enquiry SET subject = $1 WHERE cid = $2`

	moreWanted = `
	UPDATE enquiry SET wants = $1, state = $2, finish = $3, begun = $4, due = $5, ended = '', ending = '', officer = '', told = 0 WHERE cid = $6`

	setTold = `
	UPDATE enquiry SET told = $1 WHERE cid = $2 AND told < $1`

	// forget ends what was not ended in time.
	forget = `
	UPDATE enquiry SET state = 'ended', ending = CASE ended WHEN '' THEN 'over' ELSE ending END, ended = CASE ended WHEN '' THEN $2 ELSE ended END,
		leave = '', finish = '', until = '', person = '', words = '', subject = '', reference = '', salt = NULL, wants = '[]' WHERE cid = $1`

	// lastEndings are the times that officers took.
	lastEndings = `
	SELECT begun, ended FROM enquiry WHERE ended <> '' AND clock = $1 AND type = 'enquiry' AND ours = 0 AND found = 1 AND officer <> ''
	ORDER BY ended DESC LIMIT $2`

	insertKey = `
	INSERT INTO enquiry_key (id, key) VALUES (1, $1) ON CONFLICT (id) DO NOTHING`

	selectKey = `
	SELECT key FROM enquiry_key WHERE id = 1`
)

// row is a row of enquiry.
type row struct {
	cid, peer                                         string
	ours                                              bool
	typ, agreement, article, purpose, handling, clock string
	wants                                             []string
	begun, due, until                                 time.Time
	state, ending, officer                            string
	ended                                             time.Time // zero while it is open
	told, found                                       int
	leave, finish                                     string
	subject, person, words, reference                 string
}

// over reports whether nothing more can be said in the conversation: an alert that was told, and noted, is still in force, and
// who was accepted is not helped yet.
func (r row) over() bool {
	k := kinds[r.typ]
	return r.state == ended && !(k.tells && (r.ending == tells || r.ending == noted)) && !r.taken()
}

// taken reports whether somebody is taken on, and nobody has said yet how it went.
func (r row) taken() bool { return kinds[r.typ].hands && r.ending == accepted && !r.until.IsZero() }

// values are the closed answers that an officer may give now.
func (r row) values() []string {
	switch k := kinds[r.typ]; {
	case k.hands && r.ending == accepted:
		return []string{done, revoked}
	case k.hands:
		return []string{accepted, declined}
	default:
		return k.values
	}
}

func rowsOf(tx *store.Tx, query string, args ...any) (out []row, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		var ours, told, found int64
		var wants, begun, due, until, ended string
		if err := rows.Scan(&r.cid, &r.peer, &ours, &r.typ, &r.agreement, &r.article, &r.purpose, &r.handling, &r.clock, &wants, &begun, &due, &until,
			&r.state, &r.ending, &r.officer, &ended, &told, &found, &r.leave, &r.finish, &r.subject, &r.person, &r.words, &r.reference); err != nil {
			return nil, err
		}
		r.ours, r.told, r.found = ours == 1, int(told), int(found)
		err := json.Unmarshal([]byte(wants), &r.wants)
		for text, into := range map[*string]*time.Time{&begun: &r.begun, &due: &r.due, &until: &r.until, &ended: &r.ended} {
			if *text != "" && err == nil {
				*into, err = store.ParseTime(*text)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("enquiry %s: %w", r.cid, store.ErrDamaged)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// find finds a conversation. The error wraps [ErrUnknown].
func find(tx *store.Tx, cid string) (row, error) {
	rows, err := rowsOf(tx, enquiryOf, cid)
	if errors.Is(err, sql.ErrNoRows) || err == nil && len(rows) == 0 {
		return row{}, ErrUnknown
	}
	if err != nil {
		return row{}, err
	}
	return rows[0], nil
}
