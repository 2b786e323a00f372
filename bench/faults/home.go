//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"mitra/node"
	"mitra/treaty/courier"
)

// A home is a node: its folder, its database, and the process that serves it.
type home struct {
	country string
	bin     string
	dir     node.Home
	dsn     string   // of PostgreSQL; "" is SQLite in the folder
	inside  []string // what a command has to begin with to run where the node is: ip netns exec …
	words   string   // file with the passphrase of its backups

	name     string // mitra/CC/UUID
	exchange string // where it listens
	metrics  string

	log book

	mu    sync.Mutex
	cmd   *exec.Cmd
	ended chan struct{} // closed when cmd has ended
	extra []string      // environment of the next commands
}

// book keeps what a process writes.
type book struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *book) size() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Len()
}

func (b *book) from(at int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.b.Bytes()[at:])
}

func (h *home) command(ctx context.Context, args ...string) *exec.Cmd {
	args = append(append([]string{}, h.inside...), append([]string{h.bin}, args...)...)
	c := exec.CommandContext(ctx, args[0], args[1:]...)
	c.Dir = filepath.Dir(string(h.dir))
	c.Env = append(os.Environ(), "MITRA_HOME="+string(h.dir), "MITRA_DB="+h.dsn, "MITRA_BACKUP_PASSPHRASE_FILE="+h.words)
	c.Env = append(c.Env, h.extra...)
	return c
}

// run runs a command that has to succeed, and returns what it prints.
func (h *home) run(ctx context.Context, args ...string) (string, error) {
	var out, errw bytes.Buffer
	c := h.command(ctx, args...)
	c.Stdout, c.Stderr = &out, &errw
	if err := c.Run(); err != nil {
		return out.String() + errw.String(), fmt.Errorf("%s: mitra %s: %w: %s", h.country, strings.Join(args, " "), err, strings.TrimSpace(out.String()+errw.String()))
	}
	return out.String(), nil
}

// json runs a command and reads its answer, also that of one that fails.
func (h *home) json(ctx context.Context, v any, args ...string) error {
	out, err := h.run(ctx, append(args, "--json")...)
	if exit := (*exec.ExitError)(nil); err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) {
		return err
	}
	if jerr := json.NewDecoder(strings.NewReader(out)).Decode(v); jerr != nil {
		return errors.Join(err, jerr)
	}
	return nil
}

var errNotReady = errors.New("the node ended before it was ready")

// serve starts the node, with more in its environment, and waits until it is ready.
func (h *home) serve(ctx context.Context, env ...string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.cmd != nil {
		return fmt.Errorf("%s is served already", h.country)
	}
	c := h.command(context.WithoutCancel(ctx), "serve")
	c.Env = append(c.Env, env...)
	out := &book{}
	c.Stdout, c.Stderr = out, &h.log
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := c.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() { c.Wait(); close(ended) }()
	h.cmd, h.ended = c, ended
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); {
		if strings.Contains(out.from(0), "ready") {
			return nil
		}
		select {
		case <-ended:
			h.cmd, h.ended = nil, nil
			return fmt.Errorf("%s: %w: %s", h.country, errNotReady, lastLine(h.log.from(0)))
		case <-time.After(5 * time.Millisecond):
		}
	}
	return fmt.Errorf("%s is not ready after a minute", h.country)
}

// running is the process that serves the node, and what is closed when it has ended; nil if there is none.
func (h *home) running() (*exec.Cmd, chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.cmd, h.ended
}

// end ends the process, with a signal, and waits for it.
func (h *home) end(sig syscall.Signal) error {
	c, ended := h.running()
	if c == nil {
		return nil
	}
	c.Process.Signal(sig)
	select {
	case <-ended:
	case <-time.After(40 * time.Second):
		c.Process.Kill()
		<-ended
		return fmt.Errorf("%s does not end", h.country)
	}
	h.gone()
	return nil
}

func (h *home) gone() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cmd, h.ended = nil, nil
}

func (h *home) pid() int {
	c, _ := h.running()
	if c == nil {
		return 0
	}
	return c.Process.Pid
}

// again ends the process as an operator does, and serves the node anew with an environment.
func (h *home) again(ctx context.Context, env ...string) error {
	if err := h.end(syscall.SIGTERM); err != nil {
		return err
	}
	return h.serve(ctx, env...)
}

// open opens the node beside the process that serves it.
func (h *home) open(ctx context.Context) (*node.Node, error) {
	return node.Open(ctx, h.dir, h.dsn, nil)
}

// with opens the node for as long as f runs.
func (h *home) with(ctx context.Context, f func(n *node.Node) error) (err error) {
	n, err := h.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	return f(n)
}

// courier is the node's courier, by which this program can speak in its name.
func (h *home) courier(ctx context.Context, n *node.Node) (*courier.Courier, error) {
	return n.Courier(ctx, slog.New(slog.DiscardHandler))
}

// wake has the node look at its outbox now, as the commands do.
func (h *home) wake() {
	if h.inside != nil { // it looks by itself four times in a second
		return
	}
	client := http.Client{Timeout: time.Second}
	if res, err := client.Post("http://"+h.metrics+"/wake", "", nil); err == nil {
		res.Body.Close()
	}
	client.CloseIdleConnections()
}

// refused is how often the process has refused what a peer sent, by code, as its metrics tell.
func (h *home) refused(country, code string) (times int, err error) {
	client := http.Client{Timeout: 5 * time.Second}
	defer client.CloseIdleConnections()
	res, err := client.Get("http://" + h.metrics + "/metrics")
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	for line := range strings.SplitSeq(string(b), "\n") {
		if strings.HasPrefix(line, "mitra_exchange_refused_total{code=\""+code+"\",country=\""+country+"\"") {
			f, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
			return int(f), err
		}
	}
	return 0, err
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}

var (
	logTime = regexp.MustCompile(`^time=\S+ level=(\S+) msg=`)
	logPeer = regexp.MustCompile(` (peer=\S+|since=\S+|after=\S+)`)
	nodeID  = regexp.MustCompile(`mitra/([A-Z]{2})/[0-9a-f-]{36}`)
	address = regexp.MustCompile(`\d+\.\d+\.\d+\.\d+:\d+(->\S+)?`)
)

// plain is a line as the table shows it: without times, names and addresses of this run.
func plain(line string) string {
	line = logPeer.ReplaceAllString(logTime.ReplaceAllString(strings.TrimSpace(line), ""), "")
	line = address.ReplaceAllString(nodeID.ReplaceAllString(line, "$1"), "…")
	return strings.ReplaceAll(line, `"`, "")
}

// A witness is where an operator looks.
type witness string

const (
	inLog    witness = "log"
	inStatus witness = "courier status"
	inDoctor witness = "doctor"
	inVerify witness = "log verify"
)

// told waits until a line that a regular expression fits stands where the operator looks, and returns it.
// since is how long the log was when the fault began.
func (h *home) told(ctx context.Context, where witness, words string, since int, patience time.Duration) (string, error) {
	text, fits := "", regexp.MustCompile(words)
	for end := time.Now().Add(patience); ; {
		switch where {
		case inLog:
			text = h.log.from(since)
		default:
			text, _ = h.run(ctx, strings.Fields(string(where))...) // doctor fails where it finds something
		}
		for line := range strings.SplitSeq(text, "\n") {
			if !fits.MatchString(line) {
				continue
			}
			for sentence := range strings.SplitSeq(line, ". ") { // of a long text the one that says it
				if fits.MatchString(sentence) {
					line = sentence
				}
			}
			return fmt.Sprintf("%s, %s: %s", h.country, where, plain(line)), nil
		}
		if time.Now().After(end) || ctx.Err() != nil {
			return "", fmt.Errorf("the operator of %s was not told %q by %s, which says: %s", h.country, words, where, plain(lastLine(text)))
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// freePorts are three addresses at which nothing listens.
func freePorts(host string, n int) (out []string, err error) {
	for range n {
		l, err := net.Listen("tcp", host+":0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		out = append(out, l.Addr().String())
	}
	return out, nil
}
