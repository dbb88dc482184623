// Package pipeline is the frame that capfold's results are made in: a parallel map and
// reduce over captured packets, in two folds.
//
//	captures ─► splits ─► workers: decode + fold packets into flow atoms ─► merge per shard (parallel)
//	                                                                            │
//	                     sinks ◄── tables ◄── reducers: fold merged atoms into rows ┘
//
// Fold one ([Fold]) turns packets into flow atoms, one hash table update per packet and
// worker. The key of an atom is directed: source, destination, ports, protocol and TTL.
// Every result but the time series is an exact projection of the atoms, so that their
// number, not the number of packets, is what later stages cost. What atoms forget, time
// series, packet lengths, frames that are not IP, damage, is kept in small partials
// beside them.
//
// Fold two ([Reduce]) turns merged atoms into rows. It sees them in batches of whole
// conversations, so that distinct peers and flows can simply be counted. Rows of hosts, when
// nothing is added to them any more, are folded once more, into zones. Rows of long tables
// lie in the memory that atoms have left, in buckets that divide the order of their table.
//
// # Layout
//
// Arrows are imports; the linter keeps them.
//
//	cmd/capfold ──► reducers ──► pipeline ──► pipeline/{flow,table,packet} ──► pipeline/{spill,slab}
//	     │             └──► reducers/{geo,iana}
//	     ├────────► sinks/<format>  ──► pipeline/{table,slab}
//	     │             └──► sinks/world (maps)
//	     └────────► pipeline/capture ──► pipeline/packet
//
// # Laws
//
//  1. A partial is built from sum, min, max, or, union and histograms only. No float, no
//     "first seen", no top-N before the end.
//  2. Merge is commutative and associative, a new partial is its identity, encoding and
//     decoding loses nothing, and every field is merged.
//  3. The output is the same bytes for any number of workers, any split size and any
//     order of inputs. Ties break by a total order; map order and wall clock never
//     reach an output.
//  4. A parallel read equals the sequential read by construction: where a run's first record
//     begins is guessed, and the guess is checked against the state in which the
//     predecessor ends. What was folded on a wrong guess is forgotten and folded again.
//  5. Nothing is dropped silently: the packets of a file are those decoded and those
//     with a verdict; the bytes of a file are those of records and those skipped, and a
//     skipped region is an anomaly. Both sums are checked at the end of every run.
//  6. Memory is bounded by what the user allows, not by the capture: past it, atoms, time
//     series and rows go to temporary files as sorted runs, and are merged as streams.
//
// # Glossary
//
//   - frame: the link-layer bytes of a packet; packet: one captured record.
//   - bytes: IP total length (IPv6: 40 + payload length); where the header says 0, the
//     length to the end of the original frame.
//   - wire bytes: original frame length; captured bytes: bytes present in the file.
//   - sent, received: by source and destination address or port.
//   - atom, flow, conversation: the packets of one (source, destination, ports, protocol,
//     TTL); of one directed 5-tuple; of one unordered pair of addresses.
//   - place, zone: where an address is, with coordinates; the city, region or country, or
//     the block of special addresses, that places are in.
//   - split: a byte range of a file that is read at a time, with the records that begin in
//     it; run: splits in a row that one worker takes.
//   - verdict: what kept a packet from being decoded whole; anomaly: a damaged region.
package pipeline
