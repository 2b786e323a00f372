package demo

import "io"

// usualAlerts is how many alerts there are for the published number of residents.
const usualAlerts = 300

var alertsHeader = []string{
	"id", "full_name", "sex", "birth_date", "nationality", "passport_no", "kind", "handling", "issued_on", "expires_on", "office",
}

// WriteAlerts writes the alerts of the state of origin: about people who are
// sought, as the reports describe them, and about passports that were lost or
// stolen: CSV with commas.
func (c *Corridor) WriteAlerts(w io.Writer) error {
	h := c.home()
	n := max(1, proportional(usualAlerts, len(h.residents)))
	sought := h.order("alerts about people sought", len(h.sought))
	return writeCSV(w, ',', alertsHeader, n, func(i int) []string {
		r := newStream(h.p.Seed, "alert", i)
		id := h.id("a", "alerts", i)
		if r.chance(0.6) && i < len(sought) {
			d := h.report(sought[i])
			issued := d.issued.plus(r.below(14)).earlier(h.asOf.plus(-1))
			return []string{
				id, d.fullName, d.sex, d.birthDate, "IDN", d.passportNo, "missing", "welfare check",
				issued.iso(), issued.years(1).iso(), "immigration headquarters (SYNTHETIC)",
			}
		}
		x, _ := h.person(r.below(h.people()))
		issued := h.asOf.plus(-1 - r.skewed(700))
		return []string{
			id, inCase(r, x.name.words), clerkSex(r, x.sex), x.born.iso(), "IDN", x.passportOn(issued.plus(-1)).number, "document", "check the document",
			issued.iso(), issued.years(2).iso(), "passport office (SYNTHETIC)",
		}
	})
}
