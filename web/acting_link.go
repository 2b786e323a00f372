package web

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"mitra/desk/link"
	"mitra/identity/linkage"
	"mitra/store"
	"mitra/table"
	"mitra/web/report/tuning"
)

// Limits of linking files: a register of a country is loaded, and not linked here.
const (
	mostLinkBytes = 64 << 20 // of both files
	mostLinkRows  = 1_000_000
	linkLife      = time.Hour
	mostPairs     = 50         // that a page shows
	mostTuned     = 10_000_000 // pairs that a page of tuning is made of: it takes all of them into memory
	mostSpec      = 64 << 10
	mostRegister  = 256 << 20
)

// Errors of linking files.
var (
	// ErrRows: there are more rows than are linked here.
	ErrRows = errors.New("there are more than a million rows")
	// ErrPairs: more pairs were compared than a page on the linkage is made of here.
	ErrPairs = errors.New("more than ten million pairs were compared")
	// ErrPair: no two records have these ids.
	ErrPair = errors.New("no two records have these ids")
	// ErrSides: two files are to be linked onto a register of one.
	ErrSides = errors.New("the register is of one file, and two were sent")
	// ErrLeast: a register has no pairs that improbable.
	ErrLeast = errors.New("the register has no pairs of so little probability")
	// ErrSaidBefore: what a register was made with is said again.
	ErrSaidBefore = errors.New("a spec, columns to ignore and several partners are, with a register, as they were when it was made")

	errNoFile = fmt.Errorf("%w: want a file in the field a", errForm)
	// errDoing: these very files are being worked on.
	errDoing = fmt.Errorf("%w: these files are being linked", ErrInUse)
)

// A linkJob is one or two files that an officer has sent to be linked, and what came of it. They lie in folders of their own, beside
// those of lists before they are loaded, and go after an hour. An officer has one at a time, on pages or by programs.
type linkJob struct {
	id, account string
	files       []*upload
	register    *upload // onto which they are linked; nil: they are linked with each other
	out         string  // the folder of what was found: in that of the first file, under which no file that was sent can lie

	// Under the lock of linkJobs:
	spec  *linkSpec // nil: the built-in one
	doing bool
	done  *Linked
	gone  bool
	end   *time.Timer
}

// A linkSpec is a spec that an officer has sent, by the name of its file.
type linkSpec struct {
	name string
	linkage.Spec
}

// Linked is what came of linking.
type Linked struct {
	in   link.Input
	many bool

	Spec          string // the name of its file; empty: the built-in one
	Records       []int  // of each file, or of each side of a register
	Onto          bool   // a register
	New           int    // records of it that came or changed
	Outgrown      bool   // it is better made anew
	Kept          bool   // there is a register to be fetched
	Compared      int64
	Links, Review int
	Recall        float64
	GivenUp       int
	Alike         bool
	LeftOut       []string
	Model         string
	Pairs         []linkPair // the first
	Groups        bool       // there is a file of groups
	Truths        []string   // columns that may say which records are of one person: those that all files have
	Truth         string     // the one that is called so
}

// linkPair is a pair that was found.
type linkPair struct {
	Left, Right string
	Weight      float64
	Probability float64
	Link        bool
}

// linkJobs are those of the process, by their ids.
type linkJobs struct {
	working sync.Mutex // one at a time: it takes all processors and much memory
	mu      sync.Mutex
	all     map[string]*linkJob
}

// put adds one, in place of another of the officer that is not being worked on.
func (s *linkJobs) put(j *linkJob) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[string]*linkJob{}
	}
	for _, old := range s.all {
		if old.account == j.account {
			s.drop(old)
		}
	}
	s.all[j.id] = j
	j.end = time.AfterFunc(linkLife, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.drop(j)
	})
}

// drop removes one; whoever works on it removes its files when they are done.
func (s *linkJobs) drop(j *linkJob) {
	j.end.Stop()
	delete(s.all, j.id)
	j.gone = true
	if !j.doing {
		j.remove()
	}
}

func (j *linkJob) remove() {
	for _, u := range j.files {
		u.remove()
	}
	if j.register != nil {
		j.register.remove()
	}
}

// linkJob is the job of an id, of this officer alone.
func (a Acting) linkJob(id string) (*linkJob, error) {
	s := &a.s.links
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.all[id]
	if j == nil || j.account != a.who.ID {
		return nil, errNoPage
	}
	return j, nil
}

func (s *linkJobs) state(j *linkJob) (doing bool, done *Linked) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return j.doing, j.done
}

// input is what is linked, as far as the files tell, and the spec by which.
func (s *linkJobs) input(j *linkJob) (in link.Input, spec *linkSpec) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return j.input(j.spec), j.spec
}

func (j *linkJob) input(spec *linkSpec) (in link.Input) {
	for _, u := range j.files {
		in.Paths = append(in.Paths, u.path)
	}
	if spec != nil {
		in.Spec = spec.Spec
	}
	return in
}

func (s *linkJobs) setSpec(j *linkJob, spec *linkSpec) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j.spec = spec
}

// begin has a job, and the machine, to itself until it is finished. The error is errDoing or wraps [ErrInUse].
func (s *linkJobs) begin(j *linkJob) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if j.doing || j.gone {
		return errDoing
	}
	if !s.working.TryLock() {
		return ErrInUse
	}
	j.doing = true
	return nil
}

// finish lets it go; done is nil where what came before stays.
func (s *linkJobs) finish(j *linkJob, done *Linked) {
	defer s.working.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	j.doing = false
	if done != nil {
		j.done = done
	}
	if j.gone {
		j.remove()
	}
}

// read takes what a form sends: files a and b and a register go to the disk as they come, the spec is read. Other fields are returned. An error
// of the spec, which wraps [linkage.ErrSpec], comes when all has been read; the files are there then.
func (j *linkJob) read(dir string, r *http.Request) (fields url.Values, err error) {
	parts, err := r.MultipartReader()
	if errors.Is(err, http.ErrNotMultipart) {
		return nil, err
	}
	if err != nil {
		return nil, formError(err)
	}
	fields = url.Values{}
	var unusable error
	sent, tables := [3]*upload{}, int64(0)
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, formError(err)
		}
		name := part.FormName()
		at := slices.Index([]string{"a", "b", "register"}, name)
		switch {
		case name == "spec":
			spec, err := readSpec(part)
			switch {
			case errors.Is(err, linkage.ErrSpec):
				unusable = err
			case err != nil:
				return nil, err
			case spec != nil && j.spec != nil:
				return nil, errForm // one at a time
			case spec != nil:
				j.spec = spec
			}
		case at < 0:
			value, err := io.ReadAll(io.LimitReader(part, mostField+1))
			if err != nil {
				return nil, formError(err)
			}
			if len(value) > mostField || len(fields[name]) > 1000 {
				return nil, errForm
			}
			fields.Add(name, string(value))
		case sent[at] != nil:
			return nil, errForm
		default:
			u := &upload{}
			j.files = append(j.files, u) // so that it is removed, whatever comes of it
			if err := u.keep(dir, part); errors.Is(err, syscall.ENOSPC) {
				return nil, fmt.Errorf("%w: %w", store.ErrDiskFull, err)
			} else if err != nil {
				return nil, err
			}
			if u.path == "" {
				continue
			}
			sent[at] = u
			if at < 2 {
				tables += u.size
			}
			if tables > mostLinkBytes {
				return nil, &http.MaxBytesError{Limit: mostLinkBytes}
			}
		}
	}
	if sent[0] == nil {
		return nil, errNoFile
	}
	j.out = filepath.Join(sent[0].dir, "out")
	j.files, j.register = slices.DeleteFunc(sent[:2], func(u *upload) bool { return u == nil }), sent[2]
	if j.register != nil && (j.spec != nil || unusable != nil) {
		return fields, ErrSaidBefore
	}
	return fields, unusable
}

// readSpec reads a spec that a form sends; nil where none was chosen. The error wraps [linkage.ErrSpec] where it cannot be used.
func readSpec(part *multipart.Part) (*linkSpec, error) {
	b, err := io.ReadAll(io.LimitReader(part, mostSpec+1))
	switch {
	case err != nil:
		return nil, formError(err)
	case len(b) == 0 && part.FileName() == "":
		return nil, nil
	case len(b) > mostSpec:
		return nil, &linkage.SpecError{What: "the file is larger than 64 KiB"}
	}
	spec, err := linkage.ParseSpec(b)
	if err != nil {
		return nil, err
	}
	return &linkSpec{cmp.Or(fileName(part.FileName()), "SPEC.toml"), spec}, nil
}

// lookAt makes sure that files can be linked, as far as their headings tell. An error that wraps [linkage.ErrSpec] is of the spec.
func (j *linkJob) lookAt(ctx context.Context, in link.Input, spec *linkSpec) error {
	if j.register != nil {
		files, err := j.headings(ctx, in.IDs)
		if err == nil {
			closeAll(files)
		}
		return err
	}
	_, files, err := in.Look(ctx)
	if e, ok := errors.AsType[*table.Error](err); ok && spec != nil && e.Code == "no_columns" {
		return &linkage.SpecError{What: e.Message}
	}
	if err == nil {
		closeAll(files)
	}
	return err
}

// headings opens files that are to be linked onto a register; they are to be closed.
func (j *linkJob) headings(ctx context.Context, ids [2]string) (files [2]*link.File, err error) {
	for i, u := range j.files {
		if files[i], err = link.Open(ctx, u.path, ids[i], table.Vocabulary{}); err != nil {
			closeAll(files)
			return files, err
		}
	}
	return files, nil
}

func closeAll(files [2]*link.File) {
	for _, f := range files {
		if f != nil {
			f.Close()
		}
	}
}

// linkChoice is what an officer says about linking.
type linkChoice struct {
	ids    [2]string
	ignore []string
	many   bool
	keep   bool // what was learned, as a register
	min    float64
}

// rowCount stops what it is of where there are too many rows.
type rowCount struct {
	n    int
	stop context.CancelCauseFunc
}

func counting(ctx context.Context) (context.Context, *rowCount) {
	ctx, stop := context.WithCancelCause(ctx)
	return ctx, &rowCount{stop: stop}
}

func (c *rowCount) add(n int) {
	if c.n += n; c.n > mostLinkRows {
		c.stop(ErrRows)
	}
}

// end is what came of it.
func (c *rowCount) end(ctx context.Context, err error) error {
	defer c.stop(nil)
	if errors.Is(context.Cause(ctx), ErrRows) {
		return ErrRows
	}
	return err
}

// counted opens the files, and stops where they have too many rows.
func counted(ctx context.Context, in link.Input, keep [2]func(*link.File, []string)) (*linkage.Linker, [2]*link.File, error) {
	ctx, rows := counting(ctx)
	for i, do := range keep {
		keep[i] = func(f *link.File, cells []string) {
			rows.add(1)
			if do != nil {
				do(f, cells)
			}
		}
	}
	l, files, err := in.Open(ctx, keep)
	return l, files, rows.end(ctx, err)
}

// found are pairs, and what else is written of them.
type found struct {
	left, right link.IDs
	link        float64 // probability from which a pair is one
	pairs       []linkage.Pair
	groups      []int // nil: there are none
	register    *linkage.Register
}

// linkThem links the files of a job, and writes what was found beside the first.
func linkThem(ctx context.Context, j *linkJob, in link.Input, spec *linkSpec, c linkChoice) (*Linked, error) {
	if j.register != nil {
		return linkOnto(ctx, j, c)
	}
	l, files, err := counted(ctx, in, [2]func(*link.File, []string){})
	if err != nil {
		return nil, err
	}
	for i, f := range files {
		if c.keep && f != nil && f.ID < 0 {
			return nil, &table.Error{Code: "no_id", Message: "no column names the records, by which they could be told from new ones", File: j.files[i].name}
		}
	}
	one := len(j.files) == 1
	res, err := l.Run(linkage.Options{Min: min(c.min, link.Floor), Many: c.many})
	if err != nil {
		return nil, err
	}
	done := &Linked{
		in: in, many: c.many, Records: []int{l.Left().Len()}, Compared: res.Compared, Recall: res.BlockingRecall, GivenUp: int(res.GivenUp), Alike: res.Alike,
		LeftOut: res.LeftOut, Model: res.Model.Hash(), Groups: one,
	}
	if !one {
		done.Records = append(done.Records, l.Right().Len())
	}
	if spec != nil {
		done.Spec = spec.name
	}
	done.truths(files)
	f := found{left: l.Left(), right: l.Right(), link: res.Model.Spec.Link}
	for _, p := range res.Pairs {
		if p.P() >= c.min {
			f.pairs = append(f.pairs, p)
		}
	}
	if one {
		f.groups = l.Cluster(res.Pairs)
	} else if !c.many {
		f.pairs = l.Assign(f.pairs, nil)
	}
	if c.keep {
		if f.register, err = l.Register(res); err != nil {
			return nil, err
		}
	}
	if err := done.write(ctx, j.out, f); err != nil {
		return nil, err
	}
	return done, nil
}

// linkOnto links the files of a job onto the register that was sent with them.
func linkOnto(ctx context.Context, j *linkJob, c linkChoice) (*Linked, error) {
	r, err := link.ReadRegister(ctx, j.register.path)
	if err != nil {
		return nil, err
	}
	sides := []*linkage.Roll{r.Left(), r.Right()}
	one := r.Model().Duplicates
	if one {
		sides = sides[:1]
	}
	switch {
	case len(j.files) > len(sides):
		return nil, ErrSides
	case c.min < r.Least()*(1-1e-9):
		return nil, ErrLeast
	}
	reading, rows := counting(ctx)
	for _, s := range sides {
		rows.add(s.Len())
	}
	for i, u := range j.files {
		if err == nil {
			err = link.Add(reading, sides[i], u.path, c.ids[i], func(*link.File, []string) { rows.add(1) })
		}
	}
	if err := rows.end(reading, err); err != nil {
		return nil, err
	}
	linked := r.Link(nil)
	f := found{left: r.Left(), right: r.Right(), link: r.Model().Spec.Link, pairs: r.Pairs(c.min), register: r}
	if r.Model().OneToOne {
		f.pairs = r.Assign(f.pairs)
	}
	if one {
		f.groups = r.Cluster(r.Pairs(link.Floor))
	}
	done := &Linked{
		Onto: true, New: linked.New, Outgrown: link.Outgrown(r), Compared: linked.Compared, GivenUp: int(linked.GivenUp), Recall: r.BlockingRecall(),
		Model: r.Model().Hash(), Groups: one,
	}
	for _, s := range sides {
		done.Records = append(done.Records, s.Len())
	}
	if err := done.write(ctx, j.out, f); err != nil {
		return nil, err
	}
	return done, nil
}

// write writes what was found into a folder, and counts it.
func (d *Linked) write(ctx context.Context, dir string, f found) error {
	for _, p := range f.pairs {
		isLink := p.P() >= f.link
		if isLink {
			d.Links++
		} else {
			d.Review++
		}
		if len(d.Pairs) < mostPairs {
			d.Pairs = append(d.Pairs, linkPair{f.left.ID(p.Left), f.right.ID(p.Right), p.Weight, p.P(), isLink})
		}
	}
	if err := writeRows(filepath.Join(dir, "links.csv"), link.PairHeader, len(f.pairs), link.PairRows(f.link, f.left, f.right, f.pairs)); err != nil {
		return err
	}
	if d.Groups {
		if err := writeRows(filepath.Join(dir, "clusters.csv"), link.GroupHeader, len(f.groups), link.GroupRows(f.left, f.groups)); err != nil {
			return err
		}
	}
	if d.Kept = f.register != nil; !d.Kept {
		return nil
	}
	return writeFile(filepath.Join(dir, "register.mitra"), func(w io.Writer) error { return link.WriteRegister(ctx, w, f.register) })
}

func writeRows(path string, header []string, n int, row func(cells []string, i int) []string) error {
	return writeFile(path, func(w io.Writer) error { return table.WriteRows(w, header, n, row) })
}

func writeFile(path string, write func(io.Writer) error) (err error) {
	defer func() {
		if errors.Is(err, syscall.ENOSPC) {
			err = fmt.Errorf("%w: %w", store.ErrDiskFull, err)
		}
	}()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return write(f)
}

// truths are the columns that may tell the truth.
func (d *Linked) truths(files [2]*link.File) {
	for i, h := range files[0].Header() {
		if h == "" || i == files[0].ID || files[1] != nil && files[1].At(h) < 0 || slices.Contains(d.Truths, h) {
			continue
		}
		d.Truths = append(d.Truths, h)
		if d.Truth == "" && files[1] == nil && slices.Contains(tuning.TruthColumns, linkage.NormalColumn(h)) {
			d.Truth = h
		}
	}
}

func explain(ctx context.Context, done *Linked, ids [2]string) (w link.Explanation, err error) {
	var cells [2][]string
	seen := [2]int{}
	take := func(side int) func(f *link.File, row []string) {
		return func(f *link.File, row []string) {
			seen[side]++
			for i, id := range ids {
				if i != side && len(done.Records) > 1 {
					continue
				}
				if f.ID >= 0 && row[f.ID] == id || f.ID < 0 && strconv.Itoa(seen[side]) == id {
					cells[i] = row
				}
			}
		}
	}
	l, files, err := counted(ctx, done.in, [2]func(*link.File, []string){take(0), take(1)})
	if err != nil {
		return w, err
	}
	if len(done.Records) == 1 {
		files[1] = files[0]
	}
	var at [2]int
	for i, id := range ids {
		n, ok := files[i].Find(id)
		if !ok {
			return w, ErrPair
		}
		at[i] = n
	}
	options := linkage.Options{Many: done.many}
	if len(done.Records) == 1 {
		options.Min = link.Floor // what groups are made of
		if at[0] == at[1] {
			return w, ErrPair
		}
	}
	res, err := l.Run(options)
	if err != nil {
		return w, err
	}
	w.Waterfall = l.Explain(res, at[0], at[1], cells[0], cells[1])
	w.Outcome = l.Outcome(res, at[0], at[1], w.Waterfall)
	return w, nil
}

// runLink links the files of a job, with an event. It goes on when whoever asked has gone.
func (a Acting) runLink(ctx context.Context, j *linkJob, in link.Input, spec *linkSpec, c linkChoice) (err error) {
	if err := a.s.links.begin(j); err != nil {
		return err
	}
	var done *Linked
	defer func() { a.s.links.finish(j, done) }()
	if err := a.used(ctx, "link"); err != nil {
		return err
	}
	done, err = linkThem(context.WithoutCancel(ctx), j, in, spec, c)
	return err
}

// LinkFiles are files that a program has sent to be linked, and how. They lie beside the rejected rows until they are closed.
type LinkFiles struct {
	// Hash tells them, and what was said of them, from all others.
	Hash [32]byte

	j      *linkJob
	choice linkChoice
	linked bool
}

// TakeLink takes files that are sent as a form has them (multipart: a, b, register, spec, id_a, id_b, ignore, many, keep, min). The error
// wraps [ErrForm], [ErrSaidBefore] or [linkage.ErrSpec], is a [table.Error], or is of the body.
func (a Acting) TakeLink(ctx context.Context, w http.ResponseWriter, r *http.Request) (f *LinkFiles, err error) {
	a.s.Patient(w)
	r.Body = http.MaxBytesReader(w, r.Body, mostLinkBytes+mostRegister+mostSpec+mostBody)
	f = &LinkFiles{j: &linkJob{id: store.NewID(), account: a.who.ID}}
	defer func(j *linkJob) {
		if err != nil {
			j.remove()
		}
	}(f.j)
	fields, err := f.j.read(a.s.Rejected, r)
	if err != nil {
		return nil, err
	}
	if f.choice, err = choiceOf(fields); err != nil {
		return nil, err
	}
	if f.j.register != nil && (f.choice.many || len(f.choice.ignore) > 0) {
		return nil, ErrSaidBefore
	}
	if err := f.j.lookAt(ctx, f.input(), f.j.spec); err != nil {
		return nil, err
	}
	h := sha256.New()
	spec, err := json.Marshal(f.j.spec)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(h, "%q %q ", fields.Encode(), spec)
	sent := f.j.files
	if f.j.register != nil {
		sent = append(slices.Clone(sent), f.j.register)
	}
	fmt.Fprintf(h, "%d ", len(f.j.files))
	for _, u := range sent {
		fmt.Fprintf(h, "%q %d ", u.name, u.size)
		if err := addFile(h, u.path); err != nil {
			return nil, err
		}
	}
	copy(f.Hash[:], h.Sum(nil))
	return f, nil
}

func addFile(w io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

// choiceOf is what a program says about linking. Unlike a page it names columns that are no evidence by their headings.
func choiceOf(fields url.Values) (c linkChoice, err error) {
	one := func(name string) string {
		if len(fields[name]) > 1 {
			err = errForm
		}
		return fields.Get(name)
	}
	yes := func(name string) bool {
		text := one(name)
		if text != "" && text != "yes" && text != "no" {
			err = errForm
		}
		return text == "yes"
	}
	c = linkChoice{ids: [2]string{one("id_a"), one("id_b")}, ignore: fields["ignore"], many: yes("many"), keep: yes("keep"), min: 0.5}
	if text := one("min"); text != "" && !c.atLeast(text) {
		err = errForm
	}
	for name := range fields {
		if !slices.Contains([]string{"id_a", "id_b", "ignore", "many", "keep", "min"}, name) {
			err = errForm
		}
	}
	return c, err
}

// atLeast takes the least probability of a pair that is told.
func (c *linkChoice) atLeast(text string) (ok bool) {
	var err error
	c.min, err = strconv.ParseFloat(text, 64)
	return err == nil && c.min > 0 && c.min < 1
}

func (f *LinkFiles) input() link.Input {
	in := f.j.input(f.j.spec)
	in.IDs, in.Ignore = f.choice.ids, f.choice.ignore
	return in
}

// Close takes the files from the disk unless they were linked: then they stay for an hour.
func (f *LinkFiles) Close() {
	if !f.linked {
		f.j.remove()
	}
}

// Link links files, with an event; what was found stays under the id for an hour, in place of what the officer had linked before. The error
// wraps [ErrInUse], [ErrRows], [ErrSides], [ErrLeast] or [linkage.ErrUntrained], or is a [table.Error].
func (a Acting) Link(ctx context.Context, f *LinkFiles) (id string, done *Linked, err error) {
	if err := a.runLink(ctx, f.j, f.input(), f.j.spec, f.choice); err != nil {
		return "", nil, err
	}
	f.linked = true
	a.s.links.put(f.j)
	return f.j.id, f.j.done, nil
}

// Linking is what came of linking files, nil where they were not linked yet, and whether they are being worked on. The error wraps
// [ErrNoPage]; so do those of what else is done with them.
func (a Acting) Linking(id string) (doing bool, done *Linked, err error) {
	j, err := a.linkJob(id)
	if err != nil {
		return false, nil, err
	}
	doing, done = a.s.links.state(j)
	return doing, done, nil
}

// linked is a job whose files were linked.
func (a Acting) linked(id string) (*linkJob, *Linked, error) {
	j, err := a.linkJob(id)
	if err != nil {
		return nil, nil, err
	}
	_, done := a.s.links.state(j)
	if done == nil {
		return nil, nil, errNoPage
	}
	return j, done, nil
}

// linkFiles are the files of what was found, by their names, and the instruments that events of fetching them tell of. A register has in it
// what was sent; the others have ids.
var linkFiles = map[string]string{"links.csv": "link-file", "clusters.csv": "link-file", "register.mitra": "link-register"}

// LinkType is the media type of a file of what was found.
func LinkType(name string) string {
	if name == "register.mitra" {
		return "application/octet-stream"
	}
	return "text/csv; charset=utf-8"
}

// LinkFile is a file of what was found, links.csv, clusters.csv or register.mitra, with an event.
func (a Acting) LinkFile(ctx context.Context, id, name string) (*os.File, error) {
	j, _, err := a.linked(id)
	if err != nil {
		return nil, err
	}
	tool := linkFiles[name]
	if tool == "" {
		return nil, errNoPage
	}
	f, err := os.Open(filepath.Join(j.out, name))
	if errors.Is(err, os.ErrNotExist) {
		return nil, errNoPage
	}
	if err != nil {
		return nil, err
	}
	if err := a.used(ctx, tool); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// linkedFiles is a job whose files were linked with each other: what was linked onto a register cannot be explained or judged afterwards.
func (a Acting) linkedFiles(id string) (*linkJob, *Linked, error) {
	j, done, err := a.linked(id)
	if err == nil && j.register != nil {
		err = errNoPage
	}
	return j, done, err
}

// ExplainLink explains a pair of what was linked, or why it was not compared, with an event: the files are linked once more. The error wraps
// [ErrInUse] or [ErrPair].
func (a Acting) ExplainLink(ctx context.Context, id, left, right string) (w link.Explanation, err error) {
	j, done, err := a.linkedFiles(id)
	if err != nil {
		return w, err
	}
	if err := a.s.links.begin(j); err != nil {
		return w, err
	}
	defer a.s.links.finish(j, nil)
	if w, err = explain(context.WithoutCancel(ctx), done, [2]string{left, right}); err != nil {
		return w, err
	}
	return w, a.used(ctx, "link-explain")
}

// TuneLink makes a page on which to judge what was linked, with an event: the files are linked once more, every pair that is compared is
// counted. truth is a column that says which records are of one person, or empty. The page has no value of any record. The error wraps
// [ErrInUse], [ErrPairs] or [ErrForm], or is a [table.Error].
func (a Acting) TuneLink(ctx context.Context, id, truth string) (page []byte, err error) {
	j, done, err := a.linkedFiles(id)
	if err != nil {
		return nil, err
	}
	if truth != "" && !slices.Contains(done.Truths, truth) {
		return nil, errForm
	}
	if done.Compared > mostTuned {
		return nil, ErrPairs
	}
	if err := a.s.links.begin(j); err != nil {
		return nil, err
	}
	defer a.s.links.finish(j, nil)
	labels, in := tuning.NewLabels(), done.in
	if in.Truth = truth; truth != "" {
		labels = tuning.NewLabels(truth)
	}
	l, _, err := counted(context.WithoutCancel(ctx), in, [2]func(*link.File, []string){labels.Take(0), labels.Take(1)})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, u := range j.files {
		names = append(names, u.name)
	}
	v, err := tuning.Run(l, names, labels, linkage.Options{Many: done.many})
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := tuning.Write(&b, v); err != nil {
		return nil, err
	}
	return b.Bytes(), a.used(ctx, "link-tune")
}

// DiscardLink takes files and what was found from the disk.
func (a Acting) DiscardLink(id string) error {
	j, err := a.linkJob(id)
	if err != nil {
		return err
	}
	a.s.links.mu.Lock()
	defer a.s.links.mu.Unlock()
	a.s.links.drop(j)
	return nil
}
