package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

// launch is the first argument with which this program starts a program to be
// measured, and tells what it took. The kernel counts the memory of whoever
// starts a program as the program's own peak; a fresh process has little.
const launch = "launch"

// usage is what a process took.
type usage struct {
	Wall, CPU float64 // seconds
	Peak      int64   // bytes resident
}

// launched starts a program, waits, and writes its usage into a file.
func launched(report string, argv []string) int {
	// Where memory runs out the measured program ends, not its neighbours.
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	start := time.Now()
	err := cmd.Run()
	if cmd.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	s := cmd.ProcessState
	u := usage{time.Since(start).Seconds(), (s.UserTime() + s.SystemTime()).Seconds(), peak(s)}
	b, _ := json.Marshal(u)
	if e := os.WriteFile(report, b, 0o600); e != nil {
		fmt.Fprintln(os.Stderr, e)
		return 1
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// measured runs a program in a process of its own, without a terminal, and
// decodes the last line of its standard output.
func (b *bench) measured(ctx context.Context, into any, argv ...string) (u usage, err error) {
	self, err := os.Executable()
	if err != nil {
		return u, err
	}
	report := filepath.Join(b.work, "usage.json")
	cmd := exec.CommandContext(ctx, self, append([]string{launch, report}, argv...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return u, fmt.Errorf("%s: %w: %s", filepath.Base(argv[0]), err, lastLine(errs.String()))
	}
	text, err := os.ReadFile(report)
	if err != nil {
		return u, err
	}
	return u, errors.Join(json.Unmarshal(text, &u), json.Unmarshal([]byte(lastLine(out.String())), into))
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}
