package registry

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"mitra/identity/person"
	"mitra/store"
	"mitra/table"
	"mitra/treaty/journal"
)

// Options say what to import. Noun, Path, Actor and one of Rejected and
// RejectedDir are needed; the zero value of the others works.
type Options struct {
	Noun        Noun
	Source      string // who says so; default: the noun
	Path        string // CSV or XLSX
	Map         string // a TOML file that names columns; see [CodeBadMap]
	Snapshot    bool   // the file is the whole register: what it lacks has ended
	Rejected    string // the file for rejected rows; default: RejectedDir/BATCH.csv
	RejectedDir string

	Actor, Office string // who acts, for the journal

	Today    person.Date             // for two-digit years and dates of birth; default: of Clock
	Clock    func() time.Time        // default: time.Now
	Progress func(done, total int64) // in rows; total is an estimate, 0 while unknown
	Waiting  func()                  // called once if another import of the source has to end first

	// Meaning, where it is not nil, says of each column of the file which one it is, by its canonical name, "" for one that is kept
	// as given: instead of the headings and of Map.
	Meaning []string
}

// ErrTakenOver: the import showed no sign of life for so long that another
// process cleared it. Nothing of it is visible.
var ErrTakenOver = errors.New("the import was held up for too long and was taken for dead; run it again")

// ErrUntold: the batch is live, but the file of its rejected rows, though on the
// disk, could not be given its name.
var ErrUntold = errors.New("the import is done, but its rejected rows are not told")

// KindImport is the kind of the journal event of an import.
const KindImport = "import"

// importEvent is the data of that event. It has neither the file's name nor
// its headings, which are chosen by strangers, but a salted hash of them.
type importEvent struct {
	Batch    string   `json:"batch"`
	Seq      int64    `json:"seq,omitempty"`
	Noun     Noun     `json:"noun"`
	Source   string   `json:"source"`
	Snapshot bool     `json:"snapshot,omitempty"`
	File     string   `json:"file_sha256"`
	Labels   string   `json:"labels_sha256,omitempty"`   // see labelsHash
	Versions string   `json:"versions_sha256,omitempty"` // see sealOf
	Records  string   `json:"records_sha256,omitempty"`  // instead of Versions in events of earlier programs: of the contents alone
	Columns  []string `json:"columns"`                   // canonical names of those recognised
	Counts
}

// Import loads a file. When it returns nil, the batch is live together with its
// journal event; otherwise nothing of it is visible, and there is no event.
//
// What is wrong with the file is a [*table.Error]; rows that cannot be used are
// set aside and counted, and are no error unless no row is usable
// ([CodeNoUsableRows]; the file of rejected rows is written then, and the
// Report counts them). While another import of the same source runs, Import
// waits for it.
//
// One failure comes too late: see [ErrUntold].
func Import(ctx context.Context, db *store.DB, o Options) (Report, error) {
	o, err := o.withDefaults()
	if err != nil {
		return Report{}, err
	}
	start := o.Clock()
	var mapped map[Field]string
	if o.Map != "" {
		if mapped, err = readMap(o.Map, o.Noun); err != nil {
			return Report{}, err
		}
	}
	headings := vocabulary(mapped)
	t, err := table.Open(o.Path, table.Options{Known: headings, Stop: ctx.Err})
	if err != nil {
		return Report{}, err
	}
	defer t.Close()
	header := ownHeader(t.Header())
	l, err := o.lay(header, mapped, headings)
	if err != nil {
		if e := (*table.Error)(nil); errors.As(err, &e) {
			e.File, e.Line = o.Path, t.HeaderLine()
		}
		return Report{}, err
	}
	l.days1904 = t.Date1904()

	b := &loader{
		ctx: ctx, db: db, o: o, file: t, layout: l, batch: store.NewID(), salt: rand.Text(),
		known: make(map[string]*known),
	}
	b.report.Batch = b.batch
	b.report.Notes = t.Notes()
	if o.Meaning == nil { // what each column is was not said
		b.report.Notes = append(b.report.Notes, l.notes()...)
	}
	b.rejects = rejects{path: o.Rejected, header: header}
	if o.Rejected == "" {
		b.rejects.path = filepath.Join(o.RejectedDir, b.batch+".csv")
	}
	defer b.rejects.discard()
	err = b.load()
	b.report.Seconds = o.Clock().Sub(start).Seconds()
	if err != nil && !b.live {
		// The batch is invisible whatever becomes of this: what cannot be cleared
		// now, with a full disk say, is cleared by ClearDead.
		clearing, cancel := context.WithTimeout(context.WithoutCancel(ctx), clearTimeout)
		defer cancel()
		_ = abandon(clearing, db, b.batch)
	}
	if err != nil {
		return b.report, err
	}
	if o.Progress != nil {
		o.Progress(b.report.Rows, b.report.Rows)
	}
	return b.report, nil
}

// clearTimeout bounds the work after a failure.
const clearTimeout = 20 * time.Second

func (o Options) withDefaults() (Options, error) {
	if _, err := ParseNoun(string(o.Noun)); err != nil {
		return o, err
	}
	if o.Source == "" {
		o.Source = string(o.Noun)
	}
	if len(o.Source) > 80 || strings.TrimSpace(o.Source) != o.Source || strings.ContainsFunc(o.Source, unicode.IsControl) {
		return o, &table.Error{Code: CodeBadSource, Message: "this cannot be the name of a source",
			Hint: "a source has a short name of one line, such as border-register"}
	}
	if o.Actor == "" {
		return o, errors.New("import: no officer is named")
	}
	if err := o.checkRejected(); err != nil {
		return o, err
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Today.IsZero() {
		o.Today = person.FromTime(o.Clock())
	}
	return o, nil
}

// checkRejected refuses a place for the rejected rows where no file can stand,
// before anything is done.
func (o Options) checkRejected() error {
	if o.Rejected == "" {
		return nil
	}
	place, err := os.Stat(o.Rejected)
	if err != nil {
		return nil // it will be made
	}
	e := &table.Error{Code: CodeRejectedFile, File: o.Rejected, Hint: "name another file with --rejected"}
	if !place.Mode().IsRegular() {
		e.Message = "the rejected rows cannot be written there: it is no file"
		return e
	}
	for _, in := range []struct{ path, message string }{
		{o.Path, "the rejected rows would overwrite the file they come from"},
		{o.Map, "the rejected rows would overwrite the mapping"},
	} {
		if fi, err := os.Stat(in.path); err == nil && os.SameFile(place, fi) {
			e.Message = in.message
			return e
		}
	}
	return nil
}

// loader is one running import.
type loader struct {
	ctx     context.Context
	db      *store.DB
	o       Options
	file    *table.Reader
	layout  *layout
	batch   string // its id
	seq     int64
	beat    time.Time // the last sign of life, by o.Clock
	known   map[string]*known
	rejects rejects
	pending []stored
	seals   []Hash // of the versions of this batch
	scratch []byte // of seals
	salt    string // see labelsHash
	live    bool   // it is published
	unread  int64  // rejected rows of which not even the key is known
	bytes   int64  // of the rows read so far, roughly
	report  Report
}

// known is what the source said last under one key.
type known struct {
	id, entry uuid.UUID
	hash      Hash
	ended     bool
	withdrawn bool // only lists that were withdrawn have said it
	line      int  // where this file says it, 0 if it has not so far
	set       bool // this file has a row of this key that was set aside
}

// stored is a version on its way into the database.
type stored struct {
	id, entry string
	previous  string // "": none
	row       row
	ended     bool
}

func (b *loader) load() error {
	if err := b.begin(); err != nil {
		return err
	}
	if err := b.loadKnown(); err != nil {
		return err
	}
	parser := func() *rowParser { return newParser(b.o.Noun, b.o.Source, b.layout, b.o.Today) }
	if err := readRows(b.ctx, b.file, len(b.layout.header), parser, b.take); err != nil {
		return err
	}
	if b.report.Rows == b.report.Rejected {
		return b.nothingUsable()
	}
	if err := b.end(); err != nil {
		return err
	}
	if err := b.flush(); err != nil {
		return err
	}
	if err := b.rejects.stage(); err != nil {
		return err
	}
	if err := b.publish(); err != nil {
		return err
	}
	b.live = true
	var err error
	if b.report.RejectedFile, err = b.rejects.settle(); err != nil {
		err = fmt.Errorf("%w: %w", ErrUntold, err)
	}
	return err
}

func (b *loader) nothingUsable() error {
	e := &table.Error{Code: CodeNoUsableRows, File: b.o.Path, Message: "the file has column names but no rows",
		Hint: "check that this is the file you mean"}
	if b.report.Rows > 0 {
		err := b.rejects.stage()
		if err == nil {
			b.report.RejectedFile, err = b.rejects.settle()
		}
		if err != nil {
			return err
		}
		e.Message = fmt.Sprintf("none of the %d rows can be used", b.report.Rows)
		e.Hint = "the reasons stand in " + b.report.RejectedFile
	}
	return e
}

// take decides what becomes of each row of a chunk.
func (b *loader) take(c *chunk) error {
	for i := range c.rows {
		r := &c.rows[i]
		b.report.Rows++
		if err := b.takeRow(r); err != nil {
			return err
		}
	}
	b.bytes += c.bytes
	b.progress()
	if len(b.pending) > 0 {
		return b.flush()
	}
	if b.o.Clock().Sub(b.beat) > beatEvery {
		return b.touch()
	}
	return nil
}

func (b *loader) takeRow(r *row) error {
	k := b.known[r.key]
	switch {
	case len(r.faults) > 0:
	case k != nil && k.line > 0 && (r.byContent || k.hash == r.hash):
		b.report.Unchanged++ // a row said twice
		return nil
	case k != nil && k.line > 0:
		r.faults = append(r.faults, fault{b.keyColumn(r.key),
			fmt.Sprintf("line %d has the same %s and says something else; imported as it stands, this row would replace it", k.line, b.keyName(r.key))})
	case k != nil && !k.ended && k.hash == r.hash:
		k.line = r.line
		b.report.Unchanged++
		return nil
	default:
		b.add(k, *r, false)
		return nil
	}
	b.report.Rejected++
	switch {
	case k != nil:
		k.set = true
	case r.key == "":
		b.unread++
	}
	return b.rejects.add(r)
}

// keyField is the column that gives a key that is not the content.
func (b *loader) keyField(key string) Field {
	if c, prefix, ok := b.o.Noun.document(); ok && strings.HasPrefix(key, prefix) {
		return c
	}
	return ID
}

func (b *loader) keyName(key string) string { return b.keyField(key).String() }

func (b *loader) keyColumn(key string) string {
	return b.layout.heading(b.layout.index[b.keyField(key)])
}

// add puts a version on the way into the database; k is what it supersedes, or
// nil.
func (b *loader) add(k *known, r row, ended bool) {
	id := uuid.Must(uuid.NewV7())
	v := stored{id: id.String(), row: r, ended: ended}
	v.row.cells = nil // they hold on to the file
	switch {
	case k == nil:
		k = &known{entry: id}
		b.known[r.key] = k
		b.report.New++
	case ended:
		v.previous = k.id.String()
		b.report.Ended++
	case k.withdrawn: // the same record as then, with what has been decided about it
		v.previous = k.id.String()
		b.report.New++
	default:
		v.previous = k.id.String()
		b.report.Changed++
	}
	v.entry = k.entry.String()
	k.id, k.hash, k.ended, k.withdrawn, k.line = id, r.hash, ended, false, r.line
	b.pending = append(b.pending, v)
	var seal Hash
	seal, b.scratch = sealOf(b.scratch, v.id, v.entry, v.previous, int64(r.line), ended, r.hash)
	b.seals = append(b.seals, seal)
}

// end ends the records that a snapshot no longer lists. A row that could not
// be used is listed all the same; behind one that could not even be read may
// be anybody, and then nothing ends.
func (b *loader) end() error {
	if !b.o.Snapshot {
		return nil
	}
	if b.unread > 0 {
		b.report.Notes = append(b.report.Notes, fmt.Sprintf(
			"nothing was ended: %d rejected rows do not tell which record they are, and could be any of those missing", b.unread))
		return nil
	}
	var scratch []byte
	for key, k := range b.known {
		if k.line > 0 || k.ended || k.set {
			continue
		}
		r := row{key: key}
		r.hash, scratch = hashOf(scratch, b.o.Noun, b.o.Source, key, nil, nil, nil)
		b.add(k, r, true)
		if len(b.pending) >= chunkRows {
			if err := b.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// progress estimates the number of rows from the size of the file.
func (b *loader) progress() {
	if b.o.Progress == nil {
		return
	}
	var total int64
	size := b.file.Size()
	switch format := b.file.Format(); {
	case !strings.HasPrefix(format, "csv"):
		size = 0
	case strings.Contains(format, "utf-16"):
		size /= 2
	}
	if b.bytes > 0 && size > 0 {
		total = max(b.report.Rows, int64(float64(b.report.Rows)*float64(size)/float64(b.bytes)))
	}
	b.o.Progress(b.report.Rows, total)
}

// publish makes the batch live, with its event.
func (b *loader) publish() error {
	header, columns, err := b.layout.json()
	if err != nil {
		return err
	}
	hash := versionsHash(b.seals)
	file := b.file.SHA256()
	event := importEvent{
		Batch: b.batch, Seq: b.seq, Labels: labelsHash(b.salt, filepath.Base(b.o.Path), header, columns), Noun: b.o.Noun, Source: b.o.Source, Snapshot: b.o.Snapshot,
		File: hex.EncodeToString(file[:]), Versions: hash, Columns: b.layout.fieldNames(), Counts: b.report.Counts,
	}
	data, err := json.Marshal(event)
	if err != nil {
		return err
	}
	return b.db.Write(b.ctx, func(tx *store.Tx) error {
		e, err := journal.Append(tx, journal.Event{Kind: KindImport, Actor: b.o.Actor, Office: b.o.Office, Data: data})
		if err != nil {
			return err
		}
		c := b.report.Counts
		n, err := tx.Exec(publishBatch, tx.Now(), hash, e.ID,
			c.Rows, c.New, c.Changed, c.Unchanged, c.Ended, c.Rejected, b.batch)
		if err == nil && n != 1 {
			err = ErrTakenOver
		}
		return err
	})
}
