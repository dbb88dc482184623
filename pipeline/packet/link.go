package packet

import (
	"encoding/binary"
	"strconv"
)

// Offsets into the headers of Linux cooked captures, versions 1 and 2 (LINKTYPE_LINUX_SLL,
// LINKTYPE_LINUX_SLL2). The hardware type says what the protocol field means.
const (
	sllHardware = 2
	sllType     = 14
	sllLen      = 16

	sll2Type     = 0
	sll2Hardware = 8
	sll2Len      = 20

	hardwareFrameRelay = 770 // ARPHRD_ numbers
	hardwareDot11      = 801
	hardwarePrism      = 802
	hardwareRadiotap   = 803
	hardwareNetlink    = 824

	cookedLLC  = 0x04 // protocol field of an IEEE 802.2 frame
	cookedWPAN = 0xf6 // and of an IEEE 802.15.4 frame
)

// link decodes a frame from its link-layer header on.
func (d *Decoder) link(link LinkType, p piece) {
	switch link {
	case LinkNull:
		d.null(p)
	case LinkLoop:
		d.loop(p)
	case LinkEthernet:
		d.ether(p)
	case LinkRaw, linkRaw12, linkRaw14:
		d.push("raw")
		d.raw(p)
	case LinkIPv4:
		d.push("raw")
		d.ip4(p)
	case LinkIPv6:
		d.push("raw")
		d.ip6(p)
	case LinkLinuxSLL:
		d.push("sll")
		d.cooked(p, sllType, sllHardware, sllLen)
	case LinkLinuxSLL2:
		d.push("sll2")
		d.cooked(p, sll2Type, sll2Hardware, sll2Len)
	case LinkPPP, LinkPPPHDLC:
		d.ppp(p)
	case LinkPPPWithDir:
		d.skip("ppp_with_dir", 1, p, d.ppp)
	case LinkPPPD:
		d.pppd(p)
	case LinkPPPEther:
		d.pppoe(p)
	case LinkCHDLC, linkCHDLC112:
		d.hdlc(p)
	case LinkCHDLCWithDir:
		d.skip("chdlc_with_dir", 1, p, d.hdlc)
	case LinkFrameRelay:
		d.frameRelay(p)
	case LinkFRWithDir:
		d.skip("fr_with_dir", 1, p, d.frameRelay)
	case LinkMPLS:
		d.gopacket(layerMPLS, p)
	case LinkFDDI:
		d.gopacket(layerFDDI, p)
	case LinkPFLog:
		d.pflog(p)
	case LinkTokenRing:
		d.tokenRing(p)
	case LinkARCNET:
		d.arcnet(p, 2)
	case LinkARCNETLinux:
		d.arcnet(p, 4)
	case LinkATM, linkATM11:
		d.push("atm")
		d.llc(p)
	case LinkSunATM:
		d.sunATM(p)
	case LinkATMClassicalIP, linkClassical16, linkClassical18, linkClassical19:
		d.push("clip")
		d.ip4(p)
	case LinkIPoverFC:
		d.skip("ipfc", 16, p, d.llc)
	case LinkIPoIB:
		d.ipoib(p)
	case LinkApple1394:
		d.apple1394(p)
	case LinkENC:
		d.enc(p)
	case LinkSymantec:
		d.symantec(p)
	case LinkIPNET:
		d.ipnet(p)
	case LinkNFLOG:
		d.nflog(p)
	case LinkDot11:
		d.dot11(p)
	case LinkRadiotap:
		d.radiotap(p)
	case LinkPrism, LinkAVS:
		d.prism(p)
	case LinkPPI:
		d.ppi(p)
	case LinkPKTAP, linkPKTAPOld:
		d.pktap(p)
	case LinkJuniperEther, LinkJuniperPPPoE:
		d.juniper(p, d.ether)
	case LinkJuniperPPP, LinkJuniperMLPPP:
		d.juniper(p, d.ppp)
	case LinkJuniperFR:
		d.juniper(p, d.frameRelay)
	case LinkJuniperCHDLC:
		d.juniper(p, d.hdlc)
	case LinkJuniperMLFR:
		d.juniper(p, d.juniperMLFR)
	case LinkJuniperGGSN:
		d.juniper(p, d.juniperGGSN)
	case LinkJuniperATM1:
		d.juniper(p, func(p piece) { d.juniperATM(p, juniperCookie1) })
	case LinkJuniperATM2:
		d.juniper(p, func(p piece) { d.juniperATM(p, juniperCookie2) })
	case LinkJuniperServices:
		d.juniper(p, func(p piece) { d.skip("services", juniperServices, p, d.ip) })
	case LinkJuniperVP:
		d.juniper(p, func(p piece) { d.skip("vp", juniperVP, p, d.ip) })
	case LinkAX25:
		d.ax25(p)
	case LinkAX25KISS:
		d.skip("kiss", 1, p, d.ax25)
	case LinkTZSP:
		d.tzsp(p)
	case LinkNetAnalyzer:
		d.netAnalyzer(p, 0)
	case LinkNetAnalyzerRaw:
		d.netAnalyzer(p, preambleLen)
	case LinkERF:
		d.erf(p)
	case LinkDSABroadcom:
		d.dsa("brcm-tag", 4, p)
	case LinkDSABroadcomFirst:
		d.inner("brcm-tag", 4, p)
	case LinkDSAMarvell:
		d.dsa("dsa", 4, p)
	case LinkDSAMarvellEther:
		d.dsa("edsa", 8, p)
	case LinkWPAN:
		d.wpan(p, wpanFCS)
	case LinkWPANNoFCS:
		d.wpan(p, 0)
	case LinkWPANPHY:
		d.wpanPHY(p)
	case LinkWPANTap:
		d.wpanTap(p)
	default:
		d.push("linktype-" + strconv.Itoa(int(link)))
		d.end(UnknownLink)
	}
}

// skip decodes what follows a header of n bytes that say nothing about it.
func (d *Decoder) skip(name string, n int, p piece, next func(piece)) {
	d.push(name)
	if len(p.b) < n {
		d.end(CutLink)
		return
	}
	next(p.skip(n))
}

// raw decodes a bare IP packet, or what dial-up devices of old show in its place: PPP,
// maybe with a byte before it, or ten zeros and the packet.
func (d *Decoder) raw(p piece) {
	const (
		framing = 0xff03 // address and control of PPP
		zeros   = 10
	)
	switch {
	case len(p.b) > 0 && (p.b[0]>>4 == 4 || p.b[0]>>4 == 6):
		d.ip(p)
	case len(p.b) >= 2 && p.uint16(0) == framing:
		d.ppp(p)
	case len(p.b) >= 3 && p.uint16(1) == framing:
		d.ppp(p.skip(1))
	case len(p.b) > zeros && [zeros]byte(p.b) == [zeros]byte{}:
		d.ip4(p.skip(zeros))
	default:
		d.ip(p)
	}
}

// null decodes the header of the BSD loopback: an address family or, by some writers, an
// EtherType.
func (d *Decoder) null(p piece) {
	const header = 4
	if len(p.b) >= 2 && p.b[0] == 0xff && p.b[1] == 0x03 {
		d.ppp(p)
		return
	}
	d.push("null")
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	family := nullFamily(p.b)
	p = p.skip(header)
	if family <= maxLength8023 {
		d.family(family, p)
		return
	}
	d.typed(uint16(family), p)
}

// nullFamily returns the number at b, which is in the byte order of the host that
// captured. The half with zeros is the upper one, except that IRIX has a small number
// in the first two of the four bytes.
func nullFamily(b []byte) uint32 {
	const small = 6
	switch little := binary.LittleEndian.Uint32(b); {
	case little > 0xffff && b[3] == 0 && b[2] < small:
		return uint32(b[2])
	case little > 0xffff:
		return binary.BigEndian.Uint32(b)
	case b[0] == 0 && b[1] < small:
		return uint32(b[1])
	default:
		return little
	}
}

// loop decodes the header of OpenBSD's loopback: as null, in network byte order.
func (d *Decoder) loop(p piece) {
	const header = 4
	d.push("loop")
	if len(p.b) < header {
		d.end(CutLink)
		return
	}
	d.family(binary.BigEndian.Uint32(p.b), p.skip(header))
}

// family decodes a packet of an address family, as the BSDs, macOS and Linux number them.
func (d *Decoder) family(family uint32, p piece) {
	switch family {
	case 2:
		d.ip4(p)
	case 10, 24, 28, 30:
		d.ip6(p)
	default:
		d.end(NotIP)
	}
}

// cooked decodes a Linux cooked header with its fields at the given offsets.
func (d *Decoder) cooked(p piece, typeField, hardwareField, size int) {
	if len(p.b) < size {
		d.end(CutLink)
		return
	}
	typ, hardware := p.uint16(typeField), p.uint16(hardwareField)
	p = p.skip(size)
	switch {
	case hardware == hardwareNetlink:
		d.end(NotIP)
	case typ >= minEtherType:
		d.etherType(typ, p)
	case typ == cookedLLC:
		d.llc(p)
	case typ == cookedWPAN:
		d.wpan(p, wpanFCS)
	case hardware == hardwareFrameRelay:
		d.frameRelay(p)
	case hardware == hardwareDot11:
		d.dot11(p)
	case hardware == hardwarePrism:
		d.prism(p)
	case hardware == hardwareRadiotap:
		d.radiotap(p)
	default:
		d.end(NotIP)
	}
}
