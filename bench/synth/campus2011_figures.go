package synth

// The figures of campus-2011, from the published course analysis, summer 2011.
// Bytes are IP total length, attributed to the source address and the source
// port. They are the input of the generator: everything else in the capture is
// made up around them.

// portFigure is what a system port sent, TCP and UDP together.
type portFigure struct {
	port  uint16
	bytes int
}

// campusPorts is all system ports that sent anything.
var campusPorts = []portFigure{
	{80, 351463079},
	{554, 13066481},
	{443, 9363860},
	{53, 2017664},
	{993, 1845039},
	{22, 1232237},
	{524, 995130},
	{161, 436475},
	{20, 409888},
	{995, 164968},
	{110, 89870},
	{123, 62624},
	{143, 48579},
	{1, 35992},
	{25, 18455},
	{427, 17840},
	{68, 10800},
	{23, 8531},
	{520, 4840},
	{631, 4451},
	{138, 2289},
	{137, 2184},
	{636, 1388},
	{414, 1140},
	{500, 1044},
	{21, 882},
	{843, 776},
	{404, 608},
	{445, 320},
	{113, 240},
	{26, 68},
	{648, 66},
	{61, 65},
	{72, 64},
	{808, 60},
}

// senderFigure is one of the heaviest senders: what it sent, and its heaviest
// protocol, source port and destination port, each across the others.
type senderFigure struct {
	address    uint32
	sent       int
	proto      uint8
	protoBytes int
	sport      uint16
	sportBytes int
	dport      uint16
	dportBytes int
}

// campusSenders is the ten heaviest senders, heaviest first.
var campusSenders = [10]senderFigure{
	{ipv4(147, 32, 80, 13), 114682057, protoTCP, 113995003, 80, 113205544, 10885, 105681736},
	{ipv4(205, 196, 123, 103), 84306631, protoTCP, 84306631, 80, 84306631, 1714, 84306631},
	{ipv4(147, 32, 85, 103), 34011735, protoTCP, 34010348, 49317, 33933768, 22, 33933768},
	{ipv4(209, 85, 149, 141), 17022600, protoTCP, 17022600, 80, 17022600, 57717, 4963022},
	{ipv4(195, 113, 232, 91), 12576824, protoTCP, 12576824, 80, 12575857, 49296, 4923843},
	{ipv4(94, 124, 104, 196), 11886368, protoTCP, 11886368, 80, 11886368, 49504, 5382092},
	{ipv4(147, 32, 84, 2), 9903506, protoTCP, 9902923, 80, 9887437, 62614, 5505461},
	{ipv4(147, 32, 84, 229), 7987983, protoUDP, 5885063, 13363, 6945590, 59656, 50217},
	{ipv4(87, 248, 203, 254), 6724441, protoTCP, 6724441, 80, 6724441, 49918, 4247739},
	{ipv4(109, 183, 212, 236), 6394424, protoTCP, 6394424, 61775, 6394424, 20, 6394424},
}

// campusTTL is over all IPv4 packets; mean and population variance in
// thousandths. More than at64 packets have a TTL of 64.
var campusTTL = struct {
	min, max       uint8
	mean, variance int64
	at64           int
}{1, 255, 85524, 1355404, 200_000}

func ipv4(a, b, c, d uint32) uint32 { return a<<24 | b<<16 | c<<8 | d }
