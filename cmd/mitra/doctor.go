package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"mitra/node"
)

type doctorCmd struct{}

// errUnwell: something is wrong; the result has been printed.
var errUnwell = fmt.Errorf("something is wrong with this node")

func (c *doctorCmd) Run(e *env) error {
	found := node.Examine(e.ctx, node.Home(e.home()), os.Getenv("MITRA_DB"), e.passphrase(), slog.New(slog.DiscardHandler))
	ok := true
	for i, f := range found {
		ok = ok && f.OK
		// An error that has a hint of its own is mended by that.
		if f.Err == nil {
			continue
		}
		if d := describe(f.Err); d.Code != "failed" {
			found[i].Says = d.place() + d.Message
			if d.Hint != "" {
				found[i].Mend = d.Hint
			}
		}
	}
	if err := e.answer(map[string]any{"ok": ok, "checks": found}, func(w io.Writer) {
		for _, f := range found {
			mark := "ok   "
			if !f.OK {
				mark = "WRONG"
			}
			fmt.Fprintf(w, "%s  %-12s %s\n", mark, f.What, strings.ReplaceAll(f.Says, "\n", "\n"+strings.Repeat(" ", 20)))
			if f.Mend != "" {
				fmt.Fprintf(w, "       %-12s mend: %s\n", "", f.Mend)
			}
		}
	}); err != nil {
		return err
	}
	if !ok {
		return errUnwell
	}
	return nil
}
