package packet

// Verdict says what kept a packet from being decoded whole. Every packet has exactly
// one, so that the counts by verdict sum up to the packets of a capture.
type Verdict uint8

const (
	// Decoded means that the IP header and, where the protocol has them, both ports were read.
	Decoded Verdict = iota
	// NotIP is an intact frame that carries something other than IP.
	NotIP
	// UnknownLink means that the capture's link type cannot be decoded.
	UnknownLink
	// CutLink means that the captured bytes end inside the link-layer headers.
	CutLink
	// BadLink means that a link-layer header contradicts itself.
	BadLink
	// CutIP means that the captured bytes end inside the fixed IP header. Not counted as IP.
	CutIP
	// BadIP is a version, header length or total length that cannot be. Not counted as IP.
	BadIP
	// CutExtension means that IPv4 options or IPv6 extension headers are cut. Counted as IP, without ports.
	CutExtension
	// CutTransport means that the transport header ends before both ports. Counted as IP, with the ports that are left.
	CutTransport
	// LongIP means that the IP header claims more bytes than the original frame had. Counted as IP by what the header says.
	LongIP
	// CutTunnel means that the captured bytes end inside the headers of a tunnel or inside the IP header that it
	// carries. The packet counts as the IP packet outside.
	CutTunnel
	// BadTunnel means that a tunnel's header, or the IP header that it carries, cannot be. The packet counts as the
	// IP packet outside.
	BadTunnel

	// NumVerdicts is the number of verdicts, for arrays indexed by one.
	NumVerdicts = iota
)

var verdictNames = [NumVerdicts]string{
	Decoded:      "decoded",
	NotIP:        "not_ip",
	UnknownLink:  "unknown_link_type",
	CutLink:      "link_header_cut",
	BadLink:      "link_header_invalid",
	CutIP:        "ip_header_cut",
	BadIP:        "ip_header_invalid",
	CutExtension: "ip_extension_cut",
	CutTransport: "transport_header_cut",
	LongIP:       "ip_length_beyond_frame",
	CutTunnel:    "tunnel_header_cut",
	BadTunnel:    "tunnel_header_invalid",
}

func (v Verdict) String() string {
	if int(v) < len(verdictNames) {
		return verdictNames[v]
	}
	return "invalid"
}
