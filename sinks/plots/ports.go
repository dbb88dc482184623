package plots

import (
	"fmt"
	"strconv"
)

// lastSystemPort is the highest of the system ports (RFC 6335, section 6).
const lastSystemPort = 1023

// maxPorts is how many ports have a bar.
const maxPorts = 15

// drawPorts draws the ports that caused most traffic as bars.
func drawPorts(s *scene, in *Input) error {
	columns := []column{
		{"port", ints},
		{"service", texts},
		{"sent_bytes", ints},
		{"tcp_bytes", ints},
		{"udp_bytes", ints},
		{"sctp_bytes", ints},
	}
	r, _, err := in.top("ports", maxPorts, columns...)
	if err != nil {
		return err
	}
	var senders, total, highest int64
	err = in.each("ports", columns[:3:3], func(r *rows) {
		for i := range r.n {
			highest = max(highest, r.int("port", i))
			if n := r.int("sent_bytes", i); n > 0 {
				senders++
				total += n
			}
		}
	})
	if err != nil {
		return err
	}
	title, which := "Standardised ports by generated traffic", "IANA system ports, 0–1023: bytes"
	if highest > lastSystemPort {
		title, which = "Ports by generated traffic", "Bytes"
	}
	top := s.frame(title, which+" (IP total length) of the packets whose source port it is, TCP, UDP and SCTP together."+in.ranked())
	n, most, drawn := 0, 0.0, int64(0)
	for n < r.n && r.int("sent_bytes", n) > 0 {
		most = max(most, float64(r.int("sent_bytes", n)))
		drawn += r.int("sent_bytes", n)
		n++
	}
	if n == 0 {
		s.nothing("no packets from these ports")
		return nil
	}

	transports := []struct {
		column string
		entry
	}{
		{"tcp_bytes", entry{blue, "TCP"}}, {"udp_bytes", entry{amber, "UDP"}}, {"sctp_bytes", entry{green, "SCTP"}},
	}
	legend := margin
	for _, t := range transports {
		used := false
		for i := range n {
			used = used || r.int(t.column, i) > 0
		}
		if used {
			legend = s.legend(legend, top+8, t.entry)
		}
	}
	b := newBars(s, top+16, n, 106, sceneWidth-margin-40, most, "bytes sent")
	for i := range n {
		sent := float64(r.int("sent_bytes", i))
		y := b.base(i)
		s.text(point{40, y}, strconv.FormatInt(r.int("port", i), 10), strongStyle, end)
		s.text(point{46, y}, fit(r.text("service", i), nameStyle, b.left-52), nameStyle, start)
		x := 0.0
		for _, t := range transports {
			part := float64(r.int(t.column, i))
			b.bar(i, x, x+part, t.color)
			x += part
		}
		b.value(i, sent, bytesText(sent))
	}
	if rest := senders - int64(n); rest > 0 {
		s.note(fmt.Sprintf("Not drawn: %s that sent %s, %s of all.", plural(rest, "further port"),
			bytesText(float64(total-drawn)), share(float64(total-drawn), float64(total))))
	}
	return nil
}
