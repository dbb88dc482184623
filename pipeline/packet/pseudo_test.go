package packet

import "testing"

func TestDecodeLengths(t *testing.T) {
	frame := make([]byte, 30)
	erf := cat(make([]byte, 8), []byte{0x96, 4, 0, 80, 0, 0, 0, 40}, make([]byte, 8), tcp4()[:22])
	padded := cat(make([]byte, 8), []byte{2, 4, 0, 80, 0, 0, 0, 20}, make([]byte, 30))
	tests := []struct {
		name          string
		link          LinkType
		frame         []byte
		wire          uint32
		wantCap, want uint32
	}{
		{"Ethernet", LinkEthernet, frame, 60, 30, 60},
		{"radiotap", LinkRadiotap, frame, 60, 30, 60},
		{"PPI", LinkPPI, frame, 60, 30, 60},
		{"SunATM", LinkSunATM, frame, 60, 26, 56},
		{"SunATM cut", LinkSunATM, frame[:3], 60, 0, 56},
		{"SunATM without a length", LinkSunATM, frame, 2, 26, 0},
		{"MTP2", linkMTP2WithHeader, frame, 60, 26, 56},
		{"IrDA", linkIrDA, frame, 60, 14, 44},
		{"LAPD", linkLAPD, frame, 60, 14, 44},
		{"SITA", linkSITA, frame, 60, 25, 55},
		{"PPP", LinkPPPWithDir, frame, 60, 29, 59},
		{"Cisco HDLC", LinkCHDLCWithDir, frame, 60, 29, 59},
		{"Frame Relay", LinkFRWithDir, frame, 60, 29, 59},
		{"LAPB", linkLAPBWithDir, frame, 60, 29, 59},
		{"Bluetooth", linkBluetoothH4, frame, 60, 26, 56},
		{"Bluetooth monitor", linkBluetoothMonitor, frame, 60, 26, 56},
		{"I2C", linkI2C, frame, 60, 25, 55},
		{"LLCP", linkLLCP, frame, 60, 28, 58},
		{"ERF", LinkERF, erf, 100, 22, 40},
		{"ERF padded", LinkERF, padded, 100, 20, 20},
		{"ERF cut", LinkERF, erf[:20], 100, 20, 100},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, tunnels := range []Tunnels{Outer, Inner} {
				d := Decoder{Tunnels: tunnels}
				s := Summary{CapLen: uint32(len(tt.frame)), WireLen: tt.wire}
				d.Decode(tt.link, tt.frame, &s)
				if s.CapLen != tt.wantCap || s.WireLen != tt.want {
					t.Errorf("Decode(%v, % x), wire length %d, %v: lengths %d and %d, want %d and %d",
						tt.link, tt.frame, tt.wire, tunnels, s.CapLen, s.WireLen, tt.wantCap, tt.want)
				}
			}
		})
	}
}

// TestDecodeLengthsTunnel: the room of a packet in a tunnel does not depend on how often
// the frame is looked at.
func TestDecodeLengthsTunnel(t *testing.T) {
	frame := cat([]byte{0x82, 1, 0, 32}, snap4, ip4h(protoIPv4, 40), tcp4())
	d := Decoder{Tunnels: Inner}
	s := Summary{CapLen: uint32(len(frame)), WireLen: uint32(len(frame))}
	d.Decode(LinkSunATM, frame, &s)
	want := uint32(len(frame) - sunATMLen)
	if s.Verdict != Decoded || s.Proto != ProtoTCP || s.WireLen != want || s.CapLen != want {
		t.Errorf("Decode(SUNATM, % x): %v, protocol %d, lengths %d and %d, want decoded, 6, %d and %d",
			frame, s.Verdict, s.Proto, s.CapLen, s.WireLen, want, want)
	}
}
