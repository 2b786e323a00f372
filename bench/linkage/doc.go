// Command linkage compares mitra link with Splink, on the same files, in the
// same run.
//
//	go run ./bench/linkage
//
// # The files
//
// A synthetic register of people (people.go) in the sizes of --rows, with an
// error process (errors.go) that was written before anything was measured on
// it; FEBRL 4, where it is on the machine; the demo's register of residents and
// list of permits, as two offices would send them; any file of the user's with a
// column of truth (--file, --truth). Column cluster is the truth; neither program
// is shown it as evidence. Splink is given the two lists as somebody who knows them
// would prepare them: one spelling of headings, dates as ISO, sex as a letter.
//
// # The measurement
//
// Each program runs once for accuracy, writing every pair it compares, and then
// --runs times for time, alternately, each time in a process of its own, from
// the file to written pairs and groups. One configuration serves both. Splink's
// (splink_run.py) takes the comparisons that its documentation recommends, an
// address as one comparison because its parts change together, and in hindsight
// the best of several thresholds; a second row has fewer rules, which is faster
// and finds less. Mitra has no settings.
//
// Memory is the peak of resident memory of the process, CPU its user and system
// time. F1 is of pairs of records: those linked, and those that groups make.
package main
