package journal

import (
	"strings"
	"testing"

	"mitra/store/storetest"
)

// The keeper asks these five times in a second, in books of millions of events: none may read all of one.
// SQLite tells how it would go.
func TestKeeperReadsNoWholeBook(t *testing.T) {
	db := storetest.SQLite(t)
	for name, s := range map[string]struct {
		query string
		args  int
	}{
		"pendingBooks": {pendingBooks, 0}, "pendingLeaves": {pendingLeaves, 2}, "indexPending": {indexPending, 3},
		"lastHead": {lastHead, 1}, "headBooks": {headBooks, 0}, "countHeads": {countHeads, 1}, "selectHash": {selectHash, 2},
		"selectLeaf": {selectLeaf, 2}, "newestPending": {newestPending, 3}, "newestPlaced": {newestPlaced, 3}, "placeOf": {placeOf, 2},
		"countPending": {countPending, 2}, "placedFrom": {placedFrom, 3}, "allPending": {allPending, 1}, "firstSince": {firstSince, 2}, "lastPlaced": {lastPlaced, 1},
	} {
		for step := range strings.SplitSeq(storetest.Plan(t, db, s.query, s.args), "; ") {
			if strings.Contains(step, "TEMP B-TREE") && (strings.HasPrefix(name, "newest") || strings.HasSuffix(name, "Placed") || name == "placedFrom" || name == "firstSince") {
				t.Errorf("%s sorts: %s", name, step)
			}
			if strings.HasPrefix(step, "SCAN journal_") && step != "SCAN journal_leaf USING INDEX journal_leaf_pending" {
				t.Errorf("%s: %s", name, step)
			}
		}
	}
}
