package search

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"mitra/desk/registry"
	"mitra/identity/person"
)

// ErrQuery is wrapped by errors about what is asked for. They do not repeat it.
var ErrQuery = errors.New("unusable search")

// Query is who is sought.
type Query struct {
	Name    string
	Birth   person.Date // as far as it is known
	Numbers []string    // of documents, national ids or telephones, as written
}

const (
	mostText    = 500 // letters of a query
	mostNumbers = 3
)

// ParseQuery reads what an officer types: a name, and beside it, in any order, a date
// of birth or a year, and numbers of documents, national ids or telephones. A number
// has four digits or more; B 1234567 is one number. pivot is the last year that two
// digits may mean. Errors wrap [ErrQuery].
func ParseQuery(text string, pivot int) (q Query, err error) {
	switch {
	case !utf8.ValidString(text):
		return q, fmt.Errorf("%w: it is not in UTF-8", ErrQuery)
	case utf8.RuneCountInString(text) > mostText:
		return q, fmt.Errorf("%w: it is longer than %d letters", ErrQuery, mostText)
	}
	words := strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(",;\"", r)
	})
	var name []string
	for len(words) > 0 {
		if number, n := leadingGroups(words); n > 0 {
			if q, err = q.with(number); err != nil {
				return q, err
			}
			words = words[n:]
			continue
		}
		if date, n := leadingDate(words, pivot); n > 0 {
			if !q.Birth.IsZero() {
				return q, fmt.Errorf("%w: it has two dates, and a person one date of birth", ErrQuery)
			}
			q.Birth, words = date, words[n:]
			continue
		}
		if meantAsDate.MatchString(words[0]) {
			return q, fmt.Errorf("%w: the date in it is none; day, month and year are written as 17/5/1994 or 1994-05-17", ErrQuery)
		}
		if number, n := leadingNumber(words); n > 0 {
			if q, err = q.with(number); err != nil {
				return q, err
			}
			words = words[n:]
			continue
		}
		name, words = append(name, words[0]), words[1:]
	}
	q.Name = strings.Join(name, " ")
	if !strings.ContainsFunc(q.Name, unicode.IsLetter) {
		q.Name = ""
	}
	if q.Name == "" && len(q.Numbers) == 0 {
		return q, fmt.Errorf("%w: it has no name and no number", ErrQuery)
	}
	return q, nil
}

func (q Query) with(number string) (Query, error) {
	if len(q.Numbers) == mostNumbers {
		return q, fmt.Errorf("%w: it has more than %d numbers", ErrQuery, mostNumbers)
	}
	q.Numbers = append(q.Numbers, number)
	return q, nil
}

// leadingGroups reads a number that is written in groups of digits, as telephones and
// national ids are: of more digits than a date has, or after a plus.
func leadingGroups(words []string) (string, int) {
	number, n := "", 0
	for i, w := range words {
		w = strings.Trim(w, "()")
		if plus := i == 0 && strings.HasPrefix(w, "+"); plus && digits(w) > 0 && digits(w) == utf8.RuneCountInString(w)-1 ||
			digits(w) > 0 && digits(w) == utf8.RuneCountInString(w) {
			number, n = number+w, i+1
			continue
		}
		break
	}
	if n < 2 || digits(number) < 9 && number[0] != '+' {
		return "", 0
	}
	return number, n
}

// meantAsDate is what nobody writes who does not mean a date.
var meantAsDate = regexp.MustCompile(`^\pN{1,4}([-/.])\pN{1,2}[-/.]\pN{1,4}$`)

// leadingDate reads a date from the first words, the longest that is one, and says
// from how many.
func leadingDate(words []string, pivot int) (person.Date, int) {
	for n := min(3, len(words)); n > 0; n-- {
		text := strings.Join(words[:n], " ")
		if digits(words[0]) == 0 || n == 1 && !yearOrParts(text) {
			continue
		}
		if d, err := person.ParseDate(text, pivot); err == nil && d.Year >= 1850 && d.Year <= 2150 {
			return d, n
		}
	}
	return person.Date{}, 0
}

// yearOrParts tells a date in one word from a number: it is four digits, or has
// parts.
func yearOrParts(word string) bool {
	return digits(word) == utf8.RuneCountInString(word) && digits(word) == 4 ||
		strings.ContainsAny(word, "-/.") && digits(word) >= 4 || digits(word) >= 5 && strings.IndexFunc(word, unicode.IsLetter) > 0
}

// leadingNumber reads a number from the first words, and says from how many.
func leadingNumber(words []string) (string, int) {
	if digits(words[0]) >= 4 {
		return words[0], 1
	}
	prefix := utf8.RuneCountInString(words[0]) <= 2 && strings.IndexFunc(words[0], func(r rune) bool { return !unicode.IsLetter(r) }) < 0
	if prefix && len(words) > 1 && digits(words[1]) >= 5 && digits(words[1]) == utf8.RuneCountInString(words[1]) {
		return words[0] + words[1], 2
	}
	return "", 0
}

// digits is how many of any script a word has.
func digits(word string) (n int) {
	for _, r := range word {
		if unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// rows are the cells of the query under the index's headings: one row for each thing
// that its numbers may be.
func (q Query) rows() [][]string {
	row := make([]string, len(indexed))
	row[columnOf(registry.FullName)] = q.Name
	row[columnOf(registry.BirthDate)] = q.Birth.String()
	rows := [][]string{row}
	for _, n := range q.Numbers {
		var more [][]string
		for _, f := range mayBe(n) {
			for _, r := range rows {
				if c := columnOf(f); r[c] == "" {
					r = append([]string(nil), r...)
					r[c] = n
					more = append(more, r)
				}
			}
		}
		if len(more) > 0 {
			rows = more
		}
	}
	return rows
}

// mayBe are the columns in which a number may stand.
func mayBe(number string) []registry.Field {
	out := []registry.Field{registry.PassportNo, registry.PermitNo}
	plain := person.NormalNumber(number)
	if n := len(plain); digits(plain) >= n-3 && n >= 14 && n <= 18 { // with letters that were misread
		out = append(out, registry.NationalID)
	}
	if n := digits(plain); n == len(plain) && n >= 8 && n <= 15 {
		out = append(out, registry.Phone)
	}
	return out
}
