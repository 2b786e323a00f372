// Package notice sends notices to officers by mail and by webhooks.
//
// Both can be read by others: mail servers keep copies, telephones show the first lines on a table. So a notice says
// that something waits at the desk of this node, the class of its clock, its time, how many there are, and how to look;
// nothing about anybody, no case, no conversation and no peer. Two notices of one kind differ in the clock alone.
package notice
