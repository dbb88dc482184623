package capture

import (
	"bytes"
	"fmt"

	"github.com/capfold/capfold/pipeline/packet"
)

// framing is what a capture format knows of its records. It is immutable, so all
// workers of an input share one.
type framing interface {
	// name is the format's name in the table of captures.
	name() string
	// header is the number of bytes in front of the first record.
	header() int64
	// links are the link types that the input's header announces.
	links() []packet.LinkType
	// guess returns where in data a record probably begins, at or after 0, or -1.
	guess(data []byte) int
	// frame finds the records that begin in data[from:limit] and appends where they
	// begin to starts. It stops at end, where the next record begins: at or beyond
	// limit, or before it for a reason: either need > 0 says how long data must be for
	// the record at end to be seen whole, or damage says why there cannot be one.
	frame(data []byte, from, limit int, starts []uint32) (_ []uint32, end, need int, damage *packet.Anomaly)
	// summarize decodes the records that begin at starts, as many as fit into out, and
	// sets for each what out says of it.
	summarize(d *packet.Decoder, data []byte, starts []uint32, out packet.Batch)
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
}

// headLen is how much of an input is looked at to tell its format.
const headLen = 64

// foreign are the beginnings of files that people take for captures or that hold one.
var foreign = []struct{ magic, name string }{
	{"\x0a\x0d\x0d\x0a", "pcapng capture"},
	{"\x1f\x8b", "gzip-compressed file"},
	{"\x28\xb5\x2f\xfd", "zstd-compressed file"},
	{"BZh", "bzip2-compressed file"},
	{"\xfd7zXZ\x00", "xz-compressed file"},
	{"\x04\x22\x4d\x18", "lz4-compressed file"},
	{"snoop\x00\x00\x00", "snoop capture"},
	{"\xa1\xb2\xcd\x34", "modified pcap capture (Kuznetzov)"},
	{"\x34\xcd\xb2\xa1", "modified pcap capture (Kuznetzov)"},
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
	return nil, fmt.Errorf("offset 0: not a capture: no known format begins with % x", head[:min(4, len(head))])
}
