//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// dropOverride takes the rights to pass over file modes from this thread and
// from the program that it executes next.
func dropOverride() error {
	for _, c := range []uintptr{unix.CAP_DAC_OVERRIDE, unix.CAP_DAC_READ_SEARCH} {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil {
			return err
		}
	}
	return nil
}

// room runs a command where a folder is a disk of its own of a given size, which
// is gone afterwards: mitra-room SIZE FOLDER COMMAND…
func room() {
	const inside = "MITRA_ROOM_INSIDE"
	fail := func(err error) {
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) { // which has told its own
			fmt.Fprintln(os.Stderr, "mitra-room:", err)
		}
		os.Exit(3)
	}
	if len(os.Args) < 4 {
		fail(fmt.Errorf("usage: mitra-room SIZE FOLDER COMMAND…"))
	}
	if os.Getenv(inside) == "" {
		self, err := os.Executable()
		if err != nil {
			fail(err)
		}
		c := exec.Command(self, os.Args[1:]...)
		c.Args[0] = os.Args[0]
		c.Env = append(os.Environ(), inside+"=1")
		c.Stdout, c.Stderr = os.Stdout, os.Stderr
		c.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
		}
		if err := c.Run(); err != nil {
			fail(err)
		}
		os.Exit(0)
	}
	if err := unix.Mount("none", os.Args[2], "tmpfs", 0, "size="+os.Args[1]); err != nil {
		fail(err)
	}
	path, err := exec.LookPath(os.Args[3])
	if err != nil {
		fail(err)
	}
	fail(syscall.Exec(path, os.Args[3:], os.Environ()))
}

// hasRoom reports whether this system lets room work; containers often do not.
var hasRoom = sync.OnceValue(func() bool {
	dir, err := os.MkdirTemp("", "mitra-room-*")
	if err != nil {
		return false
	}
	defer os.Remove(dir)
	return exec.Command("mitra-room", "64k", dir, "true").Run() == nil
})
