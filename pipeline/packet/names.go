package packet

const etherTypeARP = 0x0806

// typeNames are the short names of EtherTypes that are not IP and not a header that can
// lead to it.
var typeNames = map[uint16]string{
	0x0806: "arp",
	0x0842: "wol",
	0x22ea: "msrp",
	0x22f0: "ieee1722",
	0x22f4: "l2-isis",
	0x4305: "batadv",
	0x6002: "mop_rc",
	0x6003: "dec_dna",
	0x6004: "lat",
	0x8035: "rarp",
	0x809b: "atalk",
	0x80f3: "aarp",
	0x8137: "ipx",
	0x8808: "macc",
	0x8809: "slow",
	0x8863: "pppoed",
	0x887b: "homeplug",
	0x888e: "eapol",
	0x8892: "profinet",
	0x8899: "realtek",
	0x88a2: "aoe",
	0x88a4: "ethercat",
	0x88b8: "goose",
	0x88ba: "sv",
	0x88c7: "rsn-preauth",
	0x88ca: "tipc",
	0x88cc: "lldp",
	0x88e1: "homeplug-av",
	0x88e3: "mrp",
	0x88f5: "mvrp",
	0x88f6: "mmrp",
	0x88f7: "ptp",
	0x88fb: "prp",
	0x8902: "cfm",
	0x8906: "fcoe",
	0x8914: "fip",
	0x8915: "roce",
	0x892f: "hsr",
	0x893a: "ieee1905",
	0x9000: "loop",
}

// pushType notes an EtherType by its name. Types without one are not told apart: there
// may be 65,536 of them in a hostile capture, under every stack of tags.
func (d *Decoder) pushType(typ uint16) {
	if name, ok := typeNames[typ]; ok {
		d.push(name)
		return
	}
	d.push("unknown")
}
