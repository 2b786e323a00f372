package web

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"mitra/desk/status"
	"mitra/identity/person"
	"mitra/rules"
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
