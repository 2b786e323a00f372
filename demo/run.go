package demo

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"mitra/desk/registry"
	"mitra/desk/status"
	"mitra/identity/person"
	"mitra/node"
	"mitra/rules"
	"mitra/web/report"
)

// Demo is a synthetic corridor that a node works on: files, a node, a run.
type Demo struct {
	Dir      string
	Params   Params
	Actor    string
	Alone    bool                                  // the host state's side only
	Progress func(stage string, done, total int64) // may be nil
}

// Check says how near the known truth a run came.
type Check struct {
	Precision   float64 `json:"precision"`    // of permits matched, the share matched to their owner
	Recall      float64 `json:"recall"`       // of permits whose owner is in the register, the share matched to them
	ClassErrors int     `json:"class_errors"` // residents whose class is not that of the true facts
}

// Seconds that the parts took.
type Seconds struct {
	Generate float64 `json:"generate"`
	Import   float64 `json:"import"`
	Status   float64 `json:"status"`
	Corridor float64 `json:"corridor,omitempty"` // making the other node, and the exchange
	Total    float64 `json:"total"`
}

// Outcome is what a demo came to.
type Outcome struct {
	status.Summary
	Truth Check `json:"truth"`
	// Corridor is what the exchange of the two nodes came to; nil where there was none.
	Corridor *Figures `json:"corridor,omitempty"`
	Seconds  Seconds  `json:"seconds"`
	// Example is the id of a resident with a permit, for people to look at.
	Example string `json:"-"`
}

// marker stands in every folder that a demo made, and in no other: a demo
// replaces only what an earlier demo left.
const marker = "SYNTHETIC"

const markerText = "Everything in this folder is SYNTHETIC: made by mitra demo, about nobody.\n"

// Paths of a demo's folder.
func (d *Demo) residents() string { return filepath.Join(d.Dir, "residents.csv") }
func (d *Demo) permits() string   { return filepath.Join(d.Dir, "permits.csv") }
func (d *Demo) truth() string     { return filepath.Join(d.Dir, "truth.csv") }
func (d *Demo) expected() string  { return filepath.Join(d.Dir, "expected.csv") }

// Home is the Cambodian node's folder.
func (d *Demo) Home() node.Home { return node.Home(filepath.Join(d.Dir, "KH")) }

// ErrNotADemo is returned where the folder holds anything but an earlier demo.
var ErrNotADemo = errors.New("the folder is not empty and no earlier demo")

// prepare makes the folder, or empties that of an earlier demo.
func (d *Demo) prepare() error {
	list, err := os.ReadDir(d.Dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case len(list) > 0:
		if !d.Begun() {
			return fmt.Errorf("%w: %s", ErrNotADemo, d.Dir)
		}
		for _, name := range []string{
			"KH", "ID", "residents.csv", "permits.csv", "truth.csv", "expected.csv", "report.html",
			"reports.csv", "placements.csv", "departures.csv", "alerts.csv", "sought.csv", "evidence.mxp", "run.json",
		} {
			if err := os.RemoveAll(filepath.Join(d.Dir, name)); err != nil {
				return err
			}
		}
	}
	if err := os.MkdirAll(d.Dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(d.Dir, marker), []byte(markerText), 0o644)
}

// Begun reports whether the folder is that of a demo, complete or not.
func (d *Demo) Begun() bool {
	text, err := os.ReadFile(filepath.Join(d.Dir, marker))
	return err == nil && string(text) == markerText
}

// Run makes the corridor and the node, imports, reconciles and compares with
// the truth. The node is left closed, ready for use.
func (d *Demo) Run(ctx context.Context) (out Outcome, err error) {
	start := time.Now()
	progress := d.Progress
	if progress == nil {
		progress = func(string, int64, int64) {}
	}
	if _, err := d.Params.withDefaults(); err != nil {
		return out, err // before an earlier demo is replaced
	}
	if err := d.prepare(); err != nil {
		return out, err
	}
	progress("make people", 0, 1)
	asOf, err := d.generate()
	if err != nil {
		return out, err
	}
	out.Seconds.Generate = time.Since(start).Seconds()

	importing := time.Now()
	if err := node.Init(ctx, d.Home(), node.Setup{Country: "KH", Authority: "General Department of Immigration (SYNTHETIC)", Synthetic: true, Actor: d.Actor,
		Exchange: "127.0.0.1:0", Desk: "127.0.0.1:0", Metrics: "127.0.0.1:0"}); err != nil {
		return out, err
	}
	n, err := node.Open(ctx, d.Home(), "", nil)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	for _, f := range []struct {
		noun registry.Noun
		path string
	}{{registry.Residents, d.residents()}, {registry.Permits, d.permits()}} {
		if err := d.load(ctx, n, f.noun, f.path, asOf, progress); err != nil {
			return out, err
		}
	}
	out.Seconds.Import = time.Since(importing).Seconds()

	running := time.Now()
	out.Summary, err = status.Run{AsOf: asOf, Node: "KH", Actor: d.Actor, Office: "headquarters", Now: time.Now, Progress: progress}.Do(ctx, n.DB)
	if err != nil {
		return out, err
	}
	if err := n.Settle(ctx); err != nil {
		return out, err
	}
	out.Seconds.Status = time.Since(running).Seconds()
	progress("compare with the truth", 0, 1)
	if out.Truth, out.Example, err = d.compare(ctx, n); err != nil {
		return out, err
	}
	if err := d.report(ctx, n, out.Truth); err != nil {
		return out, err
	}
	if err := n.Settle(ctx); err != nil {
		return out, err
	}
	if !d.Alone {
		begun := time.Now()
		f, err := d.exchange(ctx, n, asOf, progress)
		if err != nil {
			return out, err
		}
		out.Corridor, out.Seconds.Corridor = &f, time.Since(begun).Seconds()
	}
	out.Seconds.Total = time.Since(start).Seconds()
	return out, nil
}

// ReportFile is the page that the demo writes.
func (d *Demo) ReportFile() string { return filepath.Join(d.Dir, "report.html") }

func (d *Demo) report(ctx context.Context, n *node.Node, t Check) error {
	v, err := n.Report(ctx, status.Reader{Actor: d.Actor, Office: "headquarters"}, rules.English, true, time.Now())
	if err != nil {
		return err
	}
	v.Truth = &report.Truth{Precision: t.Precision, Recall: t.Recall, ClassErrors: t.ClassErrors}
	return writeTo(d.ReportFile(), func(w io.Writer) error { return report.Write(w, v) })
}

// generate writes the files and returns the as-of date.
func (d *Demo) generate() (person.Date, error) {
	c, err := Generate(d.Params)
	if err != nil {
		return person.Date{}, err
	}
	for _, f := range []struct {
		path  string
		write func(io.Writer) error
	}{{d.residents(), c.WriteResidents}, {d.permits(), c.WritePermits}, {d.truth(), c.WriteTruth}, {d.expected(), c.WriteExpected}} {
		if err := writeTo(f.path, f.write); err != nil {
			return person.Date{}, err
		}
	}
	if !d.Alone {
		if err := d.writeOrigin(c); err != nil {
			return person.Date{}, err
		}
	}
	return person.FromTime(c.AsOf), nil
}

func writeTo(path string, write func(io.Writer) error) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b := bufio.NewWriterSize(f, 1<<18)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}

// compare reads the truth, which nothing has read before, and what the node
// decided. It also names the first resident who has a permit.
func (d *Demo) compare(ctx context.Context, n *node.Node) (t Check, example string, err error) {
	owner, err := readColumns(d.truth(), 0, 1)
	if err != nil {
		return t, "", err
	}
	class, err := readColumns(d.expected(), 0, 1)
	if err != nil {
		return t, "", err
	}
	r := status.Reader{Actor: d.Actor, Office: "headquarters", Protection: true}
	right, wrong := 0, 0
	if err := status.Links(ctx, n.DB, r, func(permit, resident string, _ float64) error {
		if owner[permit] == resident {
			right++
		} else {
			wrong++
		}
		return nil
	}); err != nil {
		return t, "", err
	}
	if _, err := status.Export(ctx, n.DB, r, rules.English, func(l status.Line) error {
		if class[l.ResidentID] != l.Class {
			t.ClassErrors++
		}
		if example == "" && l.PermitID != "" {
			example = l.ResidentID
		}
		return nil
	}); err != nil {
		return t, "", err
	}
	owned := 0
	for _, r := range owner {
		if r != "" {
			owned++
		}
	}
	if right+wrong > 0 {
		t.Precision = float64(right) / float64(right+wrong)
	}
	if owned > 0 {
		t.Recall = float64(right) / float64(owned)
	}
	return t, example, nil
}

// readColumns reads two columns of a generated file as key and value.
func readColumns(path string, key, value int) (map[string]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(bufio.NewReader(f))
	r.ReuseRecord = true
	out := map[string]string{}
	for first := true; ; first = false {
		row, err := r.Read()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if !first {
			out[row[key]] = row[value]
		}
	}
}
