package web

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"

	"mitra/desk/account"
	"mitra/desk/second"
	"mitra/desk/status"
	"mitra/store"
	"mitra/table"
)

// exportPages are what leaves the desk of the last run: a line for each resident, and the picture without anybody.
func (s *Server) exportPages() []page {
	return []page{
		{method: "GET", path: "/status/export", right: account.Supervise, people: true, do: (*visit).exportForm},
		{method: "POST", path: "/status/export", right: account.Supervise, people: true, do: (*visit).askExport},
		{method: "POST", path: "/status/export/{id}", right: account.Supervise, people: true, do: (*visit).export},
		{method: "POST", path: "/status/report", right: account.SeeStatus, do: (*visit).report},
	}
}

// mostExports is how many exports an officer makes in an hour.
const mostExports = 3

// exportPage is the form of an export.
type exportPage struct {
	Columns   []string
	Residents int // records that it has, about
	AsOf      string
	Most      int
	None      bool // there is no run
	Wrong     string

	Format, Reason string // as typed
	Protection     bool
}

func (v *visit) exportForm() error { return v.showExport(http.StatusOK, "") }

func (v *visit) showExport(code int, wrong string) error {
	body := exportPage{
		Columns: status.LineHeader, Most: mostExports, Wrong: wrong,
		Format: cmp.Or(v.form("format"), "csv"), Reason: v.form("reason"), Protection: v.form("protection") == "yes",
	}
	_, run, err := v.s.Report(v.ctx(), v.reader(), v.lang())
	switch {
	case errors.Is(err, status.ErrNoRun):
		body.None = true
	case err != nil:
		return err
	default:
		body.Residents, body.AsOf = run.Summary.Residents, run.AsOf
	}
	return v.showAs(code, "status_export", "export.title", body)
}

// exportBody is an export of people: of which run, as what, and whether the protected classes stand in it by name.
type exportBody struct {
	Run        string `json:"run"`
	Format     string `json:"format"`
	Protection bool   `json:"protection"`
}

// mayExport says whether an officer may have an export: with the protected classes by name only who may see them.
func mayExport(a account.Account, b exportBody) bool {
	return a.May(account.SeePeople) && a.May(account.Supervise) && (!b.Protection || a.May(account.SeeProtection))
}

// askExport has an export wait for a second supervisor.
func (v *visit) askExport() error {
	waits, err := v.AskExport(v.ctx(), v.form("format"), v.form("protection") == "yes", v.form("reason"))
	if errors.Is(err, status.ErrNoRun) {
		return v.showExport(http.StatusConflict, "status.none")
	}
	if code, key := proposalWrong(err); key != "" {
		return v.showExport(code, key)
	}
	if err != nil {
		return err
	}
	return v.proposed(waits)
}

// readyExport does nothing but look whether it can still be had, and by both: the file is made when it is handed over.
func (s *Server) readyExport(_ context.Context, p second.Proposal, by second.By) (act second.Act, err error) {
	b, err := bodyOf[exportBody](p)
	act.Do = func(tx *store.Tx) (string, error) {
		a, err := account.Find(tx, by.Actor)
		switch {
		case err != nil:
			return "", err
		case !mayExport(a, b):
			return "", second.ErrRight
		}
		return "", changed(sameRun(tx, b))
	}
	return act, err
}

// sameRun makes sure that the last run is the one of an export. Its error wraps [second.ErrChanged].
func sameRun(tx *store.Tx, b exportBody) error {
	run, err := status.Last(tx)
	if err == nil && run.ID != b.Run {
		err = second.ErrChanged
	}
	return err
}

// A rowWriter is a table that is written row by row.
type rowWriter interface {
	Write(cells []string) error
	Flush() error
}

// export sends an export to who has asked for it, once another supervisor has agreed.
func (v *visit) export() error {
	p, err := v.findProposal()
	if err != nil {
		return err
	}
	x, err := v.Export(v.ctx(), p.ID)
	if code, key := proposalWrong(err); key != "" {
		return v.showProposal(code, p, key, "")
	}
	if err != nil {
		return err
	}
	return x.Send(v.ctx(), v.w)
}

// An Export is one that was handed over, to be sent.
type Export struct {
	a Acting
	b exportBody
}

// Send sends a line for each resident, as the last run left them, as the lines are made. An error comes before anything is sent.
func (x Export) Send(ctx context.Context, w http.ResponseWriter) error {
	a, format := x.a, x.b.Format
	a.s.Patient(w)
	r := a.reader()
	r.Protection = x.b.Protection
	to, done, err := a.tableTo(w, format)
	if err != nil {
		return err
	}
	defer done()
	begun := false
	begin := func() error {
		if begun {
			return nil
		}
		begun = true
		kind := "text/csv; charset=utf-8"
		if format == "xlsx" {
			kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Disposition", `attachment; filename="status-`+a.today().String()+`.`+format+`"`)
		return to.Write(status.LineHeader)
	}
	if _, err := status.Export(ctx, a.s.DB, r, a.lang(), func(l status.Line) error {
		if err := begin(); err != nil {
			return err
		}
		if a.s.Synthetic {
			l.Reasons = strings.TrimSuffix("SYNTHETIC; "+l.Reasons, "; ")
		}
		return to.Write(l.Cells())
	}); err != nil {
		if begun { // what was sent would look like a whole file, and is none
			a.s.Log.Warn("an export broke off", "error", err)
			panic(http.ErrAbortHandler)
		}
		return err
	}
	if err := begin(); err != nil { // there is nobody in it
		return err
	}
	return ignore(to.Flush())
}

// tableTo is a table that is sent; done removes what of it lies on the disk.
func (a Acting) tableTo(w http.ResponseWriter, format string) (to rowWriter, done func(), err error) {
	if format == "csv" {
		return table.NewWriter(w), func() {}, nil
	}
	if err := os.MkdirAll(a.s.Rejected, 0o700); err != nil {
		return nil, nil, err
	}
	dir, err := os.MkdirTemp(a.s.Rejected, uploadFolder) // mode 0700; after a crash it is removed as uploads are
	if err != nil {
		return nil, nil, err
	}
	remove := func() { os.RemoveAll(dir) }
	sheet, err := table.NewSheet(w, dir)
	if err != nil {
		remove()
		return nil, nil, err
	}
	return sheet, func() {
		sheet.Close()
		remove()
	}, nil
}

// report sends the picture of the last run as a page for reading and printing, which has nobody in it. It leaves the desk, so that the
// protected classes are one in it, whoever sends for it.
func (v *visit) report() error {
	text, asOf, err := v.StatusReport(v.ctx(), v.form("lang"))
	if errors.Is(err, status.ErrNoRun) {
		return errNoPage
	}
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="status-`+asOf+`.html"`)
	_, err = io.WriteString(v.w, text)
	return ignore(err)
}
