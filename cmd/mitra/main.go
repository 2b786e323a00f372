// Command mitra is a node that an immigration authority runs on its own
// premises, and the tools that work without one.
//
// docs/ in the repository explains each command; mitra COMMAND --help lists
// what it takes. Exit status: 0 done; 1 the operation failed; 2 the command or
// its input is unusable. A failed command changes nothing.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() {
		stop() // a second signal ends the process at once
		time.Sleep(patience)
		os.Stderr.WriteString("mitra: interrupted while waiting for a file or a pipe\n")
		os.Exit(1)
	})
	status := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// patience is how long a command may take to end after a signal. Only one that
// waits for a pipe with nobody at the other end takes longer.
const patience = 30 * time.Second

// run returns the exit status.
func run(ctx context.Context, args []string, in io.Reader, out, errw io.Writer) int {
	e := &env{ctx: ctx, in: in, out: out, errw: errw}
	if err := e.dispatch(args); err != nil {
		return e.fail(err)
	}
	return 0
}
