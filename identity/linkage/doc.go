// Package linkage decides which records describe the same person.
//
// It is a Fellegi–Sunter engine (Fellegi and Sunter, "A Theory for Record
// Linkage", JASA 64, 1969) that needs neither labels nor settings. It is pure:
// no database, network, clock or log.
//
// # The way of a record
//
//	cells ─ Side.Add ─→ values (interned) ─→ features ─→ a sample of pairs ─ EM ─→
//	m, u, prior ─→ keys ─→ candidate pairs ─ compare ─→ weights ─ Assign / Cluster
//
// Every distinct value is parsed, folded and counted once; a record is a short
// row of value ids, and a row of features: what keys are made of. From a sample of
// pairs that share features, each standing for a known number of them (Horvitz and
// Thompson 1952), the model is trained. Comparing turns a pair into a pattern, one
// level for each comparison; there are few patterns, so that training works on
// their counts (Enamorado, Fifield and Imai, "Using a Probabilistic Model to Assist
// Merging of Large-Scale Administrative Records", APSR 113, 2019) and takes the same
// time however large the file is. The same sample tells which keys bring most
// matches for the pairs that they cost. A pair is compared once, under the first key
// that brings it.
//
// # Weights
//
// A weight is in bits: log2 of the posterior odds that two records are one
// person. It is the sum of the prior, of log2(m/u) for the level that each
// comparison reached, and of log2(f̄/f) where f, the frequency of the very value
// agreed on, differs from f̄, that for which u holds (Winkler 1989). A missing
// value is no evidence: it adds nothing. Where a record has one partner at most,
// other likely partners take from it; where it may have any number, people who
// are related do.
//
//	probability = 1 / (1 + 2^-weight)
//
// # Where m, u and the prior come from
//
// u is the chance that two records of different people reach a level. It is
// measured on random pairs of the whole product of the two files and, for
// names, on pairs drawn from those that share a token, weighted back, because
// random pairs hardly ever agree on a name. m, the same chance for two records of
// one person, and the prior are found by expectation maximisation over the
// sample's pattern counts, where every pair that shares no feature counts as a
// non-match. u is then measured again on the same sample, now that the true
// pairs in it can be told, until it stands. Because u comes from the sample and
// the prior refers to the whole product, candidates chosen by a key bias neither.
//
// # Decisions
//
// Pairs from 0.99 are links, from 0.5 they are for review. Between two files
// [Assign] keeps at most one partner for each record (or, for permits, one for
// each time), by greatest total weight; it selects and never changes a
// probability. In one file [Cluster] groups records without chaining them.
//
// # Live search
//
// An [Index] answers at once whom of very many records a query may mean, by the
// weights of a batch: same levels, chances and frequencies, and the same code. Keys
// that allow for errors bring a few hundred records, which are weighed one by one.
// Records come and go while it is searched; it is saved and loaded. A [Screener]
// looks names up on a list of alerts, of which nothing can be trained.
//
// # New records
//
// A [Register] takes further records after a run, under the model of that run and with
// the frequencies that it found: [Register.Link] compares the new ones alone, and the
// result is that of linking all of them together. It is saved and loaded.
//
// # Determinism
//
// The same input gives the same bytes on every machine; shuffled rows give the
// same pairs and probabilities. Neither an id nor a row's position is evidence;
// between rows equal in every value a hash of the id decides, which no numbering
// scheme can turn into a hint.
package linkage
