package main

import (
	"fmt"
	"strconv"
	"strings"
)

// The error process. Every record of a person is written by it, the first like
// the last; no record is the original. Rates are of records, or of cells where a
// cell is named, for a clerk of care 1; a clerk's care multiplies all rates of
// errors, so that errors come together. Moves, second addresses and changed
// names (people.go) are not errors, and come on top.
const (
	mistypedName = 0.070 // of each name
	nickname     = 0.120 // of given names that have one
	initialOnly  = 0.020 // of given names
	swappedNames = 0.015 // given name and surname in each other's column
	missingGiven = 0.020
	missingName  = 0.012 // of surnames
	bothGiven    = 0.50  // of records of people with two given names show both
	givenInitial = 0.20  // the second as an initial
	secondOnly   = 0.03  // the second alone
	formerName   = 0.35  // of records of people who had another surname
	halfSurname  = 0.25  // of records of people with two surnames show one

	missingBirth   = 0.08
	dayMonth       = 0.020 // day and month swapped, where that is a date
	yearOff        = 0.015 // by 1, by 10 or two digits swapped
	digitOfDate    = 0.025 // one digit of day or month
	firstOfJanuary = 0.015 // day and month were not known

	olderHome      = 0.35 // of records of people with several homes, not the present one
	missingStreet  = 0.15
	missingCity    = 0.10
	missingCode    = 0.14
	wayShortened   = 0.20 // St for Street
	mistypedPlace  = 0.040
	wrongNumber    = 0.025 // of the house
	mistypedCode   = 0.030
	otherEmail     = 0.40 // of records of people with two
	missingEmail   = 0.18 // of people who have one
	mistypedEmail  = 0.035
	missingPhone   = 0.18 // of people who have one
	mistypedPhone  = 0.030
	missingNumber  = 0.40 // of people who have a national number
	mistypedNumber = 0.025
)

// care are the clerks: how many per mille, and by what their rates are multiplied.
var care = []struct {
	perMille int
	times    float64
}{{600, 0.5}, {300, 1.2}, {100, 3}}

// faults are the ways of mistyping a word, per mille.
var faults = []int{220, 260, 160, 150, 110, 60, 40}

// scribble writes a person down, from the stream of the record.
func (c *country) scribble(x *human) []string {
	at, clerk := c.r.IntN(1000), 0
	for ; at >= care[clerk].perMille; clerk++ {
		at -= care[clerk].perMille
	}
	e := scribe{c, care[clerk].times}
	given, surname := e.names(x)
	home := x.homes[0]
	if len(x.homes) > 1 && c.chance(olderHome) {
		home = x.homes[1+c.r.IntN(len(x.homes)-1)]
	}
	street, city, code := e.home(home)
	email, phone, number := e.contacts(x)
	return []string{given, surname, e.birth(x.born), street, city, code, email, phone, number}
}

// scribe is a clerk at work.
type scribe struct {
	*country
	times float64
}

// errs says whether an error of the rate happens.
func (e scribe) errs(rate float64) bool { return e.chance(rate * e.times) }

func (e scribe) names(x *human) (given, surname string) {
	given, surname = x.given, x.surname
	if len(x.nicknames) > 0 && e.chance(nickname) {
		given = x.nicknames[e.r.IntN(len(x.nicknames))]
	}
	if x.former != "" && e.chance(formerName) {
		surname = x.former
	}
	if one, other, ok := strings.Cut(surname, "-"); ok && e.chance(halfSurname) {
		surname = [2]string{one, other}[e.r.IntN(2)]
	}
	if e.errs(mistypedName) {
		given = e.mistype(given)
	}
	if e.errs(mistypedName) {
		surname = e.mistype(surname)
	}
	if e.errs(initialOnly) {
		given = given[:1]
	}
	if x.second != "" {
		switch u := e.r.Float64(); {
		case u < bothGiven:
			given += " " + x.second
		case u < bothGiven+givenInitial:
			given += " " + x.second[:1]
		case u < bothGiven+givenInitial+secondOnly:
			given = x.second
		}
	}
	if e.errs(swappedNames) {
		given, surname = surname, given
	}
	if e.errs(missingGiven) {
		given = ""
	}
	if e.errs(missingName) {
		surname = ""
	}
	return given, surname
}

func (e scribe) birth(b birth) string {
	if e.errs(missingBirth) {
		return ""
	}
	if e.errs(dayMonth) && b.day <= 12 {
		b.day, b.month = b.month, b.day
	}
	if e.errs(yearOff) {
		switch t := b.year % 100; e.r.IntN(4) {
		case 0:
			b.year--
		case 1:
			b.year++
		case 2:
			b.year += 10 - 20*e.r.IntN(2)
		default:
			b.year += t%10*10 + t/10 - t
		}
	}
	if e.errs(digitOfDate) {
		if e.chance(0.3) {
			b.month = 1 + e.r.IntN(12)
		} else {
			tens, ones := b.day/10, b.day%10
			if e.chance(0.4) {
				tens = e.r.IntN(3)
			} else {
				ones = e.r.IntN(10)
			}
			b.day = max(1, tens*10+ones)
		}
	}
	if e.errs(firstOfJanuary) {
		b.day, b.month = 1, 1
	}
	b.day = min(b.day, daysIn(b.year, b.month)) // the form takes dates only
	return fmt.Sprintf("%04d-%02d-%02d", b.year, b.month, b.day)
}

func (e scribe) home(a address) (street, city, code string) {
	if !e.errs(missingStreet) {
		street = a.street
		if e.errs(mistypedPlace) {
			street = e.mistype(street)
		}
		if e.chance(wayShortened) {
			street = shorten.Replace(street)
		}
		if e.errs(wrongNumber) {
			a.number = 1 + e.r.IntN(houseNumbers)
		}
		street = strconv.Itoa(a.number) + " " + street
	}
	if !e.errs(missingCity) {
		if city = e.words.towns.words[a.town]; e.errs(mistypedPlace) {
			city = e.mistype(city)
		}
	}
	if !e.errs(missingCode) {
		if code = strconv.Itoa(10000 + 11*a.code); e.errs(mistypedCode) {
			code = e.misdial(code)
		}
	}
	return street, city, code
}

var shorten = strings.NewReplacer("Street", "St", "Road", "Rd", "Avenue", "Ave", "Lane", "Ln", "Drive", "Dr", "Court", "Ct", "Place", "Pl", "Square", "Sq")

func (e scribe) contacts(x *human) (email, phone, number string) {
	if len(x.emails) > 0 && !e.errs(missingEmail) {
		email = x.emails[0]
		if len(x.emails) > 1 && e.chance(otherEmail) {
			email = x.emails[1]
		}
		if e.errs(mistypedEmail) {
			local, domain, _ := strings.Cut(email, "@")
			email = strings.ToLower(e.mistype(local)) + "@" + domain
		}
	}
	if len(x.phones) > 0 && !e.errs(missingPhone) {
		if phone = x.phones[e.r.IntN(len(x.phones))]; e.errs(mistypedPhone) {
			phone = e.misdial(phone)
		}
	}
	if x.number != "" && !e.errs(missingNumber) {
		if number = x.number; e.errs(mistypedNumber) {
			number = e.misdial(number)
		}
	}
	return email, phone, number
}

// misdial makes one digit another, or swaps two neighbours.
func (e scribe) misdial(s string) string {
	b := []byte(s)
	i := e.r.IntN(len(b) - 1)
	if e.chance(0.3) {
		b[i], b[i+1] = b[i+1], b[i]
	} else {
		b[i] = '0' + byte(e.r.IntN(10))
	}
	return string(b)
}
