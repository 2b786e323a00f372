package enquiry

import (
	"strings"
	"testing"

	"mitra/store"
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
		err := db.Read(t.Context(), func(tx *store.Tx) error {
			rows, err := tx.Query("EXPLAIN QUERY PLAN "+s.query, make([]any, s.args)...)
			if err != nil {
				return err
			}
			defer rows.Close()
			var plan []string
			for rows.Next() {
				var id, parent, unused int
				var step string
				if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
					return err
				}
				plan = append(plan, step)
			}
			got := strings.Join(plan, "; ")
			if !strings.Contains(got, s.want) || !s.sorts && strings.Contains(got, "TEMP B-TREE") || strings.Contains(strings.Replace(got, s.want, "", 1), "SCAN enquiry") {
				t.Errorf("%s: %s; want %s", name, got, s.want)
			}
			return rows.Err()
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
