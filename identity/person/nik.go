package person

import "strings"

// NIK is the Indonesian national identity number (nomor induk kependudukan; UU
// 23/2006 and 24/2013 on population administration): 16 digits, PPRRDD ddmmyy
// nnnn. It states where and as whom a person was first registered; nobody's
// number changes when they move. There is no check digit.
type NIK struct {
	Province string // 2 digits, as the Ministry of Home Affairs numbers provinces
	Regency  string // 4 digits: province and regency or city
	District string // 6 digits: regency and district; may have been renumbered since
	Birth    Date   // day precision; the century is a guess, and marked as a slip
	Sex      Sex
	Serial   string // 4 digits, among people of the same district and birth date
}

// femaleDay is added to the day of birth of women.
const femaleDay = 40

// ParseNIK reads a number of 16 digits of any script; spaces, dots, hyphens and
// the apostrophe that keeps a spreadsheet from rounding are ignored. pivot is
// the last year that the two digits of the year of birth may mean. Unlike the
// other parsers it has no zero value to give: the empty string is an error.
//
// The codes of places are not looked up; only what no place can have is
// refused. A well-formed number proves nothing about its holder.
func ParseNIK(s string, pivot int) (NIK, error) {
	var buf [16]byte
	n := 0
	for _, r := range s {
		d, ok := digit(r)
		switch {
		case ok && n == len(buf):
			return NIK{}, nikError("has more than 16 digits", "")
		case ok:
			buf[n] = '0' + byte(d)
			n++
		case !strings.ContainsRune(" \t.-'\u00A0", r):
			return NIK{}, nikError("holds a sign that is not a digit", spreadsheetHint(s))
		}
	}
	if n < len(buf) {
		return NIK{}, nikError("has fewer than 16 digits", "")
	}
	all := string(buf[:])
	two := func(i int) int { return int(buf[i]-'0')*10 + int(buf[i+1]-'0') }
	k := NIK{Province: all[:2], Regency: all[:4], District: all[:6], Serial: all[12:], Sex: Male}
	if two(0) < 11 || two(2) == 0 || two(4) == 0 {
		return NIK{}, nikError("the first six digits are no district", "")
	}
	if k.Serial == "0000" {
		return NIK{}, nikError("the serial number is zero", spreadsheetHint(s))
	}
	day := two(6)
	if day > femaleDay {
		day -= femaleDay
		k.Sex = Female
	}
	y, slip, err := part{value: two(10), digits: 2}.year(pivot)
	if err == nil {
		k.Birth, err = DateOf(y, two(8), day)
	}
	if err != nil {
		return NIK{}, nikError("the seventh to twelfth digits are no date of birth", "")
	}
	k.Birth.Slip = slip
	return k, nil
}

// String is the number's 16 digits.
func (k NIK) String() string {
	b := append(make([]byte, 0, 16), k.District...)
	day := int(k.Birth.Day)
	if k.Sex == Female {
		day += femaleDay
	}
	for _, v := range [...]int{day, int(k.Birth.Month), int(k.Birth.Year) % 100} {
		b = append(b, '0'+byte(v/10%10), '0'+byte(v%10))
	}
	return string(append(b, k.Serial...))
}

// spreadsheetHint tells what spreadsheets do to long numbers.
func spreadsheetHint(s string) string {
	if strings.ContainsAny(s, "eE") || strings.HasSuffix(s, "0000") {
		return "a spreadsheet has rounded the number: format the column as text and load it again from the source"
	}
	return ""
}

func nikError(reason, hint string) error {
	return &ParseError{What: "NIK", Reason: reason, Hint: hint}
}
