// Command linkage compares mitra link with Splink, on the same files, in the
// same run.
//
//	go run ./bench/linkage
//
// # The files
//
// A synthetic register of people (people.go) in the sizes of --rows, with an
// error process (errors.go) that was written before anything was measured on
// it; FEBRL 4, where it is on the machine; any file of the user's with a column
// of truth (--file, --truth). Column cluster is the truth; neither program is
// shown it as evidence.
package main
