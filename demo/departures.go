package demo

import (
	"io"
	"strings"
)

const (
	typedShare = 0.03 // of departures: the machine did not read the passport, and an officer typed it
	typedWrong = 0.30 // of those: a wrong sign in the number
)

// ports from which people leave; the first stops that are reached from each.
var ports = []struct {
	weight int
	name   string
	ferry  bool
}{
	{52, "Soekarno-Hatta", false}, {13, "Kualanamu", false}, {10, "Juanda", false}, {8, "Ngurah Rai", false}, {4, "Hang Nadim", false},
	{3, "Supadio", false}, {2, "Minangkabau", false}, {2, "Sam Ratulangi", false}, {6, "Batam Centre", true}, {3, "Tanjung Balai Karimun", true},
}

var portWeights = func() (weights []int) {
	for _, p := range ports {
		weights = append(weights, p.weight)
	}
	return weights
}()

// port draws where somebody leaves for a stop, and with what. Flights have codes
// that no carrier bears.
func port(r *stream, to string) (name, carrier string) {
	for {
		p := ports[r.weighted(portWeights)]
		if p.ferry && to != "Malaysia" && to != "Singapore" {
			continue
		}
		if p.ferry {
			return p.name, "MV CONTOH " + number(r, 9)
		}
		return p.name, one(r, []string{"0A ", "0B ", "0C ", "0D "}) + itoa(100+r.below(800))
	}
}

// machineName is a name as the machine-readable zone of a passport has it: the last
// word first, letters only, and a single name sometimes twice.
func machineName(r *stream, words []string) (surname, given string) {
	plain := make([]string, len(words))
	for i, w := range words {
		plain[i] = strings.ToUpper(strings.Map(func(c rune) rune {
			if c >= 'a' && c <= 'z' {
				return c
			}
			return -1
		}, w))
	}
	n := len(plain)
	switch {
	case n > 1:
		return plain[n-1], strings.Join(plain[:n-1], " ")
	case r.chance(0.25):
		return plain[0], plain[0]
	}
	return plain[0], ""
}

var departuresHeader = []string{
	"id", "surname", "given_name", "sex", "birth_date", "nationality", "passport_no", "passport_expiry",
	"departed_on", "port", "carrier", "destination",
}

// departure is one crossing of the border.
type departure struct {
	journey
	person, nth int // nth 1: on an earlier journey
}

// departures lists those that are recorded, and one where none is.
func (h *homeland) departures() []departure {
	var list []departure
	for i := range h.people() {
		j := h.journey(i)
		if j.recorded {
			list = append(list, departure{j, i, 0})
		}
		if j = h.earlier(i, j); j.recorded {
			list = append(list, departure{j, i, 1})
		}
	}
	if len(list) == 0 {
		list = []departure{{h.journey(0), 0, 0}}
	}
	return list
}

// WriteDepartures writes who left, as machines at the border read the passports:
// CSV with commas and ISO dates.
func (c *Corridor) WriteDepartures(w io.Writer) error {
	h := c.home()
	list := h.departures()
	rows := h.order("departures", len(list))
	return writeCSV(w, ',', departuresHeader, len(rows), func(i int) []string {
		d := &list[rows[i]]
		x, _ := h.person(d.person)
		r := newStream(h.p.Seed, "departure row", 2*d.person+d.nth)
		surname, given := machineName(r, x.name.words)
		passport := x.passportOn(d.left)
		if r.chance(typedShare) {
			surname = strings.ToUpper(slip(r, []string{strings.ToLower(surname)})[0])
			if r.chance(typedWrong) {
				passport.number = oneSignOff(r, passport.number)
			}
		}
		name, carrier := port(r, d.to)
		return []string{
			h.id("d", "departures", 2*d.person+d.nth), surname, given, [...]string{male: "M", female: "F"}[x.sex], x.born.iso(), "IDN",
			passport.number, passport.expiry.iso(), d.left.iso(), name, carrier, d.to,
		}
	})
}
