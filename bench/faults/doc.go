//go:build linux

// Command faults breaks what lies between and under nodes that run, and looks whether anything was
// lost. It needs Linux.
//
//	go run ./bench/faults            everything in some minutes
//	go run ./bench/faults --turns    each fault on one kind of database only, for .ci/run
//	go run ./bench/faults --long     200 kills while 5,000 letters flow, kills at every commit, minutes of partition
//	go run ./bench/faults --docs     and writes the tables into docs/faults.md
//
// # The corridor
//
// Three nodes, KH, ID and TH, each with a home, keys and a database of its own and served by a process of
// its own, meet as docs/operations.md says, by the commands an operator types. Letters flow between KH and ID
// both ways while something breaks there; TH and KH exchange letters all the while. Between KH and ID lies
// a [link] which can cut, delay, corrupt and repeat what passes through it. TLS passes through: the link
// sees what anybody on the way does.
//
// # The program
//
// The nodes run mitra as it is built from the checkout, with two files of it and one of the standard library
// replaced while it is built (go build -overlay, inject.go.txt): so the process can kill itself at
// each commit, and its clock can jump. The product itself holds nothing for this.
//
// # What must hold
//
// After each fault (corridor.go): every letter whose sender holds a receipt stands at the receiver, as it was
// sent; none has come in twice or was judged twice; mitra log verify finds nothing at either node; the
// letters of TH have arrived, where the fault was not of KH itself at most three seconds later than just before
// it, and never more than six; and the operator was told,
// by the log, mitra courier status or mitra doctor. A row that does not hold stays in the table, with
// the reason.
package main
