package demo

// document is a passport: its number and the day it runs out.
type document struct {
	number string
	expiry date
}

// passport issues an Indonesian passport: a letter and seven digits. The letter
// tells the series of the years; electronic passports have X and E.
func (p *population) passportOf(r *stream, issued date) document {
	var series string
	switch {
	case issued.year < 2014:
		series = one(r, []string{"A", "A", "V", "T"})
	case issued.year < 2018:
		series = one(r, []string{"A", "B", "B", "B"})
	case issued.year < 2022:
		series = one(r, []string{"C", "C", "C", "B", "X"})
	default:
		series = one(r, []string{"C", "E", "E", "E", "E", "X", "X"})
	}
	years := 5
	if issued.number() >= 20221012 && r.chance(0.95) { // validity of ten years since then
		years = 10
	}
	for {
		number := series + r.digits(7)
		if p.fresh(number) {
			return document{number, issued.years(years)}
		}
	}
}

// fresh reports whether nobody has the number yet, and gives it away.
func (p *population) fresh(number string) bool {
	if p.numbers[number] {
		return false
	}
	p.numbers[number] = true
	return true
}

// nikOf makes a national identity number: province, regency and district of
// first registration, birth date (day + 40 for women), serial number.
func (p *population) nikOf(r *stream, place regency, district int, born date, sex int) string {
	day := born.day
	if sex == female {
		day += 40
	}
	stem := place.code + two(district) + two(day) + two(born.month) + two(born.year%100) + "00"
	serial := 1 + r.skewed(6)
	for !p.fresh(stem + two(serial)) {
		serial++
	}
	return stem + two(serial)
}

func two(n int) string { return string([]byte{byte('0' + n/10), byte('0' + n%10)}) }
