package api

import (
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"mitra/desk/account"
	"mitra/desk/link"
	"mitra/web"
)

// linkages are files that were linked. An officer has one at a time, at the desk or by a program; it goes after an hour.
func (a *API) linkages() {
	right, path := account.UseTools, "/v1/tools/link"
	serve(a, operation{id: "link-files", method: "POST", path: path, right: right, people: true, changes: true, file: true, status: 201, says: "Finds duplicates in a file, or links the records of two, or links them onto a register that was kept. What was found is kept for an hour, in place of what the officer had linked before."}, (*call).linkFiles)
	add(a, operation{id: "get-linkage", method: "GET", path: path + "/{job}", right: right, people: true, says: "What came of linking files, in figures."}, (*call).linkage)
	serve(a, operation{id: "get-links", method: "GET", path: path + "/{job}/links.csv", right: right, people: true, says: "The pairs that were found, by ids, as CSV."}, func(c *call, in *JobIn) (*stream, error) { return c.linkFile(in, "links.csv") })
	serve(a, operation{id: "get-clusters", method: "GET", path: path + "/{job}/clusters.csv", right: right, people: true, says: "The groups of records of one file, by ids, as CSV."}, func(c *call, in *JobIn) (*stream, error) { return c.linkFile(in, "clusters.csv") })
	serve(a, operation{id: "get-register", method: "GET", path: path + "/{job}/register.mitra", right: right, people: true, says: "What was learned and all records, so that new ones can be linked onto it: where keep was yes, or a register was sent. It has the files in it, in the clear."}, func(c *call, in *JobIn) (*stream, error) { return c.linkFile(in, "register.mitra") })
	add(a, operation{id: "explain-pair", method: "POST", path: path + "/{job}/explain", right: right, people: true, says: "Why a pair is one or not, step by step, or why it was not compared. The files are linked once more. There is none of what was linked onto a register."}, (*call).explainPair)
	serve(a, operation{id: "tune-linkage", method: "POST", path: path + "/{job}/tune", right: right, people: true, says: "A page on which to judge the linkage, as mitra link tune writes it: counts, and no value of any record. The files are linked once more. There is none of what was linked onto a register."}, (*call).tuneLinkage)
	add(a, operation{id: "discard-linkage", method: "POST", path: path + "/{job}/discard", right: right, people: true, changes: true, says: "Removes the files and what was found."}, (*call).discardLinkage)

	text := func(says string) *huma.Schema { return &huma.Schema{Type: huma.TypeString, Description: says} }
	file := func(says string) *huma.Schema {
		return &huma.Schema{Type: huma.TypeString, Format: "binary", Description: says}
	}
	a.multipart(path, []string{"a"}, map[string]*huma.Schema{
		"a": file("CSV or XLSX; both files together have 64 MiB and a million rows at most."), "b": file("A second file, to link the first to; without it duplicates are found."),
		"register": file("What was kept before, of 256 MiB at most: a, and b where it is of two files, are new records, linked onto it as if all were linked together. spec, ignore and many are as they were when it was made."),
		"spec":     file("A spec in TOML, of 64 KiB at most, where the built-in one does not fit."),
		"id_a":     text("The column that names the records of a; else one of a usual name, else rows are numbered."), "id_b": text("Of b."),
		"ignore": {Type: huma.TypeArray, Items: text(""), Description: "Columns that are no evidence, by their headings."},
		"many":   {Type: huma.TypeString, Enum: []any{"yes", "no"}, Description: "yes: a record may have several partners in the other file."},
		"keep":   {Type: huma.TypeString, Enum: []any{"yes", "no"}, Description: "yes: keep what was learned, so that new records can be linked onto it; a column of every file names its records then."},
		"min":    text("The least probability of a pair that is told, between 0 and 1; else 0.5."),
	})
	paths := a.huma.OpenAPI().Paths
	csv := map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}}
	paths[path+"/{job}/links.csv"].Get.Responses["200"].Content = csv
	paths[path+"/{job}/clusters.csv"].Get.Responses["200"].Content = csv
	paths[path+"/{job}/register.mitra"].Get.Responses["200"].Content = map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}
	paths[path+"/{job}/tune"].Post.Responses["200"].Content = map[string]*huma.MediaType{"text/html": {Schema: &huma.Schema{Type: huma.TypeString}}}
}

// Linkage are files that an officer has sent to be linked.
type Linkage struct {
	Job    string  `json:"job"`
	State  string  `json:"state" enum:"sent,working,linked" doc:"sent: at the desk, and not linked yet. working: they are being linked, or linked once more."`
	Result *Linked `json:"result,omitempty" doc:"Absent before they were linked."`
}

// Linked is what came of it. It names no record.
type Linked struct {
	Spec     string   `json:"spec,omitempty" doc:"The name of its file; absent where it is the built-in one."`
	Records  []int    `json:"records" doc:"Of each file, or of each side of the register."`
	Compared int64    `json:"compared" doc:"Pairs."`
	Links    int      `json:"links" doc:"Pairs that are almost certainly one person."`
	Review   int      `json:"review" doc:"Pairs that somebody has to look at."`
	Recall   float64  `json:"blocking_recall" doc:"The share of true pairs that were compared, as estimated."`
	GivenUp  int      `json:"given_up" doc:"The most pairs that were not compared because too many records share what brings them together."`
	Alike    bool     `json:"alike" doc:"Nothing was compared: no column has values in which the rows differ."`
	LeftOut  []string `json:"left_out" doc:"Where there are too many columns to compare, those that tell least."`
	Groups   bool     `json:"groups" doc:"There are groups to be fetched: of one file."`
	Kept     bool     `json:"kept" doc:"There is a register to be fetched, onto which others can be linked."`
	New      *int     `json:"new,omitempty" doc:"Records of the register that came or changed; absent where there was no register."`
	Outgrown bool     `json:"outgrown" doc:"The register has more than twice the records from which was learned: link all of them anew."`
	Model    string   `json:"model" doc:"Its hash."`
}

func linkageOf(id string, doing bool, done *web.Linked) Linkage {
	out := Linkage{Job: id, State: "sent"}
	if done != nil {
		out.State = "linked"
		out.Result = &Linked{done.Spec, done.Records, done.Compared, done.Links, done.Review, done.Recall, done.GivenUp, done.Alike, append([]string{}, done.LeftOut...), done.Groups, done.Kept, nil, done.Outgrown, done.Model}
		if done.Onto {
			out.Result.New = &done.New
		}
	}
	if doing {
		out.State = "working"
	}
	return out
}

// kept is what is kept for whoever sends the request again: without what the files or their columns are called.
func (l Linkage) kept() Linkage {
	r := *l.Result
	r.Spec, r.LeftOut = "", []string{}
	l.Result = &r
	return l
}

func (c *call) linkFiles(*none) (*answer[Linkage], error) {
	f, err := c.TakeLink(c.ctx, c.w, c.r)
	if err != nil {
		return nil, c.fail(err)
	}
	defer f.Close()
	return once(c, f.Hash, func() (Linkage, error) {
		id, done, err := c.Link(c.ctx, f)
		if err != nil {
			return Linkage{}, err
		}
		return linkageOf(id, false, done), nil
	})
}

type JobIn struct {
	Job string `path:"job" maxLength:"64"`
}

func (c *call) linkage(in *JobIn) (Linkage, error) {
	doing, done, err := c.Linking(in.Job)
	if err != nil {
		return Linkage{}, err
	}
	return linkageOf(in.Job, doing, done), nil
}

func (c *call) linkFile(in *JobIn, name string) (*stream, error) {
	f, err := c.LinkFile(c.ctx, in.Job, name)
	if err != nil {
		return nil, c.fail(err)
	}
	return &stream{func(ctx huma.Context) {
		defer f.Close()
		c.a.s.Patient(c.w)
		ctx.SetHeader("Content-Type", web.LinkType(name))
		ctx.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
		ctx.SetStatus(http.StatusOK)
		_, _ = io.Copy(ctx.BodyWriter(), f) // who has gone is sent nothing more
	}}, nil
}

type explainPairIn struct {
	JobIn
	Body struct {
		Left  string `json:"left" minLength:"1" maxLength:"200" doc:"The id of a record of a."`
		Right string `json:"right" minLength:"1" maxLength:"200" doc:"The id of a record of b, or of a where there is no other."`
	}
}

func (c *call) explainPair(in *explainPairIn) (link.Explanation, error) {
	c.a.s.Patient(c.w)
	return c.ExplainLink(c.ctx, in.Job, in.Body.Left, in.Body.Right)
}

type tuneLinkageIn struct {
	JobIn
	Body *struct {
		Truth string `json:"truth,omitempty" maxLength:"500" doc:"The heading of a column that says which records are of one person: all files have it. It is no evidence then."`
	}
}

func (c *call) tuneLinkage(in *tuneLinkageIn) (*stream, error) {
	c.a.s.Patient(c.w)
	truth := ""
	if in.Body != nil {
		truth = in.Body.Truth
	}
	page, err := c.TuneLink(c.ctx, in.Job, truth)
	if err != nil {
		return nil, c.fail(err)
	}
	return &stream{func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", "text/html; charset=utf-8")
		ctx.SetHeader("Content-Disposition", `attachment; filename="linkage.html"`)
		ctx.SetStatus(http.StatusOK)
		_, _ = ctx.BodyWriter().Write(page) // who has gone is sent nothing more
	}}, nil
}

func (c *call) discardLinkage(in *JobIn) (Named, error) {
	return Named{in.Job}, c.DiscardLink(in.Job)
}
