package main

import (
	"fmt"
	"io"
	"log/slog"

	"mitra/node"
)

type serveCmd struct{}

func (c *serveCmd) Run(e *env) error {
	n, err := e.open()
	if err != nil {
		return err
	}
	defer n.Close()
	log := slog.New(slog.NewTextHandler(e.errw, nil))
	s, err := n.Service(e.ctx, log)
	if err != nil {
		return err
	}
	s.Program = version
	var told error
	err = s.Serve(e.ctx, func(r node.Running) {
		told = e.answer(r, func(w io.Writer) {
			fmt.Fprintf(w, "exchange %s\ndesk     %s\nmetrics  %s\nready; Ctrl-C ends it\n", r.Exchange, r.Desk, r.Metrics)
		})
	})
	if err == nil {
		err = told
	}
	return err
}
