package web

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"mitra/desk/link"
	"mitra/identity/linkage"
	"mitra/store"
	"mitra/table"
)

// linkStart is the form of sending files.
type linkStart struct {
	Most, MostSpec, MostRegister string
	Wrong                        string
	Fault                        *fileFault
}

func (v *visit) linkForm() error {
	return v.show("tool_link", "tool.link", v.linkStart("", nil))
}

func (v *visit) linkStart(wrong string, f *fileFault) linkStart {
	return linkStart{v.size(mostLinkBytes), v.size(mostSpec), v.size(mostRegister), wrong, f}
}

// takeLink keeps the files that are sent, for their officer alone. A spec that cannot be used is left out, and said so.
func (v *visit) takeLink() error {
	wrong := func(key string, f *fileFault) error {
		return v.showAs(http.StatusUnprocessableEntity, "tool_link", "tool.link", v.linkStart(key, f))
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, mostLinkBytes+mostRegister+mostSpec+mostBody)
	j := &linkJob{id: store.NewID(), account: v.who.ID}
	kept := false
	defer func() {
		if !kept {
			j.remove()
		}
	}()
	_, unusable := j.read(v.s.Rejected, v.r)
	if errors.Is(unusable, http.ErrNotMultipart) || errors.Is(unusable, errNoFile) {
		return wrong("register.no_file", nil)
	}
	if errors.Is(unusable, ErrSaidBefore) {
		return wrong("tool.said_before", nil)
	}
	if unusable != nil && !errors.Is(unusable, linkage.ErrSpec) {
		return unusable
	}
	err := j.lookAt(v.ctx(), j.input(j.spec), j.spec)
	if errors.Is(err, linkage.ErrSpec) {
		unusable, j.spec = err, nil
		err = j.lookAt(v.ctx(), j.input(nil), nil)
	}
	if e, ok := errors.AsType[*table.Error](err); ok && unusable == nil {
		return wrong("", v.faultOf(e))
	} else if ok { // they are of no use without it
		return wrong("", specFault(unusable))
	}
	if err != nil {
		return err
	}
	kept = true
	v.s.links.put(j)
	if unusable != nil {
		return v.showLinkLook(http.StatusUnprocessableEntity, j, linkChoice{min: 0.5}, "", specFault(unusable))
	}
	return v.to("/tools/link/" + j.id)
}

// mostSaid is how much of what is wrong with a spec is shown.
const mostSaid = 300

// specFault is what is wrong with a spec.
func specFault(err error) *fileFault {
	f := &fileFault{Key: "tool.bad_spec", Says: strings.ReplaceAll(err.Error(), linkage.ErrSpec.Error()+": ", "")}
	if e, ok := errors.AsType[*linkage.SpecError](err); ok {
		f.Says, f.Line = e.What, e.Line
	}
	if r := []rune(f.Says); len(r) > mostSaid {
		f.Says = string(r[:mostSaid]) + "…"
	}
	return f
}

// OfSpec reports whether it is of a spec.
func (f *fileFault) OfSpec() bool { return f.Key == "tool.bad_spec" }

// takeSpec puts a spec in place of the one by which files were to be linked, or none.
func (v *visit) takeSpec() error {
	j, err := v.linkJob(v.r.PathValue("job"))
	if err != nil {
		return err
	}
	if doing, done := v.s.links.state(j); doing || done != nil {
		return v.to("/tools/link/" + j.id)
	}
	if j.register != nil {
		return errNoPage
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, mostSpec+mostBody)
	parts, err := v.r.MultipartReader()
	if err != nil {
		return formError(err)
	}
	var spec *linkSpec
	switch part, next := parts.NextPart(); {
	case next == io.EOF: // it is to be left out
	case next != nil:
		return formError(next)
	case part.FormName() != "spec":
		return errForm
	default:
		spec, err = readSpec(part)
	}
	if err == nil {
		err = j.lookAt(v.ctx(), j.input(spec), spec)
	}
	switch _, isFile := errors.AsType[*table.Error](err); {
	case errors.Is(err, linkage.ErrSpec):
		return v.showLinkLook(http.StatusUnprocessableEntity, j, linkChoice{min: 0.5}, "", specFault(err))
	case isFile:
		return errNoPage // its hour was over this moment
	case err != nil:
		return err
	}
	v.s.links.setSpec(j, spec)
	return v.to("/tools/link/" + j.id)
}

// linkLook are files before they are linked: what their columns are taken for.
type linkLook struct {
	ID       string
	Spec     string // the name of its file
	MostSpec string
	Files    []linkFileSeen
	Columns  []linkColumn
	Register string // the name of its file; empty: there is none
	Two      bool
	Many     bool
	Keep     bool
	Min      string
	Wrong    string
	Fault    *fileFault
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
	ID       string
	Names    []string
	Register string // onto which they were linked
	*Linked
	Wrong           string
	Fault           *fileFault // of the page on the linkage, as is Tune
	Tune            string     // what is wrong with it
	LeftID, RightID string     // as typed
	Truth           string
}

func (v *visit) linkPage() error {
	j, err := v.linkJob(v.r.PathValue("job"))
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

func (v *visit) linkResult(j *linkJob, done *Linked) linkResult {
	out := linkResult{ID: j.id, Linked: done, Truth: done.Truth}
	for _, u := range j.files {
		out.Names = append(out.Names, u.name)
	}
	if j.register != nil {
		out.Register = j.register.name
	}
	return out
}

func (v *visit) showLinkLook(code int, j *linkJob, c linkChoice, wrong string, fault *fileFault) error {
	in, spec := v.s.links.input(j)
	in.IDs = c.ids
	var l *linkage.Linker
	var files [2]*link.File
	var err error
	if j.register != nil {
		files, err = j.headings(v.ctx(), c.ids)
	} else {
		l, files, err = in.Look(v.ctx())
	}
	if e, ok := errors.AsType[*table.Error](err); ok {
		if e.Code == table.CodeNotFound || c.ids == [2]string{} {
			return errNoPage // its hour was over this moment
		}
		return v.showLinkLook(http.StatusUnprocessableEntity, j, linkChoice{min: c.min, many: c.many, keep: c.keep}, wrong, v.faultOf(e))
	}
	if err != nil {
		return err
	}
	defer closeAll(files)
	body := linkLook{ID: j.id, MostSpec: v.size(mostSpec), Two: len(j.files) == 2, Many: c.many, Keep: c.keep, Min: v.cat.Decimal(c.min, 2), Wrong: wrong, Fault: fault}
	if spec != nil {
		body.Spec = spec.name
	}
	for i, f := range files[:len(j.files)] {
		seen := linkFileSeen{Name: j.files[i].name, Size: v.size(j.files[i].size), Field: []string{"id-a", "id-b"}[i]}
		for _, h := range f.Header() {
			if h != "" && !slices.Contains(seen.IDs, h) {
				seen.IDs = append(seen.IDs, h)
			}
		}
		if f.ID >= 0 && (j.register == nil || c.ids[i] != "") {
			seen.Chosen = f.Header()[f.ID]
		}
		body.Files = append(body.Files, seen)
	}
	if j.register != nil {
		body.Register = j.register.name
		return v.showAs(code, "tool_link_look", "tool.link_look", body)
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
func (v *visit) linkChoice(j *linkJob) (c linkChoice, in link.Input, spec *linkSpec, err error) {
	c = linkChoice{ids: [2]string{v.form("id-a"), v.form("id-b")}, ignore: v.r.PostForm["ignore"], many: v.form("many") == "yes", keep: v.form("keep") == "yes", min: 0.5}
	if text := v.form("min"); text != "" && !c.atLeast(text) {
		return c, in, nil, errForm
	}
	in, spec = v.s.links.input(j)
	var l *linkage.Linker
	var files [2]*link.File
	if j.register != nil {
		if c.many || len(c.ignore) > 0 {
			return c, in, nil, errForm
		}
		files, err = j.headings(v.ctx(), [2]string{})
	} else {
		l, files, err = in.Look(v.ctx())
	}
	if err != nil {
		return c, in, nil, err
	}
	defer closeAll(files)
	for i, f := range files {
		if f == nil && c.ids[i] != "" || f != nil && c.ids[i] != "" && !slices.Contains(f.Header(), c.ids[i]) {
			return c, in, nil, errForm
		}
	}
	in.IDs = c.ids
	for _, name := range c.ignore {
		there := false
		for _, b := range l.Bindings() {
			if b.Comparison != name {
				continue
			}
			there = true
			for _, at := range b.Left {
				in.Ignore = append(in.Ignore, files[0].Header()[at])
			}
		}
		if !there {
			return c, in, nil, errForm
		}
	}
	return c, in, spec, nil
}

func (v *visit) runLink() error {
	j, err := v.linkJob(v.r.PathValue("job"))
	if err != nil {
		return err
	}
	c, in, spec, err := v.linkChoice(j)
	if e, ok := errors.AsType[*table.Error](err); ok && e.Code == table.CodeNotFound {
		return errNoPage
	}
	if err != nil {
		return err
	}
	v.patient()
	err = v.Acting.runLink(v.ctx(), j, in, spec, c)
	e, isFile := errors.AsType[*table.Error](err)
	switch {
	case errors.Is(err, errDoing):
	case errors.Is(err, ErrInUse):
		return v.showLinkLook(http.StatusConflict, j, c, "tool.busy", nil)
	case errors.Is(err, ErrRows):
		return v.showLinkLook(http.StatusUnprocessableEntity, j, c, "tool.many_rows", nil)
	case errors.Is(err, ErrSides):
		return v.showLinkLook(http.StatusUnprocessableEntity, j, c, "tool.one_side", nil)
	case errors.Is(err, ErrLeast):
		return v.showLinkLook(http.StatusUnprocessableEntity, j, c, "tool.least", nil)
	case errors.Is(err, linkage.ErrUntrained):
		return v.showLinkLook(http.StatusUnprocessableEntity, j, c, "tool.untrained", nil)
	case errors.Is(err, linkage.ErrSpec):
		return v.showLinkLook(http.StatusUnprocessableEntity, j, c, "", specFault(err))
	case isFile:
		return v.showLinkLook(http.StatusUnprocessableEntity, j, c, "", v.faultOf(e))
	case err != nil:
		return err
	}
	return v.to("/tools/link/" + j.id)
}

// linkFile hands a file of results out.
func (v *visit) linkFile() error {
	name := v.r.PathValue("file")
	f, err := v.LinkFile(v.ctx(), v.r.PathValue("job"), name)
	if err != nil {
		return err
	}
	defer f.Close()
	v.patient()
	v.w.Header().Set("Content-Type", LinkType(name))
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, err = io.Copy(v.w, f)
	return ignore(err)
}

// tuneLink hands out a page on which to judge what was linked. It is shown outside of the desk, whose pages let no style stand in them.
func (v *visit) tuneLink() error {
	j, done, err := v.linkedFiles(v.r.PathValue("job"))
	if err != nil {
		return err
	}
	v.patient()
	page, err := v.TuneLink(v.ctx(), j.id, v.form("truth"))
	body := v.linkResult(j, done)
	body.Truth = v.form("truth")
	e, isFile := errors.AsType[*table.Error](err)
	switch {
	case errors.Is(err, errDoing):
		return v.to("/tools/link/" + j.id)
	case errors.Is(err, ErrInUse):
		body.Tune = "tool.busy"
		return v.showAs(http.StatusConflict, "tool_link_done", "tool.link_done", body)
	case errors.Is(err, ErrPairs):
		body.Tune = "tool.many_pairs"
		return v.showAs(http.StatusUnprocessableEntity, "tool_link_done", "tool.link_done", body)
	case isFile:
		body.Fault = v.faultOf(e)
		return v.showAs(http.StatusUnprocessableEntity, "tool_link_done", "tool.link_done", body)
	case err != nil:
		return err
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="linkage.html"`)
	_, err = v.w.Write(page)
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

func (v *visit) explainLink() error {
	j, done, err := v.linkedFiles(v.r.PathValue("job"))
	if err != nil {
		return err
	}
	wrong := func(code int, key string) error {
		body := v.linkResult(j, done)
		body.Wrong, body.LeftID, body.RightID = key, v.form("left"), v.form("right")
		return v.showAs(code, "tool_link_done", "tool.link_done", body)
	}
	v.patient()
	w, err := v.ExplainLink(v.ctx(), j.id, v.form("left"), v.form("right"))
	switch {
	case errors.Is(err, errDoing):
		return v.to("/tools/link/" + j.id)
	case errors.Is(err, ErrInUse):
		return wrong(http.StatusConflict, "tool.busy")
	case errors.Is(err, ErrPair):
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
	return v.show("tool_link_pair", "tool.pair", body)
}

func (v *visit) discardLink() error {
	if err := v.DiscardLink(v.r.PathValue("job")); err != nil {
		return err
	}
	v.tell("register.discarded")
	return v.to("/tools/link")
}
