package packet

// Summary is what the fold needs to know of one captured packet. It has no pointers
// and fills one cache line, so that a batch of them stays in the first-level cache.
//
// A reader fills Time, WireLen and CapLen from the record header; [Decoder.Decode]
// fills the rest from the frame, and takes pseudo-headers off the lengths.
type Summary struct {
	Src, Dst Addr  // addresses of the IP header that counts; meaningless where Version is 0
	Time     int64 // nanoseconds since the epoch
	WireLen  uint32
	CapLen   uint32
	// Bytes is the IP total length: of IPv4 the header's field, of IPv6 40 + payload
	// length, or what a jumbogram's option says; where the header says 0, as segmentation
	// offload leaves it, the length from the IP header to the end of the original frame,
	// or of what a tunnel carries.
	Bytes            uint32
	SrcPort, DstPort uint16 // where Ports says so, else 0
	Path             Path   // link layers, tunnels and IP, without the transport protocol
	Version          uint8  // 4 or 6; 0: no IP packet with addresses was found
	Proto            uint8  // IANA protocol number after IPv6 extension headers 0, 43, 44 and 60
	TTL              uint8  // time to live, or hop limit
	TCPFlags         uint8  // CWR … FIN of a TCP header that was captured that far, else 0
	Verdict          Verdict
	Ports            Ports
}

// Ports says which ports of a packet are known. Only TCP, UDP and SCTP packets have
// any; a later fragment has none, and a cut transport header may have just the first.
type Ports uint8

const (
	// SrcPortKnown is set where the source port was captured.
	SrcPortKnown Ports = 1 << iota
	// DstPortKnown is set where the destination port was captured.
	DstPortKnown
)

// IANA protocol numbers that the decoder and the analyses give a meaning to.
const (
	ProtoICMP   = 1
	ProtoTCP    = 6
	ProtoUDP    = 17
	ProtoICMPv6 = 58
	ProtoSCTP   = 132
)

// Batch is a run of packets that are folded together, in the order of their input.
type Batch = []Summary
