package web

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"mitra/desk/second"
	"mitra/desk/status"
	"mitra/identity/person"
	"mitra/rules"
	"mitra/store"
	"mitra/web/locale"
	"mitra/web/report"
)

// Errors of computing status.
var (
	// ErrDay: it is no day as yyyy-mm-dd.
	ErrDay = errors.New("want a day as yyyy-mm-dd")
	// ErrRunning: somebody has it computed now.
	ErrRunning = errors.New("status is being computed")
)

// Figures are those of the last run as the officer may see them, and the run. The error may wrap [status.ErrNoRun].
func (a Acting) Figures(ctx context.Context) (report.Status, status.Stored, error) {
	return a.s.Report(ctx, a.reader(), a.lang())
}

// isoDay is a day as the judged one is written: nothing of it is repaired.
var isoDay = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)

// RunStatus computes everybody's status, and goes on though whoever asked has gone. The error wraps [ErrDay], [rules.ErrNoPack] or
// [ErrRunning].
func (a Acting) RunStatus(ctx context.Context, asOf string) error {
	day, err := person.ParseDate(asOf, 0)
	if err != nil || !isoDay.MatchString(asOf) || day.Prec != person.PrecDay || day.String() != asOf {
		return ErrDay
	}
	if _, err := rules.Status(asOf); err != nil {
		return err
	}
	if !a.s.running.TryLock() {
		return ErrRunning
	}
	defer a.s.running.Unlock()
	run := status.Run{AsOf: day, Node: a.s.Country, Actor: a.who.ID, Office: a.who.Office, Now: a.s.Now}
	_, err = run.Do(context.WithoutCancel(ctx), a.s.DB)
	return err
}

// Class is the next people of a class after one of them. A page of people counts as somebody opened: whoever leafs through a register is
// noticed, and stopped. The error wraps [ErrNoPage].
func (a Acting) Class(ctx context.Context, class, after string, most int) (status.RollPage, error) {
	if err := a.s.opened.add(a.who.ID, a.s.Now()); err != nil {
		return status.RollPage{}, err
	}
	p, err := a.s.roll.Page(ctx, a.s.DB, a.reader(), class, after, most)
	if errors.Is(err, status.ErrNoClass) || errors.Is(err, status.ErrNoRun) {
		err = fmt.Errorf("%w: %w", errNoPage, err)
	}
	return p, err
}

// StatusReport is the picture of the last run as a page for reading and printing, in a language, which has nobody in it, with an event. It
// leaves the desk, so that the protected classes are one in it, whoever sends for it. The error wraps [ErrForm] or [status.ErrNoRun].
func (a Acting) StatusReport(ctx context.Context, lang string) (text, asOf string, err error) {
	if !slices.Contains(locale.Langs(), lang) {
		return "", "", errForm
	}
	r := a.reader()
	r.Protection = false
	figures, run, err := a.s.Report(ctx, r, rules.Lang(lang))
	if err != nil {
		return "", "", err
	}
	var b strings.Builder
	if err := report.Write(&b, figures); err != nil {
		return "", "", err
	}
	return b.String(), run.AsOf, a.event(ctx, "status.report", a.purpose(), nil, map[string]any{"run": run.ID})
}

// AskExport has an export of the last run wait for a second supervisor: as csv or xlsx, with the protected classes by name or as one. The
// error wraps [ErrForm], [ErrRight], [status.ErrNoRun] or one of a proposal.
func (a Acting) AskExport(ctx context.Context, format string, protection bool, reason string) (waits string, err error) {
	b := exportBody{Format: format, Protection: protection}
	if b.Format != "csv" && b.Format != "xlsx" {
		return "", errForm
	}
	if !mayExport(a.who, b) {
		return "", errRight
	}
	if err := a.s.DB.Read(ctx, func(tx *store.Tx) error {
		run, err := status.Last(tx)
		b.Run = run.ID
		return err
	}); err != nil {
		return "", err
	}
	return a.putForward(ctx, kindExport, "export:"+a.who.ID, reason, b)
}

// Export hands an export over to who has asked for it, once another supervisor has agreed. That, and its event, are written before the first
// line is sent.
func (a Acting) Export(ctx context.Context, proposal string) (x Export, err error) {
	p, err := a.Proposal(ctx, proposal)
	if err != nil {
		return x, err
	}
	b, err := bodyOf[exportBody](p)
	if p.Kind != kindExport || p.Officer != a.who.ID || err != nil {
		return x, errNoPage
	}
	if !mayExport(a.who, b) {
		return x, errRight
	}
	if err := a.s.exported.upTo(mostExports, a.who.ID, a.s.Now()); err != nil {
		return x, err
	}
	return Export{a, b}, a.s.DB.Write(ctx, func(tx *store.Tx) error {
		if err := sameRun(tx, b); err != nil {
			return err
		}
		_, err := a.s.second.Use(tx, p.ID, second.By(a.by()))
		return err
	})
}
