package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// spent is the processor time that processes have had so far, with their children that are there or
// have ended, in milliseconds.
func spent(pids ...int) (ms float64, err error) {
	all := map[int]bool{}
	for _, pid := range pids {
		all[pid] = true
	}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	for _, path := range stats {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		pid, _ := strconv.Atoi(strings.Split(path, "/")[2])
		_, rest, _ := strings.Cut(string(b), ") ") // its name may hold anything
		f := strings.Fields(rest)
		if len(f) < 15 {
			return 0, fmt.Errorf("%s is not as proc(5) says", path)
		}
		parent, _ := strconv.Atoi(f[1])
		if !all[pid] && !all[parent] {
			continue
		}
		take := f[11:13] // utime and stime, in hundredths of a second
		if all[pid] {
			take = f[11:15] // and those of children that have ended
		}
		for _, v := range take {
			ticks, err := strconv.ParseFloat(v, 64)
			if err != nil {
				return 0, err
			}
			ms += 10 * ticks
		}
	}
	return ms, nil
}

// pid is the server's process.
func (c cluster) pid() (int, error) {
	b, err := os.ReadFile(filepath.Join(c.dir, "data", "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(b), "\n")
	return strconv.Atoi(first)
}
