package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
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
)

// Limits of linking files: a register of a country is loaded, and not linked here.
const (
	mostLinkBytes = 64 << 20 // of both files
	mostLinkRows  = 1_000_000
	linkLife      = time.Hour
	mostPairs     = 50 // that a page shows
)

// errRows: more rows than are linked here.
var errRows = errors.New("more rows than are linked here")

// A linkJob is one or two files that an officer has sent to be linked, and what came of it. They lie in folders of their own, beside
// those of lists before they are loaded, and go after an hour.
type linkJob struct {
	id, account string
	files       []*upload

	// Under the lock of linkJobs:
	doing bool
	done  *linkDone
	gone  bool
	end   *time.Timer
}

// linkDone is what came of linking.
type linkDone struct {
	in   link.Input
	many bool

	Records       []int // of each file
	Compared      int64
	Links, Review int
	Recall        float64
	GivenUp       int
	Alike         bool
	LeftOut       []string
	Model         string
	Pairs         []linkPair // the first
	Groups        bool       // there is a file of groups
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
}

// linkJob is the job that the address names, of this officer alone.
func (v *visit) linkJob() (*linkJob, error) {
	s := &v.s.links
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.all[v.r.PathValue("job")]
	if j == nil || j.account != v.who.ID {
		return nil, errNoPage
	}
	return j, nil
}

func (s *linkJobs) state(j *linkJob) (doing bool, done *linkDone) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return j.doing, j.done
}

// begin has a job to itself.
func (s *linkJobs) begin(j *linkJob) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if j.doing || j.gone {
		return false
	}
	j.doing = true
	return true
}

// finish lets it go; done is nil where what came before stays.
func (s *linkJobs) finish(j *linkJob, done *linkDone) {
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

// linkStart is the form of sending files.
type linkStart struct {
	Most  string
	Wrong string
	Fault *fileFault
}

func (v *visit) linkForm() error {
	return v.show("tool_link", "tool.link", linkStart{Most: v.size(mostLinkBytes)})
}

// takeLink keeps the files that are sent, for their officer alone.
func (v *visit) takeLink() error {
	body := linkStart{Most: v.size(mostLinkBytes)}
	wrong := func(key string, f *fileFault) error {
		body.Wrong, body.Fault = key, f
		return v.showAs(http.StatusUnprocessableEntity, "tool_link", "tool.link", body)
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, mostLinkBytes+mostBody)
	j := &linkJob{id: store.NewID(), account: v.who.ID}
	kept := false
	defer func() {
		if !kept {
			j.remove()
		}
	}()
	parts, err := v.r.MultipartReader()
	if errors.Is(err, http.ErrNotMultipart) {
		return wrong("register.no_file", nil)
	}
	if err != nil {
		return formError(err)
	}
	sent := [2]*upload{}
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return formError(err)
		}
		at := slices.Index([]string{"a", "b"}, part.FormName())
		if at < 0 {
			continue
		}
		if sent[at] != nil {
			return errForm
		}
		u := &upload{}
		j.files = append(j.files, u) // so that it is removed, whatever comes of it
		if err := u.keep(v.s.Rejected, part); errors.Is(err, syscall.ENOSPC) {
			return fmt.Errorf("%w: %w", store.ErrDiskFull, err)
		} else if err != nil {
			return err
		}
		if u.path != "" {
			sent[at] = u
		}
	}
	if sent[0] == nil {
		return wrong("register.no_file", nil)
	}
	j.files = slices.DeleteFunc(sent[:], func(u *upload) bool { return u == nil })
	_, files, err := j.input().Look(v.ctx())
	if e, ok := errors.AsType[*table.Error](err); ok {
		return wrong("", v.faultOf(e))
	}
	if err != nil {
		return err
	}
	closeAll(files)
	kept = true
	v.s.links.put(j)
	return v.to("/tools/link/" + j.id)
}

func closeAll(files [2]*link.File) {
	for _, f := range files {
		if f != nil {
			f.Close()
		}
	}
}

func (j *linkJob) input() (in link.Input) {
	for _, u := range j.files {
		in.Paths = append(in.Paths, u.path)
	}
	return in
}

// linkLook are files before they are linked: what their columns are taken for.
type linkLook struct {
	ID      string
	Files   []linkFileSeen
	Columns []linkColumn
	Two     bool
	Many    bool
	Min     string
	Wrong   string
	Fault   *fileFault
}

// linkFileSeen is a file; IDs are the columns that can name its records, and Chosen the one that does.
type linkFileSeen struct {
	Name, Size, Field, Chosen string
	IDs                       []string
}

// linkColumn is what is compared.
type linkColumn struct {
	Comparison  string
	Left, Right string // headings
	Ignored     bool
}

// linkResult is what came of linking.
type linkResult struct {
	ID    string
	Names []string
	*linkDone
	Wrong           string
	LeftID, RightID string // as typed
}

func (v *visit) linkPage() error {
	j, err := v.linkJob()
	if err != nil {
		return err
	}
	switch doing, done := v.s.links.state(j); {
	case doing:
		return v.show("tool_link_working", "tool.link_working", loadingPage{ID: j.id, Name: j.files[0].name})
	case done != nil:
		return v.show("tool_link_done", "tool.link_done", v.linkResult(j, done))
	}
	return v.showLinkLook(http.StatusOK, j, linkChoice{min: 0.5}, "", nil)
}

func (v *visit) linkResult(j *linkJob, done *linkDone) linkResult {
	out := linkResult{ID: j.id, linkDone: done}
	for _, u := range j.files {
		out.Names = append(out.Names, u.name)
	}
	return out
}

// linkChoice is what an officer says about linking.
type linkChoice struct {
	ids    [2]string
	ignore []string
	many   bool
	min    float64
}

func (v *visit) showLinkLook(code int, j *linkJob, c linkChoice, wrong string, fault *fileFault) error {
	in := j.input()
	in.IDs = c.ids
	l, files, err := in.Look(v.ctx())
	if e, ok := errors.AsType[*table.Error](err); ok {
		if e.Code == table.CodeNotFound || c.ids == [2]string{} {
			return errNoPage // its hour was over this moment
		}
		return v.showLinkLook(http.StatusUnprocessableEntity, j, linkChoice{min: c.min, many: c.many}, wrong, v.faultOf(e))
	}
	if err != nil {
		return err
	}
	defer closeAll(files)
	body := linkLook{ID: j.id, Two: len(j.files) == 2, Many: c.many, Min: v.cat.Decimal(c.min, 2), Wrong: wrong, Fault: fault}
	for i, f := range files[:len(j.files)] {
		seen := linkFileSeen{Name: j.files[i].name, Size: v.size(j.files[i].size), Field: []string{"id-a", "id-b"}[i]}
		for _, h := range f.Header() {
			if h != "" && !slices.Contains(seen.IDs, h) {
				seen.IDs = append(seen.IDs, h)
			}
		}
		if f.ID >= 0 {
			seen.Chosen = f.Header()[f.ID]
		}
		body.Files = append(body.Files, seen)
	}
	heading := func(f *link.File, places []int) (out string) {
		for i, at := range places {
			if i > 0 {
				out += ", "
			}
			out += f.Header()[at]
		}
		return out
	}
	for _, b := range l.Bindings() {
		c := linkColumn{Comparison: b.Comparison, Left: heading(files[0], b.Left), Ignored: slices.Contains(c.ignore, b.Comparison)}
		if body.Two {
			c.Right = heading(files[1], b.Right)
		}
		body.Columns = append(body.Columns, c)
	}
	return v.showAs(code, "tool_link_look", "tool.link_look", body)
}

// linkChoice is what the form says, against what the files have.
func (v *visit) linkChoice(j *linkJob) (c linkChoice, in link.Input, err error) {
	c = linkChoice{ids: [2]string{v.form("id-a"), v.form("id-b")}, ignore: v.r.PostForm["ignore"], many: v.form("many") == "yes", min: 0.5}
	if text := v.form("min"); text != "" {
		if c.min, err = strconv.ParseFloat(text, 64); err != nil || !(c.min > 0 && c.min < 1) {
			return c, in, errForm
		}
	}
	in = j.input()
	l, files, err := in.Look(v.ctx())
	if err != nil {
		return c, in, err
	}
	defer closeAll(files)
	for i, f := range files {
		if f == nil && c.ids[i] != "" || f != nil && c.ids[i] != "" && !slices.Contains(f.Header(), c.ids[i]) {
			return c, in, errForm
		}
	}
	in.IDs = c.ids
	bound := l.Bindings()
	for _, name := range c.ignore {
		i := slices.IndexFunc(bound, func(b linkage.Binding) bool { return b.Comparison == name })
		if i < 0 {
			return c, in, errForm
		}
		for _, at := range bound[i].Left {
			in.Ignore = append(in.Ignore, files[0].Header()[at])
		}
	}
	return c, in, nil
}

// runLink links the files. It goes on when the officer goes to another page.
func (v *visit) runLink() error {
	j, err := v.linkJob()
	if err != nil {
		return err
	}
	c, in, err := v.linkChoice(j)
	if e, ok := errors.AsType[*table.Error](err); ok && e.Code == table.CodeNotFound {
		return errNoPage
	}
	if err != nil {
		return err
	}
	if !v.s.links.working.TryLock() {
		return v.showLinkLook(http.StatusConflict, j, c, "tool.busy", nil)
	}
	defer v.s.links.working.Unlock()
	if !v.s.links.begin(j) {
		return v.to("/tools/link/" + j.id)
	}
	var done *linkDone
	defer func() { v.s.links.finish(j, done) }()
	if err := v.used(v.ctx(), "link"); err != nil {
		return err
	}
	v.patient()
	done, err = linkThem(context.WithoutCancel(v.ctx()), j, in, c)
	if e, ok := errors.AsType[*table.Error](err); ok {
		return v.showLinkLook(http.StatusUnprocessableEntity, j, c, "", v.faultOf(e))
	}
	if errors.Is(err, errRows) {
		return v.showLinkLook(http.StatusUnprocessableEntity, j, c, "tool.many_rows", nil)
	}
	if err != nil {
		return err
	}
	return v.to("/tools/link/" + j.id)
}

// counted opens the files, and stops where they have too many rows.
func counted(ctx context.Context, in link.Input, keep [2]func(*link.File, []string)) (*linkage.Linker, [2]*link.File, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	rows := 0
	for i, do := range keep {
		keep[i] = func(f *link.File, cells []string) {
			if rows++; rows > mostLinkRows {
				stop(errRows)
			}
			if do != nil {
				do(f, cells)
			}
		}
	}
	l, files, err := in.Open(ctx, keep)
	if errors.Is(context.Cause(ctx), errRows) {
		err = errRows
	}
	return l, files, err
}

// linkThem links the files of a job, and writes what was found beside the first.
func linkThem(ctx context.Context, j *linkJob, in link.Input, c linkChoice) (*linkDone, error) {
	l, _, err := counted(ctx, in, [2]func(*link.File, []string){})
	if err != nil {
		return nil, err
	}
	one := len(j.files) == 1
	res, err := l.Run(linkage.Options{Min: min(c.min, link.Floor), Many: c.many})
	if err != nil {
		return nil, err
	}
	done := &linkDone{
		in: in, many: c.many, Records: []int{l.Left().Len()}, Compared: res.Compared, Recall: res.BlockingRecall, GivenUp: int(res.GivenUp), Alike: res.Alike,
		LeftOut: res.LeftOut, Model: res.Model.Hash(), Groups: one,
	}
	if !one {
		done.Records = append(done.Records, l.Right().Len())
	}
	var groups []int
	if one {
		groups = l.Cluster(res.Pairs)
	}
	var pairs []linkage.Pair
	for _, p := range res.Pairs {
		if p.P() >= c.min {
			pairs = append(pairs, p)
		}
	}
	switch {
	case one:
		pairs = link.Ordered(pairs, l.Left())
	case !c.many:
		pairs = l.Assign(pairs, nil)
	}
	for _, p := range pairs {
		isLink := p.P() >= res.Model.Spec.Link
		if isLink {
			done.Links++
		} else {
			done.Review++
		}
		if len(done.Pairs) < mostPairs {
			done.Pairs = append(done.Pairs, linkPair{l.Left().ID(p.Left), l.Right().ID(p.Right), p.Weight, p.P(), isLink})
		}
	}
	if err := writeRows(j.result("links.csv"), link.PairHeader, link.Pairs(res.Model.Spec.Link, l.Left(), l.Right(), pairs)); err != nil {
		return nil, err
	}
	if one {
		if err := writeRows(j.result("clusters.csv"), link.GroupHeader, link.Groups(l.Left(), groups)); err != nil {
			return nil, err
		}
	}
	return done, nil
}

// result is where a file of results lies: in a folder of the first file, under which no file that was sent can lie.
func (j *linkJob) result(name string) string { return filepath.Join(j.files[0].dir, "out", name) }

func writeRows(path string, header []string, rows iter.Seq[[]string]) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := table.NewWriter(f)
	if err := w.Write(header); err != nil {
		return err
	}
	for row := range rows {
		if err := w.Write(row); err != nil {
			return err
		}
	}
	return w.Flush()
}

// linkFile hands a file of results out.
func (v *visit) linkFile() error {
	j, err := v.linkJob()
	if err != nil {
		return err
	}
	name := v.r.PathValue("file")
	if name != "links.csv" && name != "clusters.csv" {
		return errNoPage
	}
	if _, done := v.s.links.state(j); done == nil {
		return errNoPage
	}
	f, err := os.Open(j.result(name))
	if errors.Is(err, os.ErrNotExist) {
		return errNoPage
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if err := v.used(v.ctx(), "link-file"); err != nil {
		return err
	}
	v.patient()
	v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, err = io.Copy(v.w, f)
	return ignore(err)
}

// explainPage is one pair, step by step.
type explainPage struct {
	ID string
	link.Explanation
	Prior, Rivals, Total string
	Steps                []step
	WhyNot               string
}

// explainLink explains a pair of what was linked, or why it was not compared: the files are linked once more.
func (v *visit) explainLink() error {
	j, err := v.linkJob()
	if err != nil {
		return err
	}
	_, done := v.s.links.state(j)
	if done == nil {
		return errNoPage
	}
	ids := [2]string{v.form("left"), v.form("right")}
	wrong := func(code int, key string) error {
		body := v.linkResult(j, done)
		body.Wrong, body.LeftID, body.RightID = key, ids[0], ids[1]
		return v.showAs(code, "tool_link_done", "tool.link_done", body)
	}
	if !v.s.links.working.TryLock() {
		return wrong(http.StatusConflict, "tool.busy")
	}
	defer v.s.links.working.Unlock()
	if !v.s.links.begin(j) {
		return v.to("/tools/link/" + j.id)
	}
	defer v.s.links.finish(j, nil)
	v.patient()
	w, err := explain(context.WithoutCancel(v.ctx()), done, ids)
	switch {
	case errors.Is(err, errPair):
		return wrong(http.StatusUnprocessableEntity, "tool.no_pair")
	case err != nil:
		return err
	}
	body := explainPage{ID: j.id, Explanation: w, Prior: v.cat.Signed(w.Prior, 1), Total: v.cat.Signed(w.Weight, 1), WhyNot: w.WhyNot()}
	sum := w.Prior
	for _, b := range w.Waterfall.Steps {
		sum += b.Weight + b.Frequency
		body.Steps = append(body.Steps, v.step(b, sum))
	}
	if w.Rivals <= -0.05 || w.Rivals >= 0.05 {
		body.Rivals = v.cat.Signed(w.Rivals, 1)
	}
	if err := v.used(v.ctx(), "link-explain"); err != nil {
		return err
	}
	return v.show("tool_link_pair", "tool.pair", body)
}

// errPair: no two records have these ids.
var errPair = errors.New("no two records of these ids")

func explain(ctx context.Context, done *linkDone, ids [2]string) (w link.Explanation, err error) {
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
			return w, errPair
		}
		at[i] = n
	}
	options := linkage.Options{Many: done.many}
	if len(done.Records) == 1 {
		options.Min = link.Floor // what groups are made of
		if at[0] == at[1] {
			return w, errPair
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

func (v *visit) discardLink() error {
	j, err := v.linkJob()
	if err != nil {
		return err
	}
	v.s.links.mu.Lock()
	v.s.links.drop(j)
	v.s.links.mu.Unlock()
	v.tell("register.discarded")
	return v.to("/tools/link")
}
