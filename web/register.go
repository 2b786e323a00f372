package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"mitra/desk/account"
	"mitra/desk/registry"
	"mitra/desk/search"
	"mitra/store"
	"mitra/table"
)

// registerPages are the lists that are loaded, and loading another: a file is sent, looked at, and loaded.
func (s *Server) registerPages() []page {
	return []page{
		{method: "GET", path: "/registers", right: account.SeeRegisters, do: (*visit).registers},
		{method: "GET", path: "/registers/load", right: account.LoadRegisters, do: (*visit).loadForm},
		{method: "POST", path: "/registers/load", right: account.LoadRegisters, upload: true, do: (*visit).takeFile},
		{method: "GET", path: "/registers/load/{upload}", right: account.LoadRegisters, people: true, do: (*visit).lookAtFile},
		{method: "POST", path: "/registers/load/{upload}", right: account.LoadRegisters, people: true, do: (*visit).loadFile},
		{method: "POST", path: "/registers/load/{upload}/discard", right: account.LoadRegisters, do: (*visit).discardFile},
		{method: "GET", path: "/registers/rejected/{batch}", right: account.LoadRegisters, people: true, do: (*visit).rejectedRows},
	}
}

// registersPage are the lists that are loaded, the newest first.
type registersPage struct {
	Lists []listLoaded
	More  int64 // to go on before; 0 at the end
}

// listLoaded is one of them.
type listLoaded struct {
	Batch                                          *registry.Batch
	Rows, New, Changed, Unchanged, Ended, Rejected int
	File                                           bool // its rejected rows can be fetched
}

// listsShown is how many lists a page has.
const listsShown = 100

func (v *visit) registers() error {
	var all []*registry.Batch
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) (err error) {
		all, err = registry.Loaded(tx)
		return err
	}); err != nil {
		return err
	}
	if before := v.r.FormValue("before"); before != "" {
		seq, err := strconv.ParseInt(before, 10, 64)
		if err != nil {
			return errNoPage
		}
		all = slices.DeleteFunc(all, func(b *registry.Batch) bool { return b.Seq >= seq })
	}
	slices.Reverse(all)
	var body registersPage
	for _, b := range all {
		if len(body.Lists) == listsShown {
			body.More = body.Lists[listsShown-1].Batch.Seq
			break
		}
		body.Lists = append(body.Lists, v.listLoaded(b))
	}
	return v.show("registers", "desk.registers", body)
}

// loadPage is the form of sending a file.
type loadPage struct {
	Nouns    []registry.Noun
	Noun     string
	Source   string
	Snapshot bool
	Wrong    string // key of what is wrong with the form
	Fault    *fileFault
	Most     string // size, in words
}

// fileFault is what is wrong with a file: the key of the message, and what the program says of it in English. It repeats no cell.
type fileFault struct {
	Key, Says string
	Line      int
}

func (v *visit) faultOf(e *table.Error) *fileFault {
	f := &fileFault{Key: "register.fault." + e.Code, Line: e.Line}
	known := view{visit: v}.Has(f.Key)
	if !known {
		f.Key = "register.fault.other"
	}
	if !known || e.Column != "" { // it says more than the message
		f.Says = e.Message
		if e.Column != "" {
			f.Says = e.Column + ": " + f.Says
		}
	}
	return f
}

func (v *visit) loadForm() error {
	return v.show("register_load", "register.load", v.loadPage(nil))
}

func (v *visit) loadPage(u *upload) loadPage {
	p := loadPage{Nouns: registry.Nouns, Most: v.size(mostUpload)}
	if u != nil {
		p.Noun, p.Source, p.Snapshot = string(u.noun), u.source, u.snapshot
	}
	return p
}

// size is a number of bytes as people read it.
func (v *visit) size(n int64) string {
	if n < 10<<20 {
		return v.cat.Decimal(max(1, float64(n)/(1<<10)), 0) + " KiB"
	}
	return v.cat.Decimal(float64(n)/(1<<20), 0) + " MiB"
}

// takeFile keeps the file that is sent, for its officer alone, until it is loaded or discarded.
func (v *visit) takeFile() error {
	u := &upload{id: store.NewID(), account: v.who.ID}
	wrong := func(key string, f *fileFault) error {
		body := v.loadPage(u)
		body.Wrong, body.Fault = key, f
		return v.showAs(http.StatusUnprocessableEntity, "register_load", "register.load", body)
	}
	err := u.read(v.s.Rejected, v.r)
	taken := false
	defer func() {
		if !taken {
			u.remove()
		}
	}()
	switch {
	case errors.Is(err, http.ErrNotMultipart):
		return wrong("register.no_file", nil)
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("%w: %w", store.ErrDiskFull, err)
	case err != nil:
		return err
	}
	if _, err := registry.ParseNoun(string(u.noun)); err != nil {
		return wrong("register.no_noun", nil)
	}
	if u.path == "" {
		return wrong("register.no_file", nil)
	}
	p, err := registry.Look(v.ctx(), v.options(u))
	if e, ok := errors.AsType[*table.Error](err); ok {
		return wrong("", v.faultOf(e))
	}
	if err != nil {
		return err
	}
	u.columns, taken = len(p.Columns), true
	v.s.uploads.put(u)
	return v.to("/registers/load/" + u.id)
}

// options are those of importing a file that was sent.
func (v Acting) options(u *upload) registry.Options {
	path, meaning := v.s.uploads.file(u)
	return registry.Options{
		Noun: u.noun, Source: u.source, Path: path, Snapshot: u.snapshot, RejectedDir: v.s.Rejected, Meaning: meaning,
		Actor: v.who.ID, Office: v.who.Office, Today: v.today(), Progress: func(done, _ int64) { u.rows.Store(done) },
	}
}

// sent is the file that the address names, of this officer alone.
func (v *visit) sent() (*upload, error) {
	u := v.s.uploads.get(v.r.PathValue("upload"))
	if u == nil || u.account != v.who.ID {
		return nil, errNoPage
	}
	return u, nil
}

// lookPage is a file before it is loaded: what its columns are taken for.
type lookPage struct {
	ID, Name, Noun, Source string
	Snapshot               bool
	Preview                registry.Preview
	Size                   string
	Columns                []columnSeen
	Fields                 []string        // that there are
	Before                 *registry.Batch // the same file, loaded before
	Wrong                  *fileFault
	Batch                  string // whose rejected rows can be fetched though nothing was loaded
}

// columnSeen is a column of the file.
type columnSeen struct {
	Place int // from 1
	registry.PreviewColumn
}

func (v *visit) lookAtFile() error {
	u, err := v.sent()
	if err != nil {
		return err
	}
	switch doing, done := v.s.uploads.state(u); {
	case done != nil:
		return v.show("register_done", "register.done", done)
	case doing:
		return v.show("register_loading", "register.loading", loadingPage{u.id, u.name, int(u.rows.Load())})
	}
	return v.showLook(http.StatusOK, u, nil, "")
}

// loadingPage is a file that is being loaded.
type loadingPage struct {
	ID, Name string
	Rows     int
}

func (v *visit) showLook(code int, u *upload, wrong *fileFault, batch string) error {
	p, err := registry.Look(v.ctx(), v.options(u))
	if e, ok := errors.AsType[*table.Error](err); ok && e.Code == table.CodeNotFound {
		return errNoPage // its time was over this moment
	}
	if err != nil {
		return err
	}
	body := lookPage{ID: u.id, Name: u.name, Noun: string(u.noun), Source: u.source, Snapshot: u.snapshot, Preview: p, Size: v.size(u.size), Wrong: wrong, Batch: batch}
	if p.Wrong != nil && wrong == nil {
		body.Wrong = v.faultOf(p.Wrong)
	}
	for i, c := range p.Columns {
		body.Columns = append(body.Columns, columnSeen{i + 1, c})
	}
	for _, f := range u.noun.Fields() {
		body.Fields = append(body.Fields, f.String())
	}
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
		all, err := registry.Batches(tx)
		for _, b := range all {
			if b.FileHash == p.Hash && b.Noun == u.noun && (body.Before == nil || b.Source == u.source || body.Before.Source != u.source) {
				body.Before = b // one of the same source before all others
			}
		}
		return err
	}); err != nil {
		return err
	}
	return v.showAs(code, "register_look", "register.look", body)
}

// Imported is what came of loading a file.
type Imported struct {
	Name, Noun, Source                             string
	Snapshot                                       bool
	Rows, New, Changed, Unchanged, Ended, Rejected int
	Batch                                          string
	File                                           bool // its rejected rows can be fetched
	Notes                                          []string
	Untold                                         bool // the rejected rows could not be put where they belong
	Unmatched                                      bool // it is loaded, and was not matched with people sought
	Alerts                                         *search.Screening
	Sought                                         *search.Sightings
	Hidden                                         int // people sought beyond those that are shown
}

// mostSightings is how many likely records of people sought are shown.
const mostSightings = 100

// loadFile loads the file, or looks at it again with other columns.
func (v *visit) loadFile() error {
	u, err := v.sent()
	if err != nil {
		return err
	}
	meaning := make([]string, u.columns)
	fields := u.noun.Fields()
	for i := range meaning {
		name := "column-" + strconv.Itoa(i+1)
		meaning[i] = v.form(name)
		known := slices.ContainsFunc(fields, func(f registry.Field) bool { return f.String() == meaning[i] })
		if !v.r.PostForm.Has(name) || meaning[i] != "" && !known {
			return errForm
		}
	}
	if !v.s.uploads.begin(u, meaning) {
		return v.to("/registers/load/" + u.id) // it is being loaded, or has been
	}
	var done *Imported
	defer func() { v.s.uploads.end(u, done) }()
	if v.form("do") == "look" {
		return v.showLook(http.StatusOK, u, nil, "")
	}
	v.patient()
	// Whoever goes on to another page in the meantime has not stopped it.
	ctx := context.WithoutCancel(v.ctx())
	d, err := v.load(ctx, u)
	if e, ok := errors.AsType[*table.Error](err); ok {
		return v.showLook(http.StatusUnprocessableEntity, u, v.faultOf(e), d.Batch)
	}
	if err != nil {
		return err
	}
	done = d
	return v.to("/registers/load/" + u.id)
}

// load loads a file that was sent. Where nothing in it can be used the error is a [*table.Error], and the report names the batch whose
// rejected rows can be fetched.
func (v Acting) load(ctx context.Context, u *upload) (*Imported, error) {
	rep, err := registry.Import(ctx, v.s.DB, v.options(u))
	if _, ok := errors.AsType[*table.Error](err); ok {
		d := &Imported{}
		if v.s.rejected(rep.Batch) != "" {
			d.Batch = rep.Batch
		}
		return d, err
	}
	if err != nil && !errors.Is(err, registry.ErrUntold) {
		return nil, err
	}
	c := rep.Counts
	done := &Imported{
		Name: u.name, Noun: string(u.noun), Source: u.source, Snapshot: u.snapshot, Batch: rep.Batch, Notes: rep.Notes,
		Rows: int(c.Rows), New: int(c.New), Changed: int(c.Changed), Unchanged: int(c.Unchanged), Ended: int(c.Ended), Rejected: int(c.Rejected),
		File: v.s.rejected(rep.Batch) != "", Untold: err != nil,
	}
	if err := v.match(ctx, u, rep, done); err != nil {
		done.Unmatched = true
		v.s.Log.Error("a list is loaded, but was not matched with people sought", "batch", rep.Batch, "error", err)
	}
	return done, nil
}

// match looks whom what was loaded may have of the people sought; alerts are held against everybody, anew each time.
func (v Acting) match(ctx context.Context, u *upload, rep registry.Report, done *Imported) error {
	if u.noun == registry.Alerts {
		s, err := v.s.People.ScreenAlerts(ctx, u.source, v.today(), v.searcher())
		if err != nil {
			return err
		}
		done.Alerts = &s
		if len(s.Concerns) > mostSightings {
			done.Hidden, s.Concerns = len(s.Concerns)-mostSightings, s.Concerns[:mostSightings]
		}
		return nil
	}
	if rep.New+rep.Changed == 0 {
		return nil
	}
	if seeks, err := v.s.Seeks(ctx, u.noun); err != nil || !seeks {
		return err
	}
	s, err := v.s.People.Sight(ctx, rep.Batch, v.today(), v.searcher())
	if err != nil {
		return err
	}
	done.Sought = &s
	if len(s.Sightings) > mostSightings {
		done.Hidden, s.Sightings = len(s.Sightings)-mostSightings, s.Sightings[:mostSightings]
	}
	return nil
}

func (v *visit) discardFile() error {
	u, err := v.sent()
	if err != nil {
		return err
	}
	if v.s.uploads.discard(u) {
		v.tell("register.discarded")
	}
	return v.to("/registers")
}

// patient gives a page the time that much work takes.
func (v *visit) patient() { v.s.Patient(v.w) }

// Patient gives a request the time that much work takes.
func (s *Server) Patient(w http.ResponseWriter) {
	c, end := http.NewResponseController(w), time.Now().Add(uploadTime)
	if err := errors.Join(c.SetReadDeadline(end), c.SetWriteDeadline(end)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		s.Log.Warn("long work has the time of a page", "error", err)
	}
}

// rejected is where the rejected rows of an import stand, by the name that the registry gave them; empty where there are none.
func (s *Server) rejected(batch string) string {
	if !store.IsID(batch) {
		return ""
	}
	path := filepath.Join(s.Rejected, batch+".csv")
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	return path
}

// rejectedRows hands the rejected rows of an import out, as the registry wrote them: with nothing in them that a spreadsheet runs.
func (v *visit) rejectedRows() error {
	batch := v.r.PathValue("batch")
	f, err := v.Rejected(v.ctx(), batch)
	if err != nil {
		return err
	}
	defer f.Close()
	v.patient()
	v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="rejected-`+batch+`.csv"`)
	_, err = io.Copy(v.w, f)
	return ignore(err)
}

// Rejected opens the rejected rows of an import, and leaves the event of handing them out. The error wraps [ErrNoPage].
func (v Acting) Rejected(ctx context.Context, batch string) (*os.File, error) {
	path := v.s.rejected(batch)
	if path == "" {
		return nil, errNoPage
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := v.event(ctx, kindRejected, v.purpose(), nil, map[string]any{"batch": batch}); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// kindRejected is the event of handing out the rejected rows of an import.
const kindRejected = "import-rejected"

// An upload is a file that an officer has sent: until it is loaded or discarded, and what came of it for a while longer.
type upload struct {
	id, account string
	name        string // that it has on the officer's machine
	size        int64
	noun        registry.Noun
	source      string
	snapshot    bool
	columns     int
	rows        atomic.Int64

	// Under the lock of uploads:
	dir, path string   // a folder of its own, so that the file keeps its name; empty once it is gone
	meaning   []string // of the columns, as the officer says; nil: as their headings say
	doing     bool
	done      *Imported
	end       *time.Timer
}

// uploadFolder is how the folder of an upload begins, beside the rejected rows, which it is as much worth as.
const uploadFolder = ".upload-"

// uploadLife is how long a file waits for its officer.
const uploadLife = 30 * time.Minute

// mostField is how long a field beside a file can be.
const mostField = 1 << 10

// read takes what a form sends: the file goes to the disk as it comes, to be read by this user of the machine alone.
func (u *upload) read(dir string, r *http.Request) error {
	parts, err := r.MultipartReader()
	if err != nil {
		return err
	}
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return formError(err)
		}
		if part.FormName() == "file" {
			if err := u.keep(dir, part); err != nil {
				return err
			}
			continue
		}
		value, err := io.ReadAll(io.LimitReader(part, mostField+1))
		if err != nil {
			return formError(err)
		}
		if len(value) > mostField {
			return errForm
		}
		switch text := strings.TrimSpace(string(value)); part.FormName() {
		case "noun":
			u.noun = registry.Noun(text)
		case "source":
			u.source = text
		case "snapshot":
			u.snapshot = text == "yes"
		case "columns": // of programs, which look at no preview
			for name := range strings.SplitSeq(text, ",") {
				u.meaning = append(u.meaning, strings.TrimSpace(name))
			}
		}
	}
	u.source = cmp.Or(u.source, string(u.noun))
	return nil
}

// formError is an error of reading a form, which too large a file is not.
func formError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	return fmt.Errorf("%w: %w", errForm, err)
}

func (u *upload) keep(dir string, part *multipart.Part) (err error) {
	name := fileName(part.FileName())
	if name == "" {
		return nil // no file was chosen
	}
	if u.path != "" {
		return errForm // one at a time
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if u.dir, err = os.MkdirTemp(dir, uploadFolder); err != nil { // mode 0700
		return err
	}
	f, err := os.OpenFile(filepath.Join(u.dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	u.name, u.path = name, f.Name()
	u.size, err = io.Copy(f, part)
	if file := (*fs.PathError)(nil); err != nil && !errors.As(err, &file) { // the sender's, and not the disk's
		err = formError(err)
	}
	return errors.Join(err, f.Close())
}

// mostName is how long the name of a file is kept, in bytes.
const mostName = 120

// fileName is the name of a file as it can stand in a folder here; empty where there is none.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '/' {
			return -1
		}
		return r
	}, name)
	name = strings.TrimLeft(name, ". ")
	for len(name) > mostName {
		_, n := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-n]
	}
	return name
}

// remove takes the file from the disk.
func (u *upload) remove() {
	if u.dir != "" {
		os.RemoveAll(u.dir)
		u.dir, u.path = "", ""
	}
}

// uploads are the files that were sent, by their ids. They are the process's alone: after a restart none is left.
type uploads struct {
	mu  sync.Mutex
	all map[string]*upload
}

// clear removes what a process that was killed has left.
func (s *uploads) clear(dir string) error {
	if dir == "" {
		return nil
	}
	left, err := filepath.Glob(filepath.Join(dir, uploadFolder+"*"))
	for _, old := range left {
		err = errors.Join(err, os.RemoveAll(old))
	}
	return err
}

// put adds a file, in place of another one of the officer that is not being loaded.
func (s *uploads) put(u *upload) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[string]*upload{}
	}
	for _, old := range s.all {
		if old.account == u.account && !old.doing {
			s.drop(old)
		}
	}
	s.all[u.id] = u
	s.later(u)
}

// later has a file go when its officer has not come for long.
func (s *uploads) later(u *upload) {
	if u.end != nil {
		u.end.Stop()
	}
	u.end = time.AfterFunc(uploadLife, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !u.doing {
			s.drop(u)
		}
	})
}

func (s *uploads) drop(u *upload) {
	u.end.Stop()
	u.remove()
	delete(s.all, u.id)
}

func (s *uploads) get(id string) *upload {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all[id]
}

// state is whether a file is being loaded, and what came of it; its officer has come.
func (s *uploads) state(u *upload) (doing bool, done *Imported) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all[u.id] == u {
		s.later(u)
	}
	return u.doing, u.done
}

// file is where it lies, and what its columns mean.
func (s *uploads) file(u *upload) (path string, meaning []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return u.path, u.meaning
}

// begin has a file to itself, unless somebody has it, or it is loaded.
func (s *uploads) begin(u *upload, meaning []string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.doing || u.done != nil || s.all[u.id] != u {
		return false
	}
	u.doing, u.meaning = true, meaning
	return true
}

// end lets it go; the file is no longer needed where it is loaded.
func (s *uploads) end(u *upload, done *Imported) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u.doing, u.done = false, done
	if done != nil {
		u.remove()
	}
	s.later(u)
}

// discard drops a file, unless it is being loaded.
func (s *uploads) discard(u *upload) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.doing || s.all[u.id] != u {
		return false
	}
	s.drop(u)
	return true
}
