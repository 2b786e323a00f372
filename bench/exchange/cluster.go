package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// A cluster is a PostgreSQL server with its durable defaults, on a socket in a folder of its own.
type cluster struct {
	bin, dir string
	as       *syscall.Credential // PostgreSQL does not run as root
}

// newCluster makes and starts one below a folder that everybody may enter.
func newCluster(ctx context.Context, dir string) (c cluster, err error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(found) == 0 {
		return c, errors.New("no PostgreSQL here: install Debian's package postgresql, or say --databases sqlite")
	}
	c = cluster{bin: slices.Max(found), dir: dir}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return c, err
	}
	if os.Getuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			return c, err
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return c, err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return c, err
		}
		c.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, int(uid), int(gid)); err != nil {
			return c, err
		}
	}
	data := filepath.Join(dir, "data")
	if err := c.run(ctx, "initdb", "-D", data, "-U", "mitra", "-A", "trust", "-E", "UTF8", "--locale=C"); err != nil {
		return c, err
	}
	return c, c.run(ctx, "pg_ctl", "-D", data, "-s", "-w", "-l", filepath.Join(dir, "log"),
		"-o", "-c listen_addresses='' -c unix_socket_directories='"+dir+"'", "start")
}

func (c cluster) run(ctx context.Context, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(c.bin, program), args...)
	cmd.Dir = c.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.as}
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", program, err, strings.TrimSpace(said.String()))
	}
	return nil
}

func (c cluster) dsn() string { return "host=" + c.dir + " user=mitra dbname=postgres" }

func (c cluster) stop(ctx context.Context) error {
	return c.run(ctx, "pg_ctl", "-D", filepath.Join(c.dir, "data"), "-m", "fast", "-s", "stop")
}
