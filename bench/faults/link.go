//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A link is the way to a node: a proxy that passes bytes on, and can do harm to the connections of one other
// node. It sees what anybody between the two sees.
type link struct {
	l      net.Listener
	target string

	mu     sync.Mutex
	victim func() int // process whose connections are harmed
	harm   harm
	conns  map[*passage]bool
	healed chan struct{} // closed when the harm is another
	harmed int           // how often something was done to a connection
}

// harm is what is done to connections; the zero value is none.
type harm struct {
	refuse     bool          // nobody is let through, and who is through is cut off
	silent     bool          // nothing passes, and nobody is told
	every      time.Duration // all connections are cut so often
	delay      time.Duration // of each piece, each way
	cutRequest int           // a connection ends after up to so many bytes to the node
	cutAnswer  int           // … from the node
	corrupt    int           // in one of so many pieces one bit is another
	record     bool
}

// passage is a connection through a link.
type passage struct {
	in, out net.Conn
	victim  bool
	sent    []byte // to the node, where it is recorded
}

func (p *passage) close() {
	p.in.Close()
	p.out.Close()
}

func newLink() (*link, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	k := &link{l: l, conns: map[*passage]bool{}, healed: make(chan struct{})}
	go k.run()
	return k, nil
}

func (k *link) address() string { return k.l.Addr().String() }

func (k *link) close() {
	k.l.Close()
	k.set(harm{})
	k.cut(false)
}

// set does harm from now on.
func (k *link) set(h harm) {
	k.mu.Lock()
	k.harm = h
	close(k.healed)
	k.healed = make(chan struct{})
	changed := k.healed
	k.mu.Unlock()
	if h.refuse {
		k.cut(true)
	}
	if h.every > 0 {
		go func() {
			tick := time.NewTicker(h.every)
			defer tick.Stop()
			for {
				select {
				case <-tick.C:
					k.cut(true)
				case <-changed:
					return
				}
			}
		}()
	}
}

// cut ends connections: all, or those of the victim.
func (k *link) cut(victims bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for p := range k.conns {
		if p.victim || !victims {
			p.close()
			k.harmed++
		}
	}
}

// recorded is what has been sent to the node by connections that there are.
func (k *link) recorded() (out [][]byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for p := range k.conns {
		if len(p.sent) > 0 {
			out = append(out, slices.Clone(p.sent))
		}
	}
	return out
}

func (k *link) did() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.harmed++
}

func (k *link) times() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.harmed
}

func (k *link) now() (harm, chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.harm, k.healed
}

func (k *link) run() {
	for {
		c, err := k.l.Accept()
		if err != nil {
			return
		}
		go k.pass(c)
	}
}

func (k *link) pass(in net.Conn) {
	defer in.Close()
	k.mu.Lock()
	whose := k.victim
	k.mu.Unlock()
	p := &passage{in: in, victim: whose != nil && owns(whose(), in.RemoteAddr(), in.LocalAddr())}
	if p.victim {
		for {
			h, healed := k.now()
			if h.refuse {
				k.did()
				return
			}
			if !h.silent {
				break
			}
			k.did()
			<-healed
		}
	}
	out, err := net.DialTimeout("tcp", k.target, 5*time.Second)
	if err != nil {
		return
	}
	p.out = out
	k.mu.Lock()
	k.conns[p] = true
	k.mu.Unlock()
	defer func() {
		k.mu.Lock()
		delete(k.conns, p)
		k.mu.Unlock()
		p.close()
	}()
	var wg sync.WaitGroup
	wg.Go(func() { k.pump(p, in, out, true) })
	wg.Go(func() { k.pump(p, out, in, false) })
	wg.Wait()
}

// pump passes bytes on one way until the connection ends.
func (k *link) pump(p *passage, from, to net.Conn, request bool) {
	defer p.close()
	buf := make([]byte, 16<<10)
	passed, limit := 0, -1
	for {
		n, err := from.Read(buf)
		piece := buf[:n]
		h, healed := k.now()
		for p.victim && h.silent && n > 0 { // what is under way arrives when the way is open again
			k.did()
			<-healed
			h, healed = k.now()
		}
		if p.victim && n > 0 {
			time.Sleep(h.delay)
			if h.delay > 0 {
				k.did()
			}
			if h.record && request {
				k.mu.Lock()
				p.sent = append(p.sent, piece...)
				k.mu.Unlock()
			}
			if h.corrupt > 0 && rand.IntN(h.corrupt) == 0 {
				piece[rand.IntN(n)] ^= 1 << rand.IntN(8)
				k.did()
			}
			most := h.cutAnswer
			if request {
				most = h.cutRequest
			}
			if most > 0 && limit < 0 {
				limit = rand.IntN(most)
			}
			if passed += n; most > 0 && passed > limit {
				to.Write(piece[:max(0, n-(passed-limit))])
				k.did()
				return
			}
		}
		if n > 0 {
			if _, werr := to.Write(piece); werr != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// owns reports whether a connection between addresses of this machine was made by a process.
func owns(pid int, from, to net.Addr) bool {
	a, ok := from.(*net.TCPAddr)
	b, also := to.(*net.TCPAddr)
	if !ok || !also || pid == 0 {
		return false
	}
	table, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/tcp", pid))
	if err != nil {
		return false
	}
	inode, port, other := "", fmt.Sprintf(":%04X", a.Port), fmt.Sprintf(":%04X", b.Port)
	for line := range strings.SplitSeq(string(table), "\n") {
		if f := strings.Fields(line); len(f) > 9 && strings.HasSuffix(f[1], port) && strings.HasSuffix(f[2], other) {
			inode = f[9]
		}
	}
	dir := filepath.Join("/proc", strconv.Itoa(pid), "fd")
	files, err := os.ReadDir(dir)
	if inode == "" || err != nil {
		return false
	}
	for _, f := range files {
		if to, err := os.Readlink(filepath.Join(dir, f.Name())); err == nil && to == "socket:["+inode+"]" {
			return true
		}
	}
	return false
}
