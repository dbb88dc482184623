package packet

import "strconv"

// LinkType says what a captured frame starts with. It is the LINKTYPE_ number of the pcap
// and pcapng formats (https://www.tcpdump.org/linktypes.html).
type LinkType uint16

// Link types that a [Decoder] finds IP in.
const (
	LinkNull             LinkType = 0
	LinkEthernet         LinkType = 1
	LinkAX25             LinkType = 3
	LinkTokenRing        LinkType = 6
	LinkARCNET           LinkType = 7
	LinkPPP              LinkType = 9
	LinkFDDI             LinkType = 10
	LinkPPPHDLC          LinkType = 50
	LinkPPPEther         LinkType = 51
	LinkSymantec         LinkType = 99
	LinkATM              LinkType = 100
	LinkRaw              LinkType = 101
	LinkCHDLC            LinkType = 104
	LinkDot11            LinkType = 105
	LinkATMClassicalIP   LinkType = 106
	LinkFrameRelay       LinkType = 107
	LinkLoop             LinkType = 108
	LinkENC              LinkType = 109
	LinkLinuxSLL         LinkType = 113
	LinkPFLog            LinkType = 117
	LinkPrism            LinkType = 119
	LinkIPoverFC         LinkType = 122
	LinkSunATM           LinkType = 123
	LinkRadiotap         LinkType = 127
	LinkTZSP             LinkType = 128
	LinkARCNETLinux      LinkType = 129
	LinkJuniperMLPPP     LinkType = 130
	LinkJuniperMLFR      LinkType = 131
	LinkJuniperGGSN      LinkType = 133
	LinkJuniperATM2      LinkType = 135
	LinkJuniperServices  LinkType = 136
	LinkJuniperATM1      LinkType = 137
	LinkApple1394        LinkType = 138
	LinkAVS              LinkType = 163
	LinkPPPD             LinkType = 166
	LinkJuniperPPPoE     LinkType = 167
	LinkJuniperEther     LinkType = 178
	LinkJuniperPPP       LinkType = 179
	LinkJuniperFR        LinkType = 180
	LinkJuniperCHDLC     LinkType = 181
	LinkJuniperVP        LinkType = 183
	LinkPPI              LinkType = 192
	LinkWPAN             LinkType = 195
	LinkERF              LinkType = 197
	LinkAX25KISS         LinkType = 202
	LinkPPPWithDir       LinkType = 204
	LinkCHDLCWithDir     LinkType = 205
	LinkFRWithDir        LinkType = 206
	LinkWPANPHY          LinkType = 215
	LinkMPLS             LinkType = 219
	LinkIPNET            LinkType = 226
	LinkIPv4             LinkType = 228
	LinkIPv6             LinkType = 229
	LinkWPANNoFCS        LinkType = 230
	LinkNFLOG            LinkType = 239
	LinkNetAnalyzer      LinkType = 240
	LinkNetAnalyzerRaw   LinkType = 241
	LinkIPoIB            LinkType = 242
	LinkPKTAP            LinkType = 258
	LinkLinuxSLL2        LinkType = 276
	LinkDSABroadcom      LinkType = 281
	LinkDSABroadcomFirst LinkType = 282
	LinkWPANTap          LinkType = 283
	LinkDSAMarvell       LinkType = 284
	LinkDSAMarvellEther  LinkType = 285
)

// Numbers that systems gave to link types before there were LINKTYPE_ numbers for them,
// and that are found in captures: raw IP of most BSDs and of OpenBSD, IP over ATM, Cisco
// HDLC of BSD/OS, pktap of macOS.
const (
	linkATM11       LinkType = 11
	linkClassical16 LinkType = 16
	linkClassical18 LinkType = 18
	linkCHDLC112    LinkType = 112
	linkClassical19 LinkType = 19
	linkRaw12       LinkType = 12
	linkRaw14       LinkType = 14
	linkPKTAPOld    LinkType = 149 // LINKTYPE_USER2
)

// Link types that have nothing to do with IP, but a pseudo-header.
const (
	linkMTP2WithHeader   LinkType = 139
	linkIrDA             LinkType = 144
	linkLAPD             LinkType = 177
	linkSITA             LinkType = 196
	linkBluetoothH4      LinkType = 201
	linkLAPBWithDir      LinkType = 207
	linkI2C              LinkType = 209
	linkLLCP             LinkType = 245
	linkBluetoothMonitor LinkType = 254
)

// Link types with frames of more than the usual size.
const (
	linkUSBLinux       LinkType = 189
	linkUSBLinuxMmaped LinkType = 220
	linkDBus           LinkType = 231
	linkUSBPcap        LinkType = 249
	linkUSBDarwin      LinkType = 266
	linkEBHSCR         LinkType = 279
	linkUSB2           LinkType = 288
)

// MaxFrame returns the largest number of bytes that a record of the link type can truly
// have captured, by the limits that libpcap and Wireshark read captures with. More is
// the mark of a damaged record header.
func (l LinkType) MaxFrame() uint32 {
	switch l {
	case linkDBus, linkUSBPcap, linkUSBLinux, linkUSBLinuxMmaped, linkUSBDarwin, linkUSB2:
		return 128 << 20
	case linkEBHSCR:
		return 8 << 20
	}
	return 256 << 10
}

// String returns the name of the link type without the prefix LINKTYPE_, such as
// "ETHERNET", or "LINKTYPE 4711" if it has none.
func (l LinkType) String() string {
	if name, ok := linkNames[l]; ok {
		return name
	}
	return "LINKTYPE " + strconv.Itoa(int(l))
}

var linkNames = map[LinkType]string{
	0:   "NULL",
	1:   "ETHERNET",
	2:   "EXP_ETHERNET",
	3:   "AX25",
	4:   "PRONET",
	5:   "CHAOS",
	6:   "IEEE802_5",
	7:   "ARCNET_BSD",
	8:   "SLIP",
	9:   "PPP",
	10:  "FDDI",
	11:  "ATM_RFC1483",
	12:  "RAW",
	14:  "RAW",
	50:  "PPP_HDLC",
	51:  "PPP_ETHER",
	99:  "SYMANTEC_FIREWALL",
	100: "ATM_RFC1483",
	101: "RAW",
	104: "C_HDLC",
	105: "IEEE802_11",
	106: "ATM_CLIP",
	107: "FRELAY",
	108: "LOOP",
	109: "ENC",
	113: "LINUX_SLL",
	114: "LTALK",
	117: "PFLOG",
	119: "IEEE802_11_PRISM",
	122: "IP_OVER_FC",
	123: "SUNATM",
	127: "IEEE802_11_RADIOTAP",
	128: "TZSP",
	129: "ARCNET_LINUX",
	138: "APPLE_IP_OVER_IEEE1394",
	130: "JUNIPER_MLPPP",
	131: "JUNIPER_MLFR",
	132: "JUNIPER_ES",
	133: "JUNIPER_GGSN",
	134: "JUNIPER_MFR",
	135: "JUNIPER_ATM2",
	136: "JUNIPER_SERVICES",
	137: "JUNIPER_ATM1",
	139: "MTP2_WITH_PHDR",
	140: "MTP2",
	141: "MTP3",
	142: "SCCP",
	143: "DOCSIS",
	144: "LINUX_IRDA",
	147: "USER0",
	148: "USER1",
	149: "USER2",
	150: "USER3",
	151: "USER4",
	152: "USER5",
	153: "USER6",
	154: "USER7",
	155: "USER8",
	156: "USER9",
	157: "USER10",
	158: "USER11",
	159: "USER12",
	160: "USER13",
	161: "USER14",
	162: "USER15",
	163: "IEEE802_11_AVS",
	164: "JUNIPER_MONITOR",
	165: "BACNET_MS_TP",
	166: "PPP_PPPD",
	167: "JUNIPER_PPPOE",
	168: "JUNIPER_PPPOE_ATM",
	169: "GPRS_LLC",
	170: "GPF_T",
	171: "GPF_F",
	177: "LINUX_LAPD",
	178: "JUNIPER_ETHER",
	179: "JUNIPER_PPP",
	180: "JUNIPER_FRELAY",
	181: "JUNIPER_CHDLC",
	182: "MFR",
	183: "JUNIPER_VP",
	187: "BLUETOOTH_HCI_H4",
	189: "USB_LINUX",
	192: "PPI",
	195: "IEEE802_15_4_WITHFCS",
	196: "SITA",
	197: "ERF",
	201: "BLUETOOTH_HCI_H4_WITH_PHDR",
	202: "AX25_KISS",
	203: "LAPD",
	204: "PPP_WITH_DIR",
	205: "C_HDLC_WITH_DIR",
	206: "FRELAY_WITH_DIR",
	207: "LAPB_WITH_DIR",
	209: "IPMB_LINUX",
	210: "FLEXRAY",
	212: "LIN",
	215: "IEEE802_15_4_NONASK_PHY",
	219: "MPLS",
	220: "USB_LINUX_MMAPPED",
	224: "FC_2",
	225: "FC_2_WITH_FRAME_DELIMS",
	226: "IPNET",
	227: "CAN_SOCKETCAN",
	228: "IPV4",
	229: "IPV6",
	230: "IEEE802_15_4_NOFCS",
	231: "DBUS",
	235: "DVB_CI",
	236: "MUX27010",
	237: "STANAG_5066_D_PDU",
	239: "NFLOG",
	240: "NETANALYZER",
	241: "NETANALYZER_TRANSPARENT",
	242: "IPOIB",
	243: "MPEG_2_TS",
	244: "NG40",
	245: "NFC_LLCP",
	247: "INFINIBAND",
	248: "SCTP",
	249: "USBPCAP",
	250: "RTAC_SERIAL",
	251: "BLUETOOTH_LE_LL",
	252: "WIRESHARK_UPPER_PDU",
	253: "NETLINK",
	254: "BLUETOOTH_LINUX_MONITOR",
	255: "BLUETOOTH_BREDR_BB",
	256: "BLUETOOTH_LE_LL_WITH_PHDR",
	257: "PROFIBUS_DL",
	258: "PKTAP",
	259: "EPON",
	260: "IPMI_HPM_2",
	261: "ZWAVE_R1_R2",
	262: "ZWAVE_R3",
	263: "WATTSTOPPER_DLM",
	264: "ISO_14443",
	265: "RDS",
	266: "USB_DARWIN",
	267: "OPENFLOW",
	268: "SDLC",
	270: "TI_LLN_SNIFFER",
	271: "VSOCK",
	272: "NORDIC_BLE",
	273: "DOCSIS31_XRA31",
	274: "ETHERNET_MPACKET",
	275: "DISPLAYPORT_AUX",
	276: "LINUX_SLL2",
	277: "SERCOS_MONITOR",
	278: "OPENVIZSLA",
	279: "EBHSCR",
	280: "VPP_DISPATCH",
	281: "DSA_TAG_BRCM",
	282: "DSA_TAG_BRCM_PREPEND",
	283: "IEEE802_15_4_TAP",
	284: "DSA_TAG_DSA",
	285: "DSA_TAG_EDSA",
	286: "ELEE",
	287: "Z_WAVE_SERIAL",
	288: "USB_2_0",
	289: "ATSC_ALP",
	290: "ETW",
	291: "NETANALYZER_NG",
	292: "ZBOSS_NCP",
	293: "USB_2_0_LOW_SPEED",
	294: "USB_2_0_FULL_SPEED",
	295: "USB_2_0_HIGH_SPEED",
	296: "AUERSWALD_LOG",
	297: "ZWAVE_TAP",
	298: "SILABS_DEBUG_CHANNEL",
	299: "FIRA_UCI",
}
