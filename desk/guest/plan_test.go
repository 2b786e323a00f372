package guest

import (
	"strings"
	"testing"

	"mitra/store/storetest"
)

// A page, or what is done every few seconds, reads what it is about, however many were referred before. SQLite tells how it would go.
func TestStatementsGoByIndex(t *testing.T) {
	db := storetest.SQLite(t)
	for name, s := range map[string]struct {
		query string
		args  int
		want  string // of the plan
	}{
		"about":       {about, 1, "SEARCH referred_subject USING COVERING INDEX sqlite_autoindex_referred_subject_1 (entry=?)"},
		"listOf":      {listOf, 2, "SEARCH referred USING INDEX referred_office (office=?)"},
		"sent":        {sent, 1, "SCAN referred USING INDEX referred_all"}, // up to its limit
		"kept":        {kept, 0, "SCAN referred USING INDEX referred_kept"},
		"countLately": {countLately, 2, "SEARCH referred USING COVERING INDEX referred_at (office=? AND at>?)"},
		"countLive":   {countLive, 1, "SEARCH referred USING COVERING INDEX referred_office (office=? AND <expr>=?)"},
	} {
		if got := storetest.Plan(t, db, s.query, s.args); !strings.Contains(got, s.want) || strings.Contains(got, "TEMP B-TREE") || strings.Contains(strings.Replace(got, s.want, "", 1), "SCAN referred") {
			t.Errorf("%s: %s; want %s", name, got, s.want)
		}
	}
}
