package demo

import (
	"io"
	"strings"
)

// A soughtReport says that somebody is sought: cells as written, and the truth.
type soughtReport struct {
	id, fullName, sex, birthDate, birthPlace, nationality string
	passportNo, nationalID, phone                         string
	reportedOn, reportedBy, lastContact, lastPlace        string
	summary                                               string

	resident string // true: the id of the resident who is sought; empty: nobody in the register
	issued   date   // when it was reported
	told     told   // how it came about
}

// told is what a report was made of.
type told struct {
	from     source
	name     habit
	slipped  bool // a slip of the clerk's in the name
	birth    recall
	passport passportTold
}

// passportTold is what a report says of the passport.
type passportTold uint8

const (
	noPassport      passportTold = iota
	leftWith                     // the passport they left home with
	olderOne                     // the one before it
	misreadPassport              // one sign is wrong, in either
	passportCount
)

// report writes the i-th report.
func (h *homeland) report(i int) soughtReport {
	person := h.sought[i]
	x, at := h.person(person)
	r := newStream(h.p.Seed, "report", i)
	d := soughtReport{id: h.id("s", "reports", i)}
	if at == inRegister {
		d.resident = h.residents[person]
	}
	d.told.from = source(r.weighted(sourceWeights))
	from := d.told.from
	j := h.journey(person)

	d.passportNo = tellPassport(newStream(h.p.Seed, "report passport", i), x, j, &d.told)
	needed := d.passportNo == ""
	words := tellName(newStream(h.p.Seed, "report name", i), x, needed, &d.told)
	birth := newStream(h.p.Seed, "report birth", i)
	born := h.tellBirth(birth, x, needed, &d.told)
	if tooLittle(words, born, d.passportNo) && birth.chance(clerkAsks) {
		d.told.birth, born = exactly, x.born
	}
	d.birthDate = born.inWords(birth)
	d.fullName = inCase(r, words)
	d.sex = clerkSex(r, x.sex)
	d.birthPlace = orBlank(r, placeUnknown[from], regencies[x.place].name)
	d.nationality = one(r, []string{"IDN", "WNI", "WNI", "Indonesia"})
	if r.chance(nationalKnown[from]) {
		d.nationalID = x.nik
		if r.chance(nationalWrong) {
			d.nationalID = oneSignOff(r, x.nik)
		}
	}
	if r.chance(phoneKnown[from]) {
		d.phone = x.phone
		if r.chance(phoneOther) {
			d.phone = phone(r)
		}
	}
	h.tellStory(newStream(h.p.Seed, "report story", i), x, j, &d)
	return d
}

// tellName gives the words of a name as a report has them. Whom no number names,
// of them more is told than what they are called.
func tellName(r *stream, x *human, needed bool, t *told) []string {
	t.name = habit(r.weighted(nameHabits[t.from]))
	words, fits := applied(r, x, t.name)
	if needed && t.name == nicknamed && len(words) == 1 {
		t.name = aliased
		words, fits = applied(r, x, t.name)
	}
	if !fits {
		t.name = asWritten
	}
	if r.chance(clerkSlips) {
		words, t.slipped = slip(r, words), true
	}
	return words
}

// tellPassport gives the number that a report has, or none.
func tellPassport(r *stream, x *human, j journey, t *told) string {
	if !r.chance(passportKnown[t.from]) {
		return ""
	}
	d := x.passportOn(j.left)
	t.passport = leftWith
	if r.chance(passportOld) && d != x.former {
		d, t.passport = x.former, olderOne
	}
	if r.chance(passportWrong[t.from]) {
		t.passport = misreadPassport
		return oneSignOff(r, d.number)
	}
	if r.chance(passportSpaced) {
		return d.number[:1] + " " + d.number[1:]
	}
	return d.number
}

// tellBirth gives the birth date that a report has. Whom no number names, of them
// at least the year is told.
func (h *homeland) tellBirth(r *stream, x *human, needed bool, t *told) date {
	t.birth = recall(r.weighted(birthRecalls[t.from]))
	if needed && t.birth == unknown {
		t.birth = yearKnown
	}
	d, fits := recalled(r, x.born, t.birth, h.asOf)
	if !fits {
		t.birth = exactly
	}
	return d
}

// tooLittle reports whether what is told fits too many people: one word of a name
// without a full birth date, and no passport.
func tooLittle(words []string, born date, passport string) bool {
	return passport == "" && born.day == 0 && len(words) < 2
}

// inCase writes a name as different counters do.
func inCase(r *stream, words []string) string {
	switch r.below(20) {
	case 0:
		return strings.Join(words, " ")
	case 1, 2, 3, 4, 5, 6, 7, 8, 9:
		return title(words)
	}
	return strings.ToUpper(strings.Join(words, " "))
}

// clerkSex writes a sex as forms of the state of origin have it.
func clerkSex(r *stream, sex int) string {
	if r.chance(clerkSexBlank) {
		return ""
	}
	if r.chance(clerkSexWrong) {
		sex = 1 - sex
	}
	return [...]string{male: "L", female: "P"}[sex]
}

// Who reports, by what they have in hand.
var reporters = [sourceCount][]string{
	passportCopy: choices("family: wife or husband;family: parent;family: parent;family: brother or sister;migrant-worker office;agency"),
	familyCard:   choices("family: parent;family: parent;family: brother or sister;village office;village office;family: wife or husband"),
	memory:       choices("friend;family: uncle or aunt;family: brother or sister;police;telephone line of the embassy;neighbour"),
}

// What reports tell. Each stands behind the word SYNTHETIC.
var stories = choices("no word since the last call;said that the work was customer service, then no word;asked for money to be let go;" +
	"wrote that the passport was taken away;left with a friend of the village and did not call again;the telephone is off;" +
	"said that nobody may leave the building;wanted to come home at the feast and did not;the employer does not answer;" +
	"called from another number and was cut off;promised to send money and did not;said that the pay was not as agreed")

// lastPlaces are how families name the provinces of the host state.
var lastPlaces = map[string]string{
	"Preah Sihanouk": "Sihanoukville", "Banteay Meanchey": "Poipet", "Svay Rieng": "Bavet", "Kandal": "near Phnom Penh",
}

// tellStory fills in when and by whom it was reported, and what is known of the
// last days.
func (h *homeland) tellStory(r *stream, x *human, j journey, d *soughtReport) {
	since := j.arrived
	if since.before(x.born) {
		since = x.born
	}
	span := 720 // days back
	for span > 0 && h.asOf.plus(-1-span).before(since) {
		span = span / 2
	}
	issued := h.asOf.plus(-1 - r.skewed(span+1))
	heard := issued.plus(-r.skewed(300))
	if heard.before(since) {
		heard = since
	}
	if issued.before(heard) {
		heard = issued
	}
	d.issued, d.reportedOn = issued, issued.inWords(r)
	d.lastContact = orBlank(r, 0.15, heard.inWords(r))
	d.reportedBy = one(r, reporters[d.told.from])
	switch home := x.address[strings.LastIndex(x.address, ", ")+2:]; {
	case d.resident == "" && j.to != "" && j.to != "Cambodia" && r.chance(0.5):
		d.lastPlace = j.to
	case r.chance(0.30):
		d.lastPlace = "Cambodia"
	case r.chance(0.20):
	case r.chance(0.75):
		d.lastPlace = home
		if p, ok := lastPlaces[home]; ok {
			d.lastPlace = p
		}
	default:
		d.lastPlace = one(r, []string{"Phnom Penh", "Sihanoukville", "Poipet", "Bavet"})
	}
	d.summary = "SYNTHETIC: " + one(r, stories)
}

var reportsHeader = []string{
	"id", "full_name", "sex", "birth_date", "birth_place", "nationality", "passport_no", "national_id", "phone",
	"reported_on", "reported_by", "last_contact", "last_place", "summary",
}

// WriteReports writes the reports of people sought: CSV with commas; dates are
// written as each counter does.
func (c *Corridor) WriteReports(w io.Writer) error {
	h := c.home()
	rows := h.order("reports", len(h.sought))
	return writeCSV(w, ',', reportsHeader, len(rows), func(i int) []string {
		d := h.report(rows[i])
		return []string{
			d.id, d.fullName, d.sex, d.birthDate, d.birthPlace, d.nationality, d.passportNo, d.nationalID, d.phone,
			d.reportedOn, d.reportedBy, d.lastContact, d.lastPlace, d.summary,
		}
	})
}

// WriteSought writes the truth about the reports, in their order:
// report_id,resident_id, the latter empty where the person sought does not stand
// in the register. Every person stands there once, whichever passport it has of
// them; several reports may name one resident.
func (c *Corridor) WriteSought(w io.Writer) error {
	h := c.home()
	rows := h.order("reports", len(h.sought))
	return writeCSV(w, ',', []string{"report_id", "resident_id"}, len(rows), func(i int) []string {
		resident := ""
		if person := h.sought[rows[i]]; person < len(h.residents) {
			resident = h.residents[person]
		}
		return []string{h.id("s", "reports", rows[i]), resident}
	})
}
