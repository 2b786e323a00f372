package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	n := flag.Int("people", 0, "write a file of so many records to standard output, and end")
	seed := flag.Uint64("seed", 1, "of the synthetic people")
	flag.Parse()
	if err := WritePeople(os.Stdout, *n, *seed); err != nil {
		fmt.Fprintln(os.Stderr, "bench/linkage:", err)
		os.Exit(1)
	}
}
