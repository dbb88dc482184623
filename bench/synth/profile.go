package synth

import (
	"errors"
	"fmt"
	"io"
)

// ErrUsage marks an error that lies in what was asked for: an unknown profile,
// an option out of range, an option the profile does not honour.
var ErrUsage = errors.New("usage")

// Options vary a profile. A field that is zero takes the profile's default.
type Options struct {
	// Packets is the number of records in the capture.
	Packets int
	// Flows is the number of five-tuples, both directions counted as one. If
	// it is zero and Packets is not, the profile's default is scaled.
	Flows int
	// Hosts is the size of the address pool.
	Hosts int
	// Seed selects one of the captures that the other options describe.
	Seed uint64
	// SnapLen is the number of bytes kept of each frame.
	SnapLen int
}

// Profile is a kind of capture.
type Profile struct {
	// Name is what Write and the command line call it.
	Name string
	// Doc says in a sentence or two what the capture holds.
	Doc string
	// Defaults are the options of the zero Options. An option whose default
	// is zero is one the profile does not honour.
	Defaults Options

	snap  int // snap length where it is not an option
	write func(*writer, Options) error
}

// Stats says what a capture came to.
type Stats struct {
	Packets   int64 // records
	Bytes     int64 // of the file
	WireBytes int64 // original lengths of all frames
}

// Profiles returns all profiles, always in the same order.
func Profiles() []Profile {
	return []Profile{
		{
			Name: "mixed",
			Doc: "ten minutes of ordinary traffic with whole packets: about 85 % TCP, 13 % UDP, 1–2 % ICMP, " +
				"10 % of it IPv6, some VLAN tags, some ARP; 2.4 GB by default",
			Defaults: Options{Packets: 3_000_000, Flows: 200_000, Hosts: 20_000, Seed: 1, SnapLen: maxSnapLen},
			write:    writeMixed,
		},
		{
			Name: "headers",
			Doc: "the traffic of mixed cut to headers: more packets and more flows (a tenth of the packets) " +
				"in fewer bytes; 1 GB by default",
			Defaults: Options{Packets: 10_000_000, Flows: 1_000_000, Hosts: 50_000, Seed: 1, SnapLen: 96},
			write:    writeMixed,
		},
		{
			Name: "scan",
			Doc: "SYN scans of a few thousand sources over a million destinations, every packet a flow of its " +
				"own: the worst case of a flow table; 760 MB by default",
			Defaults: Options{Packets: 10_000_000, Hosts: 4096, Seed: 1, SnapLen: 96},
			write:    writeScan,
		},
		{
			Name: "campus-2011",
			Doc: "an hour at the edge of 147.32.0.0/16 with exactly the figures of the published course " +
				"analysis: system ports, heaviest senders, TTL; the seed varies everything else",
			Defaults: Options{Seed: 1},
			snap:     96,
			write:    writeCampus,
		},
	}
}

// Lookup returns the profile of that name.
func Lookup(name string) (Profile, bool) {
	for _, p := range Profiles() {
		if p.Name == name {
			return p, true
		}
	}
	return Profile{}, false
}

// Write writes the capture that profile and o describe to w, in writes of about
// a megabyte. What it returns for the same arguments is always the same, byte
// for byte. After an error the Stats are zero and what w holds is no capture.
func Write(w io.Writer, profile string, o Options) (Stats, error) {
	p, ok := Lookup(profile)
	if !ok {
		return Stats{}, fmt.Errorf("%w: unknown profile %q", ErrUsage, profile)
	}
	o, err := p.resolve(o)
	if err != nil {
		return Stats{}, fmt.Errorf("%w: profile %s: %w", ErrUsage, p.Name, err)
	}
	pw := newWriter(w, max(o.SnapLen, p.snap))
	if err := p.write(pw, o); err != nil {
		return Stats{}, fmt.Errorf("profile %s: %w", p.Name, err)
	}
	if pw.flush(); pw.err != nil {
		return Stats{}, fmt.Errorf("profile %s: write capture: %w", p.Name, pw.err)
	}
	return pw.stats, nil
}
