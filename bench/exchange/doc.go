// Exchange measures letters between two nodes:
//
//	go run ./bench/exchange
//
// Both nodes are served, each by a process with a home and a database of its own — PostgreSQL with
// its durable defaults, a server for each node, and SQLite beside it — on the machine that it runs
// on. Letters are tests (ping) of 2 KiB, hybrid sealed; a letter counts when its receipt R1 is
// verified and stored by its sender. In the same run it measures what the cryptography of a letter
// costs, and what a durable write does: no exchange can be faster than these.
//
// With --docs the table stands in docs/exchange.md, with --profile both nodes write processor
// profiles. PostgreSQL's programs come from the folder that Debian puts them in.
package main
