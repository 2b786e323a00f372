package enquiry

import (
	"strings"
	"testing"

	"mitra/store/storetest"
)

// Pages, and what is done every few seconds, go by an index to what they are about, however many were asked before. SQLite tells how it
// would go.
func TestStatementsGoByIndex(t *testing.T) {
	db := storetest.SQLite(t)
	for name, s := range map[string]struct {
		query string
		args  int
		want  string // of the plan
		sorts bool   // the few rows that it is about
	}{
		"openEnquiries":   {openEnquiries, 2, "SEARCH enquiry USING INDEX enquiry_open (ours=?)", true},
		"hiddenEnquiries": {hiddenEnquiries, 2, "SCAN enquiry USING INDEX enquiry_hidden", false}, // up to their limits
		"ownEnquiries":    {ownEnquiries, 2, "SCAN enquiry USING INDEX enquiry_own", false},
		"alerts":          {alerts, 2, "SCAN enquiry USING INDEX enquiry_alert", false},
		"referrals":       {referrals, 2, "SCAN enquiry USING INDEX enquiry_referral", false},
		"aboutPerson":     {aboutPerson, 2, "SEARCH enquiry USING INDEX enquiry_subject (subject=?)", true},
		"viewsOf":         {viewsOf, 1, "SEARCH enquiry USING INDEX enquiry_subject (subject=?)", true},
		"aboutSubject":    {aboutSubject, 1, "SEARCH enquiry USING INDEX enquiry_subject (subject=?)", true},
		"leaving":         {leaving, 2, "SEARCH enquiry USING INDEX enquiry_leave (leave<?)", true},
		"finishing":       {finishing, 2, "SEARCH enquiry USING INDEX enquiry_finish (finish<?)", true},
		"outdated":        {outdated, 2, "SEARCH enquiry USING INDEX enquiry_until (until<?)", false},
		"running":         {running, 0, "SCAN enquiry USING INDEX enquiry_open", true}, // of what is open
		"lastEndings":     {lastEndings, 2, "SEARCH enquiry USING INDEX enquiry_ended (clock=?)", false},
	} {
		if got := storetest.Plan(t, db, s.query, s.args); !strings.Contains(got, s.want) || !s.sorts && strings.Contains(got, "TEMP B-TREE") || strings.Contains(strings.Replace(got, s.want, "", 1), "SCAN enquiry") {
			t.Errorf("%s: %s; want %s", name, got, s.want)
		}
	}
}
