package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"mitra/desk/account"
	"mitra/desk/status"
	"mitra/rules"
	"mitra/store"
)

// exports are what leaves the desk of the last run.
func (a *API) exports() {
	add(a, operation{id: "ask-export", method: "POST", path: "/v1/status/exports", right: account.Supervise, people: true, changes: true, two: true, status: 202, says: "Has another supervisor asked whether a line for each resident may be taken away."}, (*call).askExport)
	serve(a, operation{id: "get-export", method: "POST", path: "/v1/proposals/{proposal}/export", right: account.Supervise, people: true, says: "The export, once, for who has asked for it when another supervisor has agreed."}, (*call).export)
	serve(a, operation{id: "make-report", method: "POST", path: "/v1/status/report", right: account.SeeStatus, says: "The picture of the last run as a page for reading and printing, which has nobody in it."}, (*call).report)
	add(a, operation{id: "compare-runs", method: "GET", path: "/v1/status/compare", right: account.SeeStatus, says: "Two runs, the older one first."}, (*call).compare)
	paths := a.huma.OpenAPI().Paths
	paths["/v1/status/report"].Post.Responses["200"].Content = map[string]*huma.MediaType{"text/html": {Schema: &huma.Schema{Type: huma.TypeString}}}
	paths["/v1/proposals/{proposal}/export"].Post.Responses["200"].Content = map[string]*huma.MediaType{
		"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}},
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
	}
}

type askExportIn struct {
	Body struct {
		Format     string `json:"format" enum:"csv,xlsx"`
		Protection bool   `json:"protection,omitempty" doc:"The protected classes stand in it by name; for two who may see them."`
		Reason     string `json:"reason" minLength:"1" maxLength:"500" doc:"Why, for the second supervisor."`
	}
}

func (c *call) askExport(in *askExportIn) (Step, error) {
	waits, err := c.AskExport(c.ctx, in.Body.Format, in.Body.Protection, in.Body.Reason)
	return stepOf(waits), err
}

func (c *call) export(in *ProposalIn) (*stream, error) {
	x, err := c.Export(c.ctx, in.Proposal)
	if err != nil {
		return nil, c.fail(err)
	}
	return &stream{func(huma.Context) {
		if err := x.Send(c.ctx, c.w); err != nil {
			write(c.w, c.fail(err))
		}
	}}, nil
}

type reportIn struct {
	Body struct {
		Lang string `json:"lang" enum:"en,id,km"`
	}
}

func (c *call) report(in *reportIn) (*stream, error) {
	text, asOf, err := c.StatusReport(c.ctx, in.Body.Lang)
	if err != nil {
		return nil, c.fail(err)
	}
	return &stream{func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", "text/html; charset=utf-8")
		ctx.SetHeader("Content-Disposition", `attachment; filename="status-`+asOf+`.html"`)
		ctx.SetStatus(http.StatusOK)
		_, _ = ctx.BodyWriter().Write([]byte(text)) // who has gone is sent nothing more
	}}, nil
}

type compareIn struct {
	A string `query:"a" required:"true" maxLength:"64" doc:"A run."`
	B string `query:"b" required:"true" maxLength:"64" doc:"Another."`
}

// Comparison are two runs.
type Comparison struct {
	A    Run        `json:"a"`
	B    Run        `json:"b"`
	Axes []AxisPair `json:"axes" doc:"For those who may see protection: the values tell how many are in the protected classes, nearly."`
}

// AxisPair is how many residents have each value, in both.
type AxisPair struct {
	Axis string         `json:"axis"`
	A    map[string]int `json:"a"`
	B    map[string]int `json:"b"`
}

func (c *call) compare(in *compareIn) (out Comparison, err error) {
	var runs [2]status.Stored
	if err := c.a.d.DB.Read(c.ctx, func(tx *store.Tx) (err error) {
		for i, id := range []string{min(in.A, in.B), max(in.A, in.B)} { // ids are in the order of time
			if runs[i], err = status.RunOf(tx, id); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return out, err
	}
	out = Comparison{c.runOf(runs[0]), c.runOf(runs[1]), []AxisPair{}}
	if c.Who().May(account.SeeProtection) {
		for _, axis := range rules.AllAxes() {
			out.Axes = append(out.Axes, AxisPair{string(axis), counted(runs[0], axis), counted(runs[1], axis)})
		}
	}
	return out, nil
}

func counted(r status.Stored, axis rules.Axis) map[string]int {
	out := map[string]int{}
	for value, n := range r.Summary.Axes[string(axis)] {
		out[value] = n
	}
	return out
}
