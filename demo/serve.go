package demo

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	decimal "golang.org/x/text/number"

	offices "mitra/desk/office"
	"mitra/desk/registry"
	"mitra/node"
)

// Missed are the people who are in the other register and were not found.
func (f *Figures) Missed() int { return f.Present - f.Pending }

// Running is what stands in DIR/run.json while the demo is served.
type Running struct {
	KH    node.Running `json:"KH"`
	ID    node.Running `json:"ID"`
	Start string       `json:"start"` // the page to begin with
}

func (d *Demo) run() string { return filepath.Join(d.Dir, "run.json") }

// Serve serves both nodes, and a page to begin with on this machine alone, until ctx ends. ready is called when everything
// listens.
func (d *Demo) Serve(ctx context.Context, out Outcome, mitra string, ready func(Running)) (err error) {
	var r Running
	labour := visitors{offices.Unit{Name: "Ministry of Labour (SYNTHETIC)", Kind: offices.Guest, Agency: offices.Labour}, registry.Residents, out.Example,
		"labour_rights", "says that three months of wages were kept; somebody has to talk to the employer."}
	workers := visitors{Unit: offices.Unit{Name: "Agency for Migrant Workers (SYNTHETIC)", Kind: offices.Guest, Agency: offices.MigrantProtector}}
	if out.Corridor != nil {
		workers.noun, workers.person = registry.Reports, out.Corridor.Story.Report
		workers.purpose, workers.reason = "family_tracing", "the family asks for somebody who tells them how things stand."
	}
	for _, side := range []struct {
		home    node.Home
		running *node.Running
		guests  visitors
	}{{d.Home(), &r.KH, labour}, {d.Origin(), &r.ID, workers}} {
		n, err := node.Open(ctx, side.home, "", nil)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, n.Close()) }()
		cards, err := officers(ctx, n, side.guests)
		if err != nil {
			return err
		}
		p, stop, err := served(ctx, n, cards...)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stop()) }()
		*side.running = p.running
	}
	page, err := d.startPage(out, mitra, r)
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page) // a reader who has gone is no fault
	})
	mux.HandleFunc("GET /report.html", func(w http.ResponseWriter, q *http.Request) { http.ServeFile(w, q, d.ReportFile()) })
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	defer srv.Close()
	r.Start = fmt.Sprintf("http://%s/", l.Addr())
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := os.WriteFile(d.run(), append(b, '\n'), 0o600); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(d.run())) }()
	ready(r)
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return nil
	}
}

//go:embed start.html
var startText string

var start = template.Must(template.New("start").Funcs(template.FuncMap{
	"list": func(names []string) string { return strings.ReplaceAll(strings.Join(names, ", "), "_", " ") },
	"n":    func(n int) string { return message.NewPrinter(language.English).Sprint(decimal.Decimal(n)) },
	"yes": func(b bool) string {
		if b {
			return "yes"
		}
		return "no"
	},
}).Parse(startText))

// startPage is the page to begin with.
func (d *Demo) startPage(out Outcome, mitra string, r Running) ([]byte, error) {
	view := struct {
		Outcome
		Running
		Commands []string
	}{out, r, d.Commands(out, mitra)}
	var b bytes.Buffer
	err := start.Execute(&b, view)
	return b.Bytes(), err
}

// Commands are some with which to look around; mitra is how the program is called.
func (d *Demo) Commands(out Outcome, mitra string) []string {
	list := []string{fmt.Sprintf("%s --home %s status show %s", mitra, d.Home(), out.Example), fmt.Sprintf("%s --home %s log verify", mitra, d.Home())}
	if out.Corridor == nil {
		return list
	}
	s := out.Corridor.Story
	return append(list,
		fmt.Sprintf("%s --home %s enquiry inbox --sent", mitra, d.Origin()),
		fmt.Sprintf("%s --home %s enquiry show %s", mitra, d.Origin(), s.Conversation),
		fmt.Sprintf("%s --home %s status show %s", mitra, d.Origin(), s.Report),
		fmt.Sprintf("%s --home %s courier status", mitra, d.Home()))
}
