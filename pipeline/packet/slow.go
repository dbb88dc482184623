package packet

import (
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// outer is a kind of header that gopacket decodes.
type outer struct {
	name string           // its part of the path
	dec  gopacket.Decoder // what decodes it
	size int              // bytes without which it cannot be decoded
	tail int              // bytes of a checksum that it takes off the end, there or not
}

// dot11FCS is the size of the checksum that may end an IEEE 802.11 frame.
const dot11FCS = 4

var (
	layerMPLS  = &outer{name: "mpls", dec: layers.LayerTypeMPLS, size: 4}
	layerFDDI  = &outer{name: "fddi", dec: layers.LayerTypeFDDI, size: 13}
	layerPFLog = &outer{name: "pflog", dec: layers.LayerTypePFLog, size: 61}
	layerDot11 = &outer{name: "ieee802.11", dec: layers.LayerTypeDot11, size: 10, tail: dot11FCS}
)

// gopacket lets gopacket's layers decode the headers at p, one after the other, until
// one of them leads to something that capfold decodes itself, and goes on from there.
// gopacket's own IP layers are never asked, so that a damaged IP header gets the same
// verdict wherever it is found.
func (d *Decoder) gopacket(o *outer, p piece) {
	d.push(o.name)
	if len(p.b) < o.size {
		d.end(CutLink)
		return
	}
	w := &d.walk
	w.reset(o.dec)
	b := p.b
	if o.tail > 0 {
		w.copied = append(append(w.copied[:0], b...), make([]byte, o.tail)...)
		b = w.copied
	}
	decoded := gopacket.NewPacket(b, w, gopacket.DecodeOptions{NoCopy: true})
	next, payload, cut, label := w.next, len(w.payload), w.cut, w.label
	w.reset(nil)
	switch {
	case cut:
		d.end(CutLink)
	case decoded.ErrorLayer() != nil:
		d.end(BadLink)
	default:
		// The payload is the end of the frame, whether it was copied or not.
		header := len(p.b) - min(payload, len(p.b))
		if d.padded {
			header = min((header+3)&^3, len(p.b))
		}
		d.follow(next, label, p.skip(header))
	}
}

// follow decodes what the headers that gopacket decoded lead to, the last MPLS label if
// there was any; nothing if next is nil.
func (d *Decoder) follow(next gopacket.Decoder, label uint32, p piece) {
	switch n := next.(type) {
	case layers.ProtocolGuessingDecoder:
		d.labelled(label, p)
		return
	case layers.FDDIFrameControl:
		if n&0xf0 == layers.FDDIFrameControlLLC { // with priority bits or without
			d.llc(p)
			return
		}
	case gopacket.LayerType:
		switch n {
		case layers.LayerTypeIPv4:
			d.ip4(p)
			return
		case layers.LayerTypeIPv6:
			d.ip6(p)
			return
		case layers.LayerTypeLLC:
			d.dot11Payload(p)
			return
		}
	}
	d.end(NotIP)
}

// walk is both the decoder that gopacket is given and the builder that its layers
// report to. It stands between each two layers, and ends the walk at the first that is
// none of gopacket's business.
type walk struct {
	gopacket.PacketBuilder
	dec     gopacket.Decoder // of the next layer
	last    gopacket.Layer
	next    gopacket.Decoder // what the walk ended at, nil where the packet did
	payload []byte           // what next was to decode
	cut     bool             // the captured bytes end inside a header
	opaque  bool             // the payload is not the start of anything
	label   uint32           // of the last MPLS header
	copied  []byte           // scratch: a frame with a checksum that it lacked
}

func (w *walk) reset(dec gopacket.Decoder) { *w = walk{dec: dec, copied: w.copied} }

// Decode implements [gopacket.Decoder].
func (w *walk) Decode(data []byte, p gopacket.PacketBuilder) error {
	w.PacketBuilder = p
	return w.dec.Decode(data, w)
}

// AddLayer implements [gopacket.PacketBuilder].
func (w *walk) AddLayer(l gopacket.Layer) {
	w.last = l
	switch l := l.(type) {
	case *layers.Dot11:
		const noData = 0x10 // of the subtype bits
		w.opaque = l.FragmentNumber > 0 || l.Type&noData != 0
	case *layers.MPLS:
		w.label = l.Label
	}
	w.PacketBuilder.AddLayer(l)
}

// SetTruncated implements [gopacket.DecodeFeedback].
func (w *walk) SetTruncated() { w.cut = true }

// NextDecoder implements [gopacket.PacketBuilder].
func (w *walk) NextDecoder(next gopacket.Decoder) error {
	payload := w.last.LayerPayload()
	switch n := next.(type) {
	case gopacket.DecodeFunc: // one more MPLS label
		if len(payload) < layerMPLS.size {
			w.cut = true
			return nil
		}
		w.dec = next
		return w.PacketBuilder.NextDecoder(w)
	case gopacket.LayerType:
		switch n {
		case layers.LayerTypeDot11Data, layers.LayerTypeDot11DataCFAck,
			layers.LayerTypeDot11DataCFPoll, layers.LayerTypeDot11DataCFAckPoll:
			w.dec = next
			return w.PacketBuilder.NextDecoder(w)
		}
	}
	if !w.opaque {
		w.next = next
	}
	w.payload = payload
	return nil
}
