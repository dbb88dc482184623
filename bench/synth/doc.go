// Package synth turns a profile name and a seed into a packet capture.
//
// Captures are classic pcap files (microseconds, little endian, Ethernet) for
// benchmarks and demonstrations. The same profile, options and seed give the
// same bytes on every machine: all arithmetic that reaches the output is
// integer arithmetic on a seeded PCG, and no map is ever iterated.
//
// Profiles lists what there is. Two of them imitate ordinary traffic (mixed,
// headers), one is the worst case of a flow table (scan), and one has exactly
// the figures of a published analysis (campus-2011), so that an analyser can be
// checked against results it has never seen.
//
// Checksums are right in every packet. That costs nothing per byte: payloads are
// windows of one constant block whose running sums are known (see payload).
package synth
