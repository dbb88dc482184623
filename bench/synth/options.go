package synth

import "fmt"

const (
	maxPackets = 1 << 32 // the sequence of scan repeats after that
	maxHosts   = 1 << 22
)

// resolve checks o against what the profile honours and fills in defaults.
func (p *Profile) resolve(o Options) (Options, error) {
	d := p.Defaults
	flows := d.Flows
	if o.Packets > 0 && d.Packets > 0 {
		flows = max(min(flows, 1), int(uint64(d.Flows)*uint64(o.Packets)/uint64(d.Packets)))
	}
	for _, f := range []struct {
		name     string
		value    *int
		fallback int
		honoured bool
		most     int64
	}{
		{"packets", &o.Packets, d.Packets, d.Packets != 0, maxPackets},
		{"flows", &o.Flows, flows, d.Flows != 0, maxPackets},
		{"hosts", &o.Hosts, d.Hosts, d.Hosts != 0, maxHosts},
		{"snap length", &o.SnapLen, d.SnapLen, d.SnapLen != 0, maxSnapLen},
	} {
		switch v := *f.value; {
		case v == 0:
			*f.value = f.fallback
		case !f.honoured:
			return o, fmt.Errorf("option %s is fixed by this profile", f.name)
		case v < 0 || int64(v) > f.most:
			return o, fmt.Errorf("option %s: %d is not in 1..%d", f.name, v, f.most)
		}
	}
	if o.Seed == 0 {
		o.Seed = d.Seed
	}
	if o.Flows > o.Packets {
		return o, fmt.Errorf("option flows: %d flows need more than %d packets", o.Flows, o.Packets)
	}
	return o, nil
}
