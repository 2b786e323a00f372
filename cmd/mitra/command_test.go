//go:build unix

package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"

	"mitra/node"
	"mitra/store"
	"mitra/treaty/card"
	"mitra/treaty/journal"
)

// scriptCommands are what scripts can do beside running programs:
//
//	json PATH = VALUE       standard output is one JSON object, and VALUE stands there at PATH
//	json PATH keys A,B      … and the object at PATH has these keys and no other
//	json PATH sum N         … and the numbers of the object at PATH add up to N
//	json PATH has TEXT      … and the text at PATH contains TEXT
//	take PATH NAME          … and $NAME is the text at PATH
//	waterfall               … and the bars of the explanation add up to its weight
//	sums FILE LEFT RIGHT    the table of an explanation on standard output ends in the weight that FILE gives the pair
//	state FILE              writes what the node's database holds, to be compared
//	events FILE             writes the events of the journal in their order, without ids and times
//	tamper TABLE COLUMN     changes one byte in a column of the node's database
//	sheet CSV XLSX          makes a workbook of a CSV file; a cell {=F} becomes the formula F
//	make KIND FILE          makes a bad file of a kind
//	reverse IN OUT          writes the rows of a CSV file in the opposite order
//	enquire PEER            has the node write an enquiry to a peer, and sets $CID to its conversation
//	truncate FILE N         cuts a file off after N bytes
var scriptCommands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"json":      plain(jsonCommand),
	"take":      plain(takeCommand),
	"waterfall": plain(waterfallCommand),
	"sums":      plain(sumsCommand),
	"state":     plain(stateCommand),
	"events":    plain(eventsCommand),
	"tamper":    plain(tamperCommand),
	"sheet":     plain(sheetCommand),
	"make":      plain(makeCommand),
	"reverse":   plain(reverseCommand),
	"truncate":  plain(truncateCommand),
	"words":     plain(wordsCommand),
	"key":       plain(keyCommand),
	"served":    plain(servedCommand),
	"enquire":   plain(enquireCommand),
}

// plain wraps a command that has no negation.
func plain(f func(ts *testscript.TestScript, args []string) error) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg {
			ts.Fatalf("this command cannot be negated")
		}
		ts.Check(f(ts, args))
	}
}

// object reads standard output, which must be one JSON object in one line and
// nothing else.
func object(ts *testscript.TestScript) (map[string]any, error) {
	text := ts.ReadFile("stdout")
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("standard output is no JSON object: %w", err)
	}
	if rest := text[d.InputOffset():]; rest != "\n" {
		return nil, fmt.Errorf("behind the object stands %q", rest)
	}
	return v, nil
}

func takeCommand(ts *testscript.TestScript, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: take PATH NAME")
	}
	top, err := object(ts)
	if err != nil {
		return err
	}
	v, err := at(top, args[0])
	if err != nil {
		return err
	}
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("%s is %v, and no text", args[0], v)
	}
	ts.Setenv(args[1], text)
	return nil
}

func jsonCommand(ts *testscript.TestScript, args []string) error {
	if len(args) != 3 {
		return errors.New("usage: json PATH =|keys|sum|has VALUE")
	}
	top, err := object(ts)
	if err != nil {
		return err
	}
	v, err := at(top, args[0])
	if err != nil {
		return err
	}
	got := ""
	switch args[1] {
	case "=":
		if s, ok := v.(string); ok {
			got = s
		} else {
			b, err := json.Marshal(v)
			if err != nil {
				return err
			}
			got = string(b)
		}
	case "has":
		if s, _ := v.(string); strings.Contains(s, args[2]) {
			return nil
		}
		return fmt.Errorf("%s is %v and has no %q", args[0], v, args[2])
	case "keys":
		m, ok := v.(map[string]any)
		if !ok {
			return fmt.Errorf("%s is no object", args[0])
		}
		got = strings.Join(slices.Sorted(maps.Keys(m)), ",")
		want := strings.Split(args[2], ",")
		slices.Sort(want)
		args[2] = strings.Join(want, ",")
	case "sum":
		m, ok := v.(map[string]any)
		if !ok {
			return fmt.Errorf("%s is no object", args[0])
		}
		sum := 0
		for _, n := range m {
			i, err := strconv.Atoi(fmt.Sprint(n))
			if err != nil {
				return err
			}
			sum += i
		}
		got = strconv.Itoa(sum)
	case "into": // a variable of the script
		s, ok := v.(string)
		if !ok {
			return fmt.Errorf("%s is no text", args[0])
		}
		ts.Setenv(args[2], s)
		return nil
	default:
		return fmt.Errorf("unknown comparison %q", args[1])
	}
	if got != args[2] {
		return fmt.Errorf("%s: got %s, want %s", args[0], got, args[2])
	}
	return nil
}

// at finds .a.b.0 in a value; "." is the value itself.
func at(v any, path string) (any, error) {
	for _, step := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' }) {
		switch in := v.(type) {
		case map[string]any:
			next, ok := in[step]
			if !ok {
				return nil, fmt.Errorf("%s: there is no %q", path, step)
			}
			v = next
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(in) {
				return nil, fmt.Errorf("%s: there is no item %s", path, step)
			}
			v = in[i]
		default:
			return nil, fmt.Errorf("%s: %q is in no object", path, step)
		}
	}
	return v, nil
}

func waterfallCommand(ts *testscript.TestScript, args []string) error {
	var w struct {
		Prior  float64
		Rivals float64
		Weight float64
		Steps  []struct{ M, U, Weight, Frequency float64 }

		Probability float64
	}
	if err := json.Unmarshal([]byte(ts.ReadFile("stdout")), &w); err != nil {
		return err
	}
	sum := w.Prior + w.Rivals
	for i, s := range w.Steps {
		sum += s.Weight + s.Frequency
		if s.M > 0 && math.Abs(math.Log2(s.M/s.U)-s.Weight) > 1e-6 {
			return fmt.Errorf("step %d: the weight %g is not log2(m/u)", i, s.Weight)
		}
	}
	if len(w.Steps) == 0 || math.Abs(sum-w.Weight) > 1e-9 {
		return fmt.Errorf("%d bars add up to %g, the weight is %g", len(w.Steps), sum, w.Weight)
	}
	if p := 1 / (1 + math.Exp2(-w.Weight)); math.Abs(p-w.Probability) > 1e-12 {
		return fmt.Errorf("the probability is %g, that of the weight %g", w.Probability, p)
	}
	return nil
}

var (
	explainedSum    = regexp.MustCompile(`(?m)^\S.* (-?[0-9]+\.[0-9]{2})$`)
	explainedWeight = regexp.MustCompile(`(?m)^weight (-?[0-9.]+) bits`)
)

func sumsCommand(ts *testscript.TestScript, args []string) error {
	if len(args) != 3 {
		return errors.New("usage: sums FILE LEFT RIGHT")
	}
	text := ts.ReadFile("stdout")
	sums, weight := explainedSum.FindAllStringSubmatch(text, -1), explainedWeight.FindStringSubmatch(text)
	if len(sums) < 3 || weight == nil {
		return errors.New("standard output is no explanation")
	}
	rows, err := readCSV(ts.MkAbs(args[0]))
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row[0] != args[1] || row[1] != args[2] {
			continue
		}
		for name, got := range map[string]string{"the last sum": sums[len(sums)-1][1], "the weight": weight[1]} {
			a, errA := strconv.ParseFloat(got, 64)
			b, errB := strconv.ParseFloat(row[2], 64)
			if errA != nil || errB != nil || math.Abs(a-b) > 0.0051 {
				return fmt.Errorf("%s is %s, and the file says %s", name, got, row[2])
			}
		}
		return nil
	}
	return errors.New("the file does not have the pair")
}

// database opens the database of the script's node.
func database(ts *testscript.TestScript, do func(db *store.DB) error) error {
	dsn := ts.Getenv("MITRA_DB")
	if dsn == "" {
		dsn = ts.MkAbs("home/mitra.db")
	}
	db, err := store.Open(context.Background(), dsn)
	if err != nil {
		return err
	}
	return errors.Join(do(db), db.Close())
}

func stateCommand(ts *testscript.TestScript, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: state FILE")
	}
	return database(ts, func(db *store.DB) error {
		text, err := state(db)
		if err != nil {
			return err
		}
		return os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600)
	})
}

// state is one line for each table: how many rows it has, and a hash of them.
// The lease of the journal's keeper is left out; it says who worked last.
func state(db *store.DB) (text string, err error) {
	list := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'lease' ORDER BY name`
	if db.Dialect() == store.PostgreSQL {
		list = `SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'lease' ORDER BY tablename`
	}
	err = db.Read(context.Background(), func(tx *store.Tx) error {
		text = ""
		tables, err := dump(tx, list)
		if err != nil {
			return err
		}
		for _, name := range tables {
			rows, err := dump(tx, "SELECT * FROM "+name)
			if err != nil {
				return err
			}
			slices.Sort(rows)
			text += fmt.Sprintf("%-20s %6d rows %x\n", name, len(rows), sha256.Sum256([]byte(strings.Join(rows, "\n"))))
		}
		return nil
	})
	return text, err
}

// dump returns each row of a query as text.
func dump(tx *store.Tx, query string) ([]string, error) {
	rows, err := tx.Query(query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var out []string
	for rows.Next() {
		cells := make([]sql.NullString, len(columns))
		dest := make([]any, len(columns))
		for i := range cells {
			dest[i] = &cells[i]
		}
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		if len(cells) == 1 {
			out = append(out, cells[0].String)
			continue
		}
		out = append(out, fmt.Sprint(cells))
	}
	return out, rows.Err()
}

func eventsCommand(ts *testscript.TestScript, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: events FILE")
	}
	var out strings.Builder
	if err := database(ts, func(db *store.DB) error {
		return db.Read(context.Background(), func(tx *store.Tx) error {
			out.Reset()
			events, err := dump(tx, `SELECT event FROM journal_leaf ORDER BY idx`)
			if err != nil {
				return err
			}
			for _, text := range events {
				var e journal.Event
				if err := json.Unmarshal([]byte(text), &e); err != nil {
					return err
				}
				fmt.Fprintf(&out, "%s by %s at %q, %d subjects, %s\n", e.Kind, e.Actor, e.Office, len(e.Subjects), e.Data)
			}
			return nil
		})
	}); err != nil {
		return err
	}
	return os.WriteFile(ts.MkAbs(args[0]), []byte(out.String()), 0o600)
}

// tamperCommand changes the last byte of a text or the first of a blob.
func tamperCommand(ts *testscript.TestScript, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: tamper TABLE COLUMN")
	}
	table, column := args[0], args[1]
	return database(ts, func(db *store.DB) error {
		return db.Write(context.Background(), func(tx *store.Tx) error {
			var v any
			if err := tx.QueryRow("SELECT " + column + " FROM " + table + " WHERE " + column + " IS NOT NULL ORDER BY " + column + " LIMIT 1").Scan(&v); err != nil {
				return err
			}
			changed, err := otherThan(v)
			if err != nil {
				return err
			}
			n, err := tx.Exec("UPDATE "+table+" SET "+column+" = $1 WHERE "+column+" = $2", changed, v)
			if err == nil && n == 0 {
				err = errors.New("nothing was changed")
			}
			return err
		})
	})
}

// otherThan is a value that differs by one byte, or by one.
func otherThan(v any) (any, error) {
	switch v := v.(type) {
	case []byte:
		b := bytes.Clone(v)
		b[0] ^= 1
		return b, nil
	case string:
		b := []byte(v)
		b[len(b)/2] ^= 1
		return string(b), nil
	case int64:
		return v + 1, nil
	}
	return nil, fmt.Errorf("a %T cannot be changed", v)
}

func readCSV(path string) ([][]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return csv.NewReader(f).ReadAll()
}

func sheetCommand(ts *testscript.TestScript, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: sheet CSV XLSX")
	}
	rows, err := readCSV(ts.MkAbs(args[0]))
	if err != nil {
		return err
	}
	book := excelize.NewFile()
	defer book.Close()
	for i, row := range rows {
		for j, cell := range row {
			name, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				return err
			}
			if f, ok := strings.CutPrefix(cell, "{="); ok {
				err = book.SetCellFormula("Sheet1", name, strings.TrimSuffix(f, "}"))
			} else {
				err = book.SetCellStr("Sheet1", name, cell)
			}
			if err != nil {
				return err
			}
		}
	}
	return book.SaveAs(ts.MkAbs(args[1]))
}

func reverseCommand(ts *testscript.TestScript, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: reverse IN OUT")
	}
	lines := strings.Split(strings.TrimSuffix(ts.ReadFile(args[0]), "\n"), "\n")
	slices.Reverse(lines[1:])
	return os.WriteFile(ts.MkAbs(args[1]), []byte(strings.Join(lines, "\n")+"\n"), 0o600)
}

func truncateCommand(ts *testscript.TestScript, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: truncate FILE N")
	}
	n, err := strconv.ParseInt(args[1], 10, 64)
	if err != nil {
		return err
	}
	return os.Truncate(ts.MkAbs(args[0]), n)
}

func makeCommand(ts *testscript.TestScript, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: make KIND FILE")
	}
	kind, ok := badFiles[args[0]]
	if !ok {
		return fmt.Errorf("no such kind of file: %s", args[0])
	}
	b, err := kind()
	if err != nil {
		return err
	}
	return os.WriteFile(ts.MkAbs(args[1]), b, 0o600)
}

const goodRow = "1,BUDI SANTOSO,1990-05-17,C1234567\n"

// badFiles are what comes in a register's place.
var badFiles = map[string]func() ([]byte, error){
	"pdf":  func() ([]byte, error) { return []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< >>\nendobj\n"), nil },
	"jpeg": func() ([]byte, error) { return []byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01"), nil },
	"utf8": func() ([]byte, error) {
		return []byte("id,full_name,birth_date,passport_no\n" + goodRow + "2,SIT\xc3\xa9 \xff\xfeAMINAH,1991-01-02,C7654321\n"), nil
	},
	"numbers": func() ([]byte, error) { return []byte("1,2,3\n4,5,6\n"), nil },
	"bigcell": func() ([]byte, error) {
		return []byte("id,full_name,birth_date,passport_no\n" + goodRow + "2," + strings.Repeat("A", 10<<20) + ",1991-01-02,C7654321\n"), nil
	},
	"openquote": func() ([]byte, error) {
		return []byte("id,full_name,birth_date,passport_no\n" + goodRow + "2,\"SITI AMINAH,1991-01-02,C7654321\n" + strings.Repeat("3,WAYAN SUTARJO,1992-01-02,C7654322\n", 5)), nil
	},
	"binary": func() ([]byte, error) {
		b := make([]byte, 64<<10)
		for i := range b {
			b[i] = byte(i * i >> 3)
		}
		return b, nil
	},
	"bomb": func() ([]byte, error) {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
		for _, part := range []struct {
			name, head string
			blanks     int
		}{
			{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`, 0},
			{"xl/workbook.xml", `<workbook/>`, 0},
			{"xl/worksheets/sheet1.xml", `<worksheet><sheetData>`, 64 << 20},
		} {
			w, err := z.Create(part.name)
			if err != nil {
				return nil, err
			}
			if _, err := io.WriteString(w, part.head+strings.Repeat(" ", part.blanks)); err != nil {
				return nil, err
			}
		}
		err := z.Close()
		return b.Bytes(), err
	},
}

// wordsCommand sets $WORDS to the fingerprint of a card: words CARD.
func wordsCommand(ts *testscript.TestScript, args []string) error {
	s, err := cardOf(ts, args)
	if err == nil {
		ts.Setenv("WORDS", s.Fingerprint())
	}
	return err
}

// keyCommand sets $KEY to the id of a card's next signing key: key CARD.
func keyCommand(ts *testscript.TestScript, args []string) error {
	s, err := cardOf(ts, args)
	if err == nil {
		ts.Setenv("KEY", s.Sign[1].ID)
	}
	return err
}

func cardOf(ts *testscript.TestScript, args []string) (card.Signed, error) {
	if len(args) != 1 {
		return card.Signed{}, errors.New("want a card")
	}
	return card.Parse([]byte(ts.ReadFile(args[0])))
}

// servedCommand waits until a home is served: served HOME.
func servedCommand(ts *testscript.TestScript, args []string) error {
	if len(args) != 1 {
		return errors.New("want a home")
	}
	for range 300 {
		if _, ok := node.Home(ts.MkAbs(args[0])).Running(); ok {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return errors.New("it is not served after 30 seconds")
}
