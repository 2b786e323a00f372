package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// progress tells on standard error how far a long piece of work has come: one
// line that is redrawn on a terminal, plain lines elsewhere. What takes less
// than a second says nothing.
type progress struct {
	mu    sync.Mutex
	w     io.Writer
	tty   bool
	start time.Time
	last  time.Time
	stage string
	drawn bool
}

func (e *env) progress() *progress {
	f, ok := e.errw.(*os.File)
	return &progress{w: e.errw, tty: ok && term.IsTerminal(int(f.Fd())), start: time.Now()}
}

// update may be called from several goroutines and as often as one likes.
func (p *progress) update(stage string, done, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	every := 2 * time.Second
	if p.tty {
		every = 100 * time.Millisecond
	}
	if now.Sub(p.start) < time.Second || now.Sub(p.last) < every && stage == p.stage {
		return
	}
	if !p.tty && stage == p.stage && done >= total {
		return
	}
	p.last, p.stage, p.drawn = now, stage, true
	share := 0.0
	if total > 0 {
		share = min(float64(done)/float64(total), 1)
	}
	if !p.tty {
		fmt.Fprintf(p.w, "%s %d %%\n", stage, int(share*100))
		return
	}
	const width = 30
	n := int(share * width)
	fmt.Fprintf(p.w, "\r\x1b[K%-22s [%s%s] %3d %%", stage, strings.Repeat("█", n), strings.Repeat("·", width-n), int(share*100))
}

// end takes the line off a terminal.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tty && p.drawn {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
