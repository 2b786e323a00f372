//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// namespaces are a network of their own for each of three nodes, joined by a bridge: what is cut there is cut as
// by somebody who pulls a cable, without a word to either side.
type namespaces struct{ id string }

// newNamespaces makes them; the error says why this system does not let it.
func newNamespaces(ctx context.Context) (n *namespaces, err error) {
	n = &namespaces{fmt.Sprintf("mf%d", os.Getpid()%10000)}
	if err := n.ip(ctx, "link", "add", n.id, "type", "bridge"); err != nil {
		return nil, err
	}
	err = n.ip(ctx, "link", "set", n.id, "up")
	for i := range 3 {
		name := n.name(i)
		for _, args := range [][]string{
			{"netns", "add", name},
			{"link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name},
			{"link", "set", name, "master", n.id, "up"},
			{"-n", name, "address", "add", n.address(i) + "/24", "dev", "eth0"},
			{"-n", name, "link", "set", "eth0", "up"},
			{"-n", name, "link", "set", "lo", "up"},
		} {
			if err == nil {
				err = n.ip(ctx, args...)
			}
		}
	}
	if err != nil {
		n.close()
		return nil, err
	}
	return n, nil
}

func (n *namespaces) name(i int) string    { return fmt.Sprintf("%s-%d", n.id, i) }
func (n *namespaces) address(i int) string { return fmt.Sprintf("10.213.77.%d", i+1) }

func (n *namespaces) inside(i int) (prefix []string, address string) {
	return []string{"ip", "netns", "exec", n.name(i)}, n.address(i)
}

func (n *namespaces) ip(ctx context.Context, args ...string) error {
	out, err := exec.CommandContext(ctx, "ip", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ip %v: %w: %s", args, err, out)
	}
	return nil
}

func (n *namespaces) close() {
	for i := range 3 {
		n.ip(context.Background(), "netns", "delete", n.name(i))
	}
	n.ip(context.Background(), "link", "delete", n.id)
}

// apart are the faults that need networks of their own.
func apart(long bool) []row {
	partition := 4 * time.Second
	if long {
		partition = 3 * time.Minute
	}
	return []row{{fault: "partition of networks", how: "each node in a network namespace; the cable of ID pulled for " + partition.String(), run: func(ctx context.Context, c *corridor, t *trial) error {
		if err := t.both(ctx, flowing/2); err != nil {
			return err
		}
		if err := c.cable(ctx, "down"); err != nil {
			return err
		}
		err := t.both(ctx, flowing/2)
		pass(ctx, partition)
		err = errors.Join(err, t.say(ctx, c.kh, inStatus, `^ID \w+: [1-9]\d* letters wait`))
		return errors.Join(err, c.cable(ctx, "up"))
	}}}
}

// cable has the one of ID up or down. ID is the node of number 1.
func (c *corridor) cable(ctx context.Context, state string) error {
	n := namespaces{strings.TrimSuffix(c.id.inside[3], "-1")}
	return n.ip(ctx, "link", "set", n.name(1), state)
}
