package main

import (
	"fmt"
	"io"
	"runtime"
	"strconv"
	"time"

	"mitra/identity/linkage"
)

// mitraLive measures Mitra's index: names alone, with the weights that are built in.
func mitraLive(names, ask []string, want []int) (s search, err error) {
	before := heap()
	start := time.Now()
	x, err := linkage.NewIndex(linkage.Spec{}, []string{"full_name"}, -1, nil, func(yield func(string, []string) bool) {
		cells := make([]string, 1)
		for i, name := range names {
			if cells[0] = name; !yield(strconv.Itoa(i), cells) {
				return
			}
		}
	})
	if err != nil {
		return s, err
	}
	built := time.Since(start)
	memory := heap() - before
	cells := make([]string, 1)
	s, err = timed(ask, want, func(q string) (out []int, err error) {
		cells[0] = q
		for _, h := range x.Search(cells, 10).Hits {
			for _, id := range h.IDs {
				at, err := strconv.Atoi(id)
				if err != nil {
					return nil, err
				}
				out = append(out, at)
			}
		}
		return out, nil
	})
	s.built, s.memory = built, memory
	runtime.KeepAlive(x)
	return s, err
}

// heap is how much memory is in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// printSearch prints a line of the table of live searches, the head before the
// first.
func printSearch(out io.Writer, head bool, name string, n int, s search) {
	if head {
		fmt.Fprintln(out, "| program | names | p50 | p99 | among the first ten | made in | memory |\n|---|---|---|---|---|---|---|")
	}
	memory := "–"
	if s.memory > 0 {
		memory = fmt.Sprintf("%d MB", s.memory>>20)
	}
	fmt.Fprintf(out, "| %s | %s | %s | %s | %.1f %% | %s | %s |\n", name, thousands(int64(n)),
		s.p50.Round(10*time.Microsecond), s.p99.Round(10*time.Microsecond), 100*s.hits, s.built.Round(100*time.Millisecond), memory)
}
