// Command web measures the officers' desk: each page alone, and many officers at once.
//
//	go run ./bench/web                  a million residents
//	go run ./bench/web --residents 73000 --permits 58307
//
// It makes a synthetic node in a temporary folder, serves it on this machine, and signs officers in. The time of a page is
// from the request to its last byte, over loopback; what "many at once" prints is from the other end of the line, with vegeta.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"mitra/demo"
	"mitra/desk/account"
	"mitra/node"
	"mitra/store"
	"mitra/web"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench/web:", err)
		os.Exit(1)
	}
}

const password = "a sentence that is long enough"

func run(ctx context.Context, args []string, out, errw io.Writer) (err error) {
	f := flag.NewFlagSet("bench/web", flag.ContinueOnError)
	f.SetOutput(errw)
	residents := f.Int("residents", 1_000_000, "residents of the node")
	permits := f.Int("permits", 800_000, "permits")
	letters := f.Int("letters", 100_000, "letters between the node and its partner; 0 for no partner")
	officers := f.Int("officers", 200, "officers who click at once")
	every := f.Duration("every", 5*time.Second, "how often each does")
	seconds := f.Duration("for", 30*time.Second, "how long")
	runs := f.Int("runs", 50, "times that each page is opened alone")
	keep := f.String("keep", "", "folder for the two nodes, to be used again by a later run")
	profile := f.String("profile", "", "file for a processor profile of the pages")
	if err := f.Parse(args); err != nil {
		return err
	}
	dir := *keep
	if dir == "" {
		if dir, err = os.MkdirTemp("", "mitra-bench-web"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	d := demo.Demo{Dir: filepath.Join(dir, "demo"), Alone: *letters == 0, Actor: "bench", Params: demo.Params{Seed: 1, Residents: *residents, Permits: *permits}}
	made := filepath.Join(dir, "made") // once all of it is there
	if _, err := os.Stat(made); err != nil {
		if _, err := d.Run(ctx); err != nil {
			return err
		}
		if err := exchange(ctx, dir, d, *letters, errw); err != nil {
			return err
		}
		if err := os.WriteFile(made, nil, 0o600); err != nil {
			return err
		}
	}
	n, err := node.Open(ctx, d.Home(), "", nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	s, err := n.Service(ctx, slog.New(slog.NewTextHandler(errw, &slog.HandlerOptions{Level: slog.LevelError})))
	if err != nil {
		return err
	}
	pages, err := web.New(s.Desk())
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if err := pages.Ready(ctx); err != nil { // as a node that serves does
		return err
	}
	srv := &http.Server{Handler: pages.Handler(), ReadHeaderTimeout: 10 * time.Second}
	go srv.Serve(l)
	defer srv.Close()
	base := fmt.Sprintf("http://127.0.0.1:%d", l.Addr().(*net.TCPAddr).Port)

	hash, err := account.Hash(password, "-")
	if err != nil {
		return err
	}
	var crowd []*officer
	for i := range *officers {
		o, err := enter(ctx, n, base, i, hash)
		if err != nil {
			return err
		}
		crowd = append(crowd, o)
	}
	fmt.Fprintf(out, "%d residents, %d permits, %d letters\n\n", *residents, *permits, *letters)
	if *profile != "" {
		w, err := os.Create(*profile)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, w.Close()) }()
		if err := pprof.StartCPUProfile(w); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	if err := crowd[0].alone(out, base, *runs); err != nil {
		return err
	}
	return together(ctx, out, base, crowd, *every, *seconds)
}

// exchange has the node and its partner send so many letters, half of them each.
func exchange(ctx context.Context, dir string, d demo.Demo, letters int, errw io.Writer) (err error) {
	if letters == 0 {
		return nil
	}
	mitra := filepath.Join(dir, "mitra")
	run := func(name string, args ...string) *exec.Cmd {
		c := exec.CommandContext(ctx, name, args...)
		c.Stderr = errw
		c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
		return c
	}
	if err := run("go", "build", "-o", mitra, "./cmd/mitra").Run(); err != nil {
		return err
	}
	for _, home := range []node.Home{d.Home(), d.Origin()} {
		s := run(mitra, "serve", "--home", string(home))
		if err := s.Start(); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.Process.Signal(os.Interrupt), s.Wait()) }()
	}
	for _, home := range []node.Home{d.Home(), d.Origin()} {
		for _, up := home.Running(); !up && ctx.Err() == nil; _, up = home.Running() {
			time.Sleep(100 * time.Millisecond)
		}
	}
	for peer, home := range map[string]node.Home{"ID": d.Home(), "KH": d.Origin()} {
		p := run(mitra, "courier", "ping", peer, "--count", strconv.Itoa(letters/2), "--timeout", "20m", "--home", string(home))
		if err := p.Run(); err != nil {
			return fmt.Errorf("letters to %s: %w", peer, err)
		}
	}
	return nil
}

// An officer is a browser with a session, and its own address of this machine: an address is answered no faster than people click.
type officer struct {
	address *net.TCPAddr
	client  *http.Client
	cookie  string
	entries []string // people whom they open
}

// searches are typed by officers; they are frequent and rare names, and a number.
var searches = []string{"Siti Rahayu", "Budi Santoso 1990", "Wahyuni", "Agus", "Muhammad Rizki 17/5/1994", "B1234567", "Dewi Lestari", "Sri"}

var entryLink = regexp.MustCompile(`/people/([0-9a-f-]{36})"`)

// enter makes an account and signs it in.
func enter(ctx context.Context, n *node.Node, base string, i int, hash string) (*officer, error) {
	id := fmt.Sprintf("officer-%d-%d", i, time.Now().UnixMilli()) // others, where the folder is used again
	if err := n.DB.Write(ctx, func(tx *store.Tx) error {
		a := account.Account{ID: id, Name: "Officer", Office: "headquarters", Roles: []account.Role{account.Registry, account.Liaison, account.Supervisor}, Protection: true}
		if err := account.Make(tx, a, hash, account.By{Actor: "bench"}); err != nil {
			return err
		}
		return account.SetPassword(tx, id, hash, account.By{Actor: id})
	}); err != nil {
		return nil, err
	}
	o := &officer{address: &net.TCPAddr{IP: net.IPv4(127, 0, byte(1+i/250), byte(1+i%250))}}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	o.client = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DialContext: (&net.Dialer{LocalAddr: o.address}).DialContext}}
	for _, form := range []url.Values{{"id": {id}, "password": {password}}, {"purpose": {"status"}}} {
		path := "/signin"
		if form.Has("purpose") {
			path = "/purpose"
		}
		res, err := o.client.PostForm(base+path, form)
		if err != nil {
			return nil, err
		}
		res.Body.Close()
		if res.StatusCode != http.StatusSeeOther {
			return nil, fmt.Errorf("%s: %s", path, res.Status)
		}
	}
	where, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	for _, c := range jar.Cookies(where) {
		o.cookie = c.Name + "=" + c.Value
	}
	_, body, err := o.fetch("POST", base+"/people", url.Values{"who": {searches[i%len(searches)]}}.Encode())
	if err != nil {
		return nil, err
	}
	for _, m := range entryLink.FindAllStringSubmatch(body, 3) {
		o.entries = append(o.entries, m[1])
	}
	return o, nil
}

func (o *officer) fetch(method, address, form string) (took time.Duration, body string, err error) {
	r, err := http.NewRequest(method, address, strings.NewReader(form))
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	begun := time.Now()
	res, err := o.client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	took = time.Since(begun)
	if err == nil && res.StatusCode >= 400 {
		err = fmt.Errorf("%s %s: %s", method, r.URL.Path, res.Status)
	}
	return took, string(b), err
}

// click is a page, and what is sent to it.
type click struct{ name, method, path, form string }

// clicks are the pages of an officer's day.
func (o *officer) clicks() []click {
	all := []click{{"home", "GET", "/", ""}, {"enquiries", "GET", "/enquiries", ""}, {"status", "GET", "/status", ""}, {"registers", "GET", "/registers", ""},
		{"a class", "GET", "/status/class/NO_PERMIT_FOUND", ""}, {"partner", "GET", "/partner", ""}, {"runs", "GET", "/status/runs", ""}, {"ask the partner", "GET", "/enquiries/new", ""}}
	for i, words := range searches {
		if i < 4 {
			all = append(all, click{"search", "POST", "/people", url.Values{"who": {words}}.Encode()})
		}
	}
	for _, e := range o.entries {
		all = append(all, click{"a person", "GET", "/people/" + e, ""})
	}
	return all
}

// hourly is how often one officer does in a while what the desk counts: people opened, also in lists, and searches.
var hourly = map[string]int{"a person": 60, "a class": 40, "search": 100}

// alone opens each page by itself.
func (o *officer) alone(out io.Writer, base string, runs int) error {
	took, size := map[string][]time.Duration{}, map[string]int{}
	var names []string
	for range runs {
		for _, c := range o.clicks() {
			if most, limited := hourly[c.name]; limited && len(took[c.name]) >= most {
				continue
			}
			d, body, err := o.fetch(c.method, base+c.path, c.form)
			if err != nil {
				return err
			}
			if took[c.name] == nil {
				names = append(names, c.name)
			}
			took[c.name], size[c.name] = append(took[c.name], d), max(size[c.name], len(body))
			time.Sleep(55 * time.Millisecond)
		}
	}
	fmt.Fprintf(out, "| page, alone | p50 ms | p99 ms | KB |\n|---|---|---|---|\n")
	for _, name := range names {
		slices.Sort(took[name])
		fmt.Fprintf(out, "| %s | %.1f | %.1f | %.1f |\n", name, ms(at(took[name], .5)), ms(at(took[name], .99)), float64(size[name])/1024)
	}
	_, body, err := o.fetch("GET", base+"/", "")
	if err != nil {
		return err
	}
	first := len(body)
	for _, m := range regexp.MustCompile(`(?:href|src)="(/static/[^"]+)"`).FindAllStringSubmatch(body, -1) {
		_, asset, err := o.fetch("GET", base+m[1], "")
		if err != nil {
			return err
		}
		first += len(asset)
		for _, f := range regexp.MustCompile(`/static/fonts/[a-z0-9.-]+`).FindAllString(asset, -1) {
			_, font, err := o.fetch("GET", base+f, "")
			if err != nil {
				return err
			}
			first += len(font)
		}
	}
	fmt.Fprintf(out, "\nfirst load in Khmer, with style, script and both fonts: %.1f KB\n", float64(first)/1024)
	return nil
}

// together has all officers click at once.
func together(ctx context.Context, out io.Writer, base string, crowd []*officer, every, long time.Duration) error {
	results := make(chan *vegeta.Result, 1024)
	done := make(chan struct{})
	var all vegeta.Metrics
	codes := map[string]int{}
	go func() {
		defer close(done)
		for r := range results {
			all.Add(r)
			if r.Code >= 400 || r.Code == 0 {
				codes[fmt.Sprintf("%d %s", r.Code, r.Error)]++
			}
		}
	}()
	ended := make(chan struct{})
	for i, o := range crowd {
		var targets []vegeta.Target
		for k := range o.clicks() {
			c := o.clicks()[(k+i)%len(o.clicks())]
			targets = append(targets, vegeta.Target{Method: c.method, URL: base + c.path, Body: []byte(c.form),
				Header: http.Header{"Cookie": {o.cookie}, "Content-Type": {"application/x-www-form-urlencoded"}}})
		}
		go func() {
			defer func() { ended <- struct{}{} }()
			time.Sleep(every * time.Duration(i) / time.Duration(len(crowd)))
			a := vegeta.NewAttacker(vegeta.LocalAddr(net.IPAddr{IP: o.address.IP}), vegeta.Connections(2), vegeta.MaxWorkers(2), vegeta.Redirects(-1), vegeta.Timeout(30*time.Second))
			for r := range a.Attack(vegeta.NewStaticTargeter(targets...), vegeta.Rate{Freq: 1, Per: every}, long, "desk") {
				results <- r
				if ctx.Err() != nil {
					a.Stop()
				}
			}
		}()
	}
	for range crowd {
		<-ended
	}
	close(results)
	<-done
	all.Close()
	fmt.Fprintf(out, "\n%d officers, each a click every %s, for %s: %d requests, %.1f/s, p50 %.1f ms, p99 %.1f ms, %.2f %% without error\n",
		len(crowd), every, long, all.Requests, all.Rate, ms(all.Latencies.P50), ms(all.Latencies.P99), 100*all.Success)
	for code, n := range codes {
		fmt.Fprintf(out, "  %d × %s\n", n, code)
	}
	return ctx.Err()
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func at(sorted []time.Duration, p float64) time.Duration {
	return sorted[min(len(sorted)-1, int(p*float64(len(sorted))))]
}
