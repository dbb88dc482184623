package plots

import (
	"fmt"
	"strconv"
	"strings"
)

// topHosts is how many addresses are the top ones.
const topHosts = 10

// drawTopHosts draws what the top addresses sent as bars, with their transport-level facts
// beside them.
func drawTopHosts(s *scene, in *Input) error {
	columns := []column{
		{"address", texts},
		{"sent_bytes", ints},
		{"protocol_name", texts},
		{"protocol", ints},
		{"protocol_bytes", ints},
		{"source_port", ints},
		{"source_port_bytes", ints},
		{"destination_port", ints},
		{"destination_port_bytes", ints},
	}
	r, _, err := in.top("host_transport", topHosts, columns...)
	if err != nil {
		return err
	}
	title := "Top address by generated traffic"
	switch {
	case r.n == 0:
		title = "Top addresses by generated traffic"
	case r.n > 1:
		title = fmt.Sprintf("Top %d addresses by generated traffic", r.n)
	}
	top := s.frame(title,
		"Bytes (IP total length) of the packets whose source address it is; beside them the heaviest IP protocol, source port and destination port of these packets, with their shares."+in.ranked())
	if r.n == 0 {
		s.nothing("no IP packets")
		return nil
	}
	most, addressWidth := 0.0, 30.0
	for i := range r.n {
		most = max(most, float64(r.int("sent_bytes", i)))
		addressWidth = max(addressWidth, textWidth(fit(r.text("address", i), nameStyle, 160), nameStyle))
	}
	const columnWidth, gap = 56.0, 5.0
	facts := []struct{ title, second, column, bytes string }{
		{"heaviest", "protocol", "protocol", "protocol_bytes"},
		{"heaviest", "source port", "source_port", "source_port_bytes"},
		{"heaviest", "dest. port", "destination_port", "destination_port_bytes"},
	}
	left := margin + 14 + addressWidth + 7
	right := sceneWidth - margin - columnWidth*float64(len(facts))
	b := newBars(s, top+22, r.n, left, right-44, most, "bytes sent")
	for k, f := range facts {
		x := right + columnWidth*float64(k+1)
		s.text(point{x, top + 9}, f.title, tickStyle, end)
		s.text(point{x, top + 17.5}, f.second, tickStyle, end)
	}
	for i := range r.n {
		sent := float64(r.int("sent_bytes", i))
		y := b.base(i)
		if i > 0 {
			s.line(point{right, b.top + float64(i)*b.row}, point{sceneWidth - margin, b.top + float64(i)*b.row}, 0.4, grid, 0)
		}
		s.text(point{margin + 10, y}, strconv.Itoa(i+1), tickStyle, end)
		s.text(point{margin + 14, y}, fit(r.text("address", i), nameStyle, 160), nameStyle, start)
		c := others
		switch i {
		case 0:
			c = blue
		case 1:
			c = amber
		}
		b.bar(i, 0, sent, c)
		b.value(i, sent, bytesText(sent))
		for k, f := range facts {
			x := right + columnWidth*float64(k+1)
			if r.null(f.column, i) || r.null(f.bytes, i) {
				s.text(point{x, y}, "–", tickStyle, end)
				continue
			}
			name := strconv.FormatInt(r.int(f.column, i), 10)
			if text := r.text("protocol_name", i); f.column == "protocol" && text != "" {
				name = strings.ToUpper(text)
			}
			part := share(float64(r.int(f.bytes, i)), sent)
			width := textWidth(part, tickStyle)
			s.text(point{x, y}, part, tickStyle, end)
			s.text(point{x - width - 3, y}, fit(name, nameStyle, columnWidth-gap-width-3), nameStyle, end)
		}
	}
	return nil
}
