package enquiry

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"mitra/desk/registry"
	"mitra/identity/person"
	"mitra/identity/script"
	"mitra/store"
	"mitra/treaty/agreement"
	"mitra/treaty/journal"
	"mitra/treaty/letter"
)

// node is who acts where nobody does.
var node = Officer{Name: "node"}

// Handle takes in a letter of this desk, in the transaction that accepts it; mine is false for one of
// another. keep says whether it may be read again. A [letter.Refusal] refuses it.
func (d *Desk) Handle(tx *store.Tx, l letter.Letter) (keep, mine bool, err error) {
	_, asks := kinds[l.Type]
	switch {
	case asks && l.ID == l.Conversation:
		keep, err = d.take(tx, l)
	case l.Type == "answer" || closes(l.Type):
		keep, err = true, d.hear(tx, l)
	case l.Type == "release-request":
		keep, err = d.more(tx, l)
	case l.Type == "withdrawal":
		if _, err := find(tx, l.Conversation); err != nil { // of a conversation of another desk
			return false, false, nil
		}
		keep, err = false, d.withdraw(tx, l)
	default:
		return false, false, nil
	}
	return keep, true, err
}

// take takes in a question of a peer.
func (d *Desk) take(tx *store.Tx, l letter.Letter) (keep bool, err error) {
	purpose, err := purposeIn(tx, l.Issuer, l)
	if err != nil {
		return false, err
	}
	if err := d.patterns(tx, l, purpose); err != nil {
		return false, err
	}
	k := kinds[l.Type]
	now := d.Now()
	begun := now
	if late := time.Unix(l.Issued, 0).Add(clockLate); late.Before(begun) {
		begun = late
	}
	due, _ := purpose.Due(l.Clock, begun)
	row := row{state: pending, found: found}
	if k.first {
		if row, err = d.look(tx, l, now, begun, due); err != nil {
			return false, err
		}
	}
	if _, err := tx.Exec(insertEnquiry, l.ID, l.Issuer, int64(0), l.Type, l.Agreement, l.Article, l.Purpose, l.Handling, l.Clock,
		list(wanted(l)), begun, due, until(l), row.state, int64(row.found), row.leave, row.finish, row.subject, "", "", []byte(nil), journal.NewSeal()); err != nil {
		return false, err
	}
	if err := d.event(tx, "enquiry-came", node, l.Purpose, subjects(row.subject), map[string]any{"cid": l.ID, "type": l.Type, "found": row.found == found}); err != nil {
		return false, err
	}
	if row.found == restricted {
		err = d.tell(tx, Notice{Kind: "protected", Clock: l.Clock, Due: due})
	}
	return row.found == found, err
}

// wanted are the fields of a release request that travels with an enquiry, or comes after it.
func wanted(l letter.Letter) []string {
	var payload struct{ Release, Fields []string }
	_ = json.Unmarshal(l.Payload, &payload) // its schema has been checked
	return slices.Concat(payload.Release, payload.Fields)
}

// purposeIn is the purpose of a letter.
func purposeIn(tx *store.Tx, peer string, l letter.Letter) (p agreement.Purpose, err error) {
	return purposeNamed(tx, peer, l.Agreement, l.Article, l.Purpose)
}

func purposeNamed(tx *store.Tx, peer, hash, article, code string) (p agreement.Purpose, err error) {
	set, err := agreement.Load(tx, peer)
	if err != nil {
		return p, err
	}
	doc, ok := set.Find(hash)
	if ok {
		p, ok = doc.Agreement().Purpose(article, code)
	}
	if !ok {
		return p, fmt.Errorf("the purpose of a conversation is gone: %w", store.ErrDamaged)
	}
	return p, nil
}

// Odds are from what it needs an officer to look, and how many records are looked at.
const (
	// likely is the weight in bits (even odds are 0) from which somebody may be who is asked about: one in
	// seventeen. It is low: an officer sees more than the node, and those who are not sought after all keep the decoys
	// company. Of people sought who are there 3 % are missed by it; at even odds it would be 7 % (docs/enquiry.md).
	likely = -4
	looked = 20
)

// look is the node's own look into its registers. What it finds of restricted people is as if it were not
// there.
func (d *Desk) look(tx *store.Tx, l letter.Letter, now, begun, due time.Time) (r row, err error) {
	r = row{state: asked, leave: store.Time(nextBeat(now.Add(hush)))}
	if d.noSchedule {
		r.leave = store.Time(now)
	}
	who := letter.Persons(l)[0]
	if identifies(who) {
		// One who may be seen is enough; only if that one may not, are there others?
		matches, hidden, err := d.visible(tx, who, 1, likely)
		if len(hidden) > 0 && err == nil {
			matches, hidden, err = d.visible(tx, who, looked, likely)
		}
		if err != nil {
			return r, err
		}
		switch {
		case len(matches) > 0:
			r.found = found
			return r, nil
		case len(hidden) > 0:
			r.found, r.subject = restricted, hidden[0]
		}
	}
	key, err := d.keyIn(tx)
	if err != nil {
		return r, err
	}
	looks := d.decoy(key, who)
	if r.found == restricted && !looks && !d.noDecoys {
		// Somebody unknown is now and then taken for another who is here. Whoever is restricted has to be as often.
		matches, _, err := d.visible(tx, stranger(key, who), 1, likely)
		if err != nil {
			return r, err
		}
		looks = len(matches) > 0
	}
	if looks {
		finish, err := d.finish(tx, key, l.ID, l.Clock, begun, due)
		if err != nil {
			return r, err
		}
		r.finish = store.Time(finish)
	}
	return r, nil
}

// visible are the records that may be of somebody and are not those of restricted people; hidden are entries of
// the others.
func (d *Desk) visible(tx *store.Tx, who map[string]string, most int, least float64) (matches []Match, hidden []string, err error) {
	all, err := d.Find(tx, who, most, least)
	if err != nil || len(all) == 0 {
		return nil, nil, err
	}
	closed, err := registry.Restrictions(tx)
	if err != nil {
		return nil, nil, err
	}
	for _, m := range all {
		hides, err := d.hides(tx, m.Entry, closed)
		switch {
		case err != nil:
			return nil, nil, err
		case hides != "":
			hidden = append(hidden, hides)
		default:
			matches = append(matches, m)
		}
	}
	return matches, hidden, nil
}

// hides is the restricted record of the person of another, which may be the same; empty if there is none. A
// register that came later knows nothing of a restriction.
func (d *Desk) hides(tx *store.Tx, entry string, closed map[string][]registry.Restriction) (string, error) {
	if len(closed) == 0 {
		return "", nil
	}
	if _, ok := closed[entry]; ok {
		return entry, nil
	}
	alike, err := d.Among(tx, entry, slices.Sorted(maps.Keys(closed)))
	if err != nil || len(alike) == 0 {
		return "", err
	}
	return alike[0], nil
}

// share is how many of those who are not found look as if they were: one in five. Where six of ten who are
// asked about are here, and one in twenty of these ends with nothing to release, then of three such endings two are
// of nobody.
const share = 0.2

// decoy throws the coin of somebody who is not found.
func (d *Desk) decoy(key []byte, who map[string]string) bool {
	if d.noDecoys {
		return false
	}
	m := hmac.New(sha256.New, key)
	m.Write([]byte("decoy\x00" + essence(who)))
	return float64(binary.BigEndian.Uint64(m.Sum(nil))>>11)/(1<<53) < share
}

// stranger is somebody of the name that is asked about who has another date of birth and other numbers: by key, the same for the same
// question.
func stranger(key []byte, who map[string]string) map[string]string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte("stranger\x00" + essence(who)))
	sum := m.Sum(nil)
	shift := 1 + int(binary.BigEndian.Uint32(sum)%3650) // days
	if sum[4]&1 == 0 {
		shift = -shift
	}
	out := maps.Clone(who)
	switch born := who["birth_date"]; len(born) {
	case len("2006-01-02"):
		if t, err := time.Parse(time.DateOnly, born); err == nil {
			out["birth_date"] = t.AddDate(0, 0, shift).Format(time.DateOnly)
		}
	case len("2006"), len("2006-01"):
		if year, err := strconv.Atoi(born[:4]); err == nil {
			out["birth_date"] = fmt.Sprintf("%04d%s", year+shift/365+1, born[4:])
		}
	}
	for _, n := range numbers {
		i := 0
		out[n] = strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return r
			}
			i++
			return '0' + (r-'0'+rune(1+sum[5+i%27]%9))%10
		}, who[n])
		if out[n] == "" {
			delete(out, n)
		}
	}
	return out
}

// essence is what a description says, without regard to how it is written: the same question in another
// spelling has the same coin.
func essence(who map[string]string) string {
	var words []string
	for _, name := range []string{"full_name", "given_name", "surname"} {
		for _, w := range strings.Fields(script.FoldLatin(script.Latin(who[name]))) {
			words = append(words, script.Skeleton(w))
		}
	}
	slices.Sort(words)
	parts := append(slices.Compact(words), who["birth_date"])
	for _, n := range numbers {
		parts = append(parts, person.NormalNumber(who[n]))
	}
	return strings.Join(parts, "\x00")
}

// How a decoy's time is drawn.
const (
	// lately is how many of the officers' last answers are looked at.
	lately = 200
	// fewest is with how many of them their times are all there is; below it, the times of an office that has
	// answered nothing yet fill them up.
	fewest = 20
)

// finish is when a decoy ends: after a share of its clock's time that officers have taken for one of
// their last answers under the same clock, chosen by the key.
func (d *Desk) finish(tx *store.Tx, key []byte, cid, clock string, begun, due time.Time) (time.Time, error) {
	rows, err := tx.Query(lastEndings, clock, int64(lately))
	if err != nil {
		return time.Time{}, err
	}
	defer rows.Close()
	var taken []time.Duration
	for rows.Next() {
		var from, to string
		if err := rows.Scan(&from, &to); err != nil {
			return time.Time{}, err
		}
		a, err1 := store.ParseTime(from)
		b, err2 := store.ParseTime(to)
		if err1 != nil || err2 != nil {
			return time.Time{}, fmt.Errorf("the time of an enquiry: %w", store.ErrDamaged)
		}
		taken = append(taken, b.Sub(a))
	}
	if err := rows.Err(); err != nil {
		return time.Time{}, err
	}
	for i := len(taken); i < fewest; i++ {
		taken = append(taken, due.Sub(begun)*time.Duration(2+3*i)/(4*fewest)) // a fortieth to three quarters of the time
	}
	m := hmac.New(sha256.New, key)
	m.Write([]byte("finish\x00" + cid))
	sum := m.Sum(nil)
	n := binary.BigEndian.Uint64(sum) % uint64(len(taken))
	if d.noSchedule {
		return begun.Add(hush), nil
	}
	jitter := 0.95 + 0.1*float64(binary.BigEndian.Uint64(sum[8:])>>11)/(1<<53)
	return begun.Add(time.Duration(float64(taken[n]) * jitter)), nil
}
