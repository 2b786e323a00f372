package web

import (
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"

	"mitra/desk/account"
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
		{method: "POST", path: "/status/export", right: account.Supervise, people: true, do: (*visit).export},
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
}

func (v *visit) exportForm() error { return v.showExport(http.StatusOK, "") }

func (v *visit) showExport(code int, wrong string) error {
	body := exportPage{Columns: status.LineHeader, Most: mostExports, Wrong: wrong}
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

// mayExport is the one place that says whether this officer may export people now: with the protected classes by name, or without. It
// counts the export. Where a second officer has to agree, it is asked for here.
func (v *visit) mayExport(withProtection bool) error {
	if !v.who.May(account.SeePeople) || !v.who.May(account.Supervise) || withProtection && !v.protection() {
		return errRight
	}
	return v.s.exported.upTo(mostExports, v.who.ID, v.s.Now())
}

// A rowWriter is a table that is written row by row.
type rowWriter interface {
	Write(cells []string) error
	Flush() error
}

// export sends a line for each resident, as the last run left them. The event is written before the first; the lines are sent as they
// are made.
func (v *visit) export() error {
	format, with := v.form("format"), v.form("protection") == "yes"
	if format != "csv" && format != "xlsx" {
		return errForm
	}
	if err := v.s.DB.Read(v.ctx(), func(tx *store.Tx) error {
		_, err := status.Last(tx)
		return err
	}); errors.Is(err, status.ErrNoRun) {
		return v.showExport(http.StatusConflict, "status.none")
	} else if err != nil {
		return err
	}
	if err := v.mayExport(with); err != nil {
		return err
	}
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
