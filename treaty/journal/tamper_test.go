package journal_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"mitra/store"
	"mitra/store/storetest"
	"mitra/treaty/journal"
)

// A change is something an attacker with the database does to the tables.
type change struct {
	what   string
	apply  func(t tables)
	places []string // a finding must name one of them: an index, a size, an id
}

// TestEveryChangeIsFound changes every value of every row, removes every row,
// exchanges rows and adds rows, one at a time.
func TestEveryChangeIsFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		n := newNode(t, db)
		for _, count := range []int{1, 3, 5} {
			n.append(count)
			n.sequence(int64(count))
		}
		n.write(func(tx *store.Tx) error {
			_, err := journal.Erase(tx, journal.House, 4, "retention", "officer-9")
			return err
		})
		n.sequence(1)
		n.append(2) // stay pending
		good := n.save()
		n.verified()

		tried := 0
		for _, c := range changes(good, db.Dialect()) {
			bad := good.clone()
			c.apply(bad)
			if err := n.restore(bad); err != nil {
				if store.IsUnique(err) {
					continue // the database itself forbids it
				}
				t.Fatalf("%s: %v", c.what, err)
			}
			tried++
			r := n.verify()
			if !slices.ContainsFunc(r.Findings, func(f journal.Finding) bool { return names(f, c.places) }) {
				t.Errorf("%s: no finding names %v: %+v", c.what, c.places, r.Findings)
			}
		}
		if tried < 300 {
			t.Errorf("only %d changes were tried", tried)
		}
		if err := n.restore(good); err != nil {
			t.Fatal(err)
		}
		n.verified()
	})
}

func names(f journal.Finding, places []string) bool {
	for _, p := range places {
		if f.ID == p || len(p) == 36 && strings.Contains(f.What, p) || fmt.Sprint(f.Index) == p || slices.Contains(strings.FieldsFunc(f.What, func(r rune) bool { return r < '0' || r > '9' }), p) {
			return true
		}
	}
	return false
}

// changes lists all single changes of good's rows.
func changes(good tables, d store.Dialect) []change {
	var out []change
	for _, table := range []string{"journal_leaf", "journal_hash", "journal_head"} {
		for r, row := range good[table] {
			at := places(table, good[table], r)
			for c, column := range columns[table] {
				for what, v := range otherValues(column, row[c], d) {
					if v == nil && table+column != "journal_leafidx" && column != "salt" && column != "event" {
						continue // NOT NULL
					}
					out = append(out, change{fmt.Sprintf("%s row %d, %s: %s", table, r, column, what),
						func(t tables) { t[table][r][c] = v }, at})
				}
			}
			if row[2] != nil { // a pending event may go without a trace: see CannotKnow
				out = append(out, change{fmt.Sprintf("%s row %d removed", table, r),
					func(t tables) { t[table] = slices.Delete(t[table], r, r+1) }, at})
			}
			for s := r + 1; s < len(good[table]); s++ {
				if row[2] == nil || good[table][s][2] == nil {
					continue
				}
				out = append(out, change{fmt.Sprintf("%s rows %d and %d exchanged", table, r, s),
					func(t tables) { exchange(table, t[table][r], t[table][s]) },
					append(slices.Clone(at), places(table, good[table], s)...)})
			}
		}
	}
	leaf, hash, head := good["journal_leaf"][0], good["journal_hash"][0], good["journal_head"][0]
	added := func(table string, row []any, at ...string) {
		out = append(out, change{fmt.Sprintf("%s: a row added at %v", table, at),
			func(t tables) { t[table] = append(t[table], row) }, at})
	}
	for _, idx := range []int64{-1, 10, 1 << 60} {
		added("journal_leaf", []any{"new", leaf[1], idx, leaf[3], leaf[4], leaf[5]}, fmt.Sprint(idx), "new")
	}
	added("journal_leaf", []any{"new", leaf[1], nil, leaf[3], leaf[4], leaf[5]}, "new")
	added("journal_leaf", []any{"new", leaf[1], nil, nil, nil, leaf[5]}, "new")
	added("journal_leaf", []any{"new", "other", int64(0), leaf[3], leaf[4], leaf[5]}, "0")
	added("journal_leaf", []any{"new", "Not a book", int64(0), leaf[3], leaf[4], leaf[5]}, "-1")
	for _, pos := range []int64{-1, tlog.StoredHashCount(10), 1 << 60} {
		added("journal_hash", []any{hash[0], pos, hash[2]}, fmt.Sprint(pos), strings.TrimPrefix(fmt.Sprint(pos), "-"))
	}
	added("journal_hash", []any{"other", int64(0), hash[2]}, "0")
	for _, size := range []int64{-1, 0, 2, 11, 1 << 60} {
		added("journal_head", []any{head[0], size, head[2]}, fmt.Sprint(size), strings.TrimPrefix(fmt.Sprint(size), "-"))
	}
	added("journal_head", []any{"other", head[1], head[2]}, "1")
	return out
}

// exchange swaps two rows' contents but not the key under which they are filed.
func exchange(table string, a, b []any) {
	switch table {
	case "journal_leaf": // id, salt, event and leaf
		for _, c := range []int{0, 3, 4, 5} {
			a[c], b[c] = b[c], a[c]
		}
	default:
		a[2], b[2] = b[2], a[2]
	}
}

// places are what may name a row: the index or id of its event, the size of
// its checkpoint or, if that row is gone, of the ones it stood between.
func places(table string, rows [][]any, r int) []string {
	row := rows[r]
	switch table {
	case "journal_leaf":
		if row[2] == nil {
			return []string{row[0].(string)}
		}
		return []string{fmt.Sprint(row[2]), row[0].(string)}
	case "journal_hash":
		level, n := tlog.SplitStoredHashIndex(row[1].(int64))
		return []string{fmt.Sprint((n+1)<<level - 1), fmt.Sprint(row[1])}
	}
	return []string{fmt.Sprint(row[1])}
}

// otherValues are values that could stand in v's place, by what they are.
func otherValues(column string, v any, d store.Dialect) map[string]any {
	out := map[string]any{"NULL": nil}
	flip := func(b []byte, put func(what string, b []byte)) {
		for _, i := range []int{0, 1, len(b) / 2, len(b) - 2, len(b) - 1} {
			if b[i] < 0x80 { // text stays text
				c := slices.Clone(b)
				c[i] ^= 1
				put(fmt.Sprintf("byte %d changed", i), c)
			}
		}
		put("cut", b[:len(b)-1])
		put("longer", append(slices.Clone(b), ' '))
		put("empty", []byte{})
	}
	switch v := v.(type) {
	case nil:
		if column == "idx" {
			return map[string]any{"a number": int64(50)}
		}
		return map[string]any{"bytes": []byte("x")}
	case int64:
		out["one more"], out["one less"] = v+1, v-1
		out["much more"], out["negative"] = v+1000, -1000-v
		if d == store.SQLite { // which takes any type anywhere
			out["a text"], out["a fraction"], out["a blob"] = "x", float64(v)+0.5, []byte{1}
		}
	case string:
		flip([]byte(v), func(what string, b []byte) {
			if what == "byte "+fmt.Sprint(len(v)-1)+" changed" && b[len(b)-1] == '\v' {
				b[len(b)-1] = ' ' // no control characters, where the last one was a line's end
			}
			out[what] = string(b)
		})
		if d == store.SQLite {
			out["a blob"] = []byte(v)
		}
	case []byte:
		flip(v, func(what string, b []byte) { out[what] = b })
		if d == store.SQLite {
			out["a text"] = string(v)
		}
	}
	return out
}

// TestNoByteOfACheckpointIsFree changes each byte of a head file in turn.
func TestNoByteOfACheckpointIsFree(t *testing.T) {
	n := newNode(t, storetest.SQLite(t))
	n.append(2)
	n.sequence(2)
	n.append(1)
	n.sequence(1)
	good := n.save()
	note := good["journal_head"][1][2].(string)
	for i := range note {
		for _, x := range []byte{1, 2, 16, 32} {
			b := []byte(note)
			b[i] ^= x
			bad := good.clone()
			bad["journal_head"][1][2] = string(b)
			if err := n.restore(bad); err != nil {
				t.Fatal(err)
			}
			if n.verify().OK() {
				t.Errorf("byte %d xor %d goes unseen", i, x)
			}
		}
	}
}

// TestForgedTree rewrites an event with everything computed from it, as someone
// can who knows the program but not the key.
func TestForgedTree(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		n := newNode(t, db)
		n.append(2)
		n.sequence(2)
		n.append(4)
		n.sequence(4)
		n.append(1)
		n.sequence(1)
		good := n.save()

		// The same events but one, under a forger's key.
		forger := newNode(t, db)
		if err := n.restore(tables{}); err != nil {
			t.Fatal(err)
		}
		forger.append(7)
		forger.sequence(7)
		forged := forger.save()
		copy(forged["journal_leaf"][:3], good["journal_leaf"][:3])
		forged["journal_head"] = good["journal_head"]
		if err := n.restore(forged); err != nil {
			t.Fatal(err)
		}
		r := n.verify()
		var roots int
		for _, f := range r.Findings {
			if strings.Contains(f.What, "root of the checkpoint of size 6") && strings.Contains(f.What, "size 0 still is") ||
				strings.Contains(f.What, "head file's root of the first 7") {
				roots++
			}
		}
		if roots == 0 {
			t.Errorf("no finding about a root: %+v", r.Findings)
		}
	})
}

// TestFindingsAreBounded destroys a book that has more events than are listed.
func TestFindingsAreBounded(t *testing.T) {
	n := newNode(t, storetest.SQLite(t))
	n.write(func(tx *store.Tx) error {
		for range 1500 {
			if _, err := journal.Append(tx, journal.Event{Kind: "view", Actor: "officer-7"}); err != nil {
				return err
			}
		}
		return nil
	})
	n.sequence(1500)
	n.write(func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE journal_leaf SET event = NULL`)
		return err
	})
	r := n.verify()
	if len(r.Findings) != 1000 || r.Unlisted < 500 {
		t.Errorf("%d findings and %d unlisted", len(r.Findings), r.Unlisted)
	}
	if r.Findings[0].Index != 0 || r.Findings[0].ID == "" {
		t.Errorf("the first finding is %+v", r.Findings[0])
	}
}

// TestCannotKnow holds the two sentences to what is true.
func TestCannotKnow(t *testing.T) {
	n := newNode(t, storetest.SQLite(t))
	n.append(3)
	n.sequence(3)
	early, earlyHead := n.save(), n.readHead()
	n.append(3)
	n.sequence(3)
	n.append(1)
	full := n.save()

	n.write(func(tx *store.Tx) error { // a pending event
		_, err := tx.Exec(`DELETE FROM journal_leaf WHERE idx IS NULL`)
		return err
	})
	r := n.verify()
	if !r.OK() || !strings.Contains(r.CannotKnow, "no index yet") {
		t.Errorf("a removed pending event: %+v", r)
	}
	if err := n.restore(full); err != nil {
		t.Fatal(err)
	}
	if err := n.restore(early); err != nil { // the database and the head file
		t.Fatal(err)
	}
	if n.verify().OK() {
		t.Error("a rollback went unseen")
	}
	writeFile(t, n.headFile(), earlyHead)
	if r := n.verify(); !r.OK() || !strings.Contains(r.CannotKnow, "together with the head file") {
		t.Errorf("a rollback with the head file: %+v", r)
	}
	if got := strings.Count(r.CannotKnow, ". ") + 1; got != 2 {
		t.Errorf("%d sentences", got)
	}
}
