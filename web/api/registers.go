package api

import (
	"errors"
	"io"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"mitra/desk/account"
	"mitra/desk/registry"
	"mitra/desk/search"
	"mitra/store"
	"mitra/table"
)

// registers are the lists that are loaded, and loading another.
func (a *API) registers() {
	add(a, operation{id: "list-batches", method: "GET", path: "/v1/registers/batches", right: account.SeeRegisters, says: "Lists that were loaded, the newest first."}, (*call).batches)
	add(a, operation{id: "preview-file", method: "POST", path: "/v1/registers/preview", right: account.LoadRegisters, file: true, says: "What loading a file would take its columns for. Nothing is kept."}, (*call).preview)
	serve(a, operation{id: "import-file", method: "POST", path: "/v1/registers/imports", right: account.LoadRegisters, people: true, changes: true, file: true, status: 201, says: "Loads a file of a register."}, (*call).imports)
	serve(a, operation{id: "get-rejected-rows", method: "GET", path: "/v1/registers/batches/{batch}/rejected", right: account.LoadRegisters, people: true, says: "The rows that an import has set aside, as CSV."}, (*call).rejected)
	add(a, operation{id: "get-batch", method: "GET", path: "/v1/registers/batches/{batch}", right: account.SeeRegisters, says: "A list that was loaded, and what officers have said of withdrawing it."}, (*call).batch)
	add(a, operation{id: "ask-to-withdraw", method: "POST", path: "/v1/registers/batches/{batch}/withdraw", right: account.Withdraw, changes: true, says: "Asks that a list be withdrawn, which takes another officer."}, (*call).askToWithdraw)
	add(a, operation{id: "withdraw-list", method: "POST", path: "/v1/registers/batches/{batch}/agree", right: account.Withdraw, changes: true, says: "Agrees that a list be withdrawn, which does it. Those do who may see protection."}, (*call).withdrawList)
	add(a, operation{id: "keep-list", method: "POST", path: "/v1/registers/batches/{batch}/keep", right: account.Withdraw, changes: true, says: "Takes back that a list is to be withdrawn."}, (*call).keepList)
	a.form("/v1/registers/preview")
	a.form("/v1/registers/imports")
	a.huma.OpenAPI().Paths["/v1/registers/batches/{batch}/rejected"].Get.Responses["200"].Content = map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}}
}

// form describes the form by which a file is sent, which is read as it comes.
func (a *API) form(path string) {
	text := func(says string) *huma.Schema { return &huma.Schema{Type: huma.TypeString, Description: says} }
	noun := text("The register.")
	for _, n := range registry.Nouns {
		noun.Enum = append(noun.Enum, string(n))
	}
	snapshot := text("yes: the file is the whole register, and what it lacks has ended.")
	snapshot.Enum = []any{"yes", "no"}
	a.multipart(path, []string{"noun", "file"}, map[string]*huma.Schema{
		"noun": noun, "source": text("Who says so; else the register."), "snapshot": snapshot,
		"columns": text("What each column of the file is, by canonical names with commas between; empty ones are kept as given. Else their headings say."),
		"file":    {Type: huma.TypeString, Format: "binary", Description: "CSV or XLSX."},
	})
}

// Batch is a list that was loaded.
type Batch struct {
	ID        string    `json:"id"`
	Seq       int64     `json:"seq"`
	Register  string    `json:"register"`
	Source    string    `json:"source"`
	Snapshot  bool      `json:"snapshot"`
	Officer   string    `json:"officer"`
	Office    string    `json:"office"`
	At        time.Time `json:"at"`
	Rows      int64     `json:"rows"`
	New       int64     `json:"new"`
	Changed   int64     `json:"changed"`
	Unchanged int64     `json:"unchanged"`
	Ended     int64     `json:"ended"`
	Rejected  int64     `json:"rejected"`
	Withdrawn bool      `json:"withdrawn" doc:"What it has brought is no longer held."`
}

func batchOf(b *registry.Batch) Batch {
	n := b.Counts
	return Batch{b.ID, b.Seq, string(b.Noun), b.Source, b.Snapshot, b.Actor, b.Office, b.At, n.Rows, n.New, n.Changed, n.Unchanged, n.Ended, n.Rejected, b.Withdrawn != ""}
}

func (c *call) batches(in *List) (p Page[Batch], err error) {
	after, err := parseCursor("batches", in.Cursor)
	if err != nil {
		return p, err
	}
	var all []*registry.Batch
	if err := c.a.d.DB.Read(c.ctx, func(tx *store.Tx) (err error) {
		all, err = registry.Loaded(tx)
		return err
	}); err != nil {
		return p, err
	}
	slices.Reverse(all)
	if after != "" {
		i := slices.IndexFunc(all, func(b *registry.Batch) bool { return b.ID == after })
		if i < 0 {
			return p, errCursor
		}
		all = all[i+1:]
	}
	var out []Batch
	for _, b := range all[:min(len(all), in.Limit+1)] {
		out = append(out, batchOf(b))
	}
	return more("batches", out, in.Limit, func(b Batch) string { return b.ID }), nil
}

// Preview is what loading a file would take its columns for.
type Preview struct {
	Columns  []Column `json:"columns"`
	Named    bool     `json:"named" doc:"The first line names the columns. Where that is not plain no heading is told."`
	Rows     int      `json:"rows" doc:"At the beginning of the file, that were looked at."`
	Rejected int      `json:"rejected" doc:"Of these, that would be set aside."`
	All      bool     `json:"all" doc:"There are no others."`
	SHA256   string   `json:"sha256"`
	Wrong    string   `json:"wrong,omitempty" doc:"Code of what has to be said of the columns before it can be loaded."`
}

// Column is a column of a file.
type Column struct {
	Heading string `json:"heading,omitempty"`
	Field   string `json:"field,omitempty" doc:"The canonical name of what it is taken for; absent where it is kept as given."`
	Filled  int    `json:"filled"`
	Faults  int    `json:"faults"`
}

func (c *call) preview(*none) (p Preview, err error) {
	f, err := c.Take(c.w, c.r)
	if err != nil {
		return p, err
	}
	defer f.Close()
	x, err := c.Preview(c.ctx, f)
	if err != nil {
		return p, err
	}
	p = Preview{Columns: []Column{}, Named: x.Named, Rows: x.Rows, Rejected: x.Rejected, All: x.All, SHA256: x.Hash}
	if x.Wrong != nil {
		p.Wrong = x.Wrong.Code
	}
	for _, col := range x.Columns {
		p.Columns = append(p.Columns, Column{col.Heading, col.Field, col.Filled, col.Faults})
	}
	return p, nil
}

// Import is what came of loading a file. It tells people sought by ids alone.
type Import struct {
	Batch     string            `json:"batch"`
	Register  string            `json:"register"`
	Source    string            `json:"source"`
	Snapshot  bool              `json:"snapshot"`
	Rows      int               `json:"rows"`
	New       int               `json:"new"`
	Changed   int               `json:"changed"`
	Unchanged int               `json:"unchanged"`
	Ended     int               `json:"ended"`
	Rejected  int               `json:"rejected"`
	Fetchable bool              `json:"rejected_rows" doc:"The rejected rows can be fetched."`
	Untold    bool              `json:"untold" doc:"The rejected rows could not be put where they belong."`
	Unmatched bool              `json:"unmatched" doc:"It is loaded, and was not matched with people sought."`
	Concerns  []search.Concern  `json:"concerns" doc:"Records that alerts may be about."`
	Sightings []search.Sighting `json:"sightings" doc:"Records that may be of people sought."`
	Hidden    int               `json:"hidden" doc:"Likely records beyond those that are told."`
	Notes     []string          `json:"notes"`
}

// kept is what is kept for whoever sends the request again: without notes, which may name a sheet of the file.
func (m Import) kept() Import {
	m.Notes = []string{}
	return m
}

func (c *call) imports(*none) (*answer[Import], error) {
	f, err := c.Take(c.w, c.r)
	if err != nil {
		return nil, c.fail(err)
	}
	defer f.Close()
	return once(c, f.Hash, func() (m Import, err error) {
		d, err := c.Import(c.ctx, f)
		if _, ok := errors.AsType[*table.Error](err); ok {
			p, _ := problemOf(err)
			p.Batch = d.Batch
			return m, p
		}
		if err != nil {
			return m, err
		}
		m = Import{Batch: d.Batch, Register: d.Noun, Source: d.Source, Snapshot: d.Snapshot, Rows: d.Rows, New: d.New, Changed: d.Changed, Unchanged: d.Unchanged, Ended: d.Ended,
			Rejected: d.Rejected, Fetchable: d.File, Untold: d.Untold, Unmatched: d.Unmatched, Hidden: d.Hidden, Notes: append([]string{}, d.Notes...),
			Concerns: []search.Concern{}, Sightings: []search.Sighting{}}
		if d.Alerts != nil {
			m.Concerns = append(m.Concerns, d.Alerts.Concerns...)
		}
		if d.Sought != nil {
			m.Sightings = append(m.Sightings, d.Sought.Sightings...)
		}
		return m, nil
	})
}

type BatchIn struct {
	Batch string `path:"batch" maxLength:"64"`
}

// stream is an answer that is sent as it is read.
type stream struct {
	Body func(huma.Context)
}

func (c *call) rejected(in *BatchIn) (*stream, error) {
	f, err := c.Rejected(c.ctx, in.Batch)
	if err != nil {
		return nil, c.fail(err)
	}
	return &stream{func(ctx huma.Context) {
		defer f.Close()
		c.a.s.Patient(c.w)
		ctx.SetHeader("Content-Type", "text/csv; charset=utf-8")
		ctx.SetHeader("Content-Disposition", `attachment; filename="rejected-`+in.Batch+`.csv"`)
		ctx.SetStatus(200)
		_, _ = io.Copy(ctx.BodyWriter(), f) // who has gone is sent nothing more
	}}, nil
}

// BatchSeen is a list, and what officers have said of withdrawing it.
type BatchSeen struct {
	Batch
	Said       []Withdrawal `json:"said" doc:"The oldest first."`
	Restricted int          `json:"restricted,omitempty" doc:"People who are restricted and came with it, for those who may agree that it is withdrawn, while an officer asks for that."`
	Some       []string     `json:"restricted_some,omitempty" doc:"Entries of the first 50 of them, where Mitra-Purpose says what for."`
}

// Withdrawal is what officers have said of withdrawing a list.
type Withdrawal struct {
	State   string    `json:"state" enum:"waits,withdrawn,kept"`
	Reason  string    `json:"reason"`
	Officer string    `json:"officer"`
	Office  string    `json:"office"`
	At      time.Time `json:"at"`
	Second  string    `json:"second,omitempty" doc:"Who has agreed."`
	Ended   time.Time `json:"ended,omitzero"`
}

func (c *call) batch(in *BatchIn) (out BatchSeen, err error) {
	err = c.a.d.DB.Read(c.ctx, func(tx *store.Tx) error {
		out = BatchSeen{Said: []Withdrawal{}}
		all, err := registry.Loaded(tx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(b *registry.Batch) bool { return b.ID == in.Batch })
		if i < 0 {
			return registry.ErrNoBatch
		}
		out.Batch = batchOf(all[i])
		said, err := registry.Withdrawals(tx)
		for _, w := range said {
			if w.Batch != in.Batch {
				continue
			}
			one := Withdrawal{"waits", w.Reason, w.Officer, w.Office, w.At, w.Second, w.Ended}
			switch {
			case w.Done():
				one.State = "withdrawn"
			case !w.Ended.IsZero():
				one.State = "kept"
			}
			out.Said = append(out.Said, one)
			if one.State == "waits" && c.Who().May(account.SeeProtection) && c.Who().May(account.Withdraw) {
				held, err := registry.RestrictedIn(tx, in.Batch)
				if err != nil {
					return err
				}
				out.Restricted, out.Some = len(held), held[:min(len(held), 50)]
			}
		}
		return err
	})
	if err != nil {
		return out, err
	}
	may, err := c.SeeRestricted(c.ctx, out.Some)
	if !may {
		out.Some = nil
	}
	return out, err
}

type askToWithdrawIn struct {
	BatchIn
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500"`
	}
}

func (c *call) askToWithdraw(in *askToWithdrawIn) (Named, error) {
	return Named{in.Batch}, c.AskToWithdraw(c.ctx, in.Batch, in.Body.Reason)
}

type withdrawListIn struct {
	BatchIn
	Body *struct {
		Restricted bool `json:"restricted,omitempty" doc:"The officer knows that people who are restricted came with it."`
	}
}

func (c *call) withdrawList(in *withdrawListIn) (Named, error) {
	return Named{in.Batch}, c.WithdrawList(c.ctx, in.Batch, in.Body != nil && in.Body.Restricted)
}

func (c *call) keepList(in *BatchIn) (Named, error) {
	return Named{in.Batch}, c.KeepList(c.ctx, in.Batch)
}
