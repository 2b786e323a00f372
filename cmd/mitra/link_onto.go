package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"mitra/desk/link"
	"mitra/identity/linkage"
	"mitra/table"
)

// runOnto links files onto a register that was kept.
func (c *linkRunCmd) runOnto(e *env) error {
	if c.Spec != "" || len(c.Ignore) > 0 || c.Many {
		return unusable("usage", "leave them out, or make a new register with --keep", "--spec, --ignore and --many are with --onto as they were when the register was made")
	}
	// The register itself is written to, unless another is named.
	kept := output{"--onto", c.Onto}
	inputs := []string{c.A, c.B}
	if c.Keep != "" {
		kept, inputs = output{"--keep", c.Keep}, append(inputs, c.Onto)
	}
	if err := e.usable([]output{kept, {"--out", c.Out}, {"--clusters", c.Clusters}}, inputs...); err != nil {
		return err
	}
	tight, end := frugal(c.A, c.B, c.Onto)
	defer end()
	tight()
	start := time.Now()
	r, err := readRegister(e.ctx, c.Onto)
	if err != nil {
		return err
	}
	one := r.Model().Duplicates
	switch {
	case one && c.B != "":
		return unusable("usage", "give one file", "the register is of one file, and two were given")
	case !one && c.Clusters != "":
		return unusable("usage", "leave out --clusters", "groups are found within one file, and the register is of two")
	case c.Min < r.Least()*(1-1e-9):
		return unusable("usage", "make it again with a lower --min", "--min: the register has pairs from %.4g on", r.Least())
	}
	paths := []string{c.A}
	if c.B != "" {
		paths = append(paths, c.B)
	}
	for i, roll := range []*linkage.Roll{r.Left(), r.Right()}[:len(paths)] {
		if err := c.addTo(e.ctx, roll, paths[i]); err != nil {
			return err
		}
	}
	rep := linkReport{Records: []int{r.Left().Len()}, BlockingRecall: r.BlockingRecall(), Model: r.Model().Hash()}
	if !one {
		rep.Records = append(rep.Records, r.Right().Len())
	}
	rep.Seconds.Read = time.Since(start).Seconds()

	comparing := time.Now()
	bar := e.progress()
	found := linkFound{left: r.Left(), right: r.Right(), link: r.Model().Spec.Link, register: r, start: start}
	done, err := interruptible(e.ctx, func() (linkage.Linked, error) {
		done := r.Link(func(done, total int64) { bar.update("compare", done, total) })
		found.pairs = r.Pairs(c.Min)
		if r.Model().OneToOne {
			found.pairs = r.Assign(found.pairs)
		}
		return done, nil
	})
	bar.end()
	if err != nil {
		return err
	}
	if done.GivenUp > 0 {
		e.say("mitra: note: up to %s were not compared: too many records share what would bring them together. Where that is much, link all anew with --keep", count(done.GivenUp, "pair"))
	}
	trained, now := r.Model().Records, rep.Records
	if now[0] > 2*trained[0] || !one && now[1] > 2*trained[1] {
		e.say("mitra: note: the register has more than twice the records from which its model was learned; link all anew with --keep")
	}
	rep.New, rep.Compared = &done.New, done.Compared
	rep.Seconds.Score = time.Since(comparing).Seconds()
	found.rep, found.groups = rep, func() []int { return r.Cluster(r.Pairs(link.Floor)) }
	return c.finish(e, found)
}

// readRegister reads a register that was kept.
func readRegister(ctx context.Context, path string) (*linkage.Register, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := linkage.ReadRegister(stoppingReader{ctx, f})
	if errors.Is(err, linkage.ErrDamaged) {
		return nil, &failure{Code: "bad_register", Message: err.Error(), File: path, status: 2, cause: err,
			Hint: "name a file that mitra link --keep made; if this is one, put back a copy of it"}
	}
	return r, err
}

// addTo adds the rows of a file to a register. Its columns are those by which the
// register compares, in any order, and others.
func (c *linkRunCmd) addTo(ctx context.Context, roll *linkage.Roll, path string) error {
	headings := roll.Headings()
	known := table.NewVocabulary(headings...)
	id := c.ID
	if at := roll.IDColumn(); id == "" && at >= 0 {
		id = headings[at]
	}
	f, err := link.Open(ctx, path, id, known)
	if err != nil {
		return err
	}
	defer f.Close()
	if f.ID < 0 {
		return &table.Error{Code: "no_id", Message: "no column names the records", File: path, Hint: "name a column with --id; " + f.Columns()}
	}
	rows := &rollRows{roll: roll, cells: make([]string, len(headings))}
	var lacking []string
	for i, h := range headings {
		rows.from = append(rows.from, f.At(h))
		if rows.from[i] < 0 && roll.Compared(i) {
			lacking = append(lacking, h)
		}
	}
	if len(lacking) > 0 {
		return &table.Error{Code: "no_column", Message: "the file lacks what the register compares: " + strings.Join(lacking, ", "), Column: lacking[0], File: path,
			Hint: "give it these columns, empty if nothing is known; " + f.Columns()}
	}
	return f.Load(ctx, rows, nil)
}

// rollRows puts cells into the order of a register's columns.
type rollRows struct {
	roll  *linkage.Roll
	from  []int // of each column of the register, the file's; -1: none
	cells []string
	ids   []string // of the file's rows
}

// ID returns the id of the row that was added as number i.
func (r *rollRows) ID(i int) string { return r.ids[i] }

func (r *rollRows) Add(id string, cells []string) {
	r.ids = append(r.ids, strings.Clone(id))
	for i, at := range r.from {
		r.cells[i] = ""
		if at >= 0 && at < len(cells) {
			r.cells[i] = cells[at]
		}
	}
	r.roll.Add(id, r.cells)
}

// Files are read and written until the command is interrupted.
type (
	stoppingReader struct {
		ctx context.Context
		io.Reader
	}
	stoppingWriter struct {
		ctx context.Context
		io.Writer
	}
)

func (r stoppingReader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(b)
}

func (w stoppingWriter) Write(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.Writer.Write(b)
}
