package web

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"

	"mitra/desk/account"
	"mitra/desk/second"
	"mitra/desk/status"
	"mitra/rules"
	"mitra/store"
	"mitra/table"
	"mitra/web/locale"
	"mitra/web/report"
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
	b := exportBody{Format: v.form("format"), Protection: v.form("protection") == "yes"}
	if b.Format != "csv" && b.Format != "xlsx" {
		return errForm
	}
	if !mayExport(v.who, b) {
		return errRight
	}
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
		run, err := status.Last(tx)
		b.Run = run.ID
		return err
	}); errors.Is(err, status.ErrNoRun) {
		return v.showExport(http.StatusConflict, "status.none")
	} else if err != nil {
		return err
	}
	err := v.propose(kindExport, "export:"+v.who.ID, b)
	if code, key := proposalWrong(err); key != "" {
		return v.showExport(code, key)
	}
	return err
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

// export sends a line for each resident, as the last run left them, to who has asked for it, once another supervisor has agreed. That it
// was handed over and its event are written before the first line; the lines are sent as they are made.
func (v *visit) export() error {
	p, err := v.findProposal()
	if err != nil {
		return err
	}
	b, err := bodyOf[exportBody](p)
	if p.Kind != kindExport || p.Officer != v.who.ID || err != nil {
		return errNoPage
	}
	if !mayExport(v.who, b) {
		return errRight
	}
	if err := v.s.exported.upTo(mostExports, v.who.ID, v.s.Now()); err != nil {
		return err
	}
	err = v.s.DB.Write(v.ctx(), func(tx *store.Tx) error {
		if err := sameRun(tx, b); err != nil {
			return err
		}
		_, err := v.s.second.Use(tx, p.ID, second.By(v.by()))
		return err
	})
	if code, key := proposalWrong(err); key != "" {
		return v.showProposal(code, p, key, "")
	}
	if err != nil {
		return err
	}
	format, with := b.Format, b.Protection
	v.patient()
	r := v.reader()
	r.Protection = with
	to, done, err := v.tableTo(format)
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
		v.w.Header().Set("Content-Type", kind)
		v.w.Header().Set("Content-Disposition", `attachment; filename="status-`+v.today().String()+`.`+format+`"`)
		return to.Write(status.LineHeader)
	}
	if _, err := status.Export(v.ctx(), v.s.DB, r, v.lang(), func(l status.Line) error {
		if err := begin(); err != nil {
			return err
		}
		if v.s.Synthetic {
			l.Reasons = strings.TrimSuffix("SYNTHETIC; "+l.Reasons, "; ")
		}
		return to.Write(l.Cells())
	}); err != nil {
		if begun { // what was sent would look like a whole file, and is none
			v.s.Log.Warn("an export broke off", "error", err)
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
func (v *visit) tableTo(format string) (to rowWriter, done func(), err error) {
	if format == "csv" {
		return table.NewWriter(v.w), func() {}, nil
	}
	if err := os.MkdirAll(v.s.Rejected, 0o700); err != nil {
		return nil, nil, err
	}
	dir, err := os.MkdirTemp(v.s.Rejected, uploadFolder) // mode 0700; after a crash it is removed as uploads are
	if err != nil {
		return nil, nil, err
	}
	remove := func() { os.RemoveAll(dir) }
	sheet, err := table.NewSheet(v.w, dir)
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
	lang := v.form("lang")
	if !slices.Contains(locale.Langs(), lang) {
		return errForm
	}
	r := v.reader()
	r.Protection = false
	figures, run, err := v.s.Report(v.ctx(), r, rules.Lang(lang))
	if errors.Is(err, status.ErrNoRun) {
		return errNoPage
	}
	if err != nil {
		return err
	}
	var b strings.Builder
	if err := report.Write(&b, figures); err != nil {
		return err
	}
	if err := v.leave("status.report", map[string]any{"run": run.ID}); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="status-`+run.AsOf+`.html"`)
	_, err = io.WriteString(v.w, b.String())
	return ignore(err)
}
