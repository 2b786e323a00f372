package courier

import (
	"strings"
	"testing"

	"mitra/store/storetest"
)

// harmless is what a plan says of a table of a row or two.
var harmless = strings.NewReplacer("SCAN peer", "", "SCAN CONSTANT ROW", "", "SCAN t;", "", "SCAN newest", "")

// What a node runs again and again goes by an index to the rows that it is about, however many letters there
// were before. SQLite tells how it would go, without one row.
func TestStatementsGoByIndex(t *testing.T) {
	db := storetest.SQLite(t)
	for name, s := range map[string]struct {
		query string
		args  int
		want  string // of the plan
	}{
		"dueOut":                    {dueOut, 3, "outbox_due (peer=? AND next<?)"},
		"expireOut":                 {expireOut, 3, "outbox_expires (peer=? AND exp<?)"},
		"storedOut":                 {storedOut, 5, "(peer=? AND mid=?)"},
		"nextAgain":                 {nextAgain, 3, "outbox_due (peer=? AND next>?)"},
		"knownIn":                   {knownIn, 2, "(issuer=? AND mid=?)"},
		"stateIn":                   {stateIn, 2, "(issuer=? AND mid=?)"},
		"judgedIn":                  {judgedIn, 8, "(issuer=? AND mid=?)"},
		"storedIn":                  {storedIn, 2, "inbox_stored (judge<?)"},
		"laterIn":                   {laterIn, 3, "(issuer=? AND mid=?)"},
		"judgeAgain":                {judgeAgain, 2, "inbox_stored (judge>?)"},
		"dueReceipts":               {dueReceipts, 3, "receipt_out_due (peer=? AND due<?)"},
		"dueAgain":                  {dueAgain, 3, "receipt_out_due (peer=? AND due>?)"},
		"sentReceipts":              {sentReceipts, 4, "(peer=? AND mid=? AND stage=?)"},
		"gotReceipts":               {gotReceipts, 3, "receipt_out_hash (hash=?)"},
		"keptOut":                   {keptOut, 2, "(peer=? AND mid=?)"},
		"brokenOut":                 {brokenOut, 2, "(peer=? AND mid=?)"},
		"keptBefore":                {keptBefore, 1, "outbox_open (peer=?)"},
		"keptJudged":                {keptJudged, 2, "(peer=? AND mid=?)"},
		"promisesOf":                {promisesOf, 1, "outbox_open (peer=?)"},
		"ended":                     {statusOut, 2, "outbox_ended (peer=?)"},
		"broken":                    {statusOut, 2, "outbox_broken (peer=?)"},
		"statusIn":                  {statusIn, 1, "inbox_stored (judge>?)"},
		"keptOut of a conversation": {keptLettersOut, 2, "outbox_conversation (cid=?)"},
		"keptIn of a conversation":  {keptLettersIn, 2, "inbox_conversation (cid=?)"},
		"keptReceiptsOut":           {keptReceiptsOut, 2, "receipt_out USING INDEX"},
		"keptReceiptsIn":            {keptReceiptsIn, 2, "receipt_in USING INDEX"},
		"cosignatureOver":           {cosignatureOver, 2, "(book=? AND size>?)"},
		"unjudged":                  {statusUnjudged, 2, "outbox_open (peer=? AND at<?)"},
		"lastIn":                    {lastIn, 1, "(issuer=?)"},
		"lastStored":                {lastStored, 3, "(peer=?)"},
		"lastWatched":               {lastWatched, 1, "(peer=?)"},
		"lastCosignature":           {lastCosignature, 1, "(book=?)"},
		"someWaiting":               {someWaiting, 2, "outbox_due (peer=?)"},
		"letterOut":                 {letterOut, 1, "outbox_letter (mid=?)"},
		"someEnded":                 {someEnded, 2, "outbox_ended (peer=?)"},
	} {
		if got := storetest.Plan(t, db, s.query, s.args); !strings.Contains(got, s.want) || strings.Contains(harmless.Replace(got), "SCAN") {
			t.Errorf("%s: %s; want %s", name, got, s.want)
		}
	}
}
