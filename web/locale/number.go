package locale

import (
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/number"
)

// Int writes a whole number with the language's grouping: 73,000 or 73.000.
func (c *Catalog) Int(n int) string {
	return minus(c.printer.Sprint(number.Decimal(n)))
}

// Decimal writes a number rounded to so many places. What rounds to nothing has
// no sign.
func (c *Catalog) Decimal(x float64, places int) string {
	shift := math.Pow10(places)
	if math.Round(x*shift) == 0 {
		x = 0
	}
	return minus(c.printer.Sprint(number.Decimal(x, number.Scale(places))))
}

// Signed is Decimal with a plus sign before what is above nothing.
func (c *Catalog) Signed(x float64, places int) string {
	s := c.Decimal(x, places)
	if strings.Trim(s, "0.,") == "" || strings.HasPrefix(s, "−") {
		return s
	}
	return "+" + s
}

// Share writes n as a percentage of total with one place. A share that would
// round to nothing, or to the whole, says that it is neither: "<0.1%". It is
// empty if total is not positive.
func (c *Catalog) Share(n, total int) string {
	if total <= 0 {
		return ""
	}
	const least = 0.001
	x := float64(n) / float64(total)
	switch {
	case n > 0 && x < least:
		return "<" + c.Percent(least, 1)
	case n < total && x > 1-least:
		return ">" + c.Percent(1-least, 1)
	}
	return c.Percent(x, 1)
}

// Percent writes a proportion (0 to 1) as a percentage.
func (c *Catalog) Percent(x float64, places int) string {
	return minus(c.printer.Sprint(number.Percent(x, number.Scale(places))))
}

// minus puts the minus sign, which does not break from its number and is as wide
// as the plus, where the printer writes a hyphen.
func minus(s string) string { return strings.ReplaceAll(s, "-", "−") }

// Date writes a date (2006-01-02) or a moment (RFC 3339, shown in UTC to the
// minute) in the words of the language. Any other text is returned as it is.
func (c *Catalog) Date(s string) string {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return c.day(t)
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		t = t.UTC()
		return c.day(t) + t.Format(", 15:04 UTC")
	}
	return s
}

func (c *Catalog) day(t time.Time) string {
	month, err := c.Text("date.month." + strconv.Itoa(int(t.Month())))
	if err != nil {
		return t.Format(time.DateOnly)
	}
	s, err := c.Text("date.day",
		Text("day", strconv.Itoa(t.Day())), Text("month", month), Text("year", strconv.Itoa(t.Year())))
	if err != nil {
		return t.Format(time.DateOnly)
	}
	return s
}
