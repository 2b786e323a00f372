package main

import (
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
