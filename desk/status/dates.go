package status

import "mitra/identity/person"

// truth is the answer to a question about dates of lesser precision.
type truth uint8

const (
	no truth = iota
	maybe
	yes
)

// notAfter answers whether d ≤ e for every day that each may mean.
func notAfter(d, e person.Date) truth {
	dFirst, dLast := span(d)
	eFirst, eLast := span(e)
	switch {
	case dLast <= eFirst:
		return yes
	case dFirst > eLast:
		return no
	}
	return maybe
}

// before answers whether d < e for every day that each may mean.
func before(d, e person.Date) truth {
	return yes - notAfter(e, d) // yes and no change places
}

// both is the conjunction.
func both(a, b truth) truth { return min(a, b) }

// span returns the first and last day that a date may mean, as numbers that
// order as the days do. The date must not be the zero value.
func span(d person.Date) (first, last int) {
	if d.Prec == person.PrecDay {
		n := ordinal(d)
		return n, n
	}
	return ordinal(d.Earliest()), ordinal(d.Latest())
}

// ordinal orders days and is no count of them.
func ordinal(d person.Date) int { return int(d.Year)<<9 | int(d.Month)<<5 | int(d.Day) }

// adultAge is the age in years at which a person is no longer a child
// (Convention on the Rights of the Child, article 1).
const adultAge = 18

// underAge answers whether somebody born on that date is under 18 on the day
// asOf. On the eighteenth birthday a person is an adult; who was born on 29
// February comes of age on 1 March of a common year, as the doubt counts for
// the child.
func underAge(born, asOf person.Date) truth {
	switch {
	case childOn(born.Earliest(), asOf):
		return yes
	case childOn(born.Latest(), asOf):
		return maybe
	}
	return no
}

// childOn compares year, month and day rather than a date eighteen years on: 29
// February has none in most years and must not become 28 February.
func childOn(born, asOf person.Date) bool {
	born.Year += adultAge
	return ordinal(born) > ordinal(asOf)
}
