//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
)

// limited is the program where no file may grow beyond $MITRA_FILE_LIMIT bytes:
// writing fails as on a disk that is full, wherever tests run.
func limited() {
	n, err := strconv.ParseUint(os.Getenv("MITRA_FILE_LIMIT"), 10, 63)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mitra-limited: MITRA_FILE_LIMIT:", err)
		os.Exit(3)
	}
	signal.Ignore(syscall.SIGXFSZ) // or the first write too many ends the process
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n}); err != nil {
		fmt.Fprintln(os.Stderr, "mitra-limited:", err)
		os.Exit(3)
	}
	main()
}

// humble is the program without the right of the superuser to read what its
// mode forbids; tests often run as the superuser.
func humble() {
	runtime.LockOSThread()
	if os.Geteuid() == 0 {
		if err := dropOverride(); err != nil {
			fmt.Fprintln(os.Stderr, "mitra-humble:", err)
			os.Exit(3)
		}
	}
	path, err := exec.LookPath("mitra")
	if err == nil {
		err = syscall.Exec(path, append([]string{"mitra"}, os.Args[1:]...), os.Environ())
	}
	fmt.Fprintln(os.Stderr, "mitra-humble:", err)
	os.Exit(3)
}

// alone is the program without a terminal, wherever tests run.
func alone() {
	if _, err := syscall.Setsid(); err != nil {
		fmt.Fprintln(os.Stderr, "mitra-alone:", err)
		os.Exit(3)
	}
	main()
}
