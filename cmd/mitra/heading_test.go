package main

import (
	"testing"

	"pgregory.net/rapid"

	"mitra/identity/linkage"
	"mitra/table"
)

// TestOneFormOfHeadings: packages table and linkage do not know each other, and
// compare headings in one form all the same.
func TestOneFormOfHeadings(t *testing.T) {
	same := func(t interface{ Errorf(string, ...any) }, h string) {
		if a, b := table.NormalHeader(h), linkage.NormalColumn(h); a != b {
			t.Errorf("%q is %q to package table and %q to linkage", h, a, b)
		}
	}
	for _, h := range append([]string{
		"passport_no", " Passport-No. ", "birth\ndate", "birth\r\ndate", "Tel/Phone", "tel phone", "ｉｄ", "ﬁrst name", "\ufeffid", "e\u00admail",
		"ឈ្មោះ\u200bពេញ", "tanggal\u00a0lahir", "\u202ename\u202c", "ᅠ", "\u2800", "\u0600no", "İ", "ẞ", "ϓ", "a\u034fb", "", "no#",
	}, append(linkage.RowNumbers(), linkage.Spec{}.Headings()...)...) {
		same(t, h)
	}
	rapid.Check(t, func(t *rapid.T) {
		same(t, rapid.StringOf(rapid.OneOf(rapid.SampledFrom([]rune("_-./ \n\u200bIi\u0307K")), rapid.Rune())).Draw(t, "heading"))
	})
}
