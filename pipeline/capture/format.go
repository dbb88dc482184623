package capture

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/capfold/capfold/pipeline/packet"
)

// framing is what a capture format knows of its records. It is immutable, so all
// workers of an input share one.
type framing interface {
	// name is the format's name in the table of captures.
	name() string
	// begin returns the state in front of the first record.
	begin() state
	// chain reports whether a chain of plausible records begins at data[at:]: either
	// enough of them that it is hardly chance, or, if eof says that the input ends with
	// data, some that end exactly there. If that cannot be told without more of the
	// input, it returns how long data must be.
	chain(data []byte, at int, s *section, eof bool) (ok bool, need int)
	// frame finds the records that begin in data[from:limit] and adds those that are
	// packets to f, whose current section it follows and changes. It stops at end, where
	// the next record begins: at or beyond limit, or before it for a reason: either
	// need > 0 says how long data must be for the record at end to be seen whole, or
	// damage says why there cannot be one; if damage has a length, records go on behind it.
	frame(f *frames, data []byte, from, limit int) (end, need int, damage *packet.Anomaly)
	// summarize decodes the packets that begin at starts, all of a section, into out,
	// which is as long.
	summarize(d *packet.Decoder, s *section, data []byte, starts []uint32, out packet.Batch)
}

// state is what a reader of an input knows between two records.
type state struct {
	offset  int64 // where the next record begins
	section *section
}

// is reports whether the states are the same.
func (s state) is(o state) bool {
	return s.offset == o.offset && (s.section == o.section || s.section.equal(o.section))
}

// section is what the records of a part of an input have in common. It is immutable:
// what changes it makes another one.
type section struct {
	bigEndian  bool
	record     pcapRecord // of pcap only
	interfaces []iface
	drops      []int64 // by interface, as far as statistics of it came: packets dropped so far
}

func (s *section) equal(o *section) bool {
	return s.bigEndian == o.bigEndian && s.record == o.record &&
		slices.Equal(s.interfaces, o.interfaces) && slices.Equal(s.drops, o.drops)
}

// iface describes an interface that packets were captured on.
type iface struct {
	link     packet.LinkType
	maxFrame uint32 // longest captured length that can be true
	snapLen  uint32 // longest captured length that was asked for; 0: any
	clock    clock
}

// frames are the packets that framing has found.
type frames struct {
	starts  []uint32 // where packets begin in the data
	spans   []span   // which sections they are of, in order
	section *section // of the next record
	eof     bool     // the input ends where the data to be framed ends
	own     []iface  // the interfaces that describe has listed last
	dropped int64    // packets that records say were not captured
	unknown int64    // records of kinds that mean nothing here
}

// span says that the packets from first on, an index in starts, are of a section.
type span struct {
	first   int
	section *section
}

// reset empties f and makes s its section.
func (f *frames) reset(s *section) {
	f.starts = f.starts[:0]
	f.spans = append(f.spans[:0], span{0, s})
	f.section = s
	f.dropped, f.unknown = 0, 0
}

// enter makes s the section of the records that follow.
func (f *frames) enter(s *section) {
	f.section = s
	f.spans = append(f.spans, span{len(f.starts), s})
}

// describe adds an interface to the section of the records that follow. The sections of
// a run of descriptions share their list, of which each knows its part: only these
// frames append to it, and nobody changes what is in it.
func (f *frames) describe(i iface) {
	s := *f.section
	if n := len(s.interfaces); n == 0 || len(f.own) != n || &f.own[0] != &s.interfaces[0] {
		f.own = slices.Clone(s.interfaces)
	}
	f.own = append(f.own, i)
	s.interfaces = f.own
	f.enter(&s)
}

// account adds what is known beside the packets to the account: the link types of all
// sections, and what was not captured or is not understood.
func (f *frames) account(c *packet.Capture) {
	for n, sp := range f.spans {
		list := sp.section.interfaces
		if n+1 < len(f.spans) && len(list) > 0 {
			// The next section may list them all, and more.
			if next := f.spans[n+1].section.interfaces; len(next) >= len(list) && &next[0] == &list[0] {
				continue
			}
		}
		for i := range list {
			c.AddLink(list[i].link)
		}
	}
	c.AddDropped(f.dropped)
	c.UnknownBlocks += f.unknown
}

// format is a kind of capture file.
type format struct {
	// open returns the framing of an input that begins with head, or nil if it is of
	// another format. head is shorter than headLen only where the input is.
	open func(head []byte) (framing, error)
}

// formats are the capture formats that can be read. A new one is a file that implements
// framing, and a line here.
var formats = []format{
	{openPcap},
	{openPcapng},
	{openSnoop},
}

// headLen is how much of an input is looked at to tell its format.
const headLen = 64

// foreign are the beginnings of files that people take for captures or that hold one.
var foreign = []struct{ magic, name string }{
	{"\x1f\x8b", "gzip-compressed file"},
	{"\x28\xb5\x2f\xfd", "zstd-compressed file"},
	{"BZh", "bzip2-compressed file"},
	{"\xfd7zXZ\x00", "xz-compressed file"},
	{"\x04\x22\x4d\x18", "lz4-compressed file"},
	{"GMBU", "Microsoft Network Monitor capture"},
	{"RTSS", "Microsoft Network Monitor capture"},
	{"PK\x03\x04", "ZIP archive"},
}

// identify returns the framing of an input that begins with head.
func identify(head []byte) (framing, error) {
	if len(head) == 0 {
		return nil, fmt.Errorf("offset 0: not a capture: the file is empty")
	}
	for _, f := range formats {
		if fr, err := f.open(head); fr != nil || err != nil {
			return fr, err
		}
	}
	for _, f := range foreign {
		if bytes.HasPrefix(head, []byte(f.magic)) {
			return nil, fmt.Errorf("offset 0: not supported: %s", f.name)
		}
	}
	if looksLikeERF(head) {
		return nil, fmt.Errorf("offset 0: not supported: ERF capture, by the look of it (Endace)")
	}
	return nil, fmt.Errorf("offset 0: not a capture: no known format begins with % x", head[:min(4, len(head))])
}
