//go:build race && unix

package main

// raced says that the race detector makes the program ten times slower, and
// SQLite more than that; tests of size are smaller then.
const raced = true
