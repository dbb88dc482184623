// Package capture turns capture files into batches of packet summaries, in parallel
// inside one file, and accounts for every byte and packet of them.
//
// The planner cuts a file into splits: byte ranges that workers take in turn. A worker
// reads its split and needs to know where in it the first record begins, which only the
// predecessor can tell for sure. So that it need not wait, it guesses: a record begins
// where a chain of plausible record headers begins. It frames its split from there and
// then, before it folds anything, compares the guess with the state in which the
// predecessor ended. If they differ it frames the split again from the true boundary,
// which is cheap, since the bytes are in its cache; nothing has to be undone. Then it
// passes its own end state on and folds. So the parallel read is the sequential read by
// construction, and the work that is done in sequence is a comparison per split.
//
// Behind a record that cannot be true, reading goes on at the next chain of plausible
// records, and what lies between is an anomaly. Where that is depends on the input alone,
// not on its splits: only a worker that is sure of its state searches.
//
// A stream, and so a compressed file, is framed by one goroutine and folded by the workers.
package capture
