// Package capture turns capture files into batches of packet summaries, in parallel
// inside one file, and accounts for every byte and packet of them.
//
// The planner cuts a file into runs: byte ranges that workers take in turn, and read in
// splits, which fit into a cache. A worker that begins a run needs to know where in it the
// first record begins, which only the predecessor can tell for sure. So that it need not
// wait, it guesses: a record begins where a chain of plausible record headers begins. When
// the predecessor has ended, the worker compares the guess with the state of that. If they
// differ by some records in front of the guess, it reads these. Otherwise it has the caller
// forget all that it has folded, which is done again, and careful from then on: runs are
// single splits, and a worker frames its split from a guess, but folds nothing before it has
// compared it, and frames the split again from the true boundary if it must. So a wrong
// guess costs time once at most, and the parallel read is the sequential read by
// construction.
//
// Behind a record that cannot be true, reading goes on at the next chain of plausible
// records, and what lies between is an anomaly. Where that is depends on the input alone,
// not on its splits: only a worker that is sure of its state searches.
//
// A stream, and so a compressed file, is framed by one goroutine and folded by the workers.
package capture
